"""Maps edits of installed text to the rules they are about, and to the places in the standards. Pure.

Installed text repeats the words of a rule, with other markers and line breaks around them. So an edit is a change of
words with the words around it, which is looked for among the words of its rule in the standard, and only there.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Final

from skills_build.frozen import dataclass

_WORD: Final = re.compile(r"\S+")
_HEADING: Final = re.compile(r"(#{1,6}) ")
_ITEM: Final = re.compile(r" {0,3}[-*] (?:\[.\] )?(?P<text>.*)")
_FENCE: Final = re.compile(r" {0,3}(?:```|~~~)")
_AT_END: Final = re.compile(r"\((?P<id>[^\s()]+)\)(?: \(blocking\))?\s*$")
_CONTEXT: Final = 6
"""Words before and after an edit that are compared at most."""
_LINES: Final = 3
"""Lines around a changed one in which these words are."""
_BLOCKING: Final = "(blocking)"
_MAX_LINES: Final = 2000
"""Lines between the first and the last changed one that are compared."""
_MAX_WORDS: Final = 500
"""Words of one change."""
_MAX_CHANGES: Final = 500
"""Changes of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledEdit:
    """A file or block that codexc installed and people changed: its text before and after. `line` is its first line."""

    path: str
    old: str
    new: str
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """Where a rule is in the standards: the file, its first line and its last."""

    id: str
    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A change of a standard: `text` instead of what is between two offsets of its file.

    `place` and `line` are where it was made, `count` is the number of lines there.
    """

    rule: str
    path: str
    start: int
    end: int
    text: str
    place: str
    line: int
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMapped:
    """An edit that is no change of a rule, its place, and why. `present`: because the standard says so already."""

    place: str
    line: int
    reason: str
    rule: str = ""
    present: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Words that were replaced, with those before and after them.

    `text` is what is there now; `gap` and `next_gap` are the white space before and after it.
    """

    removed: tuple[str, ...]
    text: str
    gap: str
    next_gap: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    old_lines: tuple[int, int]
    """The first and the last line of the old text, from 0."""
    new_line: int
    """The line of the new text, from 0."""


def map_edits(
    edits: Iterable[InstalledEdit], rules: Mapping[str, RuleSource], texts: Mapping[str, str]
) -> tuple[tuple[Proposed, ...], tuple[NotMapped, ...]]:
    """Return what edits change in the standards, and those that cannot be mapped to one rule."""
    found: dict[tuple[str, int, int], Proposed] = {}
    rest: dict[tuple[str, int, str], NotMapped] = {}
    for edit in edits:
        for one in _mapped(edit, rules, texts):
            if isinstance(one, NotMapped):
                rest.setdefault((one.place, one.line, one.reason), one)
                continue
            other = next((two for two in found.values() if _collides(one, two)), None)
            if other is None:
                found[(one.path, one.start, one.end)] = one
            elif (other.start, other.end, other.text) != (one.start, one.end, one.text):
                reason = f"it differs from the edit of the same words in {other.place}:{other.line}"
                rest[(one.place, one.line, reason)] = NotMapped(
                    place=one.place, line=one.line, reason=reason, rule=one.rule
                )
    return tuple(found[name] for name in sorted(found)), tuple(rest.values())


def _collides(one: Proposed, two: Proposed) -> bool:
    """Whether two changes are about the same words."""
    if one.path != two.path:
        return False
    return (one.start, one.end) == (two.start, two.end) or (one.start < two.end and two.start < one.end)


def applied(text: str, proposals: Iterable[Proposed]) -> str:
    """Return a standard with the changes."""
    for one in sorted(proposals, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def _mapped(
    edit: InstalledEdit, rules: Mapping[str, RuleSource], texts: Mapping[str, str]
) -> Iterator[Proposed | NotMapped]:
    before, after = edit.old.split("\n"), edit.new.split("\n")
    top = _equal(before, after)
    bottom = _equal(before[top:][::-1], after[top:][::-1])
    if max(len(before), len(after)) - top - bottom > _MAX_LINES:
        reason = f"more than {_MAX_LINES:,} lines were changed: write them into the standards"
        yield NotMapped(place=edit.path, line=edit.line + top, reason=reason)
        return
    owners = _owners(before, rules)
    for number, change in enumerate(_changes(before, after, (top, bottom))):
        if number == _MAX_CHANGES:
            reason = f"only the first {_MAX_CHANGES:,} changes of a file are compared"
            yield NotMapped(place=edit.path, line=edit.line + change.new_line, reason=reason)
            return
        line = edit.line + change.new_line
        names = dict.fromkeys(owners[change.old_lines[0] : change.old_lines[1] + 1])
        if len(names) > 1:
            several = ", ".join(name or "text of no rule" for name in names)
            yield NotMapped(place=edit.path, line=line, reason=f"it is one change of several texts: {several}")
            continue
        source = rules.get(next(iter(names), None) or "")
        if source is None:
            reason = "this text belongs to no rule: it is generated, or the text around the rules"
            yield NotMapped(place=edit.path, line=line, reason=reason)
            continue
        yield _located(edit, change, source, texts.get(source.path, ""))


def _located(edit: InstalledEdit, change: _Change, source: RuleSource, text: str) -> Proposed | NotMapped:
    line = edit.line + change.new_line

    def not_mapped(reason: str, *, present: bool = False) -> NotMapped:
        return NotMapped(place=edit.path, line=line, reason=reason, rule=source.id, present=present)

    if _names(source.id, " ".join(change.removed)) and not _names(source.id, change.text):
        return not_mapped(f"it removes {source.id}: run `codexc withdraw {source.id}` in the codex instead")
    if _BLOCKING in change.text.split() or _BLOCKING in change.removed:
        return not_mapped(f"whether {source.id} is blocking is decided by its level and status in {source.path}")
    if max(len(change.removed), len(change.text.split())) > _MAX_WORDS:
        return not_mapped(f"more than {_MAX_WORDS:,} words were changed: write them into {source.path}")
    words = _words_of(source, text)
    fit, places = _places(words, change.removed, change)
    if _places(words, tuple(change.text.split()), change)[0] > fit:
        return not_mapped(f"{source.path}:{source.first} says so already", present=True)
    if len(places) > 1:
        return not_mapped(f"these words are {len(places)} times in {source.id} ({source.path}:{source.first})")
    if not places:
        where = f"{source.id} ({source.path}:{source.first})"
        return not_mapped(f"these words are not in {where}: they are generated, or the rule has changed since")
    start, end, new = _range(words, places[0], change)
    if _splits_line(change, text, end):
        return not_mapped(f"it adds lines after {source.id}: write them into {source.path}")
    count = change.text.count("\n") + 1
    return Proposed(
        rule=source.id, path=source.path, start=start, end=end, text=new, place=edit.path, line=line, count=count
    )


def _names(rule: str, text: str) -> bool:
    return any(word.strip("():*`") == rule for word in text.split())


def _words_of(source: RuleSource, text: str) -> list[tuple[str, int, int]]:
    """Return the words of a rule in its standard, each with its offsets."""
    lines = text.split("\n")
    begin = sum(len(line) + 1 for line in lines[: source.first - 1])
    end = begin + sum(len(line) + 1 for line in lines[source.first - 1 : source.last])
    return [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text, begin, min(end, len(text)))]


def _places(words: Sequence[tuple[str, int, int]], wanted: tuple[str, ...], change: _Change) -> tuple[int, list[int]]:
    """Return where the words are with as many of the words around them as possible, and how many these are."""
    plain = [_bare(word) for word, _, _ in words]
    sizes = [(before, after) for before in range(_CONTEXT + 1) for after in range(_CONTEXT + 1)]
    for before, after in sorted(sizes, key=lambda size: (-sum(size), -min(size))):
        if before + after + len(wanted) < 2 or before > len(change.before) or after > len(change.after):
            continue
        left, right = change.before[len(change.before) - before :], change.after[:after]
        whole = [_bare(word) for word in (*left, *wanted, *right)]
        found = [at + before for at in range(len(plain) - len(whole) + 1) if plain[at : at + len(whole)] == whole]
        if found:
            return before + after, found
    return -1, []


def _bare(word: str) -> str:
    """Return a word as it is compared: installed sentences may have a full stop that the standard does not have."""
    return word.rstrip(".") or word


def _range(words: Sequence[tuple[str, int, int]], at: int, change: _Change) -> tuple[int, int, str]:
    """Return the offsets of what is replaced, and what replaces it."""
    if change.removed and change.text:
        last, _, end = words[at + len(change.removed) - 1]
        stops = change.removed[-1].endswith(".") and not last.endswith(".")
        return words[at][1], end, change.text.rstrip(".") if stops else change.text
    if change.removed:
        start = words[at - 1][2] if at else words[at][1]
        return start, words[at + len(change.removed) - 1][2], ""
    if at < len(words) and (not at or _is_before_next(change)):
        return words[at][1], words[at][1], change.text + (change.next_gap or " ")
    return words[at - 1][2], words[at - 1][2], change.gap + change.text


def _is_before_next(change: _Change) -> bool:
    """Whether new text is at the start of a line, before words that were there."""
    return "\n" in change.gap and "\n" not in change.next_gap


def _splits_line(change: _Change, text: str, end: int) -> bool:
    """Whether new lines would go into the middle of a line of the standard."""
    if change.removed or "\n" not in change.gap or _is_before_next(change):
        return False
    return text[end : end + 1] not in ("", "\n")


def _owners(lines: Sequence[str], rules: Collection[str]) -> list[str | None]:
    """Return the rule that each line of installed text belongs to."""
    owners: list[str | None] = []
    heading: str | None = None
    item: str | None = None
    level, fenced = 0, False
    for line in lines:
        found = _HEADING.match(line) if not fenced else None
        entry = _ITEM.match(line) if not fenced and found is None else None
        if found is not None:
            item = None
            defined = _defined(line.lstrip("# "), rules)
            if defined or len(found[1]) <= level:
                heading, level = defined, len(found[1]) if defined else 0
        elif entry is not None:
            item = _defined(entry["text"], rules)
        elif line and not line.startswith(" "):
            item = None
        fenced ^= bool(_FENCE.match(line))
        owners.append(item or heading)
    return owners


def _defined(text: str, rules: Collection[str]) -> str | None:
    """Return the rule whose sentence is in a line: its id is the first word, or in brackets at the end."""
    first = text.split(maxsplit=1)[0].strip(":*`") if text.strip() else ""
    if first in rules:
        return first
    last = _AT_END.search(text)
    return last["id"] if last and last["id"] in rules else None


def _equal(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines at the start are the same."""
    pairs = zip(before, after, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _changes(before: Sequence[str], after: Sequence[str], equal: tuple[int, int]) -> Iterator[_Change]:
    """Yield the changes of words between two texts; `equal` lines at the start and the end are the same."""
    for tag, i1, i2, j1, j2 in _grouped(before, after, equal):
        if tag == "delete":
            yield from _deletions(before, i1, i2, j1)
        elif tag == "insert":
            yield from _insertion(before, after, i1, (j1, j2))
        if tag != "replace":
            continue
        top, bottom = min(_LINES, i1, j1), min(_LINES, len(before) - i2, len(after) - j2)
        old_part = "\n".join(before[i1 - top : i2 + bottom])
        new_part = "\n".join(after[j1 - top : j2 + bottom])
        yield from _word_changes(old_part, new_part, i1 - top, j1 - top)


def _deletions(before: Sequence[str], first: int, end: int, new_line: int) -> Iterator[_Change]:
    """Yield a change for each line that was deleted."""
    for number in range(first, end):
        if before[number].strip():
            yield _Change(
                removed=tuple(before[number].split()),
                text="",
                gap="",
                next_gap="",
                before=_last_words(before[max(0, number - _LINES) : number]),
                after=_first_words(before[number + 1 : number + 1 + _LINES]),
                old_lines=(number, number),
                new_line=new_line,
            )


def _insertion(before: Sequence[str], after: Sequence[str], old_line: int, lines: tuple[int, int]) -> Iterator[_Change]:
    """Yield the change of lines that were added."""
    written = [number for number in range(*lines) if after[number].strip()]
    above = [number for number in range(old_line) if before[number].strip()]
    if not written or not above:
        return
    empty = sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(after[: written[0]])))
    yield _Change(
        removed=(),
        text="\n".join(after[written[0] : written[-1] + 1]).rstrip(),
        gap="\n" * (empty + 1),
        next_gap="\n",
        before=_last_words(before[max(0, above[-1] - _LINES) : old_line]),
        after=_first_words(before[old_line : old_line + _LINES]),
        old_lines=(above[-1], above[-1]),
        new_line=written[0],
    )


def _last_words(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(lines).split()[-_CONTEXT:])


def _first_words(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(lines).split()[:_CONTEXT])


def _grouped(
    before: Sequence[str], after: Sequence[str], equal: tuple[int, int]
) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield the differences of lines; where as many lines are replaced by others, each one for itself."""
    top, bottom = equal
    left, right = before[top : len(before) - bottom], after[top : len(after) - bottom]
    for tag, *span in SequenceMatcher(None, left, right).get_opcodes():
        i1, i2, j1, j2 = (place + top for place in span)
        if tag == "replace" and i2 - i1 == j2 - j1:
            yield from (("replace", i1 + n, i1 + n + 1, j1 + n, j1 + n + 1) for n in range(i2 - i1))
        else:
            yield tag, i1, i2, j1, j2


def _word_changes(old: str, new: str, old_line: int, new_line: int) -> Iterator[_Change]:
    left, right = list(_WORD.finditer(old)), list(_WORD.finditer(new))
    before, after = [word.group() for word in left], [word.group() for word in right]
    for tag, i1, i2, j1, j2 in SequenceMatcher(
        None, before, after, autojunk=len(before) * len(after) > _MAX_WORDS**2
    ).get_opcodes():
        if tag == "equal":
            continue
        text = new[right[j1].start() : right[j2 - 1].end()] if j2 > j1 else ""
        gap = new[right[j1 - 1].end() : right[j1].start()] if j2 > j1 >= 1 else " "
        next_gap = new[right[j2 - 1].end() : right[j2].start()] if len(right) > j2 > j1 else "\n"
        first = left[i1] if i2 > i1 else left[i1 - 1] if i1 else None
        last = left[i2 - 1] if i2 else None
        there = right[j1] if j2 > j1 else right[j1 - 1] if j1 else None
        yield _Change(
            removed=tuple(before[i1:i2]),
            text=text,
            gap=gap,
            next_gap=next_gap,
            before=tuple(before[max(0, i1 - _CONTEXT) : i1]),
            after=tuple(before[i2 : i2 + _CONTEXT]),
            old_lines=(old_line + _line_of(old, first), old_line + _line_of(old, last)),
            new_line=new_line + _line_of(new, there),
        )


def _line_of(text: str, word: "re.Match[str] | None") -> int:
    return text.count("\n", 0, word.start()) if word else 0
