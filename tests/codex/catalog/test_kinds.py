"""The special cases of each kind of catalog."""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex.catalog import kept_size
from codex.rollout.catalog import CatalogQuery as Wanting
from codex.rollout.catalog import read_catalog
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.model.config import CatalogSettings
from tests.support.catalogs import Answer, listing, on_server
from tests.support.data import shared
from tests.support.listings import (
    FLEET,
    GiteaList,
    GitHubList,
    GitLabList,
    Repo,
    gitea_repo,
    gitlab_project,
    repositories_on_disk,
)
from tests.support.scripted import RecordedRequest, Reply


def test_a_self_managed_gitlab_lists_subgroups_under_their_paths(stack: ExitStack, tmp_path: Path) -> None:
    fleet = [Repo(path="platform/infra/net/dns"), Repo(path="platform/api"), Repo(path="other/x")]
    server = GitLabList(fleet, group="platform", host="git.acme.example")
    setting = on_server(stack, tmp_path, "gitlab", server, group="platform")
    assert [repository.path for repository in setting.result.repositories] == ["platform/api", "platform/infra/net/dns"]
    assert {repository.forge for repository in setting.result.repositories} == {"gitlab"}


def test_a_nested_group_is_requested_by_its_full_path(stack: ExitStack, tmp_path: Path) -> None:
    server = GitLabList([Repo(path="a/b/c")], group="a/b")
    setting = on_server(stack, tmp_path, "gitlab", server, group="a/b")
    assert len(setting.result.repositories) == 1
    assert setting.server is not None and "/groups/a%2Fb/projects" in setting.server.requests[0].path


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_a_list_that_shrinks_while_it_is_read_is_read_again(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    fleet = [Repo(path=f"acme/svc-{n:03}") for n in range(150)]
    inner: Answer = GitLabList(fleet) if kind == "gitlab" else GiteaList(fleet)

    def shrinking(request: RecordedRequest, number: int) -> Reply:
        reply = inner(request, number)
        if number == 0:
            del fleet[0]
        return reply

    result = on_server(stack, tmp_path, kind, shrinking).result
    assert [repository.path for repository in result.repositories] == [f"acme/svc-{n:03}" for n in range(1, 150)]
    assert result.notes == ()


def test_a_list_that_keeps_changing_has_a_note(stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList([Repo(path=f"acme/svc-{n:03}") for n in range(60)])

    def restless(request: RecordedRequest, number: int) -> Reply:
        return replace(server(request, number), headers={"X-Total-Count": "61"})

    result = on_server(stack, tmp_path, "gitea", restless).result
    assert len(result.repositories) == 60
    assert result.notes == (
        "the organisation acme changed during each read: 60 entries are listed, and some may be missing",
    )


def test_a_gitea_without_a_total_and_with_small_pages_is_read_to_the_end(stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList([Repo(path=f"acme/svc-{n}") for n in range(31)], most=10, total=False)
    assert len(on_server(stack, tmp_path, "gitea", server).result.repositories) == 31


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"permissions": {"admin": False, "push": True, "pull": True}, "has_pull_requests": True}, (True, False)),
        ({"permissions": {"push": False}, "has_pull_requests": False}, (False, True)),
        ({"permissions": {"push": None}, "has_pull_requests": None}, (True, False)),
        ({"permissions": None}, None),
        ({}, None),
    ],
)
def test_a_list_of_gitea_has_the_rights_of_the_token(
    said: dict[str, Any], expected: tuple[bool, bool] | None, stack: ExitStack, tmp_path: Path
) -> None:
    server = GiteaList([Repo(path="acme/a")])

    def respond(request: RecordedRequest, number: int) -> Reply:
        reply = server(request, number)
        return replace(reply, body=json.dumps([row | said for row in json.loads(reply.body)]).encode())

    (repository,) = on_server(stack, tmp_path, "gitea", respond).result.repositories
    rights = repository.rights
    assert (rights and (rights.writable, rights.requests_off)) == expected


@pytest.mark.parametrize("status", [404, 405])
def test_a_gitea_user_is_listed_where_there_is_no_organisation(status: int, stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList(list(FLEET), kind="users")

    def respond(request: RecordedRequest, number: int) -> Reply:
        return Reply(status=status) if "/orgs/" in request.path else server(request, number)

    assert len(on_server(stack, tmp_path, "gitea", respond).result.repositories) == 3


def test_github_pages_get_smaller_after_timeouts(stack: ExitStack, tmp_path: Path) -> None:
    server = GitHubList([Repo(path=f"acme/svc-{n:03}") for n in range(120)], most=30)
    setting = on_server(stack, tmp_path, "github", server)
    assert len(setting.result.repositories) == 120
    assert setting.server is not None
    assert json.loads(setting.server.requests[-1].body)["variables"]["first"] == 25


def test_an_unknown_github_owner_is_reported(stack: ExitStack, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="no organisation or user `acme`"):
        on_server(stack, tmp_path, "github", GitHubList([], owner="other")).read()


def test_github_repositories_that_a_token_may_not_see_are_counted(stack: ExitStack, tmp_path: Path) -> None:
    page = {"totalCount": 2, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [None, None]}
    body = {"data": {"repositoryOwner": {"repositories": page}}, "errors": [{"type": "FORBIDDEN", "message": "SAML"}]}
    result = on_server(stack, tmp_path, "github", lambda *_: Reply(body=json.dumps(body).encode())).result
    assert result.notes == ("2 repositories of acme are hidden from this token",)


def test_a_folder_may_have_checkouts_nested_repositories_and_other_files(tmp_path: Path) -> None:
    import subprocess

    for name in ("app", "group/deep/lib"):
        (tmp_path / name).mkdir(parents=True)
        subprocess.run(["git", "init", "-q", "-b", "trunk", tmp_path / name], check=True)
    repositories_on_disk(tmp_path, [Repo(path="bare")])
    (tmp_path / "bare.git" / "HEAD").write_text("ref: refs/heads/main\n")
    subprocess.run(["git", "-C", tmp_path / "bare.git", "pack-refs", "--all"], check=True)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("x")
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: /elsewhere\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    result = read_catalog(CatalogSettings(kind="folder", path="."), Wanting(root=tmp_path)).found
    facts = [(repository.id, repository.default_branch, repository.empty) for repository in result.repositories]
    assert facts == [("app", "trunk", True), ("bare", "main", False), ("group/deep/lib", "trunk", True)]


def test_the_checked_out_branch_is_not_the_default_branch(tmp_path: Path) -> None:
    import subprocess

    subprocess.run(["git", "init", "-q", "-b", "feature", tmp_path / "app"], check=True)
    remote = tmp_path / "app" / ".git" / "refs" / "remotes" / "origin"
    remote.mkdir(parents=True)
    (remote / "HEAD").write_text("ref: refs/remotes/origin/main\n")
    [repository] = read_catalog(CatalogSettings(kind="folder", path="."), Wanting(root=tmp_path)).found.repositories
    assert repository.default_branch == "main"


YAML = """\
repositories:
  - https://gitlab.example.com/group/sub/svc-a
  - git@github.com:acme/svc-b.git
  - url: https://git.example.com/acme/mono
    forge: gitea
    owner: payments
    depends_on: [gitlab.example.com/group/sub/svc-a, "https://github.com/acme/svc-b", "https://github.com/acme/gone"]
    components:
      - {ref: "component:default/api", path: services/api, lifecycle: production}
  - not an address
  - https://github.com/acme/svc-b
"""


def test_all_properties_of_an_inventory_entry_are_optional(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(YAML)
    settings = CatalogSettings(kind="inventory", path="fleet.yaml", hosts={"gitlab.example.com": "gitlab"})
    result = read_catalog(settings, Wanting(root=tmp_path)).found
    by_id = {repository.id: repository for repository in result.repositories}
    assert {repository.id: repository.forge for repository in result.repositories} == {
        "git.example.com/acme/mono": "gitea",
        "github.com/acme/svc-b": "github",
        "gitlab.example.com/group/sub/svc-a": "gitlab",
    }
    assert by_id["github.com/acme/svc-b"].clone_url == "ssh://git@github.com/acme/svc-b.git"
    mono = by_id["git.example.com/acme/mono"]
    assert mono.depends_on == ("github.com/acme/svc-b", "gitlab.example.com/group/sub/svc-a")
    assert [part.path for part in mono.entities] == ["services/api"]
    assert [(unmapped.name, unmapped.reason) for unmapped in result.unmapped] == [
        ("https://github.com/acme/svc-b", "the repository is listed twice"),
        ("not an address", "the entry is not a repository URL"),
    ]
    assert result.notes == (
        "git.example.com/acme/mono depends on https://github.com/acme/gone, which is not in the inventory",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repositories:\n  - {url: 'https://a.b/c/d', ownr: x}\n", r"fleet\.yaml:2:\d+: unknown key `ownr`"),
        ("repos: []\n", r"fleet\.yaml:1:1: "),
        ('{"repositories": [{"url": 3}]}', r"fleet\.yaml:1:\d+: `repositories\.0\.url`"),
        ("repositories: [\n", "invalid YAML"),
        ("", r"fleet\.yaml:1:1"),
        ("[]", r"fleet\.yaml:1:1"),
    ],
)
def test_an_invalid_inventory_is_reported_with_its_position(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(text)
    with pytest.raises(CodexError, match=message):
        read_catalog(CatalogSettings(kind="inventory", path="fleet.yaml"), Wanting(root=tmp_path))


@pytest.mark.parametrize(
    ("forge", "path", "item"),
    [
        ("gitlab", "/api/v4/groups/{id}/projects", gitlab_project(FLEET[0], "h")),
        ("gitea", "/orgs/{org}/repos", gitea_repo(FLEET[0], "h")),
        ("forgejo", "/orgs/{org}/repos", gitea_repo(FLEET[0], "h")),
    ],
)
def test_the_fake_servers_match_the_published_descriptions(forge: str, path: str, item: dict[str, Any]) -> None:
    """Names and types of keys, and the parameters that we send. GitHub's GraphQL has no description of this kind."""
    api = json.loads((shared("openapi") / f"{forge}.json").read_text(encoding="utf-8"))

    def resolved(node: Any) -> Any:
        while "$ref" in node:
            target = api
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    operation = api["paths"][path]["get"]
    answer = resolved(operation["responses"]["200"])
    properties = resolved(resolved(answer["content"]["application/json"]["schema"])["items"])["properties"]
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list}
    for name, value in item.items():
        described = resolved(properties[name])
        assert isinstance(value, kinds[described["type"]]) or (value is None and described.get("nullable")), name
    parameters = {resolved(parameter)["name"] for parameter in operation["parameters"]}
    sent = {"gitlab": {"include_subgroups", "with_shared", "order_by", "sort", "per_page"}}
    assert sent.get(forge, {"page", "limit"}) <= parameters


def test_the_repositories_of_a_catalog_are_plain_values() -> None:
    repository = Repository(id="h/a/b", forge="gitlab", host="h", path="a/b")
    assert repository == replace(repository) and hash(repository) == hash(replace(repository))


@pytest.mark.parametrize("kind", ["gitlab", "github", "gitea", "backstage"])
def test_a_catalog_of_many_large_pages_is_an_error(
    kind: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = listing(kind, [Repo(path=f"acme/app-{number}") for number in range(30)], stack, tmp_path)
    assert setting.read().error == ""
    monkeypatch.setattr(kept_size, "BYTES_PER_CATALOG", 1_000)
    assert setting.read().error.endswith(": the entries have more than 1,000 bytes")
