"""A fake GitHub to publish to. Source: https://docs.github.com/rest/releases."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.publish_host import Host, paged, query_of, refusal, reply
from tests.support.scripted import RecordedRequest, Reply


@dataclass(slots=True)
class GitHubHost(Host):
    """One repository of a GitHub Enterprise Server, whose uploads are on the same host."""

    repository: str = "owner/codex"
    uploads: str = ""
    page: int = 30
    digests: bool = True
    releases: list[dict[str, Any]] = field(default_factory=list)
    assets: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    latest: str | None = None

    @property
    def base(self) -> str:
        """The address of the repository."""
        return f"{self.url}/{self.repository}"

    def kept(self, tag: str) -> dict[str, bytes]:
        """Return the contents of the complete assets of a tag's releases."""
        numbers = [release["id"] for release in self.releases if release["tag_name"] == tag]
        complete = [asset for number in numbers for asset in self.assets[number] if asset["state"] == "uploaded"]
        return {asset["name"]: self.contents[asset["id"]] for asset in complete}

    def published(self) -> list[str]:
        """Return the tags of the published releases."""
        return [release["tag_name"] for release in self.releases if not release["draft"]]

    def cut(self, request: RecordedRequest) -> None:
        """Leave an asset in the state `starter`, as GitHub does when an upload fails on its side."""
        number = re.search(r"/uploads/.*/releases/(\d+)/assets$", urlsplit(request.path).path)
        if number and request.method == "POST":
            self._asset(int(number[1]), query_of(request)["name"], b"", state="starter")

    def route(self, request: RecordedRequest) -> Reply:
        """Check the token, then do the work."""
        path = urlsplit(request.path).path
        authorization = request.headers.get("authorization")
        if authorization is None:
            return refusal("Not Found", 404)
        if authorization != f"Bearer {self.token}":
            return refusal("Bad credentials", 401)
        is_upload = path.startswith(f"/api/uploads/repos/{self.repository}/")
        if f"http://{request.headers['host']}" != (self.uploads if is_upload else self.url):
            return refusal("Not Found", 404)
        parts = [unquote(part) for part in path.partition(f"/repos/{self.repository}/")[2].split("/")]
        match request.method, parts:
            case "POST", ["releases", number, "assets"] if is_upload:
                return self._upload(int(number), query_of(request)["name"], request)
            case _ if is_upload or not path.startswith("/api/v3/"):
                return refusal("Not Found", 404)
            case "GET", ["releases", "tags", tag]:
                return self._found(tag)
            case "GET", ["releases", "latest"]:
                return self._found(self.latest)
            case "GET", ["releases"]:
                return paged(request, self.url, self.releases[::-1], most=self.page)
            case "POST", ["releases"]:
                return self._create(json.loads(request.body))
            case "PATCH", ["releases", number]:
                return self._change(int(number), json.loads(request.body))
            case "GET", ["releases", number, "assets"] if int(number) in self.assets:
                return paged(request, self.url, self.assets[int(number)], most=self.page)
            case "DELETE", ["releases", "assets", number]:
                return self._delete(int(number))
        return refusal("Not Found", 404)

    def _found(self, tag: str | None) -> Reply:
        releases = (release for release in self._published() if release["tag_name"] == tag)
        return next((reply(200, release) for release in releases), refusal("Not Found", 404))

    def _published(self) -> list[dict[str, Any]]:
        return [release for release in self.releases if not release["draft"]]

    def _create(self, data: dict[str, Any]) -> Reply:
        if any(release["tag_name"] == data["tag_name"] for release in self._published()):
            return reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        number = self.next()
        release = {"id": number, "tag_name": data["tag_name"], "target_commitish": data.get("target_commitish", "main")}
        release |= {"name": data["name"], "body": data["body"], "draft": True, "prerelease": False, "assets": []}
        release |= {"url": f"{self.url}/api/v3/repos/{self.repository}/releases/{number}", "published_at": None}
        release["upload_url"] = (
            f"{self.uploads}/api/uploads/repos/{self.repository}/releases/{number}/assets{{?name,label}}"
        )
        self.releases.append(release)
        self.assets[number] = []
        return self._change(number, data, status=201)

    def _change(self, number: int, data: dict[str, Any], status: int = 200) -> Reply:
        release = next((release for release in self.releases if release["id"] == number), None)
        if release is None:
            return refusal("Not Found", 404)
        if release["draft"] and not data.get("draft", False):
            release |= {"draft": False, "published_at": "2026-11-24T00:00:00Z"}
            if data.get("make_latest", "true") == "true":
                self.latest = release["tag_name"]
        return reply(status, release)

    def _asset(self, release: int, name: str, data: bytes, state: str = "uploaded") -> dict[str, Any]:
        asset: dict[str, Any] = {
            "id": self.next(),
            "name": name,
            "label": "",
            "state": state,
            "size": len(data),
            "download_count": 0,
        }
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}" if self.digests and state == "uploaded" else None
        asset["digest"] = digest
        self.assets[release].append(asset)
        self.contents[asset["id"]] = data
        return asset

    def _upload(self, release: int, name: str, request: RecordedRequest) -> Reply:
        if release not in self.assets or "content-type" not in request.headers:
            return refusal("Not Found", 404)
        if any(asset["name"] == name for asset in self.assets[release]):
            return reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        return reply(201, self._asset(release, name, request.body))

    def _delete(self, number: int) -> Reply:
        for assets in self.assets.values():
            for asset in assets:
                if asset["id"] == number:
                    assets.remove(asset)
                    return Reply(204)
        return refusal("Not Found", 404)
