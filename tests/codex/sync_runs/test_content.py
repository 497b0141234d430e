"""What a repository gets, and which repositories get nothing."""

from pathlib import Path
from typing import Any

import pytest

from codex.forge.local import LocalForge
from codex.shell.journal import Journal
from codex.sync.decision_table import Step
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from tests.support.fleet import People, git, state, sync
from tests.support.sync_runs import REPO, decided


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"archived": True}, "archived"),
        ({"mirror": True}, "mirror"),
        ({"requests_off": True}, "merge requests are disabled"),
        ({"writable": False}, "no permission"),
    ],
)
def test_repositories_that_are_skipped(people: People, attributes: dict[str, Any], reason: str) -> None:
    people.add("shop/other", **attributes)
    results = sync(people)["shop/other"]
    assert (results.decision.outcome, results.decision.reason) == (Outcome.SKIPPED, reason)
    assert people.tip("shop/other") is None


def test_empty_missing_opted_out_and_pinned_repositories(people: People) -> None:
    people.add("shop/empty", {})
    people.add("shop/out", {".engineering-codex.yaml": "opt_out: {reason: a fork}\n"})
    people.add("shop/pinned", {".engineering-codex.yaml": "pin: 0.9.0\n", "a.py": "x = 1\n"})
    people.add("shop/wrong", {".engineering-codex.yaml": "pins: 0.9.0\n"})
    people.targets["shop/gone"] = people.targets[REPO].__class__(id="shop/gone", path="shop/gone")
    results = sync(people)
    assert {path: decided(results, path) for path in people.targets} == {
        REPO: (Outcome.OPENED, 15),
        "shop/empty": (Outcome.SKIPPED, 1),
        "shop/out": (Outcome.OPTED_OUT, 2),
        "shop/pinned": (Outcome.SKIPPED, 2),
        "shop/wrong": (Outcome.FAILED, 0),
        "shop/gone": (Outcome.FAILED, 0),
    }
    assert results["shop/wrong"].decision.reason == (
        ".engineering-codex.yaml:1:1: unknown key `pins`; did you mean `pin`?"
    )
    assert "does not exist" in results["shop/gone"].decision.reason


def test_a_waiver_that_ends_brings_the_rule_back(people: People, tmp_path: Path) -> None:
    waiver = "waivers: [{rule: SEC-1, reason: legacy, owner: '@a', expires: 2026-12-31}]\n"
    people.commit(REPO, {".engineering-codex.yaml": waiver})
    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    people.merge(REPO)
    sync(people, journal)
    assert "- SEC-1 is waived until 2026-12-31" in people.show(REPO, "AGENTS.md")
    assert decided(sync(people, journal, day="2026-12-31"))[0] is Outcome.IN_SYNC
    assert decided(sync(people, journal, day="2027-01-01"))[0] is Outcome.OPENED
    assert "the waiver for SEC-1 expired on 2026-12-31" in people.requests(REPO)[1]["body"]
    journal.close()


def test_a_symlinked_claude_file_is_left_alone(people: People, tmp_path: Path) -> None:
    work = tmp_path / "linked"
    git(tmp_path, "clone", "--quiet", str(people.root / f"{REPO}.git"), str(work))
    (work / "CLAUDE.md").symlink_to("AGENTS.md")
    git(work, "add", "--all")
    git(work, "-c", "user.name=D", "-c", "user.email=d@e", "commit", "--quiet", "--message", "Link")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    mode = git(people.root / f"{REPO}.git", "ls-tree", "codex/sync", "CLAUDE.md").split()[0]
    assert mode == "120000"


def test_packages_whose_rules_differ_have_a_block_of_their_own(people: People) -> None:
    people.add(
        "shop/all",
        {
            "web/package.json": '{"name": "web", "scripts": {"test": "vitest"}, "devDependencies": {"typescript": "5"}}',
            "web/src/a.ts": "export {};\n",
            "api/pyproject.toml": '[project]\nname = "api"\nversion = "1"\n',
            "api/a.py": "x = 1\n",
            "api/AGENTS.md": "# The interface\n\nAsk Ann.\n",
        },
    )
    sync(people)
    root, api, web = (people.show("shop/all", f"{folder}AGENTS.md", "codex/sync") for folder in ("", "api/", "web/"))
    assert "`eng-typescript`" in root
    assert "`eng-python`" in root
    assert "`eng-python`" in api
    assert "`eng-typescript`" not in api
    assert "Ask Ann." in api
    assert "`eng-typescript`" in web
    assert "`eng-python`" not in web
    assert "- Test: `npm test`\n" in web
    assert "SECRET-1:" in root
    assert "SECRET-1:" not in api + web
    people.merge("shop/all")
    assert decided(sync(people), "shop/all") == (Outcome.IN_SYNC, 3)
    people.commit("shop/all", {"web/package.json": None, "web/src/a.ts": None, "web/README.md": "Gone.\n"})
    assert decided(sync(people), "shop/all") == (Outcome.OPENED, 15)
    files = git(people.root / "shop/all.git", "ls-tree", "-r", "--name-only", "codex/sync").splitlines()
    assert "web/AGENTS.md" not in files
    assert people.show("shop/all", "api/AGENTS.md", "codex/sync") == "# The interface\n\nAsk Ann.\n"


def test_packages_of_one_kind_have_none(people: People) -> None:
    parts = {f"libs/{name}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\n' for name in "abc"}
    people.add("shop/same", parts | {f"libs/{name}/x.py": "x = 1\n" for name in "abc"})
    sync(people)
    files = git(people.root / "shop/same.git", "ls-tree", "-r", "--name-only", "codex/sync").splitlines()
    assert [path for path in files if path.endswith("AGENTS.md")] == ["AGENTS.md"]


def test_folders_in_hosts_get_a_block(people: People) -> None:
    people.commit(REPO, {".engineering-codex.yaml": "hosts: [src]\n"})
    sync(people)
    nested = people.show(REPO, "src/AGENTS.md", "codex/sync")
    assert "`eng-python`" in nested
    assert "SECRET-1:" not in nested


def test_a_request_has_its_reviewers_and_its_assignee(people: People) -> None:
    people.add(
        "shop/owned",
        {".github/CODEOWNERS": "* @acme/all\n*.md @ann @acme/docs mail@example.com\n/src/ @ben\n", "a.py": "x = 1\n"},
        owner="@acme/payments",
    )
    sync(people, policy=Policy(source="eng", assignee="codex-bot", auto_merge=True))
    (request,) = people.requests("shop/owned")
    assert request["reviewers"] == ["acme/docs", "acme/payments", "ann"]
    assert request["assignees"] == ["codex-bot"]
    assert request["auto_merge"] is True
    sync(people, policy=Policy(source="eng", reviewers=False))
    assert people.requests("shop/owned")[0]["reviewers"] == ["acme/docs", "acme/payments", "ann"]


@pytest.mark.parametrize(
    ("forge", "reviewers"),
    [("github", ["hub"]), ("gitlab", ["root"]), ("gitea", ["root"]), ("forgejo", ["root"]), ("", ["hub"])],
)
def test_owners_are_those_in_the_file_that_the_forge_reads(people: People, forge: str, reviewers: list[str]) -> None:
    files = {".github/CODEOWNERS": "* @hub\n", "CODEOWNERS": "* @root\n", "docs/CODEOWNERS": "* @docs\n"}
    people.add("shop/owned", {**files, "a.py": "x = 1\n"}, forge=forge)
    sync(people)
    assert people.requests("shop/owned")[0]["reviewers"] == reviewers


class Requesting(LocalForge):
    """A forge that requests reviews from code owners itself."""

    requests_owners = True


def test_a_review_is_not_requested_from_owners_twice(people: People) -> None:
    people.add("shop/owned", {"CODEOWNERS": "* @root\n", "a.py": "x = 1\n"}, owner="@acme/payments")
    sync(people, forge=Requesting(people.root))
    assert people.requests("shop/owned")[0]["reviewers"] == ["acme/payments"]


def test_a_draft_is_not_merged_by_itself(people: People) -> None:
    results = sync(people, policy=Policy(source="eng", auto_merge=True, draft=True))
    assert Step.AUTO_MERGE not in results[REPO].decision.steps
    assert "auto_merge" not in people.requests(REPO)[0]


def test_an_agents_file_that_is_longer_than_agents_read_is_reported(people: People) -> None:
    people.commit(REPO, {"AGENTS.md": "# Payments\n\n" + "Very many words.\n" * 2000})
    sync(people)
    body = people.requests(REPO)[0]["body"]
    assert "- `AGENTS.md` has 3" in body
    assert "and some agents ignore everything after the first 32,768" in body
    people.add("shop/short")
    sync(people)
    assert "some agents ignore" not in people.requests("shop/short")[0]["body"]


@pytest.mark.parametrize("data", [b"\xff\xfelatin", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_repository_whose_agents_file_can_hold_no_block_is_skipped(people: People, data: bytes) -> None:
    people.commit(REPO, {"AGENTS.md": data.decode("latin-1") if data[0] != 255 else None})
    if data[0] == 255:
        work = people.root.parent / "work"
        (work / "AGENTS.md").write_bytes(data)
        git(work, "add", "--all")
        git(work, "-c", "user.name=D", "-c", "user.email=d@e", "commit", "--quiet", "--message", "Bytes")
        git(work, "push", "--quiet", "origin", "HEAD:main")
    before = state(people)
    assert decided(sync(people)) == (Outcome.SKIPPED, 1)
    assert state(people) == before
