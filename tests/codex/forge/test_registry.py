"""Each kind of forge has what a forge needs outside its own row."""

import pytest

from codex.forge.registry import KINDS, make_forge
from codex.http.hosts import HOST_KINDS, Hosts, api_kind, pipeline_kind
from skills_build.model.fleet import ForgeSettings
from tests.codex.forge.test_costs import LIVES
from tests.support.contract import ROWS
from tests.support.data import ROOT

NETWORKED = sorted(set(KINDS) - {"local"})
PAGE = (ROOT / "docs" / "sync.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("\n### Forges\n")[2].partition("\n| --- |")[2].partition("\n\n")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_forge_is_tested_and_documented(kind: str) -> None:
    assert kind in {row.name for row in ROWS}, f"add a row for `{kind}` to ROWS in tests/support/contract.py"
    assert f"`{kind}`" in TABLE, f"add `{kind}` to the table below `### Forges` in docs/sync.md"


@pytest.mark.parametrize("kind", NETWORKED)
def test_a_host_is_known_documented_and_measured(kind: str) -> None:
    assert kind in HOST_KINDS, f"add `{kind}` to HOST_KINDS in codex/http/hosts.py"
    for variable in HOST_KINDS[kind].variables:
        assert f"`{variable}`" in TABLE, f"add `{variable}` to the table below `### Forges` in docs/sync.md"
    assert kind in LIVES, f"add the requests of `{kind}` to LIVES in tests/codex/forge/test_costs.py"


@pytest.mark.parametrize("kind", NETWORKED)
def test_only_hosts_with_the_api_of_gitea_request_reviews_from_code_owners_themselves(kind: str) -> None:
    settings = ForgeSettings(kind=kind, url="https://git.example.com")
    assert make_forge(settings, Hosts(root=ROOT)).requests_owners is (api_kind(kind) == "gitea")


def test_kinds_of_one_api_are_not_told_apart() -> None:
    kinds = ("gitlab", "github", "gitea", "forgejo", "bitbucket", "local", "")
    assert [api_kind(kind) for kind in kinds] == ["gitlab", "github", "gitea", "gitea", "bitbucket", "local", ""]


def test_a_pipeline_of_gitea_or_forgejo_is_not_taken_for_one_of_github() -> None:
    github = {"GITHUB_ACTIONS": "true"}
    assert pipeline_kind(github) == "github"
    assert pipeline_kind({**github, "GITEA_ACTIONS": "true"}) == "gitea"
    assert pipeline_kind({**github, "GITEA_ACTIONS": "true", "FORGEJO_ACTIONS": "true"}) == "forgejo"
    assert pipeline_kind({"CI": "true"}) is None
