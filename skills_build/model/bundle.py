"""What the compiler makes: skills and fragments for no client in particular, and the files that are written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from skills_build.diagnostics import Finding
from skills_build.model.standard import Rule, Scope, Section, Standard, Status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedRule:
    """A rule together with the standard it comes from, and what holds for it on the day of the build.

    `scope` is the standard's applicability narrowed by the rule's own. Equal is only what is the same object, so that
    what follows from a choice of rules can be remembered by the choice.
    """

    rule: Rule
    standard: Standard
    status: Status = Status.APPROVED
    scope: Scope = field(default_factory=Scope)

    @property
    def blocks(self) -> bool:
        """True for what must hold before work is done: an enforced MUST or MUST NOT."""
        return self.status is Status.ENFORCED and self.rule.level.binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section of one standard and those of its rules that ship: the unit that references are packed from."""

    standard: Standard
    section: Section
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """A rule and the line of a text (from 0) on which its heading stands."""

    placed: PlacedRule
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One file under a skill's `references/`, packed on heading boundaries; `name` is its file name without `.md`.

    `facts` is one line each about the standards it holds, `contents` its table of contents (long files only), `body`
    the Markdown of its passages, and `places` says where in `body` each rule is defined.
    """

    name: str
    title: str
    read_when: str
    passages: tuple[Passage, ...]
    facts: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    body: str = ""
    places: tuple[SourcePlace, ...] = ()

    @property
    def path(self) -> str:
        """The file's path inside its skill."""
        return f"references/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of SKILL.md's router: read `path` when working on `topic`; an empty topic leaves the bare link."""

    topic: str
    path: str

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of SKILL.md's checklist: how to see that a rule holds."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill: at most `budgets.skill` bytes of SKILL.md that route to its references.

    `name` carries the namespace and equals the folder. `highlights` are the rules shown in SKILL.md itself. The index
    skill (`key` is `index` unless a domain has that name) finds any rule by id and defines none.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """What a fragment says of one skill instead of its rules' text: counts by level and where to read.

    `topics` are the titles of the standards that apply, as many as fit; `folded` counts the always-on rules of this
    skill that the fragment has no room to show.
    """

    skill: str
    title: str
    counts: Mapping[str, int]
    ids: tuple[str, ...]
    topics: tuple[str, ...] = ()
    folded: int = 0

    @property
    def beginnings(self) -> tuple[str, ...]:
        """How the ids of its rules begin (`SEC-`), the commonest first, four at most."""
        counts = Counter(one[: one.rindex("-") + 1] for one in self.ids if "-" in one)
        return tuple(name for name, _ in counts.most_common(4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """The text of one AGENTS.md block: for a profile, at a folder (`""` is the repository's root)."""

    profile: str
    folder: str = ""
    always: tuple[PlacedRule, ...] = ()
    """Always-on rules shown in full, in order."""
    folded: tuple[PlacedRule, ...] = ()
    """Always-on rules that did not fit and are counted in a line per skill."""
    index: tuple[IndexLine, ...] = ()
    finder: str = ""
    """The name of the index skill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to write, decided for no client in particular; `findings` are rules that no file can hold."""

    skills: tuple[Skill, ...]
    fragments: tuple[Fragment, ...]
    findings: tuple[Finding, ...] = ()
    limits: tuple["ClientLimits", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """Where in an artifact a rule stands and where it came from; lines count from 1.

    `definition` is True in the one reference that holds the whole rule, False where it is only quoted.
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
    """What one client reads, from `validators/clients.toml`; sizes in what the key says, 0 is none known."""

    name: str
    title: str
    catalogue_chars: int = 0
    entry_chars: int = 0
    description_chars: int = 1024
    skill_bytes: int = 0
    instructions_bytes: int = 0
    instructions_lines: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Everything one build made, as the output lints see it."""

    skills: tuple[Skill, ...]
    fragments: tuple[Fragment, ...]
    artifacts: tuple[Artifact, ...]
    limits: tuple[ClientLimits, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The same artifacts by path."""
