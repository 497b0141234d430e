"""A fake GitLab to publish to.

Sources: https://docs.gitlab.com/api/packages/, https://docs.gitlab.com/user/packages/generic_packages/,
https://docs.gitlab.com/api/releases/.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.publish_host import Host, paged, query_of, refusal, reply
from tests.support.scripted import RecordedRequest, Reply


@dataclass(slots=True)
class GitLabHost(Host):
    """One private project of a GitLab."""

    project: str = "group/sub/codex"
    job_token: str = "job-0123456789abcdefghij"
    page: int = 20
    tags: set[str] = field(default_factory=set)
    packages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The address of the project."""
        return f"{self.url}/{self.project}"

    @property
    def latest(self) -> str | None:
        """The tag that `releases/permalink/latest` leads to."""
        latest = max(self.releases.values(), key=lambda release: str(release["released_at"]), default=None)
        return str(latest["tag_name"]) if latest else None

    def kept(self, name: str, version: str) -> dict[str, list[bytes]]:
        """The contents of the package's files by name, the oldest first."""
        kept: dict[str, list[bytes]] = {}
        for package in self.packages:
            if (package["name"], package["version"]) == (name, version):
                for file in self.files[package["id"]]:
                    kept.setdefault(file["file_name"], []).append(self.contents[file["id"]])
        return kept

    def add_package(self, name: str, version: str, status: str = "default") -> dict[str, Any]:
        """Add a package without files."""
        package: dict[str, Any] = {"id": self.next(), "name": name, "version": version, "status": status}
        package |= {"package_type": "generic"}
        package |= {"created_at": "2026-11-24T00:00:00.000Z", "pipelines": [], "tags": []}
        self.packages.append(package)
        self.files[package["id"]] = []
        return package

    def route(self, request: RecordedRequest) -> Reply:
        """Check the token, then do the work."""
        tokens = {request.headers.get("private-token"): self.token, request.headers.get("job-token"): self.job_token}
        sent = {token: expected for token, expected in tokens.items() if token is not None}
        if not sent:
            return refusal("404 Project Not Found", 404)
        if any(token != expected for token, expected in sent.items()):
            return refusal("401 Unauthorized", 401)
        path = urlsplit(request.path).path
        base = f"/api/v4/projects/{self.project.replace('/', '%2F')}/"
        if not path.startswith(base):
            return refusal("404 Project Not Found", 404)
        parts = [unquote(part) for part in path.removeprefix(base).split("/")]
        match request.method, parts:
            case "GET", ["packages"]:
                return self._list(request)
            case "GET", ["packages", number, "package_files"] if number.isdigit():
                return self._files_of(request, int(number))
            case "PUT", ["packages", "generic", name, version, file]:
                return self._put(name, version, file, request.body)
            case "GET", ["packages", "generic", name, version, file]:
                contents = self.kept(name, version).get(file)
                return Reply(200, contents[-1]) if contents else refusal("404 Not Found", 404)
            case "GET", ["releases", tag]:
                return reply(200, self.releases[tag]) if tag in self.releases else refusal("404 Not Found", 404)
            case "GET", ["releases"]:
                newest = sorted(self.releases.values(), key=lambda release: str(release["released_at"]), reverse=True)
                return paged(request, self.url, newest, most=self.page)
            case "POST", ["releases"]:
                return self._release(json.loads(request.body))
        return refusal("404 Not Found", 404)

    def _list(self, request: RecordedRequest) -> Reply:
        """Names are searched for, as the documentation says, and versions are exact."""
        query = query_of(request)
        matching = [
            package
            for package in self.packages
            if query.get("package_name", "") in package["name"]
            and query.get("package_type", "generic") == package["package_type"]
            and query.get("package_version", package["version"]) == package["version"]
        ]
        return paged(request, self.url, matching, most=self.page)

    def _files_of(self, request: RecordedRequest, number: int) -> Reply:
        if number not in self.files:
            return refusal("404 Not Found", 404)
        return paged(request, self.url, self.files[number], most=self.page)

    def _put(self, name: str, version: str, file: str, data: bytes) -> Reply:
        packages = [package for package in self.packages if (package["name"], package["version"]) == (name, version)]
        package = next((package for package in packages if package["status"] == "default"), None) or self.add_package(
            name, version
        )
        entry: dict[str, Any] = {
            "id": self.next(),
            "package_id": package["id"],
            "created_at": "2026-11-24T00:00:00.000Z",
        }
        entry |= {"file_name": file, "size": len(data), "file_md5": None, "file_sha1": None}
        entry["file_sha256"] = hashlib.sha256(data).hexdigest()
        self.files[package["id"]].append(entry)
        self.contents[entry["id"]] = data
        return reply(201, {"message": "201 Created"})

    def _release(self, data: dict[str, Any]) -> Reply:
        tag = data["tag_name"]
        if tag in self.releases:
            return refusal("Release already exists", 409)
        if tag not in self.tags and not data.get("ref"):
            return refusal("Ref is not specified", 422)
        self.tags.add(tag)
        links = [{"id": self.next(), "direct_asset_url": link["url"], **link} for link in data["assets"]["links"]]
        date = f"2026-11-24T00:{self.next():02}:00.000Z"
        release = {"tag_name": tag, "name": data["name"], "description": data["description"], "created_at": date}
        release |= {"released_at": data.get("released_at", date), "upcoming_release": False, "evidences": []}
        release["assets"] = {"count": len(links) + 4, "sources": [], "links": links}
        self.releases[tag] = release
        return reply(201, release)
