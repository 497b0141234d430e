"""Catalogs of every kind that list a fleet, for tests."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex.catalog.model import CatalogResult
from codex.rollout.catalog import CatalogQuery as Wanting
from codex.rollout.catalog import CatalogReading, read_catalog
from skills_build.model.config import CatalogSettings, TokenSource
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.listings import (
    BackstageList,
    GiteaList,
    GitHubList,
    GitLabList,
    Repo,
    component,
    inventory_text,
    repositories_on_disk,
)
from tests.support.scripted import RecordedRequest, Reply, Scripted, scripted

SECRET = "tok-verysecret-123"
Answer = Callable[[RecordedRequest, int], Reply]


@dataclass
class Setting:
    """A catalog that lists a fleet."""

    settings: CatalogSettings
    root: Path
    server: Scripted | None = None

    def read(self) -> CatalogReading:
        """Read the catalog."""
        return read_catalog(self.settings, Wanting(root=self.root, clock=FakeClock()))

    @property
    def result(self) -> CatalogResult:
        """The result of reading the catalog."""
        return self.read().found


def on_server(stack: ExitStack, root: Path, kind: str, answer: Answer, *, group: str | None = "acme") -> Setting:
    """Serve a catalog until the stack is closed."""
    server = stack.enter_context(scripted(answer))
    settings = CatalogSettings(kind=kind, url=server.url, group=group, token=TokenSource(env="FLEET_TOKEN"))
    return Setting(settings, root, server)


def backstage_of(fleet: list[Repo]) -> list[dict[str, Any]]:
    """Return the components of a fleet."""
    slug = "gitlab.com/project-slug"
    return [component(repo.path.rpartition("/")[2], annotations={slug: repo.path}) for repo in fleet]


SERVERS: dict[str, Callable[[list[Repo], str | None], Answer]] = {
    "gitlab": lambda fleet, token: GitLabList(fleet, token=token),
    "github": lambda fleet, token: GitHubList(fleet, token=token),
    "gitea": lambda fleet, token: GiteaList(fleet, token=token),
    "backstage": lambda fleet, token: BackstageList(backstage_of(fleet), token=token),
}
"""By kind of catalog, what serves the list of a fleet to those who have a token; to everyone if it is None."""


def listing(kind: str, fleet: list[Repo], stack: ExitStack, root: Path) -> Setting:
    """Create a catalog of a kind that lists the fleet."""
    if kind == "inventory":
        (root / "fleet.yaml").write_text(inventory_text(fleet, "git.example.com"))
        return Setting(CatalogSettings(kind=kind, path="fleet.yaml"), root)
    if kind == "folder":
        repositories_on_disk(root / "git", fleet)
        return Setting(CatalogSettings(kind=kind, path="git"), root)
    if kind == "combined":
        (root / "fleet.yaml").write_text(inventory_text(fleet[:2], "git.example.com"))
        (root / "more.yaml").write_text(inventory_text(fleet[1:], "git.example.com"))
        parts = tuple(CatalogSettings(kind="inventory", path=name) for name in ("fleet.yaml", "more.yaml"))
        return Setting(CatalogSettings(kind=kind, catalogs=parts), root)
    assert kind in SERVERS, f"add a branch for `{kind}` to `listing`, or a row to SERVERS, in tests/support/catalogs.py"
    return on_server(stack, root, kind, SERVERS[kind](fleet, SECRET))
