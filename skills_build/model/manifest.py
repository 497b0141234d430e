"""manifest.json as types: the source of `manifest.schema.json`.

These are written and never compared or printed; without the methods for that, importing them costs a third less.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from skills_build.frozen import dataclass
from skills_build.model.contract import BuildVersion, Constraint, Count, Day, Line, Positive, Sha256, Text
from skills_build.model.standard import DeciderWord, LevelWord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FragmentBudgets:
    """What a fragment that is made for one repository may take."""

    fragment: Count
    """Bytes it aims at."""
    fragment_hard: Count
    """Bytes it never goes beyond."""
    fragment_lines: Count
    """Its lines."""
    fragment_tokens: Count
    """Its tokens, of four bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProfileRow:
    """What a repository is, as far as rules care; without domains, every domain applies."""

    languages: tuple[str, ...]
    """Languages."""
    technologies: tuple[str, ...]
    """Technologies."""
    paths: tuple[str, ...]
    """Files or folders."""
    domains: tuple[str, ...]
    """Domains."""
    decided_by: tuple[DeciderWord, ...] | None = None
    """What decides the rules it selects; missing if it selects all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClientRow:
    """One client."""

    client: str
    """The client's name."""
    skills: Count
    """How many skills there are."""
    listed: Count
    """How many of them it lists."""
    whole: Count
    """How many of them it lists with their whole description."""
    catalogue_chars: Count
    """Characters of all names and descriptions."""
    limit: Count
    """Characters it shows; 0 where none is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SkillRow:
    """One skill."""

    name: str
    """Its name and folder."""
    key: str
    """The domain or `skill:` key it is made from."""
    title: Line
    """Its title."""
    description: str
    """What it is for and when to use it."""
    version: str
    """The version in its metadata: that in which it last changed."""
    formerly: tuple[str, ...]
    """Names it had in earlier releases."""
    index: bool
    """Whether it is the one that finds any rule and defines none."""
    bytes: Count | None = None
    """Bytes of its files; only in a release."""
    rules: Count | None = None
    """How many rules it defines; only in a release."""
    tree: Sha256 | None = None
    """Digest of its folder, framed as the whole tree's; only in a release."""
    files: Mapping[str, Sha256] | None = None
    """Digest of each file, by path in its folder; only in a release."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FragmentRow:
    """One AGENTS.md fragment."""

    profile: str
    """The profile it is for."""
    folder: str
    """The folder it is for; empty is the repository's root."""
    path: str
    """Its file."""
    bytes: Count | None = None
    """Its bytes; only in a release."""
    lines: Count | None = None
    """Its lines; only in a release."""
    sha256: Sha256 | None = None
    """Its digest; only in a release."""
    always: tuple[str, ...] | None = None
    """Always-on rules it shows; only in a release."""
    folded: tuple[str, ...] | None = None
    """Always-on rules it has no room for; only in a release."""
    rules: Count | None = None
    """How many rules apply; only in a release."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RuleRow:
    """One rule."""

    id: Text
    """The rule's id."""
    slug: str
    """A name for machines that stays when the title changes."""
    level: LevelWord
    """How binding it is (BCP 14)."""
    status: Annotated[str, Constraint(choices=("approved", "enforced", "deprecated"))]
    """Its status on the day of the build."""
    skill: str
    """The skill that defines it; empty for a rule for people."""
    norm: Sha256
    """Digest of what it demands: level, normalised sentence, applicability."""
    contract: Sha256
    """Digest of how it is addressed: id, status, anchor."""
    text: Sha256
    """Digest of every word of it."""
    change: str | None
    """What its author declares of its last rewording: `editorial`, `narrower` or `wider`, or nothing."""
    artifact: str
    """The file that defines it."""
    line: Positive | None = None
    """The line of that file; only in a release."""
    source: str
    """The standard's file, relative to the root of the standards."""
    source_line: Positive | None = None
    """The line of that file; only in a release."""
    url: str | None
    """The address of its heading or its file, where the codex has one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class QuoteRow:
    """A file that shows rules in short."""

    artifact: str
    """The file."""
    lines: Mapping[str, Positive]
    """The line of each rule, by id."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TombstoneRow:
    """One withdrawn rule."""

    id: Text
    """The id that is never used again."""
    slug: str
    """Its slug."""
    withdrawn: str | None
    """When it was withdrawn, if the author says."""
    use_instead: str | None
    """The rule that replaces it."""
    source: str
    """The standard's file."""
    source_line: Positive | None = None
    """The line of that file; only in a release."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FileRow:
    """One file."""

    mode: Annotated[str, Constraint(choices=("0644", "0755"))]
    """Its mode, in octal."""
    sha256: Sha256
    """Its digest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ArchiveRow:
    """One archive."""

    file: Annotated[str, Constraint(pattern="^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
    """Its name beside the manifest."""
    sha256: Sha256
    """Its digest."""
    bytes: Count
    """Its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReleaseRow:
    """What only a released bundle knows; missing in what a build writes."""

    commit: Annotated[str, Constraint(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")] | None
    """The commit whose standards were compiled, if they are kept in git."""
    previous: str | None
    """The version before, if there was one."""
    bump: Annotated[str, Constraint(choices=("none", "patch", "minor", "major", "initial"))]
    """What the changes since then demand."""
    files: Mapping[str, FileRow]
    """Every other file of the bundle with its mode and digest, by path."""
    archives: Mapping[str, ArchiveRow]
    """An archive for each skill, by the skill's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredSkill:
    """A short skill that repositories get."""

    name: str
    """Its name and folder."""
    title: Line
    """Its title."""
    domains: tuple[Text, ...]
    """The domains whose rules it has; for a standard without a domain, the key of its skill."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeliveryRow:
    """What repositories get, as codex.yaml says."""

    mode: Annotated[str, Constraint(choices=("block", "skills", "full"))] | None = None
    """How much of the rules is written; missing if codex.yaml does not say."""
    source: str | None = None
    """The address from which clients install the skills."""
    claude_md: Annotated[str, Constraint(choices=("where-present", "always"))] | None = None
    """Whether a CLAUDE.md is written; missing if codex.yaml does not say."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Manifest:
    """What one build made and from what, so that others can check, compare and select."""

    namespace: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=24)]
    """The codex's namespace, with which its skills' names start."""
    title: Line
    """The codex's title."""
    version: BuildVersion
    """The codex's version; 0.0.0 before its first release."""
    as_of: Day | None = None
    """The day for which dated statuses were read; only in a release."""
    generator: Literal["codexc"]
    """The program that wrote it."""
    tree: Sha256 | None = None
    """Digest of all other files: sha256 over the sorted lines `mode SP sha256 SP SP path LF`; only in a release."""
    targets: tuple[str, ...]
    """The targets that were written."""
    priority: tuple[str, ...]
    """Ids of rules that come first among the always-on ones."""
    budgets: FragmentBudgets
    """What a fragment that is made for one repository may take."""
    delivery: DeliveryRow | None = None
    """What repositories get; missing in what versions before this key wrote, which have no rules in full."""
    delivered: tuple[DeliveredSkill, ...] | None = None
    """The short skills that repositories get, by name; missing where `delivery` is."""
    profiles: Mapping[str, ProfileRow]
    """The profiles that have a name, by it."""
    clients: tuple[ClientRow, ...] | None = None
    """What of the skills' catalogue each client shows; only in a release."""
    skills: tuple[SkillRow, ...]
    """The skills, by name."""
    fragments: tuple[FragmentRow, ...]
    """The AGENTS.md fragments, by profile and folder."""
    rules: tuple[RuleRow, ...]
    """Every rule that ships, by the prefix of its id and in the order of the source, with where it is defined."""
    quotes: tuple[QuoteRow, ...] | None = None
    """Files that show rules in short; only in a release."""
    tombstones: tuple[TombstoneRow, ...]
    """Withdrawn rules, whose ids are never used again."""
    drafts: tuple[str, ...]
    """Rules that are written and do not ship yet."""
    files: Mapping[str, Annotated[str, Constraint(choices=("0644", "0755"))]] | None = None
    """The mode of each other file, by path; only in what a build writes."""
    release: ReleaseRow | None = None
    """What only a released bundle knows; missing in what a build writes."""
