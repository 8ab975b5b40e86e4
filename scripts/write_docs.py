"""Writes the pages of docs/ that are made from the code: `make docs`. A test fails when a page is behind."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- made by `make docs` from the code; change it there -->\n\n"

TYPES = {
    "count": "whole number",
    "money": "amount",
    "share": "share",
    "number": "number",
    "days": "days",
    "date": "date",
    "text": "text",
    "code": "one of a list",
    "flag": "yes or no",
}

KINDS = {
    "state": "changes only with a new fact",
    "window": "facts enter it and leave it as days pass",
    "clock": "changes every day by itself",
    "scored": "comes from a model",
    "told": "said by the customer or by a source",
}


def cli_page() -> str:
    """Every verb of the command line with its words and options."""
    import typer

    from regulars import cli

    group = typer.main.get_command(cli.app)
    parts = [
        MADE + "# The command line\n\n",
        "`regulars [-C DIR] VERB …` works on the shop in the folder DIR, or in the one you are in. What you asked for "
        "comes on standard output, talk on standard error; `--json` gives one JSON object.\n\n",
        f"{_sentence(cli.EXITS)}\n",
    ]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        parts.append(f"\n## {name}\n\n{_sentence(command.help or '')}\n\n    {_usage(name, command)}\n")
        rows = [_option(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            parts.append("\n| | |\n|---|---|\n" + "".join(f"| {left} | {right} |\n" for left, right in rows))
    return "".join(parts)


def _usage(name: str, command: Any) -> str:
    words = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    shown = [_name(word) if word.required else f"[{_name(word)}]" for word in words]
    options = " [OPTIONS]" if len(words) < len(command.params) else ""
    return " ".join(["regulars", name, *shown]) + options


def _option(parameter: Any) -> tuple[str, str]:
    argument = parameter.param_type_name == "argument"
    names = [_name(parameter)] if argument else [*parameter.opts, *parameter.secondary_opts]
    flags = ", ".join(f"`{name}`" for name in names)
    default = parameter.default
    told = default not in (None, False, "", ()) and not callable(default) and not parameter.required
    return flags, _sentence(parameter.help or "") + (f" Default: `{default}`." if told else "")


def library_page() -> str:
    """Every library segment: who, from when, and what to do."""
    from ruamel.yaml import YAML

    from regulars.segments import library

    parts = [
        MADE + "# The library\n\n",
        "Every shop has these from the start, with thresholds learnt from its own customers; the number behind `top` or "
        "`bottom` becomes an amount of your shop, printed with its reason. A file of the same name in your `segments/` "
        "folder takes a segment's place. Below its minimum a segment says that it cannot say, and what it lacks.\n",
    ]
    for file, text in library.texts().items():
        segment = YAML(typ="safe").load(text.replace(library.SLOT, "…"))
        comment = " ".join(line[2:] for line in text.splitlines() if line.startswith("# "))
        who = text[text.index("who:\n") : text.index("playbook:\n")].rstrip()
        needs = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in segment.get("minimum", {}).items())
        parts.append(f"\n## {file.removesuffix('.yaml').replace('each', '…')}\n\n")
        parts.append(f"*{segment['name']['en']}* · nl *{segment['name']['nl']}* · da *{segment['name']['da']}*")
        parts.append(f"{' · needs ' + needs if needs else ''}\n\n{comment}\n\n")
        parts.append("".join(f"    {line}\n" for line in who.splitlines()))
        playbook = segment["playbook"]
        parts.append(f"\n{playbook['goal']['en']}\n\n")
        parts += [f"* {tip}\n" for tip in [*playbook["do"]["en"], *playbook.get("avoid", {}).get("en", [])]]
    return "".join(parts)


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name).upper()


def _sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def traits_page() -> str:
    """Every trait with its meaning, type, kind, minimum and source."""
    from regulars.traits.catalogue import reference

    rows = reference()
    parts = [
        MADE + "# Traits\n\n",
        "A trait is one value per customer. Segments test traits by these names; `regulars members SEGMENT --traits "
        "revenue,orders` shows them, `regulars traits` lists them for your shop. Where too little is known the value "
        "is unknown, never zero, and every test of it is false.\n\n",
        f"There are {len(rows)} built in. Whatever your people source maps under `attributes` is a trait as well, "
        "under the name you give it; `birth_date` among them brings `age`.\n",
    ]
    for kind, meaning in KINDS.items():
        these = [row for row in rows if row["kind"] == kind]
        if these:
            parts.append(f"\n## {kind.capitalize()}: {meaning}\n")
            parts += [_trait(row) for row in these]
    return "".join(parts)


def _trait(row: dict[str, Any]) -> str:
    notes = [TYPES[row["type"]]]
    notes += [f"in {row['unit']}"] if row["unit"] not in ("", row["type"]) else []
    notes += [f"needs at least {row['minimum']}"] if row["minimum"] and not row["minimum"].startswith("1 ") else []
    label = row["label"]
    return (
        f"\n### {row['name']}\n\n{row['doc']}\n\n"
        f"*{label['en']}* · nl *{label['nl']}* · da *{label['da']}* · {', '.join(notes)} · from {row['source']}\n"
    )


def segments_page() -> str:
    """The segment language: written by hand, its reference filled in."""
    from regulars.segments import reference

    return reference.filled((ROOT / "docs" / "segments.md").read_text(encoding="utf-8"))


PAGES: dict[str, Callable[[], str]] = {
    "docs/cli.md": cli_page,
    "docs/library.md": library_page,
    "docs/segments.md": segments_page,
    "docs/traits.md": traits_page,
}


def main() -> int:
    """Write every page that is behind, and say which."""
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
