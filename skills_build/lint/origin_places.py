"""The places of the origins of a standard, and its other links: an origin is for programs, and in no skill."""

from collections.abc import Iterable, Iterator

from skills_build.diagnostics import Span
from skills_build.model.links import Link
from skills_build.model.standard import Label, Standard


def origins(standard: Standard) -> Iterator[tuple[str, Span]]:
    """Yield each origin that is a link or path, with its place: of the standard, and of rules that state their own."""
    if standard.origin:
        yield standard.origin, standard.place("origin")
    for rule in standard.rules:
        for span in _labels(rule.labels):
            if rule.origin and rule.origin != standard.origin:
                yield rule.origin, span


def links_of(standard: Standard) -> Iterator[Link]:
    """Yield the links of a standard that are not the origin of a rule."""
    spans = [span for rule in standard.rules for span in _labels(rule.labels)]
    for link in standard.links:
        if not any(_contains(span, link.span) for span in spans):
            yield link


def _labels(labels: Iterable[Label]) -> Iterator[Span]:
    return (label.value or label.span for label in labels if label.name == "origin")


def _contains(outer: Span, inner: Span) -> bool:
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)
