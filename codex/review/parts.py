"""Divides a change and its rules into parts that each fit into one packet, so that nothing has to be left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from codex.review.change import Change
from codex.review.packet import BYTES_PER_TOKEN, line_size, path_size, rule_size
from codex.review.review import is_judged
from codex.review.select import Relevant
from skills_build.checks.base import ChangedFile
from skills_build.frozen import dataclass

_FORM: Final = 2500
"""Bytes of a packet that are reserved for instructions and the response schema."""
_SHARE: Final = 0.45
"""Maximum share of the remaining bytes for rules, and also for lines; the rest is for examples."""
_PER_FILE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a review: some of its rules, for some of its files or lines."""

    relevant: tuple[Relevant, ...]
    change: Change


def parts(relevant: Sequence[Relevant], change: Change, *, tokens: int) -> Iterator[Part]:
    """Yield the parts of a review. Each rule that a reviewer decides occurs with each added line of its files exactly
    once.
    """
    limit = int(max(tokens * BYTES_PER_TOKEN - _FORM, 1000) * _SHARE)
    judged = [one for one in relevant if is_judged(one) and one.files]
    wanted = {path for one in judged for path in one.files}
    files = [one for one in change.files if one.path in wanted and one.added]
    wanted_by = {id(one): frozenset(one.files) for one in judged}
    for chunk in chunks(files, limit):
        paths = [one.path for one in chunk]
        about = ((one, tuple(path for path in paths if path in wanted_by[id(one)])) for one in judged)
        fitting = [piece for one, here in about if here for piece in _fitting(replace(one, files=here), limit)]
        for rules in _rules(fitting, limit):
            here = {path for one in rules for path in one.files}
            yield Part(relevant=rules, change=replace(change, files=tuple(one for one in chunk if one.path in here)))


def chunks(files: Sequence[ChangedFile], limit: int) -> Iterator[list[ChangedFile]]:
    """Yield files together up to a size; a file that is larger is divided between its lines."""
    chunk: list[ChangedFile] = []
    left = limit
    for whole in files:
        for piece, size in _pieces(whole, limit):
            if chunk and size > left:
                yield chunk
                chunk, left = [], limit
            chunk.append(piece)
            left -= size
    if chunk:
        yield chunk


def _pieces(whole: ChangedFile, limit: int) -> Iterator[tuple[ChangedFile, int]]:
    """Yield a file in pieces whose added lines fit into `limit`, each with its size; a line is never divided."""
    lines: list[tuple[int, str]] = []
    size = _PER_FILE + path_size(whole.path)
    start = size
    for line in whole.added:
        cost = line_size(*line)
        if lines and size + cost > limit:
            yield replace(whole, added=tuple(lines)), size
            lines, size = [], start
        lines.append(line)
        size += cost
    yield replace(whole, added=tuple(lines)), size


def _fitting(one: Relevant, limit: int) -> Iterator[Relevant]:
    """Yield a rule, divided between its files where their paths make it too large."""
    if len(one.files) < 2 or rule_size(one) <= limit:
        yield one
        return
    half = len(one.files) // 2
    yield from _fitting(replace(one, files=one.files[:half]), limit)
    yield from _fitting(replace(one, files=one.files[half:]), limit)


def _rules(relevant: Sequence[Relevant], limit: int) -> Iterator[tuple[Relevant, ...]]:
    """Yield groups of rules that fit into `limit`; two entries of one rule are never in the same group."""
    group: list[Relevant] = []
    left = limit
    for one in relevant:
        size = rule_size(one)
        if group and (size > left or one.applied is group[-1].applied):
            yield tuple(group)
            group, left = [], limit
        group.append(one)
        left -= size
    if group:
        yield tuple(group)
