"""Valid globs that match no file of any repository, because a formatter, a shell or another syntax shaped them."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from skills_build.source.values import Problem

_STARS: Final = {"_": "*", "*_": "**", "_*": "**", "__": "**"}
"""Names of a path that were stars before a formatter took the stars for emphasis."""
_PROGRAMS: Final = frozenset({"bin", "sbin", "script", "scripts", "hooks", "exe", "tools"})
"""Directories of files without an extension, such as `bin/console`."""
_CODE: Final = "in a label, write globs as code: `` `**/*.py` ``"


def glob_problem(pattern: str, *, code: bool = True) -> Problem | None:
    """Return why a valid glob matches nothing; None if no problem is found.

    `code` is False for a glob in running text, where a formatter may change stars and escape them.
    """
    for shape in _SHAPES:
        problem = shape(pattern)
        if problem is not None:
            return problem
    return _escaped(pattern) if not code else None


def misplaced(pattern: str) -> Problem | None:
    """Return why a pattern is not a path in a repository, which may also be why it is invalid."""
    return _outside(pattern) or _edges(pattern)


def too_narrow(pattern: str) -> Problem | None:
    """Return why a glob for files of a repository matches fewer of them than it seems to."""
    return _root_only(pattern) or _extension(pattern) or _folder(pattern)


def _root_only(pattern: str) -> Problem | None:
    """Return why a glob for any file of a kind only matches files in the root of a repository: `*.py`."""
    if "/" in pattern or not pattern.strip("*") or not re.match(r"\*\.|\*[\w-]|[\w-]{1,80}\*", pattern):
        return None
    return Problem(
        message=f"glob `{pattern}` matches only files in the root directory",
        help=f"write `**/{pattern}` for files in any directory, or `/{pattern}` if only the root is meant",
        suggestion=f"**/{pattern}",
    )


def _extension(pattern: str) -> Problem | None:
    """Return why an extension is no glob: `.py` is the name of a file."""
    match = re.fullmatch(r"(?:\*\*/)?\.([a-z][a-z0-9]{0,9})", pattern)
    if match is None or match[1] not in _extensions() or f".{match[1]}" in _file_names():
        return None
    end = match[1]
    return Problem(
        message=f"glob `{pattern}` only matches files named `.{end}`",
        help=f"write `**/*.{end}` for files of this kind",
        suggestion=f"**/*.{end}",
    )


def _folder(pattern: str) -> Problem | None:
    """Return why the name of a folder is no glob: `services/api` is the name of a file."""
    names = pattern.split("/")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", names[-1]) or names[-1] in _file_names() or _PROGRAMS & {*names[:-1]}:
        return None
    return Problem(
        message=f"glob `{pattern}` matches only a file with this name, not the files in a directory",
        help=f"write `{pattern}/**` for a directory",
        suggestion=f"{pattern}/**",
    )


@cache
def _extensions() -> frozenset[str]:
    from skills_build.languages import LANGUAGES

    return frozenset(end for row in LANGUAGES.values() for end in row[1])


@cache
def _file_names() -> frozenset[str]:
    from skills_build.languages import LANGUAGES

    return frozenset(name.lower() for row in LANGUAGES.values() for name in row[2])


def _emphasis(pattern: str) -> Problem | None:
    names = pattern.split("/")
    if not any(name in _STARS for name in names) or pattern == "_":
        return None
    plain = "/".join(_STARS.get(name, f"{name[:-1]}*" if name.endswith("_") else name) for name in names)
    message = f"glob `{pattern}` has underscores, because a formatter treated the asterisks as emphasis"
    return Problem(message=message, help=f"write `{plain}`; {_CODE}", suggestion=plain)


def _escaped(pattern: str) -> Problem | None:
    if not re.search(r"\\[*_]", pattern):
        return None
    plain = re.sub(r"\\([*_])", r"\1", pattern)
    message = f"glob `{pattern}` has escaped asterisks, which match only a literal asterisk"
    return Problem(message=message, help=f"write `{plain}`; {_CODE}", suggestion=plain)


def _backslashes(pattern: str) -> Problem | None:
    if not re.search(r"[\w*]\\[\w*]", pattern) or "/" in pattern:
        return None
    plain = pattern.replace("\\", "/")
    message = f"glob `{pattern}` has backslashes between its folders"
    return Problem(message=message, help=f"write `{plain}`", suggestion=plain)


def _outside(pattern: str) -> Problem | None:
    if not re.match(r"~/|[A-Za-z]:[\\/]|[a-z][a-z+.-]*://", pattern):
        return None
    return Problem(
        message=f"glob `{pattern}` is not a path in a repository",
        help="write the path from the root of the repository, such as `src/**`",
    )


def _negated(pattern: str) -> Problem | None:
    if not pattern.startswith("!"):
        return None
    return Problem(
        message=f"glob `{pattern}` starts with `!`, which has no special meaning",
        help="list the files to which the rule applies; write exceptions in `when` or `**Except:**`",
    )


def _spaces(pattern: str) -> Problem | None:
    if not re.search(r"\{\s|,\s|\s[,}]", pattern) or "{" not in pattern:
        return None
    plain = re.sub(r"\s{0,100}([,{}])\s*+", r"\1", pattern)
    message = f"glob `{pattern}` has spaces in its braces, which become part of the names"
    return Problem(message=message, help=f"write `{plain}`", suggestion=plain)


def _edges(pattern: str) -> Problem | None:
    if pattern == pattern.strip() or not pattern.strip():
        return None
    message = f"glob `{pattern}` starts or ends with a space, which becomes part of the name"
    return Problem(message=message, help=f"write `{pattern.strip()}`", suggestion=pattern.strip())


def _has_group(pattern: str) -> bool:
    """Return whether there are `(`, `|` and `)` in this order."""
    opening = pattern.find("(")
    bar = pattern.find("|", opening) if opening >= 0 else -1
    return bar >= 0 and pattern.find(")", bar) >= 0


def _regular_expression(pattern: str) -> Problem | None:
    if not (
        pattern.startswith("^") or pattern.endswith("$") or re.search(r"\\\.|\.\+", pattern) or _has_group(pattern)
    ):
        return None
    return Problem(
        message=f"`{pattern}` looks like a regular expression, not a glob",
        help="`*` matches part of a name, and `**` matches any number of folders, as in `src/**/*.py`",
    )


_SHAPES: Final[tuple[Callable[[str], Problem | None], ...]] = (
    _emphasis,
    _backslashes,
    _outside,
    _negated,
    _spaces,
    _regular_expression,
)
