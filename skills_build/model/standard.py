"""The types of standards and rules, every part with its place in the file."""

import re
from dataclasses import field
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.model.contract import Constraint
from skills_build.model.links import Footnote, Link
from skills_build.model.non_rules import Mention, NearMiss, Suppression


class Level(StrEnum):
    """How binding a rule is, in the words of BCP 14 (RFC 2119 and RFC 8174)."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"

    @property
    def binding(self) -> bool:
        """True for MUST and MUST NOT."""
        return self in (Level.MUST, Level.MUST_NOT)

    @property
    def negative(self) -> bool:
        """True for MUST NOT and SHOULD NOT."""
        return self in (Level.MUST_NOT, Level.SHOULD_NOT)


class Status(StrEnum):
    """The status of a standard or a rule: approved rules are advisory, enforced rules block."""

    DRAFT = "draft"
    APPROVED = "approved"
    ENFORCED = "enforced"
    DEPRECATED = "deprecated"
    WITHDRAWN = "withdrawn"

    @property
    def ships(self) -> bool:
        """True for what reaches an agent: drafts and withdrawn rules never do."""
        return self not in (Status.DRAFT, Status.WITHDRAWN)


class Attestation(StrEnum):
    """What an author declares about a rewording, in the label `Change`: the rule requires the same, less or more."""

    EDITORIAL = "editorial"
    NARROWER = "narrower"
    WIDER = "wider"

    @classmethod
    def of(cls, text: str | None) -> "Attestation | None":
        """Return the first word of a label if it is one of these; a note may follow it, as in `editorial, a plural`.

        Several of them without a note, as in `narrower, wider`, declare nothing.
        """
        word = re.match(r"[A-Za-z]+(?![\w/-])", text or "")
        named = re.findall(r"\w+", (text or "").lower())
        if len({one for one in named if one in tuple(cls)}) > 1 and {*named} <= {*cls, "and", "or"}:
            return None
        return next((one for one in cls if word and one == word[0].lower()), None)


class Decider(StrEnum):
    """What is needed to decide whether a rule is followed, in the label `Decided by`."""

    DIFF = "diff"
    REPOSITORY = "repository"
    REQUEST_TEXT = "request text"
    COMMIT = "commit"
    RUN_TIME = "run time"
    ORGANISATION = "organisation"


class Audience(StrEnum):
    """Who a rule is for: people and agents who write code, or only people. No skill contains rules for people."""

    CODE = "code"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a rule applies: each kind that is given must match with at least one entry. Empty means everywhere."""

    languages: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    when: str | None = None

    def joined(self, other: "Scope") -> "Scope":
        """The scope of two labels of one rule: the same as that of one label with the keys of both."""
        return Scope(
            languages=tuple(dict.fromkeys((*self.languages, *other.languages))),
            technologies=tuple(dict.fromkeys((*self.technologies, *other.technologies))),
            kinds=tuple(dict.fromkeys((*self.kinds, *other.kinds))),
            paths=(*self.paths, *other.paths),
            when="; ".join(filter(None, (self.when, other.when))) or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedStatus:
    """A status, and optionally the one it becomes on a date (ISO 8601, `YYYY-MM-DD`)."""

    status: Status
    then: Status | None = None
    on: str | None = None

    def at(self, day: str) -> Status:
        """The status on `day` (`YYYY-MM-DD`)."""
        return self.then if self.then and self.on and day >= self.on else self.status


ONE_VALUE: Final = (
    "status",
    "change",
    "withdrawn",
    "use instead",
    "alias",
    "maps to",
    "decided by",
    "selected by",
    "audience",
    "origin",
)
"""Labels that a rule can have only once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A labelled part of a rule's body, such as **Why:**. `text` is Markdown, `span` covers the bold word.

    `value` is the place of the first line of the text, for labels that hold a value.
    """

    name: str
    text: str
    span: Span
    value: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced example; `good` tells good from bad examples, `language` is the first word after the fence."""

    good: bool
    language: str
    code: str
    span: Span
    path: str = ""
    """The path of the file that it is from, if the fence names one (```` ```toml pyproject.toml ````)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBlock:
    """A fenced block `yaml check`, before it is read. `text` starts at `column` of the line after `span.line`."""

    text: str
    span: Span
    column: int
    label: str
    """The label that it is below; empty below none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A level in the text of a rule, as a reader sees it. Without a `level`, it can be read in two ways."""

    word: str
    span: Span
    level: Level | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A lettered part of a rule, with an id if the author gave one (`SVC-3a`)."""

    id: str | None
    text: str
    span: Span
    number: str = ""
    """Its number as written (`2.`), in a numbered list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """When a rule was withdrawn (`YYYY-MM` or `YYYY-MM-DD`) and what replaces it."""

    date: str
    use_instead: str | None = None


LevelWord: TypeAlias = Annotated[str, Constraint(choices=tuple(Level))]
StatusWord: TypeAlias = Annotated[str, Constraint(choices=tuple(Status))]
DeciderWord: TypeAlias = Annotated[str, Constraint(choices=tuple(Decider))]
AudienceWord: TypeAlias = Annotated[str, Constraint(choices=tuple(Audience))]


class Form(StrEnum):
    """How the author marked a rule."""

    HEADING = "heading"
    LIST_ITEM = "list-item"
    ROW = "row"
    PARAGRAPH = "paragraph"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One requirement.

    `statement` is the author's sentence as one line of Markdown, without the id. `body` is the Markdown below it, word
    for word, and `body_line` its first line in the file. `id` and `slug` are empty until `source.resolve`
    assigns an id to a rule without a written one. `span` covers the statement, `id_span` the written id.
    """

    id: str
    level: Level
    statement: str
    span: Span
    form: Form
    slug: str = ""
    mark: Span | None = None
    """All of the text that marks the rule: the statement with its marker and id."""
    id_span: Span | None = None
    id_written: bool = True
    level_span: Span | None = None
    status: DatedStatus | None = None
    section: int = 0
    anchor: str = ""
    body: str = ""
    body_line: int = 0
    body_column: int = 1
    """The column of the file at which column 1 of the body is: the content of a list item is dedented."""
    end_line: int = 0
    cut_line: int = 0
    """The line before which the text above the rule ends: its first, or for a row the one after its table."""
    lead_in: str = ""
    """The paragraphs that introduce the list or table it is in, the outermost first, on one line."""
    number: str = ""
    """Its number as written (`2.`), if it is an item of a numbered list."""
    footnotes: tuple[Footnote, ...] = ()
    """The footnotes that it cites."""
    labels: tuple[Label, ...] = ()
    examples: tuple[Example, ...] = ()
    checks: tuple[CheckBlock, ...] = ()
    """Its `check` blocks. Their lines are empty in `body`."""
    scope: Scope = field(default_factory=Scope)
    stages: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    links: tuple[Link, ...] = ()
    parts: tuple[Part, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    """The cells of a row's columns that its dialect does not name: title and Markdown."""
    tombstone: Tombstone | None = None
    change: str | None = None
    alias: str | None = None
    """The id that the rule has in the document it was imported from."""
    maps_to: tuple[str, ...] = ()
    """Ids of published requirements that the rule covers, such as `v5.0.0-1.2.4`."""
    decided_by: tuple[Decider, ...] = ()
    """The values of `Decided by`, from the rule or else from its standard."""
    selected_by: str = ""
    """The patterns for changed lines to which it is relevant, as its author wrote them: see
    `skills_build.source.signals`.
    """
    audience: Audience = Audience.CODE
    """Its audience, from the rule or else from its standard."""
    origin: str = ""
    """Its origin: a URL, or a path as in `skills_build.source.origins`. By default that of the standard; empty if
    neither has one.
    """

    def label(self, name: str) -> str | None:
        """The text of the labels called `name` (lower case, as in `use instead`), joined; None if the rule has none.

        Of labels that hold one value, only the first counts.
        """
        texts = [label.text for label in self.labels if label.name == name]
        return "\n\n".join(filter(None, texts[:1] if name in ONE_VALUE else texts)) if texts else None

    @property
    def footnotes_elsewhere(self) -> tuple[Footnote, ...]:
        """The footnotes that it cites and that are not defined in its body."""
        return tuple(note for note in self.footnotes if not self.span.line <= note.line <= self.end_line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the text under it that belongs to no rule.

    The first section of a standard has `depth` 1 (its title) and holds the introduction.
    """

    title: str
    depth: int
    anchor: str
    text: str
    line: int
    resumes: int | None = None
    """The number of the section that goes on here: a rule in a heading ends a section of the same or a lower level."""


CANONICAL: Final = "canonical"
"""The name of the dialect that is the codexc format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One document. `path` is relative to the codex's root, with forward slashes."""

    path: str
    id: str
    title: str
    domain: str
    status: DatedStatus
    dialect: str = CANONICAL
    without_level: int = 0
    """The number of blocks that its dialect takes for rules and that have no level."""
    permalink: str | None = None
    """The path of its page on the site of its authors."""
    id_derived: bool = False
    """Whether the id comes from the path, because the document gives none."""
    owner: str | None = None
    reviewed: str | None = None
    review_every: str | None = None
    source: str | None = None
    stages: tuple[str, ...] = ()
    decided_by: tuple[Decider, ...] = ()
    audience: Audience = Audience.CODE
    origin: str = ""
    """The default for `Rule.origin`."""
    scope: Scope = field(default_factory=Scope)
    skill: str | None = None
    priority: tuple[str, ...] = ()
    """Rule ids that come first among the always-on rules."""
    change: str | None = None
    why: str | None = None
    sections: tuple[Section, ...] = ()
    rules: tuple[Rule, ...] = ()
    links: tuple[Link, ...] = ()
    """Every link of the file, those of rules included, in order."""
    definitions: tuple[tuple[str, str], ...] = ()
    """Link reference definitions: normalised label, target."""
    anchors: tuple[str, ...] = ()
    """Every fragment a link to this file may name: heading slugs and HTML ids."""
    suppressions: tuple[Suppression, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    """Text that looks like a rule, in the order of the file."""
    mentions: tuple[Mention, ...] = ()
    """The ids in its prose; they may be those of rules anywhere in the codex, or of something else."""
    places: tuple[tuple[str, Span], ...] = ()
    """The place of each front matter value by dotted key; `""` is the front matter as a whole."""
    licence: str | None = None
    attribution: str | None = None
    ledger: bytes = b""
    """Who owns each piece of the file, packed: see `skills_build.model.accounting`."""

    def place(self, key: str) -> Span:
        """Return the place of a front matter key's value; for a missing key, the start of the file."""
        spans = dict(self.places)
        return spans.get(key) or spans.get("") or Span(1, 1, 1, 1)

    def states(self, key: str) -> bool:
        """Return whether the standard itself gives `key`, as opposed to a default that was filled in.

        A canonical standard gives everything in its front matter, and the parser has reported what is missing there. A
        standard of another dialect gets it from the rules of the dialect.
        """
        return self.dialect != CANONICAL or any(name == key for name, _ in self.places)


def status_on(standard: Standard, rule: Rule, day: str) -> Status:
    """Return the status of a rule on `day` (`YYYY-MM-DD`): its own, else its standard's; a tombstone is withdrawn."""
    if rule.tombstone is not None:
        return Status.WITHDRAWN
    return (rule.status or standard.status).at(day)
