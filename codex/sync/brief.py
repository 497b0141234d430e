"""What decides what a repository should hold, apart from the codex: short enough to remember for a whole fleet.

With it a new release is compared with the last one without reading the repository again, as long as it has not moved.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import msgspec

from codex.sync.desired import Desired, Facts
from codex.sync.settings import Settings
from codex.sync.work import blob_of
from skills_build.compile.select import witnesses
from skills_build.model.config import Parts, Profile
from skills_build.release.edition import Received

_MOST: Final = 16_384
"""Characters of a brief that is worth remembering; a repository that needs more is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a repository is, what its people ask for, and what its block says of it.

    `profile` has just the paths that the globs of one codex ask about; `globs` is the digest of these.
    """

    profile: Profile
    settings: Settings
    facts: Facts
    parts: Parts | None
    globs: str

    def fits(self, codex: Received) -> bool:
        """Whether this codex asks no other globs than that for which the brief was written."""
        return self.globs == _asked(codex)[1]


def brief_of(codex: Received, profile: Profile, settings: Settings, *, facts: Facts, parts: Parts | None) -> Brief:
    """Write the brief of a repository for the rules of a codex."""
    globs, digest = _asked(codex)
    paths = witnesses(profile.paths, globs)
    return Brief(profile=replace(profile, paths=paths), settings=settings, facts=facts, parts=parts, globs=digest)


def dump_brief(brief: Brief) -> str:
    """A brief as compact JSON; empty where it would be too long."""
    text = msgspec.json.encode(brief).decode()
    return text if len(text) <= _MOST else ""


def load_brief(text: str) -> Brief | None:
    """A brief from its JSON; None where there is none."""
    try:
        return msgspec.json.decode(text, type=Brief)
    except (msgspec.MsgspecError, ValueError):
        return None


def content_key(wanted: Desired) -> str:
    """A digest of what is wanted, apart from the version it comes from and what rides along with other changes."""
    parts = [repr(wanted.selection), wanted.spot, *wanted.notes, ""]
    parts += [f"{path}\0{text}" for path, text in sorted(wanted.blocks.items())]
    parts += [
        f"{path}\0{blob_of(one)}\0{one.mode:o}"
        for path, one in sorted(wanted.files.items())
        if path not in wanted.riding
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@lru_cache(maxsize=8)
def _asked(codex: Received) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The lists of globs that rules of a codex apply by, and their digest."""
    found = sorted({one.scope.paths for skill in codex.shelf.skills for one in skill.rules if one.scope.paths})
    return tuple(found), hashlib.sha256(repr(found).encode()).hexdigest()
