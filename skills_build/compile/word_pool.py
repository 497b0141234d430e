"""The words of one text, each of which can be found once: in a row, or in order with others between them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.model.accounting import Leaf
from skills_build.source.words import INSIDE

_SPACES: Final = re.compile(r"[ \n]+")
_BETWEEN: Final = 120
"""The most characters between two parts of a word in the output, such as the target of a link."""


class WordPool:
    """The words of one owner in the output. Words once found are used up."""

    def __init__(self, words: str) -> None:
        self._text = f" {words} "
        self._free = [(0, len(self._text))]
        """The parts of the text that are not used up, in order; each begins and ends with a space."""
        self._next = 0
        """The part after the last words that were found: what is in the order of the file is found at once."""

    def take(self, leaf: Leaf) -> list[str]:
        """Use up the words of a leaf, and return those that are missing."""
        words = _SPACES.sub(" ", leaf.words)
        runs = [run.strip(" ") for run in words.split("\t") if run.strip()]
        if self._found([part.strip() for run in runs for part in run.split(INSIDE)]):
            return []
        if INSIDE in words and self._found(runs):
            return []
        missing: list[str] = []
        for run in runs:
            if not ((len(runs) > 1 or INSIDE in run) and self._found([run])):
                missing += self._in_order(run.split())
        return missing

    def _parts(self) -> Iterator[int]:
        yield from range(self._next, len(self._free))
        yield from range(min(self._next, len(self._free)))

    def _found(self, runs: Sequence[str]) -> bool:
        """Find runs of words, each of them without other words inside, in one part; and use them up."""
        for number in self._parts():
            missing, places = self._places(runs, *self._free[number])
            if not missing:
                self._use(number, places)
                return True
        return False

    def _in_order(self, words: Sequence[str]) -> list[str]:
        """Find words in order with others between them, in the part that has most of them; return the missing ones."""
        best: list[str] = list(words)
        chosen, used = -1, list[tuple[int, int]]()
        for number in self._parts():
            missing, places = self._places(words, *self._free[number])
            if len(missing) < len(best):
                best, chosen, used = missing, number, places
                if not missing:
                    break
        if chosen >= 0:
            self._use(chosen, used)
        return best

    def _places(self, words: Sequence[str], start: int, end: int) -> tuple[list[str], list[tuple[int, int]]]:
        """Return the words that are missing between two offsets, and the spans of the others, in order."""
        missing: list[str] = []
        places: list[tuple[int, int]] = []
        for word in words:
            at, stop = self._place(word, start, end)
            if at < 0:
                missing.append(word)
            else:
                start = stop
                places.append((at + 1, stop))
        return missing, places

    def _place(self, word: str, start: int, end: int) -> tuple[int, int]:
        """Return where a word is, and the space behind it. The parts of a word may be words of their own there."""
        if INSIDE not in word:
            at = self._text.find(f" {word} ", start, end)
            return at, at + len(word) + 1
        first, *parts = word.split(INSIDE)
        at = self._text.find(f" {first}", start, end)
        while at >= 0:
            stop = self._behind(parts, at + 1 + len(first), end)
            if stop >= 0:
                return at, stop
            at = self._text.find(f" {first}", at + 1, end)
        return -1, -1

    def _behind(self, parts: Sequence[str], at: int, end: int) -> int:
        """Return the end of parts that follow each other, or have a few words between them; -1 if they do not."""
        ends = {at}
        for part in parts:
            starts = {place for place in ends if self._text.startswith(part, place, end)}
            for place in ends:
                starts.update(self._words_from(part, place, end))
            ends = {place + len(part) for place in starts}
        return min((place for place in ends if self._text[place : place + 1] == " "), default=-1)

    def _words_from(self, part: str, at: int, end: int) -> Iterator[int]:
        """Yield where words start with a part, not far behind the end of a word."""
        last = min(at + _BETWEEN, end)
        found = self._text.find(f" {part}", at, last) if self._text[at : at + 1] == " " else -1
        while found >= 0:
            yield found + 1
            found = self._text.find(f" {part}", found + 1, last)

    def _use(self, number: int, places: Sequence[tuple[int, int]]) -> None:
        """Take words out of a part, which leaves the parts around them."""
        start, end = self._free[number]
        left = []
        for first, last in places:
            left.append((start, first))
            start = last
        kept = [part for part in (*left, (start, end)) if part[1] - part[0] > 1]
        self._free[number : number + 1] = kept
        after = end - start > 1
        self._next = number + len(kept) - after


class HeadingPool:
    """The headings of a file in the output, each of which is one of the author's, whole if possible."""

    def __init__(self, headings: Sequence[str]) -> None:
        self._headings = list(headings)

    def take(self, leaf: Leaf) -> list[str]:
        """Use up the heading with the words of a leaf, and return those that are missing."""
        words = " ".join(leaf.words.split())
        if words in self._headings:
            self._headings.remove(words)
            return []
        return WordPool(" ".join(self._headings)).take(leaf)
