"""`codexc sync propose` on a real Gitea, with its own API as witness: opened once, then joined, then current."""

from pathlib import Path
from typing import Any

import pytest

from tests.codex.propose.test_propose import CODEX, EDIT, STANDARD, commit
from tests.support.contract import REAL_GITEA
from tests.support.fleet import PYTHON, git
from tests.support.running import Run, codexc

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not REAL_GITEA, reason="`gitea` is not on the PATH, nor named by CODEX_GITEA"),
]
OWN = "rules/codex"
FLEET = ("shop/payments", "shop/web")
BRANCH = "codex/propose/svc-1"


class Proposing:
    """A released codex on the server, and a fleet there that has merged it."""

    def __init__(self, stage: Any, folder: Path) -> None:
        from tests.support.real_gitea import BOT, PERSON, until

        self.stage, self.codex, self.folder = stage, folder / "codex", folder
        url, token = stage.server.url, stage.server.tokens
        self.names: dict[str, Any] = {
            "GITEA_TOKEN": token[BOT],
            "GITEA_ACTIONS": "true",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        (self.codex / "standards").mkdir(parents=True)
        fleet = f"catalog: {{kind: gitea, url: '{url}', group: shop}}\nforge: {{kind: gitea, url: '{url}'}}\n"
        (self.codex / "standards" / "codex.yaml").write_text(CODEX + fleet)
        (self.codex / "standards" / "services.md").write_text(STANDARD)
        (self.codex / ".gitignore").write_text("build/\n")
        assert codexc("build", "-q", cwd=self.codex).code == 0
        commit(self.codex, "Start", new=True)
        released = codexc("release", "--commit", "--tag", cwd=self.codex)
        assert released.code == 0, released.err
        stage.add(OWN, {})
        door = url.replace("://", f"://{PERSON}:{token[PERSON]}@")
        git(self.codex, "remote", "add", "origin", f"{door}{OWN}.git")
        git(self.codex, "push", "--quiet", "origin", "main", "--tags")
        until(lambda: not self.ask("")["empty"])
        for path in FLEET:
            stage.add(path, dict(PYTHON))
        applied = self.sync("apply", "-q")
        assert applied.code == 0, applied.err
        for path in FLEET:
            stage.merge(path, 1)

    def ask(self, place: str) -> Any:
        return self.stage.server.ask("GET", f"repos/{OWN}{place}")

    def sync(self, *words: str) -> Run:
        return codexc("sync", *words, cwd=self.codex, **self.names)

    def edit(self, path: str) -> None:
        text = self.stage.show(path, "AGENTS.md").decode()
        assert EDIT[0] in text
        self.stage.commit(path, {"AGENTS.md": text.replace(*EDIT)})

    def proposed(self) -> tuple[list[str], list[str]]:
        """What a run did, and which of its requests wrote something in the repository of the codex, by the log."""
        before = len(self.stage.server.writes())
        run = self.sync("propose", "--merge-request")
        assert run.code == 0, run.err
        assert self.names["GITEA_TOKEN"] not in run.out + run.err
        written = [line for line in self.stage.server.writes()[before:] if "git-upload-pack" not in line]
        return [line.split()[0] for line in run.out.splitlines()], written


def test_a_change_of_a_rule_is_proposed_once_for_the_fleet(tmp_path: Path) -> None:
    from tests.support.real_gitea import BOT, begin

    with begin(tmp_path) as stage:
        fleet = Proposing(stage, tmp_path)
        assert fleet.proposed() == ([], [])

        fleet.edit(FLEET[0])
        done, written = fleet.proposed()
        assert done == ["opened"] and f"POST /api/v1/repos/{OWN}/pulls 201" in written
        (request,) = fleet.ask("/pulls?state=all")
        assert (request["user"]["login"], request["head"]["ref"], request["base"]["ref"]) == (BOT, BRANCH, "main")
        (changed,) = fleet.ask(f"/pulls/{request['number']}/files")
        assert (changed["filename"], changed["additions"], changed["deletions"]) == ("standards/services.md", 1, 1)
        (head,) = fleet.ask(f"/pulls/{request['number']}/commits")
        assert "Co-authored-by: Dev <dev@example.com>" in head["commit"]["message"]
        assert fleet.proposed() == (["current"], [])

        fleet.edit(FLEET[1])
        done, written = fleet.proposed()
        assert done == ["current", "joined"]
        assert written == [f"PATCH /api/v1/repos/{OWN}/pulls/{request['number']} 201"]
        (joined,) = fleet.ask("/pulls?state=all")
        listed = [line.partition(":")[0] for line in joined["body"].splitlines() if line.startswith("- ")]
        assert listed == [f"- `{path}`" for path in FLEET]
        assert joined["head"]["sha"] == request["head"]["sha"]
        assert fleet.proposed() == (["current", "current"], [])

        stage.close(OWN, request["number"])
        assert fleet.proposed() == (["declined", "declined"], [])
        assert [one["state"] for one in fleet.ask("/pulls?state=all")] == ["closed"]
