"""Bundles and trees that a stranger crafted: valid checksums, and content that is not."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, ObjectID, ShaFile

from codex.forge.git.folders import folder_in
from codex.forge.git.inflate import DamagedError
from codex.shell.reading import read_regular
from codex.sync.block import write_block
from skills_build.errors import CodexError
from skills_build.schema import violations

ROOT = Path(__file__).parent.parent.parent


def _tree(*entries: tuple[bytes, bytes, bytes]) -> ShaFile:
    """A tree with these entries (mode, name, id), however malformed."""
    raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid.decode()) for mode, name, oid in entries)
    return ShaFile.from_raw_string(2, raw)


@pytest.mark.parametrize(
    "names",
    [(b"AGENTS.md", b"AGENTS.md"), (b"src", b"src"), (b"",), (b".",), (b"..",), (b"a/b",)],
    ids=["file twice", "folder twice", "empty", "dot", "dots", "slash"],
)
def test_a_folder_that_git_would_not_write_is_damaged(names: tuple[bytes, ...]) -> None:
    store = MemoryObjectStore()
    blobs = [Blob.from_string(b"%d" % number) for number in range(len(names))]
    tree = _tree(*((b"100644", name, blob.id) for name, blob in zip(names, blobs, strict=True)))
    for stored in (*blobs, tree):
        store.add_object(stored)
    with pytest.raises(DamagedError):
        folder_in(store, ObjectID(tree.id))


def test_a_well_formed_folder_is_read() -> None:
    store = MemoryObjectStore()
    blob = Blob.from_string(b"x")
    tree = _tree((b"100644", b"a", blob.id), (b"100644", b"b", blob.id))
    for stored in (blob, tree):
        store.add_object(stored)
    assert list(folder_in(store, ObjectID(tree.id))) == [b"a", b"b"]


@pytest.mark.parametrize(
    "text",
    ["# Rules\n<!-- codex:end -->\n# Outside\n", f"<!-- codex:begin version=1.0.0 sha256={'0' * 64} -->\n"],
)
def test_a_text_with_a_marker_is_not_written_into_a_block(text: str) -> None:
    with pytest.raises(CodexError, match="contains a block marker"):
        write_block(b"# Mine\n", text, version="1.0.0")


@pytest.mark.parametrize(
    "version", ["1.0.0 -->\n# Outside\n<!-- x", "1.0.0\nCo-authored-by: e <e@e>", "\x1b[31m1.0.0", ""]
)
def test_an_invalid_version_opens_no_block(version: str) -> None:
    with pytest.raises(CodexError, match="contains a block marker"):
        write_block(b"# Mine\n", "rules\n", version=version)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "1.0.0\nCo-authored-by: evil <e@e>"),
        ("version", "1.0.0 -->"),
        ("version", "9" * 300 + ".0.0"),
        ("namespace", "eng\n/merge"),
        ("namespace", "eng/../../x"),
        ("title", "Codex\n<!-- codex:end -->\n/merge"),
        ("title", "Codex \x1b[31m"),
    ],
)
def test_a_manifest_holds_no_line_breaks_and_no_odd_versions(key: str, value: str) -> None:
    schema = (ROOT / "validators" / "schemas" / "manifest.schema.json").read_text(encoding="utf-8")
    manifest: dict[str, Any] = json.loads((ROOT / "dist" / "manifest.json").read_bytes())
    assert violations(schema, manifest) == ()
    assert {broken.key for broken in violations(schema, {**manifest, key: value})} == {(key,)}


def test_the_size_of_a_file_is_checked_before_it_is_read(tmp_path: Path) -> None:
    sparse = tmp_path / "AGENTS.md"
    with sparse.open("wb") as file:
        file.truncate(20 * 1024**3)
    with pytest.raises(CodexError, match="is larger than 100 bytes"):
        read_regular(sparse, max_bytes=100)
    small = tmp_path / "small"
    small.write_bytes(b"x" * 100)
    assert hashlib.sha256(read_regular(small, max_bytes=100)).digest() == hashlib.sha256(b"x" * 100).digest()
    small.write_bytes(b"")
    assert read_regular(small, max_bytes=100) == b""
