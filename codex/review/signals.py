"""Finds the changed lines to which a rule is relevant, by the patterns of its label `Selected by`."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Final

from codex.audit.applied_rule import AppliedRule
from codex.profile.paths import is_indirect, is_manifest, is_pipeline, is_prose
from codex.profile.paths import is_test as is_test_file
from codex.review.comments import DividedLine, divided
from codex.review.imports import imported, is_import
from codex.review.layout import joined_calls, same_text
from codex.review.scripts import scripts
from skills_build.checks.base import ChangedFile
from skills_build.frozen import dataclass
from skills_build.source.patterns import LinearPattern, linear_pattern
from skills_build.source.signals import Lines, Signal, Signals

MAX_MATCHES: Final = 1000
"""Maximum number of matches of one pattern in one file that are compared with removed lines."""
MAX_TEXT: Final = 1_000_000
"""Maximum number of characters in the changed lines of one file that are searched; in a larger file, every rule counts
as matching.
"""

_SHELL: Final = "#!/bin/sh"
_RUST_TESTS: Final = re.compile(r"^\s*(?:#\[(?:cfg\(test\)|(?:\w+::)?test\b)|(?:pub )?mod tests\b)")
"""Begins the tests of a module: by convention, they are the end of its file."""
_WORD_START: Final = re.compile(r"((?:^|[^\\])(?:\\\\)*)\\b(?=[\w(\\])")


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
    """The changed code and comments of a file as they are searched, without what only moves or is realigned."""

    def __init__(self, changed: ChangedFile, *, is_test: bool = False, is_script: bool = False) -> None:
        self.changed = changed
        self.path = changed.path
        self.is_script = is_script
        self.is_prose = is_prose(changed.path)
        self.is_manifest = is_manifest(changed.path)
        self.is_test = is_test or is_test_file(changed.path) or is_pipeline(changed.path)

    def is_subject_of(self, applied: AppliedRule) -> bool:
        """Return whether a rule is about this text. Only rules for shell are about a script in a pipeline: the others
        see its lines in the file.
        """
        if self.is_script:
            scope = applied.rule.applies_to
            return bool(scope and scope.languages) and applied.applies_to("", _SHELL)
        return applied.applies_to(self.path, self._first_line)

    @property
    def _first_line(self) -> str:
        """The first line of the file, if the change shows it and it names an interpreter."""
        number, text = self.changed.added[0] if self.changed.added else (0, "")
        return text if number == 1 and text.startswith("#!") else ""

    @cached_property
    def _added(self) -> "_Lines":
        kept = ((one.number, one.code) for one, same in zip(self._new, self._same[1], strict=True) if not same)
        names = imported(self.path, self.changed.added, self.changed.context)
        rows = ((number, code) for number, code in kept if code and number not in names)
        return _Lines([(number, code) for number, code in rows if not is_import(self.path, code)])

    @cached_property
    def _removed(self) -> "_Lines":
        kept = (one.code for one, same in zip(self._old, self._same[0], strict=True) if not same)
        return _Lines([(0, code) for code in kept if code])

    @cached_property
    def _comments(self) -> "_Lines":
        same = same_text([one.comment for one in self._old], [one.comment for one in self._new])[1]
        kept = ((one.number, one.comment) for one, is_same in zip(self._new, same, strict=True) if not is_same)
        return _Lines([(number, comment) for number, comment in kept if comment])

    @cached_property
    def _same(self) -> tuple[list[bool], list[bool]]:
        return same_text([one.code for one in self._old], [one.code for one in self._new])

    @cached_property
    def _new(self) -> tuple[DividedLine, ...]:
        return self._divided(self.changed.added)

    @cached_property
    def _old(self) -> tuple[DividedLine, ...]:
        numbers = self.changed.removed_at or itertools.repeat(0)
        return self._divided(zip(numbers, self.changed.removed, strict=False))

    def _divided(self, rows: Iterable[tuple[int, str]]) -> tuple[DividedLine, ...]:
        if self.is_prose:
            return tuple(DividedLine(number=number, code=text, comment="") for number, text in rows)
        return tuple(divided(self.path, (row for row in rows if not is_indirect(self.path, row[1]))))

    @cached_property
    def shown(self) -> str:
        """The path and all lines that the change shows of the file."""
        around, added = ([text for _, text in rows] for rows in (self.changed.context, self.changed.added))
        texts = (*around, *self.changed.removed, *added)
        return "\n".join((self.path, *texts))[:MAX_TEXT]

    def reason(self, signals: Signals, messages: Sequence[str], beside: "_Beside") -> Reason | None:
        """Return the first place that one of these signals matches, or the message of a commit that one matches."""
        if signals.tests is not None and signals.tests is not self.is_test:
            return None
        for signal, pattern, near in () if self.changed.deleted else _compiled(signals):
            if signal.lines is Lines.FEWER or not beside.has(signal, self.path):
                continue
            line = self._line(signal, pattern, messages)
            if line is not None and (near is None or near.search(self.shown)):
                return Reason(path=self.path, line=line, pattern=signal.match)
        return None

    def matches(self, pattern: LinearPattern) -> tuple[int, int]:
        """Return how often a pattern matches in removed and in added lines, each at most `MAX_MATCHES` times."""
        found = (itertools.islice(pattern.spans(one.lines), MAX_MATCHES) for one in (self._removed, self._added))
        removed, added = (sum(1 for _ in one) for one in found)
        return removed, added

    def _line(self, signal: Signal, pattern: LinearPattern, messages: Sequence[str]) -> int | None:
        """Return the number of the first line that matches, as a reason has it; None without one."""
        if signal.lines is Lines.MESSAGE:
            return -1 if any(pattern.search(one[:MAX_TEXT]) for one in messages) else None
        lines = {Lines.REMOVED: self._removed, Lines.COMMENT: self._comments}.get(signal.lines, self._added)
        others = {Lines.REMOVED: self._added.text, Lines.NEW: self._removed.text}.get(signal.lines, "")
        known = {text for _, text in itertools.islice(pattern.found(others), MAX_MATCHES)}
        found = itertools.islice(pattern.found(lines.text), MAX_MATCHES)
        start = next((start for start, text in found if text not in known), None)
        if start is None and lines.is_cut:
            return lines.number_at(len(lines.text))  # where the search ended: what comes after may be what it is about
        return None if start is None else lines.number_at(start)


class _Beside:
    """The paths of a change that the patterns after `beside` match."""

    def __init__(self, signals: Signals, paths: Sequence[str]) -> None:
        patterns = {one.beside: linear_pattern(one.beside) for one in signals.any_of if one.beside}
        self._paths = {
            text: frozenset(path for path in paths if pattern.search(path)) for text, pattern in patterns.items()
        }

    def has(self, signal: Signal, path: str) -> bool:
        """Return whether the change has a file beside this one that the signal asks for."""
        return signal.beside is None or len(self._paths[signal.beside]) > (path in self._paths[signal.beside])


class _Lines:
    """Added or removed lines as one text. A call that is wrapped over several of them follows once more as one line.

    Only in lines from the first of a file on, a pattern that begins with `\\A` matches the first one.
    """

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        later = [(rows[0][0], "")] if rows and rows[0][0] > 1 else []
        whole = [*later, *rows, *joined_calls(rows)]
        self._numbers = tuple(number for number, _ in whole)
        text = "\n".join(text for _, text in whole)
        self.text, self.is_cut = text[:MAX_TEXT], len(text) > MAX_TEXT
        self.lines = "\n".join(text for _, text in rows)[:MAX_TEXT]

    def number_at(self, offset: int) -> int:
        """Return the number of the line at an offset in the text."""
        return self._numbers[self.text.count("\n", 0, offset)]


@lru_cache(maxsize=4096)
def _compiled(signals: Signals) -> tuple[tuple[Signal, LinearPattern, LinearPattern | None], ...]:
    return tuple((one, _of_names(one.match), _of_names(one.near) if one.near else None) for one in signals.any_of)


def _of_names(pattern: str) -> LinearPattern:
    """Compile a pattern whose words also begin after underscores: `\\blog` also matches `self.__log`."""
    return linear_pattern(_WORD_START.sub(r"\1\\b_*", pattern))


def changed_texts(changed: ChangedFile) -> Iterator[ChangedText]:
    """Yield the changed lines of a file, and by themselves those of scripts in pipelines and of tests in Rust."""
    script = scripts(changed.path, changed.added, changed.context)
    if script:
        yield ChangedText(replace(changed, added=script), is_script=True)
    shown = (*changed.context, *changed.added) if changed.path.endswith(".rs") else ()
    start = min((number for number, text in shown if _RUST_TESTS.search(text)), default=None)
    code = tuple(row for row in changed.added if start is None or row[0] < start)
    tests = changed.added[len(code) :]
    if code or not tests:
        yield ChangedText(replace(changed, added=code))
    if tests:
        yield ChangedText(replace(changed, added=tests, removed=() if code else changed.removed), is_test=True)


def matching(
    signals: Signals, texts: Sequence[ChangedText], messages: Sequence[str], paths: Sequence[str], *, prose: bool
) -> Iterator[Reason]:
    """Yield a reason for each of these files that signals match; `prose` is whether pages and data count.

    `paths` are those of all changed files.
    """
    named = Signals(any_of=tuple(one for one in signals.any_of if one.near), tests=signals.tests)
    beside = _Beside(signals, paths)
    fewer = dict(_fewer(signals, [one for one in texts if prose or not (one.is_prose or one.is_manifest)], beside))
    for text in texts:
        counted = named if text.is_manifest and not prose else signals
        reason = None if text.is_prose and not prose else text.reason(counted, messages, beside)
        reason = reason or fewer.get(text.path)
        if reason is not None:
            yield reason


def _fewer(signals: Signals, texts: Sequence[ChangedText], beside: _Beside) -> Iterator[tuple[str, Reason]]:
    """Yield the files that lose matches of a pattern, if all files together do: none for a test that only moves."""
    counted = [one for one in texts if signals.tests in (None, one.is_test)]
    for signal, pattern, near in _compiled(signals):
        if signal.lines is not Lines.FEWER:
            continue
        wanted = [one for one in counted if beside.has(signal, one.path)]
        rows = [(one.path, one.matches(pattern)) for one in wanted if near is None or near.search(one.shown)]
        removed, added = (sum(counts[side] for _, counts in rows) for side in (0, 1))
        for path, (gone, come) in rows if removed > added else ():
            if gone > come:
                yield path, Reason(path=path, line=0, pattern=signal.match)
