"""Withdraws a rule in the text of its standard: it moves to the section `Withdrawn` and keeps only its sentence."""

import re
from collections.abc import Sequence
from typing import Final

from skills_build.errors import CodexError
from skills_build.model.standard import Form, Rule, Standard
from skills_build.source.preprocess import fenced_lines

SECTION: Final = "Withdrawn"
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")


def withdrawn_text(text: str, standard: Standard, rule: Rule, *, month: str, use_instead: str | None) -> str:
    """Return the text of a standard with a rule withdrawn in `month` (`YYYY-MM`).

    Raises `CodexError` if the rule is withdrawn already, contains other rules, or cannot be cut out as whole lines.
    """
    if rule.tombstone is not None:
        raise CodexError(f"`{rule.id}` is withdrawn already", hint="edit the rule's entry under `## Withdrawn`")
    lines = text.split("\n")
    first, last = (rule.mark or rule.span).line, max(rule.end_line, (rule.mark or rule.span).end_line)
    _refuse_others(standard, rule, first, last)
    instead = f" **Use instead:** {use_instead}" if use_instead else ""
    stone = [f"### {_sentence(rule)} ({rule.id})", "", f"**Withdrawn:** {month}.{instead}"]
    rest = _without(lines, first, last)
    at = _end_of_section(rest)
    if at is None:
        return "\n".join([*_trimmed(rest), "", f"## {SECTION}", "", *stone, ""])
    before, after = _trimmed(rest[:at]), rest[at:]
    return "\n".join([*before, "", *stone, "", *after])


def _refuse_others(standard: Standard, rule: Rule, first: int, last: int) -> None:
    inside = [other.id for other in standard.rules if other.id != rule.id and first <= other.span.line <= last]
    if inside:
        hint = "withdraw or move these rules first"
        raise CodexError(f"`{rule.id}` contains other rules: {', '.join(f'`{one}`' for one in inside)}", hint=hint)


def _sentence(rule: Rule) -> str:
    """Return the sentence of a rule as a heading; a choice has no keyword, so its level is put in front."""
    return rule.statement if rule.form is not Form.ROW else f"{rule.level}: {rule.statement}"


def _without(lines: Sequence[str], first: int, last: int) -> list[str]:
    """Return the lines without `first` to `last` (inclusive), with one empty line in their place."""
    head, tail = list(lines[: first - 1]), list(lines[last:])
    while head and tail and not head[-1].strip() and not tail[0].strip():
        head.pop()
    return [*head, *tail]


def _end_of_section(lines: Sequence[str]) -> int | None:
    """Return the index at which the section `Withdrawn` ends; None without such a section."""
    codes, depth = fenced_lines(list(lines)), 0
    for number, (line, code) in enumerate(zip(lines, codes, strict=True)):
        heading = None if code else _HEADING.fullmatch(line)
        if heading is None:
            continue
        if depth and len(heading[1]) <= depth:
            return number
        title = heading[2].rstrip(" \t").rstrip("#").rstrip(" \t")
        if not depth and title.casefold() == SECTION.casefold():
            depth = len(heading[1])
    return len(lines) if depth else None


def _trimmed(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
