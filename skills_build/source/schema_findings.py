"""Checks YAML against a schema. Every violation becomes a finding with its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.schema import Violation, deprecated_keys, known_keys, violations
from skills_build.source.similar import misspelt, nearest, negated
from skills_build.source.values import Problem, day_problem, status_problem
from skills_build.source.yaml import Key, YamlValue

DEPRECATED: Final = "CX025"
"""The lint for deprecated keys."""
_NO_EXAMPLES: Final[Mapping[str, str]] = {}
_NO_OPPOSITE: Final = {
    key: f"`{key}` cannot exclude anything: list what the rule applies to, and write exceptions after `**Except:**`; "
    for key in ("applies_to", "languages", "technologies", "kinds", "paths")
}


def schema_findings(
    value: YamlValue, schema: str, *, path: str, missing: str = "CX007", examples: Mapping[str, str] = _NO_EXAMPLES
) -> tuple[Finding, ...]:
    """Return a finding for each violation of `schema`. A missing required key gets the code `missing`.

    `examples` are what to write for some required keys, by their dotted names.
    """
    findings: list[Finding] = []
    for violation in violations(schema, value.data):
        if violation.keyword == "required":
            findings.append(_missing(violation, value, path, missing, examples))
        else:
            findings.extend(_findings(violation, value, schema, path))
    for key, description in deprecated_keys(schema, value.data):
        span = value.keys.get(key, value.place(key))
        message, advice = f"`{_dotted(key)}` is deprecated", _lowered(description).removesuffix(".") or None
        findings.append(Finding(code=DEPRECATED, message=message, path=path, span=span, help=advice))
    return tuple(findings)


def _findings(violation: Violation, value: YamlValue, schema: str, path: str) -> Iterator[Finding]:
    if violation.keyword == "additionalProperties":
        for name in violation.names:
            yield _unknown(name, violation.key, value, schema, path)
        return
    where = _dotted(violation.key)
    problem = _problem(violation, value, schema)
    message = f"`{where}`: {problem.message}" if where else problem.message
    if value.data is None:
        message = "the file is empty"
    place = value.place(violation.key)
    span = value.keys.get(violation.key, place) if violation.keyword == "propertyNames" else place
    fix = None
    if problem.suggestion and violation.key in value.values:
        edit = Edit(span=span, text=problem.suggestion)
        fix = Fix(title=f"write `{problem.suggestion}`", edits=(edit,), unsafe=True)
    yield Finding(code="CX007", message=message, path=path, span=span, help=problem.help, fix=fix)


def _missing(violation: Violation, value: YamlValue, path: str, code: str, examples: Mapping[str, str]) -> Finding:
    name = _dotted((*violation.key, *violation.names))
    help_ = f"add the key, such as `{examples[name]}`" if name in examples else None
    return Finding(code=code, message=f"`{name}` is missing", path=path, span=value.place(violation.key), help=help_)


def _in_quotes(violation: Violation, value: YamlValue, text: str, schema: str) -> Violation | None:
    """Return the violation that is left if a number is written in quotes, as with `review_every: 6`."""
    data = _replaced(value.data, violation.key, text)
    left = next((left for left in violations(schema, data) if left.key == violation.key), None)
    return None if left is None or left.keyword == "type" else left


def _replaced(data: Any, key: Key, text: str) -> Any:
    """Return a copy of YAML data with `text` at a key."""
    if not key:
        return text
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[key[0]] = _replaced(copy[key[0]], key[1:], text)
    return copy


def _problem(violation: Violation, value: YamlValue, schema: str) -> Problem:
    """Return the problem of a value in words, with the value that was meant if it is clear."""
    written = value.at(violation.key)
    if violation.keyword == "type" and isinstance(written, int | float) and not isinstance(written, bool):
        violation = _in_quotes(violation, value, str(written), schema) or violation
    text = written if isinstance(written, str) else ""
    of_status = violation.key == ("status",) and violation.keyword == "pattern"
    problem = status_problem(text) if of_status else day_problem(text) if violation.keyword == "format" else None
    if problem and (of_status or problem.suggestion):
        return problem
    if of_status and text.lower() != text:
        return Problem(message=violation.message, help=f"write `{text.lower()}`", suggestion=text.lower())
    keys = known_keys(schema, violation.key) if violation.keyword == "type" else ()
    if keys:
        listed = ", ".join(f"`{key}`" for key in keys)
        return Problem(message=_lowered(violation.message), help=f"write a mapping with keys such as {listed}")
    near = nearest(text, violation.options) if text and violation.options else None
    help_ = f"did you mean `{near}`?" if near else violation.help
    return Problem(message=_lowered(violation.message), help=help_ or "", suggestion=near)


def _unknown(name: str, parent: Key, value: YamlValue, schema: str, path: str) -> Finding:
    span = value.keys.get((*parent, name), value.place(parent))
    valid_keys = known_keys(schema, parent)
    near = next((key for key in valid_keys if _bare(key) == _bare(name)), None) or nearest(name, valid_keys)
    inside = next((key for key in valid_keys if near is None and name in known_keys(schema, (*parent, key))), None)
    if inside:
        help_ = f"indent the key below `{inside}:`"
        return Finding(code="CX006", message=f"unknown key `{name}`", path=path, span=span, help=help_)
    if near is None:
        keys = ", ".join(f"`{key}`" for key in valid_keys)
        help_ = f"{_NO_OPPOSITE.get(negated(name, valid_keys) or '', '')}known keys: {keys}"
        return Finding(code="CX006", message=f"unknown key `{name}`", path=path, span=span, help=help_)
    sure = misspelt(name, valid_keys) == near or _bare(name) == _bare(near)
    edits = (Edit(span=_word(span, name), text=near),)
    twice = (*parent, near) in value.keys
    fix = None if twice else Fix(title=f"write `{near}`", edits=edits, unsafe=not sure)
    help_ = f"`{near}` is also set: keep only one of the keys" if twice else f"did you mean `{near}`?"
    return Finding(code="CX006", message=f"unknown key `{name}`", path=path, span=span, help=help_, fix=fix)


def _bare(key: str) -> str:
    """Return the letters of a key in lower case, without a plural."""
    return re.sub(r"[^a-z0-9]", "", key.lower()).removesuffix("s")


def _word(span: Span, name: str) -> Span:
    return Span(span.line, span.column, span.line, span.column + len(name))


def _dotted(key: Key) -> str:
    return ".".join(str(part) for part in key)


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
