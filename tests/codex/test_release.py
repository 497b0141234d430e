"""`codexc release` and `codexc bundle`, in real git repositories."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.releasing import NEW_MUST, Codex, codex_in, contents, git, identified, listing
from tests.support.running import codexc

SKILLS = {"acme-data", "acme-index", "acme-services"}


@pytest.fixture
def codex(tmp_path: Path) -> Codex:
    return codex_in(tmp_path / "repository")


@pytest.fixture
def released(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Codex:
    """Released once, as 1.0.0; made once and copied."""
    template = tmp_path_factory.getbasetemp() / "released"
    if not template.is_dir():
        codex_in(template).release("--tag")
    shutil.copytree(template, tmp_path / "repository")
    return Codex(tmp_path / "repository")


def manifest(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return document


def versions(codex: Codex) -> dict[str, str]:
    built = manifest(codex.out)
    return {"": built["version"]} | {skill["name"].removeprefix("acme-"): skill["version"] for skill in built["skills"]}


def changelog(codex: Codex) -> str:
    return (codex.standards / "CHANGELOG.md").read_text(encoding="utf-8")


def refused(codex: Codex, *arguments: str | Path, message: str, **options: Any) -> str:
    """Release, which has to be refused with exit code 1 and leave every file as it was."""
    before = listing(codex.root)
    run = codex.run("release", *arguments, **options)
    assert (run.code, run.out) == (1, ""), run.err
    assert "refused: " in run.err
    assert message in run.err
    assert "  = help: " in run.err
    assert listing(codex.root) == before
    return run.err


def test_the_first_release_is_1_0_0(codex: Codex) -> None:
    run = codex.release()
    assert run.err == (
        "releasing 1.0.0 (first release)\n"
        f"released 1.0.0; the bundle is in {codex.bundle('1.0.0')}\n"
        "next: commit the written files and tag the commit codex-v1.0.0\n"
    )
    assert changelog(codex) == (
        "# Changelog\n\nAll changes to the Acme codex, newest first. Versions follow semantic versioning.\n\n"
        "## [1.0.0] - 2026-11-23\n\nFirst release: 4 rules.\n"
    )
    assert set(contents(codex.bundle("1.0.0"))) == {
        "acme-1.0.0.tar.gz",
        *(f"{name}-1.0.0.tar.gz" for name in SKILLS),
        "manifest.json",
        "provenance.json",
    }
    release = manifest(codex.bundle("1.0.0"))["release"]
    assert release["commit"] == codex.git("rev-parse", "HEAD")
    assert (release["previous"], release["bump"]) == (None, "initial")
    assert versions(codex) == {"": "1.0.0", "data": "1.0.0", "index": "1.0.0", "services": "1.0.0"}
    assert json.loads((codex.out / "changes.json").read_bytes())["releases"][0]["version"] == "1.0.0"
    assert codex.git("tag", "--list") == ""
    assert codex.git("log", "--format=%s") == "Start"


def test_the_first_release_may_be_any_version(codex: Codex) -> None:
    assert "releasing 0.1.0 (first release)" in codex.release("--version", "0.1.0").err
    assert versions(codex)["services"] == "0.1.0"


def test_before_1_0_0_a_major_change_moves_the_minor(codex: Codex) -> None:
    codex.release("--version", "0.1.0", "--tag")
    codex.write("services.md", (codex.standards / "services.md").read_text() + NEW_MUST.format(id="SVC-3"))
    codex.commit()
    stderr = refused(codex, "--version", "0.1.1", message="0.1.1 is too low: a major change needs at least 0.2.0")
    assert "SVC-3: a new enforced MUST; `codexc diff` lists all" in stderr
    assert "releasing 0.2.0 (previous: 0.1.0; minimum allowed: 0.2.0)" in codex.release().err


def test_json_of_a_release(codex: Codex) -> None:
    run = codex.release("--format", "json", "--quiet")
    assert run.err == ""
    facts = json.loads(run.out)
    assert (facts["status"], facts["version"], facts["previous"], facts["bump"]) == (
        "released",
        "1.0.0",
        None,
        "initial",
    )
    assert facts["changes"] == []
    assert facts["section"].startswith("## [1.0.0]")
    assert set(facts["bundle"]) == set(contents(codex.bundle("1.0.0")))
    codex.commit("Release")
    codex.git("tag", "codex-v1.0.0")
    again = json.loads(codex.release("--format", "json").out)
    assert (again["status"], again["version"], again["bundle"]) == ("nothing", None, [])


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


def test_there_is_nothing_to_release_twice(released: Codex) -> None:
    before = listing(released.root / "build"), listing(released.standards), listing(released.out)
    run = released.release()
    assert run.err == "nothing to release: the output is the same as in 1.0.0\n"
    assert (listing(released.root / "build"), listing(released.standards), listing(released.out)) == before
    released.write("LICENSE.txt", "not emitted\n")
    released.commit()
    assert "nothing to release" in released.release("--version", "2.0.0").err
    assert not released.bundle("2.0.0").exists()


def test_a_reworded_reason_is_a_patch_of_one_skill(released: Codex) -> None:
    before = contents(released.out)
    archive = "acme-data-1.0.0.tar.gz"
    packed = (released.bundle("1.0.0") / archive).read_bytes()
    released.changed("services.md", "callers give up", "clients give up")
    assert "releasing 1.0.1 (previous: 1.0.0; minimum allowed: 1.0.1)" in released.release("--tag").err
    assert versions(released) == {"": "1.0.1", "data": "1.0.0", "index": "1.0.0", "services": "1.0.1"}
    after = contents(released.out)
    touched = {path for path in before if before[path] != after[path]}
    assert {path for path in touched if "acme-data" in path or "acme-index" in path} == set()
    assert {path.split("/")[1] for path in touched if path.startswith("skills/")} == {"acme-services"}
    assert (released.bundle("1.0.1") / archive).read_bytes() == packed
    release = manifest(released.bundle("1.0.1"))["release"]
    assert (release["previous"], release["bump"]) == ("1.0.0", "patch")
    assert changelog(released).index("## [1.0.1]") < changelog(released).index("## [1.0.0]")
    assert (
        "### Fixed\n\n#### Blocking\n\n- **[SVC-1](services.md#services-must-answer-in-time-svc-1)**: text around the requirement changed"
        in changelog(released)
    )


def test_a_new_enforced_must_is_a_major(released: Codex) -> None:
    released.write("services.md", (released.standards / "services.md").read_text() + NEW_MUST.format(id="SVC-3"))
    released.commit()
    assert "releasing 2.0.0 (previous: 1.0.0; minimum allowed: 2.0.0)" in released.release().err
    text = changelog(released)
    assert (
        "### What you must do\n\n- From now on: **[SVC-3](services.md#services-must-log-their-version-svc-3)** Services MUST log their version.\n"
        in text
    )
    assert (
        "### Added\n\n#### Blocking\n\n- **[SVC-3](services.md#services-must-log-their-version-svc-3)** Services MUST log their version.\n"
        in text
    )
    assert [load["version"] for load in json.loads((released.out / "changes.json").read_bytes())["releases"]] == [
        "2.0.0",
        "1.0.0",
    ]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("1.0.1", "1.0.1 is too low: a minor change needs at least 1.1.0"),
        ("1.0.99", "1.0.99 is too low: a minor change needs at least 1.1.0"),
        ("1.0.0", "1.0.0 does not follow 1.0.0"),
        ("0.9.0", "0.9.0 does not follow 1.0.0"),
    ],
)
def test_a_version_that_hides_a_change_is_refused(released: Codex, version: str, message: str) -> None:
    released.changed("services.md", "SHOULD be small", "SHOULD be tiny")
    stderr = refused(released, "--version", version, message=message)
    assert "1.1.0" in stderr
    if "too small" in message:
        assert "SVC-2: the requirement is worded differently at the same level" in stderr


@pytest.mark.parametrize("version", ["1.0.1", "1.1.0", "1.7.3", "2.0.0"])
def test_a_version_may_be_bigger_than_it_has_to_be(released: Codex, version: str) -> None:
    released.changed("services.md", "callers", "clients")
    assert (
        f"releasing {version} (previous: 1.0.0; minimum allowed: 1.0.1)" in released.release("--version", version).err
    )
    assert versions(released)["services"] == version


@pytest.mark.parametrize("version", ["1", "1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "", "1.2.3.4", "../1.2.3"])
def test_an_invalid_version_is_an_error(released: Codex, version: str) -> None:
    released.changed("services.md", "callers", "clients")
    before = listing(released.root)
    run = released.run("release", f"--version={version}")
    assert run.code == 2
    assert f"`{version}` is not a version" in run.err
    assert listing(released.root) == before


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
        refused(released, *more, message="holds 1.0.1 with another acme-1.0.1.tar.gz")
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
    assert "**SVC-2** the requirement is worded differently at the same level." in message
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
    assert "the changelog already has a section 1.0.0" in run.err
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
        assert "the standards are not in a git repository" in run.err
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
    assert "only a codex with a codex.yaml is released" in run.err


def test_bundles_can_go_elsewhere(codex: Codex, tmp_path: Path) -> None:
    codex.release("--bundles", tmp_path / "shop", "--tag")
    assert not (codex.root / "build").exists()
    run = codex.run("bundle", "--bundles", tmp_path / "again")
    assert run.code == 0
    assert contents(tmp_path / "shop") == contents(tmp_path / "again")


def clone(codex: Codex, name: str, ref: str) -> Codex:
    root = codex.root.parent / name
    git(codex.root.parent, "clone", "--quiet", "--branch", ref, str(codex.root), str(root))
    return Codex(root)


def test_a_clone_at_the_tag_makes_the_same_bundle(released: Codex) -> None:
    released.git("remote", "add", "origin", "https://someone:secret@git.example.org/acme/codex.git")
    released.changed("services.md", "callers", "clients")
    released.release("--tag")
    released.changed("services.md", "clients", "users")
    for version in ("1.0.0", "1.0.1"):
        other = clone(released, f"at {version}", f"codex-v{version}")
        other.git("remote", "set-url", "origin", "https://git.example.org/acme/codex.git")
        run = other.run("bundle", as_of=None)
        assert (run.code, run.out.strip()) == (0, str(other.bundle(version))), run.err
        assert run.err == f"{len(contents(other.bundle(version))):,} files of {version}\n"
        assert other.git("status", "--short") == ""
        mine, theirs = contents(released.bundle(version)), contents(other.bundle(version))
        if version == "1.0.0":  # there was no remote yet
            del mine["provenance.json"], theirs["provenance.json"]
        assert mine == theirs
    statement = json.loads((released.bundle("1.0.1") / "provenance.json").read_bytes())
    assert b"secret" not in (released.bundle("1.0.1") / "provenance.json").read_bytes()
    assert statement["predicate"]["buildDefinition"]["resolvedDependencies"] == [
        {
            "uri": "git+https://git.example.org/acme/codex.git",
            "digest": {"gitCommit": released.git("rev-parse", "codex-v1.0.1~1")},
        }
    ]


def test_a_bundle_is_compared_and_never_changed(released: Codex) -> None:
    before = contents(released.bundle("1.0.0"))
    assert released.run("bundle").code == 0
    assert contents(released.bundle("1.0.0")) == before
    archive = released.bundle("1.0.0") / "acme-data-1.0.0.tar.gz"
    archive.write_bytes(before[archive.name] + b"\0")
    existing = listing(released.bundle("1.0.0"))
    run = released.run("bundle")
    assert run.code == 1
    assert "holds 1.0.0 with another acme-data-1.0.0.tar.gz" in run.err
    assert listing(released.bundle("1.0.0")) == existing


def test_the_provenance_of_the_first_build_is_kept(released: Codex) -> None:
    assert released.run("bundle", CODEXC_BUILDER="https://ci.example.org/1").code == 0
    assert b"urn:codexc:builder:local" in (released.bundle("1.0.0") / "provenance.json").read_bytes()
    shutil.rmtree(released.bundle("1.0.0"))
    assert released.run("bundle", CODEXC_BUILDER="https://ci.example.org/1").code == 0
    assert b"https://ci.example.org/1" in (released.bundle("1.0.0") / "provenance.json").read_bytes()


def test_signatures_of_others_stay_with_a_bundle(released: Codex) -> None:
    signature = released.bundle("1.0.0") / "manifest.json.sigstore.json"
    signature.write_text("{}")
    assert released.run("bundle").code == 0
    assert signature.read_text() == "{}"
    run = codexc("verify", released.bundle("1.0.0"))
    assert run.code == 1
    assert "manifest.json: the sigstore signature is invalid" in run.out


@pytest.mark.parametrize(
    ("origin", "uri"),
    [
        ("https://someone:secret@git.example.org/acme/codex.git", "git+https://git.example.org/acme/codex.git"),
        ("ssh://git@git.example.org/acme/codex.git", "git+ssh://git.example.org/acme/codex.git"),
        ("git@git.example.org:acme/codex.git", "git+git@git.example.org:acme/codex.git"),
        ("/srv/acme/codex.git", "urn:codexc:codex:acme"),
        ("../acme:codex.git", "urn:codexc:codex:acme"),
        ("C:/acme/codex.git", "urn:codexc:codex:acme"),
        ("file:///srv/acme/codex.git", "urn:codexc:codex:acme"),
    ],
)
def test_the_provenance_names_addresses_that_others_can_use(codex: Codex, origin: str, uri: str) -> None:
    codex.git("remote", "add", "origin", origin)
    codex.release("--quiet")
    statement = json.loads((codex.bundle("1.0.0") / "provenance.json").read_bytes())
    (source,) = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["uri"] == uri
    assert codexc("verify", codex.bundle("1.0.0")).code == 0


def test_a_bundle_of_other_standards_is_refused(released: Codex) -> None:
    released.changed("services.md", "callers", "clients")
    shutil.rmtree(released.root / "build")
    run = released.run("bundle")
    assert run.code == 2
    assert "the standards are not those of 1.0.0" in run.err
    assert "check out `codex-v1.0.0`" in run.err
    assert not (released.root / "build").exists()


def test_there_is_no_bundle_before_a_release(codex: Codex) -> None:
    run = codex.run("bundle")
    assert run.code == 2
    assert "there is no release yet" in run.err
