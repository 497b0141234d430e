"""The output of the compiler: skills and fragments, independent of clients, and the files that are written."""

from collections.abc import Mapping
from dataclasses import field, replace

from skills_build.diagnostics import Finding
from skills_build.frozen import dataclass
from skills_build.model.standard import Rule, Scope, Section, Standard, Status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedRule:
    """A rule with its standard, and its status and applicability on the day of the build.

    `scope` is the standard's applicability narrowed by the rule's own. Compared by identity, so that values derived
    from a selection of rules can be cached by the selection.
    """

    rule: Rule
    standard: Standard
    status: Status = Status.APPROVED
    scope: Scope = field(default_factory=Scope)

    @property
    def blocks(self) -> bool:
        """Whether the rule is blocking: an enforced MUST or MUST NOT."""
        return self.status is Status.ENFORCED and self.rule.level.binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section of one standard and those of its rules that ship: the unit that references are packed from."""

    standard: Standard
    section: Section
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """A rule and the line (from 0) of its heading in a text."""

    placed: PlacedRule
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRun:
    """Some lines of a text that have one owner, up to the next run.

    `line` counts from 0. The owner is the rule `id`, or without one the text, or with `heading` the heading, of a
    section: `section` is its index in the standard at `path`.
    """

    line: int
    path: str
    section: int
    id: str | None = None
    heading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One file under a skill's `references/`, packed on heading boundaries; `name` is its file name without `.md`.

    `facts` has one line per standard, `contents` is the table of contents (long files only), `body` is the Markdown of
    its passages, and `places` has the line of `body` on which each rule is defined.
    """

    name: str
    title: str
    read_when: str
    passages: tuple[Passage, ...]
    facts: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    body: str = ""
    places: tuple[SourcePlace, ...] = ()
    runs: tuple[TextRun, ...] = ()
    """The owners of all lines of `body`, in order."""

    @property
    def path(self) -> str:
        """The file's path inside its skill."""
        return f"references/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of SKILL.md's list of references: read `path` when working on `topic`; without a topic only the link."""

    topic: str
    path: str

    @property
    def name(self) -> str:
        """The file's name without its extension."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of SKILL.md's checklist: how to check a rule."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill: a SKILL.md of at most `budgets.skill` bytes that links its references.

    `name` includes the namespace and equals the folder. `highlights` are the rules shown in SKILL.md itself. The index
    skill (`key` is `index` unless a domain has that name) lists every rule by id and defines none.
    """

    name: str
    key: str
    title: str
    description: str
    overview: str
    highlights: tuple[PlacedRule, ...] = ()
    references: tuple[Reference, ...] = ()
    licence: str | None = None
    attribution: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    owner: str | None = None
    routes: tuple[Route, ...] = ()
    checks: tuple[Check, ...] = ()
    rules: tuple[PlacedRule, ...] = ()
    """Every rule its references define, in source order."""
    index: bool = False
    for_people: tuple[str, ...] = ()
    """In the index skill: the ids of the rules for people, which no skill contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """The line of a fragment for one skill, in place of the text of its rules: when to read the skill.

    `trigger` is that part of the skill's description, as much as fits; `folded` counts the always-on rules of this
    skill that the fragment has no room to show.
    """

    skill: str
    title: str
    ids: tuple[str, ...]
    trigger: str = ""
    folded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedFile:
    """An AGENTS.md below the root, and the ids of the rules that are always-on there and not in the whole tree."""

    folder: str
    ids: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its path in the repository."""
        return f"{self.folder}/AGENTS.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """The text of one AGENTS.md block: for a profile, at a folder (`""` is the repository's root)."""

    profile: str
    folder: str = ""
    always: tuple[PlacedRule, ...] = ()
    """Always-on rules shown in full, in order."""
    folded: tuple[PlacedRule, ...] = ()
    """Always-on rules that did not fit; they are counted in the lines of their skills."""
    nested: tuple[NestedFile, ...] = ()
    """At the root: the AGENTS.md files below it. Some clients never load them in a session that starts at the root."""
    always_nested: tuple[PlacedRule, ...] = ()
    """Always-on rules of the nested files, shown in full as well, as many as fit."""
    index: tuple[IndexLine, ...] = ()
    finder: str = ""
    """The name of the index skill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForPeople:
    """The rules that are only for people, and the pages that define them. No skill contains them."""

    rules: tuple[PlacedRule, ...] = ()
    pages: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The skills and fragments to write, independent of clients; `findings` are rules that fit in no file."""

    skills: tuple[Skill, ...]
    fragments: tuple[Fragment, ...]
    people: ForPeople = ForPeople()
    findings: tuple[Finding, ...] = ()
    limits: tuple["ClientLimits", ...] = ()

    @property
    def pages(self) -> tuple[Reference, ...]:
        """All pages that define rules: those of the skills, and those for people."""
        return (*(page for skill in self.skills for page in skill.references), *self.people.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """The line of a rule in an artifact and in its source; lines count from 1.

    `definition` is True in the reference that contains the whole rule, False where the rule is only quoted.
    """

    id: str
    line: int
    path: str
    source_line: int
    url: str | None = None
    definition: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file of the output: `path` relative to the output folder, with forward slashes."""

    path: str
    data: bytes
    mode: int = 0o644
    sources: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """The limits of one client, from `validators/clients.toml`, in the unit of the key; 0 if none is known."""

    name: str
    title: str
    catalogue_chars: int = 0
    entry_chars: int = 0
    description_chars: int = 1024
    skill_bytes: int = 0
    instructions_bytes: int = 0
    instructions_lines: int = 0
    catalogue_percent: float = 0
    """The share of the context window that the catalogue may take; `catalogue_chars` is for 200,000 tokens."""
    shortens_all: bool = False
    """Whether a catalogue that is too long loses all descriptions, and not only those at its end."""
    pages: tuple[str, ...] = ()
    """The pages and source files that state the limits, as URLs."""
    checked: str = ""
    """The day on which its limits were read (`YYYY-MM-DD`)."""

    def for_window(self, tokens: int) -> "ClientLimits":
        """Return the limits for a context window, at four characters a token."""
        chars = int(tokens * 4 * self.catalogue_percent / 100)
        return replace(self, catalogue_chars=chars) if self.catalogue_percent else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The whole output of one build, as the output lints read it."""

    skills: tuple[Skill, ...]
    fragments: tuple[Fragment, ...]
    artifacts: tuple[Artifact, ...]
    people: tuple[PlacedRule, ...] = ()
    """The rules that are only for people."""
    limits: tuple[ClientLimits, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The same artifacts by path."""
