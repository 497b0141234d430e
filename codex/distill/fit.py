"""Finds the standard to which a new rule belongs, by the words that both have in common."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.codex import Codex
from skills_build.model.standard import CANONICAL, Standard, Status
from skills_build.technologies import TECHNOLOGIES

_WORD: Final = re.compile(r"[^\W\d_](?:[\w+#.-]*[\w+#])?")
_ORDINARY: Final = re.compile(
    r"about|after|again|against|also|always|another|because|been|before|being|between|both|"
    r"cannot|could|does|done|during|each|ever|every|from|have|having|into|less|many|more|"
    r"most|much|must|never|only|other|over|same|shall|should|since|some|such|team|teams|"
    r"than|that|their|them|then|there|these|they|this|those|through|under|until|very|were|"
    r"what|when|where|which|while|will|with|within|without|would|your"
)
_TITLE: Final = 3
"""Weight of a word in the title, domain or applicability of a standard, relative to a word in its rules."""
_STEM: Final = 6
_NEAR: Final = 0.2
"""The least share of words, by how rare they are, that two sentences about the same have in common."""
MIN_SHARED: Final = 2
"""Minimum number of words that a standard must have in common with a rule to be chosen for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A standard that fits a sentence, and the words in common, the most distinctive first."""

    standard: Standard
    score: float
    words: tuple[str, ...]


class Fits:
    """The standards of a codex that can get a new rule: those in the codexc format that are in force or drafts."""

    def __init__(self, codex: Codex) -> None:
        self._standards = [one for one in codex.standards if fault(one) == ""]

    def of(self, sentence: str, document: str) -> tuple[Fit, ...]:
        """Return the standards that fit a sentence of a document, the best first.

        A standard for languages or technologies that the document does not mention does not fit.
        """
        wanted = _stems(sentence)
        mentioned = frozenset(word.casefold() for word in _WORD.findall(document))
        fits = [self._fit(standard, wanted) for standard in self._standards if _is_mentioned(standard, mentioned)]
        found = [fit for fit in fits if len(fit.words) >= MIN_SHARED]
        return tuple(sorted(found, key=lambda fit: (-fit.score, fit.standard.path)))

    def _fit(self, standard: Standard, wanted: dict[str, str]) -> Fit:
        weights = self._weights[standard.path]
        shared = {stem: weights[stem] * self._rarity(stem) for stem in wanted if stem in weights}
        best = sorted(shared, key=lambda stem: (-shared[stem], stem))
        return Fit(standard=standard, score=sum(shared.values()), words=tuple(wanted[stem] for stem in best))

    def _rarity(self, stem: str) -> float:
        return math.log((1 + len(self._standards)) / self._spread[stem])

    @cached_property
    def _weights(self) -> dict[str, dict[str, float]]:
        return {standard.path: _weights(standard) for standard in self._standards}

    @cached_property
    def _spread(self) -> Counter[str]:
        return Counter(stem for weights in self._weights.values() for stem in weights)


class Nearness:
    """Finds the existing rules with the most telling words in common with a sentence: rare ones tell more."""

    def __init__(self, codex: Codex) -> None:
        rules = (rule for standard in codex.standards for rule in standard.rules if rule.tombstone is None)
        self._stems = {rule.id: frozenset(_stems(rule.statement)) for rule in rules}
        self._spread = Counter(stem for stems in self._stems.values() for stem in stems)

    def of(self, sentence: str, *, most: int) -> tuple[str, ...]:
        """Return the ids of the nearest rules, the nearest first."""
        wanted = frozenset(_stems(sentence))
        shares = {id_: self._share(wanted, stems) for id_, stems in self._stems.items() if len(wanted & stems) >= 2}
        found = sorted((id_ for id_, share in shares.items() if share >= _NEAR), key=lambda id_: (-shares[id_], id_))
        return tuple(found[:most])

    def _share(self, wanted: frozenset[str], stems: frozenset[str]) -> float:
        weights = {stem: math.log(1 + len(self._stems) / max(self._spread[stem], 1)) for stem in wanted | stems}
        return sum(weights[stem] for stem in wanted & stems) / sum(weights.values())


def fault(standard: Standard) -> str:
    """Return why a standard cannot get a new rule; empty if it can."""
    if standard.dialect != CANONICAL:
        return "the standard is written in another dialect"
    return "the standard is withdrawn" if standard.status.status is Status.WITHDRAWN else ""


def _weights(standard: Standard) -> dict[str, float]:
    """Return the stems of a standard, each with its weight: more in its title than in its rules."""
    scope = standard.scope
    top = (standard.title, standard.domain, *scope.languages, *_named(scope.technologies))
    counts = Counter(stem for rule in standard.rules for stem in _stems(rule.statement))
    weights = {stem: 1 + math.log(count) for stem, count in counts.items()}
    for text in (*top, *(section.title for section in standard.sections)):
        for stem in _stems(text):
            weights[stem] = max(weights.get(stem, 0), _TITLE if text in top else 2)
    return weights


def _named(technologies: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for name in technologies for word in (name, *TECHNOLOGIES.get(name, ())))


def _is_mentioned(standard: Standard, words: frozenset[str]) -> bool:
    scope = standard.scope
    kinds: Sequence[tuple[str, ...]] = (scope.languages, _named(scope.technologies))
    return all(not names or any(_mentions(name, words) for name in names) for names in kinds)


def _mentions(name: str, words: frozenset[str]) -> bool:
    return name in words or (len(name) > 3 and f"{name}s" in words) or all(part in words for part in name.split("-"))


def _stems(text: str) -> dict[str, str]:
    """Return the stem of each distinctive word of a text, with the word."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return {_stem(word): word for word in words if len(word) > 3 and not _ORDINARY.fullmatch(word)}


def _stem(word: str) -> str:
    """Return the start of a word, without the ending of a plural."""
    return (word[:-1] if word.endswith("s") and not word.endswith("ss") else word)[:_STEM]
