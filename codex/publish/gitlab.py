"""GitLab: the bundle as a generic package, and a release that links to it.

API: docs.gitlab.com/api/packages, docs.gitlab.com/user/packages/generic_packages, docs.gitlab.com/api/releases.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from codex.http.client import Client
from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, newer, put_status
from codex.publish.responses import as_list, as_object
from skills_build.emit.tree import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabPublisher:
    """A project; `client` asks its host's API (`https://host/api/v4/`)."""

    client: Client
    project: str

    @property
    def _base(self) -> str:
        return f"projects/{quote(self.project, safe='')}"

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Upload what is not there, then make the release that people see."""
        present = self._present(offer)
        package = f"{self._base}/packages/generic/{offer.namespace}/{offer.version}"
        for name, data in sorted(offer.files.items()):
            there = present.get(name)
            if there is not None and there != sha256(data):
                raise differs_error(name, f"the package {offer.namespace} {offer.version}")
            if there is None and not dry:
                self.client.request("PUT", f"{package}/{quote(name)}", content=data)
            done = StepStatus.THERE if there is not None else put_status(dry=dry)
            yield PublishStep(what=name, done=done, bytes=0 if there is not None else len(data))
        yield self._release(offer, package, dry=dry)

    def _present(self, offer: Publication) -> Mapping[str, str]:
        """The digests of the files that the package has; of a file that was sent twice, the later one's."""
        params = {"package_type": "generic", "package_name": offer.namespace, "package_version": offer.version}
        exact: list[Mapping[str, Any]] = []
        for page in self.client.pages(f"{self._base}/packages", {**params, "per_page": 100}):  # names are searched for
            found = as_list(page, id=int, name=str, version=str | None)
            exact += [one for one in found if (one["name"], one["version"]) == (offer.namespace, offer.version)]
        alive = [one for one in exact if one.get("status") != "pending_destruction"]
        if not alive:
            return {}
        files: list[Mapping[str, Any]] = []
        for page in self.client.pages(f"{self._base}/packages/{alive[0]['id']}/package_files", {"per_page": 100}):
            files += as_list(page, id=int, file_name=str, file_sha256=str | None)
        return {
            file["file_name"]: file["file_sha256"] or "" for file in sorted(files, key=lambda file: int(file["id"]))
        }

    def _release(self, offer: Publication, package: str, *, dry: bool) -> PublishStep:
        address = f"{self._base}/releases/{quote(offer.tag, safe='')}"
        found = self.client.get(address, accept=(404,))
        if found.status != 404:
            as_object(found, tag_name=str)
            return PublishStep(what=f"release {offer.tag}", done=StepStatus.THERE)
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
            data |= self._moment(offer)
            as_object(self.client.send("POST", f"{self._base}/releases", data), tag_name=str)
        return PublishStep(what=f"release {offer.tag}", done=put_status(dry=dry))

    def _moment(self, offer: Publication) -> dict[str, object]:
        """When an older version is released: before the newer ones, for the host calls the last one the latest."""
        moments: list[datetime] = []
        before = offer.tag.removesuffix(offer.version)
        for page in self.client.pages(f"{self._base}/releases", {"per_page": 100}):
            for one in as_list(page, tag_name=str):
                name, at = one["tag_name"], one.get("released_at")
                if name.startswith(before) and newer(name.removeprefix(before), offer.version):
                    with suppress(ValueError, OverflowError):
                        moments.append(datetime.fromisoformat(str(at)).astimezone(UTC))
        return {"released_at": (min(moments) - timedelta(seconds=1)).isoformat()} if moments else {}
