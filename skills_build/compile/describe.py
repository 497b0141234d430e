"""What a skill says of itself: title, and the description that makes an agent load it at the right moment."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from skills_build.compile.references import topic
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Config
from skills_build.model.standard import Form, Standard
from skills_build.source.candidates import visible_text

_LEAD_MOST: Final = 60
_VAGUE: Final = re.compile(r"standards?|general|rules|guidelines|docs", re.IGNORECASE)
_USUAL: Final = re.compile(
    r"^(?:rules?|choices?|requirements?.*|withdrawn|examples?|why|overview|introduction|best practices)$|[.:?]|.{40}",
    re.IGNORECASE,
)
_ABOUT_MOST: Final = 150
_NAMES: Final = {
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


def skill_title(key: str, config: Config, standards: Iterable[Standard] = ()) -> str:
    """The title an author gave a skill or its domain, else its key in words, spelt as its standards spell them."""
    settings, domain = config.skills.get(key), config.domains.get(key)
    given = (settings.title if settings else None) or (domain.title if domain else None)
    if given:
        return one_line(given)
    words = " ".join(_spelt(word, standards) for word in key.replace("_", "-").split("-") if word)
    return words[:1].upper() + words[1:]


def _spelt(word: str, standards: Iterable[Standard]) -> str:
    """A word as it is most often written in titles and rules, if that has capitals, such as `HTTP`."""
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    texts = (text for standard in standards for text in (standard.title, *(rule.statement for rule in standard.rules)))
    found = Counter(spelling for text in texts for spelling in pattern.findall(text) if not spelling[1:].islower())
    return min(found, key=lambda spelling: (-found[spelling], spelling)) if found and len(word) > 1 else word


def description(key: str, config: Config, standards: Sequence[Standard], rules: Iterable[PlacedRule], most: int) -> str:
    """The author's description word for word, else one derived from titles and applicability, at most `most` long."""
    settings = config.skills.get(key)
    if settings and settings.description:
        return one_line(settings.description)
    title = skill_title(key, config, standards)
    if _VAGUE.fullmatch(title):
        title = config.title
    if len(title) > _LEAD_MOST:
        title = title[:_LEAD_MOST].rsplit(" ", 1)[0]
    named = title if re.search(r"\bstandards?$", title, re.IGNORECASE) else f"{title} standards"
    lead = _lead(named, key, config, most)
    trigger = "Use when you decide how to" if _pages(standards) else "Use when you design, write or review"
    return _fitted(f"{lead} {trigger}", _triggers(standards, tuple(rules)), most)


def _pages(standards: Sequence[Standard]) -> bool:
    """True where most standards are pages of one rule each, whose titles say what to do."""
    return 2 * sum(standard.rules[0].form is Form.DOCUMENT for standard in standards if standard.rules) > len(standards)


def _triggers(standards: Sequence[Standard], rules: Sequence[PlacedRule]) -> list[str]:
    """Words that a task is likely to contain: titles of standards, languages and technologies, titles of sections."""
    topics = [_lowered(topic(standard)) for standard in standards]
    if _pages(standards):
        topics = [topic for topic in topics if not topic.startswith(("MUST", "SHOULD", "MAY"))] or topics
    tools = [_named(word) for rule in rules for word in (*rule.scope.languages, *rule.scope.technologies)]
    places = {(rule.standard.path, rule.rule.section): rule for rule in rules}
    titles = [
        _lowered(one.standard.sections[number].title)
        for (_, number), one in places.items()
        if 0 < number < len(one.standard.sections)
    ]
    return _distinct([*topics, *tools, *(title for title in titles if title and not _USUAL.search(title))])


def _lead(named: str, key: str, config: Config, most: int) -> str:
    """What the skill holds, with the domain's own words where they leave room for a trigger."""
    domain = config.domains.get(key)
    about = one_line(domain.description).rstrip(".") if domain and domain.description else ""
    long = f"Apply the {named}: {_lowered(about)}."
    return long if about and len(long) <= min(_ABOUT_MOST, most - 70) else f"Apply the {named}."


def index_description(title: str, most: int) -> str:
    """The index skill's description; `title` is the codex's."""
    title = title if len(title) <= _LEAD_MOST else title[:_LEAD_MOST].rsplit(" ", 1)[0]
    start = f"Look up any rule of the {title} by its id."
    long = (
        f"{start} Use when a review, a commit or a comment cites a rule id such as ABC-12, or to see which rules exist."
    )
    return long if len(long) <= most else f"{start} Use when a rule id is cited."


def overview(key: str, config: Config, standards: Sequence[Standard], rules: Sequence[PlacedRule]) -> str:
    """What a skill holds, in a sentence or two: its topics and how many rules of which force."""
    domain = config.domains.get(key)
    start = f"{one_line(domain.description).rstrip('.')}. " if domain and domain.description else ""
    blocking = sum(rule.blocks for rule in rules)
    topics = _joined([topic(standard) for standard in standards], most=400)
    count = f"{len(rules)} rule{'s' if len(rules) != 1 else ''}"
    force = f" ({_share(blocking, len(rules))})" if blocking else ""
    return f"{start}{count} on {topics}{force}."


def _share(part: int, whole: int) -> str:
    if part == whole:
        return "blocking" if whole == 1 else "all blocking"
    return f"{part} blocking"


def one_line(text: str) -> str:
    """Text without line breaks and runs of blanks."""
    return re.sub(r"\s+", " ", text).strip()


def _fitted(start: str, topics: Sequence[str], most: int) -> str:
    """As many topics as fit; at least one, however long."""
    shown: list[str] = []
    for word in topics:
        if shown and len(f"{start} {', '.join([*shown, word])}.") > most:
            continue
        shown.append(word)
    listed = f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)
    full = f"{start} {listed}."
    return full if len(full) <= most else f"{start} {', '.join(shown)}."


def _joined(words: Sequence[str], *, most: int) -> str:
    shown: list[str] = []
    for word in words:
        if shown and len(", ".join([*shown, word])) > most:
            return f"{', '.join(shown)} and {len(words) - len(shown)} more topics"
        shown.append(word)
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _distinct(words: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.lower(), word)
    return list(found.values())


def _named(word: str) -> str:
    return _NAMES.get(word.lower(), word)


def _lowered(text: str) -> str:
    """Text for the middle of a sentence: a capital that only opens it goes, a name's stays."""
    text = visible_text(text)
    first = text.split(" ", 1)[0]
    rest = text.split(" ")[1:]
    if (
        first.lower() in _NAMES
        or not first[1:].islower()
        or any(word[:1].isupper() and word[1:].islower() for word in rest)
    ):
        return text
    return text[:1].lower() + text[1:]
