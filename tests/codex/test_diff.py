"""`codexc diff` and `codexc breaking` in real repositories, against everything they can be pointed at."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from skills_build.model.release import ChangeKind
from tests.support.running import Run, codexc

CONFIG = """namespace: acme
title: Acme codex
domains:
  services:
    title: Services
    owner: "@acme"
skills:
  services:
    description: Rules for services. Use when building or calling a service.
targets: [agents]
"""
FRONT = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\n---\n\n# Services\n\nHow services behave.\n"
BODY = "\n**Why:** {why}\n\n**Check:** a reviewer sees it.\n"
DAY = ("--as-of", "2026-11-23", "--no-cache")


def rule(sentence: str, number: int, why: str = "it has a reason.", label: str = "") -> str:
    return f"\n### {sentence} (SVC-{number})\n{label}" + BODY.format(why=why)


WAIT = "Calls MUST wait"
FIRST = FRONT + rule("Calls SHOULD carry a deadline", 1) + rule("Services MAY cache answers", 2)
WAITING = FIRST + rule(WAIT, 3)
TIGHTER = FRONT + rule("Calls MUST carry a deadline", 1) + rule("Services MAY cache answers", 2)
EDITED = FRONT + rule("Calls SHOULD carry a deadline", 1, "a better one.") + rule("Services MAY cache answers", 2)
MORE = FIRST + rule("Services MAY log answers", 3)
LESS = FRONT + rule("Calls SHOULD carry a deadline", 1)


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path, message: str = "Change") -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def write(root: Path, text: str) -> None:
    (root / "standards" / "services.md").write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a codex in its first commit, on the branch `main`."""
    root = tmp_path / "codex"
    (root / "standards").mkdir(parents=True)
    (root / "standards" / "codex.yaml").write_text(CONFIG)
    write(root, FIRST)
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(root, "First")
    return root


@pytest.fixture
def released(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same after a release that was committed and tagged."""
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "x@example.com")
    run = codexc("release", "--tag", "--as-of", "2026-11-23", cwd=repository)
    assert run.code == 0, run.err
    return repository


def diff(root: Path, against: str | Path | None = "main", *options: str, command: str = "diff") -> Run:
    where = ("--against", against) if against is not None else ()
    return codexc(command, *DAY, *where, *options, cwd=root)


def facts(root: Path, against: str | Path | None = "main", command: str = "diff") -> Any:
    return json.loads(diff(root, against, "--format", "json", command=command).out)


def changes_of(data: Any) -> list[tuple[str, str, str]]:
    return [(change["subject"], change["kind"], change["bump"]) for change in data["changes"]]


def test_nothing_differs_from_the_current_commit(repository: Path) -> None:
    run = diff(repository)
    assert (run.code, run.out) == (0, "nothing to release: the output is the same as in main\n")
    assert diff(repository, "HEAD").code == 0


def test_a_diff_is_shown_as_text(repository: Path) -> None:
    write(repository, TIGHTER)
    run = diff(repository)
    assert run.code == 0
    assert run.out == (
        "major SVC-1 tightened: SHOULD became MUST (services.md:12)\n"
        "        - Calls SHOULD carry a deadline\n"
        "        + Calls MUST carry a deadline\n"
        "since main: 1 major; requires a major version\n"
    )
    assert run.err == ""


def test_an_undeclared_rewording_is_breaking_with_its_place_and_what_to_type(repository: Path) -> None:
    write(repository, TIGHTER)
    commit(repository)
    write(repository, TIGHTER.replace("a deadline", "a deadline and a token"))
    run = diff(repository, "HEAD", command="breaking")
    assert run.code == 1
    first, _, _, advice, _ = run.out.splitlines()
    assert first.startswith("major SVC-1 reworded: the wording of an enforced MUST changed")
    assert first.endswith("(services.md:12)")
    assert advice.startswith("        = help: write `**Change:** editorial` below the rule")
    write(repository, TIGHTER.replace("a deadline (SVC-1)\n", "a time limit (SVC-1)\n\n**Change:** editorial\n"))
    assert diff(repository, "HEAD", command="breaking").code == 0


def test_a_declaration_since_the_last_release_covers_no_later_words(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = repository
    write(released, WAITING)
    commit(released)
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "x@example.com")
    assert codexc("release", "--tag", "--as-of", "2026-11-23", cwd=released).code == 0

    def state(sentence: str, label: str = "") -> tuple[str, str]:
        declared = f"\n**Change:** {label}\n" if label else ""
        write(released, WAITING.replace(rule(WAIT, 3), rule(sentence, 3, label=declared)))
        commit(released)
        (change,) = facts(released, None)["changes"]
        return change["kind"], change["bump"]

    assert state("Calls MUST wait for a second", "editorial") == ("editorial", "patch")
    assert state("Calls MUST wait for an hour", "editorial") == ("reworded", "major")
    run = diff(released, None, command="breaking")
    assert (run.code, "was reworded after its author wrote `Change: editorial`" in run.out) == (1, True)
    assert "= help: declare the last rewording too: add a note to the label" in run.out
    assert state("Calls MUST wait for an hour", "editorial, an hour is meant") == ("editorial", "patch")
    day = rule("Calls MUST wait for a day", 3, label="\n**Change:** editorial, an hour is meant\n")
    write(released, WAITING.replace(rule(WAIT, 3), day))
    assert changes_of(facts(released, None)) == [("SVC-3", "reworded", "major")]


def test_a_diff_is_shown_as_json(repository: Path) -> None:
    write(repository, TIGHTER)
    assert facts(repository) == {
        "against": "main",
        "old": "0.0.0",
        "bump": "major",
        "skills": ["acme-index", "acme-services"],
        "changes": [
            {
                "kind": "tightened",
                "bump": "major",
                "subject": "SVC-1",
                "why": "SHOULD became MUST",
                "old": "Calls SHOULD carry a deadline",
                "new": "Calls MUST carry a deadline",
                "skill": "acme-services",
                "level": "MUST",
                "status": "enforced",
                "source": "services.md",
                "line": 12,
            }
        ],
        "notices": [],
    }


def test_markdown_for_merge_requests(repository: Path) -> None:
    write(repository, TIGHTER.replace("cache answers", "cache <b>answers</b>").replace("Services MAY", "Jobs MAY"))
    assert diff(repository, "main", "--format", "markdown").out == (
        "### Changes to the standards since `main`\n\n"
        "**Requires a major version.**\n\n"
        "#### Breaking\n\n"
        "- **SVC-1** tightened: SHOULD became MUST\n"
        "  - was: Calls SHOULD carry a deadline\n"
        "  - is: Calls MUST carry a deadline\n\n"
        "#### New or changed\n\n"
        "- **SVC-2** reworded: the wording of the requirement changed, but not its level\n"
        "  - was: Services MAY cache answers\n"
        "  - is: Jobs MAY cache **answers**\n\n"
        "Changed skills: `acme-index`, `acme-services`.\n"
    )
    write(repository, EDITED)
    assert diff(repository, "main", "--format", "markdown").out.endswith(
        "<details><summary>Wording (1)</summary>\n\n"
        "- **SVC-1** edited: text outside the requirement changed: a reason, an example or a link\n\n</details>\n\n"
        "Changed skills: `acme-services`.\n"
    )


def test_any_git_ref_is_accepted(repository: Path) -> None:
    write(repository, MORE)
    commit(repository, "Second")
    git(repository, "branch", "topic", "HEAD~1")
    git(repository, "tag", "old", "HEAD~1")
    for ref in ("HEAD~1", "topic", "refs/heads/topic", "old", "main~1"):
        assert changes_of(facts(repository, ref)) == [("SVC-3", "added", "minor")], ref
    assert diff(repository, "HEAD").out.startswith("nothing to release: ")


def test_a_ref_is_read_from_git_and_leaves_no_trace(repository: Path) -> None:
    write(repository, MORE)
    before = sorted(str(path) for path in repository.rglob("*") if ".git" not in path.parts)
    assert diff(repository).code == 0
    assert sorted(str(path) for path in repository.rglob("*") if ".git" not in path.parts) == before
    status = subprocess.run(["git", "status", "--short"], cwd=repository, capture_output=True, check=True)
    assert status.stdout.decode().split() == ["M", "standards/services.md"]


def test_from_any_folder_inside_and_with_a_root(repository: Path, tmp_path: Path) -> None:
    write(repository, MORE)
    assert changes_of(facts(repository / "standards")) == [("SVC-3", "added", "minor")]
    run = codexc("diff", *DAY, "--root", repository, "--against", "main", "--format", "json", cwd=tmp_path)
    assert changes_of(json.loads(run.out)) == [("SVC-3", "added", "minor")]


def test_against_a_folder_of_standards(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(repository, other)
    write(repository, TIGHTER)
    for against in (other, other / "standards"):
        assert changes_of(facts(repository, against)) == [("SVC-1", "tightened", "major")]
    assert facts(repository, other)["against"] == str(other)


def test_against_a_folder_that_was_built(repository: Path, tmp_path: Path) -> None:
    out = tmp_path / "built"
    assert codexc("build", "--out", out, *DAY, cwd=repository).code == 0
    assert diff(repository, out).out.startswith("nothing to release: ")
    write(repository, TIGHTER)
    assert changes_of(facts(repository, out)) == [("SVC-1", "tightened", "major")]
    (out / "statements.json").write_text("{}")
    run = diff(repository, out)
    assert run.code == 2
    assert "statements.json: the file is invalid at" in run.err.replace("\n", " ")


def test_against_a_bundle_an_archive_and_the_last_release(released: Path) -> None:
    bundle = released / "build" / "bundles" / "acme-1.0.0"
    places = (bundle, bundle / "acme-1.0.0.tar.gz", released / "dist", "codex-v1.0.0", None)
    for against in places:
        assert diff(released, against).out.startswith("nothing to release: "), against
    write(released, TIGHTER)
    for against in places:
        data = facts(released, against)
        assert (changes_of(data), data["old"]) == ([("SVC-1", "tightened", "major")], "1.0.0"), against
    assert facts(released, None)["against"] == "codex-v1.0.0"


def test_an_archive_of_one_skill_is_no_edition(released: Path) -> None:
    skill = released / "build" / "bundles" / "acme-1.0.0" / "acme-services-1.0.0.tar.gz"
    assert skill.is_file()
    run = diff(released, skill)
    assert (run.code, run.out) == (2, "")


def test_a_modified_bundle_is_refused(released: Path) -> None:
    archive = released / "build" / "bundles" / "acme-1.0.0" / "acme-1.0.0.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-10])
    for against in (archive, archive.parent):
        run = diff(released, against)
        assert (run.code, run.out) == (2, "")
        assert "acme-1.0.0" in run.err


def test_a_missing_release_tag_is_an_error(released: Path) -> None:
    git(released, "tag", "--delete", "codex-v1.0.0")
    run = diff(released, None)
    assert run.code == 2
    assert "there is no tag `codex-v1.0.0`" in run.err
    assert "git fetch --tags" in run.err


@pytest.mark.parametrize("against", ["nothing", "main:standards", "--", "", "no such", "HEAD~99", "\x1b[2J", "-x"])
def test_an_unknown_reference_is_an_error(repository: Path, against: str) -> None:
    run = codexc("diff", *DAY, f"--against={against}", cwd=repository)
    assert run.code == 2, run.out + run.err
    assert run.out == ""
    assert run.err


def test_outside_of_a_repository(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(repository / "standards", bare / "standards")
    run = diff(bare)
    assert run.code == 2
    assert "there is no `main`" in run.err
    write(bare, MORE)
    assert changes_of(facts(bare, repository)) == [("SVC-3", "added", "minor")]


def test_before_the_first_release(repository: Path) -> None:
    run = diff(repository, None)
    assert run.code == 2
    assert "there is no release to compare with yet" in run.err
    assert "--against origin/main" in run.err


def test_a_codex_that_is_newer_than_the_ref(tmp_path: Path) -> None:
    root = tmp_path / "codex"
    root.mkdir()
    (root / "README.md").write_text("hello\n")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(root, "Nothing yet")
    (root / "standards").mkdir()
    (root / "standards" / "codex.yaml").write_text(CONFIG)
    write(root, FIRST)
    run = diff(root)
    assert run.code == 0
    assert "there is no codex in main to compare with" in run.err
    assert facts(root)["bump"] == "none"
    assert diff(root, command="breaking").code == 0


def test_standards_with_errors_are_still_compared(repository: Path) -> None:
    write(repository, MORE + rule("Services MAY sleep", 3) + "\n[broken](missing.md)\n")
    run = diff(repository)
    assert run.code == 0
    assert "the standards have" in run.err and "run `codexc check` to list the errors" in run.err
    assert "minor SVC-3 added: a new advisory MAY" in run.out
    assert diff(repository, "main", "--quiet").err == ""
    commit(repository, "With errors")
    write(repository, FIRST)
    assert ("SVC-3", "vanished", "error") in changes_of(facts(repository, "HEAD"))


def test_standards_that_cannot_be_read_at_all(repository: Path) -> None:
    (repository / "standards" / "codex.yaml").write_text("namespace: [\n")
    run = diff(repository)
    assert run.code == 0
    assert "run `codexc check` to list the errors" in run.err
    assert "acme-services skill-r" in run.out


def test_changes_that_no_version_allows_exit_with_1(repository: Path) -> None:
    write(repository, LESS)
    run = diff(repository)
    assert run.code == 1
    assert run.out.startswith("error SVC-2 vanished: the rule was removed without a tombstone")
    assert run.out.endswith("since main: 1 error; not allowed in any version\n")
    assert "not allowed in any version\n" not in diff(repository, "main", "--format", "markdown").out
    assert (
        "**These changes cannot be released in any version.**" in diff(repository, "main", "--format", "markdown").out
    )


@pytest.mark.parametrize(
    ("text", "code", "changes"),
    [
        (FIRST, 0, []),
        (EDITED, 0, []),
        (MORE, 0, []),
        (TIGHTER, 1, [("SVC-1", "tightened", "major")]),
        (LESS, 1, [("SVC-2", "vanished", "error")]),
        (
            LESS + rule("Services MAY cache answers", 2, label="\n**Withdrawn:** 2026-08\n"),
            1,
            [("SVC-2", "withdrawn", "major")],
        ),
    ],
)
def test_breaking_lists_the_changes_and_fails(
    repository: Path, text: str, code: int, changes: list[tuple[str, str, str]]
) -> None:
    write(repository, text)
    run = diff(repository, command="breaking")
    assert run.code == code
    if not code:
        assert (run.out, run.err) == ("", "no breaking changes since main\n")
    data = facts(repository, command="breaking")
    assert changes_of(data) == changes
    assert diff(repository, "main", "--format", "markdown", command="breaking").code == code


def test_breaking_lists_nothing_else(repository: Path) -> None:
    write(repository, TIGHTER + rule("Services MAY log answers", 3))
    run = diff(repository, command="breaking")
    assert run.code == 1
    assert "SVC-1 tightened" in run.out and "SVC-3" not in run.out


def test_an_announced_day_arrives_by_itself(repository: Path) -> None:
    text = FRONT + rule("Calls MUST wait", 1, label="\n**Status:** approved, enforced from 2027-01-01\n")
    write(repository, text)
    commit(repository)
    out = repository.parent / "then"
    assert codexc("build", "--out", out, *DAY, cwd=repository).code == 0
    run = codexc("breaking", "--as-of", "2027-01-01", "--against", out, cwd=repository)
    assert run.code == 1
    assert "SVC-1 promoted: approved became enforced, as announced: now blocking" in run.out
    assert codexc("breaking", "--as-of", "2027-01-01", "--against", "main", cwd=repository).code == 0


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_terminal_control_characters_are_escaped(repository: Path, format_: str) -> None:
    evil = FIRST.replace("carry a deadline", "carry\x1b[2J\x1b]0;x\x07 a \u202edeadline\u200b")
    write(repository, evil)
    run = diff(repository, "main", "--format", format_)
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(run.out + run.err)
    marks = {"text": "<U+001B>", "markdown": "&lt;U+001B>", "json": "\\u001b"}
    assert marks[format_] in run.out


def test_colours_only_where_they_are_wanted(repository: Path) -> None:
    write(repository, TIGHTER)
    assert "\x1b[" not in diff(repository).out
    forced = codexc("diff", *DAY, "--against", "main", cwd=repository, FORCE_COLOR="1").out
    assert forced.startswith("\x1b[1;31mmajor\x1b[0m SVC-1 tightened")


def test_kinds_are_spelled_as_in_the_schema() -> None:
    root = Path(__file__).resolve().parents[2]
    schema = json.loads((root / "validators" / "schemas" / "changes.schema.json").read_text())
    assert schema["$defs"]["ChangeKind"]["enum"] == [str(kind) for kind in ChangeKind]
