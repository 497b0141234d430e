"""Finds the word that a misspelt one was meant to be."""


def nearest(word: str, valid: tuple[str, ...]) -> str | None:
    """Return the valid word that is most similar to `word`; None if none is similar enough.

    Two neighbouring letters in the wrong order count as one mistake (optimal string alignment).
    """
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
