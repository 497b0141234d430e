"""The sections of codex.yaml that only fleet commands read, as types, and the whole file as its schema has it."""

from dataclasses import asdict, field, fields
from typing import Annotated, Any, Final, Literal

from skills_build.frozen import dataclass
from skills_build.model.config import CatalogSettings, Config, RequestLimits, Token
from skills_build.model.contract import INTERNAL, Client, Constraint, Count, Percent, Positive, Text, Words
from skills_build.model.gateway import GatewaySettings
from skills_build.model.trust import TrustSettings

Trailer = Annotated[str, Constraint(pattern=r"^(?!Codex-)[A-Za-z][A-Za-z0-9-]*: \S[^\r\n]*$")]
"""A trailer of a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeApp:
    """A GitHub App to sign in as, instead of a token; needs the extra `github-app`."""

    id: str | int
    """The App's client id or number."""
    installation: Positive
    """The number of the installation."""
    key: Token
    """Where the private key (PEM) comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """The forge that hosts the repositories and their merge requests."""

    kind: Annotated[str, Constraint(registry="forges")]
    """The kind of forge."""
    root: Text | None = None
    """The folder of bare repositories; relative to codex.yaml."""
    url: Annotated[str, Constraint(pattern="^https?://")] | None = None
    """The address of the forge."""
    token: Token | None = None
    """Where the token comes from."""
    app: ForgeApp | None = None
    """A GitHub App to sign in as, instead of a token; needs the extra `github-app`."""
    ca: Text | None = None
    """A file of CA certificates to verify the host's certificate with (PEM); relative to codex.yaml."""
    limits: RequestLimits | None = None
    """Limits on requests to the host. Of several sections with the same host, the strictest limit counts."""
    signing_key: Text | None = None
    """The key that signs commits: a file with an SSH key, relative to codex.yaml (a public key signs by ssh-agent), or
    the id, fingerprint or address of an OpenPGP key."""
    signing_format: Annotated[str, Constraint(choices=("ssh", "openpgp"))] | None = None
    """The kind of `signing_key`; `ssh` by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltSettings:
    """When a run stops writing: the maximum percentage of its repositories that may fail or decline."""

    declined: Percent | None = None
    """The largest share that may decline."""
    failed: Percent | None = None
    """The maximum share that may fail, be raced or be in conflict."""


WEEKDAY: Final = "(mon|tue|wed|thu|fri|sat|sun)"
TIME: Final = Constraint(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """A time of day on some weekdays. Nothing is written outside the windows of a list."""

    days: tuple[Annotated[str, Constraint(pattern=f"^{WEEKDAY}(-{WEEKDAY})?$")], ...] = ()
    """Weekdays: `mon`, or `mon-thu`; without this key, every day."""
    start: Annotated[str, TIME] = "00:00"
    """Its start, such as `08:00`."""
    end: Annotated[str, TIME] = "24:00"
    """Its end; a time that is not later than `start` is on the next day."""
    zone: Text = "UTC"
    """The time zone, such as `Europe/Berlin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """How merge requests are opened and updated."""

    branch: Annotated[str, Constraint(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    """The name of the branch that codexc writes to."""
    labels: Words | None = None
    """The labels of merge requests."""
    hold: Text | None = None
    """The label that puts a merge request on hold."""
    retry: Text | None = None
    """The label that reopens a declined merge request."""
    takeover: Text | None = None
    """The label that allows codexc to overwrite commits on its branch."""
    drift: Annotated[str, Constraint(choices=("propose", "leave"))] | None = None
    """What to do about managed text that was edited by hand: propose to restore it, or leave it."""
    touched: Annotated[str, Constraint(choices=("leave", "append", "takeover"))] | None = None
    """What to do about the branch of codexc once someone else has committed to it."""
    rebase: bool | None = None
    """Rewrite the branch of a merge request whenever its base has moved."""
    reviewers: bool | None = None
    """Request a review from the owner in the catalog and those in CODEOWNERS."""
    assignee: Text | None = None
    """The assignee of new merge requests."""
    title: Annotated[str, Constraint(pattern=r"\{title\}")] | None = None
    """The title of merge requests and commits; `{title}` stands for the generated one."""
    trailers: Annotated[tuple[Trailer, ...], Constraint(unique_items=True)] | None = None
    """Trailers of commits, such as `Signed-off-by: Codex <codex@example.com>`."""
    draft: bool | None = None
    """Open merge requests as drafts."""
    fork: Annotated[str, Constraint(choices=("never", "when-needed", "always"))] | None = None
    """Which repositories get their merge request from a fork: none, those that the token cannot push to, or all."""
    fork_owner: Annotated[str, Constraint(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    """The organisation or group that owns the forks; by default the token's account."""
    fork_name: Annotated[str, Constraint(pattern=r"^[A-Za-z0-9._{}-]*\{name\}[A-Za-z0-9._{}-]*$")] | None = None
    """The name of a fork; `{owner}` and `{name}` stand for those of the repository. By default `{name}`."""
    auto_merge: bool | Literal["without-approval"] | None = None
    """Let the forge merge requests once its rules allow that: where they require a person's approval (true), or
    everywhere (without-approval)."""
    worker_memory: Annotated[int, Constraint(minimum=512)] | None = None
    """Address space of each worker process in MiB; 4096 by default."""
    windows: tuple[WindowSettings, ...] | None = None
    """When `apply` may write; without this key, at any time."""
    max_open: Positive | None = None
    """The number of merge requests that may be open in the fleet at a time."""
    halt: HaltSettings | None = None
    """When a run stops writing: the maximum percentage of its repositories that may fail or decline."""
    targets: Annotated[tuple[Client, ...], Constraint(unique_items=True)] | None = None
    """The client families to write files for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """When the wave starts, by the outcomes of the waves before it; shares in percent of participating repositories."""

    merged: Percent | None = None
    """The minimum share that must have the release."""
    declined: Percent | None = None
    """The maximum share that may have declined."""
    failed: Percent | None = None
    """The maximum share that may have failed."""
    failing: Percent | None = None
    """The maximum share whose CI may fail: on the merge request, or on the default branch once it is merged."""
    reverted: Percent | None = None
    """The maximum share that may have merged and then reverted it."""
    soak: Annotated[str, Constraint(pattern="^[0-9]{1,6}[mhd]$")] | None = None
    """How long the share `merged` must have been reached: 90m, 36h, 2d."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSettings:
    """One wave of a rollout: a share of the fleet, or repositories by name."""

    name: Text
    """The name of the wave."""
    percent: Annotated[int, Constraint(minimum=0, maximum=100)] | None = None
    """The share of the fleet that the wave reaches, including the waves before it."""
    names: Words = ()
    """Globs of paths or names that the wave also reaches."""
    after: GateSettings | None = None
    """When the wave starts, by the outcomes of the waves before it; shares in percent of participating repositories."""
    windows: tuple[WindowSettings, ...] = ()
    """When the wave may be written, in addition to `sync.windows`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """One level of a scorecard: a repository has the first level in the list whose requirements it meets."""

    name: Text
    """The name of the level."""
    compliant: Percent = 0
    """The minimum percentage of assessed rules that are compliant."""
    assessed: Percent = 0
    """The minimum percentage of applicable rules that are assessed."""
    blocking: Count | None = None
    """The maximum number of blocking rules that are violated; without it, any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSettings:
    """Rules that the fleet must comply with by a certain day."""

    name: Text
    """The name of the campaign."""
    rules: Annotated[tuple[Text, ...], Constraint(min_items=1, unique_items=True)]
    """The ids of its rules."""
    until: Annotated[str, Constraint(format="date")]
    """The day from which no repository may violate them."""
    names: Words = ()
    """Globs of paths or names of the repositories that take part; without them, all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """How the audit of the fleet is summarised."""

    levels: Annotated[tuple[LevelSettings, ...], Constraint(min_items=1)] | None = None
    """The levels of scorecards, best first, instead of gold, silver and bronze."""
    campaigns: tuple[CampaignSettings, ...] = ()
    """Rules that the fleet must comply with by a certain day."""


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """The sections of codex.yaml that only fleet commands read.

    `invalid` names the sections that the file has and that are not valid; the default is in effect for each.
    """

    catalog: CatalogSettings | None = None
    """Where the repositories of the fleet are listed."""
    forge: ForgeSettings | None = None
    """The forge that hosts the repositories and their merge requests."""
    sync: SyncSettings = field(default_factory=SyncSettings)
    """How merge requests are opened and updated."""
    waves: tuple[WaveSettings, ...] = ()
    """The waves of a rollout, in order: each is a growing share of the fleet, or repositories by name."""
    audit: AuditSettings = field(default_factory=AuditSettings)
    """How the audit of the fleet is summarised: the levels of scorecards, and campaigns."""
    trust: TrustSettings | None = None
    """Which bundles are trusted. The requirements of several files are combined, and the strictest value counts."""
    gateway: GatewaySettings | None = None
    """Where questions to models go, which models may get them, and what they may cost."""
    invalid: Annotated[tuple[str, ...], INTERNAL] = ()


def given_values(settings: Any) -> dict[str, Any]:
    """The fields of a section, or of a part of one, that have a value; without the section, none."""
    return {key: value for key, value in asdict(settings).items() if value is not None} if settings else {}


SECTIONS: Final = tuple(section.name for section in fields(FleetSettings) if section.name != "invalid")
"""The top-level keys of codex.yaml that only fleet commands read."""


@dataclass(frozen=True, kw_only=True)
class CodexFile(FleetSettings, Config):
    """A whole codex.yaml: what the compiler reads, and the sections of the fleet. Its schema is generated from it."""
