"""What a commit adds to a store, against what git itself makes of the same changes."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from dulwich.repo import Repo

from codex.forge.base import FileWrite
from codex.forge.git.objects import commit_objects, listing_of
from codex.forge.git.packfile import PackWriter
from tests.support.fleet import git

BEFORE = {
    "README.md": b"# A\n",
    "docs/a.md": b"a\n",
    "docs/deep/er/b.md": b"b\n",
    "docs.md": b"sorts between `docs` the folder and `docs` the name\n",
    "only/one.txt": b"1\n",
    "tools/run": b"#!/bin/sh\n",
}
SCENES: Mapping[str, Mapping[str, bytes | None]] = {
    "new folders": {".agents/skills/a/SKILL.md": b"1\n", ".agents/skills/a/references/r.md": b"2\n", "z": b""},
    "changed": {"docs/deep/er/b.md": b"c\n", "README.md": b"# B\n"},
    "the last of a folder": {"only/one.txt": None},
    "the last of several folders": {"docs/deep/er/b.md": None},
    "one of two": {"docs/a.md": None, "nothing/here": None},
    "a folder in place of a file": {"docs.md": None, "docs.md/inside": b"x\n"},
    "all of it": dict.fromkeys(BEFORE),
    "a large one": {"large.bin": b"\0" * 70_000, "docs/large.bin": b"\0" * 70_000},
    "other alphabets": {"d\u00f6cs/\u540d.md": b"1\n"},
}


@pytest.mark.parametrize("name", SCENES)
def test_objects_equal_those_of_git(tmp_path: Path, name: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch", "main")
    _put(work, BEFORE)
    (work / "tools" / "run").chmod(0o755)
    parent = _commit(work)
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    changes = SCENES[name]
    files = [FileWrite(path=path, data=data) for path, data in changes.items()]
    with Repo(str(bare)) as repo:
        objects = commit_objects(
            repo.object_store, parent, files, "Said\n", author="Dev <dev@example.com>", when=1_790_000_000
        )
        PackWriter().write(bare / "objects" / "pack", objects)
    new = objects[-1].id.decode()
    _put(work, changes)
    theirs = _commit(work)
    assert git(bare, "ls-tree", "-r", "-t", new) == git(work, "ls-tree", "-r", "-t", theirs)
    assert git(bare, "show", "--no-patch", "--format=%P|%an <%ae>|%ct|%B", new).rstrip() == (
        f"{parent}|Dev <dev@example.com>|1790000000|Said"
    )
    git(bare, "update-ref", "refs/heads/new", new)
    checked = subprocess.run(["git", "fsck", "--strict"], cwd=bare, check=True, capture_output=True, text=True)
    assert "missing" not in checked.stdout
    with Repo(str(bare)) as repo:
        assert listing_of(repo.object_store, new).keys() == listing_of(repo.object_store, parent).keys() - {
            path for path, data in changes.items() if data is None
        } | {path for path, data in changes.items() if data is not None}


def _put(work: Path, files: Mapping[str, bytes | None]) -> None:
    for path, data in files.items():
        if data is None:
            (work / path).unlink(missing_ok=True)
    for path, data in files.items():
        if data is not None:
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(data)


def _commit(work: Path) -> str:
    git(work, "add", "--all")
    me = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    git(work, *me, "commit", "--quiet", "--allow-empty", "--message", "Work")
    return git(work, "rev-parse", "HEAD")
