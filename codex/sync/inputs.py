"""The inputs of the desired state of a repository, apart from the codex: short enough to record for a whole fleet.

With them, a new release is compared with the last one without reading a repository that has not changed
(docs/decisions/0013).
"""

import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import Final

import msgspec

from codex.sync.block_text import BlockFacts
from codex.sync.comparison import blob_of
from codex.sync.desired import Desired
from codex.sync.lock import Lock
from codex.sync.settings import Settings
from skills_build.compile.select import representative_paths
from skills_build.frozen import dataclass
from skills_build.model.config import Delivery, Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle

_MAX_CHARACTERS: Final = 16_384
"""Maximum length of recorded inputs, in characters; a repository with longer ones is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredInputs:
    """The profile and the settings of a repository, and the facts in its block.

    `profile` has only the paths that the globs of one codex match; `globs` is the digest of those globs.
    """

    profile: Profile
    settings: Settings
    facts: BlockFacts
    parts: Parts | None
    globs: str
    installed: Delivery | None = None
    """The delivery mode in the lock; None without a lock."""

    def fits(self, codex: LoadedBundle) -> bool:
        """Whether this codex has the same globs as the one that the inputs were recorded for."""
        return self.globs == _globs(codex)[1]


def desired_inputs(
    codex: LoadedBundle,
    profile: Profile,
    settings: Settings,
    *,
    facts: BlockFacts,
    parts: Parts | None,
    lock: Lock | None = None,
) -> DesiredInputs:
    """Build the inputs of a repository for the rules of a codex."""
    globs, digest = _globs(codex)
    paths = representative_paths(profile.paths, globs)
    return DesiredInputs(
        profile=replace(profile, paths=paths),
        settings=settings,
        facts=facts,
        parts=parts,
        globs=digest,
        installed=lock.delivery if lock else None,
    )


def rule_inputs(codex: LoadedBundle, profile: Profile, settings: Settings) -> DesiredInputs:
    """Build the inputs that decide which rules of a codex apply to a repository."""
    return desired_inputs(codex, profile, settings, facts=BlockFacts(), parts=None)


def dump_inputs(brief: DesiredInputs) -> str:
    """Write inputs as compact JSON; empty if that would be too long."""
    text = msgspec.json.encode(brief).decode()
    return text if len(text) <= _MAX_CHARACTERS else ""


def load_inputs(text: str) -> DesiredInputs | None:
    """Read inputs from JSON; None if the text is not valid."""
    try:
        return msgspec.json.decode(text, type=DesiredInputs)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def content_key(desired: Desired) -> str:
    """Return a digest of the desired content, without its version and without coalesced files."""
    parts = [repr(desired.selection), desired.place or "", *desired.notes, ""]
    parts += [f"{path}\0{text}" for path, text in sorted(desired.blocks.items())]
    parts += [
        f"{path}\0{blob_of(file)}\0{file.mode:o}"
        for path, file in sorted(desired.files.items())
        if path not in desired.coalesced
    ]
    parts += [f"{item.path}\0{item.key}\0{item.items}" for item in desired.items]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@lru_cache(maxsize=8)
def _globs(codex: LoadedBundle) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The globs by which rules of a codex apply, and their digest."""
    globs = sorted({rule.scope.paths for skill in codex.skill_index.skills for rule in skill.rules if rule.scope.paths})
    return tuple(globs), hashlib.sha256(repr(globs).encode()).hexdigest()
