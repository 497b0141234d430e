"""The starter codex, read once for all tests of it."""

from functools import cache

from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.parsing import ParsedCodex, parse_all
from skills_build.model.standard import Example, Rule, Standard
from tests.support.data import ROOT

STANDARDS = ROOT / "standards"


@cache
def loaded() -> ParsedCodex:
    """Read the starter codex."""
    return parse_all(open_codex(SourceOptions(root=STANDARDS, cache=False, as_of="2026-11-30")))


def live() -> list[tuple[Standard, Rule]]:
    """Return the rules that are not withdrawn, with their standards."""
    return [(s, r) for s in loaded().codex.standards for r in s.rules if r.tombstone is None]


def examples(*languages: str) -> list[tuple[str, Example]]:
    """Return the examples in these languages, with the ids of their rules."""
    return [(rule.id, e) for _, rule in live() for e in rule.examples if e.language in languages]
