"""Every row of the decision table, in real repositories that people work in too."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codex.forge.local import LocalForge
from codex.shell.journal import Journal, read_journal
from codex.sync.decision_table import Step
from codex.sync.outcome import Outcome
from codex.sync.policy import Drift, Policy, Touched
from skills_build.errors import CodexError
from tests.support.fleet import People, codex_of, git, state, sync

REPO = "shop/payments"
NEWER = codex_of("2.0.0", "\nA newer word.\n")


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "repositories"
    root.mkdir()
    people = People(root)
    people.add(REPO)
    return people


def decided(results: Mapping[str, Any], path: str = REPO) -> tuple[Outcome, int]:
    decision = results[path].decision
    return decision.outcome, decision.row


def test_a_new_repository_gets_one_request_and_then_nothing(people: People, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    assert decided(sync(people, journal)) == (Outcome.OPENED, 15)
    request = people.requests(REPO)[0]
    assert request["title"] == "Add Engineering codex 1.0.0"
    assert "python (its files)" in request["body"]
    assert people.show(REPO, "AGENTS.md", "codex/sync").startswith("# Payments\n<!-- codex:begin version=1.0.0 ")
    assert people.show(REPO, "AGENTS.md", "codex/sync").endswith("\n\nAsk before you touch the ledger.\n")
    before = state(people)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    journal.close()


def test_a_merged_request_ends_in_sync(people: People, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    people.merge(REPO)
    assert decided(sync(people, journal)) == (Outcome.MERGED, 3)
    assert people.tip(REPO) is None
    before = state(people)
    assert decided(sync(people, journal)) == (Outcome.IN_SYNC, 3)
    assert decided(sync(people)) == (Outcome.IN_SYNC, 3)
    assert state(people) == before
    journal.close()


def test_a_release_that_changes_nothing_here_writes_nothing_here(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    before = state(people)
    assert decided(sync(people, codex=codex_of("2.0.0"))) == (Outcome.IN_SYNC, 3)
    assert state(people) == before


def test_a_release_that_only_adds_to_the_index_waits_for_the_next_change(people: People) -> None:
    sync(people)
    index = codex_of("1.1.0", "\nOne more id.\n", "eng-index")
    before = state(people)
    assert decided(sync(people, codex=index)) == (Outcome.OPEN, 11)
    assert state(people) == before
    people.merge(REPO)
    sync(people)
    before = state(people)
    assert decided(sync(people, codex=index)) == (Outcome.IN_SYNC, 3)
    assert state(people) == before


def test_a_newer_release_updates_the_same_request(people: People) -> None:
    sync(people)
    people.change(REPO, 1, title="A title that a person wrote", labels=["codex", "theirs"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    (request,) = people.requests(REPO)
    assert (request["number"], request["title"]) == (1, "A title that a person wrote")
    assert request["labels"] == ["codex", "theirs"]
    assert "A newer word." in people.show(REPO, ".agents/skills/eng-python/SKILL.md", "codex/sync")
    assert git(people.root / f"{REPO}.git", "rev-list", "--count", "main..codex/sync") == "1"


def test_after_a_merge_a_release_opens_a_request_that_says_what_changed(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 15)
    new = people.requests(REPO)[1]
    assert new["title"] == "Update Engineering codex from 1.0.0 to 2.0.0"
    changed = git(people.root / f"{REPO}.git", "diff", "--name-only", "main", "codex/sync").split()
    assert changed == [".agents/skills/eng-python/SKILL.md", ".engineering-codex.lock"]


def test_a_commit_of_a_person_on_our_branch_is_never_lost(people: People) -> None:
    sync(people)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs
    notes = people.requests(REPO)[0]["notes"]
    assert len(notes) == 1
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert state(people) == before
    people.change(REPO, 1, labels=["codex", "codex-takeover"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


@pytest.mark.parametrize("file", ["AGENTS.md", "src/a.py", ".agents/skills/eng-python/SKILL.md"])
def test_our_commit_amended_by_a_person_is_theirs(people: People, file: str) -> None:
    sync(people)
    text = people.show(REPO, file, "codex/sync") + "\nA word of theirs.\n"
    theirs = people.commit(REPO, {file: text}, "codex/sync", amend=True)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


@pytest.mark.parametrize("text", ["{", "[]", '{"requests": [{"branch": "codex/sync"}]}', '{"requests": [1]}'])
def test_unreadable_requests_fail_only_their_repository(people: People, text: str) -> None:
    people.add("shop/web")
    (people.root / f"{REPO}.requests.json").write_text(text)
    results = sync(people)
    assert decided(results)[0] is Outcome.FAILED
    assert results[REPO].decision.reason.endswith("; restore or remove it")
    assert (decided(results, "shop/web"), people.tip(REPO)) == ((Outcome.OPENED, 15), None)


def test_takeover_by_policy(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    policy = Policy(source="eng", touched=Touched.TAKEOVER)
    assert decided(sync(people, policy=policy, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_declined_request_comes_back_only_with_other_content_or_when_asked(people: People) -> None:
    sync(people)
    people.change(REPO, 1, state="closed")
    before = state(people)
    assert decided(sync(people)) == (Outcome.DECLINED, 8)
    assert decided(sync(people, codex=codex_of("1.1.0"))) == (Outcome.DECLINED, 8)
    assert state(people) == before
    people.change(REPO, 1, labels=["codex-retry"])
    assert decided(sync(people))[0] is Outcome.OPENED
    people.change(REPO, 2, state="closed")
    assert decided(sync(people, codex=NEWER))[0] is Outcome.OPENED


def test_a_request_whose_words_a_person_replaced_is_declined_all_the_same(people: People) -> None:
    sync(people)
    people.change(REPO, 1, state="closed", body="Not for us.")
    before = state(people)
    assert decided(sync(people)) == (Outcome.DECLINED, 8)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 14)


def test_what_people_write_below_a_request_stays(people: People) -> None:
    sync(people)
    people.change(REPO, 1, body=people.requests(REPO)[0]["body"] + "\nSee LEDGER-7.\n")
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    body = people.requests(REPO)[0]["body"]
    assert body.endswith(" -->\n\nSee LEDGER-7.\n")
    assert "Engineering codex 2.0.0" in body
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPEN, 11)
    assert state(people) == before


@pytest.mark.parametrize("touched", [Touched.LEAVE, Touched.TAKEOVER])
def test_a_branch_of_our_name_that_a_person_created_first(people: People, touched: Touched) -> None:
    policy = Policy(source="eng", touched=touched)
    git(people.root / f"{REPO}.git", "branch", "codex/sync", "main")
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    results = sync(people, policy=policy)
    if touched is Touched.TAKEOVER:
        assert decided(results) == (Outcome.OPENED, 14)
        return
    assert decided(results) == (Outcome.HUMAN_EDITED, 10)
    assert "; rename or delete it" in results[REPO].decision.reason
    assert (people.tip(REPO), people.requests(REPO)) == (theirs, [])


def test_a_held_request_stays_held(people: People) -> None:
    sync(people)
    people.change(REPO, 1, labels=["codex-hold"])
    before = state(people)
    assert decided(sync(people, codex=NEWER)) == (Outcome.HELD, 9)
    assert state(people) == before


def settled(people: People, outcome: Outcome, **more: Any) -> None:
    """Another run says this of the repository, and nothing is written."""
    before = state(people)
    assert decided(sync(people, **more))[0] is outcome
    assert state(people) == before


def make_main(people: People, other: str) -> None:
    """Commit the tree of another commit to `main`, as a squash or a revert does."""
    bare, who = people.root / f"{REPO}.git", ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    commit = git(bare, *who, "commit-tree", f"{other}^{{tree}}", "-p", "main", "-m", "Squash, or revert")
    git(bare, "update-ref", "refs/heads/main", commit)


def test_removing_a_hold_lets_the_newer_release_in(people: People) -> None:
    sync(people)
    people.change(REPO, 1, labels=["codex", "codex-hold"])
    settled(people, Outcome.HELD, codex=NEWER)
    people.change(REPO, 1, labels=["codex"])
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)
    settled(people, Outcome.OPEN, codex=NEWER)


def test_a_branch_that_a_person_deleted_is_recreated_for_its_request(people: People) -> None:
    sync(people)
    git(people.root / f"{REPO}.git", "update-ref", "-d", "refs/heads/codex/sync")
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert len(people.requests(REPO)) == 1
    settled(people, Outcome.OPEN)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_request_that_was_squashed_is_merged(people: People, tmp_path: Path, deleted: bool) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    bare = people.root / f"{REPO}.git"
    sync(people, journal)
    make_main(people, "codex/sync")
    people.change(REPO, 1, state="merged")
    if deleted:
        git(bare, "update-ref", "-d", "refs/heads/codex/sync")
    assert decided(sync(people, journal)) == (Outcome.MERGED, 3)
    assert people.tip(REPO) is None
    settled(people, Outcome.IN_SYNC)
    journal.close()


def test_an_opted_out_repository_is_left_alone_until_it_opts_in(people: People) -> None:
    sync(people)
    people.commit(REPO, {".engineering-codex.yaml": "opt_out: {reason: a fork}\n"})
    settled(people, Outcome.OPTED_OUT, codex=NEWER)
    people.commit(REPO, {".engineering-codex.yaml": None})
    settled(people, Outcome.OPEN)
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_default_branch_of_another_name_takes_the_request_along(people: People) -> None:
    sync(people)
    bare = people.root / f"{REPO}.git"
    git(bare, "branch", "--move", "main", "trunk")
    git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    settled(people, Outcome.OPEN)


def test_what_people_deleted_and_reverted_is_proposed_again_until_they_decline(people: People) -> None:
    start = git(people.root / f"{REPO}.git", "rev-parse", "main")
    sync(people)
    people.merge(REPO)
    sync(people)
    people.commit(REPO, {".agents/skills/eng-python/SKILL.md": None})
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert "- `.agents/skills/eng-python/SKILL.md`: deleted\n" in people.requests(REPO)[1]["body"]
    make_main(people, start)
    assert decided(sync(people)) == (Outcome.UPDATED, 13)
    people.change(REPO, 2, state="closed")
    settled(people, Outcome.DECLINED)


def test_a_base_that_moved_elsewhere_changes_nothing(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 12)
    assert state(people) == before
    assert decided(sync(people, policy=Policy(source="eng", rebase=True))) == (Outcome.UPDATED, 13)


def test_a_base_that_moved_where_we_write_is_rewritten_with_their_text(people: People) -> None:
    sync(people)
    people.commit(REPO, {"AGENTS.md": "# Payments\n\nAsk @ledger first.\n\nAnd read the runbook.\n"})
    assert decided(sync(people)) == (Outcome.UPDATED, 13)
    assert people.show(REPO, "AGENTS.md", "codex/sync").endswith("\n\nAsk @ledger first.\n\nAnd read the runbook.\n")


def test_an_update_by_the_forges_button_stays_ours(people: People) -> None:
    sync(people)
    people.commit(REPO, {"src/b.py": "y = 2\n"})
    people.update_branch(REPO)
    before = state(people)
    assert decided(sync(people)) == (Outcome.OPEN, 11)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER)) == (Outcome.UPDATED, 13)


def test_a_branch_without_a_request_gets_one(people: People) -> None:
    sync(people)
    tip = people.tip(REPO)
    (people.root / f"{REPO}.requests.json").unlink()
    assert decided(sync(people)) == (Outcome.OPENED, 14)
    assert people.tip(REPO) == tip
    (people.root / f"{REPO}.requests.json").unlink()
    assert decided(sync(people, codex=NEWER)) == (Outcome.OPENED, 14)
    assert people.tip(REPO) != tip


def test_what_the_base_has_already_is_closed_and_the_branch_deleted(people: People) -> None:
    sync(people)
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", people.tip(REPO) or "")
    assert decided(sync(people)) == (Outcome.CLOSED, 4)
    assert people.requests(REPO)[0]["state"] == "closed"
    assert people.tip(REPO) is None
    assert decided(sync(people)) == (Outcome.IN_SYNC, 3)


def test_what_the_base_has_already_stays_open_if_someone_worked_on_it(people: People) -> None:
    sync(people)
    ours = people.tip(REPO) or ""
    people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", ours)
    assert decided(sync(people)) == (Outcome.NEEDS_HUMAN, 5)
    assert people.requests(REPO)[0]["state"] == "open"
    before = state(people)
    sync(people)
    assert state(people) == before


def test_an_edit_inside_the_block_is_proposed_to_be_restored_or_left(people: People) -> None:
    sync(people)
    people.merge(REPO)
    sync(people)
    edited = people.show(REPO, "AGENTS.md").replace("SEC-1:", "SEC-1 (not for us):")
    people.commit(REPO, {"AGENTS.md": edited})
    before = state(people)
    assert decided(sync(people, policy=Policy(source="eng", drift=Drift.LEAVE))) == (Outcome.DRIFT, 6)
    assert state(people) == before
    assert decided(sync(people)) == (Outcome.OPENED, 15)
    assert "### Manual edits\n" in people.requests(REPO)[1]["body"]
    assert "not for us" not in people.show(REPO, "AGENTS.md", "codex/sync")


def test_damaged_markers_are_a_conflict_and_nothing_is_written(people: People) -> None:
    people.commit(REPO, {"AGENTS.md": "# T\n<!-- codex:end -->\n"})
    before = state(people)
    results = sync(people)
    assert decided(results) == (Outcome.CONFLICT, 7)
    assert "AGENTS.md: it has a block end marker without a start marker (line 2)" in results[REPO].decision.reason
    assert state(people) == before


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
    assert "- Test: `npm test` (`web/package.json#scripts.test`)" in web
    assert "SEC-1" in root
    assert "SEC-1" not in api + web
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
    assert "SEC-1" not in nested


def test_reviewers_and_assignee(people: People) -> None:
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


def test_a_draft_is_not_merged_by_itself(people: People) -> None:
    results = sync(people, policy=Policy(source="eng", auto_merge=True, draft=True))
    assert Step.AUTO_MERGE not in results[REPO].decision.steps
    assert "auto_merge" not in people.requests(REPO)[0]


def test_an_agents_file_that_is_longer_than_agents_read_is_reported(people: People) -> None:
    people.commit(REPO, {"AGENTS.md": "# Payments\n\n" + "Very many words.\n" * 2000})
    sync(people)
    body = people.requests(REPO)[0]["body"]
    assert "- `AGENTS.md` has 3" in body
    assert "and some agents ignore all after the first 32,768" in body
    people.add("shop/short")
    sync(people)
    assert "some agents ignore" not in people.requests("shop/short")[0]["body"]


class Dying(LocalForge):
    """A forge that dies at the k-th thing it is asked to write: before doing it, or after."""

    def __init__(self, root: Path, at: int, *, after: bool) -> None:
        super().__init__(root, clock=lambda: 1_790_000_000)
        self._at, self._after, self.count = at, after, 0

    def _maybe(self, done: bool) -> None:
        if done is not self._after:
            return
        self.count += 1
        if self.count == self._at:
            raise KeyboardInterrupt

    def commit(self, *arguments: Any, **named: Any) -> str:
        self._maybe(False)
        commit = super().commit(*arguments, **named)
        self._maybe(True)
        return commit

    def open_request(self, *arguments: Any, **named: Any) -> Any:
        self._maybe(False)
        commit = super().open_request(*arguments, **named)
        self._maybe(True)
        return commit

    def update_request(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().update_request(*arguments, **named)
        self._maybe(True)

    def comment(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().comment(*arguments, **named)
        self._maybe(True)

    def close_request(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().close_request(*arguments, **named)
        self._maybe(True)

    def delete_branch(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().delete_branch(*arguments, **named)
        self._maybe(True)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("scene", ["new", "newer", "obsolete"])
def test_killed_at_any_write_the_next_run_converges(people: People, scene: str, at: int, after: bool) -> None:
    codex = NEWER if scene == "newer" else codex_of()
    if scene != "new":
        sync(people)
    if scene == "obsolete":
        git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", people.tip(REPO) or "")
    dying = Dying(people.root, at, after=after)
    try:
        sync(people, forge=dying, codex=codex)
    except KeyboardInterrupt:
        assert dying.count == at
    sync(people, codex=codex)
    last = state(people)
    outcome = decided(sync(people, codex=codex))[0]
    assert state(people) == last
    assert outcome is (Outcome.IN_SYNC if scene == "obsolete" else Outcome.OPEN)
    assert len(people.requests(REPO)) == 1
    assert len(people.requests(REPO)[0]["notes"]) <= 1
    if scene != "obsolete":
        assert git(people.root / f"{REPO}.git", "rev-list", "--count", "main..codex/sync") == "1"


class Racing(LocalForge):
    """A forge on which a person pushes between our look and our commit."""

    def __init__(self, people: People, times: int) -> None:
        super().__init__(people.root)
        self._people, self._times = people, times

    def commit(self, *arguments: Any, **named: Any) -> str:
        if self._times:
            self._times -= 1
            self._people.commit(REPO, {"src/theirs.py": f"x = {self._times}\n"}, "codex/sync")
        return super().commit(*arguments, **named)


def test_a_person_who_pushes_during_a_sync_never_loses_a_commit(people: People) -> None:
    sync(people)
    results = sync(people, forge=Racing(people, 1), codex=NEWER)
    assert decided(results) == (Outcome.HUMAN_EDITED, 10)
    assert people.show(REPO, "src/theirs.py", "codex/sync") == "x = 0\n"


def test_two_runners_end_as_one(people: People, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(6):
        people.add(f"many/r{number}")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: sync(people), range(2)))
    assert all(len(people.requests(path)) == 1 for path in people.targets)
    last = state(people)
    assert {decided(sync(people), path)[0] for path in people.targets} == {Outcome.OPEN}
    assert state(people) == last


def test_a_damaged_journal_counts_as_none(people: People, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    path.write_bytes(path.read_bytes()[:40] + b"\n\xff\xfe\n{}\n[]\n")
    before = state(people)
    journal = Journal(path)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    journal.close()
    assert state(people) == before


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ('"outcome":"opened"', '"outcome":"postponed"'),
        ('"since":"', '"since":"yesterday, '),
        ('+00:00"', '"'),
        ('"opened":"', '"opened":"yesterday, '),
        ('"version":"1.0.0"', '"version":"next"'),
    ],
)
def test_a_line_of_another_version_of_codexc_is_ignored(people: People, tmp_path: Path, value: str, other: str) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    text = path.read_text()
    assert value in text
    path.write_text(text.replace(value, other))
    before = state(people)
    assert read_journal(path) == {}
    journal = Journal(path)
    assert decided(sync(people, journal)) == (Outcome.OPEN, 11)
    journal.close()
    assert state(people) == before


def test_a_truncated_line_spoils_no_other(people: People, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"id":"shop/pay')
    journal = Journal(path)
    sync(people, journal)
    journal.close()
    assert list(read_journal(path)) == [REPO]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a thing of Linux")
def test_an_unwritable_journal_is_named(people: People, tmp_path: Path) -> None:
    journal = Journal(Path("/dev/full"))
    with pytest.raises(CodexError, match=r"^the journal `/dev/full` cannot be written: No space left on device$"):
        sync(people, journal)
    with pytest.raises(CodexError):
        journal.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(CodexError, match=r"is not a folder"):
        Journal(tmp_path / "file" / "journal.jsonl")


def test_an_unchanged_repository_is_not_read_again(people: People, tmp_path: Path) -> None:
    class Counting(LocalForge):
        reads = 0

        def list_files(self, *arguments: Any) -> Any:
            Counting.reads += 1
            return super().list_files(*arguments)

    journal = Journal(tmp_path / "journal.jsonl")
    sync(people, journal)
    sync(people, journal, forge=Counting(people.root))
    assert Counting.reads == 0
    people.commit(REPO, {"src/b.py": "x = 1\n"})
    sync(people, journal, forge=Counting(people.root))
    assert Counting.reads == 1
    journal.close()


def test_steps_are_known_to_the_runner() -> None:
    assert {str(step) for step in Step} == {
        *("commit", "open", "auto-merge", "revise", "note", "close", "delete-branch")
    }
    assert json.loads(json.dumps([*Step])) == [str(step) for step in Step]


APPEND = Policy(source="eng", touched=Touched.APPEND)


def test_changes_go_on_top_of_the_work_of_others_by_policy(people: People, tmp_path: Path) -> None:
    sync(people, policy=APPEND)
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n", "AGENTS.md": _below(people)}, "codex/sync")
    before = state(people)
    assert decided(sync(people, policy=APPEND)) == (Outcome.OPEN, 10)
    assert state(people) == before
    assert decided(sync(people, codex=NEWER, policy=APPEND)) == (Outcome.UPDATED, 10)
    bare = people.root / f"{REPO}.git"
    assert git(bare, "rev-parse", "codex/sync^") == theirs
    assert git(bare, "diff", "--name-only", theirs, "codex/sync").split() == [
        ".agents/skills/eng-python/SKILL.md",
        ".engineering-codex.lock",
    ]
    assert "A word of theirs." in people.show(REPO, "AGENTS.md", "codex/sync")
    assert people.requests(REPO)[0]["title"] == "Add Engineering codex 2.0.0"
    before = state(people)
    journal = Journal(tmp_path / "journal.jsonl")
    assert decided(sync(people, journal, codex=NEWER, policy=APPEND)) == (Outcome.OPEN, 10)
    assert decided(sync(people, journal, codex=NEWER, policy=APPEND))[0] is Outcome.OPEN
    assert state(people) == before
    journal.close()
    people.merge(REPO)
    assert decided(sync(people, codex=NEWER, policy=APPEND))[0] is Outcome.IN_SYNC


def _below(people: People) -> str:
    return people.show(REPO, "AGENTS.md", "codex/sync") + "\nA word of theirs.\n"


@pytest.mark.parametrize("file", [".agents/skills/eng-python/SKILL.md", ".engineering-codex.lock", "AGENTS.md"])
@pytest.mark.parametrize("gone", [False, True])
def test_no_changes_go_on_top_of_managed_files_that_others_changed(people: People, file: str, *, gone: bool) -> None:
    sync(people, policy=APPEND)
    text = people.show(REPO, file, "codex/sync")
    inside = text.replace("codex", "kodex", 5) if file != "AGENTS.md" else text.replace("## Eng", "## Our eng")
    theirs = people.commit(REPO, {file: None if gone else inside}, "codex/sync")
    results = decided(sync(people, codex=NEWER, policy=APPEND))
    assert results == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


def test_no_changes_go_on_top_of_a_branch_of_others(people: People) -> None:
    sync(people, policy=APPEND)
    git(people.root / f"{REPO}.git", "update-ref", "refs/heads/codex/sync", "main")
    theirs = people.commit(REPO, {"src/b.py": "x = 1\n"}, "codex/sync")
    assert decided(sync(people, codex=NEWER, policy=APPEND)) == (Outcome.HUMAN_EDITED, 10)
    assert people.tip(REPO) == theirs


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
