"""Finds the changed lines that a rule is about, by the patterns of its label `Selected by`."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final

from codex.profile.paths import is_prose, is_test
from skills_build.checks.base import ChangedFile
from skills_build.frozen import dataclass
from skills_build.source.patterns import LinearPattern, linear_pattern
from skills_build.source.signals import Lines, Signal, Signals

MAX_LINE: Final = 1000
"""The characters of a line that are searched."""
MAX_MATCHES: Final = 1000
"""The matches of one pattern in one file that are compared with removed lines."""
MAX_TEXT: Final = 1_000_000
"""The characters of the changed lines of one file that are searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Where a signal was found. Line 0 is one that the change removes."""

    path: str
    line: int
    pattern: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else f"a removed line of {self.path}"
        return f"{where} matches `{self.pattern}`"


class ChangedText:
    """The changed lines of a file as they are searched, without those that only move or are indented differently."""

    def __init__(self, changed: ChangedFile) -> None:
        self.changed = changed
        self.path = changed.path
        self.is_prose = is_prose(changed.path)
        self.is_test = is_test(changed.path)

    @cached_property
    def _added(self) -> "_Lines":
        same = frozenset(text.strip() for text in self.changed.removed)
        return _Lines([(n, text) for n, text in self.changed.added if text.strip() not in same])

    @cached_property
    def _removed(self) -> "_Lines":
        same = frozenset(text.strip() for _, text in self.changed.added)
        return _Lines([(0, text) for text in self.changed.removed if text.strip() not in same])

    @cached_property
    def _shown(self) -> str:
        context = "\n".join(text[:MAX_LINE] for text in self.changed.context)
        return "\n".join((self.path, context, self._added.text, self._removed.text))

    def reason(self, signals: Signals) -> Reason | None:
        """Return the first place that one of these signals matches."""
        if signals.tests is not None and signals.tests is not self.is_test:
            return None
        for signal, pattern, near in _compiled(signals):
            lines = self._removed if signal.lines is Lines.REMOVED else self._added
            spans: Iterator[tuple[int, int]] = itertools.islice(pattern.spans(lines.text), MAX_MATCHES)
            if signal.lines is Lines.NEW:
                spans = (one for one in spans if lines.text[slice(*one)] not in self._removed.text)
            span = next(spans, None)
            if span is not None and (near is None or near.search(self._shown)):
                return Reason(path=self.path, line=lines.number_at(span[0]), pattern=signal.match)
        return None


class _Lines:
    """Added or removed lines as one text."""

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        self._numbers = tuple(number for number, _ in rows)
        self.text = "\n".join(text[:MAX_LINE] for _, text in rows)[:MAX_TEXT]

    def number_at(self, offset: int) -> int:
        """Return the number of the line at an offset in the text."""
        return self._numbers[self.text.count("\n", 0, offset)]


@lru_cache(maxsize=4096)
def _compiled(signals: Signals) -> tuple[tuple[Signal, LinearPattern, LinearPattern | None], ...]:
    return tuple(
        (one, linear_pattern(one.match), linear_pattern(one.near) if one.near else None) for one in signals.any_of
    )


def matching(signals: Signals, texts: Sequence[ChangedText], *, prose: bool) -> Iterator[Reason]:
    """Yield a reason for each of these files that signals match; `prose` is whether pages and data count."""
    for text in texts:
        reason = None if text.is_prose and not prose else text.reason(signals)
        if reason is not None:
            yield reason
