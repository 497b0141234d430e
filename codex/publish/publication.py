"""What is published, and what every destination reports of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact
from skills_build.model.release import Version


class PublishedError(CodexError):
    """A version that is published already, with other bytes: it never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A bundle that was checked. `files` are those of its folder by name, `tree` is what the whole archive holds.

    `commit` is the one that was compiled, `tag` what a release of it is called, `notes` what changed, in Markdown.
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
        """What the release is called."""
        return f"{self.title} {self.version}"


class StepStatus(StrEnum):
    """What happened to one piece of a publication."""

    THERE = "there"
    UPLOADED = "uploaded"
    WOULD = "would upload"
    REPLACED = "replaced"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStep:
    """One piece: a file, a tag, a release."""

    what: str
    done: StepStatus
    bytes: int = 0


class Publisher(Protocol):
    """A place to publish to."""

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Yield each piece as soon as it is there; what people see is switched over by the last one.

        Raises `PublishedError` where the version is there with other bytes, `CodexError` where it cannot be done.
        """


def newer(version: object, than: str) -> bool:
    """Whether what a place holds, if it is a version at all, is newer than a version."""
    try:
        return Version.parse(str(version)) > Version.parse(than)
    except CodexError:
        return False


def put_status(*, dry: bool) -> StepStatus:
    """What is said of a piece that was not there."""
    return StepStatus.WOULD if dry else StepStatus.UPLOADED


def differs_error(what: str, where: str) -> PublishedError:
    """The refusal of a piece that is there with other bytes."""
    hint = "a published version never changes: release another one"
    return PublishedError(f"{where} has another {what} already", hint=hint)
