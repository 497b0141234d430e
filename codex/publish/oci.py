"""An OCI artifact: the bundle's files as the layers of one manifest, in an image layout or in a registry.

Formats: OCI Image Format 1.1 (image-layout.md, manifest.md), OCI Distribution 1.1.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from codex.http.client import Client, HttpError, Response, resolve_url
from codex.http.credentials import Token
from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, put_status
from codex.publish.responses import as_object
from codex.shell.atomic import write_file
from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.model.release import Version

ARTIFACT: Final = "application/vnd.codexc.bundle.v1"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_EMPTY: Final = b"{}"
_KINDS: Final = {".gz": "application/vnd.codexc.archive.v1+tar.gzip", ".json": "application/json", ".sig": "text/plain"}


def blobs(offer: Publication) -> dict[str, bytes]:
    """The blobs of an artifact by their digests."""
    return {_digest(data): data for data in (*offer.files.values(), _EMPTY)}


def oci_manifest(offer: Publication) -> bytes:
    """The manifest of an artifact."""
    annotations = {
        "org.opencontainers.image.title": offer.title,
        "org.opencontainers.image.version": offer.version,
        **({"org.opencontainers.image.revision": offer.commit} if offer.commit else {}),
    }
    data = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": ARTIFACT,
        "config": _descriptor("application/vnd.oci.empty.v1+json", _EMPTY),
        "layers": [
            {
                **_descriptor(_KINDS.get(Path(name).suffix, "application/octet-stream"), content),
                "annotations": {"org.opencontainers.image.title": name},
            }
            for name, content in sorted(offer.files.items())
        ],
        "annotations": annotations,
    }
    return dumps(data, depth=3)


def _descriptor(kind: str, data: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{sha256(data)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OciLayoutPublisher:
    """An image layout on disk; every version that was published stays in it, under its version as the tag."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Write the blobs, then the index that names them."""
        made = oci_manifest(offer)
        index = self._index()
        tagged = next((one for one in index["manifests"] if _tag(one) == offer.version), None)
        if tagged is not None and tagged["digest"] != _digest(made):
            raise differs_error(f"artifact {offer.version}", str(self.path))
        for digest, data in sorted((blobs(offer) | {_digest(made): made}).items()):
            path = self.path / "blobs" / "sha256" / digest.removeprefix("sha256:")
            there = path.is_file() and path.read_bytes() == data
            if not there and not dry:
                write_file(path, data, root=self.path)
            yield PublishStep(
                what=digest, done=StepStatus.THERE if there else put_status(dry=dry), bytes=0 if there else len(data)
            )
        if tagged is None and not dry:
            entry = {**_descriptor(_MANIFEST, made), "artifactType": ARTIFACT}
            entry["annotations"] = {"org.opencontainers.image.ref.name": offer.version}
            write_file(self.path / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}\n', root=self.path)
            data = dumps({**index, "manifests": [*index["manifests"], entry]}, depth=2)
            write_file(self.path / "index.json", data, root=self.path)
        yield PublishStep(what=f"tag {offer.version}", done=StepStatus.THERE if tagged else put_status(dry=dry))

    def files(self, tag: str | None) -> dict[str, bytes]:
        """The files of an artifact by name; without a tag, of the highest version. Raises `CodexError` without one."""
        entries = {name: one["digest"] for one in self._index()["manifests"] if (name := _tag(one))}
        tag = tag or _highest(entries, str(self.path))
        if tag not in entries:
            raise CodexError(f"`{self.path}` has no artifact `{tag}`", hint=f"it has {', '.join(entries) or 'none'}")
        return _layers(self._blob(entries[tag]), self._blob, str(self.path))

    def _blob(self, digest: str) -> bytes:
        path = self.path / "blobs" / "sha256" / _checked_digest(digest, str(self.path)).removeprefix("sha256:")
        try:
            return _whole(path.read_bytes(), digest, str(self.path))
        except OSError as error:
            raise CodexError(f"`{self.path}` lacks {digest}: {error.strerror}", hint="copy it again") from error

    def _index(self) -> dict[str, Any]:
        path = self.path / "index.json"
        if not path.is_file():
            return {"schemaVersion": 2, "mediaType": _INDEX, "manifests": []}
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
            _ = [(one["digest"], _tag(one)) for one in found["manifests"]]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise CodexError(f"`{path}` is no index of an image layout", hint="name another folder") from error
        return found


_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def _checked_digest(digest: object, where: str) -> str:
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise CodexError(f"{where} names a blob by no sha256 digest", hint="only sha256 is read")
    return digest


def _whole(data: bytes, digest: str, where: str) -> bytes:
    if _digest(data) != digest:
        raise CodexError(f"{where}: checksum mismatch (got {_digest(data)}, expected {digest})", hint="fetch it again")
    return data


def _layers(made: bytes, blob: Callable[[str], bytes], where: str) -> dict[str, bytes]:
    """The files of an artifact of ours by the names that its manifest gives them."""
    try:
        found = json.loads(made)
        kind = found["artifactType"]
        layers = {str(one["annotations"]["org.opencontainers.image.title"]): one["digest"] for one in found["layers"]}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise CodexError(f"{where} has no manifest of an artifact", hint="is it a bundle?") from error
    if kind != ARTIFACT:
        raise CodexError(f"{where} is an artifact of another kind: {kind}", hint="`codexc publish` writes bundles")
    return {name: blob(_checked_digest(digest, where)) for name, digest in layers.items()}


def _highest(tags: Iterable[str], where: str) -> str:
    found = [tag for tag in tags if re.fullmatch(r"\d+\.\d+\.\d+", tag)]
    if not found:
        raise CodexError(f"{where} has no version", hint="name a tag")
    return max(found, key=Version.parse)


def _tag(entry: Mapping[str, Any]) -> str | None:
    tag: str | None = (entry.get("annotations") or {}).get("org.opencontainers.image.ref.name")
    return tag


@dataclass(slots=True, kw_only=True)
class OciRegistryPublisher:
    """A repository (`name`) of a registry; `user` and `password` are for registries that give out tokens for them."""

    client: Client
    name: str
    tag: str | None = None
    user: str = ""
    password: str = ""
    authorities: Path | None = None

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Upload the blobs that are not there, then the manifest under its tag."""
        made, tag = oci_manifest(offer), self.tag or offer.version
        found = self._ask("GET", f"v2/{self.name}/manifests/{tag}", headers={"accept": _MANIFEST}, accept=(404,))
        if found.status == 200 and found.body != made:
            raise differs_error(f"artifact {tag}", f"{self.client.base}{self.name}")
        for digest, data in sorted(blobs(offer).items()):
            there = found.status == 200 or self._has(digest)
            if not there and not dry:
                self._upload(digest, data)
            yield PublishStep(
                what=digest, done=StepStatus.THERE if there else put_status(dry=dry), bytes=0 if there else len(data)
            )
        if found.status != 200 and not dry:
            headers = {"content-type": _MANIFEST}
            self._ask("PUT", f"v2/{self.name}/manifests/{tag}", content=made, headers=headers)
        yield PublishStep(what=f"tag {tag}", done=StepStatus.THERE if found.status == 200 else put_status(dry=dry))

    def files(self) -> dict[str, bytes]:
        """The files of an artifact by name; without a tag, of the highest version. Raises `CodexError` without one."""
        where = f"{self.client.base}{self.name}"
        tag = self.tag or _highest(self._tags(), where)
        made = self._ask("GET", f"v2/{self.name}/manifests/{tag}", headers={"accept": _MANIFEST}, accept=(404,))
        if made.status == 404:
            raise CodexError(f"{where} has no artifact `{tag}`", hint="name another tag")
        return _layers(made.body, self._blob, where)

    def _tags(self) -> list[str]:
        answer = self._ask("GET", f"v2/{self.name}/tags/list", accept=(404,))
        tags = as_object(answer, tags=list)["tags"] if answer.status != 404 else []
        return [tag for tag in tags if isinstance(tag, str)]

    def _blob(self, digest: str) -> bytes:
        found = self._ask("GET", f"v2/{self.name}/blobs/{digest}")
        return _whole(found.body, digest, f"{self.client.base}{self.name}")

    def _has(self, digest: str) -> bool:
        return self._ask("HEAD", f"v2/{self.name}/blobs/{digest}", accept=(404,)).status == 200

    def _upload(self, digest: str, data: bytes) -> None:
        start = self._ask("POST", f"v2/{self.name}/blobs/uploads/", content=b"")
        goal = resolve_url(start.url, start.headers.get("location", ""))
        if urlsplit(goal).netloc != urlsplit(self.client.base).netloc:
            raise HttpError(f"{self.client.base}: the registry wants uploads on another host")
        joint = "&" if urlsplit(goal).query else "?"
        headers = {"content-type": "application/octet-stream"}
        self._ask("PUT", f"{goal}{joint}{urlencode({'digest': digest})}", content=data, headers=headers)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Response:
        """Ask the registry, with what it asks for where it refuses (distribution, auth/token): a token to read is none
        to write, and none is good for long."""
        answer = self.client.request(method, path, content=content, headers=headers, accept=(*accept, 401))
        if answer.status == 401 and self._authorise(answer):
            return self.client.request(method, path, content=content, headers=headers, accept=accept)
        if answer.status == 401:
            raise HttpError(
                f"{method} {self.client.base}: 401", status=401, hint="the registry wants a user and a token"
            )
        return answer

    def _authorise(self, answer: Response) -> bool:
        scheme, _, rest = answer.headers.get("www-authenticate", "").partition(" ")
        fields = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        pair = b64encode(f"{self.user}:{self.password}".encode()).decode()
        mine = Token(source=lambda: pair, kind="basic") if self.user else None
        if scheme.lower() == "basic" and mine is not None:
            self.client.credential = mine
            return True
        if scheme.lower() != "bearer" or "realm" not in fields:
            return False
        realm = urlsplit(resolve_url(self.client.base, fields["realm"]))
        params = {key: value for key, value in fields.items() if key in ("service", "scope")}
        base = urlunsplit((realm.scheme, realm.netloc, "/", "", ""))
        with Client(base, credential=mine, authorities=self.authorities) as giver:
            found = as_object(giver.get(urlunsplit((realm.scheme, realm.netloc, realm.path, "", "")), params))
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str):
            return False
        self.client.credential = Token(source=lambda: token)
        return True
