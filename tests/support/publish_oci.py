"""A fake OCI registry to publish to.

Sources: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md,
https://distribution.github.io/distribution/spec/auth/token/.
"""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from tests.support.publish_host import READS, Host, query_of, reply
from tests.support.scripted import RecordedRequest, Reply

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


@dataclass(slots=True)
class OciHost(Host):
    """A registry.

    With `user`, it requires a token for pull or push, which it returns for the password, or basic authentication if
    `basic`. With `relative`, the locations of uploads are relative.
    """

    user: str = ""
    password: str = ""
    relative: bool = True
    basic: bool = False
    blobs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    manifests: dict[str, dict[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)

    def reference(self, name: str) -> str:
        """Return a repository of it as a destination."""
        return f"oci:{self.url.removeprefix('http:')}/{name}"

    def tags(self, name: str) -> list[str]:
        """Return the tags of a repository."""
        return sorted(tag for tag in self.manifests.get(name, {}) if not tag.startswith("sha256:"))

    def route(self, request: RecordedRequest) -> Reply:
        """Check the token, then do the work."""
        path = urlsplit(request.path).path
        if path == "/token":
            return self._token(request)
        allowed = "pull" if request.method in READS else "pull,push"
        authorization = request.headers.get("authorization", "")
        basic = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
        if self.user and self.basic and authorization != basic:
            return _errors(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="Registry"')
        if (
            self.user
            and not self.basic
            and authorization not in (f"Bearer {self.token}", f"Bearer {allowed}-{self.token}")
        ):
            name = path.removeprefix("/v2/").partition("/manifests/")[0].partition("/blobs/")[0]
            challenge = f'Bearer realm="{self.url}/token",service="registry",scope="repository:{name}:{allowed}"'
            return _errors(401, "UNAUTHORIZED", WWW_Authenticate=challenge)
        if match := re.fullmatch(r"/v2/(.+)/blobs/uploads/", path):
            return self._start(request, match[1])
        if match := re.fullmatch(r"/v2/(.+)/blobs/uploads/([^/]+)", path):
            return self._finish(request, match[1], match[2])
        if match := re.fullmatch(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})", path):
            return self._blob(request, match[1], match[2])
        if match := re.fullmatch(r"/v2/(.+)/manifests/([\w.:-]+)", path):
            return self._manifest(request, match[1], match[2])
        if match := re.fullmatch(r"/v2/(.+)/tags/list", path):
            return reply(200, {"name": match[1], "tags": self.tags(match[1])})
        return _errors(404, "NAME_UNKNOWN")

    def _token(self, request: RecordedRequest) -> Reply:
        expected = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("authorization") != expected or query_of(request).get("service") != "registry":
            return _errors(401, "UNAUTHORIZED")
        scope = query_of(request)["scope"].rpartition(":")[2]
        return reply(200, {"token": self.token if "push" in scope else f"pull-{self.token}", "expires_in": 300})

    def _start(self, request: RecordedRequest, name: str) -> Reply:
        if request.method != "POST":
            return _errors(405, "UNSUPPORTED")
        number = f"upload-{self.next()}"
        self.uploads[number] = name
        location = f"/v2/{name}/blobs/uploads/{number}?_state=a%2Bb"
        return Reply(202, b"", {"Location": location if self.relative else self.url + location, "Range": "0-0"})

    def _finish(self, request: RecordedRequest, name: str, number: str) -> Reply:
        query = query_of(request)
        if request.method != "PUT" or self.uploads.get(number) != name or query.get("_state") != "a+b":
            return _errors(404, "BLOB_UPLOAD_UNKNOWN")
        digest = f"sha256:{hashlib.sha256(request.body).hexdigest()}"
        if query.get("digest") != digest:
            return _errors(400, "DIGEST_INVALID")
        del self.uploads[number]
        self.blobs.setdefault(name, {})[digest] = request.body
        return Reply(201, b"", {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def _blob(self, request: RecordedRequest, name: str, digest: str) -> Reply:
        data = self.blobs.get(name, {}).get(digest)
        if request.method not in READS or data is None:
            return _errors(404, "BLOB_UNKNOWN")
        return Reply(200, data, {"Docker-Content-Digest": digest})

    def _manifest(self, request: RecordedRequest, name: str, reference: str) -> Reply:
        kept = self.manifests.get(name, {})
        if request.method in READS:
            data = kept.get(reference)
            if data is None or MANIFEST not in request.headers.get("accept", ""):
                return _errors(404, "MANIFEST_UNKNOWN")
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            return Reply(200, data, {"Content-Type": MANIFEST, "Docker-Content-Digest": digest})
        if request.method != "PUT":
            return _errors(405, "UNSUPPORTED")
        try:
            manifest: dict[str, Any] = json.loads(request.body)
        except ValueError:
            return _errors(400, "MANIFEST_INVALID")
        if (
            not manifest.get("mediaType") == request.headers.get("content-type") == MANIFEST
            or manifest["schemaVersion"] != 2
        ):
            return _errors(400, "MANIFEST_INVALID")
        for layer in (manifest["config"], *manifest["layers"]):
            data = self.blobs.get(name, {}).get(layer["digest"])
            if data is None or len(data) != layer["size"]:
                return _errors(404, "MANIFEST_BLOB_UNKNOWN")
        digest = f"sha256:{hashlib.sha256(request.body).hexdigest()}"
        if reference.startswith("sha256:") and reference != digest:
            return _errors(400, "DIGEST_INVALID")
        self.manifests[name] = {**kept, reference: request.body, digest: request.body}
        return Reply(201, b"", {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest})


def _errors(status: int, code: str, **headers: str) -> Reply:
    return reply(status, {"errors": [{"code": code, "message": code.lower(), "detail": None}]}, **headers)
