"""Which repositories may be written in which wave. A stable hash decides, so that a larger share holds the smaller."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from codex.sync.fleet import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave: a share of the fleet in percent, waves before it included, and repositories by name (globs)."""

    name: str
    percent: int = 0
    names: tuple[str, ...] = ()


def share(target: Target) -> float:
    """A number from 0 to 100 that is the repository's for ever."""
    found = hashlib.sha256(f"codexc wave {target.id}".encode()).digest()
    return int.from_bytes(found[:8], "big") / 2**64 * 100


def wave_of(target: Target, waves: Sequence[Wave]) -> str | None:
    """The first wave that reaches a repository; None where none does."""
    for wave in waves:
        named = any(fnmatchcase(target.path, glob) or fnmatchcase(target.name, glob) for glob in wave.names)
        if named or share(target) < wave.percent:
            return wave.name
    return None


def reached(target: Target, waves: Sequence[Wave], upto: str) -> bool:
    """Whether the waves up to `upto` reach a repository."""
    names = [wave.name for wave in waves]
    found = wave_of(target, waves)
    return found is not None and names.index(found) <= names.index(upto)
