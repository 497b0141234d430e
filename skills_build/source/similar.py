"""Finds the word that a misspelt one was meant to be."""

import re

from skills_build.source.opposites import is_opposite


def nearest(word: str, valid: tuple[str, ...]) -> str | None:
    """Return the valid word that is most similar to `word`; None if none is similar enough.

    Two neighbouring letters in the wrong order count as one mistake (optimal string alignment). A word with the
    opposite meaning (`approved` for `unapproved`) is never returned.
    """
    near = _most_similar(word, valid)
    return None if near is None or is_opposite(word, near) else near


def misspelt(word: str, valid: tuple[str, ...]) -> str | None:
    """Return the valid word that differs from `word` by one typing error; None if there is none.

    A typing error is a letter too many, too few, another one, or two in the wrong order. A digit or a plural `s` makes
    another word.
    """
    near = nearest(word, valid)
    if near is None or abs(len(near) - len(word)) > 1 or min(len(near), len(word)) < 4:
        return None
    if near.rstrip("s") == word.rstrip("s") or re.sub(r"\d", "", near) == re.sub(r"\d", "", word):
        return None
    start = next((n for n, (a, b) in enumerate(zip(word, near, strict=False)) if a != b), min(len(word), len(near)))
    one, two = word[start:], near[start:]
    others = (one[1:] == two[1:], one[1:] == two, one == two[1:], one[:2] == two[1::-1] and one[2:] == two[2:])
    return near if any(others) else None


def negated(word: str, valid: tuple[str, ...]) -> str | None:
    """Return the valid word that `word` negates: `approved` for `unapproved`; None if it negates none of them."""
    near = _most_similar(word, valid)
    return near if near is not None and is_opposite(word, near) else None


def _most_similar(word: str, valid: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches

    lower = {k.lower(): k for k in valid}
    text = word.lower()
    near = get_close_matches(text, lower, n=1, cutoff=0.7)
    if near:
        return lower[near[0]]
    close = [name for name in lower if abs(len(name) - len(text)) <= 1 and len(text) > 2 and _swapped(text, name)]
    return lower[min(close)] if close else None


def _swapped(word: str, name: str) -> bool:
    """Return whether two words of one length differ by two neighbouring letters in the wrong order."""
    if len(word) != len(name):
        return False
    wrong = [at for at, (a, b) in enumerate(zip(word, name, strict=True)) if a != b]
    return (
        len(wrong) == 2
        and wrong[1] == wrong[0] + 1
        and word[wrong[0]] == name[wrong[1]]
        and word[wrong[1]] == name[wrong[0]]
    )


def words_in_common(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of words that two texts have in common, from 0 to 1 (Dice coefficient)."""
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0
