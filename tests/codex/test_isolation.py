"""One repository fails alone: poisoned repositories among good ones, in real git, on disk."""

import hashlib
import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.forge.git import inflate
from codex.forge.git.pack_store import PackStore
from codex.forge.local import LocalForge
from codex.http.errors import HttpError
from codex.limits import HOST_FAILURES, HOST_FAILURES_OF_REPOSITORIES
from codex.rollout.context import RepositoryResult, failed_result
from codex.rollout.host_failures import HostFailures
from codex.rollout.limits import RunLimits
from codex.shell import bug_report
from codex.shell.isolation import EndingError, LimitError, check_time, isolated, spend
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from tests.support.fleet import PYTHON, People, git, sync
from tests.support.special import place

GOOD = ("shop/a", "shop/b", "shop/y", "shop/z")
BAD = "shop/m"
"""In the middle: repositories before and after it are done."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> People:
    root = tmp_path_factory.mktemp("template") / "fleet"
    root.mkdir()
    people = People(root)
    people.add(BAD)
    for path in GOOD:
        shutil.copytree(root / f"{BAD}.git", root / f"{path}.git")
    return people


@pytest.fixture
def people(template: People, tmp_path: Path) -> People:
    root = tmp_path / "fleet"
    shutil.copytree(template.root, root)
    order = (*GOOD[:2], BAD, *GOOD[2:])
    return People(root, targets={path: Repository(id=path, path=path) for path in order})


def stored(people: People, kind: str, data: bytes) -> str:
    """Store an object as git does."""
    whole = f"{kind} {len(data)}\0".encode() + data
    return forged(people, zlib.compress(whole, 1), hashlib.sha1(whole, usedforsecurity=False).hexdigest())


def forged(people: People, data: bytes, name: str = "ab" * 20) -> str:
    """A loose object of these bytes, under a name that is not its own."""
    path = people.root / f"{BAD}.git" / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return name


def tree(people: People, *rows: tuple[str, bytes, str]) -> str:
    """A folder of mode, name and id."""
    ordered = sorted(rows, key=lambda row: row[1] + (b"/" if row[0] == "40000" else b""))
    return stored(
        people, "tree", b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(to) for mode, name, to in ordered)
    )


def commit(people: People, root: str) -> None:
    """Make a tree the default branch."""
    text = (
        f"tree {root}\nauthor A <a@example.com> 1790000000 +0000\ncommitter A <a@example.com> 1790000000 +0000\n\nx\n"
    )
    git(people.root / f"{BAD}.git", "update-ref", "refs/heads/main", stored(people, "commit", text.encode()))


def with_file(people: People, name: str, blob: str) -> None:
    commit(people, tree(people, ("100644", name.encode(), blob)))


def loose(head: bytes, data: bytes = b"") -> bytes:
    return zlib.compress(head + data)


def large_agents(people: People) -> None:
    people.commit(BAD, {"AGENTS.md": "# Large\n" + "x" * (9 * 1024 * 1024)})


def huge_agents(people: People) -> None:
    with_file(people, "AGENTS.md", forged(people, loose(b"blob 1700000000\0", bytes(1000))))


def huge_settings(people: People) -> None:
    with_file(people, ".engineering-codex.yaml", forged(people, loose(b"blob 2147483648\0", bytes(1000))))


def packed_settings(people: People) -> None:
    people.commit(BAD, {".engineering-codex.yaml": "# " + "y" * (20 * 1024 * 1024)})
    git(people.root / f"{BAD}.git", "repack", "-adq")


def lying_size(people: People) -> None:
    with_file(people, "AGENTS.md", forged(people, loose(b"blob 12\0", bytes(50_000_000))))


def lying_manifest(people: People) -> None:
    with_file(people, "pyproject.toml", forged(people, loose(b"blob 12\0", bytes(50_000_000))))


def no_object(people: People) -> None:
    with_file(people, "AGENTS.md", forged(people, b"this is no zlib stream"))


def other_object(people: People) -> None:
    with_file(people, "AGENTS.md", forged(people, loose(b"blob 3\0", b"abc")))


def nested(people: People) -> None:
    inside = tree(people, ("100644", b"a.py", stored(people, "blob", b"x = 1\n")))
    for _ in range(200):
        inside = tree(people, ("40000", b"d", inside))
    commit(people, inside)


def many_entries(people: People) -> None:
    inside = tree(people, *(("100644", f"{n}.py".encode(), stored(people, "blob", b"x")) for n in range(10)))
    for _ in range(7):
        inside = tree(people, *(("40000", f"d{n}".encode(), inside) for n in range(10)))
    commit(people, inside)


def wide_tree(people: People) -> None:
    blob = bytes.fromhex(stored(people, "blob", b"x"))
    commit(people, stored(people, "tree", b"".join(b"100644 %08d\0" % n + blob for n in range(5_001))))


def damaged_tree(people: People) -> None:
    commit(people, stored(people, "tree", b"100644 no end"))


def no_tree(people: People) -> None:
    commit(people, "cd" * 20)


def tree_that_is_a_file(people: People) -> None:
    commit(people, stored(people, "blob", b"x"))


def damaged_pack(people: People) -> None:
    bare = people.root / f"{BAD}.git"
    git(bare, "repack", "-adq")
    (pack,) = (bare / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    data = bytearray(pack.read_bytes())
    data[20:-20] = b"\xff" * (len(data) - 40)
    pack.write_bytes(bytes(data))


def wrong_requests(value: object) -> Callable[[People], None]:
    def write(people: People) -> None:
        (people.root / f"{BAD}.requests.json").write_text(json.dumps(value))

    return write


def no_repository(people: People) -> None:
    (people.root / f"{BAD}.git" / "config").write_bytes(b"[core\xff\xfe\n\trepositoryformatversion = 99\n")


def special(name: str, kind: str) -> Callable[[People], None]:
    def write(people: People) -> None:
        place(people.root / name.format(BAD), kind)

    return write


def damaged_refs(people: People) -> None:
    (people.root / f"{BAD}.git" / "packed-refs").write_bytes(b"# pack-refs with: peeled\nsecret-canary \xff\n^zz\n")


def including(people: People) -> None:
    secret = people.root / "secret"
    secret.write_bytes(b"secret-canary = [\n")
    with (people.root / f"{BAD}.git" / "config").open("a") as file:
        file.write(f"[include\n\tpath = {secret}\n")


def ref_of_nonsense(people: People) -> None:
    (people.root / f"{BAD}.git" / "refs" / "heads" / "main").write_bytes(b"secret-canary\n\xff")


def head_in_a_circle(people: People) -> None:
    (people.root / f"{BAD}.git" / "refs" / "heads" / "main").write_bytes(b"ref: refs/heads/main\n")


REQUEST = {
    "repository": BAD, "number": 1, "state": "open", "branch": "codex/sync", "title": "t", "body": "b",
    "labels": [], "reviewers": [], "notes": [],
}  # fmt: skip

POISONS: dict[str, Callable[[People], None]] = {
    error.__name__: error
    for error in (
        large_agents, huge_agents, huge_settings, packed_settings, lying_size, lying_manifest, no_object, other_object,
        nested, many_entries, wide_tree, damaged_tree, no_tree, tree_that_is_a_file, damaged_pack, no_repository,
        damaged_refs, including, ref_of_nonsense, head_in_a_circle,
    )
}  # fmt: skip
POISONS |= {
    "requests are null": wrong_requests({"requests": None}),
    "requests are no list": wrong_requests({"requests": {"a": 1}}),
    "a number is null": wrong_requests({"requests": [REQUEST | {"number": None}]}),
    "a number is huge": wrong_requests({"requests": [REQUEST | {"number": 10**30}]}),
    "labels are numbers": wrong_requests({"requests": [REQUEST | {"labels": [1]}]}),
    "a body is a list": wrong_requests({"requests": [REQUEST | {"body": []}]}),
}

POISONS |= {
    f"{name} is a {kind}": special(name, kind)
    for name in ("{}.requests.json", "{}.git/HEAD", "{}.git/config", "{}.git/packed-refs", "{}.git/refs/heads/main",
                 "{}.git/objects/pack/pack-1.idx", "{}.git/objects/info/alternates", "{}.git/info/grafts")
    for kind in ("pipe", "socket", "endless")
}  # fmt: skip


SPECIAL = [poison for poison in POISONS if poison.startswith("{}")]
SLOW = {poison for number, poison in enumerate(SPECIAL) if number // 3 % 3 != number % 3}
"""All special files but for one of each place, in turn a pipe, a socket and an endless one."""


@pytest.mark.parametrize("poison", [pytest.param(one, marks=[pytest.mark.slow] * (one in SLOW)) for one in POISONS])
def test_a_poisoned_repository_fails_alone(people: People, poison: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex.forge.git.folders.ENTRIES_PER_TREE", 5_000)
    POISONS[poison](people)
    first = sync(people)
    assert {path: first[path].decision.outcome for path in GOOD} == dict.fromkeys(GOOD, Outcome.OPENED)
    assert first[BAD].decision.outcome is Outcome.FAILED, first[BAD].decision.reason
    assert "unexpected" not in first[BAD].decision.reason
    assert "canary" not in first[BAD].decision.reason
    again = sync(people)
    assert {path: again[path].decision.outcome for path in GOOD} == dict.fromkeys(GOOD, Outcome.OPEN)
    assert again[BAD].decision.reason == first[BAD].decision.reason


NAMES = {
    "not UTF-8": b"caf\xe9",
    "a line break": b"a\nb",
    "a block's begin": b"<!-- codex:begin x -->",
    "a block's end": b"<!-- codex:end -->",
    "control characters": b"\x1b[31m\x07",
    "right to left": "\u202egnp.exe".encode(),
    "a backtick": b"`$(id)`",
    "a surrogate": b"\xed\xa0\x80",
}


@pytest.mark.parametrize("name", NAMES)
def test_folders_of_any_name_fail_no_repository(people: People, name: str) -> None:
    package = stored(people, "blob", b'[project]\nname = "x"\nversion = "1"\n')
    code = stored(people, "blob", b"x = 1\n")
    folder = tree(people, ("100644", b"pyproject.toml", package), ("100644", b"a.py", code))
    other = tree(people, ("100644", b"package.json", stored(people, "blob", b'{"name": "x"}')))
    commit(people, tree(people, ("40000", NAMES[name], folder), ("40000", b"web", other)))
    results = sync(people)
    assert {result.decision.outcome for result in results.values()} == {Outcome.OPENED}, results[BAD].decision.reason


def test_a_manifest_that_no_parser_reads_is_evidence_that_is_unreadable(people: People) -> None:
    people.commit(BAD, {**PYTHON, "tox.ini": "[testenv]\ncommands\n    pytest\n"})
    assert sync(people)[BAD].decision.outcome is Outcome.OPENED


ERRORS = (
    KeyError("x"),
    MemoryError(),
    RecursionError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"),
    OSError("x"),
)
PLACES = ("list_files", "read_files", "commit", "open_request", "heads")
BUGS = [pytest.param(*bug, marks=[pytest.mark.slow] * (n % 6 > 0)) for n, bug in enumerate(product(PLACES, ERRORS))]
"""Five of them are quick, so that each place and each error is."""


@pytest.mark.parametrize(("place", "error"), BUGS, ids=lambda one: one if isinstance(one, str) else type(one).__name__)
def test_a_bug_is_reported_in_a_file_and_fails_one_repository(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, place: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-canary-canary")
    bug_report._written.clear()

    class Broken(LocalForge):
        pass

    real = getattr(LocalForge, place)

    def broken(self: LocalForge, first: Any, *arguments: Any, **named: Any) -> Any:
        targets = first if place == "heads" else [first]
        if any(target.path == BAD for target in targets):
            token = "glpat-canary-canary"
            raise error from ValueError(f"https://u:{token}@git.example.com")
        return real(self, first, *arguments, **named)

    setattr(Broken, place, broken)
    results = sync(people, forge=Broken(people.root))
    assert {path: results[path].decision.outcome for path in GOOD} == dict.fromkeys(GOOD, Outcome.OPENED)
    assert results[BAD].decision.outcome is Outcome.FAILED
    (file,) = tmp_path.glob("codexc-bug-*.txt")
    assert str(file) in results[BAD].decision.reason
    text = file.read_text()
    assert BAD in text
    assert type(error).__name__ in text
    assert "Traceback" in text
    assert "canary" not in text


def test_interruptions_and_a_lost_token_end_the_run(people: People) -> None:
    for error in (KeyboardInterrupt(), SystemExit(3), EndingError("401")):

        class Ending(LocalForge):
            def list_files(self, *_: Any, error: BaseException = error) -> Any:
                raise error

        with pytest.raises(type(error)):
            sync(people, forge=Ending(people.root))


def test_limits_of_bytes_and_seconds() -> None:
    assert isinstance(isolated("x", lambda: spend(11), most=10), LimitError)
    assert isolated("x", lambda: spend(10), most=10) is None
    assert isinstance(isolated("x", check_time, seconds=-1), LimitError)
    assert isolated("x", lambda: isolated("y", lambda: spend(1), most=0), most=1) is None
    spend(10**15)
    check_time()


def test_a_broken_host_ends_a_run_and_broken_repositories_do_not(people: People) -> None:

    def saw(limits: RunLimits, error: CodexError) -> None:
        limits.record(failed_result(Repository(id="x", path="x"), error))

    host, own = HttpError("down", is_host_fault=True), HttpError("GET x: 404", status=404)
    limits = RunLimits()
    for _ in range(HOST_FAILURES - 1):
        saw(limits, host)
    assert limits.past_deadline is None
    saw(limits, own)
    saw(limits, host)
    assert limits.past_deadline is None
    for _ in range(HOST_FAILURES):
        saw(limits, HttpError("GET x: 503", status=503))
    assert limits.past_deadline is not None
    assert "host failed" in limits.past_deadline
    limits = RunLimits()
    for _ in range(5 * HOST_FAILURES):
        saw(limits, own)
        saw(limits, CodexError("out of memory"))
    assert limits.past_deadline is None


@pytest.mark.parametrize(
    ("responds", "most"), [(False, HOST_FAILURES), (True, HOST_FAILURES_OF_REPOSITORIES)], ids=["broken", "responds"]
)
def test_what_is_left_after_failures_of_the_host_is_queued(people: People, *, responds: bool, most: int) -> None:
    from codex.resources import templates
    from codex.rollout.batch import ApplyMode, process
    from codex.rollout.context import ReleaseSource, SyncContext
    from codex.sync.policy import Policy
    from tests.support.fleet import codex_of

    read_paths: list[str] = []

    class Down(LocalForge):
        def list_files(self, target: Any, *_: Any) -> Any:
            read_paths.append(target.path)
            raise HttpError("no response", is_host_fault=True)

        def probe(self) -> Any:
            if not responds:
                raise HttpError("no response", is_host_fault=True)
            return super().probe()

    source = ReleaseSource(codex=codex_of(), origin=None, releases=lambda _: None)
    run = SyncContext(
        source=source,
        forge=Down(people.root),
        policy=Policy(source="eng"),
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )
    targets = list(people.targets.values()) * 16
    for write in (True, False):
        read_paths.clear()
        limits = RunLimits(host=HostFailures(run.forge))
        items = list(process(run, targets, Journal(None), mode=ApplyMode(write=write), limits=limits, workers=1))
        outcomes = [item.decision.outcome for item in items]
        assert outcomes == [Outcome.FAILED] * most + [Outcome.QUEUED] * (len(targets) - most)
        assert len(read_paths) == most


@pytest.mark.parametrize(
    ("error", "stops"),
    [
        (None, False),
        (CodexError("the token has no such permission"), False),
        (HttpError("GET rate_limit: 404", status=404), False),
        (HttpError("GET rate_limit: 429", status=429), True),
        (HttpError("GET version: 502", status=502), True),
        (HttpError("no response", is_host_fault=True), True),
    ],
)
def test_a_host_that_responds_has_not_failed(tmp_path: Path, error: CodexError | None, *, stops: bool) -> None:
    class Host(LocalForge):
        def probe(self) -> Any:
            if error is not None:
                raise error
            return super().probe()

    host = HostFailures(Host(tmp_path))
    for _ in range(HOST_FAILURES):
        host.record(failed=True)
    assert (host.stop_reason is not None) is stops
    host.record(failed=False)
    assert host.stop_reason is None


def test_a_fault_of_the_profile_is_a_note(monkeypatch: pytest.MonkeyPatch, people: People) -> None:
    def broken(*_: Any) -> RepositoryResult:
        raise ZeroDivisionError

    monkeypatch.setattr("codex.profile.build_profile.ci.lines", broken)
    assert sync(people)[BAD].decision.outcome is Outcome.OPENED


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
def test_a_worker_has_an_address_space() -> None:
    program = (
        "from codex.shell.address_space import limit_address_space\n"
        "limit_address_space(700)\n"
        "try:\n    bytes(1 << 30)\nexcept MemoryError:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
def test_the_address_space_is_limited_during_a_block_and_what_needs_more_fails_alone() -> None:
    program = (
        "from codex.shell.address_space import limited_address_space\n"
        "from codex.shell.isolation import isolated\n"
        "with limited_address_space(700):\n    print(isolated('a', lambda: len(bytes(1 << 30))).summary)\n"
        "print(isolated('a', lambda: len(bytes(1 << 30))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("out of memory") and done.stdout.endswith(f"{1 << 30}\n")


def test_a_delta_never_exceeds_its_declared_size() -> None:
    base = bytes(70_000)
    copy = b"\x80"  # 64 KiB of the base, in one byte
    size = b"\xf0\xa2\x04"  # 70,000
    for target, body in ((b"\x10", copy * 1000), (b"\x80\x80\x80\x80\x10", copy), (b"\x10", b"\x05ab"), (b"\x10", b"")):
        with pytest.raises(CodexError):
            inflate.patched(base, size + target + body, 1_000_000)
    assert inflate.patched(base, size + b"\x80\x80\x04" + copy, 1_000_000) == bytes(65_536)


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_pack_breaks_the_reader(data: bytes, more: bytes) -> None:
    for pack in (data, b"PACK\0\0\0\x02\0\0\0\x02" + data, b"PACK\0\0\0\x02\0\0\0\x01\x3c" + zlib.compress(more)):
        objects = isolated("x", lambda pack=pack: list(PackStore(pack)))  # type: ignore[misc]
        assert not isinstance(objects, CodexError) or "unexpected" not in objects.message


def test_a_pack_from_git_is_read_completely(people: People) -> None:
    for number in range(5):
        people.commit(BAD, {"a.py": "".join(f"x{n} = {n}\n" for n in range(200 + number))})
    bare = people.root / f"{BAD}.git"
    git(bare, "repack", "-adfq", "--depth=50")
    (file,) = (bare / "objects" / "pack").glob("*.pack")
    names = git(bare, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert sorted(oid.decode() for oid in PackStore(file.read_bytes())) == names
