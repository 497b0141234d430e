"""The title of a skill, and the description by which an agent decides to load it."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from skills_build.compile.references import topic
from skills_build.compile.titles import one_line, skill_title
from skills_build.counts import counted
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Config
from skills_build.model.standard import Form, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.levels import read_levels

_TITLE_MAX_LENGTH: Final = 60
_VAGUE_TITLE: Final = re.compile(r"standards?|general|rules|guidelines|docs", re.IGNORECASE)
_GENERIC_TITLE: Final = re.compile(
    r"^(?:rules?|choices?|requirements?.*|withdrawn|examples?|why|overview|introduction|best practices)$|[.:?]|.{40}",
    re.IGNORECASE,
)
_LEAD_MAX_LENGTH: Final = 150
_LANGUAGE_NAMES: Final = {
    "python": "Python",
    "typescript": "TypeScript",
    "javascript": "JavaScript",
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
    "kotlin": "Kotlin",
    "swift": "Swift",
    "ruby": "Ruby",
    "csharp": "C#",
    "cpp": "C++",
    "c": "C",
    "php": "PHP",
    "sql": "SQL",
    "html": "HTML",
    "css": "CSS",
    "shell": "shell",
    "bash": "Bash",
    "scala": "Scala",
    "terraform": "Terraform",
    "docker": "Docker",
    "kubernetes": "Kubernetes",
}


def description(
    key: str, config: Config, standards: Sequence[Standard], rules: Iterable[PlacedRule], max_length: int
) -> str:
    """Return the author's description, else one of at most `max_length` characters from titles and applicability."""
    settings = config.skills.get(key)
    if settings and settings.description:
        return one_line(settings.description)
    title = skill_title(key, config, standards)
    if _VAGUE_TITLE.fullmatch(title):
        title = config.title
    if len(title) > _TITLE_MAX_LENGTH:
        title = title[:_TITLE_MAX_LENGTH].rsplit(" ", 1)[0]
    name = title if re.search(r"\bstandards?$", title, re.IGNORECASE) else f"{title} standards"
    lead = _lead(name, key, config, max_length)
    trigger = "Use when you decide how to" if _pages(standards) else "Use when you design, write or review"
    return portable(_fitted(f"{lead} {trigger}", _triggers(standards, tuple(rules)), max_length))


def _starts_with_level(text: str) -> bool:
    return any(level.start == 0 for level in read_levels(text))


def _pages(standards: Sequence[Standard]) -> bool:
    """Whether most standards are pages of one rule each, whose titles are instructions."""
    return 2 * sum(standard.rules[0].form is Form.DOCUMENT for standard in standards if standard.rules) > len(standards)


def _triggers(standards: Sequence[Standard], rules: Sequence[PlacedRule]) -> list[str]:
    """Return words that a task is likely to contain: titles of standards and sections, languages, technologies."""
    topics = [_lowered(topic(standard)) for standard in standards]
    if _pages(standards):
        topics = [topic for topic in topics if not _starts_with_level(topic)] or topics
    tools = [_display_name(word) for rule in rules for word in (*rule.scope.languages, *rule.scope.technologies)]
    by_section = {(rule.standard.path, _section(rule)): rule for rule in rules}
    titles = [
        _lowered(placed.standard.sections[number].title)
        for (_, number), placed in by_section.items()
        if 0 < number < len(placed.standard.sections)
    ]
    return _distinct([*topics, *tools, *(title for title in titles if title and not _GENERIC_TITLE.search(title))])


def _section(placed: PlacedRule) -> int:
    """Return the number of the section of a rule."""
    sections, number = placed.standard.sections, placed.rule.section
    resumes = sections[number].resumes if number < len(sections) else None
    return number if resumes is None else resumes


def _lead(name: str, key: str, config: Config, max_length: int) -> str:
    """Return what the skill contains, with the domain's description where that leaves room for a trigger."""
    domain = config.domains.get(key)
    about = one_line(domain.description).rstrip(".") if domain and domain.description else ""
    long = f"Apply the {name}: {_lowered(about)}."
    return long if about and len(long) <= min(_LEAD_MAX_LENGTH, max_length - 70) else f"Apply the {name}."


def index_description(title: str, max_length: int) -> str:
    """Return the index skill's description; `title` is the codex's."""
    title = title if len(title) <= _TITLE_MAX_LENGTH else title[:_TITLE_MAX_LENGTH].rsplit(" ", 1)[0]
    start = f"Look up any rule of the {title} by its id."
    long = (
        f"{start} Use when a review, a commit or a comment cites a rule id such as ABC-12, or to see which rules exist."
    )
    return portable(long if len(long) <= max_length else f"{start} Use when a rule id is cited.")


def portable(text: str) -> str:
    """Remove text that clients reject from a generated description: angle brackets of a title, runs of hyphens."""
    return one_line(re.sub(r"-{3,}", "-", re.sub(r"[<>]", " ", text))) if re.search(r"[<>]|---", text) else text


def overview(key: str, config: Config, standards: Sequence[Standard], rules: Sequence[PlacedRule]) -> str:
    """Return what a skill contains, in one or two sentences. It has no counts, which every new rule would change."""
    domain = config.domains.get(key)
    start = f"{one_line(domain.description).rstrip('.')}. " if domain and domain.description else ""
    blocking = [rule.blocks for rule in rules]
    topics = _joined([topic(standard) for standard in standards], max_length=400)
    force = " (all blocking)" if all(blocking) else " (some blocking)" if any(blocking) else ""
    return f"{start}Rules on {topics}{force}."


def _fitted(start: str, topics: Sequence[str], max_length: int) -> str:
    """Append the topics that fit; at least one, whatever its length."""
    shown: list[str] = []
    for word in topics:
        if shown and len(f"{start} {', '.join([*shown, word])}.") > max_length:
            continue
        shown.append(word)
    listed = f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)
    full = f"{start} {listed}."
    return full if len(full) <= max_length else f"{start} {', '.join(shown)}."


def _joined(words: Sequence[str], *, max_length: int) -> str:
    """Join words up to a length; the first is always included, and the rest are counted."""
    shown: list[str] = []
    for word in words:
        if shown and len(", ".join([*shown, word])) > max_length:
            return f"{', '.join(shown)} and {counted(len(words) - len(shown), 'more topic')}"
        shown.append(word)
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _distinct(words: Iterable[str]) -> list[str]:
    distinct: dict[str, str] = {}
    for word in words:
        distinct.setdefault(word.lower(), word)
    return list(distinct.values())


def _display_name(word: str) -> str:
    return _LANGUAGE_NAMES.get(word.lower(), word)


def _lowered(text: str) -> str:
    """Return text for the middle of a sentence: an initial capital becomes lower case unless it is part of a name."""
    text = visible_text(text)
    first = text.split(" ", 1)[0]
    rest = text.split(" ")[1:]
    if (
        first.lower() in _LANGUAGE_NAMES
        or not first[1:].islower()
        or any(word[:1].isupper() and word[1:].islower() for word in rest)
    ):
        return text
    return text[:1].lower() + text[1:]
