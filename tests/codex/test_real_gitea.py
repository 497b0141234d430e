"""The whole program against a real Gitea: its catalog, a first sync, a second one, people at work, and the end."""

import json
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
