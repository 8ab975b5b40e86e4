"""Installing where something is missing: done as root, said in words otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def stubs(tmp_path):
    """A folder of commands that stand before the real ones."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def stub(name: str, script: str) -> Path:
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    stub.path = f"{folder}:{os.environ['PATH']}"
    return stub


def run(script: str, *words: str | Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        [ROOT / "scripts" / script, *words], env=environment, capture_output=True, text=True, check=False
    )


def test_without_venv_and_without_root_the_cure_is_printed(stubs, tmp_path):
    python = stubs("python-of-debian", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    stubs("id", "echo 1000")
    done = run("make-venv", python, tmp_path / "venv", path=stubs.path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "apt-get update && apt-get install -y python3-venv"
    assert not (tmp_path / "venv").exists()


def test_without_venv_as_root_it_is_installed(stubs, tmp_path):
    python = stubs(
        "python-of-debian", 'case "$2" in *ensurepip*) exit 1;; esac; echo "$@" >>' + str(tmp_path / "calls")
    )
    stubs("id", "echo 0")
    stubs("apt-get", f'echo apt-get "$@" >>{tmp_path / "calls"}')
    assert run("make-venv", python, tmp_path / "venv", path=stubs.path).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[1].startswith("apt-get update")
    assert calls[2].startswith("apt-get install")
    assert calls[2].endswith("python3-venv")
    assert calls[3] == f"-m venv {tmp_path / 'venv'}"


def test_an_old_python_is_refused(stubs, tmp_path):
    python = stubs("python-of-old", 'case "$2" in *version_info*) exit 1;; esac; echo Python 3.9.2')
    done = run("make-venv", python, tmp_path / "venv", path=stubs.path)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr


def test_what_the_tests_lack_is_named_without_root(stubs, tmp_path):
    stubs("id", "echo 1000")
    stubs("ls", "exit 1")
    for name in ("env", "sh"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    done = run("system-packages", path=str(tmp_path / "bin"))
    assert done.returncode == 0
    assert "left out: the report's tests in a real browser, because chromium is missing" in done.stderr
    assert "left out: the engine tests on PostgreSQL, because postgresql is missing" in done.stderr
