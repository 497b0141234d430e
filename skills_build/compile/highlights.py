"""What of a skill's rules stands in SKILL.md itself, and how its router looks, within the skill's budget."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.compile.prose import rule_line, table_cell
from skills_build.compile.ranking import by_weight
from skills_build.model.bundle import Check, PlacedRule, Reference, Route

FRAME: Final = 2300
"""Bytes of SKILL.md kept free for front matter and the fixed text of its template."""
MOST: Final = 15
LINE: Final = 200
_MOST_CHECKS: Final = 5
_CHECK_LINE: Final = 180
_MARK: Final = 12


def routes(references: Sequence[Reference], room: int) -> tuple[Route, ...]:
    """The router: one line a reference, with its topic where `room` allows, else with its title, else bare."""
    forms = (
        tuple(Route(topic=table_cell(reference.read_when), path=reference.path) for reference in references),
        tuple(Route(topic=table_cell(reference.title), path=reference.path) for reference in references),
    )
    for form in forms:
        if routes_size(form) <= room:
            return form
    return tuple(Route(topic="", path=reference.path) for reference in references)


def routes_size(router: Sequence[Route]) -> int:
    """Bytes of the router's lines."""
    return sum(len(route.topic.encode()) + 2 * len(route.path) + 14 for route in router)


def highlights(rules: Sequence[PlacedRule], priority: Sequence[str], room: int) -> tuple[PlacedRule, ...]:
    """The rules that matter most, at most 15 and as many as fit in `room` bytes: what blocks comes first."""
    shown: list[PlacedRule] = []
    for placed_rule in by_weight(rules, priority):
        cost = len(rule_line(placed_rule, most=LINE).encode()) + _MARK
        if len(shown) == MOST or cost > room:
            break
        shown.append(placed_rule)
        room -= cost
    return tuple(shown)


def highlights_size(shown: Sequence[PlacedRule]) -> int:
    """Bytes of the highlights' lines."""
    return sum(len(rule_line(placed_rule, most=LINE).encode()) + _MARK for placed_rule in shown)


def checks(shown: Sequence[PlacedRule], room: int) -> tuple[Check, ...]:
    """A checklist from the **Check:** parts of the highlights; empty where it would hold less than two."""
    found: list[Check] = []
    for check in _checks(shown):
        cost = len(check.text.encode()) + len(check.id) + 12
        if len(found) == _MOST_CHECKS or cost > room:
            break
        found.append(check)
        room -= cost
    return tuple(found) if len(found) > 1 else ()


def _checks(shown: Sequence[PlacedRule]) -> Iterator[Check]:
    for placed_rule in shown:
        text = (placed_rule.rule.label("check") or "").split("\n\n")[0].replace("\n", " ").strip()
        if text and len(text) <= _CHECK_LINE and "](" not in text:
            yield Check(id=placed_rule.rule.id, text=text)
