"""Executable scripts that are named after what they do: `scripts/test`, `bin/lint`, `./build.sh`.

Source of the names: https://github.com/github/scripts-to-rule-them-all
"""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.calls import FILE
from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import EXECUTABLE, CommandKind, Fact, TaskTarget
from codex.profile.target_names import OTHER_FIT, purposes

FOLDERS: Final = ("script", "scripts", "bin", "dev", "tools", "ci", "hack", "")
"""The folders of scripts, relative to a package."""
_CHECKS: Final = frozenset({"check", "checks", "verify", "ci", "qa", "precommit"})
_ENDINGS: Final = ("", ".sh")


def is_script(path: str, mode: int) -> bool:
    """Return whether a file is an executable script named after a purpose."""
    name = path.rpartition("/")[2]
    stem, _, ending = name.partition(".")
    if mode != EXECUTABLE or (f".{ending}" if ending else "") not in _ENDINGS:
        return False
    # `configure` and `bootstrap` belong to build systems; `run` and `start` start more than the product
    found = [kind for kind, fit in purposes(stem, ()) if fit < OTHER_FIT]
    return stem in _CHECKS or any(
        kind not in (CommandKind.RUN, CommandKind.INSTALL) or stem in _SETUP for kind in found
    )


_OWN_FOLDER: Final = re.compile(
    r"^[ \t]*cd[ \t]+[\"']?\$\(dirname [\"']?\$\{?0\}?[\"']?\)/?[\"']?[ \t]*(?:$|[;&|])", re.MULTILINE
)
"""A script that changes to the folder it is in: it works on the files there, and not on the project."""
_DISPATCH: Final = re.compile(
    r"^[ \t]*case[ \t]+[\"']?\$\{?(?:[1@*]|arg|args|command|cmd|action|mode|target|task)\b", re.MULTILINE
)
"""A script that does what its first argument says: without it, it does everything, or nothing."""
_SETUP: Final = frozenset({"setup", "install", "server", "deps"})


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the scripts of a folder as targets."""
    for place in FOLDERS:
        above = folder.at(place).rstrip("/") if place else folder.path
        for name in folder.sources.names(above):
            path = f"{above}/{name}" if above else name
            if not is_script(path, folder.sources.listing[path].mode):
                continue
            if place == "ci" and name.partition(".")[0] in _SETUP:
                continue  # it installs what the machines of CI lack
            relative = f"{place}/{name}" if place else name
            text = folder.sources.text(path) or ""
            if (place and _OWN_FOLDER.search(text)) or _DISPATCH.search(text):
                continue
            body = tuple((folder.sources.text(path) or "").replace("\\\n", " ").split("\n")[:400])
            line = relative if place else f"./{name}"
            yield TaskTarget(runner=FILE, name=relative, line=line, evidence=path, body=body)
