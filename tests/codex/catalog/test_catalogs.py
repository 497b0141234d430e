"""One suite for all catalogs, and the special cases of each."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from codex.catalog.model import CatalogResult, Repository
from codex.catalog.registry import CATALOG_KINDS
from codex.http.hosts import HOST_KINDS
from codex.rollout.catalog import CatalogQuery as Wanting
from codex.rollout.catalog import CatalogReading, read_catalog
from skills_build.errors import CodexError
from skills_build.model.config import CatalogSettings, TokenSource
from tests.codex.http.test_rate_limit import FakeClock
from tests.support.data import shared
from tests.support.listings import (
    FLEET,
    BackstageList,
    GiteaList,
    GitHubList,
    GitLabList,
    Repo,
    component,
    gitea_repo,
    gitlab_project,
    inventory_text,
    repositories_on_disk,
)
from tests.support.scripted import Asked, Reply, Scripted, scripted

SECRET = "tok-verysecret-123"
Answer = Callable[[Asked, int], Reply]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    for variable in (name for kind in HOST_KINDS.values() for name in kind.variables):
        monkeypatch.delenv(variable, raising=False)


@dataclass
class Setting:
    """A catalog that lists a fleet."""

    settings: CatalogSettings
    root: Path
    server: Scripted | None = None

    def read(self) -> CatalogReading:
        return read_catalog(self.settings, Wanting(root=self.root, clock=FakeClock()))

    @property
    def result(self) -> CatalogResult:
        return self.read().found


def on_server(stack: ExitStack, root: Path, kind: str, answer: Answer, *, group: str | None = "acme") -> Setting:
    server = stack.enter_context(scripted(answer))
    settings = CatalogSettings(kind=kind, url=server.url, group=group, token=TokenSource(env="FLEET_TOKEN"))
    return Setting(settings, root, server)


def backstage_of(fleet: list[Repo]) -> list[dict[str, Any]]:
    slug = "gitlab.com/project-slug"
    return [component(repo.path.rpartition("/")[2], annotations={slug: repo.path}) for repo in fleet]


def listing(kind: str, fleet: list[Repo], stack: ExitStack, root: Path) -> Setting:
    """A catalog of a kind that lists the fleet."""
    if kind == "inventory":
        (root / "fleet.yaml").write_text(inventory_text(fleet, "git.example.com"))
        return Setting(CatalogSettings(kind=kind, path="fleet.yaml"), root)
    if kind == "folder":
        repositories_on_disk(root / "git", fleet)
        return Setting(CatalogSettings(kind=kind, path="git"), root)
    servers: dict[str, Answer] = {
        "gitlab": GitLabList(fleet, token=SECRET),
        "github": GitHubList(fleet, token=SECRET),
        "gitea": GiteaList(fleet, token=SECRET),
        "backstage": BackstageList(backstage_of(fleet), token=SECRET),
    }
    return on_server(stack, root, kind, servers[kind])


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_every_repository_is_listed_once_in_order(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    result = listing(kind, list(FLEET), stack, tmp_path).result
    names = [repository.id.rpartition("/")[2] for repository in result.repositories]
    assert names == ["attic", "new", "payments"]
    assert len({repository.id for repository in result.repositories}) == 3
    assert result.unmapped == () and result.notes == ()


ADDRESSES_ONLY = {"backstage"}
"""Catalogs that say where repositories are, and nothing of their branches."""


@pytest.mark.parametrize("kind", sorted(set(CATALOG_KINDS) - ADDRESSES_ONLY))
def test_branches_and_flags_are_what_the_catalog_says(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    attic, new, payments = listing(kind, list(FLEET), stack, tmp_path).result.repositories
    assert (payments.default_branch, payments.archived) == ("main", False)
    assert attic.archived is (kind != "folder")
    assert new.empty is (None if kind == "inventory" else True)
    if kind != "folder":
        assert payments.topics == ("service",)
        assert payments.languages == (() if kind == "gitlab" else ("Python",))


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_a_catalog_that_is_read_twice_says_the_same(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    setting = listing(kind, list(FLEET), stack, tmp_path)
    assert setting.result == setting.result


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_a_hundred_and_twenty_repositories_are_read_over_all_pages(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    fleet = [
        Repo(path=f"acme/sub{n % 7}-{n:03}" if kind != "gitlab" else f"acme/sub{n % 7}/svc-{n:03}") for n in range(120)
    ]
    assert len(listing(kind, fleet, stack, tmp_path).result.repositories) == 120


@pytest.mark.parametrize("kind", CATALOG_KINDS)
def test_the_order_in_which_things_are_listed_does_not_matter(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = listing(kind, list(FLEET), stack, tmp_path / "a").result
    second = listing(kind, list(reversed(FLEET)), stack, tmp_path / "b").result
    names = [[repo.id.rpartition("/")[2] for repo in result.repositories] for result in (first, second)]
    assert names[0] == names[1]


SERVED = ("gitlab", "github", "gitea", "backstage")


def faulty(kind: str, fault: Callable[[int], Reply | None]) -> Answer:
    """The fleet's list, but with faults: by the number of the request."""
    servers: dict[str, Answer] = {
        "gitlab": GitLabList(list(FLEET)),
        "github": GitHubList(list(FLEET)),
        "gitea": GiteaList(list(FLEET)),
        "backstage": BackstageList(backstage_of(list(FLEET))),
    }
    return lambda request, number: fault(number) or servers[kind](request, number)


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=429, headers={"Retry-After": "3"}),
        Reply(status=429),
        Reply(status=500),
        Reply(status=403, body=b'{"message": "You have exceeded a secondary rate limit"}'),
        Reply(drop=True),
        Reply(body=b"[" + b" " * 500 + b"]", cut=True),
    ],
    ids=["429", "429 without a word", "500", "403 secondary", "reset", "reset within"],
)
def test_faults_that_pass_are_waited_out(kind: str, fault: Reply, stack: ExitStack, tmp_path: Path) -> None:
    writes_are_reads = faulty(kind, lambda number: fault if number == 0 else None)
    setting = on_server(stack, tmp_path, kind, writes_are_reads)
    assert len(setting.result.repositories) == 3


@pytest.mark.parametrize("kind", SERVED)
def test_a_catalog_that_is_down_gives_what_it_said_last_and_its_age(
    kind: str, stack: ExitStack, tmp_path: Path
) -> None:
    down = False
    answer = faulty(kind, lambda _: Reply(status=503, body=b'{"message": "maintenance"}') if down else None)
    setting = on_server(stack, tmp_path, kind, answer)
    clock = FakeClock()
    before = read_catalog(setting.settings, Wanting(root=tmp_path, clock=clock))
    assert (before.age, before.why) == (0.0, "")
    down = True
    clock.time += 7200
    after = read_catalog(setting.settings, Wanting(root=tmp_path, clock=clock))
    assert after.found == before.found
    assert after.age == pytest.approx(7200, abs=60)
    assert "503" in after.why
    elsewhere = replace(setting.settings, group="other")
    with pytest.raises(CodexError, match="503"):
        read_catalog(elsewhere, Wanting(root=tmp_path, clock=clock))


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(
    ("status", "message"), [(401, "token is missing, wrong or expired"), (404, "is the address right?")]
)
def test_a_refusal_is_said_and_no_snapshot_hides_it(
    kind: str, status: int, message: str, stack: ExitStack, tmp_path: Path
) -> None:
    refused = False
    answer = faulty(kind, lambda _: Reply(status=status, body=b'{"message": "no"}') if refused else None)
    setting = on_server(stack, tmp_path, kind, answer)
    setting.read()
    refused = True
    with pytest.raises(CodexError, match=str(status)) as caught:
        setting.read()
    assert caught.value.hint is not None and message in caught.value.hint


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize(
    "body", [b"<html>sign in</html>", b"{", b"[1, 2]", b'{"items": 3}', b'"text"', b"null", b"[null]", b"[" * 5000]
)
def test_answers_that_are_garbage_are_an_error_and_no_short_list(
    kind: str, body: bytes, stack: ExitStack, tmp_path: Path
) -> None:
    setting = on_server(stack, tmp_path, kind, lambda *_: Reply(body=body))
    with pytest.raises(CodexError):
        setting.read()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("gitlab", b'[{"id": 1, "path_with_namespace": "a/b"}, {"id": null, "path_with_namespace": "a/c"}]'),
        ("gitea", b'[{"id": 1, "full_name": "a/b"}, {"id": 2, "full_name": "a/c", "topics": 5}]'),
    ],
)
def test_an_entry_of_another_form_is_reported_alone(kind: str, wrong: bytes, stack: ExitStack, tmp_path: Path) -> None:
    first = iter([wrong])
    setting = on_server(stack, tmp_path, kind, lambda *_: Reply(body=next(first, b"[]")))
    result = setting.read().found
    assert [repository.path for repository in result.repositories] == ["a/b"]
    [unmapped] = result.unmapped
    assert unmapped.name == "a/c"
    assert ": expected" in unmapped.reason


@pytest.mark.parametrize("kind", SERVED)
def test_the_token_is_neither_kept_nor_shown(
    kind: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    setting = listing(kind, list(FLEET), stack, tmp_path)
    setting.read()
    assert setting.server is not None
    assert all(SECRET not in request.path for request in setting.server.asked)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    monkeypatch.setenv("FLEET_TOKEN", f"{SECRET}-old")
    with pytest.raises(CodexError) as caught:
        setting.read()
    assert SECRET not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CatalogSettings(kind="gitlab"), r"needs `catalog\.group`"),
        (CatalogSettings(kind="gitea", group="a"), r"needs `catalog\.url`"),
        (CatalogSettings(kind="backstage"), r"needs `catalog\.url`"),
        (CatalogSettings(kind="inventory"), r"needs `catalog\.path`"),
        (CatalogSettings(kind="inventory", path="none.yaml"), "cannot be read"),
        (CatalogSettings(kind="folder", path="none"), "is not a folder"),
        (CatalogSettings(kind="gitlab", group="a", url="http://git.example.com"), "not encrypted"),
        (CatalogSettings(kind="gitlab", group="a", token_env="NOT_SET"), "`NOT_SET` is not set"),
        (CatalogSettings(kind="gitlab", group="a", ca="none.pem"), "contains no certificates"),
    ],
)
def test_settings_that_lack_something_are_said(settings: CatalogSettings, message: str, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match=message):
        read_catalog(settings, Wanting(root=tmp_path))


@pytest.mark.parametrize("kind", ["gitlab", "github", "gitea", "backstage"])
def test_without_settings_the_usual_variable_has_the_token(
    kind: str, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = listing(kind, [Repo(path="acme/one")], stack, tmp_path)
    unnamed = replace(setting, settings=replace(setting.settings, token=None))
    with pytest.raises(CodexError, match=": 401: "):
        unnamed.read()
    monkeypatch.setenv(HOST_KINDS[kind].variables[0], SECRET)
    assert [repository.path for repository in unnamed.result.repositories] == ["acme/one"]


def test_a_gitlab_of_ones_own_lists_its_sub_groups_under_their_paths(stack: ExitStack, tmp_path: Path) -> None:
    fleet = [Repo(path="platform/infra/net/dns"), Repo(path="platform/api"), Repo(path="other/x")]
    server = GitLabList(fleet, group="platform", host="git.acme.example")
    setting = on_server(stack, tmp_path, "gitlab", server, group="platform")
    assert [repository.path for repository in setting.result.repositories] == ["platform/api", "platform/infra/net/dns"]
    assert {repository.forge for repository in setting.result.repositories} == {"gitlab"}


def test_a_nested_group_is_asked_for_by_its_whole_path(stack: ExitStack, tmp_path: Path) -> None:
    server = GitLabList([Repo(path="a/b/c")], group="a/b")
    setting = on_server(stack, tmp_path, "gitlab", server, group="a/b")
    assert len(setting.result.repositories) == 1
    assert setting.server is not None and "/groups/a%2Fb/projects" in setting.server.asked[0].path


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_a_list_that_shrinks_while_it_is_read_is_read_again(kind: str, stack: ExitStack, tmp_path: Path) -> None:
    fleet = [Repo(path=f"acme/svc-{n:03}") for n in range(150)]
    inner: Answer = GitLabList(fleet) if kind == "gitlab" else GiteaList(fleet)

    def shrinking(request: Asked, number: int) -> Reply:
        reply = inner(request, number)
        if number == 0:
            del fleet[0]
        return reply

    result = on_server(stack, tmp_path, kind, shrinking).result
    assert [repository.path for repository in result.repositories] == [f"acme/svc-{n:03}" for n in range(1, 150)]
    assert result.notes == ()


def test_a_list_that_never_comes_to_rest_is_given_with_a_note(stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList([Repo(path=f"acme/svc-{n:03}") for n in range(60)])

    def restless(request: Asked, number: int) -> Reply:
        return replace(server(request, number), headers={"X-Total-Count": "61"})

    result = on_server(stack, tmp_path, "gitea", restless).result
    assert len(result.repositories) == 60
    assert result.notes == (
        "the organisation acme changed each time it was read: 60 are listed, and some may be missing",
    )


def test_a_gitea_without_a_total_and_with_small_pages_is_read_to_the_end(stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList([Repo(path=f"acme/svc-{n}") for n in range(31)], most=10, total=False)
    assert len(on_server(stack, tmp_path, "gitea", server).result.repositories) == 31


@pytest.mark.parametrize("status", [404, 405])
def test_a_gitea_user_is_listed_where_there_is_no_organisation(status: int, stack: ExitStack, tmp_path: Path) -> None:
    server = GiteaList(list(FLEET), kind="users")

    def respond(request: Asked, number: int) -> Reply:
        return Reply(status=status) if "/orgs/" in request.path else server(request, number)

    assert len(on_server(stack, tmp_path, "gitea", respond).result.repositories) == 3


def test_a_github_that_gives_up_on_large_pages_is_asked_for_smaller_ones(stack: ExitStack, tmp_path: Path) -> None:
    server = GitHubList([Repo(path=f"acme/svc-{n:03}") for n in range(120)], most=30)
    setting = on_server(stack, tmp_path, "github", server)
    assert len(setting.result.repositories) == 120
    assert setting.server is not None
    assert json.loads(setting.server.asked[-1].body)["variables"]["first"] == 25


def test_a_github_owner_that_is_not_there_is_said(stack: ExitStack, tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="no organisation or user `acme`"):
        on_server(stack, tmp_path, "github", GitHubList([], owner="other")).read()


def test_github_repositories_that_a_token_may_not_see_are_counted(stack: ExitStack, tmp_path: Path) -> None:
    page = {"totalCount": 2, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [None, None]}
    body = {"data": {"repositoryOwner": {"repositories": page}}, "errors": [{"type": "FORBIDDEN", "message": "SAML"}]}
    result = on_server(stack, tmp_path, "github", lambda *_: Reply(body=json.dumps(body).encode())).result
    assert result.notes == ("2 repositories of acme are hidden from this token",)


def test_a_folder_may_hold_checkouts_nested_ones_and_other_things(tmp_path: Path) -> None:
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


def test_a_branch_that_is_checked_out_is_not_taken_for_the_default_one(tmp_path: Path) -> None:
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


def test_an_inventory_says_as_little_or_as_much_as_it_likes(tmp_path: Path) -> None:
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
        ("https://github.com/acme/svc-b", "is listed twice"),
        ("not an address", "is not the address of a repository"),
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
        ("repositories: [\n", "not readable as YAML"),
        ("", r"fleet\.yaml:1:1"),
        ("[]", r"fleet\.yaml:1:1"),
    ],
)
def test_an_inventory_that_is_wrong_is_said_with_its_place(text: str, message: str, tmp_path: Path) -> None:
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
def test_what_the_servers_here_answer_is_what_the_published_descriptions_say(
    forge: str, path: str, item: dict[str, Any]
) -> None:
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


def test_repositories_are_values() -> None:
    repository = Repository(id="h/a/b", forge="gitlab", host="h", path="a/b")
    assert repository == replace(repository) and hash(repository) == hash(replace(repository))
