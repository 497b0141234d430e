"""The sections of codex.yaml that only fleet commands read, as types, and the whole file as its schema has it."""

from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any, Final, Literal

from skills_build.model.config import CatalogSettings, Config, Token
from skills_build.model.contract import INTERNAL, Client, Constraint, Percent, Positive, Text, Words
from skills_build.model.trust import TrustSettings


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
class RequestLimits:
    """What may be asked of the host at most; what the host itself says counts besides."""

    concurrency: Annotated[int, Constraint(minimum=1, maximum=64)] | None = None
    """Requests at a time."""
    requests_per_minute: Positive | None = None
    """Requests in a minute."""
    writes_per_minute: Positive | None = None
    """Requests in a minute that change something."""
    writes_per_hour: Positive | None = None
    """Requests in an hour that change something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """Where the repositories and their merge requests live."""

    kind: Annotated[str, Constraint(registry="forges")]
    """What kind of forge."""
    root: Text | None = None
    """The folder of bare repositories; relative to codex.yaml."""
    url: Annotated[str, Constraint(pattern="^https?://")] | None = None
    """The address of the forge."""
    token: Token | None = None
    """Where the token comes from."""
    app: ForgeApp | None = None
    """A GitHub App to sign in as, instead of a token; needs the extra `github-app`."""
    ca: Text | None = None
    """A file of the authorities that the host's certificate is checked against; relative to codex.yaml."""
    limits: RequestLimits | None = None
    """What may be asked of the host at most; what the host itself says counts besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltSettings:
    """When a run stops writing: above which share of its repositories, in percent."""

    declined: Percent | None = None
    """Declined."""
    failed: Percent | None = None
    """Failed, raced or in conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """How merge requests are made."""

    branch: Annotated[str, Constraint(pattern="^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    """The name of our branch."""
    labels: Words | None = None
    """Labels that requests get."""
    hold: Text | None = None
    """The label with which people put a request on hold."""
    retry: Text | None = None
    """The label with which people ask for a declined request again."""
    takeover: Text | None = None
    """The label with which people let their work on our branch be written over."""
    drift: Annotated[str, Constraint(choices=("propose", "leave"))] | None = None
    """What to do about our text that somebody changed: propose to restore it, or leave it."""
    touched: Annotated[str, Constraint(choices=("leave", "append", "takeover"))] | None = None
    """What to do about our branch once somebody else worked on it."""
    rebase: bool | None = None
    """Rewrite a request whenever its base has moved."""
    reviewers: bool | None = None
    """Ask the catalog's owner and those of CODEOWNERS to review."""
    assignee: Text | None = None
    """Who is put in charge of new requests."""
    draft: bool | None = None
    """Open requests as drafts."""
    auto_merge: bool | Literal["without-approval"] | None = None
    """Let the forge merge requests once its rules allow that: where they require a person's approval (true), or
    everywhere (without-approval)."""
    worker_memory: Annotated[int, Constraint(minimum=512)] | None = None
    """Address space of each worker process in MiB; 4096 without it."""
    max_open: Positive | None = None
    """How many requests may be open in the fleet at a time."""
    halt: HaltSettings | None = None
    """When a run stops writing: above which share of its repositories, in percent."""
    targets: Annotated[tuple[Client, ...], Constraint(unique_items=True)] | None = None
    """The client families to write files for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """When it begins, by what became of the waves before it; shares in percent of the repositories that take part."""

    merged: Percent | None = None
    """The least share that has the release."""
    declined: Percent | None = None
    """The largest share that declined."""
    failed: Percent | None = None
    """The largest share that failed."""
    soak: Annotated[str, Constraint(pattern="^[0-9]{1,6}[mhd]$")] | None = None
    """How long the share of merged ones has been reached: 90m, 36h, 2d."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSettings:
    """One wave of a rollout: a share of the fleet, or repositories by name."""

    name: Text
    """What it is called."""
    percent: Annotated[int, Constraint(minimum=0, maximum=100)] | None = None
    """The share of the fleet that it reaches, waves before it included."""
    names: Words = ()
    """Globs of paths or names that it reaches too."""
    after: GateSettings | None = None
    """When it begins, by what became of the waves before it; shares in percent of the repositories that take part."""


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """The sections of codex.yaml that only fleet commands read.

    `invalid` names the sections that the file has and that are not valid; the default is in effect for each.
    """

    catalog: CatalogSettings | None = None
    """Where the repositories of the fleet are listed."""
    forge: ForgeSettings | None = None
    """Where the repositories and their merge requests live."""
    sync: SyncSettings = field(default_factory=SyncSettings)
    """How merge requests are made."""
    waves: tuple[WaveSettings, ...] = ()
    """Waves, in order: each is a share of the fleet that grows, or names."""
    trust: TrustSettings | None = None
    """Which bundles are trusted. What several files demand is combined, and the strictest value counts."""
    invalid: Annotated[tuple[str, ...], INTERNAL] = ()


def given_values(settings: Any) -> dict[str, Any]:
    """The fields of a section, or of a part of one, that have a value; without the section, none."""
    return {key: value for key, value in asdict(settings).items() if value is not None} if settings else {}


SECTIONS: Final = tuple(section.name for section in fields(FleetSettings) if section.name != "invalid")
"""The top-level keys of codex.yaml that only fleet commands read."""


@dataclass(frozen=True, kw_only=True)
class CodexFile(FleetSettings, Config):
    """A whole codex.yaml: what the compiler reads, and the sections of the fleet. Its schema is generated from it."""
