"""The result of `codexc distill` as text and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from codex.distill.compaction import dropped
from codex.distill.draft import Distilled, Draft
from codex.report.prose import as_page, first_of, without_response

_SHOWN: Final = 20


def as_text(result: Distilled, *, models: bool) -> str:
    """Return a block for each document, then notes on the models."""
    lines = [line for draft in result.drafts for line in _block(draft, models=models)]
    return as_page(lines, result.notes, models=models)


def _block(draft: Draft, *, models: bool) -> Iterator[str]:
    reading, rules = draft.reading, draft.page.rules
    total = len(reading.demands) + len(reading.left_out)
    yield f"{draft.source}: new rules: {len(rules):,}" + (f", in {draft.path}" if rules else "")
    yield (
        f"  sections: {reading.sections:,}; sentences or lines with a keyword: {total:,}; new: {len(rules):,};"
        f" existing: {len(draft.covered):,}; left out: {len(reading.left_out):,}"
    )
    if models:
        missing = len(draft.unanswered)
        yield f"  shortened: {draft.shortened:,}; rejected: {len(draft.refused):,}; without a response: {missing:,}"
    yield from first_of(
        list(_dropped(draft)), "are shortened", lambda one: f"shortened: {one[0]} leaves out: {', '.join(one[1])}"
    )
    yield from first_of(draft.refused, "refused", lambda one: f"refused: sentence {one.number}: {one.why}")
    yield from without_response(draft.unanswered)
    lines = {str(demand.number): demand.span.line for demand in reading.demands}
    yield from first_of(
        draft.covered,
        "exist already",
        lambda one: f"existing: line {lines[one.draft]}: {one.existing} ({one.why})",
    )
    yield from first_of(
        draft.contradictions,
        "may contradict",
        lambda one: f"may contradict: {one.draft} and {one.existing}: {one.why}",
    )
    yield from first_of(
        reading.left_out, "are left out", lambda one: f"left out: line {one.line}: {one.why}: {one.text}"
    )
    several = [rule.id for rule in rules if rule.demand.levels > 1]
    if several:
        yield f"  sentences to split, because they contain more than one level: {', '.join(several)}"
    if reading.lower_case:
        places = ", ".join(str(one.line) for one in reading.lower_case[:_SHOWN])
        count = len(reading.lower_case)
        yield f"  sentences not read, because their keyword is in lower case: {count:,} (line {places})"


def _dropped(draft: Draft) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words that each compaction leaves out, which its reviewer has to judge."""
    for rule in draft.page.rules:
        if rule.compaction and (words := dropped(rule.demand, rule.compaction)):
            yield rule.id, words


def as_data(result: Distilled, *, models: bool) -> dict[str, Any]:
    """Return everything as plain JSON values."""
    return {"models": models, "notes": list(result.notes), "drafts": [_data(draft) for draft in result.drafts]}


def _data(draft: Draft) -> dict[str, Any]:
    lines = {str(demand.number): demand.span.line for demand in draft.reading.demands}
    return {
        "source": draft.source,
        "path": str(draft.path) if draft.text else None,
        "id": draft.page.id,
        "sections": draft.reading.sections,
        "rules": [
            {
                "id": rule.id,
                "level": rule.demand.level.value,
                "line": rule.demand.span.line,
                "quote": rule.demand.quote,
                "levels": rule.demand.levels,
                "statement": rule.compaction.statement if rule.compaction else None,
                "leaves_out": list(dropped(rule.demand, rule.compaction)) if rule.compaction else [],
            }
            for rule in draft.page.rules
        ],
        "covered": [{"line": lines[one.draft], "by": one.existing, "why": one.why} for one in draft.covered],
        "contradictions": [{"id": one.draft, "existing": one.existing, "why": one.why} for one in draft.contradictions],
        "refused": [{"sentence": one.number, "why": one.why} for one in draft.refused],
        "unanswered": [{"sentence": one.number, "line": one.span.line} for one in draft.unanswered],
        "left_out": [{"line": one.line, "text": one.text, "why": one.why} for one in draft.reading.left_out],
        "lower_case": [{"line": one.line, "text": one.text} for one in draft.reading.lower_case],
        "text": draft.text,
    }
