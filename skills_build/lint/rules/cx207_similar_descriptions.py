"""Two skills that fit the same task."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

MIN_SIMILARITY: Final = 0.8
"""Descriptions with at least this cosine similarity of words count as nearly the same."""
_COMMON: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "or",
        "the",
        "to",
        "of",
        "for",
        "in",
        "on",
        "with",
        "use",
        "when",
        "is",
        "are",
        "you",
        "your",
        "that",
        "this",
        "it",
        "by",
        "from",
    ]
)


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each pair of descriptions with nearly the same words."""
    counts = [(skill, _word_counts(skill.description)) for skill in output.skills]
    for number, (skill, words) in enumerate(counts):
        for other, other_words in counts[:number]:
            if _cosine(words, other_words) >= MIN_SIMILARITY:
                yield Finding(
                    code="CX207",
                    message=f"`{skill.name}` and `{other.name}` have nearly identical descriptions",
                    path=f"skills/{skill.name}/SKILL.md",
                    help=f"state in `skills.{skill.key}.description` how this skill differs from the other",
                )


def _word_counts(text: str) -> Counter[str]:
    return Counter(w for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in _COMMON)


def _cosine(first: Counter[str], second: Counter[str]) -> float:
    dot = sum(count * second[word] for word, count in first.items())
    norm = math.sqrt(sum(c * c for c in first.values()) * sum(c * c for c in second.values()))
    return dot / norm if norm else 0.0


LINT: Final = Lint(code="CX207", name="similar-descriptions", severity=Severity.WARNING, output=check)
