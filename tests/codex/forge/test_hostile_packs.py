"""Packs that a host made to exhaust memory or time: limits count before anything is allocated or parsed."""

import random
import zlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from dulwich.objects import ObjectID, parse_tree
from hypothesis import given
from hypothesis import strategies as st

from codex.forge.git import folders, inflate, pack_store
from codex.forge.git.folders import Folders, folder_in
from codex.forge.git.inflate import BLOB, COMMIT, OVERSIZED, TREE, DamagedError, object_id
from codex.forge.git.objects import changes_in, commit_in, listing_of
from codex.forge.git.pack_store import PackStore
from codex.shell.isolation import LimitError
from skills_build.errors import CodexError
from tests.support.effort import calls_of

_SOME_ID = b"\1" * 20


def _header(kind: int, size: int) -> bytes:
    first, size = kind << 4 | size & 15, size >> 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    return bytes((*header, first))


def _varint(size: int) -> bytes:
    encoded = bytearray()
    while size > 0x7F:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*encoded, size))


def whole(kind: int, data: bytes) -> bytes:
    return _header(kind, len(data)) + zlib.compress(data)


def replacement(base: bytes, old: bytes, new: bytes) -> bytes:
    """A delta to the object with the id `base` whose result is `new`, of at most 127 bytes."""
    instructions = _varint(len(old)) + _varint(len(new)) + bytes((len(new),)) + new
    return _header(7, len(instructions)) + base + zlib.compress(instructions)


def pack(*entries: bytes, count: int | None = None) -> bytes:
    number = len(entries) if count is None else count
    return b"PACK" + (2).to_bytes(4, "big") + number.to_bytes(4, "big") + b"".join(entries)


def row(mode: bytes, name: bytes, oid: bytes = _SOME_ID) -> bytes:
    return mode + b" " + name + b"\0" + oid


def committed(tree: bytes) -> bytes:
    return b"tree %s\nauthor a <a@x> 0 +0000\ncommitter a <a@x> 0 +0000\n\nx\n" % tree.hex().encode()


class Commits:
    """The objects of a few commits, made of trees from the innermost to the root."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []

    def tree(self, *rows: bytes) -> bytes:
        data = b"".join(rows)
        self.entries.append(whole(TREE, data))
        return object_id(TREE, data)

    def commit(self, tree: bytes) -> str:
        data = committed(tree)
        self.entries.append(whole(COMMIT, data))
        return object_id(COMMIT, data).hex()

    def store(self) -> PackStore:
        return PackStore(pack(*self.entries))


def many(count: int) -> Iterator[bytes]:
    return (row(b"100644", b"%06d" % number) for number in range(count))


def test_the_entries_of_a_folder_are_counted_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    commit = commits.commit(commits.tree(*many(300)))
    store = commits.store()
    assert len(listing_of(store, commit)) == 300
    monkeypatch.setattr(folders, "ENTRIES_PER_TREE", 299)
    monkeypatch.setattr(folders, "parse_tree", lambda *_: pytest.fail("parsed"))
    with pytest.raises(LimitError, match="more than 299 files and folders"):
        listing_of(store, commit)


def test_open_folders_count_with_all_their_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    inner = commits.tree(*many(100))
    for _ in range(5):
        inner = commits.tree(row(b"40000", b"a", inner), *many(100))
    commit = commits.commit(inner)
    store = commits.store()
    assert len(listing_of(store, commit)) == 600
    monkeypatch.setattr(folders, "ENTRIES_PER_TREE", 350)
    parsed: list[int] = []

    def counted(data: bytes, size: int) -> Iterator[tuple[bytes, int, bytes]]:
        parsed.append(len(data))
        return parse_tree(data, size)

    monkeypatch.setattr(folders, "parse_tree", counted)
    with pytest.raises(LimitError):
        listing_of(store, commit)
    assert len(parsed) == 3


def test_a_path_has_a_limit_and_so_have_all_paths_together(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    files = commits.tree(*many(1000))
    short, long = (commits.commit(commits.tree(row(b"40000", b"n" * size, files))) for size in (4000, 5000))
    store = commits.store()
    assert len(listing_of(store, short)) == 1000
    with pytest.raises(LimitError, match="a path of 5,000 bytes"):
        listing_of(store, long)
    with pytest.raises(LimitError, match="a path of 5,000 bytes"):
        changes_in(store, short, long)
    spent: list[int] = []
    monkeypatch.setattr(folders, "spend", spent.append)
    listing_of(store, short)
    assert sum(spent) == 4001 * 1000


def test_a_few_trees_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENTRIES_PER_TREE", 1000)
    commits = Commits()
    roots = []
    for name in (b"x", b"y"):
        tree = commits.tree(row(b"100644", name))
        for _ in range(20):
            tree = commits.tree(*(row(b"40000", b"%x" % number, tree) for number in range(16)))
        roots.append(commits.commit(tree))
    deep = commits.tree(row(b"100644", b"x"))
    for _ in range(200):
        deep = commits.tree(row(b"40000", b"a", deep))
    roots.append(commits.commit(deep))
    store = commits.store()
    for root in roots:
        with pytest.raises(LimitError):
            listing_of(store, root)
        if root != roots[0]:
            with pytest.raises(LimitError):
                changes_in(store, roots[0], root)


def test_something_else_than_a_commit_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = Commits()
    tree = commits.tree(*many(10)).hex()
    monkeypatch.setattr("dulwich.objects.Tree._deserialize", lambda *_: pytest.fail("parsed"))
    with pytest.raises(CodexError, match="is not a commit"):
        commit_in(commits.store(), tree)


def test_the_number_of_objects_is_limited_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_store, "OBJECTS_PER_PACK", 3)
    assert len(list(PackStore(pack(*(whole(BLOB, b"%d" % number) for number in range(3)))))) == 3
    with pytest.raises(LimitError, match="has 4 objects"):
        PackStore(pack(count=4))


def test_deltas_in_the_worst_order_take_linear_time() -> None:
    def calls(count: int) -> int:
        texts = [b"%040d" % number for number in range(count)]
        deltas = [replacement(object_id(BLOB, old), old, new) for old, new in pairwise(texts)]
        data = pack(*reversed(deltas), whole(BLOB, texts[0]))
        assert len(list(PackStore(data))) == count
        return calls_of(lambda: PackStore(data))

    assert calls(800) < 2.5 * calls(400)


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_objects_arrive_whatever_their_order(texts: list[bytes], shuffled: random.Random) -> None:
    entries = [whole(BLOB, texts[0])]
    for number, text in enumerate(texts[1:], start=1):
        base = shuffled.choice(texts[:number])
        entries.append(replacement(object_id(BLOB, base), base, text) if text else whole(BLOB, text))
    shuffled.shuffle(entries)
    store = PackStore(pack(*entries))
    assert {store.get_raw(oid) for oid in store} == {(BLOB, text) for text in texts}
    assert not store.incomplete


def test_a_delta_without_its_base_is_damaged() -> None:
    with pytest.raises(DamagedError, match="base of a delta is missing"):
        PackStore(pack(replacement(_SOME_ID, b"a", b"b"), whole(BLOB, b"c")))


def test_a_file_that_changes_one_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without filters sends every version of a large file; the rest of the repository is read."""
    monkeypatch.setattr(pack_store, "BYTES_PER_BLOB", 50)
    monkeypatch.setattr(inflate, "BYTES_PER_BLOB", 50)
    large, small = b"x" * 60, b"y" * 40
    entries = (
        replacement(object_id(BLOB, large), large, b"z" * 55),
        whole(BLOB, large),
        whole(BLOB, small),
        replacement(object_id(BLOB, small), small, b"z" * 58),
        replacement(object_id(BLOB, small), small, b"ok"),
    )
    store = PackStore(pack(*entries))
    assert store.incomplete
    found = {oid: store.get_raw(oid)[1] for oid in store}
    assert sorted(found.values(), key=len) == [b"ok", small, OVERSIZED]
    assert found[ObjectID(object_id(BLOB, large).hex().encode())] is OVERSIZED


def test_folders_that_are_files_and_the_reverse_are_changes() -> None:
    commits = Commits()
    inner, other = commits.tree(row(b"100644", b"f")), commits.tree(row(b"100644", b"f"), row(b"100664", b"g"))
    before = commits.commit(
        commits.tree(row(b"40000", b"a", inner), row(b"100644", b"b"), row(b"40000", b"c", inner), row(b"100644", b"d"))
    )
    after = commits.commit(
        commits.tree(row(b"100644", b"a"), row(b"40000", b"b", other), row(b"40000", b"c", inner), row(b"120000", b"d"))
    )
    changed = changes_in(commits.store(), before, after)
    assert {path: entry and entry.mode for path, entry in changed.items()} == {
        "a": "100644", "a/f": None, "b": None, "b/f": "100644", "b/g": "100644", "d": "120000"
    }  # fmt: skip


def test_a_malformed_folder_is_damaged_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_SMALLEST_ENTRY", 0)
    commits = Commits()
    tree = commits.tree(b"100644 no end")
    with pytest.raises(DamagedError):
        folder_in(commits.store(), ObjectID(tree.hex().encode()))
    assert not list(Folders(commits.store()).changes(None, None))
