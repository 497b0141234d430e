"""Finds words with opposite meanings, so that no suggestion inverts what an author wrote."""

import re
from typing import Final

_NEGATORS: Final = frozenset(
    {
        *("not", "no", "non", "never", "nor", "neither", "none", "nowhere", "nothing", "cannot", "isn't", "doesn't"),
        *("don't", "without", "except", "excepting", "excepted", "excluding", "excluded", "exclude", "other", "but"),
        *("unless", "instead", "insteadof", "against", "rather", "anti"),
    }
)
"""Words that negate those next to them. `instead of` excludes what follows it, `instead` does not."""
_NEEDED: Final = frozenset({"not", "no", "non", "never"})
"""Negators that are too short to tolerate a typing error."""
_PREFIXES: Final = ("un", "dis", "non", "not", "no", "never", "in", "im", "il", "ir", "de", "anti", "mis", "counter")
_PAIRS: Final = (
    *(("in", "ex"), ("in", "out"), ("im", "ex"), ("en", "dis"), ("en", "de"), ("min", "max"), ("mini", "maxi")),
    *(("up", "down"), ("over", "under"), ("pre", "post"), ("pro", "anti"), ("inter", "exter"), ("", "dis")),
)
"""Starts of words that differ in nothing else: `include` and `exclude`, `min_lines` and `max_lines`."""
_WORD: Final = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HYPHEN: Final = re.compile(r"\b(un|dis|de|mis|in|im|counter)-(?=[a-z])", re.IGNORECASE)
"""A negating prefix that is written with a hyphen: `un-approved`."""
_INSTEAD_OF: Final = re.compile(r"\binstead[\s_-]+of\b", re.IGNORECASE)


def is_opposite(written: str, name: str) -> bool:
    """Return whether two similar words or phrases differ in a negation: `unapproved` and `approved`."""
    first, second = _words(written), _words(name)
    if (set(first) & _NEGATORS) - set(second) or (set(second) & _NEEDED) - set(first):
        return True
    return any(_is_opposite_word(one, two) for one in first for two in second)


def _words(text: str) -> list[str]:
    joined = _INSTEAD_OF.sub("insteadof", _HYPHEN.sub(r"\1", _CAMEL.sub(" ", text).replace("’", "'")))
    return _WORD.findall(joined.lower())


def _is_opposite_word(written: str, name: str) -> bool:
    if written == name:
        return False
    if any(written.startswith(prefix) and _is_same(written[len(prefix) :], name) for prefix in _PREFIXES):
        return True
    if any(name == prefix + written for prefix in ("un", "dis", "non")):
        return True
    return any(_starts_differ(written, name, *pair) or _starts_differ(name, written, *pair) for pair in _PAIRS)


def _is_same(rest: str, name: str) -> bool:
    """Return whether the rest of a word is another word, with a typing error at most."""
    from difflib import SequenceMatcher

    return rest[:1] == name[:1] and len(rest) > 2 and SequenceMatcher(None, rest, name).ratio() >= 0.8


def _starts_differ(one: str, two: str, start: str, other: str) -> bool:
    return one.startswith(start) and two.startswith(other) and one[len(start) :] == two[len(other) :]
