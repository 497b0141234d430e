"""`.engineering-codex.yaml`: the settings of a repository.

Its contract is `repository.schema.json`.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from codex.sync.block import BlockPlace
from codex.sync.trust import TrustSource, trust_source
from skills_build.compile.titles import one_line
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import ClaudeMd, Delivery, Profile
from skills_build.model.contract import Client, Constraint, NotBlank, Release, Slug, Text, Words
from skills_build.model.paths import path_fault
from skills_build.model.trust import RepositoryTrust
from skills_build.schema import convert
from skills_build.source.configuration import normalized
from skills_build.source.schema_findings import schema_findings
from skills_build.source.yaml import YamlValue, load_yaml
from skills_build.vocabulary import canonical_words

SETTINGS: Final = ".engineering-codex.yaml"
_MISTAKEN: Final = (".engineering-codex.yml", ".engineering-codex.json", f"{SETTINGS}.txt")
"""Mistaken names of the settings file, which would have no effect."""
_MAX_BYTES: Final = 64 * 1024


class WaiverState(StrEnum):
    """Whether a waiver has an effect. One that lasts longer than the codex allows has none, like an expired one."""

    IN_FORCE = "in force"
    EXPIRED = "expired"
    TOO_LONG = "too long"
    UNKNOWN_RULE = "unknown rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule that is waived here, up to and including `expires` (`YYYY-MM-DD`)."""

    rule: NotBlank
    """The rule's id."""
    reason: NotBlank
    """Why the repository cannot comply yet."""
    owner: NotBlank
    """Who is responsible for the waiver."""
    expires: Annotated[str, Constraint(format="date")]
    """The last day of the waiver."""
    granted: Annotated[str, Constraint(format="date")] | None = None
    """The day on which it was granted, from which its maximum length is counted."""

    def holds(self, day: str, most: int | None = None) -> bool:
        """Whether the waiver is in force on `day`, if waivers may last at most `most` days."""
        return self.state(day, most) is WaiverState.IN_FORCE

    def state(self, day: str, most: int | None = None) -> "WaiverState":
        """The state of the waiver on `day`, if waivers may last at most `most` days."""
        if day > self.expires:
            return WaiverState.EXPIRED
        return WaiverState.IN_FORCE if most is None or self._days(day) <= most else WaiverState.TOO_LONG

    def _days(self, day: str) -> int:
        """How long it lasts: from the day that it was granted, which is not later than `day`; by default from `day`."""
        return (date.fromisoformat(self.expires) - date.fromisoformat(min(self.granted or day, day))).days

    def state_until(self, day: str, most: int | None = None) -> str:
        """The last day on which it has the state of `day`; empty if it never changes again."""
        state = self.state(day, most)
        if state is WaiverState.IN_FORCE:
            return self.expires
        if state is WaiverState.EXPIRED or most is None:
            return ""
        begins = date.fromisoformat(self.expires) - timedelta(days=most)
        never = self.granted is not None and date.fromisoformat(self.granted) < begins
        return "" if never else (begins - timedelta(days=1)).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """The repository opts out entirely."""

    reason: NotBlank
    """Why."""
    owner: NotBlank | None = None
    """Who decided it."""


Fact: TypeAlias = Annotated[str, Constraint(min_length=1, max_length=300)]
CommandLine: TypeAlias = Annotated[str, Constraint(min_length=1, max_length=300, pattern=r"^[^\n`]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings:
    """The profile of the repository, in addition to what is detected."""

    languages: Words = ()
    """Languages."""
    technologies: Words = ()
    """Technologies."""
    kinds: Words = ()
    """The kinds of the repository, instead of the detected ones: library, service, frontend, cli, infrastructure, data.
    """
    paths: Words = ()
    """Files or folders to match with rules about paths."""
    domains: Words = ()
    """Domains of the codex that apply; all if empty."""
    exact: bool = False
    """Use only these settings and ignore what is detected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The commands of this repository, if the detected ones are wrong or missing."""

    install: CommandLine | None = None
    """Install dependencies."""
    build: CommandLine | None = None
    """Build it."""
    test: CommandLine | None = None
    """Run its tests."""
    test_one: CommandLine | None = None
    """Run one test, with words in capitals for what varies: `pytest FILE::NAME`."""
    typecheck: CommandLine | None = None
    """Check its types."""
    lint: CommandLine | None = None
    """Check its style."""
    format: CommandLine | None = None
    """Format it."""
    generate: CommandLine | None = None
    """Generate code."""
    run: CommandLine | None = None
    """Run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryDelivery:
    """How much of the rules is written into this repository."""

    mode: Delivery | None = None
    """The mode, instead of that of the codex."""
    claude_md: ClaudeMd | None = None
    """Whether a CLAUDE.md is written, instead of the setting of the codex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """Reviews of merge requests of this repository."""

    maintainers: Annotated[tuple[Text, ...], Constraint(max_items=100, unique_items=True)] = ()
    """Accounts on the forge whose `won't fix` and `break glass` count regardless of their permissions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """.engineering-codex.yaml: the settings of a repository for the rules, skills and files it gets."""

    targets: Annotated[tuple[Client, ...], Constraint(min_items=1, unique_items=True)] | None = None
    """The client families to write files for, instead of those of the codex."""
    pin: Release | None = None
    """Stay on this version of the codex until this setting is changed or removed."""
    opt_out: OptOut | None = None
    """Write nothing into this repository."""
    profile: ProfileSettings = field(default_factory=ProfileSettings)
    """The profile of the repository, in addition to what is detected."""
    waivers: tuple[Waiver, ...] = ()
    """Rules that are waived here until a day."""
    facts: Annotated[tuple[Fact, ...], Constraint(max_items=20)] = ()
    """Sentences that agents read first, in the block that codexc writes."""
    commands: Commands = field(default_factory=Commands)
    """The commands of this repository, if the detected ones are wrong or missing."""
    place: BlockPlace | None = None
    """Where the block goes; without it, new blocks go after the introduction, and existing ones stay where they are."""
    delivery: RepositoryDelivery = field(default_factory=RepositoryDelivery)
    """How much of the rules is written into this repository."""
    hosts: tuple[Annotated[str, Constraint(pattern=r"^(?!/)(?!(.*/)?\.{1,2}(/|$))[A-Za-z0-9._/-]+$")], ...] = ()
    """Folders that get their own AGENTS.md."""
    trust: RepositoryTrust | None = None
    """Which bundles are trusted. The requirements of several files are combined; the strictest value counts."""
    sensitivity: Slug | None = None
    """The sensitivity class of the repository, which decides the models that may get its text."""
    review: ReviewSettings = field(default_factory=ReviewSettings)
    """Reviews of merge requests of this repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a repository, or the defaults without a file.

    `profile` is added to what is detected, or replaces it if `exact`. `commands` are overrides by kind (`test`).
    """

    targets: tuple[str, ...] | None = None
    pin: str | None = None
    opt_out: OptOut | None = None
    profile: Profile = field(default_factory=Profile)
    exact: bool = False
    waivers: tuple[Waiver, ...] = ()
    waiver_lines: tuple[int, ...] = ()
    """The line of each waiver in the file; empty if there is no file."""
    facts: tuple[str, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    place: BlockPlace | None = None
    delivery: Delivery | None = None
    """How much of the rules is written, if the repository says."""
    claude_md: ClaudeMd | None = None
    """Whether a CLAUDE.md is written, if the repository says."""
    hosts: tuple[str, ...] = ()
    """Folders that get an AGENTS.md, in addition to those that have rules of their own."""
    trust: TrustSource | None = None
    """What the repository demands of bundles, in addition to the demands of the person or run that installs them."""
    sensitivity: str | None = None
    """Its sensitivity class, if it states one."""
    maintainers: tuple[str, ...] = ()
    """Accounts whose answers to reviews count, whatever permission they have on the forge."""


def waivers_until(settings: Settings, day: str, most: int | None) -> str:
    """Return the last day on which all waivers have the state of `day`; empty if none changes."""
    return min((until for waiver in settings.waivers if (until := waiver.state_until(day, most))), default="")


def load_settings(text: str, *, schema: str) -> tuple[Settings, tuple[Finding, ...]]:
    """Read a repository's settings; `schema` is the text of their JSON Schema. With findings, defaults are returned."""
    value, findings = load_yaml(text, path=SETTINGS)
    if value is None or (value.data is None and not findings):
        return Settings(), findings
    findings = (*findings, *schema_findings(value, schema, path=SETTINGS))
    findings = findings or tuple(_hosts(value))
    if findings or not isinstance(value.data, dict):
        return Settings(), findings
    data = value.data
    if "trust" in data:
        data = {**data, "trust": normalized(data["trust"])}
    file = convert(data, SettingsFile)
    trust = trust_source(file.trust, SETTINGS) if file.trust is not None else None
    lines = tuple(value.place(("waivers", number)).line for number in range(len(file.waivers)))
    return replace(_settings(file), trust=trust, waiver_lines=lines), ()


def _hosts(value: YamlValue) -> Iterator[Finding]:
    """Yield findings about the folders in `hosts`."""
    hosts = value.data.get("hosts") if isinstance(value.data, dict) else None
    for number, folder in enumerate(hosts if isinstance(hosts, list) else ()):
        wrong = path_fault(str(folder))
        if wrong:
            message, help_ = (
                f"`hosts.{number}`: `{folder}` is not a folder that codexc can write to: {wrong}",
                "write a relative path, such as `apps/web`",
            )
            yield Finding(code="CX007", message=message, path=SETTINGS, span=value.place(("hosts", number)), help=help_)


def _settings(file: SettingsFile) -> Settings:
    profile, opt_out, commands = file.profile, file.opt_out, file.commands
    return Settings(
        targets=file.targets,
        pin=file.pin,
        opt_out=OptOut(reason=one_line(opt_out.reason), owner=opt_out.owner) if opt_out else None,
        profile=Profile(
            languages=canonical_words("languages", profile.languages),
            technologies=canonical_words("technologies", profile.technologies),
            kinds=canonical_words("kinds", profile.kinds),
            paths=profile.paths,
            domains=profile.domains,
        ),
        exact=profile.exact,
        waivers=tuple(
            Waiver(**{key: one_line(word) for key, word in asdict(waiver).items() if word is not None})
            for waiver in file.waivers
        ),
        facts=tuple(filter(None, map(one_line, file.facts))),
        commands={kind.replace("_", "-"): line for kind, line in asdict(commands).items() if line is not None},
        place=file.place,
        delivery=file.delivery.mode,
        claude_md=file.delivery.claude_md,
        hosts=file.hosts,
        sensitivity=file.sensitivity,
        maintainers=tuple(map(one_line, file.review.maintainers)),
    )


def settings_of(data: bytes | None, *, schema: str, names: Container[str] = ()) -> Settings:
    """Read the settings of a repository from the bytes of their file; `names` are the files next to it.

    Raises `CodexError` with the place of the first error, or if the file has a mistaken name.
    """
    if data is None:
        wrong = next((name for name in _MISTAKEN if name in names), None)
        if wrong is not None:
            raise CodexError(
                f"`{wrong}` is not the correct name for the settings file", hint=f"rename it to `{SETTINGS}`"
            )
        return Settings()
    settings, findings = load_settings(_text(data), schema=schema)
    if findings:
        finding = findings[0]
        hint = finding.help or "`codexc schema repository` prints the schema"
        raise CodexError(f"{SETTINGS}:{finding.span.line}:{finding.span.column}: {finding.message}", hint=hint)
    return settings


def _text(data: bytes) -> str:
    if len(data) > _MAX_BYTES:
        raise CodexError(
            f"{SETTINGS}: more than {_MAX_BYTES:,} bytes",
            hint="make the file smaller, or remove it if it is not a settings file",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CodexError(f"{SETTINGS}:{line}: not UTF-8", hint="save it as UTF-8") from error
