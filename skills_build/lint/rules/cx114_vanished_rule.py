"""A rule that was removed without a tombstone, or that is still in the text but is not read."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build.counts import counted
from skills_build.diagnostics import Cause, Finding, Severity, Span
from skills_build.globs import matches
from skills_build.lint.base import Context, Lint
from skills_build.lint.traces import Trace, listed, traces
from skills_build.model.codex import Codex, LockedId
from skills_build.model.standard import CANONICAL

_GONE: Final = "file `{}` does not exist"
_GONE_HELP: Final = (
    "if the file was moved, move it to a folder of the codex; "
    "if it was deleted, restore it and withdraw its rules with `codexc withdraw`"
)
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
    read = {standard.path for standard in codex.standards}
    moved = {id_: trace.path for id_, trace in found.items() if trace.path not in read}
    here = [entry for entry in gone if entry.id in found and entry.id not in moved and not _is_unread(codex, entry)]
    shown = {entry.id for entry in here}
    yield from _unread([entry for entry in gone if entry.id not in shown], codex, context, moved)
    hidden: dict[tuple[str, int], list[str]] = defaultdict(list)
    for entry in here:
        trace = found[entry.id]
        if trace.fence:
            hidden[trace.path, trace.fence].append(entry.id)
        else:
            yield _displaced(entry, trace, codex)
    for (path, line), ids in sorted(hidden.items()):
        yield _in_code(path, line, ids)


def _is_unread(codex: Codex, entry: LockedId) -> bool:
    """Return whether the rule's file exists but is not a standard."""
    return entry.file in codex.files and all(standard.path != entry.file for standard in codex.standards)


def _unread(
    gone: Sequence[LockedId], codex: Codex, context: Context, elsewhere: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield one finding for each file that is not read, and one for each other rule, which is really gone.

    `elsewhere` has the file that is not read and now has the text of a rule, by id.
    """
    moved: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in gone:
        now = entry.file if _is_unread(codex, entry) else elsewhere.get(entry.id) or _renamed(entry.file, codex)
        if now or entry.file not in codex.files:
            moved[now or entry.file, entry.file].append(entry.id)
            continue
        yield Finding(
            code="CX114",
            message=f"rule `{entry.id}` (`{entry.title[:60]}`) was removed without being withdrawn",
            path=entry.file,
            help=f"list the rule under `## Withdrawn` with `**Withdrawn:** {context.as_of[:7]}.`",
        )
    for (now, before), ids in sorted(moved.items()):
        why, help_ = _why_unread(now, before, context) if now in codex.files else (_GONE.format(now), _GONE_HELP)
        yield Finding(
            code="CX114",
            message=f"{counted(len(ids), 'rule is', 'rules are')} missing: {why}",
            path=now,
            help=help_,
            cause=Cause(first=1, last=_LAST_LINE, help=help_ if now != before else None),
        )


def _why_unread(now: str, before: str, context: Context) -> tuple[str, str]:
    """Return why the rules of the file `before` are not read from the file `now`, and what to do."""
    if now == before and matches(now, context.config.exclude):
        help_ = "remove the file from `exclude`, or withdraw its rules before you exclude it"
        return "`exclude` in codex.yaml leaves this file out", help_
    if now == before:
        help_ = "fix the other findings in this file, or withdraw its rules before you exclude the file"
        return "the file was not read as a standard", help_
    if posixpath.splitext(now)[0].casefold() == posixpath.splitext(before)[0].casefold():
        return f"`{before}` now has a different extension", f"rename it to `{posixpath.basename(before)}`"
    return f"`{before}` was moved to this file, which is not read", f"rename the file, for example back to `{before}`"


def _renamed(file: str, codex: Codex) -> str | None:
    """Return the file that has the name of a missing one with another suffix."""
    stem = posixpath.splitext(file)[0].casefold()
    if file in codex.files:
        return None
    return next((p for p in sorted(codex.files) if posixpath.splitext(p)[0].casefold() == stem), None)


def _displaced(entry: LockedId, trace: Trace, codex: Codex) -> Finding:
    dialect = next((s.dialect for s in codex.standards if s.path == trace.path), CANONICAL)
    form = (
        "a heading, a list item or a row of a table of choices" if dialect == CANONICAL else f"the form of `{dialect}`"
    )
    better = None
    if trace.has_id:
        message = f"rule `{entry.id}` is missing: its id appears here, but the text is not read as a rule"
        help_ = f"write the rule as {form}, with its level and `({entry.id})`; `codexc explain CX114` shows an example"
    elif trace.rule:
        message = f"rule `{entry.id}` is missing: its text appears here with the id `{trace.rule}`"
        help_ = better = f"write `{entry.id}` here: a rule keeps its id"
    else:
        message = f"rule `{entry.id}` is missing: its text appears here without the id"
        help_ = better = f"write `{entry.id}` as its id" if trace.row else f"end the rule with its id, `({entry.id})`"
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
        message=f"{subject} missing: {'they are' if many else 'it is'} inside this code block",
        path=path,
        span=Span(line, 1, line, 1),
        help="close the code block before the rules" if many else "close the code block before the rule",
        cause=Cause(first=line, last=line),
    )


LINT: Final = Lint(code="CX114", name="vanished-rule", severity=Severity.ERROR, codex=check, suppressible=False)
