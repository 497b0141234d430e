"""What decides what a repository should hold, apart from the codex: short enough to remember for a whole fleet.

With it a new release is compared with the last one without reading the repository again, as long as it has not moved.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import msgspec

from codex.sync.comparison import blob_of
from codex.sync.desired import BlockFacts, Desired
from codex.sync.settings import Settings
from skills_build.compile.select import representative_paths
from skills_build.model.config import Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle

_MOST: Final = 16_384
"""Characters of a brief that is worth remembering; a repository that needs more is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredInputs:
    """What a repository is, what its people ask for, and what its block says of it.

    `profile` has just the paths that the globs of one codex ask about; `globs` is the digest of these.
    """

    profile: Profile
    settings: Settings
    facts: BlockFacts
    parts: Parts | None
    globs: str

    def fits(self, codex: LoadedBundle) -> bool:
        """Whether this codex asks no other globs than that for which the brief was written."""
        return self.globs == _asked(codex)[1]


def desired_inputs(
    codex: LoadedBundle, profile: Profile, settings: Settings, *, facts: BlockFacts, parts: Parts | None
) -> DesiredInputs:
    """Write the brief of a repository for the rules of a codex."""
    globs, digest = _asked(codex)
    paths = representative_paths(profile.paths, globs)
    return DesiredInputs(
        profile=replace(profile, paths=paths), settings=settings, facts=facts, parts=parts, globs=digest
    )


def dump_inputs(brief: DesiredInputs) -> str:
    """A brief as compact JSON; empty where it would be too long."""
    text = msgspec.json.encode(brief).decode()
    return text if len(text) <= _MOST else ""


def load_inputs(text: str) -> DesiredInputs | None:
    """A brief from its JSON; None where there is none."""
    try:
        return msgspec.json.decode(text, type=DesiredInputs)
    except (msgspec.MsgspecError, ValueError):
        return None


def content_key(wanted: Desired) -> str:
    """A digest of what is wanted, apart from the version it comes from and what rides along with other changes."""
    parts = [repr(wanted.selection), wanted.spot, *wanted.notes, ""]
    parts += [f"{path}\0{text}" for path, text in sorted(wanted.blocks.items())]
    parts += [
        f"{path}\0{blob_of(file)}\0{file.mode:o}"
        for path, file in sorted(wanted.files.items())
        if path not in wanted.riding
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@lru_cache(maxsize=8)
def _asked(codex: LoadedBundle) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The lists of globs that rules of a codex apply by, and their digest."""
    globs = sorted({rule.scope.paths for skill in codex.shelf.skills for rule in skill.rules if rule.scope.paths})
    return tuple(globs), hashlib.sha256(repr(globs).encode()).hexdigest()
