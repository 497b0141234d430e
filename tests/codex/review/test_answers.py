"""What people answer to a posted review: only the words of those who may decide count, and everything is reported."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex.review.answers import said
from codex.review.model import AnswerKind
from tests.codex.review.test_posting import FORGES, PATH, Posting
from tests.support.forges import running
from tests.support.reviewing import BLOCKING, git, put, repository, review, reviewed, rule
from tests.support.running import codexc


@pytest.mark.parametrize(
    ("body", "kind", "named", "reason"),
    [
        ("won't fix: the vendor prints", AnswerKind.WONT_FIX, None, "the vendor prints"),
        ("Won\u2019t fix SVC-1:  two   spaces \r\nmore", AnswerKind.WONT_FIX, "SVC-1", "two spaces"),
        ("\n wontfix: x", AnswerKind.WONT_FIX, None, "x"),
        ("break glass: production is down", AnswerKind.BREAK_GLASS, None, "production is down"),
        ("BREAK-GLASS:", AnswerKind.BREAK_GLASS, None, ""),
    ],
)
def test_an_answer_is_the_start_of_a_comment(body: str, kind: AnswerKind, named: str | None, reason: str) -> None:
    found = said(body)
    assert found is not None and (found.kind, found.rule, found.reason) == (kind, named, reason)


@pytest.mark.parametrize(
    "body",
    [
        "> won't fix: quoted",
        "I won't fix: this",
        "`break glass: x`",
        "<!-- codex:finding -->\nwon't fix: x",
        "won't fix",
        "don't break glass: x",
        "",
    ],
)
def test_other_comments_are_no_answers(body: str) -> None:
    assert said(body) is None


def _maintained(posting: Posting) -> Posting:
    posting.forge.repository(PATH).maintainers = {"mara", "robo"}
    posting.forge.world.programs = {"robo"}
    return posting


pytestmark = pytest.mark.any_host


@pytest.fixture(params=FORGES, ids=[name for name, _ in FORGES])
def posting(request: Any, tmp_path: Path) -> Iterator[Posting]:
    kind, variable = request.param
    root = repository(tmp_path, [rule(1, BLOCKING)], yaml="review: {maintainers: ['@nia']}\n")
    put(root, "src/b.py", "x = 1\nprint(x)\n")
    with running(kind, tmp_path / "forge") as forge:
        yield _maintained(Posting(forge, root, variable))


def test_wont_fix_keeps_a_finding_closed_if_a_maintainer_says_it(posting: Posting) -> None:
    assert posting.post().code == 1
    posting.say("stranger", "won't fix: I say so", thread=0)
    posting.say("mara", "won't fix: somebody changed this", thread=0, edited=True)
    posting.say(posting.forge.world.bot.name, "won't fix: the bot", thread=0)
    posting.say("stranger", posting.request.threads[0].note.body.replace("open -->", "declined -->"), thread=0)
    posting.say("mara", "won't fix:", thread=0)
    refused = posting.post()
    assert refused.code == 1 and "0 closed" in refused.err
    for why in (
        "`stranger` does not count: the account needs maintain permission",
        "was edited",
        "program",
        "has no reason",
    ):
        assert why in refused.out, refused.out
    assert posting.status()[0] == "failure"

    said_so = posting.say("mara", "won't fix: the *vendor* prints\nmore", thread=0)
    done = posting.post()
    assert done.code == 0 and "1 closed" in done.err, done.err + done.out
    assert "won't fix: SVC-1 (src/b.py:2), says mara: the *vendor* prints" in done.out
    assert (
        "declined -->\nWon't fix `SVC-1`, says `mara`: the \\*vendor\\* prints" in posting.request.threads[0].note.body
    )
    status, text = posting.status()
    assert status == "success" and text == "request 1: nothing found: 0 findings, 0 blocking, 1 won't fix"
    summary = posting.request.notes[0].body
    assert "**Won't fix**: `SVC-1` (`src/b.py:2`), says `mara`: the \\*vendor\\* prints" in summary

    before = posting.writes()
    assert posting.post().code == 0 and posting.writes() == before
    put(posting.root, "src/b.py", "x = 1\n\n\nprint(x)\n")
    posting.push()
    assert posting.post().code == 0 and "declined -->" in posting.request.threads[0].note.body
    posting.request.threads[0].replies.remove(said_so)
    again = posting.post()
    assert again.code == 1 and "1 reopened" in again.err


def test_wont_fix_still_counts_after_the_file_is_renamed(posting: Posting) -> None:
    put(posting.root, "src/b.py", "")
    put(posting.root, "src/a.py", "x = 1\nprint(x)\nprint(x, 2)\n")
    posting.push()
    assert posting.post().code == 1
    posting.say("mara", "won't fix: the vendor prints", thread=0)
    assert posting.post().code == 0
    git(posting.root, "mv", "src/a.py", "src/renamed.py")
    git(posting.root, "commit", "-qm", "refactor: rename")
    posting.push()
    done = posting.post()
    assert done.code == 0 and "0 threads opened" in done.err, done.err + done.out
    assert len(posting.request.threads) == 1


def test_a_file_that_is_added_and_renamed_keeps_its_threads_and_answers(posting: Posting) -> None:
    put(posting.root, "src/b.py", "x = 1\nprint(x)\nprint(x, 2)\n")
    posting.push()
    assert posting.post().code == 1
    threads = len(posting.request.threads)
    for source, target in (("src/b.py", "src/c.py"), ("src/c.py", "lib/d.py")):
        (posting.root / target).parent.mkdir(exist_ok=True)
        git(posting.root, "mv", source, target)
        git(posting.root, "commit", "-qm", "refactor: rename")
    posting.push()
    assert "0 threads opened, 0 closed, 0 reopened" in posting.post().err
    for number in range(threads):
        posting.say("mara", "won't fix: the vendor prints", thread=number)
    done = posting.post()
    assert (done.code, len(posting.request.threads)) == (0, threads), done.err
    put(posting.root, "src/b.py", "x = 1\nprint(x)\n")  # a new file with the first name is a file of its own
    posting.push()
    assert posting.post().code == 1


def test_break_glass_lets_a_reviewed_commit_pass(posting: Posting) -> None:
    posting.forge.world.clock = lambda: _EARLIER
    posting.say("mara", "break glass: before anybody looked")
    posting.forge.world.clock = lambda: _LATER
    early = posting.post()
    assert early.code == 1 and "had not been reviewed yet" in early.out
    posting.say("nia", "break glass: in the second of the review, or just before it")
    assert "by `nia` does not count: commit" in posting.post().out
    posting.forge.world.clock = lambda: _AFTERWARDS
    posting.say("stranger", "break glass: me too")
    if posting.forge.kind in ("gitlab", "github"):  # the others do not say who is a program
        posting.say("robo", "break glass: I am a robot")
    assert posting.post().code == 1
    assert posting.status()[0] == "failure"
    posting.say("nia", "break glass: production is down @all")
    done = posting.post()
    assert done.code == 0, done.out + done.err
    assert "overridden: allowed by a break-glass override; 1 finding (1 blocking)" in done.out
    assert "break glass: says nia: production is down" in done.out
    assert posting.status() == ("success", "request 1: allowed by a break-glass override (nia): 1 finding, 1 blocking")
    assert any("**Break glass**: says `nia`: production is down" in note.body for note in posting.request.notes)
    before = posting.writes()
    assert posting.post().code == 0 and posting.writes() == before

    put(posting.root, "src/c.py", "print(9)\n")
    posting.push()
    pushed = posting.post()
    assert pushed.code == 1 and "had not been reviewed yet" in pushed.out


_EARLIER = 1_700_000_000.0
_LATER = 4_000_000_000.0
_AFTERWARDS = _LATER + 1


def test_unknown_permissions_do_not_count(posting: Posting) -> None:
    posting.post()
    posting.forge.repository(PATH).tells_roles = False
    posting.say("mara", "won't fix: the vendor prints", thread=0)
    refused = posting.post()
    assert refused.code == 1 and "is not allowed to read the account's permission: list the account in" in refused.out
    posting.say("Nia", "won't fix: the vendor prints", thread=0)
    assert posting.post().code == 0


def test_a_status_of_another_request_or_account_does_not_make_a_comment_count(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with running("gitlab", tmp_path / "forge") as forge:
        posting = _maintained(Posting(forge, root, "GITLAB_CI"))
        posting.post()
        head = git(root, "rev-parse", "HEAD").strip()
        first = forge.repository(PATH).statuses[head][0]
        first.description = first.description.replace("request 1:", "request 2:")
        posting.say("mara", "break glass: now")
        assert "had not been reviewed yet" in posting.post().out
        statuses = forge.repository(PATH).statuses[head]
        assert statuses[-1].description.startswith("request 1:")
        statuses[-1].author = forge.user("stranger")
        assert "had not been reviewed yet" in posting.post().out


def test_answers_are_asked_for_by_rule_where_a_line_has_several_findings(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING), rule(2, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with running("gitea", tmp_path / "forge") as forge:
        posting = _maintained(Posting(forge, root, "GITEA_ACTIONS"))
        posting.post()
        posting.say("mara", "won't fix: which one?", thread=1)
        assert "this line has several findings: write `won't fix SVC-1: REASON`" in posting.post().out
        posting.say("mara", "won't fix SVC-2: the vendor prints", thread=1)
        done = posting.post()
        assert done.code == 1 and "won't fix: SVC-2 (src/b.py:1), says mara" in done.out
        assert "1 finding (1 blocking), 1 won't fix" in done.out


@pytest.mark.slow
def test_what_was_not_read_is_not_approved_by_wont_fix(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    put(root, "src/long.py", "x = 1\n" * 900_000)
    with running("gitlab", tmp_path / "forge") as forge:
        posting = _maintained(Posting(forge, root, "GITLAB_CI"))
        posting.post()
        posting.say("mara", "won't fix: the vendor prints", thread=0)
        done = posting.post()
        assert done.code == 1 and "inconclusive: " in done.out


def test_a_change_cannot_name_its_own_maintainers(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, ".engineering-codex.yaml", "review: {maintainers: [mallory]}\n")
    (found,) = reviewed(root)["findings"]
    assert found["found"] == "more accounts may answer reviews: mallory"


def test_answers_are_part_of_the_json(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with running("github", tmp_path / "forge") as forge:
        posting = _maintained(Posting(forge, root, "GITHUB_ACTIONS"))
        posting.post()
        posting.say("mara", "won't fix: the vendor prints", thread=0)
        address = f"{forge.url}/{PATH}/pull/1"
        done = review(root, "--format", "json", "--post", address, "--token-env", "T", "--output", str(tmp_path / "r"))
        assert done.code == 2
        done = codexc(
            *("review", str(root), "--base", "main", "--format", "json", "--post", address, "--token-env", "T"),
            T=forge.token,
            GITHUB_ACTIONS="true",
        )
        data = json.loads(done.out)
        (answer,) = data["answers"]
        assert (answer["id"], answer["by"], answer["counts"]) == ("SVC-1", "mara", True)
        assert (data["decision"], data["findings"]) == ("approve", [])


def test_an_answer_counts_only_as_long_as_its_author_may_maintain_the_repository(posting: Posting) -> None:
    assert posting.post().code == 1
    posting.say("mara", "won't fix: the vendor prints", thread=0)
    assert posting.post().code == 0
    posting.forge.repository(PATH).maintainers.discard("mara")
    again = posting.post()
    assert again.code == 1 and "`mara` does not count: the account needs maintain permission" in again.out
    assert "1 reopened" in again.err


def test_many_answers_of_others_do_not_push_out_that_of_a_listed_account(posting: Posting) -> None:
    posting.forge.world.clock = lambda: _LATER
    assert posting.post().code == 1
    posting.forge.world.clock = lambda: _AFTERWARDS
    for number in range(510):
        posting.say(f"stranger-{number % 60}", "break glass: I say so")
        posting.say(f"stranger-{number % 60}", "won't fix: I say so", thread=0)
    posting.say("nia", "break glass: production is down")
    done = posting.post()
    assert done.code == 0 and "overridden" in done.out, done.out
