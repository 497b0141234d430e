"""GitHub: a release with the bundle's files as assets, a draft until all of them are uploaded.

API: https://docs.github.com/rest/releases.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlunsplit

from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.urls import origin, resolve_url, split_address
from codex.publish.publication import (
    Publication,
    PublishedError,
    PublishStep,
    StepStatus,
    differs_error,
    newer,
    upload_status,
    upload_step,
)
from codex.publish.responses import as_list, as_object
from skills_build.emit.tree import sha256
from skills_build.frozen import dataclass

_RELEASE: Final = {"id": int, "tag_name": str, "draft": bool, "upload_url": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubPublisher:
    """A repository (`owner/name`); `client` is for the API, and `open_client` returns a client for the upload host."""

    client: Client
    open_client: Callable[[str], Client]
    repository: str

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Create a draft or find that of an interrupted run, upload the missing assets, and publish it."""
        release = self._release(offer)
        if release is None and not dry:
            release = self._draft(offer)
        assets = self._assets(release) if release else {}
        for name, data in sorted(offer.files.items()):
            exists = self._exists(name, data, assets.get(name), draft=bool(release and release["draft"]), dry=dry)
            if not exists and not dry and release:
                self._upload(release, name, data)
            yield upload_step(name, data, exists=exists, dry=dry)
        if release is not None and not release["draft"]:
            yield PublishStep(what=f"release {offer.tag}", status=StepStatus.THERE)
            return
        if release is not None and not dry:
            change = {"draft": False, "make_latest": "false" if self._has_newer(offer) else "true"}
            path = f"repos/{self.repository}/releases/{release['id']}"
            as_object(self.client.send("PATCH", path, change), draft=bool)
        yield PublishStep(what=f"release {offer.tag}", status=upload_status(dry=dry))

    def _release(self, offer: Publication) -> Mapping[str, Any] | None:
        """Return the release of the tag, or its draft, which the API does not find by tag.

        https://docs.github.com/rest/releases/releases#get-a-release-by-tag-name
        """
        response = self.client.get(
            f"repos/{self.repository}/releases/tags/{quote(offer.tag, safe='')}", ok_statuses=(404,)
        )
        if response.status != 404:
            return as_object(response, **_RELEASE)
        return next((release for release in self._releases() if release["tag_name"] == offer.tag), None)

    def _releases(self) -> Iterator[Mapping[str, Any]]:
        for page in self.client.pages(f"repos/{self.repository}/releases", {"per_page": 100}):
            yield from as_list(page, **_RELEASE)

    def _has_newer(self, offer: Publication) -> bool:
        """Return whether a newer version is already published."""
        prefix = offer.tag.removesuffix(offer.version)
        tags = [release["tag_name"] for release in self._releases() if not release["draft"]]
        return any(newer(tag.removeprefix(prefix), offer.version) for tag in tags if tag.startswith(prefix))

    def _draft(self, offer: Publication) -> Mapping[str, Any]:
        data: dict[str, object] = {"tag_name": offer.tag, "name": offer.name, "body": offer.notes, "draft": True}
        if offer.commit:
            data["target_commitish"] = offer.commit
        return as_object(self.client.send("POST", f"repos/{self.repository}/releases", data), **_RELEASE)

    def _assets(self, release: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        assets: dict[str, Mapping[str, Any]] = {}
        for page in self.client.pages(f"repos/{self.repository}/releases/{release['id']}/assets", {"per_page": 100}):
            assets |= {asset["name"]: asset for asset in as_list(page, id=int, name=str, state=str, size=int)}
        return assets

    def _exists(self, name: str, data: bytes, asset: Mapping[str, Any] | None, *, draft: bool, dry: bool) -> bool:
        """Return whether an asset is complete; an incomplete one in a draft is removed.

        A failed upload leaves an empty asset in the state `starter`:
        https://docs.github.com/rest/releases/assets#upload-a-release-asset.
        """
        if asset is None:
            return False
        expected = f"sha256:{sha256(data)}"
        digest = asset.get("digest") or expected
        if asset["state"] == "uploaded" and asset["size"] == len(data) and digest == expected:
            return True
        if not draft:
            raise differs_error(name, f"the release of {self.repository}")
        if not dry:
            self.client.request("DELETE", f"repos/{self.repository}/releases/assets/{asset['id']}")
        return False

    def _upload(self, release: Mapping[str, Any], name: str, data: bytes) -> None:
        """Upload an asset to the host for uploads, which may not be that of the API."""
        if not release["draft"]:
            hint = "a published release cannot be changed: publish a new version"
            raise PublishedError(f"the release of {self.repository} has no {name}", hint=hint)
        url = upload_address(self.client.base, str(release["upload_url"]))
        parts = split_address(url)
        with self.open_client(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as uploads:
            headers = {"content-type": "application/gzip" if name.endswith(".gz") else "application/json"}
            response = uploads.request("POST", url, params={"name": name}, content=data, headers=headers)
        if as_object(response, size=int)["size"] != len(data):
            raise HttpError(f"{url}: the upload of {name} is incomplete", hint="run the command again")


def upload_address(base: str, written: str) -> str:
    """Return the address for uploads that a release of the API at `base` names, without its template.

    The host is that of the API, or `uploads.` in place of its `api.`:
    https://docs.github.com/rest/releases/assets#upload-a-release-asset. Raises `HttpError` for any other one, which
    would get the token.
    """
    url = resolve_url(base, written.partition("{")[0])
    scheme, host = origin(base)
    if origin(url) not in ((scheme, host), (scheme, f"uploads.{host.removeprefix('api.')}")):
        hint = "check that this is the URL of the API, and that no proxy changes the response"
        raise HttpError(f"{base}: the host names another host for uploads: `{url}`", hint=hint)
    return url
