"""Reviews on merge requests of each forge: posted once, edited in place, closed when fixed; nothing of others changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.forges import Forge, faults, running
from tests.support.forges.state import MergeRequest, Note
from tests.support.reviewing import BLOCKING, PRINT, git, put, repository, rule
from tests.support.running import Run, codexc

FORGES = [
    ("gitlab", "GITLAB_CI"),
    ("github", "GITHUB_ACTIONS"),
    ("gitea", "GITEA_ACTIONS"),
    ("forgejo", "FORGEJO_ACTIONS"),
]
PATH = "acme/ledger"


class Posting:
    """A clone with a branch, a merge request of it on a fake forge, and reviews of it."""

    def __init__(self, forge: Forge, root: Path, variable: str) -> None:
        self.forge = forge
        self.root = root
        self._variable = variable
        files = {p: (root / p).read_bytes() for p in git(root, "ls-tree", "-r", "--name-only", "main").split()}
        forge.add_repository(PATH, files=files)
        git(root, "remote", "add", "origin", forge.clone_url(PATH))
        git(root, "push", "-qf", "origin", "main", "work")
        self.number = forge.open_request(PATH, "work", "main", title="Work", description="")

    @property
    def request(self) -> MergeRequest:
        return self.forge.merge_request(PATH, self.number)

    def push(self) -> None:
        git(self.root, "push", "-qf", "origin", "work")

    def post(self, *arguments: str, base: str = "main", **more: Any) -> Run:
        page = {"gitlab": "-/merge_requests", "github": "pull"}.get(self.forge.flavour.kind, "pulls")
        address = f"{self.forge.url}/{PATH}/{page}/{self.number}"
        environment: dict[str, Any] = {self._variable: "true", "REVIEW_TOKEN": self.forge.token}
        where = ("--post", address, "--token-env", "REVIEW_TOKEN")
        return codexc("review", str(self.root), "--base", base, *where, *arguments, **environment, **more)

    def writes(self) -> int:
        return sum(entry.writes for entry in self.forge.log)

    def say(self, name: str, body: str, *, thread: int | None = None, edited: bool = False) -> Note:
        """Somebody writes a reply in a thread, or a comment on the merge request."""
        world = self.forge.world
        note = Note(world.next_id(), self.forge.user(name), body, world.clock(), world.clock() + 60 * edited)
        (self.request.notes if thread is None else self.request.threads[thread].replies).append(note)
        return note

    def status(self) -> tuple[str, str]:
        """The newest status of the head, and its description."""
        head = git(self.root, "rev-parse", "HEAD").strip()
        newest = self.forge.repository(PATH).statuses[head][-1]
        return ("success" if newest.state == "success" else "failure"), newest.description

    def statuses(self) -> list[tuple[str, str]]:
        head = git(self.root, "rev-parse", "HEAD").strip()
        return [(one.name, one.state) for one in self.forge.repository(PATH).statuses.get(head, [])]


@pytest.fixture(params=FORGES, ids=[name for name, _ in FORGES])
def posting(request: Any, tmp_path: Path) -> Iterator[Posting]:
    kind, variable = request.param
    root = repository(tmp_path, [rule(1, BLOCKING), rule(2, PRINT)])
    put(root, "src/b.py", "x = 1\nprint(x)\n")
    with running(kind, tmp_path / "forge") as forge:
        yield Posting(forge, root, variable)


WAIVERS = "waivers:\n" + "".join(
    f"- {{rule: SVC-{number}, reason: r, owner: '@a', expires: 2099-01-01}}\n" for number in (1, 2)
)


def test_a_merge_request_into_another_branch_does_not_change_the_status_that_the_default_branch_needs(
    posting: Posting,
) -> None:
    assert posting.post().code == 1
    git(posting.root, "checkout", "-qb", "loose", "main")
    put(posting.root, ".engineering-codex.yaml", WAIVERS, "chore: weaken")
    git(posting.root, "push", "-qf", "origin", "loose")
    git(posting.root, "checkout", "-q", "work")
    first = posting.number
    wrong = posting.post(base="loose")
    assert wrong.code == 2 and "the base is `loose`, but the target branch of the merge request is `main`" in wrong.err
    posting.number = posting.forge.open_request(PATH, "work", "loose", title="Work", description="")
    assert posting.post(base="loose").code == 0
    failed = "failed" if posting.forge.flavour.kind == "gitlab" else "failure"
    assert posting.statuses() == [("codex/review", failed), ("codex/review: loose", "success")]
    posting.number = first
    assert "status unchanged" in posting.post().err


def test_a_review_is_posted_once_edited_and_closed(posting: Posting) -> None:
    first = posting.post()
    assert first.code == 1 and "posted: 2 threads opened, 0 closed, 0 reopened; status set" in first.err, first.err
    threads = posting.request.threads
    assert [(one.path, one.line) for one in threads] == [("src/b.py", 2), ("src/b.py", 2)]
    assert len(posting.request.notes) == 1 and "approval withheld" in posting.request.notes[0].body
    failed = "failed" if posting.forge.flavour.kind == "gitlab" else "failure"
    assert posting.statuses() == [("codex/review", failed)]

    before = len(posting.forge.log)
    assert "0 threads opened, 0 closed, 0 reopened; status unchanged" in posting.post().err
    assert [entry.request.path for entry in posting.forge.log[before:] if entry.writes] == []

    put(posting.root, "src/b.py", "x = 1\nlog(x)\n")
    posting.push()
    fixed = posting.post()
    assert fixed.code == 0 and "2 closed" in fixed.err
    assert all("Fixed in" in one.note.body for one in posting.request.threads)
    if posting.forge.flavour.kind == "gitlab":
        assert all(one.resolved for one in posting.request.threads)
    assert len(posting.request.notes) == 1 and "nothing found" in posting.request.notes[0].body
    assert posting.statuses() == [("codex/review", "success")]

    put(posting.root, "src/b.py", "x = 1\n\nprint(x)\n")
    posting.push()
    again = posting.post()
    assert again.code == 1 and "0 threads opened, 0 closed, 2 reopened" in again.err
    assert len(posting.request.threads) == 2 and not any(one.resolved for one in posting.request.threads)


def test_at_most_five_threads_are_open(posting: Posting) -> None:
    put(posting.root, "src/b.py", "".join(f"print({n})\n" for n in range(9)))
    posting.push()
    assert "5 threads opened" in posting.post().err
    assert len(posting.request.threads) == 5
    assert posting.request.notes[0].body.count("`SVC-1`") == 9


def test_threads_and_markers_of_others_are_ignored(posting: Posting) -> None:
    posting.post()
    for thread in posting.request.threads:
        thread.note.author = posting.forge.human
    bodies = [thread.note.body for thread in posting.request.threads]
    posting.request.notes[0].author = posting.forge.human
    put(posting.root, "src/b.py", "x = 1\nlog(x)\n")
    posting.push()
    assert "0 closed" in posting.post().err
    assert [thread.note.body for thread in posting.request.threads[:2]] == bodies
    assert len(posting.request.notes) == 2


@pytest.mark.parametrize("login", ["codex[bot]", "codex"])
def test_a_person_with_the_login_of_the_app_is_not_the_app(tmp_path: Path, login: str) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with running("github", tmp_path / "forge") as forge:
        posting = Posting(forge, root, "GITHUB_ACTIONS")
        object.__setattr__(forge.world.bot, "name", login)
        posting.post()
        writes = posting.writes()
        posting.post()
        assert posting.writes() == writes
        person = forge.world.add_user("codex")
        posting.request.threads[0].note.author = posting.request.notes[0].author = person
        posting.post()
        assert [len(posting.request.threads), len(posting.request.notes)] == [2, 2]


def test_a_review_of_another_commit_is_not_posted(posting: Posting) -> None:
    put(posting.root, "src/b.py", "print(2)\n")
    writes = posting.writes()
    done = posting.post()
    assert done.code == 2 and "the merge request is at" in done.err
    assert posting.writes() == writes


def test_what_a_person_resolved_stays_resolved(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with running("gitlab", tmp_path / "forge") as forge:
        posting = Posting(forge, root, "GITLAB_CI")
        posting.post()
        posting.request.threads[0].resolved = True
        writes = posting.writes()
        assert posting.post().code == 1
        assert posting.request.threads[0].resolved and posting.writes() == writes


def test_a_thread_that_the_host_refuses_is_reported_and_the_rest_is_posted(posting: Posting) -> None:
    put(posting.root, "src/b.py", "print(1)\n")
    posting.push()
    kind = posting.forge.flavour.kind
    place = {"gitlab": "/discussions", "github": "/pulls/1/comments"}.get(kind, "/pulls/1/reviews")
    posting.forge.fail(f"POST *{place}", faults.server_error(422))
    done = posting.post()
    assert "note: no thread on src/b.py:1: " in done.err and "1 thread opened" in done.err, done.err
    assert len(posting.request.notes) == 1 and len(posting.statuses()) == 1
