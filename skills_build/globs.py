"""The one glob language of codexc, described in docs/globs.md. Decides what a glob matches; opens no file.

A glob is read once into names between slashes. A path is then compared name by name, from the left, and the first fit
of what stands between two `**` is always good enough: nothing is tried twice, so time grows linearly with the path.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from skills_build.errors import CodexError

MAX_LENGTH: Final = 1000
"""Characters of a glob."""
MAX_ALTERNATIVES: Final = 256
"""Globs that the braces of one glob may stand for."""
MAX_EXPANDED: Final = 20_000
"""Characters of all these globs together."""
MAX_DEPTH: Final = 8
"""Braces within braces."""

NameTest: TypeAlias = Callable[[str], object]
"""Says (by a true value) whether one name of a path fits one name of a glob."""
Run: TypeAlias = tuple[NameTest, ...]
"""Names of a glob that follow each other, without `**` among them."""

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


class _Token(NamedTuple):
    """A piece of a glob: `text` as written; a wildcard has a `regex`, any other piece is the character `literal`."""

    text: str
    literal: str = ""
    regex: str = ""


_STAR: Final = _Token("*", regex="*")
_ANY: Final = _Token("?", regex=".")
_SLASH: Final = _Token("/", literal="/")

_Name: TypeAlias = tuple[_Token, ...]
_CROSSING: Final[_Name] = (_STAR, _STAR)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Braces: sequences one of which must fit."""

    sequences: "tuple[tuple[_Token | _Choice, ...], ...]"


_Sequence: TypeAlias = "tuple[_Token | _Choice, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A glob that was read. `expanded` is it without braces; `runs` are, for each of these, what `**` separates."""

    expanded: tuple[str, ...]
    literal: tuple[str, ...]
    runs: tuple[tuple[Run, ...], ...]


def matches(path: str, patterns: Iterable[str]) -> bool:
    """True if any pattern matches the whole of `path` (forward slashes, none in front); an invalid one matches none."""
    names = path.split("/")
    return any(fits(runs, names) for pattern in patterns for runs in _runs(pattern))


def matches_repository(path: str, patterns: Sequence[str]) -> bool:
    """True if any pattern matches a repository: its path on the forge (`payments/ledger`), or the path's last part."""
    name = path.rpartition("/")[2]
    return matches(path, patterns) or (name != path and matches(name, patterns))


def matches_plain(path: str, pattern: str) -> bool:
    """As `matches`, in the language of git and shells: braces are characters, and `**` within a name is `*`.

    That is wildmatch of git with WM_PATHNAME (gitattributes(5), gitignore(5)) and glob(7).
    """
    glob = compile_glob(pattern, plain=True)
    return isinstance(glob, Glob) and any(fits(runs, path.split("/")) for runs in glob.runs)


def unmatched(patterns: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Those of the valid patterns that match none of `paths`, each once."""
    left = [pattern for pattern in dict.fromkeys(patterns) if fault(pattern) is None]
    for path in paths:
        if not left:
            break
        left = [pattern for pattern in left if not matches(path, (pattern,))]
    return tuple(left)


def fault(pattern: str) -> GlobFault | None:
    """What is wrong with a glob; None where it is valid."""
    result = compile_glob(pattern)
    return result if isinstance(result, GlobFault) else None


def require_valid(patterns: Iterable[str], *, source: str) -> None:
    """Raise `CodexError` for the first invalid glob; `source` says where it was written, such as `--only`."""
    for pattern in patterns:
        if problem := fault(pattern):
            raise CodexError(f"the glob `{pattern}` of `{source}` is invalid: {problem.message}", hint=problem.help)


def expanded(pattern: str) -> tuple[str, ...]:
    """The globs without braces that one stands for: `*.{ts,tsx}` gives two. An invalid one stays as it is."""
    glob = compile_glob(pattern)
    return glob.expanded if isinstance(glob, Glob) else (pattern,)


def literal(pattern: str) -> tuple[str, ...]:
    """The folders and names of a glob before its first wildcard: `services/api/**/*.py` gives `services`, `api`."""
    glob = compile_glob(pattern)
    return glob.literal if isinstance(glob, Glob) else ()


def is_literal(pattern: str) -> bool:
    """Whether a glob has no wildcard, so that it matches one path alone."""
    glob = compile_glob(pattern)
    return (
        isinstance(glob, Glob)
        and len(glob.runs) == 1 == len(glob.runs[0])
        and len(glob.literal) == len(glob.runs[0][0])
    )


def split(text: str, separator: str) -> tuple[str, ...]:
    """Cut a list of globs at a separator; one within braces or brackets, or after a backslash, belongs to its glob."""
    pieces, start, depth, at = [], 0, 0, 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character == "[":
            closing = text.find("]", at + 2)
            at = closing if closing > 0 and "/" not in text[at:closing] else at
        elif character == "{":
            depth += 1 if _closes(text, at) else 0
        elif character == "}":
            depth = max(0, depth - 1)
        elif character == separator and not depth:
            pieces.append(text[start:at])
            start = at + 1
        at += 1
    return (*pieces, text[start:])


def _closes(text: str, at: int) -> bool:
    """Whether the brace at `at` is closed: an open one must not swallow the rest of a list."""
    return text.find("}", at) > 0


def fits(runs: Sequence[Run], names: Sequence[str]) -> bool:
    """Whether names are those of `runs` in their order, with any number of names between two of them.

    The first run is at the start and the last at the end; each in the middle is taken where it first fits. As a run has
    a fixed number of names, a later fit could only leave less for the runs after it: nothing is ever tried again.
    """
    first, last = runs[0], runs[-1]
    if len(runs) == 1:
        return len(names) == len(first) and _fits_at(first, names, 0)
    stop = len(names) - len(last)
    if stop < len(first) or not _fits_at(last, names, stop) or not _fits_at(first, names, 0):
        return False
    at = len(first)
    for run in runs[1:-1]:
        while at + len(run) <= stop and not _fits_at(run, names, at):
            at += 1
        at += len(run)
        if at > stop:
            return False
    return True


def _fits_at(run: Run, names: Sequence[str], at: int) -> bool:
    for test in run:
        if not test(names[at]):
            return False
        at += 1
    return True


def _runs(pattern: str) -> tuple[tuple[Run, ...], ...]:
    glob = compile_glob(pattern)
    return glob.runs if isinstance(glob, Glob) else ()


@lru_cache(maxsize=4096)
def compile_glob(pattern: str, *, plain: bool = False) -> Glob | GlobFault:
    """Read a glob, or say what is wrong with it. `plain` is for `matches_plain`."""
    try:
        if len(pattern) > MAX_LENGTH:
            raise _FaultError(f"it has more than {MAX_LENGTH:,} characters", "use several shorter globs")
        sequence = _Parser(pattern.removeprefix("./").removeprefix("/"), plain=plain).sequence(0)
        _check_size(sequence)
        alternatives = [_names(tokens, plain=plain) for tokens in dict.fromkeys(_expanded(sequence))]
    except _FaultError as error:
        return error.fault
    return Glob(
        expanded=tuple(dict.fromkeys("/".join("".join(t.text for t in name) for name in a) for a in alternatives)),
        literal=_shared(alternatives),
        runs=tuple(_compiled_runs(names) for names in alternatives),
    )


class _Parser:
    """Reads the characters of one glob from left to right."""

    def __init__(self, pattern: str, *, plain: bool) -> None:
        self._pattern = pattern
        self._plain = plain
        self._at = 0

    def sequence(self, depth: int) -> _Sequence:
        """Read up to the end, or within braces up to their next comma or end."""
        pieces: list[_Token | _Choice] = []
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
            raise _FaultError(f"braces are nested more than {MAX_DEPTH} deep", "use fewer nested braces")
        sequences: list[_Sequence] = []
        while True:
            self._at += 1
            begin = self._at
            sequences.append(self.sequence(depth))
            if self._at >= len(self._pattern):
                raise _FaultError("`{` is never closed", r"close it with `}`, or write `\{`")
            if _RANGE.fullmatch(self._pattern[begin : self._at]):
                raise _FaultError("a range in braces is not supported", "list the values: `{1,2,3}`")
            if self._pattern[self._at] == "}":
                self._at += 1
                return _Choice(tuple(sequences))

    def _token(self, character: str) -> _Token:
        self._at += 1
        if character == "*":
            return _STAR
        if character == "?":
            return _ANY
        if character == "/":
            return _SLASH
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escaped()
        return _Token(character, literal=character)

    def _escaped(self) -> _Token:
        if self._at >= len(self._pattern):
            raise _FaultError(r"it ends with a single `\`", r"write `\\` for a backslash, and `/` between folders")
        character = self._pattern[self._at]
        self._at += 1
        if character == "/":
            raise _FaultError(r"`\` is followed by `/`", "write `/` alone between folders")
        return _Token(f"\\{character}", literal=character)

    def _set(self) -> _Token:
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
        return _Token(self._pattern[start : self._at], regex=f"[{'^' if negated else ''}{items}]")

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
            raise _FaultError(f"`[:{name}:]` is not a character class", "use one such as `[:alpha:]` or `[:digit:]`")
        self._at = closing + 2
        return _POSIX[name]


def _check_size(sequence: _Sequence) -> None:
    """Refuse braces that stand for too much, before anything is written out."""
    count, length = _size(sequence)
    if count > MAX_ALTERNATIVES:
        raise _FaultError(f"its braces expand to more than {MAX_ALTERNATIVES} globs", "use several globs, or wildcards")
    if length > MAX_EXPANDED:
        message = f"with its braces expanded it has more than {MAX_EXPANDED:,} characters"
        raise _FaultError(message, "use several globs, or wildcards")


def _size(sequence: _Sequence) -> tuple[int, int]:
    """How many globs a sequence stands for, and how many characters these have together."""
    count, length = 1, 0
    for piece in sequence:
        if isinstance(piece, _Token):
            more, longer = 1, len(piece.text)
        else:
            sizes = [_size(inner) for inner in piece.sequences]
            more, longer = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
        count, length = count * more, length * more + longer * count
    return count, length


def _expanded(sequence: _Sequence) -> Iterator[_Name]:
    results: list[_Name] = [()]
    for piece in sequence:
        if isinstance(piece, _Token):
            endings: list[_Name] = [(piece,)]
        else:
            endings = [ending for inner in piece.sequences for ending in _expanded(inner)]
        results = [(*result, *ending) for result in results for ending in endings]
    yield from results


def _names(tokens: _Name, *, plain: bool) -> tuple[_Name, ...]:
    """The names between slashes; a trailing slash means all that is below."""
    names: list[_Name] = [()]
    for token in tokens:
        if token is _SLASH:
            names.append(())
        else:
            names[-1] = (*names[-1], token)
    if len(names) > 1 and not names[-1]:
        names[-1] = _CROSSING
    if names == [()]:
        raise _FaultError("it is empty", "name a file, or write `**` for all files")
    return tuple(_checked(name, plain=plain) for name in names)


def _checked(name: _Name, *, plain: bool) -> _Name:
    if not name:
        raise _FaultError("a name between two slashes is empty", "write one slash")
    text = _text(name)
    if text in (".", ".."):
        raise _FaultError(f"`{text}` is not the name of a file or folder", "write the path from the root, without it")
    stars = any(one is _STAR and after is _STAR for one, after in pairwise(name))
    if not stars or name == _CROSSING:
        return name
    if plain and {*name} == {_STAR}:  # to git `***` as a whole name is `**` (wildmatch.c)
        return _CROSSING
    if plain:
        return tuple(token for at, token in enumerate(name) if token is not _STAR or name[at - 1 : at] != (_STAR,))
    raise _FaultError(
        "`**` must be a whole name between slashes", "write `**/*.md` instead of `**.md`, or a single `*`"
    )


def _text(name: _Name) -> str | None:
    """The name that tokens without wildcards stand for; None with wildcards."""
    return None if any(token.regex for token in name) else "".join(token.literal for token in name)


def _shared(alternatives: Sequence[tuple[_Name, ...]]) -> tuple[str, ...]:
    """The names that all alternatives begin with, up to the first wildcard."""
    shared: list[str] = []
    for several in zip(*alternatives, strict=False):
        texts = {_text(name) for name in several}
        text = texts.pop()
        if texts or text is None:
            break
        shared.append(text)
    return tuple(shared)


def _compiled_runs(names: tuple[_Name, ...]) -> tuple[Run, ...]:
    """The runs between `**`; a `**` at the end asks for one name at least."""
    if names[-1] == _CROSSING:
        names = (*names, (_STAR,))
    runs: list[list[NameTest]] = [[]]
    for at, name in enumerate(names):
        if name != _CROSSING:
            runs[-1].append(_test(name))
        elif not at or names[at - 1] != _CROSSING:
            runs.append([])
    return tuple(tuple(run) for run in runs)


def _test(name: _Name) -> NameTest:
    text = _text(name)
    if text is not None:
        return text.__eq__
    return bool if name == (_STAR,) else re.compile(_regex(name), re.DOTALL).fullmatch


def _regex(name: _Name) -> str:
    """One name as a regular expression that never goes back: each piece between two `*` is taken where it first fits.

    The atomic groups (`(?>...)`) keep that choice. Without them `*a*a*a*b` takes exponential time.
    """
    pieces = [""]
    for token in name:
        if token is _STAR:
            pieces.append("")
        else:
            pieces[-1] += token.regex or re.escape(token.literal)
    first, *rest = pieces
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return f"{first}{middle}.*{rest[-1]}" if rest else first
