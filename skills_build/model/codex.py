"""The types of a whole codex: its standards and the ids that it has assigned."""

from collections.abc import Mapping
from dataclasses import field

from skills_build.frozen import dataclass
from skills_build.model.contract import Text
from skills_build.model.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedId:
    """One line of `codex.ids.lock`. An id is never assigned twice."""

    id: Text
    """The rule's id."""
    slug: str
    """A name for machines that stays when the title changes."""
    file: Text
    """The standard it was last seen in, relative to the codex's root."""
    title: str
    """The rule's first statement."""
    withdrawn: str | None = None
    """When it was withdrawn: YYYY-MM or YYYY-MM-DD."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Codex:
    """All standards of one organisation with their final ids, sorted by path.

    Compared by identity: it is large, and derived values are cached by it.
    """

    standards: tuple[Standard, ...]
    ids: tuple[LockedId, ...] = ()
    """The lock after this build, sorted by id."""
    locked: tuple[LockedId, ...] = ()
    """The lock as it was read."""
    files: frozenset[str] = frozenset()
    """Every file under the root, for checking links to images and other files."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The texts of the standards as read, and of files that only have another name, to find a vanished rule."""
