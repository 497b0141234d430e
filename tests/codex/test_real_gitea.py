"""The whole program against a real Gitea: its catalog, a first sync, a second one, people at work, and the end."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import BRANCH, REAL_GITEA
from tests.support.fleet import PYTHON
from tests.support.goals import released, run_git
from tests.support.running import Run, codexc

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not REAL_GITEA, reason="`gitea` is not on the PATH, nor named by CODEX_GITEA"),
]


def _in_fleet(codex: Path, url: str) -> None:
    """Name the fleet in codex.yaml."""
    with (codex / "standards" / "codex.yaml").open("a", encoding="utf-8") as file:
        file.write(f"catalog: {{kind: gitea, url: '{url}', group: fleet}}\nforge: {{kind: gitea, url: '{url}'}}\n")
    run_git(codex, "commit", "--quiet", "--all", "--message", "Name the fleet")


def test_what_people_decide_with_the_log_of_the_server_as_witness(tmp_path: Path) -> None:
    from tests.support.real_gitea import BOT, begin

    codex = released(tmp_path).codex
    with begin(tmp_path) as stage:
        for name in ("declined", "off", "takeover", "reverted", "reworded", "archived"):
            stage.add(f"fleet/{name}", dict(PYTHON))
        stage.restrict("fleet/off", requests_off=True)
        _in_fleet(codex, stage.server.url)

        def apply() -> tuple[dict[str, str], list[str]]:
            """The outcomes of a run, and what it wrote by the log."""
            before = len(stage.server.writes())
            words = ("sync", "apply", "--format", "jsonl")
            run = codexc(*words, cwd=codex, GITEA_TOKEN=stage.server.tokens[BOT], XDG_CACHE_HOME=str(tmp_path / "c"))
            rows: list[Any] = [json.loads(line) for line in run.out.splitlines()]
            written = [line for line in stage.server.writes()[before:] if "git-upload-pack" not in line]
            return {row["repository"].removeprefix("fleet/"): row["outcome"] for row in rows}, written

        opened, written = apply()
        assert opened.pop("off") == "skipped"
        assert set(opened.values()) == {"opened"}
        assert not [line for line in written if "/fleet/off" in line]
        base = run_git(stage.git("fleet/reverted"), "rev-parse", "main").strip()
        stage.close("fleet/declined", 1)
        stage.drop_branch("fleet/declined")
        stage.commit("fleet/takeover", {"src/b.py": "x = 1\n"}, BRANCH)
        stage.label("fleet/takeover", 1, "codex-takeover")
        stage.merge("fleet/reverted", 1)
        stage.drop_branch("fleet/reverted")
        run_git(stage.git("fleet/reverted"), "update-ref", "refs/heads/main", base)
        stage.describe("fleet/reworded", 1, f"Above.\n\n{stage.requests('fleet/reworded')[0].body}")
        stage.restrict("fleet/archived", archived=True)
        decided = {"declined": "declined", "reverted": "declined", "reworded": "open", "off": "skipped"}
        decided["takeover"] = "updated"  # the catalog leaves out what is archived
        assert apply()[0] == decided
        theirs = stage.commit("fleet/takeover", {"src/c.py": "y = 2\n"}, BRANCH)
        decided["takeover"] = "human-edited"
        outcomes, written = apply()
        assert (outcomes, [line.split()[1] for line in written]) == (
            decided,
            ["/api/v1/repos/fleet/takeover/issues/1/comments"],
        )
        assert apply() == (decided, [])
        assert stage.tip("fleet/takeover") == theirs


def test_a_fleet_on_a_real_gitea(tmp_path: Path) -> None:
    from tests.support.real_gitea import BOT, begin

    codex = released(tmp_path).codex
    with begin(tmp_path) as stage:
        url = stage.server.url
        for name in ("one", "two", "three"):
            stage.add(f"fleet/{name}", dict(PYTHON))
        stage.add("fleet/out", {**PYTHON, ".engineering-codex.yaml": "opt_out: {reason: it is old}\n"})
        stage.add("fleet/empty", {})
        _in_fleet(codex, url)

        def run(*words: str) -> Run:
            done = codexc(*words, cwd=codex, GITEA_TOKEN=stage.server.tokens[BOT], XDG_CACHE_HOME=str(tmp_path / "c"))
            assert stage.server.tokens[BOT] not in done.out + done.err
            return done

        def outcomes(*words: str) -> dict[str, str]:
            rows: list[Any] = [json.loads(line) for line in run("sync", *words, "--format", "jsonl").out.splitlines()]
            return {row["repository"]: row["outcome"] for row in rows}

        assert "Gitea" in run("sync", "doctor").out
        resting = {"fleet/out": "opted-out", "fleet/empty": "skipped"}
        assert outcomes("apply") == {**resting, "fleet/one": "opened", "fleet/two": "opened", "fleet/three": "opened"}
        assert outcomes("apply") == {**resting, "fleet/one": "open", "fleet/two": "open", "fleet/three": "open"}
        theirs = stage.commit("fleet/one", {"src/b.py": "x = 1\n"}, BRANCH)
        stage.close("fleet/two", 1)
        stage.merge("fleet/three", 1)
        said = {"fleet/one": "human-edited", "fleet/two": "declined", "fleet/three": "merged"}
        assert outcomes("apply") == {**resting, **said}
        assert run("sync", "close", "--reason", "we stop").code == 0
        assert stage.tip("fleet/one") == theirs


def _without_write_access(stage: Any, bot: str, names: tuple[str, ...]) -> None:
    """Repositories that the token may only read. One name is taken, and one fork is behind already."""
    for name in names:
        stage.add(f"fleet/{name}", dict(PYTHON))
        stage.restrict(f"fleet/{name}", read_only=True)
    stage.server.ask("POST", "user/repos", {"name": "taken"}, of=bot)
    stage.server.ask("POST", "repos/fleet/behind/forks", {}, of=bot)
    stage.commit("fleet/behind", {"src/b.py": "x = 1\n"})


def _pull(stage: Any, name: str, number: int = 1) -> Any:
    return stage.server.ask("GET", f"repos/fleet/{name}/pulls/{number}")


def _are_opened_from_forks(stage: Any, bot: str, names: Iterable[str]) -> None:
    """Each has a request from the fork of the token's account, and nothing was pushed to the repository itself."""
    for name in names:
        row = _pull(stage, name)
        assert (row["user"]["login"], row["head"]["repo"]["full_name"]) == (bot, f"{bot}/{name}")
        assert (row["head"]["ref"], row["base"]["ref"], row["state"]) == (BRANCH, "main", "open")
        assert stage.tip(f"fleet/{name}") is None
    parent = run_git(stage.git(f"{bot}/behind"), "rev-parse", f"{BRANCH}^").strip()
    assert parent == stage.tip("fleet/behind", "main") != stage.tip(f"{bot}/behind", "main")


def test_repositories_without_write_access_are_served_from_forks(tmp_path: Path) -> None:
    """The server's API is the witness: who opened what from where, and that only the fork was pushed to."""
    from tests.support.real_gitea import BOT, begin

    codex = released(tmp_path).codex
    with begin(tmp_path) as stage:
        _without_write_access(stage, BOT, ("new", "behind", "touched", "declined", "taken", "gone"))
        _in_fleet(codex, stage.server.url)
        token, cache = stage.server.tokens[BOT], str(tmp_path / "c")
        reasons: dict[str, str] = {}

        def run(command: str) -> tuple[dict[str, str], list[str]]:
            before = len(stage.server.writes())
            words = ("sync", command, "--fork", "when-needed", "--format", "jsonl")
            done = codexc(*words, cwd=codex, GITEA_TOKEN=token, XDG_CACHE_HOME=cache)
            rows: list[Any] = [json.loads(line) for line in done.out.splitlines()]
            reasons.update({row["repository"].removeprefix("fleet/"): row["reason"] for row in rows})
            written = [line for line in stage.server.writes()[before:] if "git-upload-pack" not in line]
            return {row["repository"].removeprefix("fleet/"): row["outcome"] for row in rows}, written

        opened = {"new": "opened", "behind": "opened", "touched": "opened", "declined": "opened", "gone": "opened"}
        try:
            assert run("plan") == ({**opened, "taken": "failed"}, [])
            assert "from the fork `codex-bot/new`" in reasons["new"]
            assert run("apply")[0] == {**opened, "taken": "failed"}
            assert "`codex-bot/taken` is not a fork, but a fork of `fleet/taken` is needed" in reasons["taken"]
            _are_opened_from_forks(stage, BOT, opened)
            waiting = {**dict.fromkeys(opened, "open"), "taken": "failed"}
            assert run("apply") == (waiting, [])
            theirs = stage.commit(f"{BOT}/touched", {"src/b.py": "x = 1\n"}, BRANCH)
            stage.close("fleet/declined", 1)
            stage.server.ask("DELETE", f"repos/{BOT}/gone", of=BOT)
            decided = {**waiting, "touched": "human-edited", "declined": "declined", "gone": "declined"}
            assert run("apply")[0] == decided
            assert run("apply") == (decided, [])
            assert stage.tip(f"{BOT}/touched") == theirs
            stage.merge("fleet/new", 1)
            outcomes, written = run("apply")
            assert outcomes == {**decided, "new": "merged"}
            assert written[-1:] == [f"POST /{BOT}/new.git/git-receive-pack 200"]
            assert (stage.tip(f"{BOT}/new"), stage.tip(f"{BOT}/new", "main") is None) == (None, False)
            stage.label("fleet/gone", 1, "codex-retry")
            assert run("apply")[0] == {**decided, "new": "in-sync", "gone": "opened"}
            assert _pull(stage, "gone", 2)["head"]["repo"]["full_name"] == f"{BOT}/gone"
        finally:
            for row in stage.server.ask("GET", f"users/{BOT}/repos"):
                stage.server.ask("DELETE", f"repos/{row['full_name']}", of=BOT)
