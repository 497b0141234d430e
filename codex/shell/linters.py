"""Runs linters that are installed here on files that are given as values, in a temporary directory.

Nothing of a repository is run or read: each linter gets its own rules only, and no configuration.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from codex.shell.atomic import Writer
from codex.shell.directory import scratch
from skills_build.frozen import dataclass

TIMEOUT_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class LinterProgram:
    """How a linter is run: the languages it reads, the name that a file needs, and its arguments.

    `{rules}` are the rules, with commas; `{files}` the files. A file without the text `needs` is only a fragment: it is
    completed with the line `start`, or not read at all.
    """

    languages: frozenset[str]
    file: str
    arguments: tuple[str, ...]
    needs: str = ""
    start: str = ""


PROGRAMS: Final[Mapping[str, LinterProgram]] = {
    "ruff": LinterProgram(
        languages=frozenset({"python"}),
        file="x.py",
        arguments=("check", "--isolated", "--preview", "--no-cache", "--select={rules}", "--output-format=json", "."),
    ),
    "shellcheck": LinterProgram(
        languages=frozenset({"bash"}),
        file="x.sh",
        arguments=("--norc", "--format=json1", "{files}"),
        needs="#!",
        start="#!/usr/bin/env bash\n",
    ),
    "hadolint": LinterProgram(
        languages=frozenset({"dockerfile"}),
        file="Dockerfile",
        arguments=("--no-color", "--format=json", "{files}"),
        needs="FROM ",
        start="FROM scratch\n",
    ),
    "squawk": LinterProgram(languages=frozenset({"sql"}), file="x.sql", arguments=("--reporter=json", "{files}")),
    "zizmor": LinterProgram(
        languages=frozenset({"yaml"}),
        file=".github/workflows/x.yml",
        arguments=("--offline", "--no-config", "--persona=pedantic", "--format=json", "{files}"),
        needs="jobs:",
    ),
}
"""The linters that can be run on a few lines. Others need a project around them, or a network."""


def program_path(name: str) -> Path | None:
    """Return the program of a linter: next to this Python, or on the PATH."""
    own = Path(sys.executable).parent / name
    found = own if own.is_file() else shutil.which(name)
    return Path(found) if found else None


def run_linter(name: str, path: Path, rules: Sequence[str], texts: Sequence[str]) -> bytes:
    """Run a linter on texts, each in a folder with its number, and return what it prints."""
    row = PROGRAMS[name]
    files = [f"{number}/{row.file}" for number in range(len(texts))]
    with scratch() as folder:
        with Writer.at(folder) as writer:
            for file, text in zip(files, texts, strict=True):
                writer.write(file, text.encode())
        arguments = [word.replace("{rules}", ",".join(rules)) for word in row.arguments if word != "{files}"]
        arguments += files if "{files}" in row.arguments else []
        done = subprocess.run(
            [str(path), *arguments], cwd=folder, capture_output=True, check=False, timeout=TIMEOUT_SECONDS
        )
    return done.stdout
