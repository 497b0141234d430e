"""Finds what an author meant as a label: another emphasis, a typing error, another word for it, no colon."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.dialect import LABELS
from skills_build.source.document import Inline
from skills_build.source.label_words import (
    ALONE,
    ENDS,
    FACTS,
    FRONT_MATTER,
    IN_PLAIN_TEXT,
    KINDS,
    LEVELS,
    LIMITS,
    OF_CODE,
    OPPOSITES,
    OTHER_WORDS,
    SCOPES,
    STATUSES,
    SURE,
    SYNONYMS,
)
from skills_build.source.labels import Lead, NearLabel, is_after_sentence
from skills_build.source.levels import level_named
from skills_build.source.opposites import is_opposite
from skills_build.source.similar import nearest, negated
from skills_build.source.values import status_problem
from skills_build.vocabulary import canonical, known

_SPACE: Final = "[ \t\u00a0\u2000-\u200a\u202f]"
_TAG: Final = r"</?(?:b|strong|em|i|u|mark|span)>"
_MARKS: Final = (
    rf"(?:[*_`:;=?.\uff1a\ufe55]|\\[*_]|\](?:\([^()\n]{{0,80}}\))?|{_TAG}|[-\u2013\u2014](?=(?:\*\*|__|</)))"
)
_OPENS: Final = rf"(?:(?<={_SPACE})[*_`]{{1,6}}[^\s*_`:;=?.\uff1a\ufe55)\]])"
"""The start of a value in code or emphasis, which is not part of the label in front of it."""
_SYMBOL: Final = rf"(?:[\u2190-\u2bff\U0001f300-\U0001faff]\ufe0f?{_SPACE}{{0,2}}+){{0,2}}"
"""Symbols such as a cross or a check mark."""
_LEAD: Final = re.compile(
    rf"{_SPACE}{{0,8}}+{_SYMBOL}(?P<open>(?:[*_`]|\\[*_]|\[(?!\^)|{_TAG}){{0,8}}){_SPACE}{{0,8}}+{_SYMBOL}"
    rf"(?P<word>[^\W\d_](?:\w|{_SPACE}|['’/-]){{0,32}}?)"
    rf"(?P<more>{_SPACE}{{0,3}}\([^()\n]{{0,40}}\)|{_SPACE}{{1,3}}\d{{1,3}})?"
    rf"(?P<tail>(?:{_SPACE}{{0,8}}+(?!{_OPENS}){_MARKS}){{0,12}})(?!{_SPACE}{{0,8}}+(?!{_OPENS}){_MARKS})"
    rf"(?:(?P<dash>{_SPACE}{{1,3}}[-\u2013\u2014](?={_SPACE}))|$|(?<=[*_`:;=?.\uff1a\ufe55>)\]])(?:(?=\s)|(?<=[:*>\uff1a])))",
    re.MULTILINE,
)
"""The start of a line that is a word in any emphasis, or none, with a colon or alone."""
_BOLD_WORD: Final = re.compile(r"(?<=[\s>])\*\*[^\W\d_][\w '’-]{1,32}?(?::\*\*|\*\*:)(?!\*)")
_COLON: Final = re.compile("[:\uff1a\ufe55]")
_LIKE_COLON: Final = re.compile(r"[;=.\u2013\u2014-]")
_BOLD: Final = re.compile(r"\*\*|__|<(?:b|strong)>|\\\*\\\*")
_MARK: Final = re.compile(r"[*_`]+")
_FIRST_WORDS: Final = re.compile(r"(?P<name>except|applies to|unless|status|withdrawn|deprecated)\s")
_LONGEST_FACT: Final = 6
_SENTENCE: Final = re.compile(r"[.!?](?:\s|$)|\b(?:is|are|the|must|should|may|can|will|do|does)\b", re.IGNORECASE)
_LONG: Final = 8
"""Shorter words are similar to too many others."""
_NOT: Final = re.compile(
    r"(?:no|not|none|never|false|off|optional|advisory|recommended|informational)\b", re.IGNORECASE
)
"""The start of a value that says that a rule is not enforced."""
_DATE: Final = re.compile(r"\d{4}|\d{1,2}[./]\d{1,2}")
_SCOPE_VALUE: Final = re.compile(r"\s*`?(?:languages?|technolog(?:y|ies)|kinds?|paths?)`?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A lead in the body of a rule that is not read as a label. `nested` is whether it is in a list or quote."""

    lead: Lead
    inline: Inline
    nested: bool = False


def near_leads(text: str, read: Sequence[Lead], names: tuple[str, ...]) -> Iterator[Lead]:
    """Yield what looks like a label where labels are read: at the start of a line, or after one on its line.

    `read` are the labels that are read.
    """
    taken = {lead.start for lead in read}
    for at in (0, *(m.end() for m in re.finditer("\n", text)), *_behind(text, read)):
        match = None if at in taken else _LEAD.match(text, at)
        near = _near(match, text, names) if match else None
        if match and near:
            yield Lead(at + len(match[0]) - len(match[0].lstrip()), at + len(match[0].rstrip()), near=near)


def _behind(text: str, read: Sequence[Lead]) -> Iterator[int]:
    """Yield the places of bold words with a colon that follow a sentence on a line that starts with a label."""
    for match in _BOLD_WORD.finditer(text) if read else ():
        line = text.rfind("\n", 0, match.start()) + 1
        last = next((lead for lead in reversed(read) if line <= lead.start < match.start()), None)
        if last and is_after_sentence(text, last, match.start()):
            yield match.start()


def _near(match: re.Match[str], text: str, names: tuple[str, ...]) -> NearLabel | None:
    word = _normal(match["word"])
    tail = match["tail"]
    value = text[match.end() :].split("\n", 1)[0].strip()
    bold = bool(_BOLD.search(match["open"]))
    if word in names and not match["more"]:
        meant = _is_meant(match, word, value, bold=bold)
        near = NearLabel(meant=word, write=_written(word), exact=True, sure=True) if meant else None
    elif _COLON.search(tail) or (bold and (match["dash"] or word in IN_PLAIN_TEXT)):
        near = _other(word, value, names, match)
    elif bold and word in names and tail:
        near = NearLabel(meant=word, write=_written(word), exact=True, sure=True)
    else:
        near = None
    if near is None:
        return None
    return replace(near, plain=not match["open"], closed=_is_closed(match))


def _is_meant(match: re.Match[str], word: str, value: str, *, bold: bool) -> bool:
    """Return whether the word of a label is written as one, in another form."""
    tail = match["tail"]
    if _COLON.search(tail):
        if match["open"] or match["word"][:1].isupper():
            return True
        if word == "status":
            return not status_problem(value)
        return word in ALONE - {"change", "audience"} and match.start() == 0
    if not bold:
        return False
    if _LIKE_COLON.search(tail):
        return True
    return word in ALONE or (word == "when" and bool(value)) or (word in ("bad", "good") and not value)


def _other(word: str, value: str, names: tuple[str, ...], match: re.Match[str]) -> NearLabel | None:
    """Return the label that another word stands for. It has to be emphasised: other words are only text."""
    if not match["open"]:
        meant = near_label(word, names) if word in IN_PLAIN_TEXT and match["word"][:1].isupper() else None
        return NearLabel(meant=meant, write=_written(meant)) if meant else None
    if not _BOLD.search(match["open"]):
        meant = SYNONYMS.get(word)
        return NearLabel(meant=meant, write=_written(meant)) if meant else None
    return _several(word, names) or _opposite(f"{word}{match['more'] or ''}", value, names) or _bold(word, value, names)


def _several(word: str, names: tuple[str, ...]) -> NearLabel | None:
    """Return what to write in place of bold words that are several labels, such as `Why and Except`."""
    pieces = re.split(r" (?:and|or) ", word)
    if len(pieces) < 2 or any(piece not in names for piece in pieces):
        return None
    written = " and ".join(f"`{_written(piece)}`" for piece in pieces)
    return NearLabel(meant="", help=f"write {written} on separate lines")


def _opposite(word: str, value: str, names: tuple[str, ...]) -> NearLabel | None:
    """Return what to write in place of a bold word that negates a label, or a status: no label is its opposite."""
    if word in SYNONYMS:
        return None
    scopes = (name for words in SCOPES.values() for name in words)
    statuses = tuple(name for words in STATUSES.values() for name in words)
    denied = "instead of" if word == "instead" else negated(word, (*names, *scopes, *statuses)) or _contained(word)
    if denied is None and is_opposite(word, "") and (by_value := _by_value(word, value)):
        denied = by_value
    if denied is None:
        return None
    meant = denied if denied in names else "status" if denied in statuses else "applies to"
    default = f"there is no label for the opposite of `{meant.capitalize()}`: state the opposite in the rule's sentence"
    sets_status = meant == "status" or denied in statuses
    return NearLabel(meant="", help=OPPOSITES.get(meant, default), sets_status=sets_status)


def _contained(word: str) -> str | None:
    """Return the label that some words contain and negate: `use` in `do not use`."""
    words = f" {word} "
    return next((name for name in OPPOSITES if f" {name} " in words and is_opposite(word, name)), None)


def _bold(word: str, value: str, names: tuple[str, ...]) -> NearLabel | None:
    """Return the label that a bold word stands for."""
    for key, words in SCOPES.items():
        if word in words:
            return NearLabel(meant="applies to", write=f"{_written('applies to')} {key}:")
    if word in LIMITS and _is_fact(value):
        return NearLabel(meant="applies to", write=_written("applies to"))
    if word in KINDS and all(canonical("kinds", one.strip(" `.")) in known("kinds") for one in value.split(",")):
        return NearLabel(meant="applies to", write=f"{_written('applies to')} kinds:")
    if word in ENDS and _DATE.search(value):
        help_ = "a rule has no last day: on that day, write `**Withdrawn:**` and the date, or `**Status:** deprecated`"
        return NearLabel(meant="", help=help_, sets_status=True)
    for status, words in STATUSES.items():
        if word in words:
            if status == "enforced" and _NOT.match(value.strip("`*_ ")):
                help_ = f"write `{_written('status')} approved`: a rule that is approved is advisory"
                return NearLabel(meant="status", help=help_, sets_status=True)
            write = f"{_written('status')} {status}"
            if value and status_problem(f"{status} {value}".rstrip(".")) is not None:
                help_ = f"write `{write}` instead, and the rest as ordinary text"
                return NearLabel(meant="status", help=help_, sets_status=True)
            return NearLabel(meant="status", write=write, sets_status=True)
    if word in LEVELS and level_named(value):
        return NearLabel(meant="", help="write the level in capitals in the rule's sentence")
    if word in FRONT_MATTER:
        return NearLabel(
            meant="", help=f"write `{word}:` in the front matter, where it applies to all rules in the file"
        )
    if word in FACTS and _is_fact(value):
        return NearLabel(meant="", help=FACTS[word])
    for side, words in OF_CODE.items():
        if word in words and not value:
            return NearLabel(meant=side, write=_written(side), of_code=True)
    meant = near_label(word, names) or _by_value(word, value)
    if meant == "applies to" and near_label(word, names) is None and not _FIRST_WORDS.match(word):
        return NearLabel(
            meant=meant,
            help=f"after `{_written(meant)}`, write where the rule applies; write exceptions after `**Except:**`",
        )
    if meant is None and (first := _FIRST_WORDS.match(f"{word} ")):
        meant = near_label(first["name"], names) or first["name"]
        meant = "status" if meant == "deprecated" else meant
    if meant is None or (meant == "status" and _no_status(word, value)):
        return None
    return NearLabel(
        meant=meant,
        write=_written(meant),
        sure=word in SURE or (word not in SYNONYMS and nearest(word, names) == meant),
    )


def _is_fact(value: str) -> bool:
    """Return whether the text after a bold word is a value and not a sentence."""
    return 0 < len(value.split()) <= _LONGEST_FACT and not _SENTENCE.search(value)


def _no_status(word: str, value: str) -> bool:
    """Return whether another word for `Status` has a value that is not a status, as in `State: a finite set`."""
    problem = status_problem(value.rstrip(".").strip("`*_ ")) if value else None
    return word in SYNONYMS and problem is not None and problem.suggestion is None


def _by_value(word: str, value: str) -> str | None:
    if word in OTHER_WORDS or not value:
        return None
    if _SCOPE_VALUE.match(value):
        return "applies to"
    return "status" if status_problem(value.rstrip(".").strip("`*_ ")) is None else None


def _is_closed(match: re.Match[str]) -> bool:
    """Return whether all emphasis that a lead opens ends in it, so that it can be replaced as a whole."""
    marks = "".join(_MARK.findall(match["open"]))
    ends = "".join(_MARK.findall(match["tail"]))
    return marks == ends[::-1] and not re.search(r"[<\\\[]", match["open"]) and not match["more"]


def _normal(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).replace("’", "'").casefold()
    return re.sub(r"[\s_/-]+", " ", plain).strip()


def _written(name: str | None) -> str:
    return f"**{str(name).capitalize()}:**"


@lru_cache(maxsize=512)
def near_label(word: str, names: tuple[str, ...] = LABELS) -> str | None:
    """Return the label that a word was meant to be."""
    if word.lower() in OTHER_WORDS:
        return None
    return SYNONYMS.get(word.lower()) or nearest(word, names) or SYNONYMS.get(_misspelt(word.lower()))


def _misspelt(word: str) -> str:
    """Return the long other word for a label that a word is nearly the same as; the word itself without one."""
    from difflib import get_close_matches

    long = [one for one in SYNONYMS if len(one) >= _LONG]
    near = [one for one in get_close_matches(word, long, n=1, cutoff=0.9) if not is_opposite(word, one)]
    return near[0] if near else word
