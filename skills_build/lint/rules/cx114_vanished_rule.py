"""A rule that was removed without a tombstone, or that is still in the text but is not read."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Cause, Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.traces import Trace, listed, traces
from skills_build.model.standard import CANONICAL, Codex, LockedId

_LAST_LINE: Final = 10**9


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each id of the lock that is in no standard and was not withdrawn.

    A rule whose text or id is still there is reported at that place, and rules that one fault hides are one finding.
    """
    present = {rule.id for standard in codex.standards for rule in standard.rules}
    parts = {part.id for standard in codex.standards for rule in standard.rules for part in rule.parts}
    gone = [entry for entry in codex.locked if entry.withdrawn is None and entry.id not in present | parts]
    if not gone:
        return
    found = traces(gone, codex)
    yield from _unread([entry for entry in gone if entry.id not in found or _is_unread(codex, entry)], codex, context)
    hidden: dict[tuple[str, int], list[str]] = defaultdict(list)
    for entry in gone:
        trace = found.get(entry.id)
        if trace is None or _is_unread(codex, entry):
            continue
        if trace.fence:
            hidden[trace.path, trace.fence].append(entry.id)
        else:
            yield _displaced(entry, trace, codex)
    for (path, line), ids in sorted(hidden.items()):
        yield _in_code(path, line, ids)


def _is_unread(codex: Codex, entry: LockedId) -> bool:
    """Return whether the rule's file exists but is not a standard."""
    return entry.file in codex.files and all(standard.path != entry.file for standard in codex.standards)


def _unread(gone: Sequence[LockedId], codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield one finding for each file that is not read, and one for each other rule, which is really gone."""
    moved: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in gone:
        now = entry.file if _is_unread(codex, entry) else _renamed(entry.file, codex)
        if now:
            moved[now, entry.file].append(entry.id)
            continue
        yield Finding(
            code="CX114",
            message=f"rule `{entry.id}` (`{entry.title[:60]}`) was removed without being withdrawn",
            path=entry.file,
            help=f"list it under `## Withdrawn` with `**Withdrawn:** {context.as_of[:7]}.`",
        )
    for (now, before), ids in sorted(moved.items()):
        why = "the file was not read as a standard" if now == before else f"`{before}` now has a different suffix"
        advice = "fix the other findings in this file, or withdraw its rules before you exclude it"
        yield Finding(
            code="CX114",
            message=f"{len(ids)} {'rule is' if len(ids) == 1 else 'rules are'} missing: {why}",
            path=now,
            help=advice if now == before else f"rename it to `{posixpath.basename(before)}`",
            cause=Cause(first=1, last=_LAST_LINE),
        )


def _renamed(file: str, codex: Codex) -> str | None:
    """Return the file that has the name of a missing one with another suffix."""
    stem = posixpath.splitext(file)[0].casefold()
    if file in codex.files:
        return None
    return next((p for p in sorted(codex.files) if posixpath.splitext(p)[0].casefold() == stem), None)


def _displaced(entry: LockedId, trace: Trace, codex: Codex) -> Finding:
    dialect = next((s.dialect for s in codex.standards if s.path == trace.path), CANONICAL)
    form = "a heading, a list item or a row of a choices table" if dialect == CANONICAL else f"the form of `{dialect}`"
    better = None
    if trace.has_id:
        message = f"rule `{entry.id}` is missing: its id is here, but this is not read as a rule"
        help_ = f"write it as {form}, with its level and `({entry.id})`, as `codexc explain CX114` shows"
    elif trace.rule:
        message = f"rule `{entry.id}` is missing: its text is here with the id `{trace.rule}`"
        help_ = better = f"write `{entry.id}` here: a rule keeps its id"
    else:
        message = f"rule `{entry.id}` is missing: its text is here without the id"
        help_ = better = f"end it with its id, `({entry.id})`"
    return Finding(
        code="CX114",
        message=message,
        path=trace.path,
        span=Span(trace.line, 1, trace.line, 1),
        help=help_,
        cause=Cause(first=trace.line, last=trace.line, help=better),
    )


def _in_code(path: str, line: int, ids: Sequence[str]) -> Finding:
    many = len(ids) > 1
    subject = f"rules {listed(ids)} are" if many else f"rule {listed(ids)} is"
    return Finding(
        code="CX114",
        message=f"{subject} missing: inside this code block",
        path=path,
        span=Span(line, 1, line, 1),
        help="close the code block before them" if many else "close the code block before it",
        cause=Cause(first=line, last=line),
    )


LINT: Final = Lint(code="CX114", name="vanished-rule", severity=Severity.ERROR, codex=check, suppressible=False)
