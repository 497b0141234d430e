"""Hosts to publish to, on loopback, as far as their documentation goes; they keep what they get, and fail when told.

Sources: docs.gitlab.com/api/packages, docs.gitlab.com/user/packages/generic_packages, docs.gitlab.com/api/releases;
docs.github.com/rest/releases; OCI Distribution 1.1, distribution.github.io/distribution/spec/auth/token.
"""

import hashlib
import json
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.scripted import Asked, Reply, scripted

TOKEN: Final = "glpat-0123456789abcdefghij"
READS: Final = ("GET", "HEAD")
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """Fail request number `at`, counted from 0 from when the fault is set; of writes only, or of all requests.

    `kind` is 500, drop or 429; `after` says that the work is done all the same.
    """

    at: int
    kind: str = "500"
    after: bool = False
    writes: bool = True


@dataclass(slots=True)
class Host:
    """What all of them have: a log, faults, and answers that a test may bend."""

    url: str = ""
    token: str = TOKEN
    asked: list[Asked] = field(default_factory=list)
    bend: Callable[[Asked, Reply], Reply] | None = None
    _fault: Fault | None = None
    _counted: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _number: int = 0

    @property
    def writes(self) -> list[str]:
        """The requests that make or change something, as `METHOD path`."""
        return [f"{one.method} {urlsplit(one.path).path}" for one in self.asked if one.method not in READS]

    def fail(self, fault: Fault | None) -> None:
        """Set a fault, or none, and forget what was asked."""
        with self._lock:
            self._fault, self._counted = fault, 0
            self.asked.clear()

    def next(self) -> int:
        """A number that was not given before."""
        self._number += 1
        return self._number

    def answer(self, asked: Asked, _: int) -> Reply:
        """Answer one request."""
        with self._lock:
            self.asked.append(asked)
            fault = self._due(asked)
            if fault is not None and not fault.after:
                if fault.kind != "429":  # says that nothing was done
                    self.cut(asked)
                return _failure(fault)
            reply = self.route(asked)
            if fault is not None:
                return _failure(fault)
            return self.bend(asked, reply) if self.bend else reply

    def _due(self, asked: Asked) -> Fault | None:
        fault = self._fault
        if fault is None or (fault.writes and asked.method in READS):
            return None
        self._counted += 1
        return fault if self._counted - 1 == fault.at else None

    def cut(self, asked: Asked) -> None:
        """What stays behind of a request that failed before the work was done."""

    def route(self, asked: Asked) -> Reply:
        """Do the work."""
        raise NotImplementedError


def _failure(fault: Fault) -> Reply:
    if fault.kind == "drop":
        return Reply(drop=True)
    if fault.kind == "429":
        return Reply(429, b'{"message": "Too Many Requests"}', {"Retry-After": "0"})
    return Reply(int(fault.kind), b'{"message": "internal error"}')


def reply(status: int, data: object = None, **headers: str) -> Reply:
    """An answer in JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"" if data is None else json.dumps(data).encode()
    return Reply(status, body, {"Content-Type": "application/json", **names})


def said(message: str, status: int) -> Reply:
    """A refusal."""
    return reply(status, {"message": message})


def _query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query))


def paged(asked: Asked, url: str, items: list[dict[str, Any]], *, most: int) -> Reply:
    """One page of a list, with the Link header to the next; `most` is the size of a page that names none."""
    query = _query(asked)
    page, size = int(query.get("page", 1)), min(int(query.get("per_page", most)), 100)
    shown = items[(page - 1) * size : page * size]
    if page * size >= len(items):
        return reply(200, shown)
    others = "".join(f"&{key}={value}" for key, value in query.items() if key not in ("page", "per_page"))
    goal = f"{url}{urlsplit(asked.path).path}?page={page + 1}&per_page={size}{others}"
    return reply(200, shown, Link=f'<{goal}>; rel="next"')


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
        found = max(self.releases.values(), key=lambda release: str(release["released_at"]), default=None)
        return str(found["tag_name"]) if found else None

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
        made: dict[str, Any] = {"id": self.next(), "name": name, "version": version, "status": status}
        made |= {"package_type": "generic"}
        made |= {"created_at": "2026-11-24T00:00:00.000Z", "pipelines": [], "tags": []}
        self.packages.append(made)
        self.files[made["id"]] = []
        return made

    def route(self, asked: Asked) -> Reply:
        """Check the token, then do the work."""
        tokens = {asked.headers.get("private-token"): self.token, asked.headers.get("job-token"): self.job_token}
        given = {name: wanted for name, wanted in tokens.items() if name is not None}
        if not given:
            return said("404 Project Not Found", 404)
        if any(name != wanted for name, wanted in given.items()):
            return said("401 Unauthorized", 401)
        path = urlsplit(asked.path).path
        base = f"/api/v4/projects/{self.project.replace('/', '%2F')}/"
        if not path.startswith(base):
            return said("404 Project Not Found", 404)
        parts = [unquote(part) for part in path.removeprefix(base).split("/")]
        match asked.method, parts:
            case "GET", ["packages"]:
                return self._list(asked)
            case "GET", ["packages", number, "package_files"] if number.isdigit():
                return self._files_of(asked, int(number))
            case "PUT", ["packages", "generic", name, version, file]:
                return self._put(name, version, file, asked.body)
            case "GET", ["packages", "generic", name, version, file]:
                found = self.kept(name, version).get(file)
                return Reply(200, found[-1]) if found else said("404 Not Found", 404)
            case "GET", ["releases", tag]:
                return reply(200, self.releases[tag]) if tag in self.releases else said("404 Not Found", 404)
            case "GET", ["releases"]:
                newest = sorted(self.releases.values(), key=lambda release: str(release["released_at"]), reverse=True)
                return paged(asked, self.url, newest, most=self.page)
            case "POST", ["releases"]:
                return self._release(json.loads(asked.body))
        return said("404 Not Found", 404)

    def _list(self, asked: Asked) -> Reply:
        """Names are searched for, as the documentation says, and versions are exact."""
        query = _query(asked)
        found = [
            package
            for package in self.packages
            if query.get("package_name", "") in package["name"]
            and query.get("package_type", "generic") == package["package_type"]
            and query.get("package_version", package["version"]) == package["version"]
        ]
        return paged(asked, self.url, found, most=self.page)

    def _files_of(self, asked: Asked, number: int) -> Reply:
        if number not in self.files:
            return said("404 Not Found", 404)
        return paged(asked, self.url, self.files[number], most=self.page)

    def _put(self, name: str, version: str, file: str, data: bytes) -> Reply:
        mine = [one for one in self.packages if (one["name"], one["version"]) == (name, version)]
        package = next((one for one in mine if one["status"] == "default"), None) or self.add_package(name, version)
        made: dict[str, Any] = {
            "id": self.next(),
            "package_id": package["id"],
            "created_at": "2026-11-24T00:00:00.000Z",
        }
        made |= {"file_name": file, "size": len(data), "file_md5": None, "file_sha1": None}
        made["file_sha256"] = hashlib.sha256(data).hexdigest()
        self.files[package["id"]].append(made)
        self.contents[made["id"]] = data
        return reply(201, {"message": "201 Created"})

    def _release(self, data: dict[str, Any]) -> Reply:
        tag = data["tag_name"]
        if tag in self.releases:
            return said("Release already exists", 409)
        if tag not in self.tags and not data.get("ref"):
            return said("Ref is not specified", 422)
        self.tags.add(tag)
        links = [{"id": self.next(), "direct_asset_url": one["url"], **one} for one in data["assets"]["links"]]
        at = f"2026-11-24T00:{self.next():02}:00.000Z"
        made = {"tag_name": tag, "name": data["name"], "description": data["description"], "created_at": at}
        made |= {"released_at": data.get("released_at", at), "upcoming_release": False, "evidences": []}
        made["assets"] = {"count": len(links) + 4, "sources": [], "links": links}
        self.releases[tag] = made
        return reply(201, made)


@dataclass(slots=True)
class GitHubHost(Host):
    """One repository of a GitHub server, which takes uploads on another port."""

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
        """What the whole assets of the releases of a tag hold."""
        numbers = [release["id"] for release in self.releases if release["tag_name"] == tag]
        whole = [asset for number in numbers for asset in self.assets[number] if asset["state"] == "uploaded"]
        return {one["name"]: self.contents[one["id"]] for one in whole}

    def published(self) -> list[str]:
        """The tags of the releases that people see."""
        return [release["tag_name"] for release in self.releases if not release["draft"]]

    def cut(self, asked: Asked) -> None:
        """Leave an asset in the state `starter`, as the real thing does where an upload fails on its side."""
        number = re.search(r"/uploads/.*/releases/(\d+)/assets$", urlsplit(asked.path).path)
        if number and asked.method == "POST":
            self._asset(int(number[1]), _query(asked)["name"], b"", state="starter")

    def route(self, asked: Asked) -> Reply:
        """Check the token, then do the work."""
        path = urlsplit(asked.path).path
        given = asked.headers.get("authorization")
        if given is None:
            return said("Not Found", 404)
        if given != f"Bearer {self.token}":
            return said("Bad credentials", 401)
        upload = path.startswith(f"/api/uploads/repos/{self.repository}/")
        if f"http://{asked.headers['host']}" != (self.uploads if upload else self.url):
            return said("Not Found", 404)
        parts = [unquote(part) for part in path.partition(f"/repos/{self.repository}/")[2].split("/")]
        match asked.method, parts:
            case "POST", ["releases", number, "assets"] if upload:
                return self._upload(int(number), _query(asked)["name"], asked)
            case _ if upload or not path.startswith("/api/v3/"):
                return said("Not Found", 404)
            case "GET", ["releases", "tags", tag]:
                return next((reply(200, one) for one in self._seen() if one["tag_name"] == tag), said("Not Found", 404))
            case "GET", ["releases", "latest"]:
                seen = self._seen()
                return next((reply(200, one) for one in seen if one["tag_name"] == self.latest), said("Not Found", 404))
            case "GET", ["releases"]:
                return paged(asked, self.url, self.releases[::-1], most=self.page)
            case "POST", ["releases"]:
                return self._create(json.loads(asked.body))
            case "PATCH", ["releases", number]:
                return self._change(int(number), json.loads(asked.body))
            case "GET", ["releases", number, "assets"] if int(number) in self.assets:
                return paged(asked, self.url, self.assets[int(number)], most=self.page)
            case "DELETE", ["releases", "assets", number]:
                return self._delete(int(number))
        return said("Not Found", 404)

    def _seen(self) -> list[dict[str, Any]]:
        return [release for release in self.releases if not release["draft"]]

    def _create(self, data: dict[str, Any]) -> Reply:
        if any(one["tag_name"] == data["tag_name"] for one in self._seen()):
            return reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        number = self.next()
        made = {"id": number, "tag_name": data["tag_name"], "target_commitish": data.get("target_commitish", "main")}
        made |= {"name": data["name"], "body": data["body"], "draft": True, "prerelease": False, "assets": []}
        made |= {"url": f"{self.url}/api/v3/repos/{self.repository}/releases/{number}", "published_at": None}
        made["upload_url"] = (
            f"{self.uploads}/api/uploads/repos/{self.repository}/releases/{number}/assets{{?name,label}}"
        )
        self.releases.append(made)
        self.assets[number] = []
        return self._change(number, data, status=201)

    def _change(self, number: int, data: dict[str, Any], status: int = 200) -> Reply:
        release = next((one for one in self.releases if one["id"] == number), None)
        if release is None:
            return said("Not Found", 404)
        if release["draft"] and not data.get("draft", False):
            release |= {"draft": False, "published_at": "2026-11-24T00:00:00Z"}
            if data.get("make_latest", "true") == "true":
                self.latest = release["tag_name"]
        return reply(status, release)

    def _asset(self, release: int, name: str, data: bytes, state: str = "uploaded") -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": self.next(),
            "name": name,
            "label": "",
            "state": state,
            "size": len(data),
            "download_count": 0,
        }
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}" if self.digests and state == "uploaded" else None
        made["digest"] = digest
        self.assets[release].append(made)
        self.contents[made["id"]] = data
        return made

    def _upload(self, release: int, name: str, asked: Asked) -> Reply:
        if release not in self.assets or "content-type" not in asked.headers:
            return said("Not Found", 404)
        if any(asset["name"] == name for asset in self.assets[release]):
            return reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        return reply(201, self._asset(release, name, asked.body))

    def _delete(self, number: int) -> Reply:
        for assets in self.assets.values():
            for asset in assets:
                if asset["id"] == number:
                    assets.remove(asset)
                    return Reply(204)
        return said("Not Found", 404)


@dataclass(slots=True)
class OciHost(Host):
    """A registry. With `user`, it gives out tokens to who knows the password, to read or to write, unless it is `basic`; `relative` is how it tells addresses."""

    user: str = ""
    password: str = ""
    relative: bool = True
    basic: bool = False
    blobs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    manifests: dict[str, dict[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)

    def reference(self, name: str) -> str:
        """How a destination names a repository of it."""
        return f"oci:{self.url.removeprefix('http:')}/{name}"

    def tags(self, name: str) -> list[str]:
        """The tags of a repository."""
        return sorted(one for one in self.manifests.get(name, {}) if not one.startswith("sha256:"))

    def route(self, asked: Asked) -> Reply:
        """Check the token, then do the work."""
        path = urlsplit(asked.path).path
        if path == "/token":
            return self._give(asked)
        allowed = "pull" if asked.method in READS else "pull,push"
        given = asked.headers.get("authorization", "")
        basic = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
        if self.user and self.basic and given != basic:
            return _errors(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="Registry"')
        if self.user and not self.basic and given not in (f"Bearer {self.token}", f"Bearer {allowed}-{self.token}"):
            name = path.removeprefix("/v2/").partition("/manifests/")[0].partition("/blobs/")[0]
            challenge = f'Bearer realm="{self.url}/token",service="registry",scope="repository:{name}:{allowed}"'
            return _errors(401, "UNAUTHORIZED", WWW_Authenticate=challenge)
        if found := re.fullmatch(r"/v2/(.+)/blobs/uploads/", path):
            return self._start(asked, found[1])
        if found := re.fullmatch(r"/v2/(.+)/blobs/uploads/([^/]+)", path):
            return self._finish(asked, found[1], found[2])
        if found := re.fullmatch(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})", path):
            return self._blob(asked, found[1], found[2])
        if found := re.fullmatch(r"/v2/(.+)/manifests/([\w.:-]+)", path):
            return self._manifest(asked, found[1], found[2])
        if found := re.fullmatch(r"/v2/(.+)/tags/list", path):
            return reply(200, {"name": found[1], "tags": self.tags(found[1])})
        return _errors(404, "NAME_UNKNOWN")

    def _give(self, asked: Asked) -> Reply:
        wanted = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
        if asked.headers.get("authorization") != wanted or _query(asked).get("service") != "registry":
            return _errors(401, "UNAUTHORIZED")
        scope = _query(asked)["scope"].rpartition(":")[2]
        return reply(200, {"token": self.token if "push" in scope else f"pull-{self.token}", "expires_in": 300})

    def _start(self, asked: Asked, name: str) -> Reply:
        if asked.method != "POST":
            return _errors(405, "UNSUPPORTED")
        number = f"upload-{self.next()}"
        self.uploads[number] = name
        goal = f"/v2/{name}/blobs/uploads/{number}?_state=a%2Bb"
        return Reply(202, b"", {"Location": goal if self.relative else self.url + goal, "Range": "0-0"})

    def _finish(self, asked: Asked, name: str, number: str) -> Reply:
        query = _query(asked)
        if asked.method != "PUT" or self.uploads.get(number) != name or query.get("_state") != "a+b":
            return _errors(404, "BLOB_UPLOAD_UNKNOWN")
        digest = f"sha256:{hashlib.sha256(asked.body).hexdigest()}"
        if query.get("digest") != digest:
            return _errors(400, "DIGEST_INVALID")
        del self.uploads[number]
        self.blobs.setdefault(name, {})[digest] = asked.body
        return Reply(201, b"", {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def _blob(self, asked: Asked, name: str, digest: str) -> Reply:
        data = self.blobs.get(name, {}).get(digest)
        if asked.method not in READS or data is None:
            return _errors(404, "BLOB_UNKNOWN")
        return Reply(200, data, {"Docker-Content-Digest": digest})

    def _manifest(self, asked: Asked, name: str, reference: str) -> Reply:
        kept = self.manifests.get(name, {})
        if asked.method in READS:
            data = kept.get(reference)
            if data is None or MANIFEST not in asked.headers.get("accept", ""):
                return _errors(404, "MANIFEST_UNKNOWN")
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            return Reply(200, data, {"Content-Type": MANIFEST, "Docker-Content-Digest": digest})
        if asked.method != "PUT":
            return _errors(405, "UNSUPPORTED")
        try:
            made: dict[str, Any] = json.loads(asked.body)
        except ValueError:
            return _errors(400, "MANIFEST_INVALID")
        if not made.get("mediaType") == asked.headers.get("content-type") == MANIFEST or made["schemaVersion"] != 2:
            return _errors(400, "MANIFEST_INVALID")
        for one in (made["config"], *made["layers"]):
            data = self.blobs.get(name, {}).get(one["digest"])
            if data is None or len(data) != one["size"]:
                return _errors(404, "MANIFEST_BLOB_UNKNOWN")
        digest = f"sha256:{hashlib.sha256(asked.body).hexdigest()}"
        if reference.startswith("sha256:") and reference != digest:
            return _errors(400, "DIGEST_INVALID")
        self.manifests[name] = {**kept, reference: asked.body, digest: asked.body}
        return Reply(201, b"", {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest})


def _errors(status: int, code: str, **headers: str) -> Reply:
    return reply(status, {"errors": [{"code": code, "message": code.lower(), "detail": None}]}, **headers)


@contextmanager
def gitlab(**settings: Any) -> Iterator[GitLabHost]:
    """Serve a GitLab until the block ends."""
    host = GitLabHost(**settings)
    with scripted(host.answer) as server:
        host.url = server.url
        yield host


@contextmanager
def github(**settings: Any) -> Iterator[GitHubHost]:
    """Serve a GitHub until the block ends."""
    host = GitHubHost(**settings)
    with ExitStack() as stack:
        host.url = stack.enter_context(scripted(host.answer)).url
        host.uploads = stack.enter_context(scripted(host.answer)).url
        yield host


@contextmanager
def oci(**settings: Any) -> Iterator[OciHost]:
    """Serve a registry until the block ends."""
    host = OciHost(**settings)
    with scripted(host.answer) as server:
        host.url = server.url
        yield host


def words(host: Host) -> Mapping[str, str]:
    """Everything that was asked, but for bodies and the headers that may hold a credential."""
    apart = ("authorization", "private-token", "job-token")
    return {
        f"{number} {one.method} {one.path}": " ".join(v for k, v in one.headers.items() if k not in apart)
        for number, one in enumerate(host.asked)
    }
