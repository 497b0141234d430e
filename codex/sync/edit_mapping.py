"""Maps edits of installed text to the rules they are about, and to the places in the standards. Pure.

Installed text repeats the words of a rule, with other markers and line breaks around them. So an edit is a change of
words with the words around it, which is looked for among the words of its rule in the standard, and only there.
"""

import re
from bisect import bisect, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from codex.sync.text_changes import CONTEXT, MAX_WORDS, WORD, TextChange, equal_lines, text_changes
from skills_build.frozen import dataclass

_HEADING: Final = re.compile(r"(#{1,6}) ")
_ITEM: Final = re.compile(r" {0,3}[-*] (?:\[.\] )?(?P<text>.*)")
_FENCE: Final = re.compile(r" {0,3}(?:```|~~~)")
_AT_END: Final = re.compile(r"\((?P<id>[^\s()]+)\)(?: \(blocking\))?\s*$")
_NEW_HEADING: Final = re.compile(r"\n {0,3}(?:#{1,6}(?:\s|$)|(?:=+|-+)[ \t]*(?:\n|$))")
_NEW_RULE: Final = re.compile(r"\((?P<id>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?)\)[ \t]*$", re.MULTILINE)
_BLOCKING: Final = "(blocking)"
_MAX_LINES: Final = 2000
"""Lines between the first and the last changed one that are compared."""
_MAX_CHANGES: Final = 500
"""Changes of one file."""
_SIZES: Final = sorted(
    ((before, after) for before in range(CONTEXT + 1) for after in range(CONTEXT + 1)),
    key=lambda size: (-sum(size), -min(size)),
)
"""Numbers of words before and after a change, those with the most words first."""


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
    """An edit that cannot be mapped to a rule, its place, and the reason. `present`: the standard already contains the
    change.
    """

    place: str
    line: int
    reason: str
    rule: str = ""
    present: bool = False


def map_edits(
    edits: Iterable[InstalledEdit], rules: Mapping[str, RuleSource], texts: Mapping[str, str]
) -> tuple[tuple[Proposed, ...], tuple[NotMapped, ...]]:
    """Return the changes of edits to the standards, and the edits that cannot be mapped to one rule."""
    found = _Found(texts)
    rest: dict[tuple[str, int, str], NotMapped] = {}
    for edit in edits:
        mapped = list(_mapped(edit, rules, texts))
        own: dict[str, list[Proposed]] = {}
        for one in mapped:
            if isinstance(one, Proposed):
                own.setdefault(one.path, []).append(one)
        for one in mapped:
            if isinstance(one, NotMapped):
                rest.setdefault((one.place, one.line, one.reason), one)
                continue
            other = found.colliding(one)
            if other is None:
                found.add(one)
            elif not (_same(one, other) or _agree(one, own[one.path], found.of_others(one), texts)):
                reason = f"the edit conflicts with an edit to the same words in {other.place}:{other.line}"
                rest[(one.place, one.line, reason)] = NotMapped(
                    place=one.place, line=one.line, reason=reason, rule=one.rule
                )
    return found.result(), tuple(rest.values())


class _Found:
    """The changes so far: by standard, and sorted by place, so that each is only compared with those next to it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._at: dict[tuple[str, int, int], Proposed] = {}

    def add(self, one: Proposed) -> None:
        """Add a change that collides with none."""
        insort(self._places.setdefault(one.path, []), (one.start, one.end))
        self._at[(one.path, one.start, one.end)] = one

    def colliding(self, one: Proposed) -> Proposed | None:
        """Return a change that is about the same words; None if there is none."""
        same = self._at.get((one.path, one.start, one.end))
        return same or next((two for two in self._around(one) if _collides(one, two, self._texts)), None)

    def of_others(self, one: Proposed) -> list[Proposed]:
        """Return the changes of the same standard that were made in another place."""
        places = ((one.path, *place) for place in self._places.get(one.path, ()))
        return [two for two in map(self._at.__getitem__, places) if two.place != one.place]

    def result(self) -> tuple[Proposed, ...]:
        """Return all of them, by standard and place."""
        return tuple(self._at[name] for name in sorted(self._at))

    def _around(self, one: Proposed) -> Iterator[Proposed]:
        """Yield the changes on both sides of one, up to the first that is separated from it by words.

        Those that are known do not overlap.
        """
        text, places = self._texts.get(one.path, ""), self._places.get(one.path, [])
        at = bisect(places, (one.start, one.end))
        for start, end in (places[index] for index in range(at - 1, -1, -1)):
            yield self._at[(one.path, start, end)]
            if text[end : one.start].strip():
                break
        for start, end in (places[index] for index in range(at, len(places))):
            yield self._at[(one.path, start, end)]
            if text[one.end : start].strip():
                break


def _same(one: Proposed, two: Proposed) -> bool:
    return (one.start, one.end, one.text) == (two.start, two.end, two.text)


def _collides(one: Proposed, two: Proposed, texts: Mapping[str, str]) -> bool:
    """Whether two changes are about the same words, or two files have an insertion next to a change of the other."""
    if one.path != two.path:
        return False
    if (one.start, one.end) == (two.start, two.end) or (one.start < two.end and two.start < one.end):
        return True
    inserts = one.start == one.end or two.start == two.end
    between = texts.get(one.path, "")[min(one.end, two.end) : max(one.start, two.start)]
    return inserts and one.place != two.place and not between.strip()


def _agree(one: Proposed, own: Sequence[Proposed], known: Sequence[Proposed], texts: Mapping[str, str]) -> bool:
    """Whether a change that collides with known ones has the same result, together with the changes next to it."""
    others = [two for two in known if _collides(one, two, texts)]
    if not others:
        return False
    ours = [three for three in own if any(_collides(three, two, texts) for two in others)]
    others = [two for two in known if any(_collides(three, two, texts) for three in ours)]
    text = texts.get(one.path, "")
    return applied(text, ours) == applied(text, others)


def applied(text: str, proposals: Iterable[Proposed]) -> str:
    """Return a standard with the changes."""
    for one in sorted(proposals, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def _mapped(
    edit: InstalledEdit, rules: Mapping[str, RuleSource], texts: Mapping[str, str]
) -> Iterator[Proposed | NotMapped]:
    before, after = edit.old.split("\n"), edit.new.split("\n")
    top = equal_lines(before, after)
    bottom = equal_lines(before[top:][::-1], after[top:][::-1])
    if max(len(before), len(after)) - top - bottom > _MAX_LINES:
        reason = f"more than {_MAX_LINES:,} lines were changed: make the changes in the standards"
        yield NotMapped(place=edit.path, line=edit.line + top, reason=reason)
        return
    owners = _owners(before, rules)
    for number, change in enumerate(text_changes(before, after, (top, bottom))):
        if number == _MAX_CHANGES:
            reason = f"only the first {_MAX_CHANGES:,} changes in a file are compared"
            yield NotMapped(place=edit.path, line=edit.line + change.new_line, reason=reason)
            return
        line = edit.line + change.new_line
        names = dict.fromkeys(owners[change.old_lines[0] : change.old_lines[1] + 1])
        if len(names) > 1:
            several = ", ".join(name or "text that is not part of a rule" for name in names)
            yield NotMapped(
                place=edit.path, line=line, reason=f"a single change affects several rules or sections: {several}"
            )
            continue
        source = rules.get(next(iter(names), None) or "")
        if source is None:
            reason = "this text is not part of a rule: it is generated, or between rules"
            yield NotMapped(place=edit.path, line=line, reason=reason)
            continue
        yield _located(edit, change, source, texts.get(source.path, ""))


def _located(edit: InstalledEdit, change: TextChange, source: RuleSource, text: str) -> Proposed | NotMapped:
    line = edit.line + change.new_line

    def not_mapped(reason: str, *, present: bool = False) -> NotMapped:
        return NotMapped(place=edit.path, line=line, reason=reason, rule=source.id, present=present)

    if _names(source.id, " ".join(change.removed)) and not _names(source.id, change.text):
        return not_mapped(f"the change removes {source.id}: run `codexc withdraw {source.id}` in the codex instead")
    if _BLOCKING in change.text.split() or _BLOCKING in change.removed:
        return not_mapped(f"the level and status in {source.path} determine whether {source.id} is blocking")
    if max(len(change.removed), len(change.text.split())) > MAX_WORDS:
        return not_mapped(f"more than {MAX_WORDS:,} words were changed: make the change in {source.path}")
    words = _words_of(source, text)
    fit, places = _places(words, change.removed, change)
    if _places(words, tuple(change.text.split()), change, above=fit)[1]:
        return not_mapped(f"{source.path}:{source.first} already contains this change", present=True)
    if len(places) > 1:
        return not_mapped(f"these words occur {len(places)} times in {source.id} ({source.path}:{source.first})")
    if not places:
        where = f"{source.id} ({source.path}:{source.first})"
        return not_mapped(f"these words were not found in {where}: they are generated, or the rule has changed since")
    start, end, new = _range(words.words, places[0], change)
    if _splits_line(change, text, end):
        return not_mapped(f"the change adds lines after {source.id}: add the lines to {source.path}")
    if _adds_rule(change, source.id):
        return not_mapped(f"the change adds a heading or another rule to {source.id}: add it to {source.path}")
    count = change.text.count("\n") + 1
    return Proposed(
        rule=source.id, path=source.path, start=start, end=end, text=new, place=edit.path, line=line, count=count
    )


def _names(rule: str, text: str) -> bool:
    return any(word.strip("():*`") == rule for word in text.split())


class _Words:
    """The words of a rule in its standard: each with its offsets, and where each is, as words are compared."""

    def __init__(self, found: Iterable[re.Match[str]]) -> None:
        self.words = [(match.group(), match.start(), match.end()) for match in found]
        self._plain = [_bare(word) for word, _, _ in self.words]
        self._places: dict[str, list[int]] = {}
        for index, word in enumerate(self._plain):
            self._places.setdefault(word, []).append(index)

    def places(self, wanted: Sequence[str]) -> list[int]:
        """Return where these words follow each other; only the places of the rarest of them are compared."""
        if not all(word in self._places for word in wanted):
            return []
        places = [self._places[word] for word in wanted]
        rarest = min(range(len(places)), key=lambda index: len(places[index]))
        starts = (place - rarest for place in places[rarest])
        return [at for at in starts if at >= 0 and self._plain[at : at + len(wanted)] == wanted]


@lru_cache(maxsize=64)
def _words_of(source: RuleSource, text: str) -> _Words:
    """Return the words of a rule in its standard."""
    lines = text.split("\n")
    begin = sum(len(line) + 1 for line in lines[: source.first - 1])
    end = begin + sum(len(line) + 1 for line in lines[source.first - 1 : source.last])
    return _Words(WORD.finditer(text, begin, min(end, len(text))))


def _places(words: _Words, wanted: tuple[str, ...], change: TextChange, *, above: int = -1) -> tuple[int, list[int]]:
    """Return where the words are with as many of the words around them as possible, and how many these are.

    With `above` of them or fewer, they are nowhere.
    """
    left, middle, right = ([_bare(word) for word in part] for part in (change.before, wanted, change.after))
    for before, after in _SIZES:
        if before + after <= above:
            break
        if before + after + len(wanted) < 2 or before > len(change.before) or after > len(change.after):
            continue
        found = words.places([*left[len(left) - before :], *middle, *right[:after]])
        if found:
            return before + after, [at + before for at in found]
    return -1, []


def _bare(word: str) -> str:
    """Return a word as it is compared: installed sentences may have a full stop that the standard does not have."""
    return word.rstrip(".") or word


def _range(words: Sequence[tuple[str, int, int]], at: int, change: TextChange) -> tuple[int, int, str]:
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


def _is_before_next(change: TextChange) -> bool:
    """Whether new text is at the start of a line, before words that were there."""
    return "\n" in change.gap and "\n" not in change.next_gap


def _splits_line(change: TextChange, text: str, end: int) -> bool:
    """Whether new lines would go into the middle of a line of the standard."""
    if change.removed or "\n" not in change.gap or _is_before_next(change):
        return False
    return text[end : end + 1] not in ("", "\n")


def _adds_rule(change: TextChange, rule: str) -> bool:
    """Whether new text has a heading, or a line that ends in the id of another rule: that is not a change of one rule,
    and the merge request would only name this one.
    """
    if _NEW_HEADING.search(change.gap + change.text):
        return True
    known = {word.strip("():*`") for word in change.removed}
    return any(match["id"] not in (rule, *known) for match in _NEW_RULE.finditer(change.text))


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
