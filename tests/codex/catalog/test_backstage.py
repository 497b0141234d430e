"""Entities, and the repositories that they belong to."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex.catalog.model import CatalogResult
from codex.catalog.repository_url import RepositoryUrl, parse_repository_url
from codex.limits import VALUES_PER_RESPONSE
from codex.rollout.catalog import CatalogQuery as Wanting
from codex.rollout.catalog import read_catalog
from codex.sync.repository import CatalogEntity
from skills_build.errors import CodexError
from skills_build.model.config import CatalogSettings
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.listings import BackstageList, component, group
from tests.support.scripted import RecordedRequest, Reply, scripted

SOURCE, MANAGED = "backstage.io/source-location", "backstage.io/managed-by-location"
GITLAB, GITHUB = "gitlab.com/project-slug", "github.com/project-slug"


def read_entities(entities: list[dict[str, Any]], tmp_path: Path, **hosts: str) -> CatalogResult:
    with scripted(BackstageList(entities)) as server:
        settings = CatalogSettings(
            kind="backstage", url=server.url, hosts={k.replace("_", "."): v for k, v in hosts.items()}
        )
        return read_catalog(settings, Wanting(root=tmp_path, clock=FakeClock())).found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://github.com/acme/api", ("github.com", "acme/api", "github", "")),
        ("https://github.com/acme/api.git", ("github.com", "acme/api", "github", "")),
        ("https://github.com/acme/api/tree/main/services/a/", ("github.com", "acme/api", "github", "services/a")),
        ("https://github.com/acme/api/blob/main/a/catalog-info.yaml", ("github.com", "acme/api", "github", "a")),
        ("https://github.com/acme/api/blob/main/catalog-info.yaml", ("github.com", "acme/api", "github", "")),
        ("https://git.acme.example/g/s/t/n/-/tree/main/x", ("git.acme.example", "g/s/t/n", "gitlab", "x")),
        ("https://git.acme.example/g/n/-/blob/main/x/c.yaml", ("git.acme.example", "g/n", "gitlab", "x")),
        ("https://GitLab.com/g/s/n/", ("gitlab.com", "g/s/n", "gitlab", "")),
        ("https://codeberg.org/acme/api/src/branch/main/x", ("codeberg.org", "acme/api", "forgejo", "x")),
        ("https://git.acme.example:8443/a/b", ("git.acme.example:8443", "a/b", "", "")),
        ("https://git.acme.example/tree/tree/tree/main/x", ("git.acme.example", "tree/tree", "", "x")),
        ("https://github.com/acme/a%20b", ("github.com", "acme/a b", "github", "")),
        ("git@git.acme.example:g/s/n.git", ("git.acme.example", "g/s/n", "", "")),
        ("ssh://git@git.acme.example:2222/g/n.git", ("git.acme.example", "g/n", "", "")),
    ],
)
def test_addresses_name_a_repository_and_a_folder(text: str, parts: tuple[str, str, str, str]) -> None:
    address = parse_repository_url(text)
    assert address is not None
    assert (address.host, address.path, address.forge, address.folder) == parts


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "https://github.com/acme", "https://github.com/acme/a/b/c", "file:///srv/a/b", "https:///a/b",
        "https://bitbucket.example/ws/repo/src/main/x", "https://host:99999/a/b", "https://[/a/b", "git@host", "@host:a/b",
        "https://github.com/../etc", "https://github.com/a%2Fb/c", "https://github.com/acme/a%0Ab", "git@host/x:a/b",
    ],
)  # fmt: skip
def test_addresses_that_name_no_repository_are_not_guessed_at(text: str) -> None:
    assert parse_repository_url(text) is None


def test_an_address_has_an_id() -> None:
    assert RepositoryUrl(host="h", path="a/b", forge="").id == "h/a/b"


@pytest.mark.parametrize(
    ("annotations", "identity", "folder"),
    [
        ({GITLAB: "g/s/n"}, "gitlab.com/g/s/n", ""),
        ({GITLAB: "g/n", "gitlab.com/instance": "https://git.acme.example"}, "git.acme.example/g/n", ""),
        ({GITLAB: "g/n", "gitlab.com/instance": "git.acme.example"}, "git.acme.example/g/n", ""),
        ({GITLAB: "g/n", SOURCE: "url:https://git.acme.example/g/n/-/tree/main/a/b"}, "git.acme.example/g/n", "a/b"),
        ({GITLAB: "g/n", SOURCE: "url:https://git.acme.example/other/n/-/tree/main/a"}, "gitlab.com/g/n", ""),
        ({GITHUB: "acme/api"}, "github.com/acme/api", ""),
        ({GITHUB: "acme/api", GITLAB: "g/n"}, "gitlab.com/g/n", ""),
        (
            {GITHUB: "acme/api", MANAGED: "url:https://github.com/Acme/API/blob/main/x/c.yaml"},
            "github.com/acme/api",
            "x",
        ),
        ({SOURCE: "url:https://github.com/acme/api/tree/main/x"}, "github.com/acme/api", "x"),
        (
            {SOURCE: "url:https://github.com/acme/api", MANAGED: "url:https://github.com/acme/central/blob/m/c.yaml"},
            "github.com/acme/api",
            "",
        ),
        ({MANAGED: "url:https://github.com/acme/api/blob/main/c.yaml"}, "github.com/acme/api", ""),
        ({SOURCE: "dir:/srv/x", MANAGED: "url:https://github.com/a/b/blob/main/c.yaml"}, "github.com/a/b", ""),
    ],
)
def test_annotations_are_asked_in_their_order(
    annotations: dict[str, str], identity: str, folder: str, tmp_path: Path
) -> None:
    result = read_entities([component("svc", annotations=annotations)], tmp_path)
    assert result.unmapped == ()
    [repository] = result.repositories
    assert (repository.id, repository.entities[0].path) == (identity, folder)


def test_a_slug_without_a_host_is_on_the_only_host_of_that_forge_that_is_configured(tmp_path: Path) -> None:
    entities = [component("svc", annotations={GITLAB: "g/n"})]
    assert read_entities(entities, tmp_path, git_acme_example="gitlab").repositories[0].id == "git.acme.example/g/n"
    two = read_entities(entities, tmp_path, git_acme_example="gitlab", git_other_example="gitlab")
    assert two.repositories[0].id == "gitlab.com/g/n"


@pytest.mark.parametrize(
    "annotations", [{}, {GITLAB: "alone"}, {MANAGED: "file:/srv/catalog/all.yaml"}, {SOURCE: "url:https://x/"}]
)
def test_what_names_no_repository_is_reported(annotations: dict[str, str], tmp_path: Path) -> None:
    result = read_entities([component("svc", annotations=annotations)], tmp_path)
    assert result.repositories == ()
    assert [unmapped.name for unmapped in result.unmapped] == ["component:default/svc"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (GITHUB, "https://github.com/acme/api"),
        (GITHUB, "acme/api/extra"),
        (GITLAB, "g/../n"),
        (GITLAB, "g/a b"),
        (SOURCE, "url:https://dev.azure.com/acme/shop/_git/api?path=/x"),
        (SOURCE, "url:https://bitbucket.org/acme/api/src/main/"),
        (MANAGED, "file:/srv/all.yaml"),
    ],
)
def test_an_annotation_without_a_repository_is_quoted(name: str, value: str, tmp_path: Path) -> None:
    [unmapped] = read_entities([component("svc", annotations={name: value})], tmp_path).unmapped
    assert unmapped.reason == f"`{name}` is `{value}`, which is not a repository URL"


def test_a_slug_may_end_as_addresses_for_git_do(tmp_path: Path) -> None:
    [repository] = read_entities([component("svc", annotations={GITHUB: "acme/api.git"})], tmp_path).repositories
    assert (repository.id, repository.clone_url) == ("github.com/acme/api", "https://github.com/acme/api.git")


def test_several_components_of_one_repository_are_kept_with_their_folders(tmp_path: Path) -> None:
    mono = "url:https://github.com/acme/mono/tree/main"
    entities = [
        component("web", annotations={SOURCE: f"{mono}/web"}, owner="front", system="shop"),
        component("api", annotations={SOURCE: f"{mono}/api", GITHUB: "Acme/Mono"}, owner="back", system="shop"),
        group("front"),
        group("back", **{"github.com/team-slug": "acme/back"}),
    ]
    [repository] = read_entities(entities, tmp_path).repositories
    assert [(part.ref, part.path, part.owner) for part in repository.entities] == [
        ("component:default/api", "api", "group:default/back"),
        ("component:default/web", "web", "group:default/front"),
    ]
    assert (repository.owner, repository.team, repository.system, repository.lifecycle) == (
        None,
        None,
        "system:default/shop",
        "production",
    )


def test_the_component_at_the_root_describes_the_repository(tmp_path: Path) -> None:
    mono = "url:https://github.com/acme/mono/tree/main"
    entities = [
        component("mono", annotations={SOURCE: f"{mono}/"}, owner="core", lifecycle="deprecated"),
        component("api", annotations={SOURCE: f"{mono}/api"}, owner="back"),
        group("core", **{"gitlab.com/team-path": "acme/core"}),
    ]
    [repository] = read_entities(entities, tmp_path).repositories
    assert (repository.owner, repository.team, repository.lifecycle) == (
        "group:default/core",
        "acme/core",
        "deprecated",
    )


def test_dependencies_lead_to_repositories_and_dangling_ones_are_noted(tmp_path: Path) -> None:
    needs = ["component:default/b", "component:default/gone", "resource:default/database", "component:default/a2"]
    entities = [
        component("a", annotations={GITHUB: "acme/a"}, dependsOn=needs),
        component("a2", annotations={GITHUB: "acme/a"}),
        component("b", annotations={GITHUB: "acme/b"}, dependsOn=["component:default/lost"]),
        component("lost"),
    ]
    result = read_entities(entities, tmp_path)
    assert {repository.path: repository.depends_on for repository in result.repositories} == {
        "acme/a": ("github.com/acme/b",),
        "acme/b": (),
    }
    assert result.notes == ("component:default/a depends on component:default/gone, which is not in the catalog",)


def test_a_component_without_owner_or_relations_has_those_of_its_specification(tmp_path: Path) -> None:
    bare = {
        "kind": "Component",
        "metadata": {"name": "Svc", "namespace": "Pay", "annotations": {GITHUB: "acme/svc"}, "tags": ["go"]},
        "spec": {
            "type": "library",
            "lifecycle": "experimental",
            "system": "shop",
            "dependsOn": ["resource:db", "other"],
        },
    }
    [repository] = read_entities([bare], tmp_path).repositories
    assert repository.owner is None
    assert repository.entities == (
        CatalogEntity(
            ref="component:pay/svc",
            type="library",
            lifecycle="experimental",
            system="system:pay/shop",
            tags=("go",),
            depends_on=("component:pay/other", "resource:pay/db"),
        ),
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "Component", "metadata": {"name": "odd", "annotations": {"a": 1}}},
        {"kind": "Component", "metadata": {"name": "odd"}, "spec": {"lifecycle": {"x": 1}}},
        {"kind": "Component", "metadata": {"name": "odd", "tags": "x"}},
    ],
)
def test_one_entity_of_another_form_does_not_cost_the_others(broken: dict[str, Any], tmp_path: Path) -> None:
    result = read_entities([broken, component("a", annotations={GITHUB: "acme/a"})], tmp_path)
    assert [repository.path for repository in result.repositories] == ["acme/a"]
    assert [(unmapped.name, unmapped.reason[:23]) for unmapped in result.unmapped] == [
        ("odd", "the entity is not valid")
    ]
    assert result.notes == ()


def test_one_entity_that_is_too_large_does_not_cost_the_others(tmp_path: Path) -> None:
    tags = {"kind": "Component", "metadata": {"name": "odd", "tags": ["a"] * VALUES_PER_RESPONSE}}
    text = component("b", annotations={GITHUB: "acme/b", "note": "," * VALUES_PER_RESPONSE})
    result = read_entities([tags, text, component("a", annotations={GITHUB: "acme/a"})], tmp_path)
    assert [repository.path for repository in result.repositories] == ["acme/a", "acme/b"]
    why = "the entity is not valid: the JSON has more than 100,000 values"
    assert [(unmapped.name, unmapped.reason) for unmapped in result.unmapped] == [("odd", why)]


def many(count: int) -> list[dict[str, Any]]:
    return [
        component(f"svc-{n:05}", annotations={GITLAB: f"g/svc-{n:05}"}, owner=f"team-{n % 50}") for n in range(count)
    ]


def test_fields_go_along_with_every_cursor(tmp_path: Path) -> None:
    with scripted(BackstageList(many(1200))) as server:
        settings = CatalogSettings(kind="backstage", url=f"{server.url}/", hosts={})
        assert len(read_catalog(settings, Wanting(root=tmp_path, clock=FakeClock())).found.repositories) == 1200
    assert len(server.requests) == 3
    assert all("fields=kind" in request.path and "limit=500" in request.path for request in server.requests)
    assert "filter=kind%3Dcomponent&filter=kind%3Dgroup" in server.requests[0].path
    assert "orderField=metadata.uid" in server.requests[0].path


def test_an_expired_cursor_restarts_the_list(tmp_path: Path) -> None:
    catalog = BackstageList(many(1200))
    malformed = Reply(status=400, body=b'{"error": {"name": "InputError", "message": "Malformed cursor"}}')
    with scripted(lambda request, n: malformed if n == 1 else catalog(request, n)) as server:
        settings = CatalogSettings(kind="backstage", url=server.url)
        assert len(read_catalog(settings, Wanting(root=tmp_path, clock=FakeClock())).found.repositories) == 1200
    with scripted(lambda request, n: malformed if "cursor" in request.path else catalog(request, n)) as server:
        with pytest.raises(CodexError, match="400"):
            read_catalog(CatalogSettings(kind="backstage", url=server.url), Wanting(root=tmp_path, clock=FakeClock()))
    assert len(server.requests) == 6


def test_a_catalog_that_shrinks_while_it_is_read_is_given_with_a_note(tmp_path: Path) -> None:
    catalog = BackstageList(many(1200))

    def shrinking(request: RecordedRequest, number: int) -> Reply:
        reply = catalog(request, number)
        if number != 1:
            return reply
        page = json.loads(reply.body)
        return Reply(body=json.dumps({**page, "items": page["items"][:490]}).encode())

    with scripted(shrinking) as server:
        settings = CatalogSettings(kind="backstage", url=server.url)
        result = read_catalog(settings, Wanting(root=tmp_path, clock=FakeClock())).found
    assert len(result.repositories) == 1190
    assert result.notes == ("the catalog changed while being read: only 1,190 of 1,200 entities are listed",)


def test_a_catalog_that_gives_the_same_cursor_for_ever_is_an_error(tmp_path: Path) -> None:
    page = {"items": [], "totalItems": 9, "pageInfo": {"nextCursor": "again"}}
    with scripted(lambda *_: Reply(body=json.dumps(page).encode())) as server:
        with pytest.raises(CodexError, match="same page cursor twice"):
            read_catalog(CatalogSettings(kind="backstage", url=server.url), Wanting(root=tmp_path, clock=FakeClock()))


def test_sixteen_thousand_entities_are_listed_in_linear_time(tmp_path: Path) -> None:
    result = read_entities(many(16_000), tmp_path)
    assert len(result.repositories) == 16_000


def test_orphans_are_marked_and_reported(tmp_path: Path) -> None:
    orphan = {GITLAB: "g/old", "backstage.io/orphan": "true"}
    kept = {GITLAB: "g/new", "backstage.io/orphan": "false"}
    mixed = [
        component("whole", annotations={GITLAB: "g/mixed"}),
        component("part", annotations=orphan | {GITLAB: "g/mixed"}),
    ]
    result = read_entities([component("old", annotations=orphan), component("new", annotations=kept), *mixed], tmp_path)
    assert {repository.path: repository.orphan for repository in result.repositories} == {
        "g/mixed": False,
        "g/new": False,
        "g/old": True,
    }
    said = "is an orphan: no location in the catalog refers to it any more"
    assert result.notes == (f"component:default/old {said}", f"component:default/part {said}")
