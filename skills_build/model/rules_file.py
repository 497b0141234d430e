"""`.engineering-codex.rules.json` as types: the source of `rules.schema.json`."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from skills_build.frozen import dataclass
from skills_build.model.contract import Address, Constraint, Sha256, Text, Words
from skills_build.model.standard import DeciderWord, LevelWord, StatusWord

SCHEMA: Final = "urn:codexc:schema:rules:1"
Checks = tuple[Mapping[str, Any], ...]
"""The checks of a rule in the form of statements.json, without digests: each kind has its own keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicability:
    """Where a rule applies; a missing key does not limit it."""

    languages: Words | None = None
    """Programming languages."""
    technologies: Words | None = None
    """Technologies."""
    kinds: Words | None = None
    """Kinds of packages."""
    paths: Words | None = None
    """Globs of files."""
    when: str | None = None
    """A condition in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWaiver:
    """A waiver of the repository for a rule."""

    reason: str
    """Why the repository cannot comply yet."""
    owner: str
    """Who is responsible for the waiver."""
    expires: Annotated[str, Constraint(format="date")]
    """The last day of the waiver."""

    def holds(self, day: str) -> bool:
        """Whether the waiver is in force on `day`."""
        return day <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledRule:
    """One rule, in full. Parts that it does not have are omitted."""

    id: Text
    """The rule's id, which is never reused."""
    level: LevelWord
    """How binding it is (BCP 14)."""
    status: StatusWord
    """The rule's status on the day of the build."""
    blocking: bool
    """Whether work that violates it must not be merged: an enforced MUST or MUST NOT."""
    text: Text
    """The rule's sentence in Markdown, without its id."""
    lead_in: str | None = None
    """The lines that introduce the list or table it is in, and those around it."""
    when: str | None = None
    """The condition under which it applies."""
    use: str | None = None
    """What to use."""
    instead_of: str | None = None
    """What it replaces."""
    except_: str | None = None
    """Its exceptions."""
    why: str | None = None
    """Its reason."""
    how: str | None = None
    """How to follow it."""
    check: str | None = None
    """How to verify that it is followed."""
    see: str | None = None
    """Where to read more."""
    columns: Mapping[str, str] | None = None
    """The other cells of its table row, by column title."""
    body: str | None = None
    """All text below its sentence, with examples; missing if the keys above already contain every word."""
    applies_to: Applicability | None = None
    """Where it applies; missing if it applies everywhere."""
    stages: Words | None = None
    """The stages of a change in which it matters."""
    maps_to: Words | None = None
    """Ids of published requirements that it covers."""
    decided_by: tuple[DeciderWord, ...] | None = None
    """What is needed to decide whether it is followed."""
    selected_by: str | None = None
    """Patterns for the changed lines to which it is relevant, as its author wrote them; one must match."""
    origin: Text | None = None
    """Its origin, such as an incident review: a URL, or a path in the repository of the codex."""
    checks: Checks | None = None
    """Checks that programs can run."""
    waived: RuleWaiver | None = None
    """The waiver of this repository, if the rule is waived."""
    href: Address | None = None
    """The URL of the rule, if the codex has one."""
    digest: Sha256
    """Digest of what it requires: level, normalised sentence, applicability."""
    text_digest: Sha256 | None = None
    """Digest of every word of it; only in files of earlier versions, because no command reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledStandard:
    """The rules of one standard."""

    id: Text
    """The standard's id, with which the ids of its rules start."""
    title: str
    """Its title."""
    domain: str | None = None
    """Its domain."""
    skill: str
    """The skill of the codex that defines its rules."""
    owner: str | None = None
    """Who decides on it."""
    source: Text
    """Its file, relative to the root of the standards."""
    licence: str | None = None
    """The licence of its text, if it has its own."""
    attribution: str | None = None
    """The attribution that its licence requires."""
    rules: Annotated[tuple[InstalledRule, ...], Constraint(min_items=1)]
    """Those of its rules that apply, in the order of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFile:
    """The rules that apply to a repository. The version is in the lock, so that equal rules have equal bytes."""

    codex: Text
    """The codex's namespace."""
    title: str
    """The codex's title."""
    standards: tuple[InstalledStandard, ...]
    """The standards with rules that apply, by path."""

    @property
    def rules(self) -> tuple[InstalledRule, ...]:
        """All rules, in order."""
        return tuple(rule for standard in self.standards for rule in standard.rules)
