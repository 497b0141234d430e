"""The text of a leaf block as a reader sees it, with the place of each character in the text as written."""

import re
from bisect import bisect_left
from html import unescape
from typing import Final

from skills_build.frozen import dataclass

CODE: Final = "\ufffc"
"""Stands for a code span, an image or an autolink."""
STRUCK: Final = "\ufffb"
"""Stands for the start and end of struck-out text."""

_RUN: Final = re.compile(r"[^&\\*_~<`\[\]!\u00ad\u200b-\u200d\u2060\ufeff]+")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_TOKEN: Final = re.compile(
    r"(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<dropped>\\(?=\s|\Z)|\*+|[\u00ad\u200b-\u200d\u2060\ufeff]+|\[\^[^\]\s]{1,40}\](?!:))|(?P<score>_+)|(?P<struck>~~)"
    r"|(?P<one>(?<![~\w])~(?=[A-Z][A-Za-z ]{0,40}~(?![~\w]))|(?<=[A-Za-z])~(?![~\w]))"
)
_MARKUP: Final = re.compile(
    r"(?P<ticks>`{1,30}+)(?!`)(?P<code>.*?)(?<!`)(?P=ticks)(?!`)|(?P<link><[A-Za-z][\w+.-]*[:@][^\s<>]*>|<[^\s<>@]+@[^\s<>]+>)"
    r"|(?P<break><br\s*/?>)|(?P<deleted></?(?:s|del|strike)>)|<!--.*?(?:-->|\Z)|<[^<>]*>"
    r"|(?P<image>!\[[^\]]*\](?:\((?:[^()\\]|\\.|\([^()]*\))*\)|\[[^\]]*\])?)"
    r"|(?P<tail>\](?:\((?:[^()\\]|\\.|\([^()]*\))*\)|\[[^\]]*\])?)",
    re.DOTALL | re.IGNORECASE,
)
_NOT_PROSE: Final = re.compile(r"`+[^`]*`+|<[^<>]*>|\]\([^()]*\)")
_NEGATION: Final = re.compile(r"[\W_]*(not|never)[\W_]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text. `starts` and `ends` are the places of its characters in the text as written.

    Without them, both texts are the same.
    """

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the text as written for a range that is not empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def at(self, offset: int) -> int:
        """Return the index of the first character at or after an offset of the text as written."""
        return offset if self.starts is None else bisect_left(self.starts, offset)


def prose(text: str) -> str:
    """Return Markdown of the same length with spaces for code, tags and link targets, for text without an `Inline`."""
    return _NOT_PROSE.sub(lambda match: " " * len(match[0]), text)


def render(text: str, plain: str) -> Rendered:
    """Render the text of a leaf block. `plain` has spaces for what is not prose, as in `Inline`."""
    if text == plain and not _TOKEN.search(text):
        return Rendered(text)
    return _Renderer(text, plain).run()


class _Renderer:
    """Collects the characters of one text with their places. An empty character was taken back."""

    def __init__(self, text: str, plain: str) -> None:
        self._text = text
        self._plain = plain
        self._shown: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._brackets: list[int] = []

    def run(self) -> Rendered:
        """Render all of the text."""
        at = 0
        while at < len(self._text):
            at = self._prose(at) if self._text[at] == self._plain[at] else self._markup(at)
        if "" not in self._shown:
            return Rendered("".join(self._shown), tuple(self._starts), tuple(self._ends))
        kept = [n for n, shown in enumerate(self._shown) if shown]
        pieces = (self._shown, self._starts, self._ends)
        shown, starts, ends = (tuple(piece[n] for n in kept) for piece in pieces)
        return Rendered("".join(map(str, shown)), tuple(map(int, starts)), tuple(map(int, ends)))

    def _add(self, shown: str, start: int, end: int) -> None:
        for character in shown:
            self._shown.append(character)
            self._starts.append(start)
            self._ends.append(end)

    def _prose(self, at: int) -> int:
        run = _RUN.match(self._text, at)
        if run:
            self._shown.extend(run[0])
            self._starts.extend(range(at, run.end()))
            self._ends.extend(range(at + 1, run.end() + 1))
            return run.end()
        token = _TOKEN.match(self._text, at)
        if token is None:
            if self._text[at] == "[":
                self._brackets.append(len(self._shown))
            self._add(self._text[at], at, at + 1)
            return at + 1
        self._add(self._meaning(token), at, token.end())
        return token.end()

    def _meaning(self, token: re.Match[str]) -> str:
        if token["entity"]:
            return _INVISIBLE.sub("", unescape(token[0]))
        if token["score"]:
            inner = (
                self._text[max(token.start() - 1, 0)].isalnum() and self._text[token.end() : token.end() + 1].isalnum()
            )
            return token[0] if inner else ""
        return STRUCK if token["struck"] or token["one"] else token["escaped"] or ""

    def _markup(self, at: int) -> int:
        match = _MARKUP.match(self._text, at)
        if match is None:
            return at + 1
        self._add(self._replacement(match), at, match.end())
        if match["tail"] and self._brackets:
            self._shown[self._brackets.pop()] = ""
        return match.end()

    @staticmethod
    def _replacement(match: re.Match[str]) -> str:
        if match["ticks"]:
            negation = _NEGATION.fullmatch(match["code"])
            return f"{CODE}{negation[1]}{CODE}" if negation else CODE
        if match["deleted"]:
            return STRUCK
        return " " if match["break"] else CODE if match["image"] or match["link"] else ""
