"""`codexc release`: the record, the changelog, and codices that cannot be released."""

import json
from pathlib import Path

import pytest

from tests.codex.release.support import changelog, manifest, versions
from tests.support.releasing import Codex, codex_in, contents, git, identified, listing


def test_what_changes_later_is_unreleased_until_it_is_undone(released: Codex) -> None:
    before = contents(released.out)
    text = (released.standards / "services.md").read_text()
    released.edit("services.md", "callers", "clients")
    assert released.run("build").code == 0
    assert versions(released) == {
        "": "1.0.0+unreleased",
        "data": "1.0.0",
        "index": "1.0.0",
        "services": "1.0.0+unreleased",
    }
    marked = {path for path, data in contents(released.out).items() if b"+unreleased" in data}
    assert not {path for path in marked if "acme-data" in path or "acme-index" in path}
    released.write("services.md", text)
    assert released.run("build").code == 0
    assert contents(released.out) == before


def test_a_day_alone_promotes_a_rule(codex: Codex) -> None:
    codex.changed("services.md", "status: enforced", "status: approved")
    codex.changed("services.md", "(SVC-1)\n", "(SVC-1)\n\n**Status:** enforced from 2027-01-01\n")
    codex.release("--tag")
    assert "nothing to release" in codex.release(as_of="2026-12-31").err
    run = codex.release("--tag", as_of="2027-01-01")
    assert "releasing 2.0.0 (previous: 1.0.0; minimum allowed: 2.0.0)" in run.err
    assert (
        "## [2.0.0] - 2027-01-01\n\n### What you must do\n\n- From now on: **[SVC-1](services.md#services-must-answer-in-time-svc-1)** "
        in changelog(codex)
    )
    assert manifest(codex.bundle("2.0.0"))["as_of"] == "2027-01-01"
    assert "as_of" not in manifest(codex.out)
    assert codex.run("build", "--check", as_of=None).code == 0
    assert codex.git("diff", "--name-only", "codex-v1.0.0", "codex-v2.0.0", "--", "standards").split() == [
        "standards/CHANGELOG.md",
        "standards/codex.releases.json",
    ]


def test_an_announced_day_is_shown_with_the_release(released: Codex) -> None:
    released.changed("data.md", "status: enforced", "status: approved")
    released.release("--tag")
    released.changed("data.md", "(DAT-1)\n", "(DAT-1)\n\n**Status:** enforced from 2027-03-01\n")
    run = released.release("--tag")
    assert (
        "From 2027-03-01: **[DAT-1](data.md#data-must-answer-in-time-dat-1)** Data MUST answer in time."
        in changelog(released)
    ), run.err


def test_the_authors_notes_move_into_the_release(released: Codex) -> None:
    first = changelog(released)
    notes = "Thanks to everybody.\n\n- Read the new reason.\n"
    released.write("CHANGELOG.md", first.replace("## [1.0.0]", f"## [Unreleased]\n\n{notes}\n## [1.0.0]"))
    released.changed("services.md", "callers", "clients")
    run = released.release("--dry-run")
    assert run.out.startswith(f"## [1.0.1] - 2026-11-23\n\n{notes}\n### Fixed\n")
    released.release("--tag")
    text = changelog(released)
    head, _, tail = text.partition(f"## [Unreleased]\n\n## [1.0.1] - 2026-11-23\n\n{notes}\n### Fixed\n")
    assert head == first.partition("## [1.0.0]")[0]
    assert tail.endswith(first[first.index("## [1.0.0]") :])
    released.changed("services.md", "clients", "users")
    released.release("--tag")
    assert changelog(released).count("Thanks to everybody") == 1


def test_a_changelog_that_has_the_version_stops_the_release(codex: Codex) -> None:
    codex.write("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n\nBy hand.\n")
    codex.commit()
    before = listing(codex.root)
    run = codex.run("release")
    assert run.code == 2
    assert "the changelog already has a section for 1.0.0" in run.err
    assert listing(codex.root) == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is damaged at its top"),
        ("{}", "is damaged at its top"),
        ("[" * 200_000, "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_a_damaged_record_is_reported(released: Codex, damage: str, message: str) -> None:
    released.write("codex.releases.json", damage)
    released.commit()
    for command in (("release",), ("release", "--dry-run"), ("bundle",), ("build",), ("diff",)):
        run = released.run(*command)
        assert run.code == 2
        assert f"`codex.releases.json` {message}" in run.err
        assert "restore `codex.releases.json` from the last release's commit" in run.err


def test_a_record_with_damage_deep_inside_names_the_place(released: Codex) -> None:
    record = json.loads((released.standards / "codex.releases.json").read_bytes())
    record["releases"][0]["version"] = "one"
    released.write("codex.releases.json", json.dumps(record))
    released.commit()
    run = released.run("release")
    assert run.code == 2
    assert "`codex.releases.json` is damaged at releases.0.version" in run.err


def test_a_missing_tag_gives_a_hint(released: Codex) -> None:
    released.git("tag", "--delete", "codex-v1.0.0")
    released.changed("services.md", "callers", "clients")
    run = released.run("release")
    assert run.code == 2
    assert "the last release was 1.0.0, but there is no tag `codex-v1.0.0`" in run.err
    assert "git fetch --tags" in run.err
    against = released.bundle("1.0.0") / "acme-1.0.0.tar.gz"
    assert "releasing 1.0.1 (previous: 1.0.0" in released.release("--against", against).err


def test_errors_in_the_standards_stop_a_release(released: Codex) -> None:
    released.changed("data.md", "### Data SHOULD", "### Data MUST cost nothing (DAT-1)\n\n### Data SHOULD")
    before = listing(released.root)
    for more in ((), ("--dry-run",)):
        run = released.run("release", *more)
        assert run.code == 1
        assert "error[CX" in run.out
        assert "data.md:16" in run.out
        assert listing(released.root) == before


def test_errors_stop_the_first_release(codex: Codex) -> None:
    codex.changed("data.md", "DAT-2", "DAT-1")
    before = listing(codex.root)
    run = codex.run("release")
    assert run.code == 1
    assert "release failed; nothing was written" in run.err
    assert "error[CX1" in run.out
    assert listing(codex.root) == before


def test_a_rule_that_vanished_fits_no_version(released: Codex) -> None:
    text = (released.standards / "data.md").read_text()
    released.write("data.md", text[: text.index("### Data SHOULD")])
    released.commit()
    run = released.run("release", "--version", "9.0.0")
    assert run.code == 1
    assert "DAT-2" in run.err + run.out


def test_outside_of_git_all_but_commits_work(tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "plain", repository=False)
    for option in ("--commit", "--tag"):
        run = codex.run("release", option)
        assert run.code == 2
        assert "the standards are not in a Git repository" in run.err
    assert not (codex.root / "build").exists()
    run = codex.release()
    assert "tag the commit" not in run.err
    assert manifest(codex.bundle("1.0.0"))["release"]["commit"] is None
    assert (
        json.loads((codex.bundle("1.0.0") / "provenance.json").read_bytes())["predicate"]["buildDefinition"][
            "resolvedDependencies"
        ]
        == []
    )
    codex.edit("services.md", "callers", "clients")
    run = codex.run("release")
    assert run.code == 2
    assert "pass the bundle of 1.0.0 with `--against`" in run.err
    assert "releasing 1.0.1 (previous: 1.0.0" in codex.release("--against", codex.bundle("1.0.0")).err
    assert versions(codex)["data"] == "1.0.0"


def test_a_repository_without_a_commit_can_be_released_from(tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "new", repository=False)
    git(codex.root, "init", "--quiet")
    identified(codex.root)
    codex.release("--allow-dirty", "--tag")
    assert manifest(codex.bundle("1.0.0"))["release"]["commit"] is None


def test_a_corpus_without_a_configuration_is_not_released(codex: Codex) -> None:
    codex.git("rm", "--quiet", "standards/codex.yaml")
    codex.commit()
    run = codex.run("release", "--root", ".", "--dialect", "canonical")
    assert run.code == 2
    assert "only a codex with a codex.yaml can be released" in run.err


def test_bundles_can_go_elsewhere(codex: Codex, tmp_path: Path) -> None:
    codex.release("--bundles", tmp_path / "shop", "--tag")
    assert not (codex.root / "build").exists()
    run = codex.run("bundle", "--bundles", tmp_path / "again")
    assert run.code == 0
    assert contents(tmp_path / "shop") == contents(tmp_path / "again")
