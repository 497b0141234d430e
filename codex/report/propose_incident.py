"""The result of `codexc propose --from` as text and as JSON."""

from collections.abc import Iterator
from typing import Any

from codex.distill.compaction import dropped
from codex.distill.compare import Relation
from codex.distill.page import statement
from codex.distill.proposal import Proposal, ProposedRule
from codex.report.prose import as_page, first_of, without_response


def as_text(result: Proposal, *, models: bool) -> str:
    """Return the drafted rules, and what was not drafted with the reasons."""
    return as_page(_lines(result), result.notes, models=models)


def _lines(result: Proposal) -> Iterator[str]:
    reading = result.reading
    counts = {
        "requirements": reading.demands,
        "new rules": result.rules,
        "existing": result.covered,
        "contradictory": result.contradictions,
        "without a standard": result.unplaced,
        "left out": reading.left_out,
    }
    yield f"{result.source}: {'; '.join(f'{name}: {len(items):,}' for name, items in counts.items())}"
    for one in result.rules:
        yield f"  new: line {one.rule.demand.span.line}: {one.rule.id} in {one.path}{_why(one)}"
        if words := _dropped(one):
            yield f"  shortened: {one.rule.id} leaves out: {', '.join(words)}"
    numbers = {str(demand.number): demand.span.line for demand in reading.demands}

    def compared(one: Relation) -> str:
        return f"line {numbers[one.draft]}: {one.existing} ({one.why})"

    yield from first_of(result.covered, "exist already", lambda one: f"existing: {compared(one)}")
    yield from first_of(result.contradictions, "may contradict", lambda one: f"may contradict: {compared(one)}")
    if result.contradictions:
        yield "  = help: change the existing rule, or add the new rule by hand"
    yield from first_of(
        result.unplaced,
        "have no standard",
        lambda rule: f"without a standard: line {rule.demand.span.line}: {statement(rule.demand)}",
    )
    if result.unplaced:
        yield "  = help: choose the standard for these rules with `--standard FILE`"
    yield from first_of(result.refused, "refused", lambda one: f"refused: sentence {one.number}: {one.why}")
    yield from without_response(result.unanswered)
    yield from first_of(
        reading.left_out, "are left out", lambda one: f"left out: line {one.line}: {one.why}: {one.text}"
    )


def _why(one: ProposedRule) -> str:
    words = f" ({', '.join(one.words[:4])})" if one.words else ""
    others = f"; also fits: {', '.join(one.others)}" if one.others else ""
    return words + others + (f"; near: {', '.join(one.near)}" if one.near else "")


def _dropped(one: ProposedRule) -> tuple[str, ...]:
    return dropped(one.rule.demand, one.rule.compaction) if one.rule.compaction else ()


def as_data(result: Proposal, *, models: bool) -> dict[str, Any]:
    """Return everything as plain JSON values."""
    numbers = {str(demand.number): demand.span.line for demand in result.reading.demands}
    return {
        "models": models,
        "notes": list(result.notes),
        "source": result.source,
        "origin": result.origin,
        "rules": [_rule(one) for one in result.rules],
        "covered": [{"line": numbers[one.draft], "by": one.existing, "why": one.why} for one in result.covered],
        "contradictions": [
            {"line": numbers[one.draft], "existing": one.existing, "why": one.why} for one in result.contradictions
        ],
        "without_standard": [
            {"line": one.demand.span.line, "quote": one.demand.quote, "statement": statement(one.demand)}
            for one in result.unplaced
        ],
        "refused": [{"sentence": one.number, "why": one.why} for one in result.refused],
        "unanswered": [{"sentence": one.number, "line": one.span.line} for one in result.unanswered],
        "left_out": [{"line": one.line, "text": one.text, "why": one.why} for one in result.reading.left_out],
    }


def _rule(one: ProposedRule) -> dict[str, Any]:
    demand, short = one.rule.demand, one.rule.compaction
    return {
        "id": one.rule.id,
        "standard": one.path,
        "words": list(one.words),
        "also_fits": list(one.others),
        "near": list(one.near),
        "level": demand.level.value,
        "line": demand.span.line,
        "quote": demand.quote,
        "statement": short.statement if short else statement(demand),
        "shortened": short is not None,
        "leaves_out": list(_dropped(one)),
    }
