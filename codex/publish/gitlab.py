"""GitLab: the bundle as a generic package, and a release that links to it.

API: https://docs.gitlab.com/api/packages/, https://docs.gitlab.com/user/packages/generic_packages/ and
https://docs.gitlab.com/api/releases/.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from codex.http.client import Client
from codex.publish.publication import (
    Publication,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabPublisher:
    """A project; the base of `client` is its host's API (`https://host/api/v4/`)."""

    client: Client
    project: str

    @property
    def _base(self) -> str:
        return f"projects/{quote(self.project, safe='')}"

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Upload the missing files, then create the release."""
        present = self._present(offer)
        package = f"{self._base}/packages/generic/{offer.namespace}/{offer.version}"
        for name, data in sorted(offer.files.items()):
            digest = present.get(name)
            if digest is not None and digest != sha256(data):
                raise differs_error(name, f"the package {offer.namespace} {offer.version}")
            if digest is None and not dry:
                self.client.request("PUT", f"{package}/{quote(name)}", content=data)
            yield upload_step(name, data, exists=digest is not None, dry=dry)
        yield self._release(offer, package, dry=dry)

    def _present(self, offer: Publication) -> Mapping[str, str]:
        """Return the digests of the package's files by name; of a file that was uploaded twice, the later one's.

        `package_name` is a fuzzy search, and a deleted package stays listed until its files are removed:
        https://docs.gitlab.com/api/packages/#for-a-project.
        """
        params = {"package_type": "generic", "package_name": offer.namespace, "package_version": offer.version}
        exact: list[Mapping[str, Any]] = []
        for page in self.client.pages(f"{self._base}/packages", {**params, "per_page": 100}):
            packages = as_list(page, id=int, name=str, version=str | None)
            exact += [row for row in packages if (row["name"], row["version"]) == (offer.namespace, offer.version)]
        existing = [row for row in exact if row.get("status") != "pending_destruction"]
        if not existing:
            return {}
        files: list[Mapping[str, Any]] = []
        for page in self.client.pages(f"{self._base}/packages/{existing[0]['id']}/package_files", {"per_page": 100}):
            files += as_list(page, id=int, file_name=str, file_sha256=str | None)
        return {
            file["file_name"]: file["file_sha256"] or "" for file in sorted(files, key=lambda file: int(file["id"]))
        }

    def _release(self, offer: Publication, package: str, *, dry: bool) -> PublishStep:
        address = f"{self._base}/releases/{quote(offer.tag, safe='')}"
        response = self.client.get(address, ok_statuses=(404,))
        if response.status != 404:
            as_object(response, tag_name=str)
            return PublishStep(what=f"release {offer.tag}", status=StepStatus.THERE)
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
            data |= self._released_at(offer)
            as_object(self.client.send("POST", f"{self._base}/releases", data), tag_name=str)
        return PublishStep(what=f"release {offer.tag}", status=upload_status(dry=dry))

    def _released_at(self, offer: Publication) -> dict[str, object]:
        """Return a date before that of every newer version: the latest release is the one with the last date.

        https://docs.gitlab.com/api/releases/
        """
        dates: list[datetime] = []
        prefix = offer.tag.removesuffix(offer.version)
        for page in self.client.pages(f"{self._base}/releases", {"per_page": 100}):
            for release in as_list(page, tag_name=str):
                tag, date = release["tag_name"], release.get("released_at")
                if tag.startswith(prefix) and newer(tag.removeprefix(prefix), offer.version):
                    with suppress(ValueError, OverflowError):
                        dates.append(datetime.fromisoformat(str(date)).astimezone(UTC))
        return {"released_at": (min(dates) - timedelta(seconds=1)).isoformat()} if dates else {}
