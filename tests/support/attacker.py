"""Somebody who may push our branch and who has read how it is sealed: every forgery is sealed again, in public form."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from codex.sync.observed import TreeEntry
from codex.sync.seal import message_text, seal, trailers
from tests.support.fleet import git

_ME: Final = ("-c", "user.name=codexc", "-c", "user.email=codexc@localhost")
_NONE: Final = "0" * 40
Edits = Mapping[str, tuple[str, bytes] | None]
"""By path, a mode and bytes (of a submodule, a commit's id); None deletes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """What is changed in our commit. `said` replaces trailers by name, `parent` is a revision to put it upon.

    `merged` hides the edits in a merge like that of the forge's button.
    """

    edits: Edits = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    parent: str | None = None
    resealed: bool = True
    merged: bool = False


def forge(bare: Path, forgery: Forgery, branch: str = "codex/sync") -> str:
    """Replace the last commit of a branch by a forgery of it; returns its id."""
    old = git(bare, "rev-parse", branch)
    parent = git(bare, "rev-parse", forgery.parent or f"{branch}^")
    tree = _tree(bare, old, forgery.edits)
    message = git(bare, "log", "-1", "--format=%B", branch)
    if forgery.merged:
        goal = git(bare, "rev-parse", "main")
        first = _commit(bare, _tree(bare, old, {}), (parent,), _resealed(bare, goal, tree, message, forgery))
        new = _commit(bare, tree, (first, goal), "Merge branch 'main'\n")
    else:
        new = _commit(bare, tree, (parent,), _resealed(bare, parent, tree, message, forgery))
    git(bare, "update-ref", f"refs/heads/{branch}", new)
    return new


def changes(bare: Path, before: str, after: str) -> dict[str, TreeEntry | None]:
    """What differs between two trees, by git itself."""
    found: dict[str, TreeEntry | None] = {}
    raw = subprocess.run(
        ["git", "diff-tree", "-r", "-z", "--raw", "--no-renames", before, after],
        cwd=bare,
        check=True,
        capture_output=True,
    )
    parts = raw.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    for row, path in zip(parts[::2], parts[1::2], strict=True):
        _, mode, _, blob, _ = row.split()
        found[path] = None if blob == _NONE else TreeEntry(blob=blob, mode=mode)
    return found


def _resealed(bare: Path, parent: str, tree: str, message: str, forgery: Forgery) -> str:
    text = message_text(message) if forgery.text is None else forgery.text
    said = trailers(message)
    assert said is not None
    said = replace(said, **dict(forgery.said))
    if forgery.resealed:
        said = replace(said, seal=seal(changes(bare, parent, tree), text))
    return f"{text}\n\n{said.text()}"


def _commit(bare: Path, tree: str, parents: tuple[str, ...], message: str) -> str:
    above = [word for parent in parents for word in ("-p", parent)]
    return git(bare, *_ME, "commit-tree", tree, *above, "-m", message)


def _tree(bare: Path, commit: str, edits: Edits) -> str:
    """The tree of a commit with edits; a file takes the place of a folder, and a folder that of a file."""
    env = {**os.environ, "GIT_INDEX_FILE": str(bare / "index.attack")}

    def run(*words: str, given: bytes = b"") -> str:
        done = subprocess.run(["git", *words], cwd=bare, env=env, input=given, check=True, capture_output=True)
        return done.stdout.decode().strip()

    run("read-tree", commit)
    for path, one in edits.items():
        if one is None:
            run("update-index", "--index-info", given=f"0 {_NONE}\t{path}\n".encode())
            continue
        mode, data = one
        blob = data.decode() if mode == "160000" else run("hash-object", "-w", "--stdin", given=data)
        run("update-index", "--replace", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    return run("write-tree", "--missing-ok")
