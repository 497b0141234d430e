"""Finds where the id or the text of a vanished rule still is, so that a finding names the cause and not the loss.

Works on the lines of the texts: what is not a rule any more may be in any kind of block, or in a code block.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.codex import Codex, LockedId
from skills_build.source.preprocess import fences_of
from skills_build.source.similar import words_in_common

_TOKEN: Final = re.compile(r"[^\W_](?:[\w.:-]*[^\W_])?")
_WORD: Final = re.compile(r"[^\W_]+")
_HEADING: Final = re.compile(r"\s{0,3}#+")
_LINKED: Final = re.compile(r"\[[^\[\]]*\]\([^()]*\)")
_LEVEL: Final = re.compile(r"\b(?:must|shall|should|may|required|recommended)\b", re.IGNORECASE)
_LEVELS: Final = frozenset({"must", "should", "may", "not"})
_OF_CHOICES: Final = frozenset({"if", "you", "need", "use", "instead", "of"})
"""The words of a title that are not in the row of a table of choices."""
_DELIMITER: Final = re.compile(r"[ \t]*+\|?[ \t]*+:?-[-:| \t]*+$")
_EDGE: Final = " \t#>*_`~-+.:;,|()[]\"'\N{EN DASH}\N{EM DASH}"
_SAME_FILE: Final = 0.6
_OTHER_FILE: Final = 0.8
_ALIKE: Final = 0.3
_MAX_POSTINGS: Final = 200
_MAX_BY_TEXT: Final = 200
"""Maximum number of vanished rules that are looked up by their text; if there are more, a whole folder is gone, and the
ids are enough.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A line that has the id or the text of a vanished rule.

    `fence` is the first line of the code block around it, or 0. `rule` is the id that the line now has as a rule. `row`
    is whether it is a row of a table.
    """

    path: str
    line: int
    has_id: bool
    fence: int = 0
    rule: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    path: str
    number: int
    text: str
    fence: int
    words: frozenset[str]


def traces(gone: Sequence[LockedId], codex: Codex) -> dict[str, Trace]:
    """Return the trace of each of these ids that has one, by id."""
    by_key: dict[str, LockedId] = {_key(entry.id): entry for entry in gone}
    vocabulary = {word for entry in gone for word in _words(entry.title)}
    rules = {(s.path, r.span.line): r.id for s in codex.standards for r in s.rules}
    titles = {entry.id: _words(entry.title) for entry in codex.locked}
    best: dict[str, tuple[float, Trace]] = {}
    shared: dict[str, list[_Line]] = defaultdict(list)
    for line in _lines(codex.texts, vocabulary, by_key):
        for entry in _named(line, by_key):
            score = _named_score(line, entry)
            if score:
                _keep(best, entry, score, _trace(line, has_id=True))
        for word in line.words & vocabulary:
            shared[word].append(line)
    for entry in gone[:_MAX_BY_TEXT]:
        if entry.id not in best:
            for score, line in _alike(entry, shared):
                rule = rules.get((line.path, line.number), "")
                if words_in_common(titles.get(rule, frozenset()), line.words) < score or rule not in titles:
                    _keep(best, entry, score, _trace(line, has_id=False, rule=rule))
    return {id_: trace for id_, (_, trace) in best.items()}


def _keep(best: dict[str, tuple[float, Trace]], entry: LockedId, score: float, trace: Trace) -> None:
    """Keep the best trace of an id; the first one in its own file wins a tie."""
    score += trace.path == entry.file
    if entry.id not in best or best[entry.id][0] < score:
        best[entry.id] = (score, trace)


def _trace(line: _Line, *, has_id: bool, rule: str = "") -> Trace:
    row = line.text.lstrip().startswith("|")
    return Trace(path=line.path, line=line.number, has_id=has_id, fence=line.fence, rule=rule, row=row)


def _lines(texts: Mapping[str, str], vocabulary: set[str], keys: Mapping[str, LockedId]) -> Iterator[_Line]:
    """Yield the lines that share a word with a vanished rule, each with its continuation and its code block."""
    for path, text in sorted(texts.items()):
        lines = text.split("\n")
        for number, (raw, fence) in enumerate(zip(lines, fences_of(lines), strict=True), 1):
            if fence == number or (number < len(lines) and "|" in raw and _DELIMITER.match(lines[number])):
                continue
            words = _words(raw)
            if not words & vocabulary and not any(_key(token) in keys for token in _TOKEN.findall(raw)):
                continue
            yield _Line(path, number, raw, fence, words)


def _named(line: _Line, by_key: Mapping[str, LockedId]) -> Iterator[LockedId]:
    text = _LINKED.sub(" ", line.text)
    for token in dict.fromkeys(_key(token) for token in _TOKEN.findall(text)):
        if token in by_key:
            yield by_key[token]


def _named_score(line: _Line, entry: LockedId) -> float:
    """Return how sure it is that a line with an id states the rule; 0 if it only mentions it."""
    likeness = words_in_common(_words(entry.title), line.words - _words(entry.id))
    if likeness >= _SAME_FILE:
        return 1 + likeness
    if line.fence or not _marks(line.text, entry.id):
        return 0
    states = bool(_HEADING.match(line.text) or likeness >= _ALIKE or _LEVEL.search(line.text))
    return 1 + likeness if states else 0


def _marks(text: str, id_: str) -> bool:
    """Return whether an id is where it marks a rule: at the start, in brackets at the end, or alone in a cell."""
    tokens = list(_TOKEN.finditer(text))
    wanted = _key(id_)
    if any(_key(cell.strip(_EDGE)) == wanted for cell in text.split("|")[1:-1]):
        return True
    if tokens and _key(tokens[0][0]) == wanted:
        return True
    last = next((t for t in reversed(tokens) if _key(t[0]) == wanted), None)
    return last is not None and text[: last.start()].rstrip("*_` ")[-1:] in ("(", "[", "{") and last is tokens[-1]


def _alike(entry: LockedId, shared: Mapping[str, Sequence[_Line]]) -> Iterator[tuple[float, _Line]]:
    """Yield the lines whose words are those of a rule, by its words that are not in too many lines."""
    title = _words(entry.title)
    found: Counter[_Line] = Counter()
    for word in title:
        lines = shared.get(word, ())
        if len(lines) <= _MAX_POSTINGS:
            found.update(lines)
    in_row = (title - _OF_CHOICES) or title
    for line in found:
        is_row = line.text.lstrip().startswith("|")
        score = words_in_common(in_row, line.words - _LEVELS) if is_row else words_in_common(title, line.words)
        if score >= (_SAME_FILE if line.path == entry.file else _OTHER_FILE):
            yield score, line


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _key(id_: str) -> str:
    """Return an id as it is compared: without case, separators and zeros in front of its number."""
    plain = re.sub(r"[-_.:]", "", id_.casefold())
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)


def listed(ids: Iterable[str], *, most: int = 3) -> str:
    """Return ids as words: `A-1`, `A-2` and 5 more."""
    names = [f"`{id_}`" for id_ in ids]
    if len(names) <= most:
        return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
