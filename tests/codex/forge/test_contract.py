"""What every forge must do, tested the same way for all: heads, files and commits."""

from pathlib import Path

import pytest

from codex.forge.base import FileWrite, GoneError, RacedError, RepositoryHead
from codex.profile.model import LINK
from codex.sync.lock import blob_id
from codex.sync.observed import TreeEntry
from codex.sync.repository import Repository
from tests.support.contract import (
    BRANCH,
    FILES,
    OURS,
    OURS_CHANGED,
    REPO,
    Stage,
    begun,
    head,
    update_branch,
)
from tests.support.fleet import git

# Heads and files.


def test_heads_of_many_come_in_order_with_errors_in_their_place(stage: Stage) -> None:
    targets = [stage.add(f"shop/r{number}") for number in range(5)]
    targets.insert(2, Repository(id="gone", path="shop/gone"))
    targets.append(stage.add("shop/empty", {}))
    heads = list(stage.port.heads(targets, BRANCH))
    assert [
        (repository.target if isinstance(repository, RepositoryHead) else repository[0]).path for repository in heads
    ] == [target.path for target in targets]
    assert isinstance(heads[2], tuple)
    assert isinstance(heads[2][1], GoneError)
    last = heads[-1]
    assert isinstance(last, RepositoryHead)
    assert (last.base, last.tip, last.request, last.past) == (None, None, None, None)
    first = heads[0]
    assert isinstance(first, RepositoryHead)
    assert (first.base, first.target.default_branch) == (stage.tip("shop/r0", "main"), "main")


def test_another_default_branch_that_the_catalog_names(stage: Stage, target: Repository) -> None:
    theirs = stage.commit(REPO, {"old.txt": "1\n"}, "release")
    other = Repository(id=target.id, path=REPO, default_branch="release")
    repository_head = head(stage.port, other)
    assert (repository_head.base, repository_head.target.default_branch) == (theirs, "release")


def test_files_are_listed_and_read(stage: Stage) -> None:
    target = stage.add(REPO, {"a b/ü.txt": "ü\r\n", "deep/er/x.py": "", "c.txt": "c\n"})
    base = stage.tip(REPO, "main") or ""
    listing = stage.port.list_files(target, base)
    assert {path: entry.blob for path, entry in listing.items()} == {
        "a b/ü.txt": blob_id("ü\r\n".encode()),
        "deep/er/x.py": blob_id(b""),
        "c.txt": blob_id(b"c\n"),
    }
    assert {entry.mode for entry in listing.values()} == {0o100644}
    contents = stage.fresh().read_files(target, base, ["a b/ü.txt", "deep/er/x.py", "no.txt", "deep", "c.txt"])
    assert contents == {"a b/ü.txt": "ü\r\n".encode(), "deep/er/x.py": b"", "c.txt": b"c\n"}
    assert stage.port.read_files(target, base, []) == {}


def test_bytes_links_and_long_listings(stage: Stage, target: Repository) -> None:
    bare = stage.git(REPO)
    data = b"\0\xff\xfe bytes"
    (bare / "blob").write_bytes(data)
    blob = git(bare, "hash-object", "-w", "blob")
    (bare / "blob").write_bytes(b"caf\xe9\n")
    latin = git(bare, "hash-object", "-w", "blob")
    (bare / "blob").write_bytes(b"src/a.py")
    link = git(bare, "hash-object", "-w", "blob")
    index = {"GIT_INDEX_FILE": str(bare / "index.new")}
    rows = [f"100644 {blob}\tbin", f"100644 {latin}\tlatin", f"120000 {link}\tlink", f"100755 {latin}\trun"]
    rows += [f"100644 {latin}\tmany/f{number:03}" for number in range(230)]
    rows += [f"160000 {'1' * 40}\tmodule"]
    commit = _tree(bare, rows, index)
    listing = stage.port.list_files(target, commit)
    assert len(listing) == 235
    assert (listing["link"].mode, listing["run"].mode, listing["module"].mode) == (LINK, 0o100755, 0o160000)
    for port in (stage.port, stage.fresh()):
        contents = port.read_files(
            target, commit, ["bin", "latin", "link", "module", *(f"many/f{number:03}" for number in range(120))]
        )
        assert (contents["bin"], contents["latin"], contents["link"]) == (data, b"caf\xe9\n", b"src/a.py")
        assert "module" not in contents
        assert len(contents) == 123


def _tree(bare: Path, rows: list[str], environment: dict[str, str]) -> str:
    """A commit of these rows on `main`."""
    import os
    import subprocess

    env = {**os.environ, **environment}
    text = "\n".join(rows).encode() + b"\n"
    subprocess.run(["git", "update-index", "--index-info"], cwd=bare, input=text, env=env, check=True)
    tree = subprocess.run(["git", "write-tree", "--missing-ok"], cwd=bare, env=env, check=True, capture_output=True)
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", tree.stdout.decode().strip(), "-p", "main", "-m", "Many")
    git(bare, "update-ref", "refs/heads/main", commit)
    return commit


# Commits.


def test_a_commit_creates_our_branch_on_the_base(stage: Stage, target: Repository) -> None:
    target, base, commit = begun(stage, target)
    assert stage.tip(REPO) == commit
    assert stage.show(REPO, "AGENTS.md", BRANCH) == b"# A\n"
    assert git(stage.git(REPO), "ls-tree", BRANCH, "run.sh").split()[0] == "100755"
    assert git(stage.git(REPO), "log", "-1", "--format=%B", BRANCH).strip() == OURS.strip()
    tip = head(stage.fresh(), target).tip
    assert tip is not None
    assert (tip.commit, tip.parent, tip.on_base, tip.message.strip()) == (commit, base, True, OURS.strip())
    assert tip.changed == OURS_CHANGED


def test_files_are_created_changed_and_deleted(stage: Stage, target: Repository) -> None:
    repository_head = head(stage.port, target)
    assert repository_head.base is not None
    files = [
        FileWrite(path="README.md", data=b"\xff\0new"),
        FileWrite(path="src/a.py"),
        FileWrite(path="docs/deep/b.md", data="ä\r\n".encode()),
    ]
    stage.port.commit(repository_head.target, BRANCH, repository_head.base, files, OURS, expected=None)
    names = git(stage.git(REPO), "ls-tree", "-r", "--name-only", BRANCH).split()
    assert names == ["README.md", "docs/deep/b.md"]
    assert stage.show(REPO, "docs/deep/b.md", BRANCH) == "ä\r\n".encode()
    tip = head(stage.port, target).tip
    assert tip is not None
    assert tip.changed == {
        "README.md": TreeEntry(blob=blob_id(b"\xff\0new")),
        "src/a.py": None,
        "docs/deep/b.md": TreeEntry(blob=blob_id("ä\r\n".encode())),
    }


def test_creating_an_existing_branch_is_refused(stage: Stage, target: Repository) -> None:
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    base = stage.tip(REPO, "main") or ""
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, FILES, OURS, expected=None)
    assert stage.tip(REPO) == theirs


def test_a_rewrite_replaces_our_commit_with_another_on_top_of_a_newer_base(stage: Stage, target: Repository) -> None:
    target, _, commit = begun(stage, target)
    base = stage.commit(REPO, {"src/a.py": "x = 2\n"})
    files = [FileWrite(path="AGENTS.md", data=b"# B\n"), FileWrite(path="src/a.py")]
    again = stage.port.commit(target, BRANCH, base, files, OURS, expected=commit)
    assert stage.tip(REPO) == again != commit
    assert git(stage.git(REPO), "rev-list", "--count", f"main..{BRANCH}") == "1"
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.parent, tip.on_base) == (base, True)
    assert tip.changed == {"AGENTS.md": TreeEntry(blob=blob_id(b"# B\n")), "src/a.py": None}


def test_a_rewrite_loses_to_a_person_who_pushed_first(stage: Stage, target: Repository) -> None:
    target, base, commit = begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, [FileWrite(path="AGENTS.md", data=b"# B\n")], OURS, expected=commit)
    assert stage.tip(REPO) == theirs


def test_a_rewrite_of_a_deleted_branch_is_refused(stage: Stage, target: Repository) -> None:
    target, base, commit = begun(stage, target)
    git(stage.git(REPO), "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(RacedError):
        stage.port.commit(target, BRANCH, base, FILES[1:], OURS, expected=commit)
    assert stage.tip(REPO) is None


def test_a_branch_is_deleted_only_where_it_is_expected(stage: Stage, target: Repository) -> None:
    target, _, commit = begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    with pytest.raises(RacedError):
        stage.port.delete_branch(target, BRANCH, expected=commit)
    assert stage.tip(REPO) == theirs
    stage.port.delete_branch(target, BRANCH, expected=theirs)
    assert stage.tip(REPO) is None


def test_a_manual_commit_on_ours_is_not_on_the_base(stage: Stage, target: Repository) -> None:
    begun(stage, target)
    theirs = stage.commit(REPO, {"b.txt": "b\n"}, BRANCH)
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.commit, tip.on_base) == (theirs, False)


def test_an_older_base_is_on_the_base(stage: Stage, target: Repository) -> None:
    _, base, _ = begun(stage, target)
    stage.commit(REPO, {"b.txt": "b\n"})
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.parent, tip.on_base) == (base, True)


def test_a_merge_by_the_button_counts_as_our_commit(stage: Stage, target: Repository) -> None:
    begun(stage, target)
    newer = stage.commit(REPO, {"b.txt": "b\n"})
    update_branch(stage, REPO)
    tip = head(stage.port, target).tip
    assert tip is not None
    assert (tip.commit, tip.parent, tip.on_base) == (stage.tip(REPO), newer, True)
    assert tip.message.strip() == OURS.strip()
    assert tip.changed == OURS_CHANGED
