"""`codexc release`: the version of a release, and what it says."""

import json

import pytest

from tests.codex.release.support import SKILLS, changelog, manifest, refused, versions
from tests.support.releasing import NEW_MUST, Codex, contents, listing


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
    assert "SVC-3: a new enforced MUST; run `codexc diff` to list all changes" in stderr
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
        "### Fixed\n\n#### Blocking\n\n- **[SVC-1](services.md#services-must-answer-in-time-svc-1)**: text outside the requirement changed"
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
        assert "SVC-2: the wording of the requirement changed, but not its level" in stderr


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
