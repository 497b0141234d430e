"""What `codexc distill` found, as text and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from codex.distill.compaction import dropped
from codex.distill.draft import Distilled, Draft

_SHOWN: Final = 20


def as_text(result: Distilled, *, models: bool) -> str:
    """Return a block for each document, then what models did."""
    lines = [line for draft in result.drafts for line in _block(draft, models=models)]
    lines += [f"note: {note}" for note in result.notes]
    if not models:
        lines.append("note: no model was asked: rules have the words of the document (pass --gateway to shorten them)")
    return "".join(f"{line}\n" for line in lines)


def _block(draft: Draft, *, models: bool) -> Iterator[str]:
    reading, rules = draft.reading, draft.page.rules
    total = len(reading.demands) + len(reading.left_out)
    yield f"{draft.source}: new rules: {len(rules):,}" + (f", in {draft.path}" if rules else "")
    yield (
        f"  sections: {reading.sections:,}; sentences or lines with a keyword: {total:,}; new: {len(rules):,};"
        f" existing: {len(draft.covered):,}; left out: {len(reading.left_out):,}"
    )
    if models:
        yield f"  shortened: {draft.shortened:,}; refused: {len(draft.refused):,}"
    for id_, words in list(_dropped(draft))[:_SHOWN]:
        yield f"  shortened: {id_} leaves out: {', '.join(words)}"
    for one in draft.refused[:_SHOWN]:
        yield f"  refused: sentence {one.number}: {one.why}"
    yield from _more("refused", len(draft.refused))
    lines = {str(demand.number): demand.span.line for demand in reading.demands}
    for related in draft.covered[:_SHOWN]:
        yield f"  existing: line {lines[related.draft]}: {related.existing} ({related.why})"
    yield from _more("exist already", len(draft.covered))
    for related in draft.contradictions[:_SHOWN]:
        yield f"  may contradict: {related.draft} and {related.existing}: {related.why}"
    yield from _more("may contradict", len(draft.contradictions))
    for left in reading.left_out[:_SHOWN]:
        yield f"  left out: line {left.line}: {left.why}: {left.text}"
    yield from _more("are left out", len(reading.left_out))
    several = [rule.id for rule in rules if rule.demand.levels > 1]
    if several:
        yield f"  to split: {', '.join(several)} (more than one level in the sentence)"
    if reading.lower_case:
        places = ", ".join(str(one.line) for one in reading.lower_case[:_SHOWN])
        count = len(reading.lower_case)
        yield f"  not read, because the keyword is in lower case: {count:,} (line {places})"


def _dropped(draft: Draft) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words that each compaction leaves out, which its reviewer has to judge."""
    for rule in draft.page.rules:
        if rule.compaction and (words := dropped(rule.demand, rule.compaction)):
            yield rule.id, words


def _more(what: str, count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  and {count - _SHOWN:,} more {what}: `--format json` has all"


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
        "left_out": [{"line": one.line, "text": one.text, "why": one.why} for one in draft.reading.left_out],
        "lower_case": [{"line": one.line, "text": one.text} for one in draft.reading.lower_case],
        "text": draft.text,
    }
