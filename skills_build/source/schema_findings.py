"""Checks YAML against a schema. Every violation becomes a finding with its place."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.schema import Violation, deprecated_keys, known_keys, violations
from skills_build.source.yaml import Key, YamlValue

DEPRECATED: Final = "CX025"
"""The lint for deprecated keys."""


def schema_findings(value: YamlValue, schema: str, *, path: str, missing: str = "CX007") -> tuple[Finding, ...]:
    """Return a finding for each violation of `schema`. A missing required key gets the code `missing`."""
    findings: list[Finding] = []
    for violation in violations(schema, value.data):
        findings.extend(_findings(violation, value, schema, path, missing))
    for key, description in deprecated_keys(schema, value.data):
        span = value.keys.get(key, value.place(key))
        message, advice = f"`{_dotted(key)}` is deprecated", _lowered(description).removesuffix(".") or None
        findings.append(Finding(code=DEPRECATED, message=message, path=path, span=span, help=advice))
    return tuple(findings)


def _findings(violation: Violation, value: YamlValue, schema: str, path: str, missing: str) -> Iterator[Finding]:
    if violation.keyword == "additionalProperties":
        for name in violation.names:
            yield _unknown(name, violation.key, value, schema, path)
        return
    where = _dotted(violation.key)
    if violation.keyword == "required":
        name = _dotted((*violation.key, *violation.names))
        yield Finding(code=missing, message=f"`{name}` is missing", path=path, span=value.place(violation.key))
        return
    message = f"`{where}`: {_lowered(violation.message)}" if where else _lowered(violation.message)
    yield Finding(code="CX007", message=message, path=path, span=value.place(violation.key))


def _unknown(name: str, parent: Key, value: YamlValue, schema: str, path: str) -> Finding:
    span = value.keys.get((*parent, name), value.place(parent))
    valid_keys = known_keys(schema, parent)
    near = nearest(name, valid_keys)
    if near is None:
        keys = ", ".join(f"`{key}`" for key in valid_keys)
        return Finding(code="CX006", message=f"unknown key `{name}`", path=path, span=span, help=f"known keys: {keys}")
    fix = Fix(title=f"write `{near}`", edits=(Edit(span=_word(span, name), text=near),))
    return Finding(
        code="CX006", message=f"unknown key `{name}`", path=path, span=span, help=f"did you mean `{near}`?", fix=fix
    )


def _word(span: Span, name: str) -> Span:
    return Span(span.line, span.column, span.line, span.column + len(name))


def nearest(word: str, valid: tuple[str, ...]) -> str | None:
    """Return the valid word that is most similar to `word`; None if none is similar enough."""
    from difflib import get_close_matches

    lower = {k.lower(): k for k in valid}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.7)
    return lower[near[0]] if near else None


def _dotted(key: Key) -> str:
    return ".".join(str(part) for part in key)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
