"""Turns findings into diagnostics: adds names and severities, applies settings and suppressions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Diagnostic, Finding, Severity, in_order
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.globs import matches
from skills_build.lint.base import Lint, Stage
from skills_build.lint.consequences import fold
from skills_build.lint.registry import CODES, LINTS, STAGES
from skills_build.model.config import CONFIG, LintSettings
from skills_build.model.non_rules import Suppression
from skills_build.model.standard import CANONICAL, Standard
from skills_build.source.similar import nearest

UNUSED: Final = "CX014"
UNREASONED: Final = "CX015"
OF_SOURCE: Final = (Stage.PARSE, Stage.DOCUMENT, Stage.CODEX)
"""The stages that check the standards themselves. Lints of the output run only after a build."""


_CODES: Final = {**CODES, **{code: code for code in LINTS}}
"""The code of each lint by its name and by its code."""


_OF_SETTINGS: Final = ("CX004", "CX005", "CX006", "CX007")
"""Faults of codex.yaml, which decides what runs. No setting in it hides them."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """A suppression of one lint in one file."""

    path: str
    suppression: Suppression
    lint: str


def to_diagnostics(
    findings: Iterable[Finding],
    settings: LintSettings,
    standards: Sequence[Standard] = (),
    *,
    ran: Collection[Stage] = OF_SOURCE,
) -> tuple[Diagnostic, ...]:
    """Apply settings and suppressions to findings. Raises `CodexError` if settings name a lint that does not exist.

    Suppressions of lints whose stage is not in `ran` are not checked, since their use is not known yet.
    """
    policy = LintPolicy(settings)
    suppressions = (
        _Allowed(s.path, suppression, name)
        for s in standards
        for suppression in s.suppressions
        for name in suppression.lints
    )
    allowed = [entry for entry in suppressions if _stage(entry.lint) in ran]
    by_path: dict[str, list[_Allowed]] = {}
    for entry in allowed:
        by_path.setdefault(entry.path, []).append(entry)
    used: set[_Allowed] = set()
    kept: list[Finding] = []
    for finding in in_order(findings):
        silencing = [a for a in by_path.get(finding.path, ()) if _silences(a, finding)]
        used.update(silencing)
        if not silencing:
            kept.append(finding)
    kept.extend(_about_suppressions(allowed, used))
    foreign = {standard.path for standard in standards if standard.dialect != CANONICAL}
    return fold([d for f in in_order(kept) if (d := policy.diagnostic(f, foreign=f.path in foreign)) is not None])


class LintPolicy:
    """Which lints run and how severe each one is, according to settings."""

    def __init__(self, settings: LintSettings) -> None:
        levels = [(codes_named(name), level) for name, level in settings.severity.items()]
        levels.sort(
            key=lambda entry: len(entry[0]), reverse=True
        )  # `CX303` is more specific than `CX3` and wins, whatever their order
        self._severity = {code: level for codes, level in levels for code in codes}
        self._selected = {c for name in settings.select for c in codes_named(name)} or set(LINTS)
        self._ignored = {c for name in settings.ignore for c in codes_named(name)}
        self._per_path = {
            glob: {c for name in names for c in codes_named(name)} for glob, names in settings.per_path.items()
        }

    def diagnostic(self, finding: Finding, *, foreign: bool = False) -> Diagnostic | None:
        """Return the diagnostic of a finding; None if settings silence it. `foreign`: its file has another dialect."""
        lint = LINTS[finding.code]
        of_settings = finding.path == CONFIG and finding.code in _OF_SETTINGS
        if lint.suppressible and not of_settings and self._silent(finding):
            return None
        level = self._severity.get(finding.code, "") if lint.suppressible else ""
        severity = Severity(level) if level in tuple(Severity) else _own_severity(lint, finding, foreign=foreign)
        return Diagnostic(finding=finding, name=lint.name, severity=severity)

    def _silent(self, finding: Finding) -> bool:
        code = finding.code
        if code not in self._selected or code in self._ignored or self._severity.get(code) == "off":
            return True
        return any(code in codes and matches(finding.path, (glob,)) for glob, codes in self._per_path.items())


def _own_severity(lint: Lint, finding: Finding, *, foreign: bool) -> Severity:
    """Return the severity of a finding without settings. Code in documents of others never stops a build."""
    severity = lint.foreign if foreign and lint.foreign else lint.severity
    return Severity.WARNING if finding.in_foreign_code and severity is Severity.ERROR else severity


def codes_named(name: str) -> frozenset[str]:
    """Return the codes that match a code, a prefix of a code or a name. Raises `CodexError` for other words."""
    codes = _named(name)
    if codes:
        return codes
    raise CodexError(f"unknown lint `{name}`", hint=suggested(name)[1])


def is_lint(name: str) -> bool:
    """Return whether a word is the name or the code of a lint, or the start of a code."""
    return bool(_named(name))


def _named(name: str) -> frozenset[str]:
    if name in _CODES:
        return frozenset({_CODES[name]})
    return frozenset(code for code in LINTS if name.upper().startswith("CX") and code.startswith(name.upper()))


def suggested(name: str) -> tuple[str | None, str]:
    """Return the lint that is most similar to a word, if there is one, and the help for an unknown lint."""
    near = nearest(name, tuple(_CODES))
    return near, f"did you mean `{near}`?" if near else "`codexc explain` lists all lints"


def _stage(name: str) -> Stage:
    """Return the stage of a lint that a suppression names. An unknown name is reported by the parser."""
    return STAGES[_CODES[name]] if name in _CODES else Stage.PARSE


def _silences(allowed: _Allowed, finding: Finding) -> bool:
    lint = LINTS[finding.code]
    named = allowed.lint in (lint.name, lint.code)
    inside = allowed.suppression.first <= finding.span.line <= allowed.suppression.last
    return named and inside and lint.suppressible and bool(allowed.suppression.reason)


def _about_suppressions(allowed: Iterable[_Allowed], used: set[_Allowed]) -> Iterator[Finding]:
    for entry in allowed:
        span = entry.suppression.span
        if not entry.suppression.reason:
            help_ = f"write `codexc: allow {entry.lint}: ` and the reason"
            message = f"`{entry.lint}` is suppressed without a reason"
            yield Finding(code=UNREASONED, message=message, path=entry.path, span=span, help=help_)
        elif entry not in used:
            message, help_ = _unused(entry.lint)
            yield Finding(code=UNUSED, message=message, path=entry.path, span=span, help=help_)


def _unused(name: str) -> tuple[str, str]:
    """Return why a suppression silences nothing, and what to do about it."""
    if name not in _CODES:
        return f"unknown lint `{name}`", suggested(name)[1]
    if not LINTS[_CODES[name]].suppressible:
        return f"`{name}` cannot be suppressed", "remove the comment and fix the finding"
    return f"unused suppression `allow {name}`", "remove it"


def overridden(settings: LintSettings, *, select: Sequence[str], ignore: Sequence[str]) -> LintSettings:
    """Return settings with the options of the command line: `select` replaces, `ignore` adds."""
    return replace(settings, select=tuple(select) or settings.select, ignore=(*settings.ignore, *ignore))


def counts(diagnostics: Iterable[Diagnostic]) -> Mapping[Severity, int]:
    """Count the diagnostics of each severity."""
    result = dict.fromkeys(Severity, 0)
    for diagnostic in diagnostics:
        result[diagnostic.severity] += 1
    return result
