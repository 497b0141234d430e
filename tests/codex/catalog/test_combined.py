"""Several groups in one catalog, and several catalogs as one."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from codex.rollout.catalog import CatalogQuery, read_catalog
from skills_build.errors import CodexError
from skills_build.model.config import CatalogFilter, CatalogSettings
from tests.support.catalogs import SECRET, Answer, listing, on_server
from tests.support.listings import FLEET, GiteaList, GitHubList, GitLabList, Repo
from tests.support.scripted import RecordedRequest, Reply

LISTS = {"gitlab": GitLabList, "github": GitHubList, "gitea": GiteaList}


def groups(kind: str) -> Answer:
    """Serve two groups, which share no repository."""
    fleets = {name: [Repo(path=f"{name}/api"), Repo(path=f"{name}/web")] for name in ("acme", "labs")}
    servers: dict[str, Answer] = {
        name: LISTS[kind](fleet, token=SECRET, **({"group": name} if kind == "gitlab" else {"owner": name}))
        for name, fleet in fleets.items()
    }

    def answer(request: RecordedRequest, number: int) -> Reply:
        asked = "labs" if "labs" in request.path or b"labs" in request.body else "acme"
        return servers[asked](request, 0)

    return answer


@pytest.mark.parametrize("kind", LISTS)
def test_the_repositories_of_all_groups_are_listed(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    setting = on_server(stack, tmp_path, kind, groups(kind))
    both = replace(setting, settings=replace(setting.settings, groups=("labs", "acme")))
    paths = [repository.path for repository in both.result.repositories]
    assert paths == ["acme/api", "acme/web", "labs/api", "labs/web"]
    only = replace(setting, settings=replace(setting.settings, group=None, groups=("labs",)))
    assert [repository.path for repository in only.result.repositories] == ["labs/api", "labs/web"]


def test_a_mixture_of_hosts_and_files_is_one_catalog(stack: ExitStack, tmp_path: Path) -> None:
    forge = on_server(stack, tmp_path, "gitea", GiteaList(list(FLEET), token=SECRET))
    other = on_server(stack, tmp_path, "gitlab", GitLabList([Repo(path="acme/old")], token=SECRET))
    inventory = listing("inventory", [Repo(path="acme/extra"), Repo(path="acme/left")], stack, tmp_path).settings
    chosen = replace(inventory, select=CatalogFilter(names=("extra",)))
    settings = CatalogSettings(kind="combined", catalogs=(forge.settings, other.settings, chosen))
    reading = read_catalog(settings, CatalogQuery(root=tmp_path))
    paths = sorted(repository.path for repository in reading.found.repositories)
    assert paths == ["acme/attic", "acme/extra", "acme/new", "acme/old", "acme/payments"]
    assert reading.found.notes == ("1 repository excluded by a catalog's `select`: name",)
    assert "acme/attic" not in {repository.path for repository in reading.selected.repositories}


def test_the_first_catalog_that_lists_a_repository_counts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("repositories: [{url: https://git.example.com/a/b, owner: first}]\n")
    (tmp_path / "b.yaml").write_text("repositories: [{url: https://git.example.com/A/B, owner: second}]\n")
    parts = tuple(CatalogSettings(kind="inventory", path=name) for name in ("a.yaml", "b.yaml"))
    settings = CatalogSettings(kind="combined", catalogs=parts)
    [repository] = read_catalog(settings, CatalogQuery(root=tmp_path)).found.repositories
    assert (repository.id, repository.owner) == ("git.example.com/a/b", "first")


def test_a_combined_catalog_needs_parts(tmp_path: Path) -> None:
    with pytest.raises(CodexError, match=r"requires `catalog\.catalogs`"):
        read_catalog(CatalogSettings(kind="combined"), CatalogQuery(root=tmp_path))
