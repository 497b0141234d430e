"""Publishing to a git repository."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from skills_build.model.bundle import Artifact
from tests.support.goals import (
    IDENTITY,
    Bundles,
    Goal,
    files,
    git_tree,
    goal,
    run_git,
    tree_of,
)
from tests.support.publishing import offered, publish, put, steps
from tests.support.running import codexc


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_a_branch_and_a_tag_have_the_bundle_byte_for_byte(form: str, bundles: Bundles, tmp_path: Path) -> None:
    with goal("git", tmp_path) as fresh:
        to = "git:" + form.format(path=tmp_path / "goal")
        for bundle in (bundles.first, bundles.second):
            run = codexc("publish", bundle, "--to", to, **IDENTITY)
            assert run.code == 0, run.err
            what = offered(bundle)
            assert git_tree(tmp_path / "goal", "main") == tree_of(what)
            fresh.check(what)
        subjects = run_git(tmp_path / "goal", "log", "--format=%s", "main").splitlines()
        assert subjects == ["Acme codex 1.1.0", "Acme codex 1.0.0"]
        run_git(tmp_path, "clone", "--quiet", str(tmp_path / "goal"), "clone")
        shutil.rmtree(tmp_path / "clone" / ".git")
        assert {name: entry[:2] for name, entry in files(tmp_path / "clone").items()} == tree_of(what)


def test_a_commit_has_files_unchanged(repository: Goal, bundles: Bundles) -> None:
    what = offered(bundles.first)
    odd = (
        Artifact(path="bin/run", data=b"#!/bin/sh\r\n", mode=0o755),
        Artifact(path=".gitignore", data=b"*\n"),
        Artifact(path=".gitattributes", data=b"* text=auto eol=lf\n*.txt ident\n"),
        Artifact(path="crlf.txt", data=b"a\r\n$Id$\r\n"),
        Artifact(path="ignored/ä b", data=b"\0\xff"),
    )
    what = replace(what, tree=(*what.tree, *odd))
    steps(what, repository.open())
    repository.check(what)
    assert set(steps(what, repository.open())) == {"there"}


def test_a_branch_of_others_is_refused_and_unchanged(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run_git(tmp_path, "clone", "--quiet", str(tmp_path / "goal"), "work")
    (work / "README.md").write_text("ours")
    run_git(work, "checkout", "--quiet", "-b", "main")
    run_git(work, "add", "--all")
    run_git(work, "commit", "--quiet", "--message", "Ours")
    run_git(work, "tag", "--annotate", "--message", "Ours", "v9.9.9")
    run_git(work, "push", "--quiet", "origin", "main", "main:topic", "v9.9.9")
    before = repository.state()
    assert isinstance(before, dict)
    run = publish(bundles.first, repository)
    assert run.code == 2
    assert "was not created by codexc" in run.err
    assert f"git:{tmp_path / 'goal'}#skills" in run.err
    assert repository.state() == before
    run = codexc("publish", bundles.first, "--to", f"{repository.to}#skills", **IDENTITY)
    assert run.code == 0, run.err
    after = repository.state()
    assert isinstance(after, dict)
    assert {name: commit for name, commit in after.items() if name in before} == before
    assert set(after) - set(before) == {"refs/heads/skills", "refs/tags/v1.0.0"}


def test_refs_are_pushed_atomically(repository: Goal, bundles: Bundles, tmp_path: Path) -> None:
    put(bundles.first, repository)
    before = repository.state()
    hook = tmp_path / "goal" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    for ref in ("refs/tags/", "refs/heads/"):
        hook.write_text(f'#!/bin/sh\ncase "$1" in {ref}*) echo no >&2; exit 1;; esac\n')
        hook.chmod(0o755)
        run = publish(bundles.second, repository)
        assert run.code == 2
        assert "rejected the push" in run.err
        assert repository.state() == before
    hook.unlink()
    put(bundles.second, repository)
    repository.check(offered(bundles.second))


@pytest.mark.parametrize("version", ["1.0.0", pytest.param("1.1.0", marks=pytest.mark.slow)])
def test_a_branch_that_was_lost_or_moved_back_is_restored(
    version: str, repository: Goal, bundles: Bundles, tmp_path: Path
) -> None:
    """By any missing version; the tags do not change."""
    put(bundles.first, repository)
    first = repository.state()
    put(bundles.second, repository)
    before = repository.state()
    assert isinstance(first, dict) and isinstance(before, dict)
    bundle = {"1.0.0": bundles.first, "1.1.0": bundles.second}[version]
    for moved in (None, first["refs/heads/main"]):
        run_git(
            tmp_path / "goal",
            "update-ref",
            *(("-d",) if moved is None else ()),
            "refs/heads/main",
            *filter(None, [moved]),
        )
        lacking = moved is None or version == "1.1.0"
        for dry in (True, False):
            word = "would upload" if dry else "uploaded"
            assert steps(offered(bundle), repository.open(), dry=dry) == [word if lacking else "there", "there"]
            assert repository.latest() == (version if not dry or not lacking else None if moved is None else "1.0.0")
        assert set(steps(offered(bundle), repository.open())) == {"there"}
        assert git_tree(tmp_path / "goal", "main") == tree_of(offered(bundle))
        after = repository.state()
        assert isinstance(after, dict)
        assert {**after, "refs/heads/main": ""} == {**before, "refs/heads/main": ""}


def test_a_branch_that_moved_back_is_restored_in_the_second_of_its_tag(
    repository: Goal, bundles: Bundles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is the tagged one again, of which only the tip is fetched."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "2026-11-30T12:00:00Z")
    put(bundles.first, repository)
    first = repository.state()
    put(bundles.second, repository)
    assert isinstance(first, dict)
    run_git(tmp_path / "goal", "update-ref", "refs/heads/main", first["refs/heads/main"])
    assert steps(offered(bundles.second), repository.open()) == ["uploaded", "there"]
    state = repository.state()
    assert isinstance(state, dict) and state["refs/heads/main"] == state["refs/tags/v1.1.0"]


def test_another_branch_gets_a_version_that_is_tagged_already(
    repository: Goal, bundles: Bundles, tmp_path: Path
) -> None:
    put(bundles.first, repository)
    run = codexc("publish", bundles.first, "--to", f"{repository.to}#skills")
    assert run.code == 0, run.err
    assert "uploaded: branch skills" in run.out + run.err
    refs = repository.state()
    assert isinstance(refs, dict)
    assert refs["refs/heads/skills"] == refs["refs/heads/main"] == refs["refs/tags/v1.0.0"]


def test_a_missing_repository_is_reported(bundles: Bundles, tmp_path: Path) -> None:
    run = codexc("publish", bundles.first, "--to", f"git:{tmp_path / 'nowhere'}", **IDENTITY)
    assert run.code == 2
    assert "cannot be read" in run.err


def test_an_address_is_never_an_option_of_git(bundles: Bundles, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    run = codexc("publish", bundles.first, "--to", f"git:--upload-pack=touch {mark}", **IDENTITY)
    assert run.code == 2
    run = codexc("publish", bundles.first, "--to", f"git:ext::sh -c touch% {mark}", **IDENTITY)
    assert run.code == 2
    assert not mark.exists()
