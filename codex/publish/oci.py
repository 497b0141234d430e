"""An OCI artifact: the bundle's files as the layers of one manifest, in an image layout or in a registry.

Formats: https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md and image-layout.md,
https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlunsplit

from codex.http.client import Client
from codex.http.credentials import Token
from codex.http.errors import HttpError
from codex.http.pagination import follow
from codex.http.response import Response
from codex.http.urls import origin, require_outside, resolve_url, split_address
from codex.limits import BYTES_PER_LISTING, BYTES_PER_RESPONSE
from codex.publish.publication import (
    Publication,
    PublishStep,
    StepStatus,
    differs_error,
    upload_status,
    upload_step,
)
from codex.publish.responses import as_object
from codex.shell.atomic import write_file
from codex.shell.reading import read_file
from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json, parse_limited_json
from skills_build.model.release import Version
from skills_build.release.archive import BUNDLE_LIMITS

ARTIFACT: Final = "application/vnd.codexc.bundle.v1"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_RELEASE: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")
"""A tag that is a version."""
_EMPTY: Final = b"{}"
_TITLE: Final = "org.opencontainers.image.title"
_MAX_LAYERS: Final = 2_000
_MAX_SIZE: Final = 2 * BUNDLE_LIMITS.packed
"""Bytes of all layers: the archive of everything, and those of the skills, with the same files."""
_MEDIA_TYPES: Final = {
    ".gz": "application/vnd.codexc.archive.v1+tar.gzip",
    ".json": "application/json",
    ".sig": "text/plain",
}


def blobs(offer: Publication) -> dict[str, bytes]:
    """Return the blobs of an artifact by digest."""
    return {_digest(data): data for data in (*offer.files.values(), _EMPTY)}


def oci_manifest(offer: Publication) -> bytes:
    """Return the manifest of an artifact."""
    annotations = {
        _TITLE: offer.title,
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
                **_descriptor(_MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream"), content),
                "annotations": {_TITLE: name},
            }
            for name, content in sorted(offer.files.items())
        ],
        "annotations": annotations,
    }
    return dumps(data, depth=3)


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{sha256(data)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OciLayoutPublisher:
    """An image layout on disk; all published versions stay in it, each with its version as the tag."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Write the blobs, then the index that names them."""
        manifest = oci_manifest(offer)
        index = self._index()
        tagged = next((entry for entry in index["manifests"] if _tag(entry) == offer.version), None)
        if tagged is not None and tagged["digest"] != _digest(manifest):
            raise differs_error(f"artifact {offer.version}", str(self.path))
        for digest, data in sorted((blobs(offer) | {_digest(manifest): manifest}).items()):
            path = self.path / "blobs" / "sha256" / digest.removeprefix("sha256:")
            exists = path.is_file() and read_file(path) == data
            if not exists and not dry:
                write_file(path, data, root=self.path)
            yield upload_step(digest, data, exists=exists, dry=dry)
        if tagged is None and not dry:
            entry = {**_descriptor(_MANIFEST, manifest), "artifactType": ARTIFACT}
            entry["annotations"] = {"org.opencontainers.image.ref.name": offer.version}
            write_file(self.path / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}\n', root=self.path)
            data = dumps({**index, "manifests": [*index["manifests"], entry]}, depth=2)
            write_file(self.path / "index.json", data, root=self.path)
        yield PublishStep(what=f"tag {offer.version}", status=StepStatus.THERE if tagged else upload_status(dry=dry))

    def files(self, tag: str | None) -> tuple[str, dict[str, bytes]]:
        """Return the tag of an artifact, without one that of the highest version, and its files by name.

        Raises `CodexError` where there is no such artifact.
        """
        entries = {name: entry["digest"] for entry in self._index()["manifests"] if (name := _tag(entry))}
        tag = tag or _highest(entries, str(self.path))
        if tag not in entries:
            raise CodexError(
                f"`{self.path}` has no artifact `{tag}`", hint=f"available artifacts: {', '.join(entries) or 'none'}"
            )
        return tag, _layers(self._blob(entries[tag]), self._blob, str(self.path))

    def _blob(self, digest: str, size: int = BYTES_PER_LISTING) -> bytes:
        path = self.path / "blobs" / "sha256" / _checked_digest(digest, str(self.path)).removeprefix("sha256:")
        try:
            return _verified(read_file(path, max_bytes=size), digest, str(self.path))
        except OSError as error:
            raise CodexError(f"`{self.path}` has no blob {digest}: {error.strerror}", hint="copy it again") from error

    def _index(self) -> dict[str, Any]:
        path = self.path / "index.json"
        if not path.is_file():
            return {"schemaVersion": 2, "mediaType": _INDEX, "manifests": []}
        try:
            index: dict[str, Any] = parse_json(read_file(path))
            if not isinstance(index["manifests"], list):
                raise TypeError
            _ = [_DIGEST.fullmatch(entry["digest"]) and _tag(entry) for entry in index["manifests"]]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise CodexError(f"`{path}` is not an image layout index", hint="use another folder") from error
        return index


_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def _checked_digest(digest: object, where: str) -> str:
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise CodexError(f"{where} has a blob without a sha256 digest", hint="only sha256 is supported")
    return digest


def _verified(data: bytes, digest: str, where: str) -> bytes:
    if _digest(data) != digest:
        raise CodexError(f"{where}: checksum mismatch (got {_digest(data)}, expected {digest})", hint="fetch it again")
    return data


def _layers(manifest: bytes, read_blob: Callable[[str, int], bytes], where: str) -> dict[str, bytes]:
    """Return the files of a bundle by the names in its manifest, which has to state their sizes."""
    try:
        data = parse_limited_json(manifest)
        kind = data["artifactType"]
        layers = [(layer["annotations"][_TITLE], layer["digest"], layer["size"]) for layer in data["layers"]]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise CodexError(f"{where} has no artifact manifest", hint="is it a bundle?") from error
    if kind != ARTIFACT:
        raise CodexError(f"{where} is an artifact of type {kind}, not a bundle", hint="use `codexc publish`")
    names = {name for name, _, _ in layers if isinstance(name, str)}
    sizes = [size for _, _, size in layers if isinstance(size, int) and size >= 0]
    if len(names) < len(layers) or len(sizes) < len(layers):
        raise CodexError(
            f"{where} has a layer without a size or a unique name", hint="do not trust the source of the bundle"
        )
    if len(layers) > _MAX_LAYERS or sum(sizes) > _MAX_SIZE:
        most = f"{_MAX_LAYERS:,} layers or {_MAX_SIZE:,} bytes"
        raise CodexError(
            f"{where} has more than {most}", hint="a valid bundle is never this large: do not trust the source"
        )
    return {name: read_blob(_checked_digest(digest, where), size) for name, digest, size in layers}


def _highest(tags: Iterable[str], where: str) -> str:
    highest = max((tag for tag in tags if _RELEASE.fullmatch(tag)), key=Version.parse, default=None)
    if highest is None:
        raise CodexError(f"{where} has no version", hint="specify a tag")
    return highest


def _tag(entry: Mapping[str, Any]) -> str | None:
    """The tag of an entry of an index; None without one. Raises `TypeError` for anything but text."""
    tag = (entry.get("annotations") or {}).get("org.opencontainers.image.ref.name")
    if not isinstance(tag, str | None):
        raise TypeError
    return tag


@dataclass(slots=True, kw_only=True)
class OciRegistryPublisher:
    """A repository (`name`) of a registry.

    `user` and `password` are for registries with authentication; `open_client` opens a client for a token server.
    """

    client: Client
    open_client: Callable[[str], Client]
    name: str
    tag: str | None = None
    user: str = ""
    password: str = ""

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Upload the missing blobs, then the manifest under its tag."""
        manifest, tag = oci_manifest(offer), self.tag or offer.version
        current = self._request(
            "GET", f"v2/{self.name}/manifests/{tag}", headers={"accept": _MANIFEST}, ok_statuses=(404,)
        )
        if current.status == 200 and current.body != manifest:
            raise differs_error(f"artifact {tag}", f"{self.client.base}{self.name}")
        for digest, data in sorted(blobs(offer).items()):
            exists = current.status == 200 or self._has(digest)
            if not exists and not dry:
                self._upload(digest, data)
            yield upload_step(digest, data, exists=exists, dry=dry)
        if current.status != 200 and not dry:
            headers = {"content-type": _MANIFEST}
            self._request("PUT", f"v2/{self.name}/manifests/{tag}", content=manifest, headers=headers)
        yield PublishStep(
            what=f"tag {tag}", status=StepStatus.THERE if current.status == 200 else upload_status(dry=dry)
        )

    def files(self) -> tuple[str, dict[str, bytes]]:
        """Return the tag of an artifact, without one that of the highest version, and its files by name.

        Raises `CodexError` where there is no such artifact.
        """
        where = f"{self.client.base}{self.name}"
        tag = self.tag or _highest(self._tags(), where)
        manifest = self._request(
            "GET",
            f"v2/{self.name}/manifests/{tag}",
            headers={"accept": _MANIFEST},
            ok_statuses=(404,),
            max_bytes=BYTES_PER_LISTING,
        )
        if manifest.status == 404:
            raise CodexError(f"{where} has no artifact `{tag}`", hint="use another tag")
        return tag, _layers(manifest.body, self._blob, where)

    def _tags(self) -> Iterator[str]:
        """Yield the tags on all pages of the list: the highest version may be on any of them.

        https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
        """
        path = f"v2/{self.name}/tags/list"

        def read(address: str | None) -> tuple[Response, str | None]:
            response = self._request("GET", address or path, ok_statuses=(404,), max_bytes=BYTES_PER_LISTING)
            following = response.link("next")
            return response, following and self.client.next_page(following)

        for response in follow(read, what=f"{self.client.base}{path}"):
            tags = as_object(response, tags=list)["tags"] if response.status != 404 else []
            yield from (tag for tag in tags if isinstance(tag, str))

    def _blob(self, digest: str, size: int) -> bytes:
        response = self._request("GET", f"v2/{self.name}/blobs/{digest}", max_bytes=size)
        return _verified(response.body, digest, f"{self.client.base}{self.name}")

    def _has(self, digest: str) -> bool:
        return self._request("HEAD", f"v2/{self.name}/blobs/{digest}", ok_statuses=(404,)).status == 200

    def _upload(self, digest: str, data: bytes) -> None:
        """Upload a blob to the location that the registry returns, which may be relative and have a query.

        https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#post-then-put
        """
        start = self._request("POST", f"v2/{self.name}/blobs/uploads/", content=b"")
        url = resolve_url(start.url, start.headers.get("location", ""))
        if split_address(url).netloc != split_address(self.client.base).netloc:
            raise HttpError(f"{self.client.base}: the registry redirects uploads to another host")
        separator = "&" if split_address(url).query else "?"
        headers = {"content-type": "application/octet-stream"}
        self._request("PUT", f"{url}{separator}{urlencode({'digest': digest})}", content=data, headers=headers)

    def _request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        ok_statuses: tuple[int, ...] = (),
        max_bytes: int = BYTES_PER_RESPONSE,
    ) -> Response:
        """Send a request, and once more with the credential that a 401 of the registry challenges for.

        A token is for one scope, pull or push, and expires soon, so that any request may be challenged:
        https://distribution.github.io/distribution/spec/auth/token/. A host to which the registry redirects names no
        server that gets the password.
        """
        send = partial(self.client.request, method, path, content=content, headers=headers, max_bytes=max_bytes)
        response = send(ok_statuses=(*ok_statuses, 401))
        if response.status == 401 and origin(response.url) != origin(self.client.base):
            raise self.client.refused(response)
        if response.status == 401 and self._authorize(response):
            return send(ok_statuses=ok_statuses)
        if response.status == 401:
            hint = "set CODEXC_OCI_USER and CODEXC_OCI_PASSWORD"
            raise HttpError(f"{method} {self.client.base}: 401", status=401, hint=hint)
        return response

    def _authorize(self, response: Response) -> bool:
        """Set the credential that a 401 challenges for; False if there is none."""
        scheme, _, rest = response.headers.get("www-authenticate", "").partition(" ")
        fields = dict(re.findall(r'(?<!\w)(\w++)="([^"]*+)"', rest))
        if scheme.lower() == "basic" and self.user:
            self.client.credential = self._basic()
            return True
        if scheme.lower() != "bearer" or "realm" not in fields:
            return False
        token = self._token(fields)
        if token is None:
            return False
        self.client.credential = Token(source=lambda: token)
        return True

    def _basic(self) -> Token:
        encoded = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return Token(source=lambda: encoded, kind="basic")

    def _token(self, challenge: Mapping[str, str]) -> str | None:
        """Request a token from the realm of a challenge; `access_token` is its name in OAuth 2.0."""
        realm = split_address(require_outside(self.client.base, resolve_url(self.client.base, challenge["realm"])))
        params = {key: value for key, value in challenge.items() if key in ("service", "scope")}
        with self.open_client(urlunsplit((realm.scheme, realm.netloc, "/", "", ""))) as client:
            client.credential = self._basic() if self.user else client.credential
            data = as_object(client.get(urlunsplit((realm.scheme, realm.netloc, realm.path, "", "")), params))
        token = data.get("token") or data.get("access_token")
        return token if isinstance(token, str) else None
