"""Writes a draft rule into a standard: its demand, the sentence of the incident as the reason, and its origin."""

import re
from collections.abc import Sequence
from typing import Final

from codex.distill.page import DraftRule, one_line, plain, statement
from skills_build import inert
from skills_build.frozen import dataclass
from skills_build.model.standard import Form, Standard, Status

_JUDGEMENT: Final = ("```yaml check", "judgement: true", "```")
_HEADING: Final = re.compile(r"#{1,6}(?= )")


def rule_text(rule: DraftRule, *, standard: Standard, origin: str, depth: int) -> str:
    """Return the Markdown of a draft rule, whose heading has this depth."""
    demand, short = rule.demand, rule.compaction
    lines = [f"{'#' * depth} {plain(short.statement) if short else statement(demand)} ({rule.id})", ""]
    if standard.status.status is not Status.DRAFT:
        lines += [f"**Status:** {Status.DRAFT}", ""]
    facts = [f"**When:** {plain(short.when)}"] if short and short.when else []
    facts += [f"**Use:** {plain(short.use)}"] if short and short.use else []
    lines += [*facts, ""] if facts else []
    lines += [f"**Why:** The incident review says: {inert.code(one_line(demand.quote), most=0)}", ""]
    if demand.level.binding:
        lines += ["**Check:** Judgement, until there is an automated check.", "", *_JUDGEMENT, ""]
    return "\n".join([*lines, f"**Origin:** {origin}", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlace:
    """Where new rules go in the text of a standard: below the line `after`, with headings of this depth.

    `title` is that of a section above them, empty if they continue one.
    """

    after: int
    depth: int
    title: str = ""


def rule_place(text: str, standard: Standard) -> RulePlace:
    """Return the place below the last rule in a heading, else a section at the end, above the withdrawn rules."""
    lines = text.split("\n")
    rules = [rule for rule in standard.rules if rule.form is Form.HEADING and rule.tombstone is None]
    last = max(rules, key=lambda rule: rule.span.line, default=None)
    mark = _HEADING.match(lines[last.span.line - 1]) if last else None
    if last is not None and mark is not None:
        return RulePlace(after=last.end_line, depth=len(mark[0]))
    ends = (section.line - 1 for section in standard.sections if section.title.casefold() == "withdrawn")
    return RulePlace(after=min(ends, default=len(lines)), depth=3, title="## Proposed")


def with_rules(text: str, place: RulePlace, rules: Sequence[str]) -> str:
    """Return the text of a standard with new rules at a place. `text` has line feeds only."""
    lines = text.split("\n")
    above, below = "\n".join(lines[: place.after]).rstrip("\n"), "\n".join(lines[place.after :]).strip("\n")
    new = "\n\n".join(filter(None, (place.title, *(rule.rstrip("\n") for rule in rules))))
    return "\n\n".join(filter(None, (above, new, below))) + "\n"
