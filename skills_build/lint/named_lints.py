"""Finds the lints that settings name and that do not exist, with the place of each name in codex.yaml."""

from collections.abc import Iterator
from dataclasses import replace

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.lint.apply_settings import is_lint, suggested
from skills_build.model.config import LintSettings
from skills_build.source.yaml import Key, YamlValue, load_yaml


def without_unknown(settings: LintSettings) -> LintSettings:
    """Return settings without the names that are no lint and no start of a code; the same object if there are none."""
    names = (
        *settings.select,
        *settings.ignore,
        *settings.severity,
        *(n for ns in settings.per_path.values() for n in ns),
    )
    if all(map(is_lint, names)):
        return settings
    return replace(
        settings,
        select=tuple(filter(is_lint, settings.select)),
        ignore=tuple(filter(is_lint, settings.ignore)),
        severity={name: level for name, level in settings.severity.items() if is_lint(name)},
        per_path={glob: tuple(filter(is_lint, names)) for glob, names in settings.per_path.items()},
    )


def unknown_lints(text: str, *, path: str) -> Iterator[Finding]:
    """Yield a finding for each such name in the text of a codex.yaml."""
    value, _ = load_yaml(text, path=path)
    for key in (*value.values, *value.keys) if value is not None else ():
        name = _name(key, value) if value is not None else None
        if name is None or value is None or is_lint(name):
            continue
        span = value.keys[key] if key[1] == "severity" else value.values[key]
        near, help_ = suggested(name)
        fix = Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near else None
        where = "lint." + str(key[1])
        yield Finding(
            code="CX007", message=f"`{where}`: unknown lint `{name}`", path=path, span=span, help=help_, fix=fix
        )


def _name(key: Key, value: YamlValue) -> str | None:
    """Return the name of a lint at a key of codex.yaml; None if there is none."""
    if key[:1] != ("lint",):
        return None
    if len(key) == 3 and key[1] == "severity":
        return str(key[2]) if key in value.keys else None
    listed = (len(key) == 3 and key[1] in ("select", "ignore")) or (len(key) == 4 and key[1] == "per_path")
    name = value.at(key)
    return name if listed and isinstance(name, str) else None
