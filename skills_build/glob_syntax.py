"""The syntax of globs (docs/globs.md): reads a glob into the names between its slashes, one row for each alternative.

Faults are returned as values: a caller reports them with the place where the glob is written.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from skills_build.frozen import dataclass

MAX_LENGTH: Final = 1000
"""Maximum length of a glob, in characters."""
MAX_ALTERNATIVES: Final = 256
"""Maximum number of globs to which the braces of one glob expand."""
MAX_EXPANDED: Final = 20_000
"""Maximum total length of these globs, in characters."""
MAX_DEPTH: Final = 8
"""Maximum nesting depth of braces."""

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\x20\t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
"""POSIX character classes (IEEE Std 1003.1, 9.3.5) as the inside of a Python character set."""
_RANGE: Final = re.compile(r"-?\w+\.\.-?\w+(?:\.\.-?\d+)?")


class GlobFault(NamedTuple):
    """Why a glob is invalid, and what to write."""

    message: str
    help: str


class _FaultError(Exception):
    def __init__(self, message: str, help_: str) -> None:
        super().__init__(message)
        self.fault = GlobFault(message, help_)


class Token(NamedTuple):
    """A piece of a glob: `text` as written, and either the `regex` of a wildcard or a `literal` character."""

    text: str
    literal: str = ""
    regex: str = ""


STAR: Final = Token("*", regex="*")
_ANY: Final = Token("?", regex=".")
_SLASH: Final = Token("/", literal="/")

Name: TypeAlias = tuple[Token, ...]
"""The tokens between two slashes."""
Names: TypeAlias = tuple[Name, ...]
"""A glob without braces."""
ANY_DEPTH: Final[Name] = (STAR, STAR)
"""`**`, which matches any number of names."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Braces: sequences of which one has to match."""

    sequences: "tuple[tuple[Token | _Choice, ...], ...]"


_Sequence: TypeAlias = "tuple[Token | _Choice, ...]"


def parse_glob(pattern: str, *, plain: bool) -> tuple[Names, ...] | GlobFault:
    """Read a glob and expand its braces; return a fault if it is invalid. `plain` reads braces as characters."""
    try:
        if len(pattern) > MAX_LENGTH:
            raise _FaultError(f"globs are limited to {MAX_LENGTH:,} characters", "use several shorter globs")
        sequence = _Parser(pattern.removeprefix("./").removeprefix("/"), plain=plain).sequence(0)
        _check_size(sequence)
        return tuple(_names(tokens, plain=plain) for tokens in dict.fromkeys(_expanded(sequence)))
    except _FaultError as error:
        return error.fault


def name_text(name: Name) -> str | None:
    """Return the name that tokens without wildcards stand for; None if there is a wildcard."""
    return None if any(token.regex for token in name) else "".join(token.literal for token in name)


class _Parser:
    """Reads the characters of one glob from left to right."""

    def __init__(self, pattern: str, *, plain: bool) -> None:
        self._pattern = pattern
        self._plain = plain
        self._at = 0

    def sequence(self, depth: int) -> _Sequence:
        """Read up to the end; within braces, up to the next comma or closing brace."""
        pieces: list[Token | _Choice] = []
        while self._at < len(self._pattern):
            character = self._pattern[self._at]
            if depth and character in ",}":
                break
            if character == "{" and not self._plain:
                pieces.append(self._choice(depth + 1))
            elif character == "}" and not self._plain:
                raise _FaultError("`}` has no matching `{`", r"write `\}` for the character itself")
            else:
                pieces.append(self._token(character))
        return tuple(pieces)

    def _choice(self, depth: int) -> _Choice:
        if depth > MAX_DEPTH:
            raise _FaultError(f"braces are nested more than {MAX_DEPTH} levels deep", "use fewer nested braces")
        sequences: list[_Sequence] = []
        while True:
            self._at += 1
            begin = self._at
            sequences.append(self.sequence(depth))
            if self._at >= len(self._pattern):
                raise _FaultError("`{` is never closed", r"close it with `}`, or write `\{`")
            if _RANGE.fullmatch(self._pattern[begin : self._at]):
                raise _FaultError("ranges in braces are not supported", "list the values: `{1,2,3}`")
            if self._pattern[self._at] == "}":
                self._at += 1
                return _Choice(tuple(sequences))

    def _token(self, character: str) -> Token:
        self._at += 1
        if character == "*":
            return STAR
        if character == "?":
            return _ANY
        if character == "/":
            return _SLASH
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escaped()
        return Token(character, literal=character)

    def _escaped(self) -> Token:
        if self._at >= len(self._pattern):
            raise _FaultError(
                r"the glob ends with a single `\`", r"write `\\` for a backslash, and `/` between folders"
            )
        character = self._pattern[self._at]
        self._at += 1
        if character == "/":
            raise _FaultError(r"`\` is followed by `/`", "separate folders with a single `/`")
        return Token(f"\\{character}", literal=character)

    def _set(self) -> Token:
        """Read `[abc]`, `[a-z]`, `[!abc]`, `[[:digit:]]`; the opening bracket has been read."""
        start = self._at - 1
        negated = self._pattern[self._at : self._at + 1] in ("!", "^")
        self._at += negated
        first, items = self._at, ""
        while (character := self._pattern[self._at : self._at + 1]) != "]" or self._at == first:
            if character in ("", "/"):
                raise _FaultError("`[` is never closed", r"close it with `]`, or write `\[`")
            items += self._posix() if self._pattern.startswith("[:", self._at) else self._item()
        self._at += 1
        return Token(self._pattern[start : self._at], regex=f"[{'^' if negated else ''}{items}]")

    def _item(self) -> str:
        low = self._member()
        if self._pattern[self._at : self._at + 1] != "-" or self._pattern[self._at + 1 : self._at + 2] in ("]", ""):
            return re.escape(low)
        self._at += 1
        high = self._member()
        if high < low:
            raise _FaultError(f"the range `{low}-{high}` is reversed", f"write `{high}-{low}`")
        return f"{re.escape(low)}-{re.escape(high)}"

    def _member(self) -> str:
        if self._pattern[self._at : self._at + 1] == "\\":
            self._at += 1
        character = self._pattern[self._at : self._at + 1]
        if character in ("", "/"):
            raise _FaultError("`[` is never closed", r"close it with `]`, or write `\[`")
        self._at += 1
        return character

    def _posix(self) -> str:
        closing = self._pattern.find(":]", self._at)
        name = self._pattern[self._at + 2 : closing] if closing > 0 else ""
        if name not in _POSIX:
            raise _FaultError(
                f"`[:{name}:]` is not a character class", "use a class such as `[:alpha:]` or `[:digit:]`"
            )
        self._at = closing + 2
        return _POSIX[name]


def _check_size(sequence: _Sequence) -> None:
    """Reject braces that expand too far, before anything is expanded."""
    count, length = _size(sequence)
    if count > MAX_ALTERNATIVES:
        raise _FaultError(f"the braces expand to more than {MAX_ALTERNATIVES} globs", "use several globs, or wildcards")
    if length > MAX_EXPANDED:
        message = f"the braces expand to more than {MAX_EXPANDED:,} characters"
        raise _FaultError(message, "use several globs, or wildcards")


def _size(sequence: _Sequence) -> tuple[int, int]:
    """Return how many globs a sequence expands to, and how many characters they have together."""
    count, length = 1, 0
    for piece in sequence:
        if isinstance(piece, Token):
            piece_count, piece_length = 1, len(piece.text)
        else:
            sizes = [_size(inner) for inner in piece.sequences]
            piece_count, piece_length = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
        count, length = count * piece_count, length * piece_count + piece_length * count
    return count, length


def _expanded(sequence: _Sequence) -> Iterator[Name]:
    """Yield the tokens of each glob that a sequence expands to."""
    results: list[Name] = [()]
    for piece in sequence:
        if isinstance(piece, Token):
            endings: list[Name] = [(piece,)]
        else:
            endings = [ending for inner in piece.sequences for ending in _expanded(inner)]
        results = [(*result, *ending) for result in results for ending in endings]
    yield from results


def _names(tokens: Name, *, plain: bool) -> tuple[Name, ...]:
    """Split tokens at slashes. A trailing slash matches everything below the folder."""
    names: list[Name] = [()]
    for token in tokens:
        if token is _SLASH:
            names.append(())
        else:
            names[-1] = (*names[-1], token)
    if len(names) > 1 and not names[-1]:
        names[-1] = ANY_DEPTH
    if names == [()]:
        raise _FaultError("the glob is empty", "write the path of a file, or `**` for all files")
    return tuple(_checked(name, plain=plain) for name in names)


def _checked(name: Name, *, plain: bool) -> Name:
    """Return a valid name; in plain globs, `**` within a name becomes `*`."""
    if not name:
        raise _FaultError("a path segment is empty", "write one slash")
    text = name_text(name)
    if text in (".", ".."):
        raise _FaultError(f"`{text}` is not a file or folder name", "write the path from the root, without this part")
    has_two_stars = any(token is STAR and after is STAR for token, after in pairwise(name))
    if not has_two_stars or name == ANY_DEPTH:
        return name
    if plain and {*name} == {
        STAR
    }:  # git reads the name `***` as `**`: https://github.com/git/git/blob/master/wildmatch.c
        return ANY_DEPTH
    if plain:
        return tuple(token for at, token in enumerate(name) if token is not STAR or name[at - 1 : at] != (STAR,))
    raise _FaultError("`**` must be a whole path segment", "write `**/*.md` instead of `**.md`, or a single `*`")
