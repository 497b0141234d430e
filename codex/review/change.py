"""A change as it is reviewed: which of its files count, and how much it may break."""

import re
from collections.abc import Iterable
from typing import Final

from codex.profile.paths import LOCK_FILES, is_handwritten, migrations_folder
from codex.review.model import Tier
from skills_build.checks.base import ChangedFile, Commit
from skills_build.frozen import dataclass

_SECURITY: Final = re.compile(
    r"(?:^|/)(?:auth\w*|security|crypto\w*|secrets?|permissions?|login|iam|\.github/workflows|\.gitlab|\.gitea|terraform)(?:[/._-]|$)"
    r"|(?:^|/)(?:Dockerfile|\.gitlab-ci\.yml|CODEOWNERS)",
    re.IGNORECASE,
)
"""Paths whose changes are always reviewed in full."""
FULL_FILES: Final = 50
"""The number of files above which a change is reviewed in full."""
TRIVIAL_LINES: Final = 10
TRIVIAL_FILES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change: its files without those that are left out, and its commits."""

    files: tuple[ChangedFile, ...]
    commits: tuple[Commit, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def tier(self) -> Tier:
        """How much the change may break."""
        lines = sum(len(one.added) + len(one.removed) for one in self.files)
        if len(self.files) > FULL_FILES or any(_SECURITY.search(one.path) for one in self.files):
            return Tier.FULL
        small = lines <= TRIVIAL_LINES and len(self.files) <= TRIVIAL_FILES
        return Tier.TRIVIAL if small else Tier.STANDARD


def reviewed(
    files: Iterable[ChangedFile], commits: Iterable[Commit], binary: Iterable[str], own: Iterable[str]
) -> Change:
    """Leave out what is not written by hand: generated, vendored, lock and binary files, and those of codexc."""
    ours, kept, left_out = frozenset(own), list[ChangedFile](), dict.fromkeys(binary)
    for one in files:
        if is_reviewed(one.path) and one.path not in ours and one.path not in left_out:
            kept.append(one)
        else:
            left_out[one.path] = None
    return Change(files=tuple(kept), commits=tuple(commits), left_out=tuple(left_out))


def is_reviewed(path: str) -> bool:
    """Return whether a file counts. Migrations do, even where they are generated."""
    if migrations_folder(path) is not None:
        return True
    return is_handwritten(path) and path.rpartition("/")[2] not in LOCK_FILES
