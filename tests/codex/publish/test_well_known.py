"""Publishing to a site."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from codex.publish.well_known import FOLDER, WellKnownPublisher
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from tests.support.goals import (
    Bundles,
    goal,
)
from tests.support.publishing import offered, steps


def test_a_skill_of_one_file_is_offered_as_that_file(bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    manifest = json.loads(json.dumps(what.manifest))
    name = manifest["skills"][0]["name"]
    manifest["skills"][0]["files"] = {"SKILL.md": manifest["skills"][0]["files"]["SKILL.md"]}
    with goal("well-known", tmp_path) as fresh:
        what = replace(what, manifest=manifest)
        steps(what, WellKnownPublisher(path=tmp_path / "goal"))
        fresh.check(what)
        assert set(steps(what, WellKnownPublisher(path=tmp_path / "goal"))) == {"there"}
    root = tmp_path / "goal" / FOLDER
    entry = json.loads((root / "index.json").read_bytes())["skills"][0]
    page = next(artifact.data for artifact in what.tree if artifact.path == f"skills/{name}/SKILL.md")
    assert entry["type"] == "skill-md"
    assert entry["url"] == f"releases/1.0.0/{name}/SKILL.md"
    assert entry["digest"] == f"sha256:{sha256(page)}"
    assert (root / entry["url"]).read_bytes() == page


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"versions": ["x"]}', '{"versions": 1}', "{" * 9999, '{"versions": [null]}']
)
@pytest.mark.parametrize(("kind", "name"), [("well-known", f"{FOLDER}/versions.json"), ("layout", "index.json")])
def test_a_damaged_listing_is_reported(text: str, kind: str, name: str, bundles: Bundles, tmp_path: Path) -> None:
    what = offered(bundles.first)
    with goal(kind, tmp_path) as fresh:
        steps(what, fresh.open())
        (tmp_path / "goal" / name).write_text(text)
        with pytest.raises(CodexError) as caught:
            steps(what, fresh.open())
        assert caught.value.hint
        assert (tmp_path / "goal" / name).read_text() == text
