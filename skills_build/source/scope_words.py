"""Suggests what to write for a value of `languages`, `technologies`, `kinds` or `paths` that is not a list of words."""

import re
from typing import Final

from skills_build.source.values import Problem
from skills_build.vocabulary import canonical, known

KEYS: Final = ("languages", "technologies", "kinds", "paths", "when")
_NEGATED: Final = re.compile(
    r"(?:not|no|non|never|except|without|excluding|other\s+than|anything\s+but|everything\s+but|all\s+but)\b"
    r"|(?:all|any|every|everything)\b.*\b(?:not|except|but|excluding|without)\b|[!^]|-(?=[\w*])",
    re.IGNORECASE,
)
_EXCEPTION: Final = re.compile(
    r",? \(?(?:except(?: for| in)?|without|excluding|other than|apart from|unless|minus|(?:but |and )?not(?: in)?) ",
    re.IGNORECASE,
)
"""What begins an exception: `python except notebooks`."""
_EVERYTHING: Final = re.compile(
    r"(?:\*+|any|all|every|everything|each|none|n/?a|(?:all|any|every)\s+(?:languages?|technolog(?:y|ies)|kinds?|files?|paths?))",
    re.IGNORECASE,
)
_KEY: Final = re.compile(rf"\s(?P<key>{'|'.join(KEYS)})\s*[:=]", re.IGNORECASE)
_BETWEEN: Final = re.compile(
    r"\s{0,100}(?:,|;|\||&|\+(?=\s)|(?<=\s)/|/(?=\s)|\b(?:and|or|und|oder|plus)\b)\s*", re.IGNORECASE
)
_BETWEEN_GLOBS: Final = re.compile(r",|\s(?:and|or|und|oder|plus|&|\+|\|)\s", re.IGNORECASE)
_QUOTED_LIST: Final = re.compile(r"\[\s*(?P<inside>[\"'`].*[\"'`])\s*\]")
"""Globs that are written as a list of YAML."""
_NOTED: Final = re.compile(r"(?P<word>[\w.+#-]+)\s*\([^()]*\)")
"""A word with a note: `python (3.12+)`."""
_BRACKETS: Final = re.compile(r"[\[({](?P<inside>.*)[\])}]|[\[({](?P<start>.*)|(?P<end>.*[^\])}(\[{])[\])}]", re.DOTALL)


def word_problem(kind: str, written: str) -> Problem | None:
    """Return the problem of a value that is a phrase instead of a single word; None if it is one word."""
    text = written.strip()
    if _NEGATED.match(text):
        message = f"`{written}` excludes something, which is not possible in `{kind}`"
        return Problem(
            message=message, help=f"list the {kind} that the rule applies to, and write exceptions in `**Except:**`"
        )
    if problem := _with_exception(kind, text):
        return problem
    if _EVERYTHING.fullmatch(text):
        return Problem(
            message=f"`{written}` does not mean all {kind}",
            help=f"remove `{kind}`: a rule without this key applies to all {kind}",
        )
    if match := _KEY.search(f" {text}"):
        help_ = f"write `;` before `{match['key']}`: `languages: go; technologies: docker`"
        return Problem(message=f"`{match['key']}` is part of the value of `{kind}`", help=help_)
    return None if kind == "paths" else _list_problem(kind, text, written)


def is_quoted_list(text: str) -> bool:
    """Return whether a text is a list of YAML in brackets and quotes."""
    return _QUOTED_LIST.fullmatch(text.strip()) is not None


def globs_problem(text: str) -> Problem | None:
    """Return the problem of several globs that commas do not separate, or that are in brackets."""
    quoted = _QUOTED_LIST.fullmatch(text)
    globs = [one.strip(" \t\n`\"'") for one in _BETWEEN_GLOBS.split(quoted["inside"] if quoted else text)]
    if (len(globs) < 2 and not quoted) or not all(_is_known("paths", one) for one in globs) or "{" in text:
        return None
    listed = "`, `".join(globs)
    message = "a list of `paths` has no brackets and quotes" if quoted else "`paths` are not separated by commas"
    return Problem(message=message, help=f"write `{listed}`", suggestion=listed)


def _with_exception(kind: str, text: str, key: str = "") -> Problem | None:
    """Return the problem of known words with an exception; `key` is what is missing before them."""
    spaced = " ".join(text.split())
    match = _EXCEPTION.search(spaced)
    words = [word.strip(" `\"'") for word in _BETWEEN.split(spaced[: match.start()])] if match else []
    if match is None or not all(_is_known(kind, word) for word in words):
        return None
    rest = spaced[match.end() :].removesuffix(")")
    listed = ", ".join(canonical(kind, word) for word in words)
    return Problem(
        message=f"`{text}` excludes something, which is not possible in `{kind}`",
        help=f"write `{key}{listed}`, and the exception on a separate line: `**Except:** {rest}`",
    )


def _is_known(kind: str, word: str) -> bool:
    """Return whether a word is a glob, or a published word for a language, technology or kind."""
    if kind == "paths":
        return bool(re.search(r"[*/.]", word)) and not re.search(r"\s", word)
    return canonical(kind, word) in known(kind)


def _list_problem(kind: str, text: str, written: str) -> Problem | None:
    """Return the problem of several words that commas do not separate, or that are in brackets."""
    noted = _NOTED.fullmatch(text)
    if noted and canonical(kind, noted["word"]) in known(kind):
        word = canonical(kind, noted["word"])
        help_ = f"write `{word}`: the text in brackets belongs in `when`"
        return Problem(message=f"`{written}` is not one of the supported {kind}", help=help_)
    bare = _BRACKETS.fullmatch(text)
    inside = next((part for part in bare.groups() if part is not None), text) if bare else text
    words = [word.strip(" `\"'") for word in _BETWEEN.split(inside)]
    parts = [part.strip() for part in inside.split("/")]
    if all(len(part) > 1 and canonical(kind, part) in known(kind) for part in parts):
        words = parts
    spaced = inside.split()
    if len(words) == 1 and len(spaced) > 1 and all(canonical(kind, word) in known(kind) for word in spaced):
        words = spaced
    if len(words) > 1 and not words[0] and all(canonical(kind, word) in known(kind) for word in words[1:]):
        listed = ", ".join(canonical(kind, word) for word in words[1:])
        message = f"`{written}` is not one of the supported {kind}"
        return Problem(message=message, help=f"write `{listed}`", suggestion=listed)
    if (len(words) < 2 and not bare) or not all(words):
        return None
    listed = ", ".join(canonical(kind, word) for word in words)
    one_by_one = all(canonical(kind, word) in known(kind) for word in words)
    message = f"`{written}` is not one of the supported {kind}"
    return Problem(
        message=message,
        help=f"write `{listed}`: separate names with commas; one matching name is enough",
        suggestion=listed if one_by_one else None,
    )


def piece_problem(piece: str) -> Problem | None:
    """Return what to write for a part of `Applies to` that does not start with a key; None if that is not known."""
    key = re.match(
        rf"(?P<key>{'|'.join(KEYS)})\s*+(?:[=\-\u2013\u2014\uff1a]|is|are)?\s*+(?P<value>\S.*)", piece, re.IGNORECASE
    )
    if key:
        written = f"{key['key'].lower()}: {key['value']}"
        return Problem(message=f"`{piece}` has no colon after its key", help=f"write `{written}`", suggestion=written)
    words = [word.strip(" `\"'") for word in _BETWEEN.split(piece.strip()) if word.strip(" `\"'")]
    for kind in ("languages", "technologies", "kinds"):
        if words and all(canonical(kind, word) in known(kind) for word in words):
            written = f"{kind}: {', '.join(canonical(kind, word) for word in words)}"
            return Problem(
                message=f"`{piece}` in `Applies to` has no key", help=f"write `{written}`", suggestion=written
            )
    for kind in ("languages", "technologies", "kinds", "paths"):
        if problem := _with_exception(kind, piece.strip(), f"{kind}: "):
            return problem
    if re.search(r"[*/]|\.\w{1,5}\b", piece) and not re.search(r"\s", piece.strip()):
        written = f"paths: `{piece.strip(' `')}`"
        return Problem(message=f"`{piece}` in `Applies to` has no key", help=f"write `{written}`", suggestion=written)
    if re.search(r"\s", piece.strip()) and ":" not in piece:
        return Problem(
            message=f"`{piece}` in `Applies to` has no key", help=f"write `when: {piece}`, or a `**When:**` label"
        )
    return None
