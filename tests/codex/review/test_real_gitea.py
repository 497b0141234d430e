"""Reviews on a real Gitea, with its own API as witness: posted, posted again, answered, fixed, closed."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import REAL_GITEA
from tests.support.reviewing import BLOCKING, git, put, repository, rule
from tests.support.running import Run, codexc

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not REAL_GITEA, reason="`gitea` is not on the PATH, nor named by CODEX_GITEA"),
]
PATH = "reviewed/ledger"


class Reviewed:
    """A clone with a branch, and its pull request on the server."""

    def __init__(self, stage: Any, root: Path) -> None:
        from tests.support.real_gitea import BOT, PERSON, until

        self.stage, self.root, self.bot, self.owner = stage, root, BOT, PERSON
        stage.add(PATH, {})
        git(root, "remote", "add", "origin", f"{stage.server.url}{PATH}.git".replace("://", self._door("://")))
        git(root, "push", "-q", "origin", "main", "work")
        names = {"main", "work"}
        until(lambda: names <= {one["name"] for one in self.ask("GET", "branches") or ()})
        sent = {"title": "Work", "head": "work", "base": "main"}
        self.number = self.ask("POST", "pulls", sent)["number"]

    def _door(self, start: str) -> str:
        return f"{start}{self.owner}:{self.stage.server.tokens[self.owner]}@"

    def ask(self, method: str, place: str, sent: object = None, *, of: str = "dev") -> Any:
        return self.stage.server.ask(method, f"repos/{PATH}/{place}", sent, of=of)

    def push(self, path: str, text: str) -> None:
        put(self.root, path, text)
        git(self.root, "push", "-q", "origin", "work")

    def post(self, *arguments: str, root: Path | None = None) -> Run:
        address = f"{self.stage.server.url}{PATH}/pulls/{self.number}"
        where = ("--post", address, "--token-env", "REVIEW_TOKEN")
        environment: dict[str, Any] = {"GITEA_ACTIONS": "true", "REVIEW_TOKEN": self.stage.server.tokens[self.bot]}
        return codexc("review", str(root or self.root), "--base", "main", *where, *arguments, **environment)

    def threads(self) -> list[Any]:
        reviews = self.ask("GET", f"pulls/{self.number}/reviews")
        rows = [row for one in reviews for row in self.ask("GET", f"pulls/{self.number}/reviews/{one['id']}/comments")]
        return sorted((row for row in rows if "codex:finding" in row["body"]), key=lambda row: row["id"])

    def reply(self, thread: Any, body: str, *, of: str) -> int:
        """Comment on the line of a thread; returns the id of the comment."""
        comment = {"path": thread["path"], "new_position": thread["position"], "old_position": 0, "body": body}
        sent = {"event": "COMMENT", "body": "", "comments": [comment]}
        review = self.ask("POST", f"pulls/{self.number}/reviews", sent, of=of)
        (row,) = self.ask("GET", f"pulls/{self.number}/reviews/{review['id']}/comments", of=of)
        return int(row["id"])

    def notes(self) -> list[str]:
        return [row["body"] for row in self.ask("GET", f"issues/{self.number}/comments")]

    def status(self) -> tuple[str, str]:
        head = git(self.root, "rev-parse", "HEAD").strip()
        rows = self.ask("GET", f"commits/{head}/statuses?sort=recentupdate")
        return rows[0]["status"], rows[0]["description"]

    def writes(self) -> list[str]:
        return [line for line in self.stage.server.writes() if "git-" not in line]


def test_a_review_is_posted_answered_fixed_and_closed(tmp_path: Path) -> None:
    from tests.support.real_gitea import begin

    root = repository(tmp_path, [rule(1, BLOCKING)], yaml="review: {maintainers: [ada]}\n")
    put(root, "src/b.py", "x = 1\nprint(x)\n")
    with begin(tmp_path) as stage:
        change = Reviewed(stage, root)
        _as_collaborators(stage, (change.bot, "ada", "bob"))
        for name in ("ada", "bob", change.bot):  # all may write, and none of them administers the repository
            stage.server.ask("PUT", f"repos/{PATH}/collaborators/{name}", {"permission": "write"})

        first = change.post()
        assert first.code == 1 and "1 thread opened" in first.err, first.err + first.out
        (thread,) = change.threads()
        assert (thread["path"], thread["position"], thread["user"]["login"]) == ("src/b.py", 2, change.bot)
        assert change.status()[0] == "failure"
        before = change.writes()
        assert "0 threads opened, 0 closed, 0 reopened; status unchanged" in change.post().err
        assert change.writes() == before

        change.reply(thread, "won't fix: I say so", of="bob")
        refused = change.post()
        assert refused.code == 1 and "`bob` does not count: the token is not allowed to read" in refused.out
        edited = change.reply(thread, "please fix", of="ada")
        _wait()
        change.ask("PATCH", f"issues/comments/{edited}", {"body": "won't fix: edited by dev"}, of="dev")
        assert "`ada` does not count: the comment was edited" in change.post().out
        answer = change.reply(thread, "won't fix: the vendor prints", of="ada")
        declined = change.post()
        assert declined.code == 0 and "won't fix: SVC-1 (src/b.py:2), says ada: the vendor prints" in declined.out
        assert "Won't fix `SVC-1`, says `ada`" in change.threads()[0]["body"]
        assert change.status() == ("success", "request 1: nothing found: 0 findings, 0 blocking, 1 won't fix")
        before = change.writes()
        assert change.post().code == 0 and change.writes() == before
        change.ask("DELETE", f"issues/comments/{answer}", of="ada")
        assert "1 reopened" in change.post().err

        _glass(change)
        change.push("src/b.py", "x = 1\nlog(x)\n")
        fixed = change.post()
        assert fixed.code == 0 and "2 closed" in fixed.err
        assert "Fixed in" in change.threads()[0]["body"]
        assert change.status()[0] == "success"
        assert sum("codex:review" in note for note in change.notes()) == 1


def _glass(change: Reviewed) -> None:
    """Break the glass: a stranger, then an owner; it does not last for the next commit."""
    change.push("src/c.py", "print(3)\n")
    early = {"body": "break glass: before the review"}
    change.ask("POST", f"issues/{change.number}/comments", early, of="ada")
    assert "had not been reviewed yet" in change.post().out
    _wait()
    change.ask("POST", f"issues/{change.number}/comments", {"body": "break glass: I am in a hurry"}, of="bob")
    assert change.post().code == 1
    change.ask("POST", f"issues/{change.number}/comments", {"body": "break glass: production is down"}, of="ada")
    passed = change.post()
    assert passed.code == 0 and "overridden" in passed.out, passed.out
    assert change.status()[0] == "success" and "(ada)" in change.status()[1]
    change.push("src/c.py", "print(4)\n")
    assert "had not been reviewed yet" in change.post().out
    change.push("src/c.py", "log(4)\n")


def test_an_administrator_of_the_repository_is_asked_about(tmp_path: Path) -> None:
    from tests.support.real_gitea import begin

    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with begin(tmp_path) as stage:
        change = Reviewed(stage, root)
        _as_collaborators(stage, (change.bot, "ada", "bob"))
        for name, permission in ((change.bot, "admin"), ("ada", "admin"), ("bob", "write")):
            stage.server.ask("PUT", f"repos/{PATH}/collaborators/{name}", {"permission": permission})
        change.post()
        (thread,) = change.threads()
        change.reply(thread, "won't fix: I may push", of="bob")
        refused = change.post()
        assert refused.code == 1 and "`bob` does not count: the account needs maintain permission" in refused.out
        change.reply(thread, "won't fix: the vendor prints", of="ada")
        assert change.post().code == 0


def test_a_change_of_a_stranger_is_read_from_the_server_and_posted(tmp_path: Path) -> None:
    from tests.support.real_gitea import begin, until

    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    with begin(tmp_path) as stage:
        change = Reviewed(stage, root)
        change.ask("PATCH", "pulls/1", {"state": "closed"})
        _as_collaborators(stage, ("bob",))
        change.ask("POST", "forks", {}, of="bob")
        try:
            door = f"://bob:{stage.server.tokens['bob']}@"
            git(root, "checkout", "-qb", "strange")
            put(root, "src/c.py", "x = 1\nprint(2)\n")
            git(root, "push", "-q", f"{stage.server.url}bob/ledger.git".replace("://", door), "strange")
            sent = {"title": "Strange", "head": "bob:strange", "base": "main"}
            until(lambda: "strange" in _branches(stage, "bob/ledger"))
            change.number = change.ask("POST", "pulls", sent, of="bob")["number"]
            base = tmp_path / "base"
            git(tmp_path, "clone", "-q", "-b", "main", str(root), str(base))
            done = change.post("--no-checkout", root=base)
            assert done.code == 1 and "2 threads opened" in done.err, done.err + done.out
            assert [(row["path"], row["position"]) for row in change.threads()] == [("src/b.py", 1), ("src/c.py", 2)]
            assert change.status()[0] == "failure"
        finally:
            stage.server.ask("DELETE", "repos/bob/ledger")


def test_a_thread_stays_without_the_linter_and_a_closed_request_is_left_alone(tmp_path: Path) -> None:
    from tests.support.real_gitea import begin

    labels = "**Applies to:** languages: python\n\n"
    root = repository(tmp_path, [rule(1, "linter: ruff\nrules: [F401]", labels=labels)])
    put(root, "src/b.py", "x = 1\nimport os\n")
    ruff = tmp_path / "ruff.json"
    ruff.write_text('[{"code": "F401", "filename": "src/b.py", "location": {"row": 2, "column": 1}, "message": "m"}]')
    with begin(tmp_path) as stage:
        change = Reviewed(stage, root)
        assert "1 thread opened" in change.post("--results", f"ruff:{ruff}").err
        (thread,) = change.threads()
        assert "0 closed" in change.post().err and change.threads()[0]["body"] == thread["body"]
        ruff.write_text("[]")
        change.ask("PATCH", f"pulls/{change.number}", {"state": "closed"})
        before = change.writes()
        assert "nothing was posted" in change.post("--results", f"ruff:{ruff}").err and change.writes() == before
        change.ask("PATCH", f"pulls/{change.number}", {"state": "open"})
        assert "1 closed" in change.post("--results", f"ruff:{ruff}").err
        assert "Fixed in" in change.threads()[0]["body"]


def _branches(stage: Any, path: str) -> set[str]:
    return {one["name"] for one in stage.server.ask("GET", f"repos/{path}/branches") or ()}


def _as_collaborators(stage: Any, names: tuple[str, ...]) -> None:
    """Take people out of the team that owns everything; the stage takes them back at its end."""
    team = stage.server.ask("GET", "orgs/reviewed/teams")[0]["id"]
    for name in names:
        stage.server.ask("DELETE", f"teams/{team}/members/{name}")
        stage.readers.append((team, name))


def _wait() -> None:
    """Let a second pass: the server's times are in seconds."""
    import time

    time.sleep(1.1)
