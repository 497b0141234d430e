"""A folder is read as it is: no link leaves it, no loop is endless, and what cannot be read is said."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex.shell import tree
from codex.shell.tree import SourceTree, read_tree
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError

LIMIT = 100
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and such names need rights there")


def read(root: Path, limit: int = LIMIT) -> SourceTree:
    return read_tree(root, lambda path: path.endswith(".md"), limit=limit)


def put(root: Path, **files: bytes) -> Path:
    """Files by name; `__` stands for a slash and a Markdown file's end is left out."""
    for name, data in files.items():
        path = root / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def unreadable(path: str) -> Finding:
    message = "the path is a symbolic link to a path outside the codex, or not a regular file"
    return Finding(code="CX409", message=message, path=path, help="replace the link with the file itself")


def test_selected_files_are_read_and_all_are_listed_in_order(tmp_path: Path) -> None:
    put(tmp_path, b=b"B", a__z=b"Z", a__c=b"\xff\x00")
    (tmp_path / "picture.png").write_bytes(b"PNG")
    read_ = read(tmp_path)
    assert list(read_.files.items()) == [("a/c.md", b"\xff\x00"), ("a/z.md", b"Z"), ("b.md", b"B")]
    assert read_.names == {"a/c.md", "a/z.md", "b.md", "picture.png"}
    assert read_.findings == ()


def test_hidden_folders_those_of_tools_and_our_own_output_are_not_entered(tmp_path: Path) -> None:
    put(tmp_path, a=b"A", node_modules__b=b"B", c=b"", dist__d=b"D", half__e=b"E")
    put(tmp_path / ".git", f=b"F")
    for name in ("dist/manifest.json", "dist/statements.json", "half/manifest.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert read(tmp_path).names == {"a.md", "c.md", "half/e.md", "half/manifest.json"}


def test_a_path_that_is_not_a_folder_is_an_error_with_help(tmp_path: Path) -> None:
    put(tmp_path, a=b"A")
    for path in (tmp_path / "gone", tmp_path / "a.md"):
        with pytest.raises(CodexError, match="is not a folder") as caught:
            read(path)
        assert caught.value.hint == "pass the directory of the standards with `--root`"


@posix
def test_links_that_make_loops_end(tmp_path: Path) -> None:
    put(tmp_path, a__b=b"B")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "here").symlink_to(".")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "one.md").symlink_to("two.md")
    (tmp_path / "two.md").symlink_to("one.md")
    read_ = read(tmp_path)
    assert dict(read_.files) == {"a/b.md": b"B"}
    assert [(f.code, f.path) for f in read_.findings] == [("CX409", p) for p in ("one.md", "self.md", "two.md")]


@posix
def test_a_link_out_of_the_root_is_a_finding_and_nothing_of_it_is_read(tmp_path: Path) -> None:
    root = put(tmp_path / "root", a=b"A")
    put(tmp_path / "root-of-another", secret=b"SECRET")
    (root / "absolute.md").symlink_to(tmp_path / "root-of-another" / "secret.md")
    (root / "relative.md").symlink_to("../root-of-another/secret.md")
    (root / "folder").symlink_to(tmp_path / "root-of-another")
    (root / "chain.md").symlink_to("relative.md")
    read_ = read(root)
    assert dict(read_.files) == {"a.md": b"A"}
    assert read_.findings == tuple(unreadable(path) for path in ("absolute.md", "chain.md", "relative.md"))


@posix
def test_a_file_below_a_linked_folder_is_not_read_through_it(tmp_path: Path) -> None:
    root = put(tmp_path / "root", a=b"A")
    put(tmp_path / "outside", b=b"B")
    (root / "in").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert dict(read(root).files) == {"a.md": b"A"}


@posix
def test_a_link_inside_the_root_is_read(tmp_path: Path) -> None:
    root = put(tmp_path / "root", a__b=b"B")
    (root / "relative.md").symlink_to("a/b.md")
    (root / "absolute.md").symlink_to(root / "a" / "b.md")
    read_ = read(root)
    assert (dict(read_.files), read_.findings) == ({"a/b.md": b"B", "absolute.md": b"B", "relative.md": b"B"}, ())


@posix
def test_a_root_that_is_a_link_itself_is_read(tmp_path: Path) -> None:
    root = put(tmp_path / "root", a=b"A")
    (root / "link.md").symlink_to("a.md")
    (tmp_path / "way").symlink_to(root)
    assert dict(read(tmp_path / "way").files) == {"a.md": b"A", "link.md": b"A"}


@posix
def test_a_broken_link_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to("nothing.md")
    finding = Finding(code="CX409", message="cannot be read: No such file or directory", path="gone.md")
    assert (dict(read(tmp_path).files), read(tmp_path).findings) == ({}, (finding,))


@posix
def test_pipes_sockets_and_folders_named_like_standards_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "device.md").symlink_to("/dev/zero")
    put(tmp_path / "folder.md", a=b"A")
    (tmp_path / "linked.md").symlink_to("folder.md")
    (tmp_path / "linked-pipe.md").symlink_to("pipe.md")
    read_ = read(tmp_path)
    assert dict(read_.files) == {"folder.md/a.md": b"A"}
    assert [f for f in read_.findings if f.path != "linked.md"] == [
        unreadable(path) for path in ("device.md", "linked-pipe.md", "pipe.md")
    ]


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="APFS refuses such names")
def test_names_that_are_not_utf8_are_read_under_a_name_that_can_be_printed(tmp_path: Path) -> None:
    for name, data in ((b"caf\xe9.md", b"E"), ("日本.md".encode(), b"J")):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(data)
    assert dict(read(tmp_path).files) == {"日本.md": b"J", "caf\ufffd.md": b"E"}


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="APFS refuses such names")
def test_two_names_that_look_the_same_are_not_treated_as_one_file(tmp_path: Path) -> None:
    for name, data in ((b"caf\xe9.md", b"E"), (b"caf\xe8.md", b"F")):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(data)
    read_ = read(tmp_path)
    assert sorted(read_.files.values()) == [b"E", b"F"] or [f.code for f in read_.findings] == ["CX409"]


def test_folders_are_read_to_a_maximum_depth(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 64)
    put(deep, a=b"A")
    put(deep / "d", b=b"B")
    assert dict(read(tmp_path).files) == {f"{'d/' * 64}a.md": b"A"}


def test_one_byte_more_than_the_limit_is_read_of_a_large_file(tmp_path: Path) -> None:
    put(tmp_path, below=b"x" * 99, exact=b"x" * 100, over=b"x" * 101, far=b"x" * 100_000)
    lengths = {path: len(data) for path, data in read(tmp_path).files.items()}
    assert lengths == {"below.md": 99, "exact.md": 100, "far.md": 101, "over.md": 101}


def test_too_many_files_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 3)
    put(tmp_path, a=b"", b=b"", c=b"")
    assert len(read(tmp_path).names) == 3
    put(tmp_path, d=b"")
    with pytest.raises(CodexError, match="more than 3 files"):
        read(tmp_path)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path, a=b"A", b=b"B")
    (tmp_path / "b.md").chmod(0)
    finding = Finding(code="CX409", message="cannot be read: Permission denied", path="b.md")
    assert (dict(read(tmp_path).files), read(tmp_path).findings) == ({"a.md": b"A"}, (finding,))


def test_an_unreadable_folder_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, a=b"A", closed__b=b"B")
    real = os.scandir

    def refusing(folder: Path) -> "Iterator[os.DirEntry[str]]":
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    finding = Finding(code="CX409", message="cannot be read: Permission denied", path="closed")
    assert (dict(read(tmp_path).files), read(tmp_path).findings) == ({"a.md": b"A"}, (finding,))
