"""statements.json as types: the source of `statements.schema.json`.

These are written and never compared or printed; without the methods for that, importing them costs a third less.
"""

from collections.abc import Mapping
from typing import Annotated

from skills_build.frozen import dataclass
from skills_build.model.check import CheckRow
from skills_build.model.contract import Constraint, Day, Sha256, Text
from skills_build.model.standard import AudienceWord, DeciderWord, LevelWord, StatusWord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ScopeRow:
    """Where the standard applies."""

    languages: tuple[str, ...]
    """Programming languages."""
    technologies: tuple[str, ...]
    """Technologies."""
    paths: tuple[str, ...]
    """Globs of files."""
    when: str | None
    """A condition in words."""
    kinds: tuple[str, ...] | None = None
    """Kinds of packages; missing for all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NextStatus:
    """A scheduled status, and the day from which it applies."""

    status: StatusWord
    """The status it will have."""
    on: Day
    """Its first day."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StatementRow:
    """One rule."""

    id: Text
    """The rule's id, never used again for another."""
    slug: str
    """A name for machines that stays when the title changes."""
    level: LevelWord
    """How binding it is (BCP 14)."""
    status: StatusWord
    """The rule's status on the day of the build."""
    next: NextStatus | None
    """A scheduled status, and the day from which it applies."""
    text: Text
    """The rule's sentence in Markdown, without its id."""
    section: str
    """The title of its section."""
    when: str | None
    """The condition under which it holds."""
    use: str | None
    """What to use."""
    instead_of: str | None
    """What it replaces."""
    except_: str | None
    """Its exceptions."""
    applies_to: ScopeRow
    """Where it applies: the standard's applicability, narrowed by its own."""
    stages: tuple[str, ...]
    """When in the life of a change it matters."""
    why: str | None
    """Its reason."""
    how: str | None
    """How to follow it."""
    check: str | None
    """How to see that it is followed."""
    see: str | None
    """Where to read more."""
    requirements: tuple[str, ...] | None = None
    """Further sentences of its body that contain a level; missing in files written before this key existed."""
    href: Text
    """Its URL if the codex has one, otherwise its file in the output."""
    digest: Sha256
    """SHA-256 of level, normalised sentence and applicability: it changes when the requirement changes."""
    lead_in: str | None = None
    """The lines that introduce the list or table it is in, and those around it."""
    around: tuple[str, ...] | None = None
    """Titles and paragraphs of its sections that may limit it, and footnotes that it cites and that are not part of its
    text; missing in what versions before this key wrote.
    """
    columns: Mapping[str, str] | None = None
    """The other cells of its table row, by the titles of their columns."""
    maps_to: tuple[Text, ...] | None = None
    """Ids of published requirements that it covers; missing if there are none."""
    decided_by: tuple[DeciderWord, ...] | None = None
    """What is needed to decide whether it is followed; missing if its author does not state it."""
    selected_by: str | None = None
    """Patterns for the changed lines to which it is relevant, as its author wrote them; missing if there are none."""
    audience: AudienceWord | None = None
    """Who follows it; missing if it is for all who write code. Rules for people are in no skill."""
    origin: Text | None = None
    """Its origin, such as an incident review: a URL, or a path relative to the directory of the standards; missing if
    its author does not state it.
    """
    body: str | None = None
    """All text below its sentence in Markdown, with examples; missing if the keys above already contain every word."""
    checks: tuple[CheckRow, ...] | None = None
    """Its checks, which detect violations, in the order of the page; missing if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DocumentRow:
    """One standard."""

    id: Text
    """The standard's id, with which its rules' ids start."""
    title: str
    """The standard's title, without Markdown."""
    status: StatusWord
    """The standard's status; a rule may have its own."""
    domain: str
    """The domain it belongs to."""
    owner: str | None
    """Its owner, otherwise the owner of its domain."""
    skill: str
    """The skill that contains its rules; empty if all of them are for people."""
    source: str | None
    """Where it was decided, if its author states it."""
    path: Text
    """Its file, relative to the root of the standards."""
    href: Text
    """Its URL if the codex has one, otherwise its file."""
    reviewed: str | None
    """When it was last reviewed, as the author wrote it."""
    review_every: str | None
    """How often it is to be reviewed."""
    applies_to: ScopeRow
    """Where the standard applies."""
    priority: tuple[str, ...]
    """Ids of its rules that come first among the always-on ones."""
    licence: str | None = None
    """The licence of its text, if it has one of its own."""
    attribution: str | None = None
    """Whom the text is by, as its licence asks."""
    statements: Annotated[tuple[StatementRow, ...], Constraint(min_items=1)]
    """Its rules, in order of the file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Statements:
    """Every shipped rule as data, without drafts and withdrawn rules."""

    codex: Text
    """The codex's namespace."""
    version: Annotated[str, Constraint(min_length=5)]
    """The codex's version; 0.0.0 before its first release."""
    documents: tuple[DocumentRow, ...]
    """The standards with at least one rule, sorted by id."""
