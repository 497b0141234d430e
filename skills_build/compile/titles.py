"""The titles of skills: small, because every command that reads settings of a repository imports it."""

import re
from collections import Counter
from collections.abc import Iterable

from skills_build.model.config import Config
from skills_build.model.standard import Standard


def one_line(text: str) -> str:
    """Replace line breaks and runs of spaces with one space."""
    return re.sub(r"\s+", " ", text).strip()


def skill_title(key: str, config: Config, standards: Iterable[Standard] = ()) -> str:
    """Return the title an author gave a skill or its domain, else its key in words, spelled as in its standards."""
    settings, domain = config.skills.get(key), config.domains.get(key)
    title = (settings.title if settings else None) or (domain.title if domain else None)
    if title:
        return one_line(title)
    words = " ".join(_spelt(word, standards) for word in key.replace("_", "-").split("-") if word)
    return words[:1].upper() + words[1:]


def _spelt(word: str, standards: Iterable[Standard]) -> str:
    """Return a word in its most frequent spelling in titles and rules, if that has capitals, such as `HTTP`."""
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    texts = (text for standard in standards for text in (standard.title, *(rule.statement for rule in standard.rules)))
    spellings: Counter[str] = Counter(
        spelling for text in texts for spelling in pattern.findall(text) if not spelling[1:].islower()
    )
    if not spellings or len(word) < 2:
        return word
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
