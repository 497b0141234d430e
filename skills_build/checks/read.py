"""Reads the `check` blocks of a rule: YAML, schema, then the validation by its kind. Every fault has its place."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from skills_build.checks.base import Fault, Reading, glob_faults
from skills_build.checks.registry import kind_of
from skills_build.diagnostics import FILE_START, Finding, Span
from skills_build.errors import CodexError
from skills_build.model.check import Check, CheckKind, CheckRow, CheckSpec, field_name
from skills_build.model.plain import plain
from skills_build.model.standard import CheckBlock, Rule
from skills_build.schema import convert
from skills_build.source.document import Document, is_check
from skills_build.source.schema_findings import schema_findings
from skills_build.source.values import is_day
from skills_build.source.yaml import YamlValue, load_yaml

CODE: Final = "CX801"
ANY: Final = "{}"
"""The schema that everything passes, for text that was checked before."""
_EXAMPLES: Final = {
    "ast-grep.language": "language: python",
    "ast-grep.rule": "rule: {pattern: print($A)}",
    "config.at": "at: engines.node",
    "config.file": "file: package.json",
    "forge.setting": "setting: default_branch.protected",
    "regex.match": r"match: 'print\('",
}
"""What to write for a required key. A test compares the keys with the schema."""
_SHARED: Final = ("files", "ignore")
"""Keys next to the kind that may also be inside it."""
_NOT_MATCHING: Final = ("message", "rollout")
"""Keys that do not decide what a check finds."""


@lru_cache(maxsize=4096)
def read_block(
    block: CheckBlock, schema: str, path: str
) -> tuple[CheckSpec | None, YamlValue | None, tuple[Finding, ...]]:
    """Read a `check` block. The findings have their places in the file `path`."""
    value, findings = load_yaml(block.text, path=path, first_line=block.span.line + 1)
    broken = tuple(_moved(finding, block) for finding in findings)
    if value is None:
        return None, None, tuple(_as_check(finding) for finding in broken)
    if not isinstance(value.data, dict):
        message = "write a check as a YAML mapping with one kind as a key, such as `judgement: true`"
        help_ = "write one block per check" if isinstance(value.data, list) else _KINDS
        return None, value, (_finding(path, block.span, message, help_),)
    hoisted = _hoisted(value)
    faults = [_moved(finding, block) for finding in schema_findings(hoisted, schema, path=path, examples=_EXAMPLES)]
    faults += [_at(fault_, hoisted, block, path) for fault_ in _structure(hoisted)]
    spec = None
    if not faults and not broken:
        spec = _spec(hoisted.data)
        own = (*kind_of(spec.kind).validate(spec), *_shared_faults(spec)) if spec else ()
        faults = [_at(fault_, hoisted, block, path) for fault_ in own]
        spec = None if faults else spec
    return spec, hoisted, tuple(_as_check(finding) for finding in (*broken, *faults))


def _spec(data: Any) -> CheckSpec | None:
    """Convert a block; None if it did not pass its schema before, as where a build goes on in spite of errors."""
    try:
        spec = convert(_fields(data), CheckSpec)
    except CodexError:
        return None
    return spec if any(getattr(spec, field_name(kind)) is not None for kind in CheckKind) else None


_KINDS: Final = f"write one of {', '.join(f'`{kind}`' for kind in CheckKind)}"


def read_checks(rule: Rule, schema: str, path: str) -> Reading:
    """Read all checks of a rule."""
    checks: list[Check] = []
    values: list[YamlValue] = []
    findings: list[Finding] = []
    for number, block in enumerate(rule.checks, start=1):
        spec, value, found = read_block(block, schema, path)
        findings.extend(found)
        if block.label != "check":
            findings.append(_finding(path, block.span, *_misplaced(block.label)))
        if spec is not None and value is not None:
            checks.append(Check(id=rule.id, number=number, spec=spec, digest=digest(spec)))
            values.append(value)
    return Reading(checks=tuple(checks), values=tuple(values), findings=tuple(findings))


def _misplaced(label: str) -> tuple[str, str]:
    where = f"below `{label.capitalize()}`" if label else "below no label"
    return f"a `check` block is {where}", "move the block below `**Check:**`"


def digest(spec: CheckSpec) -> str:
    """Return the SHA-256 of everything that determines what a check finds, in hexadecimal."""
    data = {key: value for key, value in plain(spec).items() if key not in _NOT_MATCHING}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_rows(rule: Rule, path: str) -> tuple[CheckRow, ...]:
    """Return the rows of a rule's checks for statements.json. A build has reported those that cannot be read."""
    rows = []
    for block in rule.checks:
        spec, _, _ = read_block(block, ANY, path)
        if spec is not None:
            values = {field.name: getattr(spec, field.name) for field in fields(CheckSpec)}
            rows.append(CheckRow(kind_=spec.kind, digest=digest(spec), **values))
    return tuple(rows)


def check_of(id_: str, number: int, row: Mapping[str, Any]) -> Check:
    """Return the check of a row that passed its schema: of statements.json, or of a rules file without digests."""
    data = {key: value for key, value in row.items() if key not in ("kind", "digest")}
    return Check(id=id_, number=number, spec=convert(_fields(data), CheckSpec), digest=str(row.get("digest", "")))


def _fields(data: Any) -> dict[str, Any]:
    """Return a check with the names of fields in place of its keys, on its first two levels."""
    return {field_name(key): _below(value) for key, value in data.items()}


def _below(value: Any) -> Any:
    return {field_name(key): below for key, below in value.items()} if isinstance(value, dict) else value


def _hoisted(value: YamlValue) -> YamlValue:
    """Move `files` and `ignore` from inside a kind to where all kinds have them. No judgement counts as `false`."""
    assert isinstance(value.data, dict)
    data: dict[str, Any] = dict(value.data)
    values, keys = dict(value.values), dict(value.keys)
    if data.get(CheckKind.JUDGEMENT, True) is None:
        data[CheckKind.JUDGEMENT.value] = False
    for kind in CheckKind:
        inner = data.get(kind)
        if not isinstance(inner, dict):
            continue
        for name in _SHARED:
            if name in inner and name not in data:
                data[name] = inner[name]
                inner = {key: below for key, below in inner.items() if key != name}
                for places in (values, keys):
                    moved = {key[1:]: span for key, span in places.items() if key[:2] == (kind, name)}
                    places.update(moved)
        data[kind] = inner
    return YamlValue(data=data, values=values, keys=keys)


def _shared_faults(spec: CheckSpec) -> Iterator[Fault]:
    yield from glob_faults(spec.files, "files")
    yield from glob_faults(spec.ignore, "ignore")
    _, _, start = (spec.rollout or "").partition(" from ")
    if start and not is_day(start):
        help_ = "write the date as YYYY-MM-DD, such as `2027-01-15`"
        yield Fault(key=("rollout",), message=f"`{start}` is not a valid date", help=help_)


def _structure(value: YamlValue) -> Iterator[Fault]:
    """Yield a fault unless there is exactly one kind, and for `rules` without a linter."""
    data = value.data
    assert isinstance(data, dict)
    given = [kind for kind in CheckKind if kind in data]
    if not given:
        yield Fault(key=(), message="the check has no kind", help=_KINDS)
    for kind in given[1:]:
        message = f"the check has two kinds, `{given[0]}` and `{kind}`"
        yield Fault(key=(kind,), message=message, help="write one block per check", of_key=True)
    if "rules" in data and "linter" not in data:
        yield Fault(key=("rules",), message="`rules` requires `linter`", help="name the linter", of_key=True)


def _at(problem: Fault, value: YamlValue, block: CheckBlock, path: str) -> Finding:
    place = value.keys.get(problem.key) if problem.of_key else None
    place = place or value.place(problem.key)
    return _finding(path, block.span if place == FILE_START else placed(place, block), problem.message, problem.help)


def _finding(path: str, span: Span, message: str, help_: str | None) -> Finding:
    return Finding(code=CODE, message=message, path=path, span=span, help=help_)


def _as_check(finding: Finding) -> Finding:
    """Return a finding of the reader of YAML as one of a check."""
    return Finding(
        code=CODE,
        message=finding.message,
        path=finding.path,
        span=finding.span,
        notes=finding.notes,
        help=finding.help,
        fix=finding.fix,
    )


def _moved(finding: Finding, block: CheckBlock) -> Finding:
    """Return a finding at its column of the file: the text of an indented fence starts at column 1."""
    if finding.span == FILE_START:
        return Finding(
            code=finding.code, message=finding.message, path=finding.path, span=block.span, help=finding.help
        )
    fix = None if block.column > 1 else finding.fix
    return Finding(
        code=finding.code,
        message=finding.message,
        path=finding.path,
        span=placed(finding.span, block),
        notes=finding.notes,
        help=finding.help,
        fix=fix,
    )


def placed(span: Span, block: CheckBlock) -> Span:
    """Return a place in the text of a block as one of its file."""
    by = block.column - 1
    return Span(span.line, span.column + by, span.end_line, span.end_column + by)


def linter_findings(rule: Rule, schema: str, path: str) -> Iterator[Finding]:
    """Yield a finding for each linter, and each rule of one, that is not known."""
    for block in rule.checks:
        spec, value, _ = read_block(block, schema, path)
        if spec is not None and value is not None and spec.linter is not None:
            from skills_build.checks.linter import unknown_rules

            for problem in unknown_rules(spec):
                place = placed(value.place(problem.key), block)
                yield Finding(code="CX805", message=problem.message, path=path, span=place, help=problem.help)


def stray_checks(document: Document) -> Iterator[Finding]:
    """Yield a finding for each `check` block that belongs to no rule."""
    read = {block.span.line for rule in document.standard.rules for block in rule.checks}
    for block in document.walk():
        if is_check(block) and block.first not in read:
            span = Span(block.first, block.column, block.last, block.column + 3)
            message = "a `check` block does not belong to a rule"
            yield _finding(document.path, span, message, "move the block into the body of a rule, below `**Check:**`")
