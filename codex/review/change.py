"""The part of a change that is reviewed, and its risk."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from codex.profile.paths import LOCK_FILES, is_handwritten, migrations_folder
from codex.review.model import Tier
from skills_build.checks.base import ChangedFile, Commit
from skills_build.frozen import dataclass
from skills_build.languages import LANGUAGES

_SECURITY: Final = re.compile(
    r"(?:^|/)(?:auth\w*|security|crypto\w*|secrets?|permissions?|login|iam|\.github/workflows|\.gitlab|\.gitea|terraform)(?:[/._-]|$)"
    r"|(?:^|/)(?:Dockerfile|\.gitlab-ci\.yml|CODEOWNERS)",
    re.IGNORECASE,
)
"""Paths whose changes are always reviewed in full."""
FULL_FILES: Final = 50
"""Changes with more files than this are reviewed in full."""
TRIVIAL_LINES: Final = 10
TRIVIAL_FILES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change: its files without those that are left out, its commits, and the renames in them, oldest first."""

    files: tuple[ChangedFile, ...]
    commits: tuple[Commit, ...] = ()
    left_out: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()

    @property
    def tier(self) -> Tier:
        """The risk of the change."""
        lines = sum(len(one.added) + len(one.removed) for one in self.files)
        if len(self.files) > FULL_FILES or any(_SECURITY.search(one.path) for one in self.files):
            return Tier.FULL
        small = lines <= TRIVIAL_LINES and len(self.files) <= TRIVIAL_FILES
        return Tier.TRIVIAL if small else Tier.STANDARD


def earlier_names(change: Change) -> Mapping[str, str]:
    """Return the earlier path of each file that the change moves, as git detects it: the path in the base, or, for an
    added file, that of the commit that adds it.

    Findings keep their fingerprint under that name. A path that several files come from, or that is still in use, is
    not an earlier path: two files never share a name.
    """
    moved = {one.path: one.old for one in change.files if one.old not in (None, one.path) and not one.deleted}
    first: dict[str, str] = {}
    for old, new in change.renames:
        first[new] = first.pop(old, old)
    moved |= {one.path: first[one.path] for one in change.files if one.old is None and one.path in first}
    sources, used = Counter(moved.values()), {one.path for one in change.files if not one.deleted}
    return {path: old for path, old in moved.items() if old is not None and sources[old] == 1 and old not in used}


def reviewed(
    files: Iterable[ChangedFile],
    commits: Iterable[Commit],
    binary: Iterable[str],
    own: Iterable[str],
    renames: Iterable[tuple[str, str]] = (),
) -> Change:
    """Leave out what is not written by hand: generated, vendored, lock and binary files, and those of codexc.

    A binary file with the name of a text file is kept: one NUL byte makes a file binary for Git, but it may still run.
    """
    ours, kept = frozenset(own), list[ChangedFile]()
    left_out = dict.fromkeys(path for path in binary if not _is_named_as_text(path))
    for one in files:
        if is_reviewed(one.path) and one.path not in ours and one.path not in left_out:
            kept.append(one)
        else:
            left_out[one.path] = None
    return Change(files=tuple(kept), commits=tuple(commits), left_out=tuple(left_out), renames=tuple(renames))


@cache
def _extensions() -> frozenset[str]:
    return frozenset(extension for _, extensions, *_ in LANGUAGES.values() for extension in extensions)


def _is_named_as_text(path: str) -> bool:
    """Return whether the name of a file is that of a text: without an extension, or with that of a language."""
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return not (dot and stem) or extension.lower() in _extensions()


def is_reviewed(path: str) -> bool:
    """Return whether a file counts. Migrations do, even where they are generated."""
    if migrations_folder(path) is not None:
        return True
    return is_handwritten(path) and path.rpartition("/")[2] not in LOCK_FILES
