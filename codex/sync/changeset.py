"""The observed state of the paths of a repository, and the change set: what to write or delete, file by file."""

from enum import StrEnum

from codex.sync.lock import Lock, blob_id, git_mode
from skills_build.emit.json import reformatted
from skills_build.frozen import dataclass
from skills_build.model import rules_file


class EntryType(StrEnum):
    """What is at a path of a repository."""

    FILE = "file"
    LINK = "link"
    MODULE = "submodule"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedFile:
    """What is at a path: git's id of its bytes, its mode, and its bytes if they were read.

    The bytes of a symbolic link are its target.
    """

    entry_type: EntryType = EntryType.FILE
    blob: str = ""
    mode: str = "100644"
    data: bytes | None = None

    @classmethod
    def file(cls, data: bytes, mode: int = 0o644) -> "ObservedFile":
        """A regular file."""
        return cls(blob=blob_id(data), mode=git_mode(mode), data=data)

    def holds(self, blob: str) -> bool:
        """Whether this is the blob, also if git checked it out with CRLF line endings, or a formatter wrote it again.

        Git does so for text (`core.autocrlf`, `eol=crlf`), and compares contents with plain line feeds:
        https://git-scm.com/docs/gitattributes#_end_of_line_conversion. A formatter with other settings only changes the
        white space of JSON, which has no meaning.
        """
        if self.blob == blob:
            return True
        data = self.data or b""
        if b"\r\n" in data and b"\0" not in data and blob_id(data.replace(b"\r\n", b"\n")) == blob:
            return True
        rules = reformatted(data, schema=rules_file.SCHEMA)
        return rules is not None and blob_id(rules) == blob


class State(StrEnum):
    """How a file compares with the desired content, and with what codexc wrote last."""

    CURRENT = "current"
    ABSENT = "absent"
    MISSING = "missing"
    CLEAN = "clean"
    EDITED = "edited"
    FOREIGN = "foreign"
    STALE = "stale"
    LINKED = "linked"
    UNUSABLE = "unusable"


class Action(StrEnum):
    """The action for a file."""

    NONE = "none"
    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """The change of one file. `new` holds the bytes to write, None if nothing is written or the file is deleted."""

    path: str
    state: State
    action: Action
    new: bytes | None = None
    mode: int = 0o644
    why: str = ""
    markers: bool = False
    """Whether it cannot be written because its block markers are damaged."""

    @property
    def writes(self) -> bool:
        """Whether the file is written or deleted."""
        return self.action in (Action.ADD, Action.UPDATE, Action.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """All changes of one repository, sorted by path, and its new lock (None: no lock)."""

    changes: tuple[FileChange, ...]
    lock: Lock | None
    notes: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[FileChange, ...]:
        """The changes that write or delete."""
        return tuple(change for change in self.changes if change.writes)

    @property
    def deletions(self) -> tuple[str, ...]:
        """The paths that are deleted."""
        return tuple(change.path for change in self.changes if change.action is Action.DELETE)

    @property
    def kept(self) -> tuple[FileChange, ...]:
        """Files that are kept although their content differs from the desired one."""
        return tuple(change for change in self.changes if change.action is Action.KEEP)

    @property
    def conflicts(self) -> tuple[FileChange, ...]:
        """Files that cannot be written."""
        return tuple(change for change in self.changes if change.state is State.UNUSABLE)
