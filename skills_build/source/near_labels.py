"""Finds what an author meant as a label: another emphasis, a typing error, another word for it, no colon."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.dialect import LABELS
from skills_build.source.document import Inline
from skills_build.source.labels import Lead, NearLabel
from skills_build.source.levels import level_named
from skills_build.source.similar import nearest
from skills_build.source.values import status_problem

_SPACE: Final = "[ \t\u00a0\u2000-\u200a\u202f]"
_TAG: Final = r"</?(?:b|strong|em|i|u|mark|span)>"
_MARKS: Final = rf"(?:[*_`:;=?.\uff1a\ufe55]|\\[*_]|\](?:\([^()\n]{{0,80}}\))?|{_TAG})"
_LEAD: Final = re.compile(
    rf"{_SPACE}{{0,8}}+(?P<open>(?:[*_`]|\\[*_]|\[(?!\^)|{_TAG}){{0,8}}){_SPACE}{{0,8}}+"
    rf"(?P<word>[^\W\d_](?:\w|{_SPACE}|['’/-]){{0,32}}?)"
    rf"(?P<more>{_SPACE}{{0,3}}\([^()\n]{{0,40}}\)|{_SPACE}{{1,3}}\d{{1,3}})?"
    rf"(?P<tail>(?:{_SPACE}{{0,8}}+{_MARKS}){{0,12}})(?!{_SPACE}{{0,8}}+{_MARKS})"
    rf"(?:(?P<dash>{_SPACE}{{1,3}}[-\u2013\u2014](?={_SPACE}))|$|(?<=[*_`:;=?.\uff1a\ufe55>)\]])(?:(?=\s)|(?<=[:*>\uff1a])))",
    re.MULTILINE,
)
"""The start of a line that is a word in any emphasis, or none, with a colon or alone."""
_COLON: Final = re.compile("[:\uff1a\ufe55]")
_LIKE_COLON: Final = re.compile(r"[;=.]")
_BOLD: Final = re.compile(r"\*\*|__|<(?:b|strong)>|\\\*\\\*")
_MARK: Final = re.compile(r"[*_`]+")
_SYNONYMS: Final = {
    word: name
    for name, words in {
        "except": (
            "unless",
            "exemption",
            "exemptions",
            "excluding",
            "excluded",
            "exclusion",
            "exclusions",
            "exception",
            "exceptions",
            "exempt",
            "expect",
            "waiver",
            "waivers",
            "not for",
            "not applicable",
            "not applicable to",
            "does not apply",
            "does not apply to",
            "except for",
        ),
        "when": (
            "if",
            "condition",
            "conditions",
            "conditional",
            "whenever",
            "provided",
            "precondition",
            "preconditions",
            "provided that",
            "only if",
            "only when",
            "in case",
            "applicable when",
            "applies when",
            "applies if",
            "applicable if",
        ),
        "applies to": (
            "scope",
            "scopes",
            "applicability",
            "applies",
            "applicable to",
            "applies for",
            "valid for",
            "only for",
            "apply to",
            "limited to",
        ),
        "withdrawn": (
            "removed",
            "retired",
            "obsolete",
            "obsoleted",
            "abolished",
            "revoked",
            "withdrawn on",
            "withdrawn since",
            "removed on",
            "retired on",
        ),
        "use instead": (
            "replacement",
            "successor",
            "replaced by",
            "superseded by",
            "replaced with",
            "use this instead",
            "see instead",
        ),
        "why": (
            "rationale",
            "rationales",
            "reason",
            "reasons",
            "because",
            "motivation",
            "justification",
            "reasoning",
            "the reason",
            "why not",
        ),
        "check": (
            "verification",
            "verify",
            "how to check",
            "how to verify",
            "checked by",
            "verified by",
        ),
        "how": ("how to",),
        "see": (
            "reference",
            "references",
            "see also",
            "further reading",
        ),
        "instead of": (
            "instead",
            "rather than",
            "in place of",
        ),
        "good": (
            "example",
            "examples",
            "good example",
            "good examples",
            "good practice",
        ),
        "bad": (
            "wrong",
            "bad example",
            "bad examples",
            "bad practice",
            "anti pattern",
            "counter example",
            "counterexample",
        ),
        "status": (
            "state",
            "lifecycle",
            "maturity",
            "phase",
            "rule status",
            "current status",
        ),
    }.items()
    for word in words
}
_SCOPES: Final = {
    "languages": ("language", "languages", "programming language", "programming languages"),
    "technologies": ("technology", "technologies", "tech", "stack"),
    "paths": ("path", "paths", "file", "files", "glob", "globs"),
}
_STATUSES: Final = {
    "draft": ("draft", "proposed", "proposal"),
    "deprecated": ("deprecated", "deprecated since", "deprecated on", "deprecation"),
    "enforced": ("enforced", "blocking", "mandatory"),
    "approved": ("approved", "accepted"),
    "enforced from": (
        "enforced from",
        "enforced since",
        "effective",
        "effective from",
        "effective date",
        "valid from",
        "in force from",
        "binding from",
    ),
}
_LEVELS: Final = frozenset({"level", "severity", "requirement", "requirement level", "keyword", "obligation"})
_FRONT_MATTER: Final = ("owner", "reviewed", "stages", "skill", "priority", "domain")
_IN_PLAIN_TEXT: Final = frozenset({"unless", "exception", "exceptions", "rationale"})
"""Other words that are meant as a label without emphasis too."""
_SURE: Final = frozenset({"exception", "exceptions", "rationale", "reason", "reasons"})
"""Other words that mean the same as a label."""
_FIRST_WORDS: Final = re.compile(r"(?P<name>except|applies to|unless|status|withdrawn|deprecated)\s")
_OTHER_WORDS: Final = frozenset(
    {"then", "note", "notes", "where", "who", "what", "users", "goods", "food", "changelog"}
)
"""Words that are near a label and are none."""
ALONE: Final = frozenset(
    {
        "why",
        "except",
        "applies to",
        "status",
        "withdrawn",
        "use instead",
        "instead of",
        "change",
        "maps to",
        "decided by",
        "selected by",
        "audience",
    }
)
"""Labels that are not also a verb with which a sentence may start, so that they are meant without a colon too."""
_SCOPE_VALUE: Final = re.compile(r"\s*`?(?:languages?|technolog(?:y|ies)|paths?)`?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A lead in the body of a rule that is not read as a label. `nested` is whether it is in a list or quote."""

    lead: Lead
    inline: Inline
    nested: bool = False


def near_leads(text: str, taken: Collection[int], names: tuple[str, ...]) -> Iterator[Lead]:
    """Yield what looks like a label at the start of a line. `taken` are the places of labels that are read."""
    for at in (0, *(m.end() for m in re.finditer("\n", text))):
        match = None if at in taken else _LEAD.match(text, at)
        near = _near(match, text, names) if match else None
        if match and near:
            yield Lead(at + len(match[0]) - len(match[0].lstrip()), at + len(match[0].rstrip()), near=near)


def _near(match: re.Match[str], text: str, names: tuple[str, ...]) -> NearLabel | None:
    word = _normal(match["word"])
    tail = match["tail"]
    value = text[match.end() :].split("\n", 1)[0].strip()
    bold = bool(_BOLD.search(match["open"]))
    if word in names and not match["more"]:
        meant = _is_meant(match, word, value, bold=bold)
        near = NearLabel(meant=word, write=_written(word), exact=True, sure=True) if meant else None
    elif _COLON.search(tail) or (bold and (match["dash"] or word in _IN_PLAIN_TEXT)):
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
    return word in ALONE or (word == "when" and bool(value))


def _other(word: str, value: str, names: tuple[str, ...], match: re.Match[str]) -> NearLabel | None:
    """Return the label that another word stands for. It has to be emphasised: other words are only text."""
    if not match["open"]:
        meant = near_label(word, names) if word in _IN_PLAIN_TEXT and match["word"][:1].isupper() else None
        return NearLabel(meant=meant, write=_written(meant)) if meant else None
    if not _BOLD.search(match["open"]):
        meant = _SYNONYMS.get(word)
        return NearLabel(meant=meant, write=_written(meant)) if meant else None
    for key, words in _SCOPES.items():
        if word in words:
            return NearLabel(meant="applies to", write=f"{_written('applies to')} {key}:")
    for status, words in _STATUSES.items():
        if word in words:
            return NearLabel(meant="status", write=f"{_written('status')} {status}", sets_status=True)
    if word in _LEVELS and level_named(value):
        return NearLabel(meant="", help="write the level in the sentence of the rule, in capitals")
    if word in _FRONT_MATTER:
        return NearLabel(meant="", help=f"write `{word}:` in the front matter: it applies to all rules in the file")
    meant = near_label(word, names) or _by_value(word, value)
    if meant is None and (first := _FIRST_WORDS.match(f"{word} ")):
        meant = near_label(first["name"], names) or first["name"]
        meant = "status" if meant == "deprecated" else meant
    if meant is None or (meant == "status" and _no_status(word, value)):
        return None
    return NearLabel(
        meant=meant,
        write=_written(meant),
        sure=word in _SURE or (word not in _SYNONYMS and nearest(word, names) == meant),
    )


def _no_status(word: str, value: str) -> bool:
    """Return whether another word for `Status` has a value that is none, as in `State: a finite set`."""
    problem = status_problem(value.rstrip(".").strip("`*_ ")) if value else None
    return word in _SYNONYMS and problem is not None and problem.suggestion is None


def _by_value(word: str, value: str) -> str | None:
    if word in _OTHER_WORDS or not value:
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
    if word.lower() in _OTHER_WORDS:
        return None
    return _SYNONYMS.get(word.lower()) or nearest(word, names)
