"""`codexc release` in git: what is committed and tagged, and what stops it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.codex.release.support import refused, versions
from tests.support.releasing import Codex, codex_in, contents, listing


def test_uncommitted_changes_are_refused(codex: Codex) -> None:
    codex.edit("services.md", "callers", "clients")
    codex.write("notes/todo.txt", "later\n")
    refused(codex, message="`standards/notes/todo.txt` and 1 more is not committed")
    codex.release("--dry-run")
    codex.release("--allow-dirty", "--tag")
    assert codex.git("status", "--short") == "M standards/services.md\n?? standards/notes/"


def test_staged_changes_count_as_uncommitted(codex: Codex) -> None:
    codex.edit("services.md", "callers", "clients")
    codex.git("add", "--all")
    refused(codex, message="`standards/services.md` is not committed")


def test_untracked_bundles_are_no_changes(codex: Codex) -> None:
    (codex.root / ".gitignore").unlink()
    codex.commit()
    codex.release("--tag")
    codex.changed("services.md", "callers", "clients")
    codex.release("--tag")
    assert codex.git("status", "--short") == "?? build/bundles/acme-1.0.1/"


def test_a_tag_that_exists_is_refused(released: Codex) -> None:
    released.changed("services.md", "callers", "clients")
    released.git("tag", "codex-v1.0.1")
    refused(released, message="the tag `codex-v1.0.1` already exists")
    assert "releasing 1.0.2" in released.release("--version", "1.0.2").err


def test_a_bundle_that_exists_with_other_bytes_is_refused_and_stays(released: Codex) -> None:
    released.changed("services.md", "callers", "clients")
    codex_in(released.root.parent / "other").release("--version", "1.0.1")
    other = Codex(released.root.parent / "other").bundle("1.0.1")
    shutil.copytree(other, released.bundle("1.0.1"))
    for more in (("--tag",), ("--format", "json")):
        refused(released, *more, message="contains 1.0.1 with a different acme-1.0.1.tar.gz")
    shutil.rmtree(released.bundle("1.0.1"))
    released.release("--tag")


def test_a_bundle_that_is_there_already_is_completed(released: Codex) -> None:
    released.changed("services.md", "callers", "clients")
    released.release()
    expected = contents(released.bundle("1.0.1"))
    released.git("checkout", "--quiet", "--", ".")
    released.git("clean", "--quiet", "--force", "-d")
    (released.bundle("1.0.1") / "acme-data-1.0.0.tar.gz").unlink()
    released.release("--tag")
    assert contents(released.bundle("1.0.1")) == expected


@pytest.mark.parametrize("more", [(), ("--tag",), ("--commit", "--quiet"), ("--format", "json")])
def test_a_dry_run_writes_nothing_at_all(released: Codex, own_home: Path, more: tuple[str, ...]) -> None:
    released.changed("services.md", "callers", "clients")
    before = listing(released.root)
    run = released.release("--dry-run", *more)
    assert listing(released.root) == before
    if "json" in more:
        facts = json.loads(run.out)
        assert (facts["status"], facts["version"], facts["bump"]) == ("dry-run", "1.0.1", "patch")
        assert len(facts["bundle"]) == 6
    else:
        assert run.out.startswith("## [1.0.1] - 2026-11-23\n")
    if more in ((), ("--tag",)):
        assert "would create the bundle acme-1.0.1 (6 files, " in run.err
        assert f"would write {released.standards / 'CHANGELOG.md'}" in run.err


def test_commit_commits_what_was_written_and_nothing_else(codex: Codex) -> None:
    (codex.root / "other.txt").write_text("not ours\n")
    codex.git("add", "other.txt")
    codex.release("--commit", "--allow-dirty")
    assert codex.git("status", "--short") == "A  other.txt"
    assert codex.git("tag", "--list") == ""
    assert codex.git("log", "-1", "--format=%B").strip() == "Release Acme codex 1.0.0\n\nFirst release: 4 rules."
    names = set(codex.git("show", "--name-only", "--format=").splitlines())
    beside = {"standards/CHANGELOG.md", "standards/codex.releases.json", "standards/codex.ids.lock"}
    beside |= {".claude-plugin/marketplace.json"}
    assert {name for name in names if not name.startswith("dist/")} == beside
    assert {f"dist/{path}" for path in contents(codex.out)} == names - beside


def test_a_tag_is_annotated_with_what_changed(released: Codex) -> None:
    assert released.git("cat-file", "-t", "codex-v1.0.0") == "tag"
    released.changed("services.md", "SHOULD be small", "SHOULD be tiny")
    released.release("--tag")
    assert released.git("status", "--short") == ""
    assert released.git("rev-parse", "codex-v1.1.0^{commit}") == released.git("rev-parse", "HEAD")
    message = released.git("for-each-ref", "--format=%(contents)", "refs/tags/codex-v1.1.0")
    assert message.startswith("Release Acme codex 1.1.0\n\n")
    assert "**SVC-2** the wording of the requirement changed, but not its level." in message
    assert "### Changed" in message
    assert message == released.git("log", "-1", "--format=%B")


def test_a_skill_that_is_gone_leaves_the_commit_too(released: Codex) -> None:
    released.edit(
        "data.md",
        "### Data MUST answer in time (DAT-1)\n",
        "### Data MUST answer in time (DAT-1)\n\n**Withdrawn:** 2026-11-01\n",
    )
    released.edit(
        "data.md",
        "### Data SHOULD be small (DAT-2)\n",
        "### Data SHOULD be small (DAT-2)\n\n**Withdrawn:** 2026-11-01\n",
    )
    released.commit()
    released.release("--tag")
    assert versions(released)[""] == "2.0.0"
    assert released.git("status", "--short") == ""
    tracked = set(released.git("ls-files", "dist").splitlines())
    assert tracked == {f"dist/{path}" for path in contents(released.out)}


def test_the_build_is_clean_after_a_release(released: Codex) -> None:
    assert released.run("build", "--check").code == 0
    assert released.run("build", "--check", as_of=None).code == 0
    released.changed("services.md", "callers", "clients")
    released.release("--tag")
    assert released.run("build", "--check", as_of=None).code == 0
    assert released.git("status", "--short") == ""
