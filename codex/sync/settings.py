"""`.engineering-codex.yaml`: what the people of a repository say about what they get.

Its contract is `repository.schema.json`.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from codex.sync.block import Spot
from skills_build.compile.describe import one_line
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.model.config import Profile
from skills_build.model.paths import path_fault
from skills_build.source.checked import check
from skills_build.source.yaml_door import YamlValue, load

SETTINGS: Final = ".engineering-codex.yaml"
_MISTAKEN: Final = (".engineering-codex.yml", ".engineering-codex.json", f"{SETTINGS}.txt")
"""Names that people give to a file of settings, which nobody would read."""
_MOST: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule that does not hold here, until the day after `expires` (`YYYY-MM-DD`)."""

    rule: str
    reason: str
    owner: str
    expires: str

    def holds(self, day: str) -> bool:
        """Whether the waiver still holds on `day`."""
        return day <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """The whole repository wants nothing."""

    reason: str
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a repository asks for; without a file, nothing in particular.

    `profile` is added to what is found, or replaces it where `exact`. `commands` are corrections by kind (`test`).
    """

    targets: tuple[str, ...] | None = None
    pin: str | None = None
    opt_out: OptOut | None = None
    profile: Profile = field(default_factory=Profile)
    exact: bool = False
    waivers: tuple[Waiver, ...] = ()
    facts: tuple[str, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    place: Spot = Spot.AFTER_HEADING
    hosts: tuple[str, ...] = ()
    """Folders that want an AGENTS.md of their own, besides those that have rules of their own."""


def load_settings(text: str, *, schema: str) -> tuple[Settings, tuple[Finding, ...]]:
    """Read a repository's settings by the text of their JSON Schema; where there are findings, nothing counts."""
    value, findings = load(text, path=SETTINGS)
    if value is None or (value.data is None and not findings):
        return Settings(), findings
    findings = (*findings, *check(value, schema, path=SETTINGS))
    findings = findings or tuple(_hosts(value))
    if findings or not isinstance(value.data, dict):
        return Settings(), findings
    return _settings(value.data), ()


def _hosts(value: YamlValue) -> Iterator[Finding]:
    """Yield what is wrong with the folders that want an AGENTS.md."""
    hosts = value.data.get("hosts") if isinstance(value.data, dict) else None
    for number, folder in enumerate(hosts if isinstance(hosts, list) else ()):
        wrong = path_fault(str(folder))
        if wrong:
            message, help_ = f"`hosts.{number}`: `{folder}` is no folder to write in: {wrong}", "write it as `apps/web`"
            yield Finding(code="CX007", message=message, path=SETTINGS, span=value.place(("hosts", number)), help=help_)


def _settings(data: Mapping[str, Any]) -> Settings:
    profile = data.get("profile") or {}
    opt_out = data.get("opt_out")
    return Settings(
        targets=tuple(data["targets"]) if "targets" in data else None,
        pin=data.get("pin"),
        opt_out=OptOut(reason=one_line(opt_out["reason"]), owner=opt_out.get("owner")) if opt_out else None,
        profile=Profile(**{key: tuple(words) for key, words in profile.items() if key != "exact"}),
        exact=bool(profile.get("exact", False)),
        waivers=tuple(
            Waiver(**{key: one_line(word) for key, word in one.items()}) for one in data.get("waivers") or ()
        ),
        facts=tuple(filter(None, map(one_line, data.get("facts") or ()))),
        commands=dict(data.get("commands") or {}),
        place=Spot(data.get("place", Spot.AFTER_HEADING)),
        hosts=tuple(data.get("hosts") or ()),
    )


def settings_of(data: bytes | None, *, schema: str, names: Container[str] = ()) -> Settings:
    """The settings of a repository by the bytes of their file; `names` are its files.

    Raises `CodexError` with the place where they are wrong, or where another file seems to be meant for them.
    """
    if data is None:
        wrong = next((one for one in _MISTAKEN if one in names), None)
        if wrong is not None:
            raise CodexError(f"`{wrong}` is not what settings are called", hint=f"rename it to `{SETTINGS}`")
        return Settings()
    found, findings = load_settings(_text(data), schema=schema)
    if findings:
        one = findings[0]
        hint = one.help or "`codexc schema repository` prints what may stand there"
        raise CodexError(f"{SETTINGS}:{one.span.line}:{one.span.column}: {one.message}", hint=hint)
    return found


def _text(data: bytes) -> str:
    if len(data) > _MOST:
        raise CodexError(
            f"{SETTINGS}: it has more than {_MOST:,} bytes", hint="settings are short: is it another file?"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CodexError(f"{SETTINGS}:{line}: it is not UTF-8", hint="save it as UTF-8") from error
