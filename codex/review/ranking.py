"""Ranks the rules that no changed line selects, by the words that they have in common with the change.

The score is BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009), with its usual parameters: a
word counts more if few rules have it, and less in a long rule. Names in code are divided into words.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from codex.review.change import Change
from codex.review.select import Relevant

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_STEM: Final = 7
_LEAST: Final = 3
"""Minimum number of characters of a word."""
_MAX_TEXT: Final = 400_000
"""Maximum number of characters of a change that are read."""
_K1: Final = 1.2
_B: Final = 0.75
_SAME: Final = 0.5
"""What each selected rule of the same standard adds to the weight of a rule; two count."""


def ranked(others: Sequence[Relevant], selected: Sequence[Relevant], change: Change) -> tuple[Relevant, ...]:
    """Return rules in the order in which they are likely to be about a change, the likeliest first."""
    words = _words_of(change)
    texts = {one.applied.rule.id: Counter(_words(_text(one))) for one in others}
    spread = Counter(word for text in texts.values() for word in text)
    length = sum(sum(text.values()) for text in texts.values()) / max(len(texts), 1)
    standards = Counter(one.applied.standard.id for one in selected)

    def score(one: Relevant) -> float:
        text = texts[one.applied.rule.id]
        size = _K1 * (1 - _B + _B * sum(text.values()) / max(length, 1))
        total = 0.0
        for word in words.keys() & text.keys():
            rarity = math.log(1 + (len(texts) - spread[word] + 0.5) / (spread[word] + 0.5))
            total += math.sqrt(min(words[word], 3)) * rarity * text[word] * (_K1 + 1) / (text[word] + size)
        return total * (1 + _SAME * min(standards[one.applied.standard.id], 2))

    scores = {one.applied.rule.id: score(one) for one in others}
    return tuple(sorted(others, key=lambda one: (-scores[one.applied.rule.id], one.applied.rule.id)))


def _text(one: Relevant) -> str:
    """Return the text of a rule, in which its sentence counts twice."""
    rule = one.applied.rule
    return " ".join(filter(None, (rule.text, rule.text, rule.when, rule.use, rule.body)))


def _words_of(change: Change) -> Counter[str]:
    """Count the words of a change: its paths and added lines, up to a limit."""
    words, left = Counter[str](), _MAX_TEXT
    for file in change.files:
        text = "\n".join((file.path, *(text for _, text in file.added)))[:left]
        words.update(_words(text))
        left -= len(text)
    return words


def _words(text: str) -> list[str]:
    parts = (part for name in _NAME.findall(text) for part in _PART.findall(name))
    return [part.lower()[:_STEM] for part in parts if len(part) >= _LEAST]
