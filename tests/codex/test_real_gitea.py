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


def test_a_fleet_on_a_real_gitea(tmp_path: Path) -> None:
    from tests.support.real_gitea import BOT, begin

    codex = released(tmp_path).codex
    with begin(tmp_path) as stage:
        url = stage.server.url
        for name in ("one", "two", "three"):
            stage.add(f"fleet/{name}", dict(PYTHON))
        stage.add("fleet/out", {**PYTHON, ".engineering-codex.yaml": "opt_out: {reason: it is old}\n"})
        stage.add("fleet/empty", {})
        with (codex / "standards" / "codex.yaml").open("a", encoding="utf-8") as file:
            file.write(f"catalog: {{kind: gitea, url: '{url}', group: fleet}}\nforge: {{kind: gitea, url: '{url}'}}\n")
        run_git(codex, "commit", "--quiet", "--all", "--message", "Name the fleet")

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
