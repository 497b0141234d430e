"""GitHub: a release with the bundle's files as its assets, a draft until all of them are there.

API: docs.github.com/rest/releases.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from codex.http.client import Client, HttpError
from codex.publish.offer import Done, Offer, PublishedError, Step, differs, put
from skills_build.emit.tree import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """A repository (`owner/name`); `client` asks the API, and `opened` a client for the host that takes uploads."""

    client: Client
    opened: Callable[[str], Client]
    repository: str

    def publish(self, offer: Offer, *, dry: bool) -> Iterator[Step]:
        """Make a draft or find the one that an interrupted run left, fill it, and publish it."""
        release = self._release(offer)
        if release is None and not dry:
            release = self._draft(offer)
        assets = self._assets(release) if release else {}
        for name, data in sorted(offer.files.items()):
            there = self._there(name, data, assets.get(name), draft=bool(release and release["draft"]), dry=dry)
            if not there and not dry and release:
                self._upload(release, name, data)
            yield Step(what=name, done=Done.THERE if there else put(dry=dry), bytes=0 if there else len(data))
        if release is not None and not release["draft"]:
            yield Step(what=f"release {offer.tag}", done=Done.THERE)
            return
        if release is not None and not dry:
            self.client.send("PATCH", f"repos/{self.repository}/releases/{release['id']}", {"draft": False})
        yield Step(what=f"release {offer.tag}", done=put(dry=dry))

    def _release(self, offer: Offer) -> Mapping[str, Any] | None:
        """The release of that tag, or its draft, which the API does not find by the tag."""
        answer = self.client.get(f"repos/{self.repository}/releases/tags/{quote(offer.tag, safe='')}", accept=(404,))
        if answer.status == 200:
            published: Mapping[str, Any] = answer.json()
            return published
        for page in self.client.pages(f"repos/{self.repository}/releases", {"per_page": 100}):
            for one in page.json():
                if one["tag_name"] == offer.tag:
                    found: Mapping[str, Any] = one
                    return found
        return None

    def _draft(self, offer: Offer) -> Mapping[str, Any]:
        data: dict[str, object] = {"tag_name": offer.tag, "name": offer.name, "body": offer.notes, "draft": True}
        if offer.commit:
            data["target_commitish"] = offer.commit
        made: Mapping[str, Any] = self.client.send("POST", f"repos/{self.repository}/releases", data).json()
        return made

    def _assets(self, release: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for page in self.client.pages(f"repos/{self.repository}/releases/{release['id']}/assets", {"per_page": 100}):
            found |= {one["name"]: one for one in page.json()}
        return found

    def _there(self, name: str, data: bytes, asset: Mapping[str, Any] | None, *, draft: bool, dry: bool) -> bool:
        """Whether an asset is there whole; what an interrupted upload left in a draft is removed."""
        if asset is None:
            return False
        digest = asset.get("digest") or f"sha256:{sha256(data)}"
        if asset["state"] == "uploaded" and asset["size"] == len(data) and digest == f"sha256:{sha256(data)}":
            return True
        if not draft:
            raise differs(name, f"the release of {self.repository}")
        if not dry:
            self.client.request("DELETE", f"repos/{self.repository}/releases/assets/{asset['id']}")
        return False

    def _upload(self, release: Mapping[str, Any], name: str, data: bytes) -> None:
        if not release["draft"]:
            hint = "a published release never changes: release another version"
            raise PublishedError(f"the release of {self.repository} lacks {name}", hint=hint)
        goal = str(release["upload_url"]).partition("{")[0]
        parts = urlsplit(goal)
        with self.opened(urlunsplit((parts.scheme, parts.netloc, "/", "", ""))) as uploads:
            kind = {"content-type": "application/gzip" if name.endswith(".gz") else "application/json"}
            answer = uploads.request("POST", goal, params={"name": name}, content=data, headers=kind)
        if answer.json().get("size") != len(data):
            raise HttpError(f"{goal}: {name} did not arrive whole", hint="run it again")
