"""What targets write into one repository besides skills: pages for reviewers, and rules that clients attach to files.

The rules are those that apply to the repository, so these files are not part of a build.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, TypeAlias

from skills_build.compile.names import suffix
from skills_build.compile.prose import rule_line
from skills_build.counts import counted
from skills_build.emit.context import EmitContext
from skills_build.emit.globs import skill_globs
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, PlacedRule
from skills_build.model.check import Check
from skills_build.model.standard import Example
from skills_build.source.slug import slug

ALL_FILES: Final = ("**/*",)
"""The globs of rules that are about all files."""
REVIEW_BYTES: Final = 32_000
"""Maximum size of all rules for a reviewer, in bytes: 8,000 tokens of four bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRules:
    """The rules of a repository, those that block first. `shown` are the ids in its AGENTS.md."""

    namespace: str
    title: str
    rules: tuple[PlacedRule, ...]
    shown: frozenset[str] = frozenset()
    checks: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    """The checks of rules by id, and their examples."""
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostText:
    """A text for a block in a file that people also edit."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItems:
    """Items of a list at `key` in a JSON or YAML file that people also edit.

    `instead` is the whole list where there is none yet, if that has more items.
    """

    path: str
    key: tuple[str, ...]
    items: tuple[object, ...]
    instead: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark for the owners of the repository."""

    text: str


Projected: TypeAlias = Artifact | HostText | ListItems | Remark


def no_files(_context: EmitContext) -> Iterator[Artifact]:
    """Yield nothing: the target has no files in a build."""
    yield from ()


def fitting(rules: Sequence[PlacedRule], most: int = REVIEW_BYTES) -> tuple[PlacedRule, ...]:
    """Return the rules that fit in `most` bytes, in order; those after the first that does not fit are left out."""
    room = most
    for count, placed in enumerate(rules):
        room -= len(review_line(placed).encode()) + 1
        if room < 0:
            return tuple(rules[:count])
    return tuple(rules)


def by_files(rules: Iterable[PlacedRule]) -> Mapping[tuple[str, ...], tuple[PlacedRule, ...]]:
    """Group rules by the globs of the files that they are about, in order; `ALL_FILES` for those about no files."""
    groups: dict[tuple[str, ...], list[PlacedRule]] = {}
    for placed in rules:
        groups.setdefault(skill_globs([placed]) or ALL_FILES, []).append(placed)
    return {globs: tuple(own) for globs, own in groups.items()}


def for_files(repository: RepositoryRules) -> Mapping[tuple[str, ...], tuple[PlacedRule, ...]]:
    """Group the rules about some files that AGENTS.md does not show: for clients that read AGENTS.md as well."""
    rules = (placed for placed in repository.rules if placed.rule.id not in repository.shown)
    return {globs: own for globs, own in by_files(rules).items() if globs != ALL_FILES}


def review_line(placed: PlacedRule) -> str:
    """Format a rule for a reviewer: whether it is blocking comes after the sentence."""
    return rule_line(placed) + (" (blocking)" if placed.blocks else "")


def file_name(namespace: str, globs: Sequence[str]) -> str:
    """Return a name for the file with the rules of some globs: readable, and different for different globs."""
    words = " ".join((namespace, *globs))
    return f"{slug(words, most=48)}-{suffix(words)}"


def group_name(title: str, globs: Sequence[str]) -> str:
    """Return a name for the rules of some globs."""
    return title if tuple(globs) == ALL_FILES else f"{title}: {', '.join(globs)}"


def joined_lines(rules: Iterable[PlacedRule]) -> str:
    """Format rules as a list."""
    return "\n".join(review_line(placed) for placed in rules)


def left_out(target: str, count: int) -> Iterator[Remark]:
    """Yield a remark about the `count` rules that a reviewer has no room for."""
    if count:
        yield Remark(
            text=f"target `{target}` omits {counted(count, 'rule')} at the end: reviewers receive at most "
            f"{REVIEW_BYTES // 4:,} tokens; `codexc rules` lists all rules"
        )


INTRODUCTION: Final = (
    "Report violations of these rules, and cite them by id. Rules marked (blocking) must be fixed before the change is "
    "merged; all others are advisory."
)
"""The instructions for a reviewer."""
