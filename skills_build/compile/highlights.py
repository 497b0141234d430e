"""The rules shown in SKILL.md itself, its routes and its checklist, within the skill's budget."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.compile.prose import rule_line
from skills_build.compile.ranking import by_weight, in_display_order
from skills_build.model.bundle import Check, PlacedRule, Reference, Route

TEMPLATE_BYTES: Final = 2300
"""Bytes of SKILL.md reserved for front matter and the fixed text of its template."""
MAX_HIGHLIGHTS: Final = 15
HIGHLIGHT_LENGTH: Final = 200
"""Maximum length of a highlight's sentence, in characters."""
MAX_CHECKS: Final = 5
_CHECK_LENGTH: Final = 180
_MARK_BYTES: Final = 12


def routes(references: Sequence[Reference], room: int) -> tuple[Route, ...]:
    """Make one route per reference, with its topic if all fit in `room` bytes, else with its title, else without."""
    forms = (
        tuple(Route(topic=reference.read_when, path=reference.path) for reference in references),
        tuple(Route(topic=reference.title, path=reference.path) for reference in references),
    )
    for form in forms:
        if routes_size(form) <= room:
            return form
    return tuple(Route(topic="", path=reference.path) for reference in references)


def routes_size(lines: Sequence[Route]) -> int:
    """Return the bytes of the routes' lines."""
    return sum(len(route.topic.encode()) + 2 * len(route.path) + 14 for route in lines)


def highlights(
    rules: Sequence[PlacedRule], priority: Sequence[str], room: int, *, most: int = MAX_HIGHLIGHTS
) -> tuple[PlacedRule, ...]:
    """Return the `most` important rules, as many as fit in `room` bytes; blocking rules come first."""
    shown: list[PlacedRule] = []
    for placed in by_weight(rules, priority):
        cost = len(rule_line(placed, max_length=HIGHLIGHT_LENGTH).encode()) + _MARK_BYTES
        if len(shown) == most or cost > room:
            break
        shown.append(placed)
        room -= cost
    return in_display_order(shown, rules, priority)


def highlights_size(shown: Sequence[PlacedRule]) -> int:
    """Return the bytes of the highlights' lines."""
    return sum(len(rule_line(placed, max_length=HIGHLIGHT_LENGTH).encode()) + _MARK_BYTES for placed in shown)


def checks(shown: Sequence[PlacedRule], room: int, *, most: int = MAX_CHECKS) -> tuple[Check, ...]:
    """Make a checklist from the **Check:** parts of the highlights; empty if it has fewer than two lines."""
    checklist: list[Check] = []
    for check in possible_checks(shown):
        cost = len(check.text.encode()) + len(check.id) + 12
        if len(checklist) == most or cost > room:
            break
        checklist.append(check)
        room -= cost
    return tuple(checklist) if len(checklist) > 1 else ()


def possible_checks(shown: Sequence[PlacedRule]) -> Iterator[Check]:
    """Yield the **Check:** parts of the highlights that are short enough for a checklist."""
    for placed in shown:
        text = (placed.rule.label("check") or "").split("\n\n")[0].replace("\n", " ").strip()
        if text and len(text) <= _CHECK_LENGTH and "](" not in text:
            yield Check(id=placed.rule.id, text=text)
