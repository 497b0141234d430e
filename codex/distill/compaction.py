"""Defines how a model may shorten a demand, and verifies the result. What cannot be verified is refused.

A compaction must quote the demand, state the level of the quote, and keep its numbers, names and negations. It may not
add any, and may use hardly any word that the paragraph does not have.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from codex.distill.sentences import Demand
from skills_build.frozen import dataclass
from skills_build.source.candidates import visible_text
from skills_build.source.levels import read_levels, without_levels

ANSWER_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["rules"],
    "properties": {
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["sentence", "quote", "statement"],
                "properties": {
                    "sentence": {"type": "integer", "minimum": 1},
                    "quote": {"type": "string", "minLength": 1},
                    "statement": {"type": "string", "minLength": 1},
                    "when": {"type": "string"},
                    "use": {"type": "string"},
                    "same_as": {"type": "string"},
                    "contradicts": {"type": "string"},
                },
            },
        }
    },
}
"""The JSON Schema of a response."""
INSTRUCTIONS: Final = (
    "You shorten demands of a prose document into rules of the form: if you need `when`, use `use`. The document has"
    " numbered sentences. For each one, give its number as `sentence`; `quote`, the part with the keyword, copied"
    " exactly; and `statement`, one short sentence with the same keyword. Give `when` and `use` only if the sentence"
    " states a condition or names a thing to use. Keep every number, name, code span, exception and negation. Add"
    " nothing. If an existing rule demands the same, give its id as `same_as`; if it demands the opposite, as"
    " `contradicts`."
)
MAX_TEXT: Final = 600
MAX_FOREIGN: Final = 2
"""Maximum number of words in a compaction that are not in its paragraph."""

_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d[\d.,:]*(?:\s?(?:%|[A-Za-zµ]{1,3}\b))?")
_CODE: Final = re.compile(r"(?<!`)`[^`\n]+`(?!`)")
_TOKEN: Final = re.compile(r"[^\W\d_](?:[\w./:@-]*\w)?")
_INSIDE: Final = re.compile(r"(?<=.)[A-Z0-9_./:@]")
_ABBREVIATIONS: Final = frozenset(["e.g", "i.e", "and/or", "w/o"])
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|unless|except|only|cannot|nothing|nowhere|\w+n['’]t|least|most|before"
    r"|after|until|all|every|any|each)\b",
    re.IGNORECASE,
)
"""Words that negate or limit a demand."""
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_ORDINARY: Final = frozenset(
    [
        "must",
        "should",
        "shall",
        "need",
        "needs",
        "when",
        "where",
        "with",
        "that",
        "this",
        "have",
        "from",
        "into",
        "their",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """A demand in short, and the existing rules that it is related to."""

    statement: str
    when: str = ""
    use: str = ""
    same_as: str = ""
    contradicts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A rejected compaction: the number of its demand (0 if there is none), and the reason."""

    number: int
    why: str


def verified(
    rows: Sequence[Any], demands: Mapping[int, Demand], existing: frozenset[str]
) -> tuple[dict[int, Compaction], tuple[Refusal, ...]]:
    """Return the compactions that are proven, by the numbers of their demands, and what is refused.

    `existing` are the ids of rules that the model was shown. Only the first compaction of a demand counts.
    """
    found: dict[int, Compaction] = {}
    judged = set[int]()
    refused: list[Refusal] = []
    for row in rows:
        number = row.get("sentence") if isinstance(row, dict) else None
        demand = demands.get(number) if isinstance(number, int) and not isinstance(number, bool) else None
        if demand is None:
            why = "the statement does not refer to a sentence in the request"
        else:
            why = "the sentence was already shortened" if demand.number in judged else _wrong(row, demand, existing)
            judged.add(demand.number)
        if demand is None or why:
            refused.append(Refusal(number=demand.number if demand else 0, why=why))
        else:
            found[demand.number] = _compaction(row)
    return found, tuple(refused)


def unanswered(
    demands: Sequence[Demand], found: Mapping[int, Compaction], refused: Sequence[Refusal]
) -> tuple[Demand, ...]:
    """Return the demands for which there is neither a compaction nor a refused one."""
    judged = {*found, *(one.number for one in refused)}
    return tuple(demand for demand in demands if demand.number not in judged)


def _compaction(row: Mapping[str, Any]) -> Compaction:
    keys = ("statement", "when", "use", "same_as", "contradicts")
    texts = {key: " ".join((row.get(key) or "").split()) for key in keys}
    return Compaction(**{**texts, "statement": texts["statement"].rstrip(".")})


def dropped(demand: Demand, compaction: Compaction) -> tuple[str, ...]:
    """Return the words of a demand that its compaction does not have: each may have limited it."""
    text = f"{compaction.statement} {compaction.when} {compaction.use}"
    kept = {_stem(word) for word in _words(text)}
    return tuple(word for word in dict.fromkeys(_words(without_levels(demand.sentence))) if _stem(word) not in kept)


def _wrong(row: Mapping[str, Any], demand: Demand, existing: frozenset[str]) -> str:
    """Return why a compaction is rejected; empty if it is accepted."""
    optional = ("when", "use", "same_as", "contradicts")
    if not all(isinstance(row.get(key), str) for key in ("quote", "statement")):
        return "the quote or the statement is missing"
    if not all(row.get(key) is None or isinstance(row[key], str) for key in optional):
        return "the format is invalid"
    if any(row.get(key) and row[key] not in existing for key in ("same_as", "contradicts")):
        return "the statement refers to a rule that was not in the request"
    texts = [row.get(key) or "" for key in ("statement", "when", "use")]
    if sum(map(len, texts)) > MAX_TEXT or not all(map(_is_plain, texts)):
        return "the statement is too long, or is not one line of plain text"
    return _wrong_quote(row["quote"], demand) or _wrong_level(texts, demand) or _changed(" ".join(texts), demand)


def _is_plain(text: str) -> bool:
    """Return whether a text is one line without links, HTML, and characters that are hidden or control a terminal."""
    return _spaces(text).isprintable() and not re.search(r"[\x00-\x1f<>]|\]\(|\]\[", text)


def _wrong_quote(quote: str, demand: Demand) -> str:
    if _spaces(quote) not in _spaces(demand.quote):
        return "the quote is not in the sentence"
    if demand.stated and not read_levels(demand.quote, any_case=True):
        return ""
    words = read_levels(quote, any_case=bool(demand.stated))
    return "" if words and words[0].level is demand.level else "the quote does not contain the keyword of the sentence"


def _wrong_level(texts: Sequence[str], demand: Demand) -> str:
    words = read_levels(texts[0])
    if len(words) != 1 or words[0].level is not demand.level:
        return f"the statement does not contain {demand.level} exactly once"
    if any(read_levels(text) for text in texts[1:]):
        return "`when` or `use` contains a requirement level"
    return ""


def _changed(text: str, demand: Demand) -> str:
    """Return what a compaction loses, adds or changes."""
    quote = demand.sentence
    if different := changed_limits(quote, text):
        return different
    if gone := _names(quote) - _tokens(text):
        return f"the statement omits a name: {_listed(gone)}"
    known = {token.casefold() for token in _tokens(quote)}
    if added := {name for name in _names(text) if name.casefold() not in known}:
        return f"the statement adds a name: {_listed(added)}"
    stems = {_stem(word) for word in _words(demand.paragraph)}
    foreign = {word for word in _words(without_levels(text)) if _stem(word) not in stems}
    return f"the statement adds words: {_listed(foreign)}" if len(foreign) > MAX_FOREIGN else ""


def changed_limits(before: str, after: str) -> str:
    """Return which number or limiting word of a text another one loses or adds; empty if they have the same."""
    for what, read in _KEPT.items():
        old, new = read(before), read(after)
        if lost := old - new:
            return f"the statement omits {what}: {_listed(lost)}"
        if added := new - old:
            return f"the statement adds {what}: {_listed(added)}"
    return ""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(map(repr, words)))[:200]


def _numbers(text: str) -> Counter[str]:
    return Counter(match[0].replace(" ", "").rstrip(".,:") for match in _NUMBER.finditer(visible_text(text)))


def _code(text: str) -> set[str]:
    return {" ".join(match[0].strip("` ").split()) for match in _CODE.finditer(text)}


def _tokens(text: str) -> set[str]:
    """Return the words of a text, and its code spans."""
    return {*_code(text), *_TOKEN.findall(_CODE.sub(" ", text))}


def _names(text: str) -> set[str]:
    """Return the names in a text: code spans, words with capitals, digits or signs inside, and capitalised words.

    A capitalised word that starts the text is an ordinary word.
    """
    words = [(match.start(), match[0]) for match in _TOKEN.finditer(without_levels(_CODE.sub(" ", text)))]
    names = {word for at, word in words if _INSIDE.search(word) or (at and word[0].isupper())}
    return _code(text) | {name for name in names if name.casefold() not in _ABBREVIATIONS}


def _negations(text: str) -> Counter[str]:
    words = _NEGATION.findall(without_levels(_CODE.sub(" ", text)))
    return Counter(dict.fromkeys({word.casefold() for word in words}, 1))


_KEPT: Final[Mapping[str, Callable[[str], Counter[str]]]] = {
    "a number": _numbers,
    "a negating or limiting word": _negations,
}


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text) if word.casefold() not in _ORDINARY]


def _stem(word: str) -> str:
    return word[:5]


def _spaces(text: str) -> str:
    return " ".join(text.split())
