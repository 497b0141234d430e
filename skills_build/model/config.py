"""The settings of `codex.yaml` with their defaults; `codex.schema.json` is generated from them."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from skills_build.diagnostics import Cause
from skills_build.frozen import dataclass
from skills_build.model.contract import (
    DEPRECATED,
    INTERNAL,
    NAME,
    REQUIRED,
    Client,
    Constraint,
    Positive,
    Slug,
    Text,
    Words,
)
from skills_build.model.standard import DeciderWord

CONFIG: Final = "codex.yaml"
"""The settings file, in the root directory of a codex."""
SeverityWord: TypeAlias = Annotated[str, Constraint(choices=("error", "warning", "info", "off"))]
Destination: TypeAlias = Annotated[str, Constraint(registry="destinations")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain of standards with one owner; its rules go into one skill unless a standard names another."""

    title: Text
    """The domain's name."""
    owner: Text | None = None
    """The owner of its standards, such as `@platform-team`."""
    description: str | None = None
    """A sentence on what it covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillSettings:
    """The settings of one skill; omitted keys are derived from its standards."""

    title: Text | None = None
    """The skill's title."""
    description: Annotated[str, Constraint(min_length=1, max_length=1024)] | None = None
    """What the skill is for, with a sentence that starts with `Use when`; clients select skills by their description.
    """
    formerly: Annotated[tuple[Slug, ...], Constraint(unique_items=True)] = ()
    """Names that the skill had in earlier releases, so that renaming it is not a breaking change."""


OptionalSkill: TypeAlias = Annotated[SkillSettings, Constraint(nullable=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectUse:
    """Parse the files under `paths` (globs; all by default) with the dialect `use`: a name, or a file."""

    use: Text
    """A dialect's name, or a TOML file next to codex.yaml."""
    paths: Words = ()
    """Globs of the files; without them, all."""
    level: Annotated[str, Constraint(choices=("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"))] | None = None
    """The level of rules that state none, instead of `default` in the dialect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """Which lints run and how severe they are; keys are codes (`CX303`), prefixes (`CX3`) or names."""

    select: Words = ()
    """Only these lints."""
    ignore: Words = ()
    """Not these lints."""
    severity: Mapping[str, SeverityWord] = field(default_factory=dict)
    """Another severity for a lint."""
    per_path: Mapping[str, Words] = field(default_factory=dict)
    """Lints that do not run on the files of a glob."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Sizes in bytes unless the name says otherwise."""

    file: Positive = 1024 * 1024
    """The largest standard that is read."""
    catalogue: Positive = 4000
    """The total characters of all names and descriptions."""
    description: Positive = 320
    """Characters of one description."""
    skill: Positive = 6000
    """One SKILL.md."""
    reference: Positive = 16 * 1024
    """One file of references."""
    fragment: Positive = 4096
    """One AGENTS.md fragment."""
    fragment_hard: Positive = 8192
    """One AGENTS.md fragment, beyond which the build fails."""
    fragment_lines: Positive = 200
    """Lines of one fragment."""
    fragment_tokens: Positive = 1500
    """Tokens of one fragment, a token counted as four bytes."""
    skills: Positive = 20
    """The number of skills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The properties of a repository that rules depend on. Without `domains`, every domain applies."""

    languages: Words = ()
    """Languages of the repository."""
    technologies: Words = ()
    """Technologies of the repository."""
    kinds: Words = ()
    """Its kinds: library, service, frontend, cli, infrastructure, data. Empty if they are unknown."""
    paths: Words = ()
    """Files that the repository has."""
    domains: Words = ()
    """Only rules of these domains."""
    decided_by: tuple[DeciderWord, ...] = ()
    """Only rules that can be decided from one of these, and rules without `Decided by`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The profiles of a repository's packages by folder, and `own`, that of the files in none of them.

    `hosts` are folders that get a complete AGENTS.md of their own.
    """

    own: Profile
    packages: Mapping[str, Profile]
    hosts: tuple[str, ...] = ()
    main: Words = ()
    """The languages of which the repository mainly consists, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFilter:
    """Which repositories of a catalog are selected. Within one key, any value is enough; an empty key selects all."""

    names: Words = ()
    """Globs of a repository's path, or of its last part."""
    exclude: Words = ()
    """Globs of repositories to leave out."""
    topics: Words = ()
    """Topics, or tags of a component."""
    languages: Words = ()
    """Languages, as named in the catalog."""
    owners: Words = ()
    """Owners, in full or by the last part."""
    lifecycles: Words = ()
    """Lifecycles, such as `production`."""
    archived: bool = False
    """Include archived repositories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSource:
    """Where the token comes from."""

    env: Annotated[str, Constraint(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The name of an environment variable."""
    file: Text | None = None
    """A file whose first line is the token; relative to codex.yaml."""
    command: Text | None = None
    """A command that prints the token; run without a shell."""


Token: TypeAlias = Annotated[TokenSource, Constraint(min_properties=1, max_properties=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """A GitHub App to sign in as, instead of a token; needs the extra `github-app`."""

    id: Text
    """The App's client id or number, as text."""
    installation: Positive
    """The number of the installation."""
    key: Token | None = None
    """Where the private key (PEM) comes from."""
    key_env: Annotated[Text, DEPRECATED] | None = None
    """Write `key: {env: NAME}`."""
    key_file: Annotated[Text, DEPRECATED] | None = None
    """Write `key: {file: PATH}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Limits on requests to the host, in addition to the limits that the host itself reports."""

    concurrency: Annotated[int, Constraint(minimum=1, maximum=64)] | None = None
    """The number of requests at a time."""
    requests_per_minute: Positive | None = None
    """The number of requests per minute."""
    writes_per_minute: Positive | None = None
    """The number of requests per minute that change something."""
    writes_per_hour: Positive | None = None
    """The number of requests per hour that change something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSettings:
    """Where the repositories of a fleet are listed."""

    kind: Annotated[str, Constraint(registry="catalogs")]
    """The kind of catalog."""
    url: Annotated[str, Constraint(pattern="^https?://[^/?#]+")] | None = None
    """The address of the forge or of Backstage, not of its API; gitlab.com or github.com by default."""
    group: Text | None = None
    """A GitLab group with its sub-groups, or an organisation or user of GitHub or Gitea."""
    groups: Annotated[Words, Constraint(unique_items=True)] = ()
    """Several of them, in addition to `group`."""
    catalogs: "tuple[CatalogSettings, ...]" = ()
    """The catalogs that a catalog of kind `combined` consists of; if several list a repository, the first one counts.
    """
    path: Text | None = None
    """An inventory or a folder of repositories, relative to codex.yaml."""
    token: Token | None = None
    """Where the token comes from."""
    token_env: Annotated[Text, DEPRECATED] | None = None
    """Write `token: {env: NAME}`."""
    token_file: Annotated[Text, DEPRECATED] | None = None
    """Write `token: {file: PATH}`."""
    token_command: Annotated[Text, DEPRECATED] | None = None
    """Write `token: {command: COMMAND}`."""
    app: AppSettings | None = None
    """A GitHub App to sign in as, instead of a token; needs the extra `github-app`."""
    ca: Text | None = None
    """A file of CA certificates to verify the host's certificate with (PEM); relative to codex.yaml."""
    limits: RequestLimits | None = None
    """Limits on requests to the host. If several sections have the same host, the strictest limit counts."""
    hosts: Mapping[str, Annotated[str, Constraint(registry="hosts")]] = field(default_factory=dict)
    """The forge of each host in the addresses of the catalog, if the host's name does not show it."""
    select: CatalogFilter = field(default_factory=CatalogFilter)
    """Which repositories are selected; within one key, any value is enough."""


class Delivery(StrEnum):
    """How much of the rules is written into a repository. Every mode writes the rules file."""

    BLOCK = "block"
    """Only AGENTS.md, with every blocking rule and how to install the skills."""
    SKILLS = "skills"
    """Short skills: each rule that applies with its reason in a few words."""
    FULL = "full"
    """The skills of the codex as they are, with references."""


class ClaudeMd(StrEnum):
    """Whether a CLAUDE.md that imports AGENTS.md is written."""

    WHERE_PRESENT = "where-present"
    """Only in an existing CLAUDE.md: without one, Claude Code 2.1.277 and later read AGENTS.md."""
    ALWAYS = "always"
    """Even if there is none, for earlier versions of Claude Code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """What repositories get, unless their own settings say otherwise."""

    mode: Delivery | None = None
    """The mode; by default, `skills` for a new repository, and the current mode for an existing one."""
    source: Annotated[str, Constraint(pattern=r"^[A-Za-z0-9][A-Za-z0-9+.:/@_~#-]*$", max_length=300)] | None = None
    """The address from which clients install the skills: a git repository or a site."""
    claude_md: ClaudeMd | None = None
    """Whether a CLAUDE.md is written; by default, only if the repository has one."""
    merge: Annotated[Mapping[str, Words], Constraint(keys=NAME)] = field(default_factory=dict)
    """Domains whose rules go into one short skill, by the name of that skill; otherwise each domain has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSettings:
    """Limits for waivers in repositories."""

    max_days: Positive | None = None
    """Maximum number of days from the day a waiver was granted (without `granted`, from today) to its last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration of one codex. `declared` is False if there is no codex.yaml and all settings are defaults."""

    namespace: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=24), REQUIRED] = "codex"
    """The organisation's short name; it starts the name of every skill."""
    title: Text = "Engineering codex"
    """The title of the codex."""
    description: Text | None = None
    """A sentence that describes the codex."""
    licence: str | None = None
    """The SPDX licence expression of the output."""
    source_url: Annotated[str, Constraint(pattern=r"^https?://.*\{path\}")] | None = None
    """A link to the source of a rule: `{path}` (relative to the folder of codex.yaml) and `{line}` are filled in."""
    domains: Annotated[Mapping[str, Domain], Constraint(keys=NAME)] = field(default_factory=dict)
    """The domains of standards, each with its owner. Without this key, any domain is allowed."""
    skills: Annotated[Mapping[str, OptionalSkill], Constraint(keys=NAME)] = field(default_factory=dict)
    """Titles and descriptions of skills, by the domain or `skill:` key they are made from."""
    dialects: tuple[DialectUse, ...] = ()
    """Which dialect parses which files: the first whose paths match. Without this key, all files are canonical."""
    exclude: Words = ()
    """Globs of files that are not standards."""
    technologies: Words = ()
    """Additional names of technologies; `codexc explain --technologies` lists the built-in ones."""
    languages: Words = ()
    """The languages that standards may name; if empty, all that `codexc profile` detects."""
    lint: LintSettings = field(default_factory=LintSettings)
    """Which lints run and how severe they are. A lint is selected by its code, a prefix of it, or its name."""
    targets: Annotated[tuple[Client, ...], Constraint(unique_items=True)] = ("agents", "claude")
    """The client families that output is written for."""
    budgets: Budgets = field(default_factory=Budgets)
    """Sizes, in bytes unless the name says otherwise."""
    profiles: Annotated[Mapping[str, Profile], Constraint(keys=NAME)] = field(default_factory=dict)
    """Named profiles: a fragment is written for each."""
    priority: Words = ()
    """Ids of rules that come first among those always shown."""
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    """How much of the rules is written into repositories."""
    waivers: WaiverSettings = field(default_factory=WaiverSettings)
    """Limits for waivers in repositories; a waiver that exceeds them counts as expired."""
    publish: Annotated[tuple[Destination, ...], Constraint(unique_items=True)] = ()
    """Where releases are published to: `kind:where`, as `codexc publish --to` takes it."""
    declared: Annotated[bool, INTERNAL] = False
    unread: Annotated[tuple[tuple[str, int, int], ...], INTERNAL] = ()
    """The top-level keys that are not in effect because of a fault in codex.yaml, with its first and last line; `""` is
    all of them."""

    whole: Annotated[tuple[str, ...], INTERNAL] = ()
    """The lists in SKILL.md that are not cut to their usual length: `NAME:rules`, `NAME:checks`."""

    def cause(self, key: str) -> Cause | None:
        """Return where codex.yaml has a fault that keeps a top-level key from taking effect; None if it is read."""
        lines = next(((first, last) for name, first, last in self.unread if name in ("", key)), None)
        return Cause(path=CONFIG, first=lines[0], last=lines[1]) if lines else None
