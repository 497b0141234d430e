"""What is published, and what every destination reports."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact
from skills_build.model.release import Version


class PublishedError(CodexError):
    """A version is already published with different content; a published version never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A verified bundle. `files` are those of its folder by name, `tree` is the content of the whole archive.

    `commit` is the one that was compiled, `tag` the name of the release's tag, `notes` the changes in Markdown.
    """

    namespace: str
    title: str
    version: str
    tag: str
    commit: str | None
    notes: str
    files: Mapping[str, bytes]
    tree: tuple[Artifact, ...]
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of the release."""
        return f"{self.title} {self.version}"


class StepStatus(StrEnum):
    """The result for one part of a publication."""

    THERE = "there"
    UPLOADED = "uploaded"
    WOULD = "would upload"
    REPLACED = "replaced"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStep:
    """One part of a publication: a file, a tag, a release."""

    what: str
    status: StepStatus
    bytes: int = 0


class Publisher(Protocol):
    """A place to publish to."""

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Yield each part as soon as it is published; the last one makes the version visible.

        Raises `PublishedError` where the version exists with different content, `CodexError` where publishing fails.
        """


def newer(version: object, than: str) -> bool:
    """Return whether `version`, if it is a valid version, is newer than `than`."""
    try:
        return Version.parse(str(version)) > Version.parse(than)
    except CodexError:
        return False


def upload_step(what: str, data: bytes, *, exists: bool, dry: bool) -> PublishStep:
    """Return the step for a file that exists, or that is, or would be, uploaded."""
    return PublishStep(
        what=what, status=StepStatus.THERE if exists else upload_status(dry=dry), bytes=0 if exists else len(data)
    )


def upload_status(*, dry: bool) -> StepStatus:
    """Return the status of a part that did not exist."""
    return StepStatus.WOULD if dry else StepStatus.UPLOADED


def differs_error(what: str, where: str) -> PublishedError:
    """Return the error for a part that exists with different content."""
    hint = "a published version cannot be changed: publish a new version"
    return PublishedError(f"{where} already has a different {what}", hint=hint)
