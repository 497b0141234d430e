"""Local repositories with huge files, very many packs or very many levels: each fails alone, without much memory."""

import shutil
import sys
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from codex.catalog.kinds.folder import FolderCatalog
from codex.catalog.model import CatalogResult
from codex.forge.git.disk_store import OPEN_PACKS
from codex.forge.local_repository import OpenedRepository
from codex.limits import BYTES_PER_REFS, PACKS_PER_REPOSITORY
from codex.shell.address_space import limited_address_space
from codex.shell.walking import files_below, walk
from codex.sync.outcome import Outcome
from tests.support.fleet import People, git, sync
from tests.support.special import levels

HUGE = 1 << 40
EMPTY_INDEX = b"\377tOc\0\0\0\2" + bytes(1024 + 40)
EMPTY_PACK = b"PACK\0\0\0\2\0\0\0\0" + bytes(20)


@pytest.fixture
def people(tmp_path: Path) -> People:
    (tmp_path / "fleet").mkdir()
    people = People(tmp_path / "fleet")
    people.add("shop/a")
    people.add("shop/b")
    return people


def bare(people: People, name: str) -> Path:
    return people.root / f"{name}.git"


def catalog(people: People) -> CatalogResult:
    return FolderCatalog(path=people.root).read()


def grow(path: Path, size: int = HUGE) -> None:
    """Make a file with a hole that is, by default, larger than any memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(size)


def packed(people: People, suffix: str) -> Path:
    """The only pack of a repository, or its index; it may be written."""
    git(bare(people, "shop/a"), "repack", "-a", "-d", "-q")
    (path,) = (bare(people, "shop/a") / "objects" / "pack").glob(f"*.{suffix}")
    path.chmod(0o644)
    return path


def add_packs(repository: Path, count: int) -> None:
    for number in range(count):
        (repository / "objects" / "pack" / f"pack-{number:040x}.idx").write_bytes(EMPTY_INDEX)
        (repository / "objects" / "pack" / f"pack-{number:040x}.pack").write_bytes(EMPTY_PACK)


def test_a_catalog_reads_only_the_start_of_a_huge_list_of_refs(people: People) -> None:
    git(bare(people, "shop/a"), "pack-refs", "--all")
    grow(bare(people, "shop/a") / "packed-refs")
    assert [(repository.id, repository.empty) for repository in catalog(people).repositories] == [
        ("shop/a", False),
        ("shop/b", False),
    ]


def test_a_catalog_leaves_out_a_repository_with_a_huge_head(people: People) -> None:
    grow(bare(people, "shop/a") / "HEAD")
    found = catalog(people)
    assert [repository.id for repository in found.repositories] == ["shop/b"]
    assert ["is larger than" in row.reason for row in found.unmapped] == [True]


def test_a_catalog_lists_a_repository_with_very_many_levels_of_branches(people: People) -> None:
    shutil.rmtree(bare(people, "shop/a") / "refs" / "heads")
    with levels(bare(people, "shop/a") / "refs" / "heads"):
        assert [repository.id for repository in catalog(people).repositories] == ["shop/a", "shop/b"]


@pytest.mark.parametrize(
    "name", ["packed-refs", "shallow", "info/grafts", "objects/info/commit-graph", "refs/heads/main"]
)
def test_a_huge_file_that_is_read_whole_fails_its_repository_alone(name: str, people: People) -> None:
    grow(bare(people, "shop/a") / name)
    results = sync(people)
    assert results["shop/a"].decision.outcome is Outcome.FAILED
    assert "is larger than" in results["shop/a"].decision.reason
    assert results["shop/b"].decision.outcome is Outcome.OPENED


def test_many_refs_are_read(people: People) -> None:
    commit = people.tip("shop/a", "main")
    rows = "".join(f"{commit} refs/tags/v{number:06}\n" for number in range(200_000))
    (bare(people, "shop/a") / "packed-refs").write_text(f"{commit} refs/heads/main\n{rows}")
    assert (bare(people, "shop/a") / "packed-refs").stat().st_size < BYTES_PER_REFS
    assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED


def test_very_many_packs_fail_their_repository_alone(people: People) -> None:
    add_packs(bare(people, "shop/a"), PACKS_PER_REPOSITORY + 1)
    results = sync(people)
    assert f"more than {PACKS_PER_REPOSITORY:,} packs" in results["shop/a"].decision.reason
    assert results["shop/b"].decision.outcome is Outcome.OPENED


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:500],
        lambda data: data[:1100],
        lambda data: data[:8] + b"\xff" * 1024 + data[1032:],
    ],
    ids=["empty", "shorter", "without its ids", "too many"],
)
def test_a_damaged_index_is_reported(people: People, damage: Callable[[bytes], bytes]) -> None:
    index = packed(people, "idx")
    index.write_bytes(damage(index.read_bytes()))
    results = sync(people)
    assert "the index of a pack is invalid; run `git fsck`" in results["shop/a"].decision.reason
    assert results["shop/b"].decision.outcome is Outcome.OPENED


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the address space can only be limited on Linux")
def test_a_pack_may_be_as_large_as_the_memory_allows(people: People) -> None:
    pack = packed(people, "pack")
    grow(pack, 2 << 30)
    with limited_address_space(6 << 10):
        assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED
    grow(pack)
    with limited_address_space(6 << 10):
        results = sync(people)
    assert "increase `sync.worker_memory`" in results["shop/a"].decision.reason
    assert results["shop/b"].decision.outcome is Outcome.OPEN


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_few_of_many_packs_are_open_at_a_time(people: People) -> None:
    add_packs(bare(people, "shop/a"), OPEN_PACKS * 2)
    before = len(list(Path("/proc/self/fd").iterdir()))
    opened = OpenedRepository(str(bare(people, "shop/a")))
    tip = opened.ref("main")
    assert tip is not None
    assert tip in opened.objects
    assert len(list(Path("/proc/self/fd").iterdir())) - before < OPEN_PACKS * 3
    del opened
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_history_is_searched_within_the_limits_of_an_object(people: People) -> None:
    assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED
    repository = bare(people, "shop/a")
    tip = people.tip("shop/a", "main")
    tree = git(repository, "rev-parse", "main^{tree}")
    who = "dev <dev@example.com> 1900000000 +0000"
    large = store(
        repository, f"tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\n".encode() + bytes(70 << 20)
    )
    new = store(repository, f"tree {tree}\nparent {large}\nauthor {who}\ncommitter {who}\n\nx\n".encode())
    git(repository, "update-ref", "--no-deref", "refs/heads/main", new)
    results = sync(people)
    assert "more than the limit of" in results["shop/a"].decision.reason
    assert results["shop/b"].decision.outcome is Outcome.OPEN


def store(repository: Path, commit: bytes) -> str:
    raw = b"commit %d\0%b" % (len(commit), commit)
    name = sha1(raw).hexdigest()
    path = repository / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(raw))
    return name


def test_a_shallow_repository_is_searched_to_its_end(people: People) -> None:
    assert sync(people)["shop/a"].decision.outcome is Outcome.OPENED
    people.commit("shop/a", {"docs/a.md": "a\n"})
    tip = people.commit("shop/a", {"docs/b.md": "b\n"})
    (bare(people, "shop/a") / "shallow").write_text(f"{tip}\n")
    assert sync(people)["shop/a"].decision.outcome is Outcome.HUMAN_EDITED


def test_a_folder_with_very_many_levels_is_walked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    with levels(tmp_path) as depth:
        assert sum(1 for _ in walk(tmp_path)) == depth + 1
        assert sorted(files_below(tmp_path))[-2:] == ["file", "link"]


def test_a_caller_leaves_folders_out(tmp_path: Path) -> None:
    for name in ("a/b", "c/d"):
        (tmp_path / name).mkdir(parents=True)
    seen = []
    for folder, folders, _ in walk(tmp_path):
        folders[:] = sorted(set(folders) - {"a"})
        seen.append(Path(folder).relative_to(tmp_path).as_posix())
    assert seen == [".", "c", "c/d"]


def test_a_head_that_is_not_utf8_stops_no_catalog(people: People) -> None:
    (bare(people, "shop/a") / "HEAD").write_bytes(b"ref: refs/heads/\xff\n")
    assert [repository.id for repository in catalog(people).repositories] == ["shop/a", "shop/b"]
