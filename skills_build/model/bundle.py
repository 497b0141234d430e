"""What the compiler makes: skills and fragments for no client in particular, and the files that are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from skills_build.model.standard import Rule, Section, Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRule:
    """A rule together with the standard it comes from."""

    rule: Rule
    standard: Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section of one standard and those of its rules that ship: the unit that references are packed from."""

    standard: Standard
    section: Section
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One file under a skill's `references/`, packed on heading boundaries; `name` is its file name without `.md`."""

    name: str
    title: str
    read_when: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill: at most `budgets.skill` bytes of SKILL.md that route to its references.

    `name` carries the namespace and equals the folder. `highlights` are the rules shown in SKILL.md itself.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """What a fragment says of one skill instead of its rules' text: counts by level and where to read."""

    skill: str
    title: str
    counts: Mapping[str, int]
    ids: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """Where in an artifact a rule stands and where it came from; lines count from 1."""

    id: str
    line: int
    path: str
    source_line: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file of the output: `path` relative to the output folder, with forward slashes."""

    path: str
    data: bytes
    mode: int = 0o644
    sources: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """What one client reads, from `validators/clients.toml`; sizes in bytes or characters as the key says, 0 is none known."""

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
