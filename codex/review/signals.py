"""Finds the changed lines that a rule is about, by the patterns of its label `Selected by`."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final

from codex.profile.paths import is_comment, is_import, is_manifest, is_pipeline, is_prose, is_test
from skills_build.checks.base import ChangedFile
from skills_build.frozen import dataclass
from skills_build.source.patterns import LinearPattern, linear_pattern
from skills_build.source.signals import Lines, Signal, Signals

MAX_MATCHES: Final = 1000
"""The matches of one pattern in one file that are compared with removed lines."""
MAX_TEXT: Final = 1_000_000
"""The characters of the changed lines of one file that are searched; a rule is selected for a file with more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Where a signal was found. Line 0 is one that the change removes, -1 is the message of a commit."""

    path: str
    line: int
    pattern: str

    def __str__(self) -> str:
        if self.line < 0:
            return f"a commit message matches `{self.pattern}`"
        where = f"{self.path}:{self.line}" if self.line else f"a removed line of {self.path}"
        return f"{where} matches `{self.pattern}`"


class ChangedText:
    """The changed lines of a file as they are searched, without those that only move or are indented differently."""

    def __init__(self, changed: ChangedFile) -> None:
        self.changed = changed
        self.path = changed.path
        self.is_prose = is_prose(changed.path)
        self.is_manifest = is_manifest(changed.path)
        self.is_test = is_test(changed.path) or is_pipeline(changed.path)

    @cached_property
    def _added(self) -> "_Lines":
        kept = ((n, text) for n, text in self._kept if not self._is_comment(text))
        return _Lines([(n, text) for n, text in kept if not is_import(self.path, text)])

    @cached_property
    def _comments(self) -> "_Lines":
        return _Lines([(n, text) for n, text in self._kept if self._is_comment(text)])

    @cached_property
    def _removed(self) -> "_Lines":
        same = frozenset(text.strip() for _, text in self.changed.added)
        kept = (text for text in self.changed.removed if text.strip() not in same)
        return _Lines([(0, text) for text in kept if not self._is_comment(text)])

    @cached_property
    def _kept(self) -> tuple[tuple[int, str], ...]:
        same = frozenset(text.strip() for text in self.changed.removed)
        return tuple((number, text) for number, text in self.changed.added if text.strip() not in same)

    def _is_comment(self, text: str) -> bool:
        return not self.is_prose and is_comment(self.path, text)

    @cached_property
    def _shown(self) -> str:
        texts = (*self.changed.context, *self.changed.removed, *(text for _, text in self.changed.added))
        return "\n".join((self.path, *texts))[:MAX_TEXT]

    def reason(self, signals: Signals, messages: Sequence[str] = ()) -> Reason | None:
        """Return the first place that one of these signals matches, or the message of a commit that one matches."""
        if signals.tests is not None and signals.tests is not self.is_test:
            return None
        for signal, pattern, near in _compiled(signals):
            line = self._line(signal, pattern, messages)
            if line is not None and (near is None or near.search(self._shown)):
                return Reason(path=self.path, line=line, pattern=signal.match)
        return None

    def _line(self, signal: Signal, pattern: LinearPattern, messages: Sequence[str]) -> int | None:
        """Return the number of the first line that matches, as a reason has it; None without one."""
        if signal.lines is Lines.MESSAGE:
            return -1 if any(pattern.search(one[:MAX_TEXT]) for one in messages) else None
        lines = {Lines.REMOVED: self._removed, Lines.COMMENT: self._comments}.get(signal.lines, self._added)
        others = {Lines.REMOVED: self._added.text, Lines.NEW: self._removed.text}.get(signal.lines, "")
        found = itertools.islice(pattern.found(lines.text), MAX_MATCHES)
        start = next((start for start, text in found if text not in others), None)
        if start is None and lines.is_cut:
            return lines.number_at(len(lines.text))  # where the search ended: what comes after may be what it is about
        return None if start is None else lines.number_at(start)


class _Lines:
    """Added or removed lines as one text."""

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        self._numbers = tuple(number for number, _ in rows)
        text = "\n".join(text for _, text in rows)
        self.text, self.is_cut = text[:MAX_TEXT], len(text) > MAX_TEXT

    def number_at(self, offset: int) -> int:
        """Return the number of the line at an offset in the text."""
        return self._numbers[self.text.count("\n", 0, offset)]


@lru_cache(maxsize=4096)
def _compiled(signals: Signals) -> tuple[tuple[Signal, LinearPattern, LinearPattern | None], ...]:
    return tuple(
        (one, linear_pattern(one.match), linear_pattern(one.near) if one.near else None) for one in signals.any_of
    )


def matching(
    signals: Signals, texts: Sequence[ChangedText], messages: Sequence[str], *, prose: bool
) -> Iterator[Reason]:
    """Yield a reason for each of these files that signals match; `prose` is whether pages and data count."""
    named = Signals(any_of=tuple(one for one in signals.any_of if one.near), tests=signals.tests)
    for text in texts:
        counted = named if text.is_manifest and not prose else signals
        reason = None if text.is_prose and not prose else text.reason(counted, messages)
        if reason is not None:
            yield reason
