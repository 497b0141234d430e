"""What is around a rule and may limit it: the titles of its sections, their text, and the line that introduces it."""

import re
from functools import lru_cache
from typing import Final

from skills_build.compile.bounds import limits
from skills_build.compile.prose import without_links
from skills_build.model.standard import Form, Rule, Section, Standard
from skills_build.source.hypertext import inline

_UNFINISHED: Final = (":", ",")
_GENERAL: Final = re.compile(
    r"(?:(?:the|our|all|general|further|other|more|basic|common|normative|and)\s+){0,4}"
    r"(?:rules?|requirements?|standards?|polic(?:y|ies)|guidelines?|conventions?|principles?|statements?|overview|basics"
    r"|practices|general|details)",
    re.IGNORECASE,
)
"""Titles that limit nothing."""


def surroundings(rule: Rule, standard: Standard) -> tuple[str, ...]:
    """Return the texts around a rule that may limit it, each on one line, without links.

    These are the titles of its section and of the sections around it that do not only say that rules follow, the
    paragraphs of these sections that say what rules apply to or require, the unfinished line above a heading, and the
    footnotes that the rule cites.
    """
    if rule.section >= len(standard.sections):
        return ()
    section = standard.sections[rule.section]
    above = standard.sections[rule.section - 1] if section.resumes is not None and not section.text else section
    introduced = _line_above(rule, above) if rule.form is Form.HEADING else ""
    own = rule.section if section.resumes is None else section.resumes
    notes = (inline(without_links(note.text)) for note in rule.footnotes_elsewhere)
    texts = (*_of_section(standard.sections, own), introduced, *notes)
    return tuple(dict.fromkeys(text for text in texts if text))


@lru_cache(maxsize=64)
def _of_section(sections: tuple[Section, ...], number: int) -> tuple[str, ...]:
    """Return the titles and limiting paragraphs of a section and of those around it, from the inside out."""
    texts: list[str] = []
    depth = 7
    for section in reversed(sections[: number + 1]):
        if section.depth < depth:
            depth = section.depth
            if depth > 1 and not _GENERAL.fullmatch(section.title.strip()):
                texts.append(section.title)
            texts += (inline(without_links(text)) for text in limits(section.text) if not text.startswith("[^"))
    return tuple(texts)


def _line_above(rule: Rule, section: Section) -> str:
    """Return the paragraph above a rule in a heading if it ends in a colon or a comma: it goes on in the rule."""
    above = section.text.split("\n")[: max(rule.span.line - section.line, 0)]
    while above and not above[-1].strip():
        above.pop()
    start = next((n for n in range(len(above), 0, -1) if not above[n - 1].strip()), 0)
    text = " ".join(" ".join(above[start:]).split())
    return inline(without_links(text)) if text.rstrip("*_ ").endswith(_UNFINISHED) else ""
