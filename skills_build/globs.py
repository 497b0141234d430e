"""Matches paths against the globs of codexc, whose syntax docs/globs.md describes. Opens no file.

A glob is read once into names between slashes. A path is compared name by name from the left, and the first match of
what is between two `**` is always good enough: nothing is tried twice, so time grows linearly with the path.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.glob_syntax import ANY_DEPTH, STAR, GlobFault, Name, Names, name_text, parse_glob

NameTest: TypeAlias = Callable[[str], object]
"""Returns a true value if a name of a path matches a name of a glob."""
Run: TypeAlias = tuple[NameTest, ...]
"""Consecutive names of a glob without `**` between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A valid glob. `expanded` are its alternatives without braces, `runs` the parts between `**` of each alternative.

    `literal` are the names before the first wildcard that all alternatives share.
    """

    expanded: tuple[str, ...]
    literal: tuple[str, ...]
    runs: tuple[tuple[Run, ...], ...]


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a pattern matches the whole `path` (relative, `/`). An invalid pattern matches nothing."""
    names = path.split("/")
    return any(runs_match(runs, names) for pattern in patterns for runs in _runs(pattern))


def matches_repository(path: str, patterns: Sequence[str]) -> bool:
    """Return whether a pattern matches a repository by its path on the forge (`payments/ledger`) or its last name."""
    name = path.rpartition("/")[2]
    return matches(path, patterns) or (name != path and matches(name, patterns))


_STARS_AFTER_TEXT: Final = re.compile(r"([^*?\[\\]*[^*?\[\\/])(\*\*+(?:/.*)?)\Z", re.DOTALL)
_MATCHES_NOTHING: Final = re.compile(r"(?:\*\*+/)*\*+")
"""A pattern that matches the empty text."""


def matches_plain(path: str, pattern: str) -> bool:
    """Return whether a pattern of git matches a path: braces are characters, and `**` within a name is `*`.

    This is wildmatch with WM_PATHNAME (https://git-scm.com/docs/gitignore, "Pattern format") and glob(7). Git first
    compares the text before the first wildcard, so `**/b` crosses folders in `a**/b` as well: `match_pathname` in
    https://github.com/git/git/blob/master/dir.c.
    """
    within = _STARS_AFTER_TEXT.match(pattern)
    if within is not None:
        return path.startswith(within[1]) and _matches_rest(path[len(within[1]) :], within[2].lstrip("*"))
    return _wildmatch(path, pattern)


def _wildmatch(path: str, pattern: str) -> bool:
    glob = compile_glob(pattern, plain=True)
    return isinstance(glob, Glob) and any(runs_match(runs, path.split("/")) for runs in glob.runs)


def _matches_rest(rest: str, below: str) -> bool:
    """Return whether `**` and what is `below` it match the rest of a path, which may be in the middle of a name."""
    if not rest:
        return _MATCHES_NOTHING.fullmatch(f"**{below}") is not None
    if not rest.startswith("/"):
        return _wildmatch(rest, f"**{below}")
    first, slash, more = below[1:].partition("/")
    is_empty = bool(slash) and not first.strip("*")  # `*` matches the empty text before the slash of the rest
    return _wildmatch(rest[1:], f"**{below}") or (is_empty and _wildmatch(rest[1:], more))


def unmatched(patterns: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the valid patterns that match none of `paths`, without duplicates."""
    left = [pattern for pattern in dict.fromkeys(patterns) if fault(pattern) is None]
    for path in paths:
        if not left:
            break
        left = [pattern for pattern in left if not matches(path, (pattern,))]
    return tuple(left)


def fault(pattern: str) -> GlobFault | None:
    """Return the fault of a glob; None if it is valid."""
    result = compile_glob(pattern)
    return result if isinstance(result, GlobFault) else None


def require_valid(patterns: Iterable[str], *, source: str) -> None:
    """Raise `CodexError` for the first invalid glob. `source` names the place of the glob, such as `--only`."""
    for pattern in patterns:
        if problem := fault(pattern):
            raise CodexError(f"the glob `{pattern}` of `{source}` is invalid: {problem.message}", hint=problem.help)


def expanded(pattern: str) -> tuple[str, ...]:
    """Expand the braces of a glob: `*.{ts,tsx}` gives two globs. An invalid glob is returned unchanged."""
    glob = compile_glob(pattern)
    return glob.expanded if isinstance(glob, Glob) else (pattern,)


def literal(pattern: str) -> tuple[str, ...]:
    """Return the names of a glob before its first wildcard: `services/api/**/*.py` gives `services`, `api`."""
    glob = compile_glob(pattern)
    return glob.literal if isinstance(glob, Glob) else ()


def is_literal(pattern: str) -> bool:
    """Return whether a glob has no wildcard, so that it matches exactly one path."""
    glob = compile_glob(pattern)
    return (
        isinstance(glob, Glob)
        and len(glob.runs) == 1 == len(glob.runs[0])
        and len(glob.literal) == len(glob.runs[0][0])
    )


def split(text: str, separator: str) -> tuple[str, ...]:
    """Split a list of globs at a separator that is not in braces or brackets or after a backslash."""
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
    """Return whether the brace at `at` is closed. An open brace must not swallow the rest of a list."""
    return text.find("}", at) > 0


def runs_match(runs: Sequence[Run], names: Sequence[str]) -> bool:
    """Return whether names match `runs` in order, with any number of names between two runs.

    The first run is at the start and the last at the end. Each run between them is taken at its first match: a run has
    a fixed number of names, so a later match could only leave less for the runs after it. Nothing is tried twice.
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
    """Compile a glob; return a fault if it is invalid. `plain` selects the syntax of `matches_plain`."""
    alternatives = parse_glob(pattern, plain=plain)
    if isinstance(alternatives, GlobFault):
        return alternatives
    return Glob(
        expanded=tuple(dict.fromkeys("/".join("".join(t.text for t in name) for name in a) for a in alternatives)),
        literal=_common_start(alternatives),
        runs=tuple(_compiled_runs(names) for names in alternatives),
    )


def _common_start(alternatives: Sequence[Names]) -> tuple[str, ...]:
    """Return the names that all alternatives start with, up to the first wildcard."""
    shared: list[str] = []
    for names in zip(*alternatives, strict=False):
        texts = {name_text(name) for name in names}
        text = texts.pop()
        if texts or text is None:
            break
        shared.append(text)
    return tuple(shared)


def _compiled_runs(names: Names) -> tuple[Run, ...]:
    """Compile the runs between `**`. A `**` at the end needs at least one name."""
    if names[-1] == ANY_DEPTH:
        names = (*names, (STAR,))
    runs: list[list[NameTest]] = [[]]
    for at, name in enumerate(names):
        if name != ANY_DEPTH:
            runs[-1].append(_name_test(name))
        elif not at or names[at - 1] != ANY_DEPTH:
            runs.append([])
    return tuple(tuple(run) for run in runs)


def _name_test(name: Name) -> NameTest:
    text = name_text(name)
    if text is not None:
        return text.__eq__
    return bool if name == (STAR,) else re.compile(_name_regex(name), re.DOTALL).fullmatch


def _name_regex(name: Name) -> str:
    """Return a regular expression without backtracking: each piece between two `*` is taken at its first match.

    The atomic groups (`(?>...)`, https://docs.python.org/3/library/re.html) keep that choice. Without them, `*a*a*a*b`
    takes exponential time.
    """
    pieces = [""]
    for token in name:
        if token is STAR:
            pieces.append("")
        else:
            pieces[-1] += token.regex or re.escape(token.literal)
    first, *rest = pieces
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece)
    return f"{first}{middle}.*{rest[-1]}" if rest else first
