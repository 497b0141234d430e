"""Reads the levels in a text. This is the only place that decides what MUST, SHOULD, MAY and their variants mean.

Levels are read from the text as a reader sees it: without markup, with entities resolved. What can be read in two ways
has a `doubt` and no level, because an agent that gets MUST for MUST NOT does what is forbidden.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import Level
from skills_build.source.negations import negated_before, negation
from skills_build.source.rendered import CODE, STRUCK, Rendered, prose, render

_MODALS: Final = {"MUST": Level.MUST, "SHALL": Level.MUST, "SHA": Level.MUST, "SHOULD": Level.SHOULD, "MAY": Level.MAY}
_ADJECTIVES: Final = {"REQUIRED": Level.MUST, "RECOMMENDED": Level.SHOULD, "OPTIONAL": Level.MAY}
WORDS: Final = ("MUST", "SHALL", "SHOULD", "MAY", *_ADJECTIVES, "NOT")
"""The words that levels consist of (RFC 2119)."""
STRUCK_OUT: Final = "is struck out"
RESTRICTS: Final = "restricts"
"""The remark about `MAY only`."""
RESTRICTS_OTHERS: Final = "restricts others"
"""The remark about a subject with `only`: `Only admins MAY`."""
QUESTIONED: Final = "has a question mark"
"""The doubt about `MUST?`."""
CONTRADICTED: Final = "names two levels"
"""The doubt about `MUST (optional)`."""
_STRUCK_OUT: Final = re.compile(r"~~.*~~|<(?P<tag>del|s|strike)>.*</(?P=tag)>", re.DOTALL | re.IGNORECASE)

_WORD: Final = re.compile(
    r"(?<!\w)(?<!non-)(?:(?P<modal>must|shall|sha(?=n['’ʼ´`]?t)|should|may)(?=\W|_|n['’ʼ´`]?t|not|never|\Z)"
    r"|(?P<before>(?:\bnot|n['’]t|\bnever|\bno longer)\s+(?:(?:be|strictly|always)\s+)?)?"
    r"(?P<adjective>required|recommended|optional)(?!\w))",
    re.IGNORECASE,
)
_RESTRICTED: Final = re.compile(r"\s+only(?!\w)", re.IGNORECASE)
_ONLY_SUBJECT: Final = re.compile(
    r"(?:\A|[.;:,]\s)\W{0,9}only\s(?!if\b|when\b|where\b|then\b)[^,;:.]{1,80}\Z", re.IGNORECASE
)
"""A subject that excludes all others: "Only gateways MAY"."""
_NOT_TO: Final = re.compile(r"\s{1,3}not\s{1,3}to(?!\w)", re.IGNORECASE)
_QUESTION: Final = re.compile(r"\s{0,3}(?:[(\[]\s?[?\uff1f]{1,3}\s?[)\]]|[?\uff1f])")
_ASIDES: Final = {
    True: r"optional(?:ly)?|recommended|advisory|suggested|voluntary|not (?:required|mandatory|binding|blocking)",
    False: r"required|mandatory|compulsory|obligatory|binding|blocking",
}
"""Words for other levels, by whether the level is MUST or MUST NOT."""
_OTHER: Final = {
    binding: re.compile(rf"\s{{0,3}}[(\[]\s?(?:{words}|(?:but|still) (?:{words}))\s?[)\]]", re.IGNORECASE)
    for binding, words in _ASIDES.items()
}
"""Such a word in brackets, alone, directly after a level."""
_ALTERNATIVE: Final = re.compile(
    r"\s{0,2}(?:/|\||,?\s(?:and/or|or)\s)\s{0,2}(?P<modal>MUST|SHALL|SHOULD|MAY)(?P<not>\s{1,3}NOT)?(?![\w-])"
    r"(?![^\n]{0,500}\b(?:MUST|SHALL|SHOULD|MAY)\b)"
)
"""A second level in place of the first: `MUST/SHOULD`. Levels in front of the one that counts are only mentioned."""
_DAY: Final = re.compile(r"\s+\d")
_LETTER: Final = re.compile(r"\w")
_QUICK: Final = re.compile(
    r"[&*_<\\\u00ad\u200b-\u200d\u2060\ufeff]|must|shall|shan|should|may|required|recommended|optional", re.I
)


@dataclass(frozen=True, slots=True)
class LevelWord:
    """A level in a text: `text[start:end]` as written, `word` as a reader sees it.

    With a `doubt`, the level is unknown; `negator` are the words that negate it in a form that is not standard. With a
    `remark`, it is known but readers may take it for another one.
    """

    word: str
    start: int
    end: int
    level: Level | None
    doubt: str = ""
    remark: str = ""
    negator: str = ""

    @property
    def usual(self) -> bool:
        """Whether it is spelled like one of the five keywords, in one case throughout."""
        return self.level is not None and self.word in (
            self.level.value,
            self.level.value.lower(),
            str(self.level).capitalize(),
        )

    @property
    def synonym(self) -> bool:
        """Whether it is a keyword of RFC 2119 with the meaning of one of the five."""
        return self.level is not None and not self.word.upper().startswith(("MUST", "SHOULD", "MAY"))


def read_levels(text: str, plain: str | None = None, *, any_case: bool = False) -> tuple[LevelWord, ...]:
    """Return the levels of a piece of Markdown in their order; with `any_case`, also those in lower case.

    `plain` is the text with spaces for what is not prose, as in `Inline`. An adjective such as OPTIONAL counts only in
    a text without a verb such as MUST, because "OPTIONAL fields MUST be documented" is a MUST.
    """
    return _read(text, prose(text) if plain is None else plain, any_case)


@lru_cache(maxsize=4096)
def _read(text: str, plain: str, any_case: bool) -> tuple[LevelWord, ...]:
    if not _QUICK.search(text):
        return ()
    seen = render(text, plain)
    found = tuple(_found(seen, any_case=any_case))
    verbs = tuple(word for verb, word in found if verb)
    return verbs or tuple(word for _, word in found)


def _found(seen: Rendered, *, any_case: bool) -> Iterator[tuple[bool, LevelWord]]:
    """Yield each level, and whether it is a verb."""
    strikes = [place for place, character in enumerate(seen.text) if character == STRUCK] if STRUCK in seen.text else []
    for match in _WORD.finditer(seen.text):
        name = match["modal"] or match["adjective"]
        if not (name.isupper() or any_case) or (name == "May" and _DAY.match(seen.text, match.end())):
            continue
        word = _verb(seen, match) if match["modal"] else _adjective(seen, match)
        if word is not None and bisect_left(strikes, match.start()) % 2:
            word = replace(word, level=None, doubt=STRUCK_OUT, remark="")
        if word is not None:
            yield bool(match["modal"]), word


def _verb(seen: Rendered, match: re.Match[str]) -> LevelWord | None:
    level = _MODALS[match["modal"].upper()]
    negated = negation(seen.text, match.end(), level)
    end = match.end() if negated is None else negated.end
    if negated is None and _LETTER.match(seen.text, end):
        return None
    if negated is not None:
        level = negated.level or level
    doubt = negated.doubt if negated else ""
    if not doubt and (unclear := _unclear(seen.text, end, level)):
        doubt, end = unclear
    note = doubt or _remark(seen.text, match.start(), end, level)
    word = _word(seen, match.start(), end, None if doubt else level, note)
    return replace(word, negator=negated.words) if negated and negated.words else word


def _unclear(text: str, end: int, level: Level) -> tuple[str, int] | None:
    """Return why the characters after a level put it in doubt, and where they end."""
    for pattern, doubt in ((_QUESTION, QUESTIONED), (_OTHER[level.binding], CONTRADICTED)):
        if match := pattern.match(text, end):
            return doubt, match.end()
    other = _ALTERNATIVE.match(text, end) if text[end - 1].isupper() else None
    if other and (_MODALS[other["modal"]] is not level or other["not"]):
        return CONTRADICTED, other.end()
    return None


def _remark(text: str, start: int, end: int, level: Level) -> str:
    if level.negative:
        return ""
    if forbids := negated_before(text, start, level):
        return forbids
    if level is not Level.MAY:
        return ""
    if _RESTRICTED.match(text, end):
        return RESTRICTS
    return RESTRICTS_OTHERS if _ONLY_SUBJECT.search(text, max(start - 160, 0), start) else ""


def _adjective(seen: Rendered, match: re.Match[str]) -> LevelWord:
    level = _ADJECTIVES[match["adjective"].upper()]
    if behind := _NOT_TO.match(seen.text, match.end()):
        end = behind.end() - len("to")
        return _word(seen, match.start(), end, None, "can be read in two ways")
    if not match["before"]:
        return _word(seen, match.start(), match.end(), level, "")
    if level is Level.SHOULD and match["before"].strip().lower() == "not":
        return _word(seen, match.start(), match.end(), Level.SHOULD_NOT, "")
    return _word(seen, match.start(), match.end(), None, "can be read in two ways")


def _word(seen: Rendered, start: int, end: int, level: Level | None, note: str) -> LevelWord:
    word = re.sub(r"\s+", " ", seen.text[start:end]).replace(CODE, "`").replace(STRUCK, "~~").strip()
    first, last = seen.range(start, end)
    return LevelWord(word, first, last, level, *(("", note) if level else (note, "")))


_IN_CODE: Final = re.compile(
    r"(?<![\w`])(?P<before>[A-Za-z][\w-]*)\s+`(?P<word>(?:MUST|SHALL|SHOULD)(?: NOT)?|MAY)`\s+(?P<after>[a-z][\w-]*)"
)
_MENTIONS: Final = frozenset(
    {
        *(
            "a",
            "an",
            "the",
            "of",
            "in",
            "on",
            "with",
            "without",
            "for",
            "from",
            "to",
            "by",
            "as",
            "like",
            "than",
            "or",
            "and",
        ),
        *(
            "word",
            "words",
            "keyword",
            "keywords",
            "level",
            "levels",
            "verb",
            "verbs",
            "term",
            "terms",
            "label",
            "say",
            "says",
        ),
        *(
            "use",
            "uses",
            "used",
            "using",
            "write",
            "writes",
            "written",
            "contain",
            "contains",
            "name",
            "names",
            "read",
            "reads",
        ),
        *(
            "rule",
            "rules",
            "each",
            "every",
            "no",
            "any",
            "is",
            "are",
            "means",
            "must",
            "should",
            "may",
            "not",
            "only",
            "both",
        ),
    }
)
"""Words next to a level that is only mentioned, as in `rules with MUST are blocking`."""


def level_in_code(text: str, end: int) -> LevelWord | None:
    """Return the first level before `end` that is in code but where the verb of a sentence is; None without one."""
    for match in _IN_CODE.finditer(text, 0, end):
        if match["before"].lower() not in _MENTIONS and match["after"] not in _MENTIONS:
            return LevelWord(match["word"], match.start("word") - 1, match.end("word") + 1, level_named(match["word"]))
    return None


def level_named(name: str) -> Level | None:
    """Return the level that a word or a cell stands for, in any spelling: `MUST-NOT`, `must not`, `**MUST NOT**`."""
    text = name.strip().strip("()[].,;:!").strip()
    words = read_levels(text, any_case=True)
    if len(words) != 1 or words[0].level is None or words[0].remark:
        return None
    rest = text[: words[0].start] + text[words[0].end :]
    return words[0].level if not re.search(r"\w", rest) else None


def is_struck_out(text: str) -> bool:
    """Return whether all of a piece of Markdown is struck out."""
    return bool(_STRUCK_OUT.fullmatch(text.strip()))


def without_levels(text: str) -> str:
    """Return Markdown of the same length with spaces for its levels."""
    for word in read_levels(text):
        text = text[: word.start] + " " * (word.end - word.start) + text[word.end :]
    return text
