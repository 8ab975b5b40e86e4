"""Files that are written whole, or not at all, and stay when the power goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft beside `path` that takes its name when all is written and on disk; else nothing of it remains.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "list.csv"
    >>> with whole(target) as draft:
    ...     _ = draft.write_text("customer")
    >>> target.read_text()
    'customer'
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        yield draft
        place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def place(draft: Path, path: Path) -> None:
    """Give a written file its name, both lasting; whoever looks sees the old file or the new one, never half."""
    with draft.open("rb+") as written:
        os.fsync(written.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last; systems that cannot open a folder do it by themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
