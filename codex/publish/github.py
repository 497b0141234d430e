"""GitHub: a release with the bundle's files as its assets, a draft until all of them are there.

API: docs.github.com/rest/releases.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from codex.http.client import Client, HttpError, resolve_url
from codex.publish.publication import (
    Publication,
    PublishedError,
    PublishStep,
    StepStatus,
    differs_error,
    newer,
    put_status,
)
from codex.publish.responses import as_list, as_object
from skills_build.emit.tree import sha256

_RELEASE: Final = {"id": int, "tag_name": str, "draft": bool, "upload_url": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubPublisher:
    """A repository (`owner/name`); `client` asks the API, and `opened` a client for the host that takes uploads."""

    client: Client
    opened: Callable[[str], Client]
    repository: str

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Make a draft or find the one that an interrupted run left, fill it, and publish it."""
        release = self._release(offer)
        if release is None and not dry:
            release = self._draft(offer)
        assets = self._assets(release) if release else {}
        for name, data in sorted(offer.files.items()):
            there = self._there(name, data, assets.get(name), draft=bool(release and release["draft"]), dry=dry)
            if not there and not dry and release:
                self._upload(release, name, data)
            yield PublishStep(
                what=name, done=StepStatus.THERE if there else put_status(dry=dry), bytes=0 if there else len(data)
            )
        if release is not None and not release["draft"]:
            yield PublishStep(what=f"release {offer.tag}", done=StepStatus.THERE)
            return
        if release is not None and not dry:
            shown = {"draft": False, "make_latest": "false" if self._newer(offer) else "true"}
            as_object(self.client.send("PATCH", f"repos/{self.repository}/releases/{release['id']}", shown), draft=bool)
        yield PublishStep(what=f"release {offer.tag}", done=put_status(dry=dry))

    def _release(self, offer: Publication) -> Mapping[str, Any] | None:
        """The release of that tag, or its draft, which the API does not find by the tag."""
        answer = self.client.get(f"repos/{self.repository}/releases/tags/{quote(offer.tag, safe='')}", accept=(404,))
        if answer.status != 404:
            return as_object(answer, **_RELEASE)
        return next((release for release in self._releases() if release["tag_name"] == offer.tag), None)

    def _releases(self) -> Iterator[Mapping[str, Any]]:
        for page in self.client.pages(f"repos/{self.repository}/releases", {"per_page": 100}):
            yield from as_list(page, **_RELEASE)

    def _newer(self, offer: Publication) -> bool:
        """Whether people see a newer version already."""
        before = offer.tag.removesuffix(offer.version)
        seen = [release["tag_name"] for release in self._releases() if not release["draft"]]
        return any(newer(tag.removeprefix(before), offer.version) for tag in seen if tag.startswith(before))

    def _draft(self, offer: Publication) -> Mapping[str, Any]:
        data: dict[str, object] = {"tag_name": offer.tag, "name": offer.name, "body": offer.notes, "draft": True}
        if offer.commit:
            data["target_commitish"] = offer.commit
        return as_object(self.client.send("POST", f"repos/{self.repository}/releases", data), **_RELEASE)

    def _assets(self, release: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for page in self.client.pages(f"repos/{self.repository}/releases/{release['id']}/assets", {"per_page": 100}):
            found |= {one["name"]: one for one in as_list(page, id=int, name=str, state=str, size=int)}
        return found

    def _there(self, name: str, data: bytes, asset: Mapping[str, Any] | None, *, draft: bool, dry: bool) -> bool:
        """Whether an asset is there whole; what an interrupted upload left in a draft is removed."""
        if asset is None:
            return False
        digest = asset.get("digest") or f"sha256:{sha256(data)}"
        if asset["state"] == "uploaded" and asset["size"] == len(data) and digest == f"sha256:{sha256(data)}":
            return True
        if not draft:
            raise differs_error(name, f"the release of {self.repository}")
        if not dry:
            self.client.request("DELETE", f"repos/{self.repository}/releases/assets/{asset['id']}")
        return False

    def _upload(self, release: Mapping[str, Any], name: str, data: bytes) -> None:
        if not release["draft"]:
            hint = "a published release never changes: release another version"
            raise PublishedError(f"the release of {self.repository} lacks {name}", hint=hint)
        goal = resolve_url(self.client.base, str(release["upload_url"]).partition("{")[0])
        parts = urlsplit(goal)
        with self.opened(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as uploads:
            kind = {"content-type": "application/gzip" if name.endswith(".gz") else "application/json"}
            answer = uploads.request("POST", goal, params={"name": name}, content=data, headers=kind)
        if as_object(answer, size=int)["size"] != len(data):
            raise HttpError(f"{goal}: {name} did not arrive whole", hint="run it again")
