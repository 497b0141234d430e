"""The kind `regex`: text that must not occur, in linear time."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Final

from skills_build.checks.base import MAX_MATCHES, Evaluation, Fault, Kind, Match, Subject, by_text, one_line
from skills_build.checks.example_files import CODE
from skills_build.model.check import CheckKind, CheckSpec, RegexCheck
from skills_build.source.patterns import linear_pattern

_PARTS: Final = ("match", "unless", "within")


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for each pattern that RE2 refuses, and for a `match` that matches the empty text."""
    check = spec.regex
    for name in _PARTS:
        pattern = getattr(check, name)
        if pattern is not None:
            yield from pattern_faults(pattern, ("regex", name))
    if check and not any(pattern_faults(check.match, ())) and linear_pattern(check.match).matches_empty:
        yield Fault(
            key=("regex", "match"),
            message="`match` matches an empty line, so it matches every line",
            help="require at least one character",
        )


def pattern_faults(pattern: str, key: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault for a pattern that RE2 refuses."""
    try:
        linear_pattern(pattern)
    except ValueError as error:
        look_around = "RE2 does not support look-around: write the exceptions in `unless`" if "(?" in pattern else None
        yield Fault(key=key, message=f"invalid pattern: {error}", help=look_around)


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Search the selected files."""
    assert spec.regex is not None
    search = _Search(spec.regex)
    return by_text(spec, subject, search.matches)


@lru_cache(maxsize=64)
def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


class _Search:
    def __init__(self, check: RegexCheck) -> None:
        self._match = linear_pattern(check.match)
        self._unless = linear_pattern(check.unless) if check.unless else None
        self._within = linear_pattern(check.within) if check.within else None

    def matches(self, text: str) -> tuple[Match, ...]:
        """Return the matches in a text, at most one more than are reported."""
        if not self._match.may_match(text):
            return ()
        starts = _line_starts(text)
        is_excepted = lru_cache(maxsize=1)(partial(self._is_excepted, text))
        found: list[Match] = []
        for start, end in self._places(text):
            first = bisect_right(starts, start) - 1
            last = bisect_right(starts, max(end - 1, start)) - 1
            if is_excepted(first, last):
                continue
            found.append(_match(text, (start, end), (first, last)))
            if len(found) > MAX_MATCHES:
                break
        return tuple(found)

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        if self._within is None:
            yield from self._match.spans(text)
            return
        for start, end in self._within.spans(text):
            yield from ((start + a, start + b) for a, b in self._match.spans(text[start:end]))

    def _is_excepted(self, text: str, first: int, last: int) -> bool:
        """Return whether `unless` matches these lines. They are searched once for all matches that they have."""
        if self._unless is None:
            return False
        starts = _line_starts(text)
        stop = starts[last + 1] - 1 if last + 1 < len(starts) else len(text)
        return next(self._unless.spans(text[starts[first] : stop]), None) is not None


def _match(text: str, span: tuple[int, int], lines: tuple[int, int]) -> Match:
    (start, end), (first, last) = span, lines
    starts = _line_starts(text)
    return Match(
        path="",
        line=first + 1,
        column=start - starts[first] + 1,
        end_line=last + 1,
        end_column=end - starts[last] + 1,
        text=one_line(text[start:end]),
    )


KIND: Final = Kind(
    kind=CheckKind.REGEX,
    summary="text that must not occur (RE2)",
    validate=validate,
    evaluate=evaluate,
    examples=CODE,
    by_file=True,
)
