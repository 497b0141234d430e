"""`.engineering-codex.lock`: the managed content of a repository, and the release that it came from.

`Lock` is its contract. It contains no time and no machine, so that the same content has the same bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Annotated, Any, Final

from codex.sync.allowed_paths import LOCK, host_fault, list_fault
from codex.sync.trust import UNSIGNED, Pin
from skills_build.emit.json import document, dumps
from skills_build.emit.registry import owned_fault
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.inert import code
from skills_build.json_input import parse_json
from skills_build.model.config import Delivery
from skills_build.model.contract import INTERNAL, REQUIRED, BuildVersion, Constraint, Positive, Sha256, Slug
from skills_build.schema import convert, violations

SCHEMA: Final = "urn:codexc:schema:lock:1"


PATH: Final = Constraint(
    max_length=400, pattern="^(?!/)(?!(.*/)?\\.{1,2}(/|$))(?!(.*/)?\\.[gG][iI][tT](/|$))[^\\\\:\\u0000-\\u001f]+$"
)
"""A path in the repository: relative, with forward slashes, and never into .git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedFile:
    """A file that codexc owns: git's id of its bytes, and its mode as git writes it (`100644`)."""

    blob: Annotated[str, Constraint(pattern="^[0-9a-f]{40}$")]
    """Git's id of its bytes."""
    mode: Annotated[str, Constraint(choices=("100644", "100755"))]
    """Its mode as git writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedKey:
    """A value that codexc added to a hand-written file."""

    path: Annotated[str, PATH]
    """The file."""
    pointer: Annotated[str, Constraint(pattern="^/")]
    """Its JSON pointer (RFC 6901); `-` is an element of a list, found by its digest."""
    digest: Sha256
    """SHA-256 of the value as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selection for a repository: its profile in words, targets, skills, and waived rules."""

    profile: str
    """The profile of the repository, in words."""
    targets: tuple[str, ...]
    """The client families that files are written for."""
    skills: tuple[str, ...]
    """The skills that apply."""
    waived: Annotated[tuple[str, ...], REQUIRED] = ()
    """Rules that are waived here."""
    delivery: Delivery | None = None
    """How much of the rules is written; missing for `full`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What is installed. `version` and `tree` are those of the release in which any of it last changed.

    `blocks` has the digest of the block in each file with one. `ignored` are paths in the file that codexc cannot own,
    each with the reason: they are never changed, and the next lock leaves them out.
    """

    codex: Slug
    """The codex's namespace."""
    version: BuildVersion
    """The release in which any of it last changed."""
    tree: Sha256
    """The digest of all files in the manifest of that release."""
    pin: Pin | None = None
    """The bundle that was installed last. Bundles with a different signer, a lower version, or different content for
    the same version are refused. Older locks do not have it; it only changes together with the content.
    """
    waiver_days: Positive | None = None
    """The maximum length of a waiver in days, from the codex that was installed last; it only changes together with the
    content.
    """
    selection: Selection
    """The selection for this repository."""
    blocks: Annotated[Mapping[str, Sha256], Constraint(keys=PATH), REQUIRED] = field(default_factory=dict)
    """The digest of the block in each file that has one, by path."""
    files: Annotated[Mapping[str, OwnedFile], Constraint(keys=PATH), REQUIRED] = field(default_factory=dict)
    """Files that codexc owns as a whole, by path."""
    keys: tuple[OwnedKey, ...] | None = None
    """Values that codexc added to hand-written files."""
    ignored: Annotated[tuple[tuple[str, str], ...], INTERNAL] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the owners of the repository about ignored paths."""
        return tuple(f"`{LOCK}` contains {code(path)}, which is ignored: {why}" for path, why in self.ignored)

    @property
    def own_keys(self) -> tuple[OwnedKey, ...]:
        """The values that codexc added to hand-written files; most locks have none."""
        return self.keys or ()

    @property
    def pinned(self) -> Pin:
        """What a later bundle is checked against; without a pin, the release that the content came from."""
        return self.pin or Pin(signer=UNSIGNED, version=self.version, tree=self.tree)

    @property
    def delivery(self) -> Delivery:
        """How much of the rules is written. Locks of earlier versions have no mode: all of them were `full`."""
        return self.selection.delivery or Delivery.FULL

    @property
    def content(self) -> tuple[object, ...]:
        """Everything except what is about the release: if only that differs, the lock is not rewritten."""
        return self.selection, self.blocks, self.files, self.keys


def blob_id(data: bytes) -> str:
    """Return git's id of a file's bytes (SHA-1 object format)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def git_mode(mode: int) -> str:
    """Return a mode as git writes it."""
    return "100755" if mode & 0o111 else "100644"


def dump_lock(lock: Lock) -> bytes:
    """Write a lock."""
    in_order = replace(lock, blocks=dict(sorted(lock.blocks.items())), files=dict(sorted(lock.files.items())))
    return dumps(document(SCHEMA, in_order), depth=2)


def load_lock(data: bytes, *, schema: str) -> Lock:
    """Read a lock; `schema` is the text of its JSON Schema. Raises `CodexError` where it is damaged.

    Paths that codexc cannot own are left out and listed in `ignored`.
    """
    hint = f"restore `{LOCK}` from Git, or remove it and run `codexc install` again"
    try:
        content: Any = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise CodexError(f"`{LOCK}` is not JSON: {error}", hint=hint) from error
    wrong = violations(schema, content)
    if wrong:
        place = ".".join(str(part) for part in wrong[0].key) or "the top level"
        raise CodexError(f"`{LOCK}` is damaged at {place}: {wrong[0].message}", hint=hint)
    lock = convert(content, Lock)
    ignored = [(path, why) for path in sorted(lock.blocks) if (why := host_fault(path))]
    ignored += [(path, why) for path in sorted(lock.files) if (why := owned_fault(path))]
    ignored += [(key.path, why) for key in lock.own_keys if (why := list_fault(key.path))]
    return replace(
        lock,
        keys=tuple(key for key in lock.own_keys if list_fault(key.path) is None) or None,
        blocks={path: digest for path, digest in lock.blocks.items() if host_fault(path) is None},
        files={path: file for path, file in lock.files.items() if owned_fault(path) is None},
        ignored=tuple(ignored),
    )


__all__ = [
    "LOCK",
    "SCHEMA",
    "Lock",
    "OwnedFile",
    "OwnedKey",
    "Selection",
    "blob_id",
    "dump_lock",
    "git_mode",
    "load_lock",
]
