"""GitLab: the bundle as a generic package, and a release that links to it.

API: docs.gitlab.com/api/packages, docs.gitlab.com/user/packages/generic_packages, docs.gitlab.com/api/releases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from codex.http.client import Client
from codex.publish.offer import Done, Offer, Step, differs, put
from skills_build.emit.tree import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLab:
    """A project; `client` asks its host's API (`https://host/api/v4/`)."""

    client: Client
    project: str

    @property
    def _base(self) -> str:
        return f"projects/{quote(self.project, safe='')}"

    def publish(self, offer: Offer, *, dry: bool) -> Iterator[Step]:
        """Upload what is not there, then make the release that people see."""
        present = self._present(offer)
        package = f"{self._base}/packages/generic/{offer.namespace}/{offer.version}"
        for name, data in sorted(offer.files.items()):
            there = present.get(name)
            if there is not None and there != sha256(data):
                raise differs(name, f"the package {offer.namespace} {offer.version}")
            if there is None and not dry:
                self.client.request("PUT", f"{package}/{quote(name)}", content=data)
            done = Done.THERE if there is not None else put(dry=dry)
            yield Step(what=name, done=done, bytes=0 if there is not None else len(data))
        yield self._release(offer, package, dry=dry)

    def _present(self, offer: Offer) -> Mapping[str, str]:
        """The digests of the files that the package has; of a file that was sent twice, the later one's."""
        params = {"package_type": "generic", "package_name": offer.namespace, "package_version": offer.version}
        found = self.client.get(f"{self._base}/packages", params).json()
        exact = [one for one in found if (one["name"], one["version"]) == (offer.namespace, offer.version)]
        if not exact:
            return {}
        files: list[Mapping[str, Any]] = []
        for page in self.client.pages(f"{self._base}/packages/{exact[0]['id']}/package_files", {"per_page": 100}):
            files += page.json()
        return {one["file_name"]: one["file_sha256"] or "" for one in sorted(files, key=lambda file: int(file["id"]))}

    def _release(self, offer: Offer, package: str, *, dry: bool) -> Step:
        address = f"{self._base}/releases/{quote(offer.tag, safe='')}"
        if self.client.get(address, accept=(404,)).status == 200:
            return Step(what=f"release {offer.tag}", done=Done.THERE)
        if not dry:
            links = [
                {"name": name, "url": f"{self.client.base}{package}/{quote(name)}", "link_type": "package"}
                for name in sorted(offer.files)
            ]
            data: dict[str, object] = {
                "tag_name": offer.tag,
                "name": offer.name,
                "description": offer.notes or offer.name,
                "assets": {"links": links},
            }
            if offer.commit:
                data["ref"] = offer.commit
            self.client.send("POST", f"{self._base}/releases", data)
        return Step(what=f"release {offer.tag}", done=put(dry=dry))
