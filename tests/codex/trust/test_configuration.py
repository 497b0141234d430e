"""The schemas of trust agree, and trust that cannot be read is never left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex.workflow.trust import gather_trust
from skills_build.errors import CodexError
from tests.support.data import ROOT


def test_the_three_schemas_of_trust_agree() -> None:
    def schema(name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((ROOT / "validators" / "schemas" / f"{name}.schema.json").read_bytes())
        return document

    machine, codex, repository = (schema(name) for name in ("trust", "codex", "repository"))
    whole = codex["$defs"]["TrustSettings"]["properties"]
    assert machine["properties"] == whole
    inline = json.loads(json.dumps(whole))
    for file in ("allowed_signers", "revoked_keys"):
        del inline["namespaces"]["additionalProperties"]["properties"][file]
    assert repository["$defs"]["RepositoryTrust"]["properties"] == inline


@pytest.mark.parametrize(
    "others",
    [
        "catalog: {kind: gitlab, group: acme, token_env: TOKEN}",
        "forge: {kind: nowhere}",
        "title: Acme",
    ],
)
def test_the_trust_of_a_codex_counts_whatever_else_the_file_says(tmp_path: Path, others: str) -> None:
    (tmp_path / "codex.yaml").write_text(f"namespace: acme\n{others}\ntrust: {{required: true}}\n")
    assert [source.required for source in gather_trust(root=tmp_path).sources] == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("namespace: acme\ntrust: {required: perhaps}", r"codex.yaml:2: `trust.required`"),
        ("namespace: acme\ntrust: {requird: true}", r"codex.yaml:2: unknown key `requird`"),
        ("title: [", r"codex.yaml:"),
        ("- a", r"codex.yaml:1:"),
        ("", r"codex.yaml:1: the file is empty"),
    ],
)
def test_trust_that_cannot_be_read_is_never_left_out(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "codex.yaml").write_text(f"{text}\n")
    with pytest.raises(CodexError, match=message):
        gather_trust(root=tmp_path)
