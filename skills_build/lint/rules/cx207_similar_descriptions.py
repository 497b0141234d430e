"""Two skills that answer the same request."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output

LIKE: Final = 0.8
"""The cosine of two descriptions' words from which an agent cannot tell them apart."""
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
    bags = [(skill, _bag(skill.description)) for skill in output.skills]
    for number, (skill, bag) in enumerate(bags):
        for other, before in bags[:number]:
            if _cosine(bag, before) >= LIKE:
                yield Finding(
                    code="CX207",
                    message=f"`{skill.name}` and `{other.name}` have nearly the same description",
                    path=f"skills/{skill.name}/SKILL.md",
                    help=f"describe in `skills.{skill.key}.description` what sets it apart",
                )


def _bag(text: str) -> Counter[str]:
    return Counter(w for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in _COMMON)


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(count * other[word] for word, count in one.items())
    norm = math.sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
    return dot / norm if norm else 0.0


LINT: Final = Lint(code="CX207", name="similar-descriptions", severity=Severity.WARNING, output=check)
