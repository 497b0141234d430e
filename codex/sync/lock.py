"""`.engineering-codex.lock`: what in a repository is ours, and which release it came from.

Its contract is `lock.schema.json`. It names no time and no machine, so that the same content has the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from codex.sync.allowed import LOCK, host_fault
from skills_build.emit.json_out import dumps
from skills_build.emit.registry import owned_fault
from skills_build.errors import CodexError
from skills_build.schema import violations

SCHEMA: Final = "urn:codexc:schema:lock:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedFile:
    """A file that is ours: git's id of its bytes, and its mode as git writes it (`100644`)."""

    blob: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was chosen for a repository: its profile as words, the targets, the skills, the rules waived."""

    profile: str
    targets: tuple[str, ...]
    skills: tuple[str, ...]
    waived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What is installed. `version` and `tree` are those of the release in which any of it last changed.

    `blocks` gives the digest of our block in each host file. `ignored` are paths that the file names and codexc cannot
    own, each with the reason: they are never touched, and the next lock does not name them.
    """

    codex: str
    version: str
    tree: str
    selection: Selection
    blocks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, OwnedFile] = field(default_factory=dict)
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What its repository's owners should read of what is ignored."""
        return tuple(f"`{LOCK}` names `{path}`, which is ignored: {why}" for path, why in self.ignored)

    @property
    def content(self) -> tuple[Selection, Mapping[str, str], Mapping[str, OwnedFile]]:
        """All but the release that it came from."""
        return self.selection, self.blocks, self.files


def blob_id(data: bytes) -> str:
    """Git's id of a file's bytes (SHA-1 object format)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def git_mode(mode: int) -> str:
    """A mode as git writes it."""
    return "100755" if mode & 0o111 else "100644"


def dump_lock(lock: Lock) -> bytes:
    """Write a lock."""
    chosen = lock.selection
    data = {
        "$schema": SCHEMA,
        "codex": lock.codex,
        "version": lock.version,
        "tree": lock.tree,
        "selection": {
            "profile": chosen.profile,
            "targets": list(chosen.targets),
            "skills": list(chosen.skills),
            "waived": list(chosen.waived),
        },
        "blocks": dict(sorted(lock.blocks.items())),
        "files": {path: {"blob": one.blob, "mode": one.mode} for path, one in sorted(lock.files.items())},
    }
    return dumps(data, depth=2)


def load_lock(data: bytes, *, schema: str) -> Lock:
    """Read a lock; `schema` is the text of its JSON Schema. Raises `CodexError` where it is damaged.

    Paths that codexc cannot own are left out, and `ignored` names them.
    """
    hint = f"restore `{LOCK}` from git, or remove it and run `codexc install` again"
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodexError(f"`{LOCK}` is no JSON: {error}", hint=hint) from error
    wrong = violations(schema, found)
    if wrong:
        place = ".".join(str(part) for part in wrong[0].key) or "its top"
        raise CodexError(f"`{LOCK}` is damaged at {place}: {wrong[0].message}", hint=hint)
    chosen = found["selection"]
    refused = [(path, why) for path in sorted(found["blocks"]) if (why := host_fault(path))]
    refused += [(path, why) for path in sorted(found["files"]) if (why := owned_fault(path))]
    ignored = {path for path, _ in refused}
    return Lock(
        codex=found["codex"],
        version=found["version"],
        tree=found["tree"],
        selection=Selection(
            profile=chosen["profile"],
            targets=tuple(chosen["targets"]),
            skills=tuple(chosen["skills"]),
            waived=tuple(chosen["waived"]),
        ),
        blocks={path: digest for path, digest in found["blocks"].items() if path not in ignored},
        files={
            path: OwnedFile(blob=one["blob"], mode=one["mode"])
            for path, one in found["files"].items()
            if path not in ignored
        },
        ignored=tuple(refused),
    )


__all__ = [
    "LOCK",
    "SCHEMA",
    "Lock",
    "OwnedFile",
    "Selection",
    "blob_id",
    "dump_lock",
    "git_mode",
    "load_lock",
]
