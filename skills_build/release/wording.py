"""Compares the words of two versions of a rule: whether they differ in more than typography, and what they require.

Typography is the case of words, punctuation, markup, code marks, spaces and line breaks. Everything else, such as a
line through words or round brackets around them, can change the meaning, and no program knows how. A change of code
inside code marks is a change of words.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import Level
from skills_build.source.html_elements import COMMENT

_CODE: Final = re.compile(r"(?<!`)(`+)([^`]+)\1(?!`)")
_LINK: Final = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|br|code|em|i|kbd|mark|small|span|strong|u|wbr)(?:\s[^<>]*)?/?>|" + COMMENT,
    re.IGNORECASE,
)
_AUTOLINK: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^<>\s]*|[^<>\s@]+@[^<>\s@]+)>")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS: Final = re.compile(r"(?!(?<!\*)\*\.\w[^*]*\Z)\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+|_+(?!\w)|`")
_KEYWORD: Final = re.compile(r"\b(MUST|SHALL|REQUIRED|SHOULD|RECOMMENDED|MAY|OPTIONAL)\b(?:[\s*_-]+(NOT|not)\b)?")
_MEANING: Final = {"SHALL": "MUST", "REQUIRED": "MUST", "RECOMMENDED": "SHOULD", "OPTIONAL": "MAY"}
_KEPT: Final = frozenset("#%&*@/\\\N{SECTION SIGN}\N{PILCROW SIGN}?")
"""Punctuation characters that are read as words, as symbols are."""
_UNITS: Final = frozenset(["b", "kb", "mb", "gb", "tb", "pb", "kbit", "mbit", "gbit", "kbps", "mbps", "gbps", "mw"])
"""Units, in lower case, whose case has a meaning."""
_RAISED: Final = re.compile("[\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+")
"""Digits above or below the line: ten to the fifth is not 105."""
_OPEN, _CLOSE = "\x02", "\x03"
"""Stand around code while a text is read."""
_LEVEL: Final = " \N{WHITE SQUARE} "
"""Stands for the level of a rule: a symbol, so that its place counts."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is written; `code` if it is inside code marks."""

    text: str
    code: bool

    def matches(self, other: "_Word") -> bool:
        if self.code and other.code:
            return self.text == other.text
        return self.key == other.key

    @property
    def key(self) -> str:
        """The word in lower case, but not a unit: `5 Mb` is not `5 MB`."""
        lower = self.text.casefold()
        return self.text if lower.lstrip("0123456789") in _UNITS else lower


def same_wording(old: str, new: str) -> bool:
    """Whether two texts in Markdown differ in typography at most."""
    if old == new:
        return True
    before, after = _words(old), _words(new)
    if len(before) != len(after) or not all(one.matches(two) for one, two in zip(before, after, strict=True)):
        return False
    spans, others = _code_spans(old), _code_spans(new)
    return len(spans) != len(others) or spans == others


def same_sentences(old: Iterable[str], new: Iterable[str]) -> bool:
    """Whether two collections of sentences are the same in any order, apart from typography."""
    return Counter(map(_key, old)) == Counter(map(_key, new))


def levels_in(text: str, *, without: str | None = None) -> Counter[str]:
    """Count the upper-case levels in a text outside code; `without` is one that is left out once, if it is there."""
    found = Counter(
        _MEANING.get(match[1], match[1]) + (" NOT" if match[2] else "")
        for match in _KEYWORD.finditer(_CODE.sub(" ", text))
    )
    if without is not None and found[without] > 0:
        found[without] -= 1
    return +found


def without_level(text: str, level: Level) -> str:
    """Return a statement without the keyword of its own level, however it is spaced."""
    words = r"[\s*_-]+".join(level.split())
    return re.sub(rf"\b{words}\b", _LEVEL, text, count=1, flags=0 if level in text else re.IGNORECASE)


def _key(sentence: str) -> tuple[str, ...]:
    return tuple(word.key for word in _words(sentence))


def _code_spans(text: str) -> list[str]:
    return [" ".join(match[2].split()) for match in _CODE.finditer(unicodedata.normalize("NFKC", text))]


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[_Word, ...]:
    """Read the words and symbols of a text."""
    raised = _RAISED.sub(r"^\g<0>", text.replace(_OPEN, "").replace(_CLOSE, ""))
    plain = unicodedata.normalize("NFKC", raised)
    spans: list[str] = []

    def keep(match: re.Match[str]) -> str:
        spans.append(match[match.re.groups])
        return f"{_OPEN}{len(spans) - 1}{_CLOSE}"

    plain = _ESCAPE.sub(keep, _CODE.sub(keep, plain))
    plain = _AUTOLINK.sub(r"\1", _TAG.sub("", _LINK.sub(r"\1", plain)))
    plain = html.unescape(_EMPHASIS.sub("", plain))
    plain = re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda match: f"{_OPEN}{spans[int(match[1])]}{_CLOSE}", plain)
    return tuple(_split(plain))


def _split(plain: str) -> Iterator[_Word]:
    """Yield the words of a text in which code is marked; a symbol is a word of its own."""
    characters, flags = [], []
    code = False
    for character in plain:
        if character in (_OPEN, _CLOSE):
            code = character == _OPEN
        else:
            characters.append(character)
            flags.append(code)
    kinds = [_kind(character) for character in characters]
    for place in _brackets(characters):
        kinds[place] = "symbol"
    word = ""
    start = 0
    for place, character in enumerate(characters):
        if kinds[place] == "word":
            start = start if word else place
            word += character
            continue
        if character in "'\N{RIGHT SINGLE QUOTATION MARK}" and word:
            continue
        if word:
            yield _Word(word, all(flags[start:place]))
            word = ""
        if kinds[place] == "symbol" or (kinds[place] == "mark" and _has_meaning(characters, kinds, place)):
            yield _Word("-" if unicodedata.category(character) == "Pd" else character, flags[place])
    if word:
        yield _Word(word, all(flags[start:]))


def _brackets(characters: list[str]) -> Iterator[int]:
    """Yield the places of round brackets around words, which may be optional: `errors (and warnings)`."""
    opened: list[int] = []
    for place, character in enumerate(characters):
        if character == "(":
            opened.append(place)
        elif character == ")" and opened:
            start = opened.pop()
            if place > start + 1:
                yield from (start, place)


def _kind(character: str) -> str:
    """Return `word`, `symbol`, `mark` (punctuation) or `space`."""
    category = unicodedata.category(character)
    if category[0] in "LMN" or character == "_":
        return "word"
    if category[0] == "S" or character in _KEPT:
        return "symbol"
    return "mark" if category[0] == "P" else "space"


def _has_meaning(characters: list[str], kinds: list[str], place: int) -> bool:
    """Whether punctuation is more than typography: in `1.2`, `10:30`, `a.b`, `.env`, `-v`, `5-10`, `!=`."""
    before = characters[place - 1] if place else " "
    after = characters[place + 1] if place + 1 < len(characters) else " "
    inside = place > 0 and kinds[place - 1] == "word"
    if not after.isalnum():
        return after == "=" and characters[place] == "!"
    match characters[place]:
        case ".":
            return inside or before.isspace()
        case "," | ":":
            return before.isdigit() and after.isdigit()
        case "!":
            return not inside
        case mark if unicodedata.category(mark) == "Pd":
            return (before.isdigit() and after.isdigit()) or (before.isspace() and mark == "-")
    return False
