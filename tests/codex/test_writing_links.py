"""The functions that write files follow no link, on systems with and without calls relative to a directory."""

import contextlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex.shell import directory
from codex.shell.atomic import Writer, append_to, keep_file, recover_interrupted, replace_tree, write_file
from codex.shell.directory import Directory, LinkedError
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from tests.support.attacked_repository import create_repository, snapshot

MANIFEST = b'{"$schema": "urn:codexc:schema:manifest:1"}'


@pytest.fixture(autouse=True)
def _no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Durability is not tested here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(params=["by descriptor", "by path"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A system with and one without calls relative to an open directory (Windows)."""
    monkeypatch.setattr(directory, "BY_DESCRIPTOR", request.param == "by descriptor")
    return str(request.param)


def test_a_parent_that_becomes_a_link_between_plan_and_write_is_refused(tmp_path: Path, system: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    with Writer.at(root) as writer:
        writer.write("a/b/first.md", b"1")
        shutil.rmtree(root / "a")
        (root / "a").symlink_to(outside)
        with pytest.raises(CodexError, match="symbolic link"):
            writer.write("a/b/second.md", b"2")
        with pytest.raises(CodexError, match="symbolic link"):
            writer.delete("a/b/first.md")
    assert snapshot(outside) == {}
    assert sorted(path.name for path in root.iterdir()) == ["a"]


@pytest.mark.parametrize("call", ["create", "rename", "lstat"])
def test_a_parent_that_is_replaced_while_a_file_is_written_is_not_followed(
    call: str, tmp_path: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    real: Callable[..., Any] = getattr(Directory, call)
    done: list[str] = []

    def raced(self: Directory, *arguments: Any, **options: Any) -> Any:
        if not done and self.path.endswith("a"):
            done.append(call)
            (root / "a").rename(root / "moved")
            (root / "a").symlink_to(outside)
        return real(self, *arguments, **options)

    monkeypatch.setattr(Directory, call, raced)
    try:
        write_file(root / "a" / "file.md", b"text", root=root)
    except (CodexError, OSError):
        assert system == "by path" or call == "lstat"
    assert snapshot(outside) == {}


def test_a_tree_is_not_replaced_through_a_link(tmp_path: Path, system: str) -> None:
    root, outside = create_repository(tmp_path), tmp_path / "outside"
    before = snapshot(outside)
    (root / "link").symlink_to(outside)
    for path in (root / "link" / "dist", root / "link" / "new" / "dist", root / "link"):
        with pytest.raises(CodexError, match=r"symbolic link|is not a folder"):
            replace_tree(path, [Artifact(path="manifest.json", data=MANIFEST)], force=True)
        with contextlib.suppress(CodexError):
            recover_interrupted(path)
    assert snapshot(outside) == before


@pytest.mark.parametrize("write", [write_file, keep_file])
def test_files_are_not_written_through_links_of_any_kind(
    write: Callable[[Path, bytes], None], tmp_path: Path, system: str
) -> None:
    root, outside = create_repository(tmp_path), tmp_path / "outside"
    before = snapshot(outside), snapshot(root / ".git")
    for number, goal in enumerate(("../outside/key", "../outside/new", "missing", ".git/config", "../outside")):
        (root / f"file-{number}").symlink_to(goal)
        with pytest.raises(CodexError, match="symbolic link"):
            write(root / f"file-{number}", b"x")
        with pytest.raises(CodexError, match=r"symbolic link|is not a folder"):
            write(root / f"file-{number}" / "below.md", b"x")
        with pytest.raises(LinkedError):
            append_to(root / f"file-{number}")
    for path in (root / ".git" / "hooks" / "x", root / "sub" / ".GIT" / "x"):
        with pytest.raises(CodexError, match="refusing to write"):
            write(path, b"x")
    assert (snapshot(outside), snapshot(root / ".git")) == before


def test_files_and_trees_are_written_alike_on_both_systems(tmp_path: Path, system: str) -> None:
    out = tmp_path / "dist"
    for text in (b"old", b"new"):
        artifacts = [Artifact(path="manifest.json", data=MANIFEST), Artifact(path="a/b.sh", data=text, mode=0o755)]
        replace_tree(out, artifacts)
    write_file(tmp_path / "deep" / "file.md", b"1")
    write_file(tmp_path / "deep" / "file.md", b"2")
    with append_to(tmp_path / "deep" / "journal") as file:
        file.write(b"3")
    recover_interrupted(out)
    written = {name: data for name, (mode, data) in snapshot(tmp_path).items() if stat.S_ISREG(mode)}
    assert written == {
        "dist/manifest.json": MANIFEST,
        "dist/a/b.sh": b"new",
        "deep/file.md": b"2",
        "deep/journal": b"3",
    }
    assert os.access(out / "a" / "b.sh", os.X_OK)


def test_a_link_in_a_folder_of_the_user_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link" / "report.txt", b"x")
    assert (tmp_path / "real" / "report.txt").read_bytes() == b"x"
