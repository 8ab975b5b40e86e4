"""Pages whose code runs: every fenced block of a Markdown page, in order, in a folder of its own.

```console            lines after `$ ` are run, the lines below are what they must print (… stands for anything)
```python             run; with `>>>` the output is compared too
```yaml segments/x.yaml   written to that file, which must then be readable as a segment or as a shop
```csv orders.csv     the first lines of a file that is already there
```text, ```json, ```sql  for reading only
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SHOWN_ONLY = ("git", "cd", "make", "pip", "python3", ".venv/bin/regulars", "source")
"""Commands of an installation: not run here; a target of make must exist."""


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    name: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass
class Run:
    """One page being read by somebody who does what it says."""

    folder: Path
    targets: frozenset[str]
    names: dict[str, object] = field(default_factory=dict)

    def follow(self, block: Block) -> None:
        step = getattr(self, f"_{block.language or 'text'}", None)
        assert step, f"{block.place}: a block of an unknown language: {block.language!r}"
        step(block)

    def _console(self, block: Block) -> None:
        for command, expected in commands(block.text):
            words = shlex.split(command, comments=True)
            if words[0] in SHOWN_ONLY:
                assert words[0] != "make" or set(words[1:]) <= self.targets, f"{block.place}: {command}"
                continue
            code, printed = self._call(words, block)
            assert code == 0, f"{block.place}: {command} ended with {code}:\n{printed}"
            assert matches(expected, printed), f"{block.place}: {command} printed\n{printed}\ninstead of\n{expected}"

    def _call(self, words: list[str], block: Block) -> tuple[int, str]:
        """Exit code and all that was printed; our own verbs run in this process, which spares their imports."""
        assert words[0] in {"regulars", "head", "cat", "ls", "cp"}, f"{block.place}: {words[0]} is not run by the tests"
        if words[0] != "regulars":
            run = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, encoding="utf-8", check=False)
            return run.returncode, run.stdout + run.stderr
        from regulars import cli

        said = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = cli.run(words[1:])
        return code, said.getvalue()

    def _python(self, block: Block) -> None:
        with contextlib.chdir(self.folder):
            if ">>>" not in block.text:
                exec(compile(block.text, block.place, "exec"), self.names)
                return
            test = doctest.DocTestParser().get_doctest(block.text, self.names, block.place, str(block.page), block.line)
            said = io.StringIO()
            runner = doctest.DocTestRunner(optionflags=LOOSE, verbose=False)
            runner.run(test, out=said.write, clear_globs=False)
            self.names.update(test.globs)
            assert not runner.failures, said.getvalue()

    def _yaml(self, block: Block) -> None:
        assert block.name, f"{block.place}: say which file the YAML is, after the word yaml"
        file = self.folder / block.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        shop, _, _ = block.name.rpartition("segments/")
        if "segments/" in block.name:
            code, printed = self._call(["regulars", "-C", shop or ".", "count", block.name], block)
            assert code == 0, f"{block.place}: {printed}"
        else:
            from regulars.project import Project

            Project.open(file.parent)

    def _csv(self, block: Block) -> None:
        there = (self.folder / block.name).read_text(encoding="utf-8")
        assert there.startswith(block.text), f"{block.place}: {block.name} begins otherwise"

    def _text(self, block: Block) -> None:
        """For reading only."""

    _json = _sql = _sh = _text


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2].strip(), found[3])
        for found in FENCE.finditer(text)
    ]


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it should print.

    >>> commands("$ ls\\na\\nb\\n$ cat a\\n")
    [('ls', 'a\\nb'), ('cat a', '')]
    """
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0][:-1] + line.strip(), [])
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip()) for command, lines in found]


def matches(expected: str, printed: str) -> bool:
    """Whether each expected line stands in what was printed, in order; … is anything, runs of blanks are one.

    >>> matches("best… 12\\nlast", "id n\\nbest_customers   12\\n---\\nlast\\n"), matches("x", "y")
    (True, False)
    """
    rest = iter([" ".join(line.split()) for line in printed.splitlines()])
    for line in filter(None, (" ".join(line.split()) for line in expected.splitlines())):
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if line != "…" and not any(pattern.search(other) for other in rest):
            return False
    return True
