"""The rules of the house: small files, rooms in order, nothing of anybody's machine, everything on the map."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import regulars

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 500
LONGEST_CLASS = 300
IMPORT_GUARD_SECONDS = 3.0
RUN_LINTER = "from importlinter.cli import lint_imports_command as run; run()"
HEAVY = ("ibis", "duckdb", "pyarrow", "numpy", "scipy", "sqlalchemy", "altair", "pandas", "ruamel", "jinja2", "babel")
# written apart, so that this file does not hold them itself
ADDRESSES = [
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("pytho", "nhosted"),
        ("registry.", "npmjs"),
        ("deb.", "debian.org"),
        ("index", "-url"),
        ("find", "-links"),
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("/wo", "rk/"),
        ("/Us", "ers/"),
    )
]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def test_no_file_is_long():
    long = {str(path.relative_to(ROOT)): count for path in modules() if (count := lines(path)) > LONGEST_FILE}
    assert not long


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_class_is_long():
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.end_lineno - node.lineno >= LONGEST_CLASS:
                long[f"{path.relative_to(ROOT)}:{node.name}"] = node.end_lineno - node.lineno + 1
    assert not long


def test_rooms_import_only_what_feeds_them():
    run = subprocess.run(
        [sys.executable, "-c", RUN_LINTER, "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_of_a_machine_or_a_package_index_is_kept():
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {address}" for address in ADDRESSES if address in text]
    assert not found


def test_the_lock_holds_hashes_and_versions_of_all_that_is_asked_for():
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\\n", entry) and "--hash=sha256:" in entry for entry in entries)
    locked: dict[str, list[str]] = {}
    for entry in entries:
        name, _, rest = entry.partition("==")
        locked.setdefault(name, []).append(rest.split()[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    optional = [text for extra in extras for text in extra]
    asked = [*project["project"]["dependencies"], *optional, *project["dependency-groups"]["dev"]]
    for requirement in map(Requirement, asked):
        versions = locked.get(re.sub(r"[._-]+", "-", requirement.name).lower(), [])
        assert versions, f"{requirement.name} is not in the lock; run: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement} against {versions}"


@pytest.mark.parametrize("module", ["regulars", "regulars.cli", "regulars.demo"])
def test_importing_is_light(module):
    code = f"import {module}, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    started = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert time.perf_counter() - started < IMPORT_GUARD_SECONDS


def test_every_room_is_on_the_map():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "regulars"
    places = {path.relative_to(source).parts[0] for path in modules() if path.is_relative_to(source)}
    rooms = {name if name.endswith(".py") else f"{name}/" for name in places if name != "__init__.py"}
    assert not {room for room in rooms if f"`{room}`" not in text}


def test_the_changelog_has_what_is_coming():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    coming = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert coming
    assert "\n- " in coming[1]


def test_the_version_is_told_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == regulars.__version__


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
    left = [str(path.relative_to(ROOT)) for path in modules() if words.search(path.read_text(encoding="utf-8"))]
    assert not left


def capability_rows() -> list[str]:
    with (ROOT / "scripts" / "capabilities.csv").open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_there_are_160_capabilities():
    wanted = {"A": 24, "B": 48, "C": 28, "D": 24, "E": 36}
    assert capability_rows() == [f"{text}{n}" for text, last in wanted.items() for n in range(1, last + 1)]


def test_every_mark_names_a_capability():
    known = set(capability_rows())
    wrong = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.proves"):
                ids = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                assert len(ids) == len(node.args), f"{path.name}:{node.lineno}: name the rows themselves"
                wrong += [f"{path.name}:{node.lineno}: {row}" for row in ids if row not in known]
    assert not wrong
