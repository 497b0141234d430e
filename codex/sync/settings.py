"""`.engineering-codex.yaml`: what the people of a repository say about what they get.

Its contract is `repository.schema.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from codex.sync.block import Spot
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.model.config import Profile
from skills_build.source.checked import check
from skills_build.source.yaml_door import load

SETTINGS: Final = ".engineering-codex.yaml"


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
    if value is None:
        return Settings(), findings
    findings = (*findings, *check(value, schema, path=SETTINGS))
    if findings or not isinstance(value.data, dict):
        return Settings(), findings
    return _settings(value.data), ()


def _settings(data: Mapping[str, Any]) -> Settings:
    profile = data.get("profile") or {}
    opt_out = data.get("opt_out")
    return Settings(
        targets=tuple(data["targets"]) if "targets" in data else None,
        pin=data.get("pin"),
        opt_out=OptOut(reason=opt_out["reason"], owner=opt_out.get("owner")) if opt_out else None,
        profile=Profile(**{key: tuple(words) for key, words in profile.items() if key != "exact"}),
        exact=bool(profile.get("exact", False)),
        waivers=tuple(Waiver(**one) for one in data.get("waivers") or ()),
        facts=tuple(data.get("facts") or ()),
        commands=dict(data.get("commands") or {}),
        place=Spot(data.get("place", Spot.AFTER_HEADING)),
        hosts=tuple(data.get("hosts") or ()),
    )


def settings_of(text: str | None, *, schema: str) -> Settings:
    """The settings of a repository. Raises `CodexError` with the place where they are wrong."""
    if text is None:
        return Settings()
    found, findings = load_settings(text, schema=schema)
    if findings:
        one = findings[0]
        hint = one.help or "`codexc schema repository` prints what may stand there"
        raise CodexError(f"{SETTINGS}:{one.span.line}:{one.span.column}: {one.message}", hint=hint)
    return found
