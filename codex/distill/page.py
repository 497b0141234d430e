"""Writes a draft standard: one rule for each demand, in its words or in short, with its place and its exact quote."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from codex.distill.compaction import Compaction
from codex.distill.sentences import Demand
from skills_build import inert
from skills_build.frozen import dataclass
from skills_build.source.id_marks import OWN_ID
from skills_build.source.levels import read_levels

_RELATIVE_LINK: Final = re.compile(r"!?\[([^\[\]]*)\](?:\((?!https?://)[^()]*\)|\[[^\[\]]*\])")
_ID: Final = re.compile(rf"(?<!\s)\s*+\((?P<id>{OWN_ID})\)[.:]?$")
"""An id of a rule at the end of a sentence or heading."""
_ACTIVE: Final = re.compile(r"<[A-Za-z/!?]|\]\((?!https?://)")
"""HTML, and links that lead to a program."""
_TICKS: Final = re.compile(r"`{3,}")
MAX_TITLE: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRule:
    """A rule of a draft. Without a compaction, its sentence is the quote."""

    id: str
    demand: Demand
    compaction: Compaction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A draft standard. `source` is how the document is cited, `origin` its path from the draft, if it is known."""

    id: str
    title: str
    domain: str
    source: str
    rules: tuple[DraftRule, ...]
    origin: str = ""


def page_text(page: DraftPage) -> str:
    """Return the text of a draft."""
    title = _heading((page.title,))[:MAX_TITLE]
    facts = {"id": page.id, "title": title, "domain": page.domain, "status": "draft"}
    facts |= {"origin": page.origin} if page.origin else {}
    front = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    lines = ["---", *front, "---", "", f"# {title}", "", *_introduction(page), *_rules(page)]
    return "\n".join(lines).rstrip() + "\n"


def _introduction(page: DraftPage) -> Iterator[str]:
    yield f"A draft of the requirements in {_code(page.source)}. Compare each rule with its quote, and add the reasons."
    yield "Then change `status`. Drafts are never part of the output."
    yield ""


def _rules(page: DraftPage) -> Iterator[str]:
    section: tuple[str, ...] | None = None
    for rule in page.rules:
        if rule.demand.section != section:
            section = rule.demand.section
            yield f"## {_heading(section) if section != (page.title,) else 'Rules'}"
            yield ""
        yield from _rule(rule, page.source)


def _rule(rule: DraftRule, source: str) -> Iterator[str]:
    demand, short = rule.demand, rule.compaction
    yield f"### {plain(short.statement) if short else statement(demand)} ({rule.id})"
    yield ""
    labels = [f"**When:** {plain(short.when)}"] if short and short.when else []
    labels += [f"**Use:** {plain(short.use)}"] if short and short.use else []
    yield from (*labels, f"**See:** {_code(f'{source}:{demand.span.line}')}", "")
    if demand.items:
        items = "\n".join(_dedented(demand.items))
        yield from (inert.page(items) if _ACTIVE.search(items) else items, "")
    yield from (*_fenced(demand.quote), "")


def statement(demand: Demand) -> str:
    """Return a demand as the sentence of a rule: on one line, without relative links and its full stop."""
    text = plain(demand.sentence)
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def stated_id(demand: Demand) -> str:
    """Return the id of a rule at the end of a demand, empty if it has none."""
    match = _ID.search(one_line(demand.quote))
    return match["id"] if match else ""


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _heading(section: Sequence[str]) -> str:
    """Return a title without an id and without a level in upper case, so that it is not read as a rule."""
    title = plain(section[-1]) if section else "Rules"
    return title.lower() if read_levels(title) else title or "Rules"


def plain(text: str) -> str:
    """Return a text on one line for a heading: without an id and relative links.

    HTML, other links, and characters that are hidden or control a terminal are text.
    """
    flat = _ID.sub("", _RELATIVE_LINK.sub(r"\1", one_line(text)))
    return inert.prose(flat, most=0) if _ACTIVE.search(flat) or not flat.isprintable() else flat


def _code(text: str) -> str:
    flat = one_line(text).replace("`", "'")
    return f"`{flat}`"


def _fenced(quote: str) -> Iterator[str]:
    longest = max((len(ticks[0]) for ticks in _TICKS.finditer(quote)), default=2)
    fence = "`" * (longest + 1)
    yield from (f"{fence}text", *quote.split("\n"), fence)


def _dedented(items: str) -> Iterator[str]:
    lines = items.split("\n")
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return (line[indent:] for line in lines)
