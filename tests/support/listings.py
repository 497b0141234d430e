"""Servers that list repositories as GitLab, GitHub, Gitea and Backstage do, for `scripted`; and the same as files."""

import base64
import json
import subprocess
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.scripted import RecordedRequest, Reply


@dataclass(frozen=True, kw_only=True)
class Repo:
    """One repository of a fictitious fleet."""

    path: str
    branch: str | None = "main"
    archived: bool = False
    topics: tuple[str, ...] = ()
    language: str | None = None


FLEET = (
    Repo(path="acme/payments", topics=("service",), language="Python"),
    Repo(path="acme/attic", archived=True),
    Repo(path="acme/new", branch=None),
)


def number_of(repo: Repo) -> int:
    """Return a number that depends on the path alone."""
    return zlib.crc32(repo.path.encode())


def gitlab_project(repo: Repo, host: str) -> dict[str, Any]:
    """A project as `GET /groups/:id/projects` returns it."""
    return {
        "id": number_of(repo),
        "name": repo.path.rpartition("/")[2],
        "path": repo.path.rpartition("/")[2],
        "path_with_namespace": repo.path,
        "default_branch": repo.branch,
        "http_url_to_repo": f"https://{host}/{repo.path}.git",
        "web_url": f"https://{host}/{repo.path}",
        "archived": repo.archived,
        "empty_repo": repo.branch is None,
        "topics": list(repo.topics),
        "visibility": "private",
    }


def gitea_repo(repo: Repo, host: str) -> dict[str, Any]:
    """A repository as `GET /orgs/{org}/repos` returns it; keys that may be null are null."""
    return {
        "id": number_of(repo),
        "name": repo.path.rpartition("/")[2],
        "full_name": repo.path,
        "default_branch": repo.branch or "",
        "clone_url": f"https://{host}/{repo.path}.git",
        "html_url": f"https://{host}/{repo.path}",
        "archived": repo.archived,
        "empty": repo.branch is None,
        "mirror": False,
        "topics": list(repo.topics) or None,
        "language": repo.language or "",
        "description": None,
    }


def github_node(repo: Repo, host: str) -> dict[str, Any]:
    """A repository as GraphQL returns it for the requested fields."""
    return {
        "nameWithOwner": repo.path,
        "url": f"https://{host}/{repo.path}",
        "isArchived": repo.archived,
        "isDisabled": False,
        "isEmpty": repo.branch is None,
        "isMirror": False,
        "defaultBranchRef": {"name": repo.branch} if repo.branch else None,
        "languages": {"nodes": [{"name": repo.language}] if repo.language else []},
        "repositoryTopics": {"nodes": [{"topic": {"name": topic}} for topic in repo.topics]},
    }


def _query(request: RecordedRequest) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.path).query)


def _path(request: RecordedRequest) -> str:
    return unquote(urlsplit(request.path).path)


@dataclass
class GitLabList:
    """A group; offset pages with a Link header, `X-Total` only up to 10,000."""

    fleet: list[Repo]
    group: str = "acme"
    host: str = "gitlab.example.com"
    token: str | None = None
    most: int = 100

    def __call__(self, request: RecordedRequest, _: int) -> Reply:
        if self.token and request.headers.get("private-token") != self.token:
            return Reply(status=401, body=b'{"message": "401 Unauthorized"}')
        if _path(request) != f"/api/v4/groups/{self.group}/projects":
            return Reply(status=404, body=b'{"message": "404 Group Not Found"}')
        query = _query(request)
        size, page = min(int(query["per_page"][0]), self.most), int(query.get("page", ["1"])[0])
        inside = [repo for repo in self.fleet if repo.path.startswith(f"{self.group}/")]
        shown = inside[(page - 1) * size : page * size]
        headers = {"X-Page": str(page)}
        if len(inside) <= 10_000:
            headers["X-Total"] = str(len(inside))
        if page * size < len(inside):
            base = f"http://{request.headers['host']}{urlsplit(request.path).path}"
            headers["Link"] = f'<{base}?include_subgroups=true&page={page + 1}&per_page={size}>; rel="next"'
        return Reply(body=json.dumps([gitlab_project(repo, self.host) for repo in shown]).encode(), headers=headers)


@dataclass
class GiteaList:
    """An organisation or a user; never more than `most` on a page, whatever is requested."""

    fleet: list[Repo]
    owner: str = "acme"
    kind: str = "orgs"
    host: str = "gitea.example.com"
    token: str | None = None
    most: int = 50
    total: bool = True

    def __call__(self, request: RecordedRequest, _: int) -> Reply:
        if self.token and request.headers.get("authorization") != f"token {self.token}":
            return Reply(status=401, body=b'{"message": "token is required"}')
        if _path(request) != f"/api/v1/{self.kind}/{self.owner}/repos":
            return Reply(status=404, body=b'{"message": "GetOrgByName"}')
        query = _query(request)
        size, page = min(int(query["limit"][0]), self.most), int(query["page"][0])
        shown = self.fleet[(page - 1) * size : page * size]
        headers = {"X-Total-Count": str(len(self.fleet))} if self.total else {}
        return Reply(body=json.dumps([gitea_repo(repo, self.host) for repo in shown]).encode(), headers=headers)


@dataclass
class GitHubList:
    """An owner in GraphQL; more than `most` entries in a page give a 502."""

    fleet: list[Repo]
    owner: str = "acme"
    host: str = "github.com"
    token: str | None = None
    most: int = 100

    def __call__(self, request: RecordedRequest, _: int) -> Reply:
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(status=401, body=b'{"message": "Bad credentials"}')
        variables = json.loads(request.body)["variables"]
        if variables["first"] > self.most:
            return Reply(status=502, body=b"<html>bad gateway</html>")
        if variables["login"] != self.owner:
            errors = [{"type": "NOT_FOUND", "message": "Could not resolve to a RepositoryOwner"}]
            return Reply(body=json.dumps({"data": {"repositoryOwner": None}, "errors": errors}).encode())
        start = int(base64.b64decode(variables["after"])) if variables["after"] else 0
        end = start + variables["first"]
        page = {
            "totalCount": len(self.fleet),
            "pageInfo": {
                "hasNextPage": end < len(self.fleet),
                "endCursor": base64.b64encode(str(end).encode()).decode(),
            },
            "nodes": [github_node(repo, self.host) for repo in self.fleet[start:end]],
        }
        return Reply(body=json.dumps({"data": {"repositoryOwner": {"repositories": page}}}).encode())


def component(name: str, *, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A component of Backstage as its catalog returns it, with computed relations."""
    relations = [{"type": "ownedBy", "targetRef": f"group:default/{spec['owner']}"}] if "owner" in spec else []
    relations += [{"type": "dependsOn", "targetRef": ref} for ref in spec.get("dependsOn", ())]
    relations += [{"type": "partOf", "targetRef": f"system:default/{spec['system']}"}] if "system" in spec else []
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations or {}, "tags": []},
        "spec": {"type": "service", "lifecycle": "production", **spec},
        "relations": relations,
    }


def group(name: str, **annotations: str) -> dict[str, Any]:
    """A group of Backstage."""
    return {
        "kind": "Group",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {"type": "team"},
    }


@dataclass
class BackstageList:
    """A catalog; its cursor is opaque and holds filter and position, another one is 400."""

    entities: list[dict[str, Any]]
    token: str | None = None

    def __call__(self, request: RecordedRequest, _: int) -> Reply:
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(
                status=401, body=b'{"error": {"name": "AuthenticationError", "message": "Missing credentials"}}'
            )
        if _path(request) != "/api/catalog/entities/by-query":
            return Reply(status=404, body=b'{"error": {"name": "NotFoundError"}}')
        query = _query(request)
        start, filters = 0, query.get("filter", [])
        if "cursor" in query:
            try:
                cursor = json.loads(base64.b64decode(query["cursor"][0]))
                start, filters = cursor["from"], cursor["filter"]
            except (ValueError, LookupError):
                return Reply(status=400, body=b'{"error": {"name": "InputError", "message": "Malformed cursor"}}')
        kinds = {text.removeprefix("kind=") for text in filters}
        inside = [entity for entity in self.entities if str(entity.get("kind")).lower() in kinds]
        end = start + int(query["limit"][0])
        info: dict[str, str] = {}
        if end < len(inside):
            cursor = {"from": end, "filter": filters, "totalItems": len(inside)}
            info["nextCursor"] = base64.b64encode(json.dumps(cursor).encode()).decode()
        page = {"items": inside[start:end], "totalItems": len(inside), "pageInfo": info}
        return Reply(body=json.dumps(page).encode())


def inventory_text(fleet: Iterable[Repo], host: str) -> str:
    """An inventory of the fleet, in JSON, which is YAML."""
    rows = []
    for repo in fleet:
        row: dict[str, Any] = {
            "url": f"https://{host}/{repo.path}",
            "archived": repo.archived,
            "topics": [*repo.topics],
        }
        row |= {"default_branch": repo.branch} if repo.branch else {}
        row |= {"languages": [repo.language]} if repo.language else {}
        rows.append(row)
    return json.dumps({"repositories": rows})


def repositories_on_disk(root: Path, fleet: Iterable[Repo]) -> None:
    """Bare repositories, those with a branch holding one commit."""
    for repo in fleet:
        path = root / f"{repo.path}.git"
        path.mkdir(parents=True)
        _git(path, "init", "-q", "--bare", "-b", repo.branch or "main")
        if repo.branch:
            tree = _git(path, "mktree", stdin=b"").strip()
            commit = _git(path, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "one", tree).strip()
            _git(path, "update-ref", f"refs/heads/{repo.branch}", commit)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    return subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True).stdout.decode()
