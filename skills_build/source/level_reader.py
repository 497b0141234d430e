"""Decides the level of a candidate by its dialect: a group, a verb, a heading, a keyword or a default, in this order.

All of them read words with `levels`, so a "not" after any of them is never lost.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import Keyword, Level
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import Dialect
from skills_build.source.document import Inline
from skills_build.source.levels import LevelWord, level_named, read_levels
from skills_build.source.negations import negation
from skills_build.source.patterns import compile_pattern
from skills_build.source.rendered import prose, render

_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class StatedLevel:
    """The level of a candidate. `keywords` are all levels that its text states; `word` is the one that decides.

    A level that comes from a verb, a heading, a column or a default has no `word`; `cell` is the level in a column.
    With a `doubt`, there is no level.
    """

    level: Level | None = None
    word: LevelWord | None = None
    keywords: tuple[Keyword, ...] = ()
    doubt: LevelWord | None = None
    cell: LevelWord | None = None
    by_default: bool = False
    """Whether neither the text nor a heading states it."""

    @property
    def opposite(self) -> Keyword | None:
        """The first level in the text, if it forbids what the level demands or the other way round."""
        first = self.keywords[0] if self.keywords and self.word is None else None
        return first if first and first.level and self.level and first.level.negative != self.level.negative else None


class LevelReader:
    """Reads the levels of candidates of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._rules = dialect.level

    def of_text(self, candidate: Candidate, match: re.Match[str] | None, statement: str) -> StatedLevel:
        """Return the level of a heading, list item, paragraph or document."""
        stated = self._by_group(candidate, match) or self._without_word(candidate, statement)
        words = read_levels(candidate.text, candidate.plain)
        if stated is not None:
            return stated if stated.word else replace(stated, keywords=_keywords(candidate, words))
        if self._rules.keywords and words:
            return self._by_keyword(words[0], _keywords(candidate, words))
        level = level_named(candidate.pattern.level or self._rules.default)
        return StatedLevel(level, None, _keywords(candidate, words), by_default=True)

    def of_row(self, candidate: Candidate, written: str | None, statement: str) -> StatedLevel:
        """Return the level of a table row. `written` is the text of its level cell, None without such a column."""
        default = level_named(candidate.pattern.level or self._rules.default)
        found = tuple(_in_cells(candidate))
        keywords = tuple(keyword for _, keyword in found)
        if written is not None:
            words = read_levels(written, any_case=True)
            if len(words) == 1 and words[0].doubt:
                return StatedLevel(keywords=keywords, doubt=replace(words[0], end=0))
            level = self.mapped(written) if written else None
            cell = words[0] if level and len(words) == 1 and words[0].level is level else None
            return StatedLevel(level or default, None, keywords, cell=cell)
        stated = self._without_word(candidate, statement)
        if stated is None and self._rules.keywords and found:
            return self._by_keyword(found[0][0], keywords)
        return replace(stated or StatedLevel(default), keywords=keywords)

    def _by_keyword(self, first: LevelWord, keywords: tuple[Keyword, ...]) -> StatedLevel:
        level = level_named(self._rules.map.get(first.word, "")) or first.level
        return StatedLevel(level, first, keywords, None if level else first)

    def states(self, candidate: Candidate, match: re.Match[str] | None, statement: str) -> bool:
        """Return whether the text of a candidate states a level itself, not only a heading or a default."""
        if self._by_group(candidate, match) or self._by_verb(statement):
            return True
        return self._rules.keywords and bool(read_levels(candidate.text, candidate.plain))

    def mapped(self, word: str) -> Level | None:
        """Return the level of a word of this dialect."""
        names = self._rules.map
        level = names.get(word) or names.get(word.replace("\u2019", "'"))
        if level is None and self._rules.ignore_case:
            level = next((v for k, v in names.items() if k.lower() == word.lower()), None)
        return level_named(level if level is not None else word)

    def _by_group(self, candidate: Candidate, match: re.Match[str] | None) -> StatedLevel | None:
        written = match.groupdict().get("level") if match else None
        if match is None or not written:
            return None
        start, end = match.span("level")
        level = self.mapped(written) or self.mapped(_shown(written))
        if level is None:
            return None
        word = LevelWord(_shown(written), start, end, level)
        if not level.negative and _LETTER.search(written):
            word = self._negated(word, candidate)
        words = (word, *self._others(candidate, word))
        return StatedLevel(word.level, word, _keywords(candidate, words), None if word.level else word)

    def _negated(self, word: LevelWord, candidate: Candidate) -> LevelWord:
        """Return a word with the "not" that follows it, which the pattern of the dialect may have left out."""
        assert word.level is not None
        seen = render(candidate.text, candidate.plain)
        begin, at = seen.at(word.start), seen.at(word.end)
        found = negation(seen.text, at, word.level)
        if found is None:
            words = read_levels(candidate.text, candidate.plain, any_case=not word.word.isupper())
            own = next((w for w in words if w.start == word.start), None)
            return replace(word, remark=own.remark) if own else word
        text = " ".join(seen.text[begin : found.end].split())
        end = seen.range(begin, found.end)[1]
        level = self.mapped(text.upper() if word.word.isupper() else text) or found.level
        return LevelWord(text, word.start, end, None if found.doubt else level, found.doubt, negator=found.words)

    def _others(self, candidate: Candidate, first: LevelWord) -> Iterator[LevelWord]:
        """Yield the other levels of a text, written in the way of the first: its case, and bold if it is bold."""
        text = candidate.text
        again = compile_pattern(candidate.pattern.match).search(text, first.end)
        named = again.groupdict().get("level") if again else None
        if again and named and (level := self.mapped(named) or self.mapped(_shown(named))):
            yield LevelWord(_shown(named), *again.span("level"), level)
        yield from self._emphasised(text, first)
        lower = not first.word.isupper() and first.word.isascii() and first.word[:1].isalpha()
        bold = lower and text[max(first.start - 1, 0)] in "*_"
        upper = read_levels(text, candidate.plain)
        every = read_levels(text, candidate.plain, any_case=True) if lower else upper
        for word in every:
            apart = word.end <= first.start or word.start >= first.end
            if apart and (word in upper or ((not bold or text[max(word.start - 1, 0)] in "*_") and self._has(word))):
                yield word

    def _has(self, word: LevelWord) -> bool:
        """Return whether a lower-case word is a level. If the dialect's map has such words, no others are levels."""
        own = [name for name in self._rules.map if name == name.lower() and read_levels(name, any_case=True)]
        return not own or self._rules.ignore_case or any(word.word.lower().startswith(name) for name in own)

    def _emphasised(self, text: str, first: LevelWord) -> Iterator[LevelWord]:
        """Yield the words of the dialect's map after the first level that are in the same emphasis as it."""
        marks = re.search(r"[*_]{1,3}\Z", text[: first.start])
        if marks is None or not self._rules.map:
            return
        words = "|".join(re.escape(word) for word in sorted(self._rules.map, key=len, reverse=True))
        mark = re.escape(marks[0])
        for match in compile_pattern(rf"{mark}(?P<word>{words}){mark}").finditer(text):
            level = self.mapped(match["word"])
            if level and match.start() > first.end:
                yield LevelWord(match["word"], *match.span("word"), level)

    def _without_word(self, candidate: Candidate, statement: str) -> StatedLevel | None:
        return self._by_verb(statement) or self._by_heading(candidate)

    def _by_verb(self, statement: str) -> StatedLevel | None:
        if not self._rules.verbs:
            return None
        flags = re.IGNORECASE if self._rules.ignore_case else re.NOFLAG
        words = " ".join(render(statement, prose(statement)).text.split())
        for verb, name in self._rules.verbs.items():
            pattern = compile_pattern(rf"(?P<codexc_verb>{verb})(?:\W|\Z)", flags)
            match = pattern.match(words) or pattern.match(words.replace("’", "'"))
            level = level_named(name) if match else None
            if match and level:
                return _stated(words, match.span("codexc_verb"), level)
        return None

    def _by_heading(self, candidate: Candidate) -> StatedLevel | None:
        for heading in reversed(candidate.above):
            for pattern, name in self._rules.headings.items():
                match = compile_pattern(pattern).search(heading.text)
                level = level_named(name) if match else None
                if match and level:
                    return _stated(heading.text, match.span(), level)
        return None


def _stated(text: str, place: tuple[int, int], level: Level) -> StatedLevel:
    """Return a level that comes from words outside the statement, or from its verb, with the "not" after them."""
    written = text[place[0] : place[1]]
    found = None if level.negative else negation(text, place[1], level)
    if found is None or not _LETTER.search(written):
        return StatedLevel(level)
    if found.level:
        return StatedLevel(found.level)
    if level_named(written) is None and written.lower() not in ("do", "does"):
        return StatedLevel(level)  # "Consider not caching" and "Use X (not Y)" are clear
    return StatedLevel(doubt=LevelWord(text[place[0] : found.end], 0, 0, None, found.doubt, negator=found.words))


def _shown(text: str) -> str:
    return " ".join(render(text, text).text.split())


def _keywords(candidate: Candidate, words: Iterable[LevelWord]) -> tuple[Keyword, ...]:
    """Return the levels in a candidate's text in their order with their places, each once."""
    apart: list[LevelWord] = []
    for word in sorted(words, key=lambda w: w.start):
        if not apart or word.start >= apart[-1].end:
            apart.append(word)
    return tuple(_keyword(candidate.inline, candidate.start, word) for word in apart)


def _keyword(inline: Inline, start: int, word: LevelWord) -> Keyword:
    return Keyword(word=word.word, span=inline.span(start + word.start, start + word.end), level=word.level)


def _in_cells(candidate: Candidate) -> Iterator[tuple[LevelWord, Keyword]]:
    """Yield the levels in the cells that say what to do."""
    for name, cell in candidate.cells:
        if name in ("statement", "use") and cell.inline:
            for word in read_levels(cell.inline.text, cell.inline.plain):
                yield word, _keyword(cell.inline, 0, word)
