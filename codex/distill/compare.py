"""Compares the rules of a draft with those that exist: what is covered already, and what may contradict it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from codex.distill.compaction import changed_limits
from skills_build.diagnostics import Finding, Span
from skills_build.frozen import dataclass
from skills_build.lint.base import CodexCheck, Context
from skills_build.lint.rules import (
    cx307_contradiction,
    cx308_near_duplicate,
    cx318_same_text_other_level,
    cx319_contradiction_candidate,
)
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.model.standard import Rule, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.levels import without_levels

_COVERS: Final[CodexCheck] = cx308_near_duplicate.check
_CONTRADICT: Final[tuple[CodexCheck, ...]] = (
    cx307_contradiction.check,
    cx318_same_text_other_level.check,
    cx319_contradiction_candidate.check,
)
_WORD: Final = re.compile(r"[^\W_]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A rule of a draft, an existing rule, and how they are related."""

    draft: str
    existing: str
    statement: str
    """The sentence of the existing rule."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """How the rules of a draft are related to existing rules."""

    covered: tuple[Relation, ...]
    contradictions: tuple[Relation, ...]


def relations(codex: Codex, draft: Standard, day: str) -> Relations:
    """Compare a draft with a codex, with the lints that compare the rules of a codex with each other.

    Nearly the same words only cover a rule if they require the same. Otherwise the two may contradict each other.
    """
    context = Context(config=Config(), as_of=day)
    whole = replace(codex, standards=(*codex.standards, draft))
    sides = _Sides(codex, draft)
    opposed = [one for check in _CONTRADICT for one in sides.related(check(whole, context))]
    known = {(one.draft, one.existing) for one in opposed}
    covered = list[Relation]()
    for one in sides.related(_COVERS(whole, context)):
        difference = sides.difference(one)
        if not difference:
            covered.append(one)
        elif (one.draft, one.existing) not in known:
            opposed.append(replace(one, why=f"the statements are nearly identical, but {difference}"))
    return Relations(covered=tuple(covered), contradictions=tuple(opposed))


class _Sides:
    def __init__(self, codex: Codex, draft: Standard) -> None:
        self._draft = draft
        self._existing = {standard.path: standard for standard in codex.standards}
        self._rules = {rule.id: rule for standard in (*codex.standards, draft) for rule in standard.rules}

    def related(self, findings: Iterable[Finding]) -> Iterator[Relation]:
        """Yield the findings that are about a rule of the draft and an existing one."""
        for finding in findings:
            places = ((finding.path, finding.span), *((note.path, note.span) for note in finding.notes))
            new = next((_rule_at(self._draft, span) for path, span in places if path == self._draft.path), None)
            old = next((_rule_at(self._existing[path], span) for path, span in places if path in self._existing), None)
            if new is not None and old is not None:
                yield Relation(draft=new.id, existing=old.id, statement=old.statement, why=finding.message)

    def difference(self, relation: Relation) -> str:
        """Return what two rules with nearly the same words do not have in common; empty if they require the same."""
        new, old = self._rules[relation.draft], self._rules[relation.existing]
        if new.level is not old.level:
            return f"{new.level} here and {old.level} in `{old.id}`"
        first, second = _words_in_common(new.statement, old.statement)
        if first != second:
            return f"the word order differs in `{old.id}`"
        return changed_limits(visible_text(old.statement), visible_text(new.statement))


def _words_in_common(first: str, second: str) -> tuple[list[str], list[str]]:
    """Return the words that two statements have in common, in the order of each."""
    left, right = (_WORD.findall(without_levels(visible_text(text)).casefold()) for text in (first, second))
    return [word for word in left if word in right], [word for word in right if word in left]


def _rule_at(standard: Standard, span: Span | None) -> Rule | None:
    line = span.line if span else 0
    rules = sorted((rule for rule in standard.rules if rule.span.line <= line), key=lambda rule: rule.span.line)
    return rules[-1] if rules else None


def overlap(first: str, second: str) -> float:
    """Return the share of words that two sentences have in common (Jaccard index)."""
    left, right = (set(_WORD.findall(text.casefold())) for text in (first, second))
    return len(left & right) / len(left | right) if left | right else 0.0


def nearest_rules(codex: Codex, texts: Sequence[str], *, most: int) -> list[Rule]:
    """Return the existing rules that have most words in common with some sentences, the nearest first."""
    wanted = {word for text in texts for word in _WORD.findall(text.casefold())}
    rules = [rule for standard in codex.standards for rule in standard.rules if rule.tombstone is None]
    shares = [(len(wanted & set(_WORD.findall(rule.statement.casefold()))), rule) for rule in rules]
    best = sorted((pair for pair in shares if pair[0] >= 2), key=lambda pair: (-pair[0], pair[1].id))
    return [rule for _, rule in best[:most]]
