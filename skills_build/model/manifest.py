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
    """The size of a fragment for one repository."""

    fragment: Count
    """Target size in bytes."""
    fragment_hard: Count
    """Maximum size in bytes."""
    fragment_lines: Count
    """Its lines."""
    fragment_tokens: Count
    """Maximum number of tokens, of four bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProfileRow:
    """The properties of a repository that select rules; without domains, every domain applies."""

    languages: tuple[str, ...]
    """Languages."""
    technologies: tuple[str, ...]
    """Technologies."""
    paths: tuple[str, ...]
    """Files or folders."""
    domains: tuple[str, ...]
    """Domains."""
    decided_by: tuple[DeciderWord, ...] | None = None
    """Only rules that can be decided from these are selected; missing if all are."""
    kinds: tuple[str, ...] | None = None
    """Its kinds; missing if they are unknown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClientRow:
    """One client."""

    client: str
    """The client's name."""
    skills: Count
    """The number of skills."""
    listed: Count
    """The number of skills that it lists."""
    whole: Count
    """The number of skills that it lists with their full description."""
    catalogue_chars: Count
    """Characters of all names and descriptions."""
    limit: Count
    """Characters it shows; 0 if no limit is known."""


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
    """The version in its metadata, in which it last changed."""
    formerly: tuple[str, ...]
    """Names it had in earlier releases."""
    index: bool
    """Whether it is the index, which lists all rules and defines none."""
    bytes: Count | None = None
    """Bytes of its files; only in a release."""
    rules: Count | None = None
    """The number of rules that it defines; only in a release."""
    tree: Sha256 | None = None
    """Digest of its folder, computed like that of the whole tree; only in a release."""
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
    """Always-on rules that do not fit; only in a release."""
    rules: Count | None = None
    """The number of rules that apply; only in a release."""


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
    """Digest of what it requires: level, normalised sentence, applicability."""
    contract: Sha256
    """Digest of id, status and anchor."""
    text: Sha256
    """Digest of every word of it."""
    change: str | None
    """What its author declares about its last rewording: `editorial`, `narrower`, `wider` or nothing."""
    artifact: str
    """The file that defines it."""
    line: Positive | None = None
    """The line of that file; only in a release."""
    source: str
    """The standard's file, relative to the root of the standards."""
    source_line: Positive | None = None
    """The line of that file; only in a release."""
    url: str | None
    """The URL of its heading or file, if the codex has one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class QuoteRow:
    """A file that quotes rules."""

    artifact: str
    """The file."""
    lines: Mapping[str, Positive]
    """The line of each rule, by id."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TombstoneRow:
    """One withdrawn rule."""

    id: Text
    """The id, which is never reused."""
    slug: str
    """Its slug."""
    withdrawn: str | None
    """When it was withdrawn, if its author states it."""
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
    """Its file name, next to the manifest."""
    sha256: Sha256
    """Its digest."""
    bytes: Count
    """Its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReleaseRow:
    """What only a released bundle contains; missing in the output of a build."""

    commit: Annotated[str, Constraint(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")] | None
    """The commit whose standards were compiled, if they are kept in git."""
    previous: str | None
    """The previous version, if there was one."""
    bump: Annotated[str, Constraint(choices=("none", "patch", "minor", "major", "initial"))]
    """The version bump that the changes since then require."""
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
    """The domains whose rules it contains; for a standard without a domain, the key of its skill."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeliveryRow:
    """What repositories get, as configured in codex.yaml."""

    mode: Annotated[str, Constraint(choices=("block", "skills", "full"))] | None = None
    """How much of the rules is written; missing if codex.yaml does not set it."""
    source: str | None = None
    """The address from which clients install the skills."""
    claude_md: Annotated[str, Constraint(choices=("where-present", "always"))] | None = None
    """Whether a CLAUDE.md is written; missing if codex.yaml does not set it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Manifest:
    """The output of a build and its sources, for tools that verify, compare and select."""

    namespace: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=24)]
    """The codex's namespace, with which the names of its skills start."""
    title: Line
    """The codex's title."""
    version: BuildVersion
    """The codex's version; 0.0.0 before its first release."""
    as_of: Day | None = None
    """The day for which dated statuses were evaluated; only in a release."""
    generator: Literal["codexc"]
    """The program that wrote it."""
    tree: Sha256 | None = None
    """Digest of all other files: sha256 over the sorted lines `mode SP sha256 SP SP path LF`; only in a release."""
    targets: tuple[str, ...]
    """The targets that were written."""
    priority: tuple[str, ...]
    """Ids of rules that come first among the always-on ones."""
    budgets: FragmentBudgets
    """The size of a fragment for one repository."""
    delivery: DeliveryRow | None = None
    """What repositories get; missing in files written before this key existed, which do not contain rules in full."""
    waiver_days: Positive | None = None
    """The longest that a waiver in a repository may last, in days; missing if codex.yaml does not set it."""
    delivered: tuple[DeliveredSkill, ...] | None = None
    """The short skills that repositories get, by name; missing if `delivery` is."""
    profiles: Mapping[str, ProfileRow]
    """The named profiles, by name."""
    clients: tuple[ClientRow, ...] | None = None
    """How much of the skill catalogue each client shows; only in a release."""
    skills: tuple[SkillRow, ...]
    """The skills, by name."""
    fragments: tuple[FragmentRow, ...]
    """The AGENTS.md fragments, by profile and folder."""
    rules: tuple[RuleRow, ...]
    """Every shipped rule and where it is defined, by the prefix of its id and in the order of the source."""
    quotes: tuple[QuoteRow, ...] | None = None
    """Files that quote rules; only in a release."""
    tombstones: tuple[TombstoneRow, ...]
    """Withdrawn rules, whose ids are never reused."""
    drafts: tuple[str, ...]
    """Draft rules, which are not shipped yet."""
    files: Mapping[str, Annotated[str, Constraint(choices=("0644", "0755"))]] | None = None
    """The mode of each other file, by path; only in what a build writes."""
    release: ReleaseRow | None = None
    """What only a released bundle contains; missing in the output of a build."""
