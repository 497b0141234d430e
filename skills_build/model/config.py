"""What `codex.yaml` says, with its defaults. The contract is `validators/schemas/codex.schema.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TARGETS = ("agents", "claude", "codex", "cursor", "copilot")
_UPON_AGENTS = frozenset({"codex", "cursor", "copilot"})
"""Targets whose files point to the skills of `agents`, or add to them."""


def with_needed(targets: Sequence[str]) -> tuple[str, ...]:
    """Targets with the one that they need, first where it was not named."""
    needed = not {"agents"} & {*targets} and bool(_UPON_AGENTS & {*targets})
    return ("agents", *targets) if needed else tuple(targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A field of standards with one owner; its rules go into one skill unless a standard names another."""

    title: str
    owner: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillSettings:
    """What an author says of one skill; what is left out is derived from its standards."""

    title: str | None = None
    description: str | None = None
    formerly: tuple[str, ...] = ()
    """Names that the skill had in earlier releases: whoever asks for one of them gets this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectUse:
    """Read the files under `paths` (globs; none means all) by the dialect `use`, a name or a file beside codex.yaml."""

    use: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """Which lints run and how severe they are; keys are codes (`CX303`), prefixes (`CX3`) or names."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Sizes in bytes unless the name says otherwise."""

    file: int = 1024 * 1024
    catalogue: int = 4000
    description: int = 320
    skill: int = 6000
    reference: int = 16 * 1024
    fragment: int = 4096
    fragment_hard: int = 8192
    fragment_lines: int = 200
    fragment_tokens: int = 1500
    skills: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a repository is, as far as rules care. Without `domains`, every domain applies."""

    languages: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the parts of a repository are: its packages by their folders, and `own`, what lies in none of them.

    `hosts` are folders whose people want all that applies there said there.
    """

    own: Profile
    packages: Mapping[str, Profile]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFilter:
    """Which repositories of a catalog are wanted. Within one key any word will do; an empty key asks for nothing."""

    names: tuple[str, ...] = ()
    """Globs of a repository's path (`payments/**`) or of its last part (`*-service`)."""
    exclude: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()
    archived: bool = False
    """Whether archived repositories are wanted too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """A GitHub App to sign in as. `key` says where its private key is: `{env: ...}`, `{file: ...}`, `{command: ...}`.

    `key_env` and `key_file` are deprecated.
    """

    id: str
    installation: int
    key: Mapping[str, str] | None = None
    key_env: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSettings:
    """Where the repositories of a fleet are listed."""

    kind: str
    url: str | None = None
    """The address of the forge or of Backstage, not of its API."""
    group: str | None = None
    """A GitLab group with its sub-groups, an organisation or user of GitHub or Gitea."""
    path: str | None = None
    """An inventory or a folder of repositories, relative to codex.yaml."""
    token: Mapping[str, str] | None = None
    """Where the token comes from: `{env: ...}`, `{file: ...}` or `{command: ...}`. The next three are deprecated."""
    token_env: str | None = None
    token_file: str | None = None
    token_command: str | None = None
    app: AppSettings | None = None
    ca: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    """The forge of each host that addresses in the catalog name: gitlab, github, gitea."""
    select: CatalogFilter = field(default_factory=CatalogFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One codex's configuration. `declared` is False where no codex.yaml was found and all is default."""

    namespace: str = "codex"
    title: str = "Engineering codex"
    description: str | None = None
    licence: str | None = None
    source_url: str | None = None
    """A template for links back to the source: `{path}` and `{line}` are filled in."""
    domains: Mapping[str, Domain] = field(default_factory=dict)
    skills: Mapping[str, SkillSettings] = field(default_factory=dict)
    dialects: tuple[DialectUse, ...] = ()
    exclude: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    """The technologies standards may name; empty means any."""
    languages: tuple[str, ...] = ()
    lint: LintSettings = field(default_factory=LintSettings)
    targets: tuple[str, ...] = ("agents", "claude")
    budgets: Budgets = field(default_factory=Budgets)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    priority: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()
    """Where releases are published to, as `codexc publish --to` takes it."""
    catalog: CatalogSettings | None = None
    """Where the repositories come from that `codexc catalog` lists."""
    declared: bool = False
