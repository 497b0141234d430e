r"""Runs the regular expressions of dialects so that none of them runs forever, and the only importer of RE2.

Patterns have the syntax and meaning of Python's `re`. They run on RE2, whose time is linear in the text, wherever it
means the same; that excludes look-around, back references, and `\b` in text that is not ASCII. Those run on `regex`,
which can stop: after `SECONDS`, always with an error, so that no output depends on how fast a machine is.
"""

import re
import warnings
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final, cast

from skills_build.errors import CodexError
from skills_build.numbers import whole_number
from skills_build.source.required_literals import Literals, required_literals

SECONDS: Final = 1.0
"""Maximum CPU time of one search with a pattern that RE2 cannot run, in seconds."""
LONGEST: Final = 4_000_000
"""Maximum length of a text after a replacement, in characters."""
AUDITED: Final = frozenset(
    {
        r"^(?P<statement>.*\S)\s*\((?P<id>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?)\)\s*$",
        r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+[a-z]?",
    }
)
"""The patterns of our own format, which are linear in `re`: it reads every file with them."""
_UNBOUNDED: Final = re.compile(r"[*+{]")
_ODD: Final = re.compile(r"[\v\x1c-\x1f]")
"""White space for `re` and not for RE2."""
_REPEAT: Final = re.compile(r"\{(\d*+)(,?)(\d*+)\}")
_LITERAL_BRACE: Final = re.compile(r"(?<!\\)\{(?!\d*+,?\d*+\})")
_SPACE: Final = r"\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_UNICODE: Final = {"d": r"\p{Nd}", "w": r"\pL\pN_", "s": _SPACE}
"""The classes of `re` in text that is not ASCII."""
_REFERENCE: Final = re.compile(r"\\(?:(\d{1,2})|g<(\w+)>|(.))", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r"}


def compile_pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Compile a pattern of a dialect. Raises `re.error` if it is not one."""
    return _compiled(pattern, int(flags))


@lru_cache(maxsize=512)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `[[a]` may be a nested set one day
        plain = re.compile(pattern, flags)
    if pattern in AUDITED or not _UNBOUNDED.search(pattern):
        return plain
    return cast("re.Pattern[str]", _Guarded(pattern, flags, plain))


class _Guarded:
    """A pattern as `re` has it, with the methods that the compiler uses."""

    def __init__(self, pattern: str, flags: int, plain: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.groups = plain.groups
        self.groupindex = plain.groupindex
        self._flags = flags
        self._plain = plain

    def search(self, text: str, pos: int = 0) -> Any:
        """Search from an offset."""
        return self._first("search", text, pos)

    def match(self, text: str, pos: int = 0) -> Any:
        """Match at an offset."""
        return self._first("match", text, pos)

    def fullmatch(self, text: str, pos: int = 0) -> Any:
        """Match the whole text."""
        return self._first("fullmatch", text, pos)

    def finditer(self, text: str) -> Iterator[Any]:
        """Yield all matches. A pattern that matches nothing at all between words is not for RE2."""
        linear = None if self._may_be_empty else self._linear_for(text)
        if linear is not None:
            yield from (_Match(self, found) for found in linear.finditer(text))
            return
        try:
            yield from self._limited.finditer(text, **self._limit)
        except TimeoutError as error:
            raise self._too_slow(text) from error

    def sub(self, replacement: str, text: str) -> str:
        """Replace all matches; `\\1` and `\\g<name>` in the replacement are groups."""
        return replaced(cast("re.Pattern[str]", self), replacement, text)

    def _first(self, method: str, text: str, pos: int) -> Any:
        linear = self._linear_for(text)
        if linear is not None:
            found = getattr(linear, method)(text, pos)
            return None if found is None else _Match(self, found)
        try:
            return getattr(self._limited, method)(text, pos, **self._limit)
        except TimeoutError as error:
            raise self._too_slow(text) from error

    def _linear_for(self, text: str) -> Any:
        """Return the pattern for RE2, if it means the same in this text."""
        if _ODD.search(text) or (text.endswith("\n") and "$" in self.pattern):
            return None
        return self._ascii if text.isascii() else self._unicode

    @cached_property
    def _ascii(self) -> Any:
        return _for_re2(self.pattern, self._flags, ascii_only=True)

    @cached_property
    def _unicode(self) -> Any:
        return _for_re2(self.pattern, self._flags, ascii_only=False)

    @cached_property
    def _may_be_empty(self) -> bool:
        return self._first("search", "", 0) is not None or "\\b" in self.pattern or "(?" in self.pattern

    @cached_property
    def _limited(self) -> Any:
        try:
            import regex
        except ImportError:  # a platform without a wheel
            return self._plain
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return regex.compile(_LITERAL_BRACE.sub(r"\\{", self.pattern), self._flags)

    @property
    def _limit(self) -> dict[str, float]:
        return {} if self._limited is self._plain else {"timeout": SECONDS}

    def _too_slow(self, text: str) -> CodexError:
        return CodexError(
            f"the pattern `{self.pattern}` takes longer than {SECONDS:g} s for a text of {len(text):,} characters",
            hint="avoid nested repetition such as `(a+)+`, or avoid look-around and `\\b`",
        )


class _Match:
    """A match of RE2 with the methods of `re.Match` that the compiler uses."""

    def __init__(self, pattern: _Guarded, found: Any) -> None:
        self.re = pattern
        self.string: str = found.string
        self._spans: list[tuple[int, int]] = [found.span(number) for number in range(pattern.groups + 1)]

    def span(self, group: int | str = 0) -> tuple[int, int]:
        """Return the place of a group."""
        return self._spans[self.re.groupindex[group] if isinstance(group, str) else group]

    def start(self, group: int | str = 0) -> int:
        """Return where a group starts."""
        return self.span(group)[0]

    def end(self, group: int | str = 0) -> int:
        """Return where a group ends."""
        return self.span(group)[1]

    def __getitem__(self, group: int | str) -> str | None:
        start, end = self.span(group)
        return None if start < 0 else self.string[start:end]

    def groups(self) -> tuple[str | None, ...]:
        """Return all groups."""
        return tuple(self[number] for number in range(1, self.re.groups + 1))

    def groupdict(self) -> dict[str, str | None]:
        """Return the named groups."""
        return {name: self[number] for name, number in self.re.groupindex.items()}


def replaced(pattern: re.Pattern[str], replacement: str, text: str, *, most: int = LONGEST) -> str:
    """Replace all matches of a pattern; `\\1` and `\\g<name>` in the replacement are groups.

    Raises `CodexError` before the result has more than `most` characters.
    """
    template = _template(replacement)
    literal = sum(len(part) for part, key in template if key is None)
    keys = [key for _, key in template if key is not None]
    parts: list[str] = []
    at, room = 0, most - len(text)
    for found in pattern.finditer(text):
        spans = [found.span(key) for key in keys]
        room -= literal + sum(end - start for start, end in spans) - (found.end() - found.start())
        if room < 0:
            message = f"replacing `{pattern.pattern}` makes the text too long"
            raise CodexError(
                message,
                hint="a dialect can expand a text to at most four times its length",
            )
        parts.append(text[at : found.start()])
        parts += [part if key is None else found[key] or "" for part, key in template]
        at = found.end()
    return "".join([*parts, text[at:]])


@lru_cache(maxsize=512)
def _template(replacement: str) -> tuple[tuple[str, int | str | None], ...]:
    """Return the parts of a replacement: a text and None, or nothing and the group that goes there."""
    parts: list[tuple[str, int | str | None]] = []
    at = 0
    for match in _REFERENCE.finditer(replacement):
        number, name, other = match.groups()
        parts.append((replacement[at : match.start()], None))
        if number or name:
            key = number or name
            group = whole_number(key)
            parts.append(("", key if group is None else group))
        else:
            parts.append((_CONTROLS.get(other, other), None))
        at = match.end()
    return (*parts, (replacement[at:], None))


def unknown_group(template: str, pattern: re.Pattern[str]) -> str:
    """Return what is wrong with a replacement: a group that its pattern does not have; empty if nothing is."""
    for number, name, _ in _REFERENCE.findall(template):
        key = number or name
        group = whole_number(key)
        known = key == "" or (key in pattern.groupindex if group is None else group <= pattern.groups)
        if not known:
            return f"the pattern has no group `{key}`"
    return ""


class LinearPattern:
    """A pattern in the syntax of RE2, for untrusted text. It only runs on RE2.

    `^` and `$` are the start and end of a line.
    """

    def __init__(self, compiled: Any, literals: Literals) -> None:
        self._compiled = compiled
        self._literals = literals

    def may_match(self, text: str) -> bool:
        """Return False if a text lacks what every match contains."""
        return self._literals.may_match(text)

    @property
    def matches_empty(self) -> bool:
        """Whether it matches the empty text."""
        return self._compiled.search("") is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each match."""
        if self.may_match(text):
            for found in self._compiled.finditer(text):
                yield found.span()

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the start of each match, with the text of its first group, or all of it without groups."""
        for found in self._compiled.finditer(text) if self.may_match(text) else ():
            yield found.start(), next(filter(None, found.groups()), found.group())

    def search(self, text: str) -> bool:
        """Return whether it matches anywhere."""
        return self.may_match(text) and self._compiled.search(text) is not None

    def fullmatch(self, text: str) -> bool:
        """Return whether it matches the whole text."""
        return self._compiled.fullmatch(text) is not None


_MEMORY: Final = 2**22
"""Maximum memory of one pattern of a check, in bytes: half of the default of RE2."""


@lru_cache(maxsize=4096)
def linear_pattern(pattern: str) -> LinearPattern:
    """Compile a pattern for RE2 (https://github.com/google/re2/wiki/Syntax). Raises `ValueError` if it is invalid."""
    try:
        import re2
    except ImportError as error:  # a platform without a wheel
        raise CodexError("patterns in checks require google-re2", hint="run `pip install google-re2`") from error
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return LinearPattern(re2.compile(f"(?m){pattern}", options=options), required_literals(pattern))
    except re2.error as error:
        reason = error.args[0] if error.args else "the pattern is invalid"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(text.replace("(?m)", "", 1)) from error


def _for_re2(pattern: str, flags: int, *, ascii_only: bool) -> Any:
    """Return a pattern compiled by RE2; None if RE2 has no such pattern."""
    written = _translated(pattern, ascii_only=ascii_only)
    if written is None:
        return None
    try:
        import re2
    except ImportError:  # a platform without a wheel
        return None
    options = re2.Options()
    options.log_errors = False
    names = ("i" if flags & re.IGNORECASE else "") + ("m" if flags & re.MULTILINE else "")
    try:
        return re2.compile(f"(?{names}){written}" if names else written, options=options)
    except re2.error:
        return None


def _translated(pattern: str, *, ascii_only: bool) -> str | None:
    """Return a pattern of `re` in the syntax of RE2; None if RE2 has no equivalent."""
    parts: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        token, at, inside = _token(pattern, at, inside=inside, ascii_only=ascii_only)
        if token is None:
            return None
        parts.append(token)
    return "".join(parts)


def _token(pattern: str, at: int, *, inside: bool, ascii_only: bool) -> tuple[str | None, int, bool]:
    """Return the next token for RE2, the offset after it, and whether that is inside brackets."""
    here, after = pattern[at], pattern[at + 1 : at + 2]
    if here == "\\":
        token, length = _escape(pattern, at, inside=inside, ascii_only=ascii_only)
        return token, at + length, inside
    if inside:
        if here == "[":
            return (None if after == ":" else r"\["), at + 1, True
        return here, at + 1, here != "]"
    if here == "[":
        opening = "[^" if after == "^" else "["
        closing = pattern[at + len(opening) : at + len(opening) + 1] == "]"
        return opening + (r"\]" if closing else ""), at + len(opening) + closing, True
    if here == "{":
        repeat = _REPEAT.match(pattern, at)
        if repeat is None or not (repeat[1] or repeat[2]):
            return r"\{", at + 1, False
        counted = bool(repeat[1] or repeat[3])
        return (f"{{{repeat[1] or '0'}{repeat[2]}{repeat[3]}}}" if counted else None), repeat.end(), False
    if here == "(" and after == "?":
        known = re.match(r"\(\?(?::|P<\w+>|[ims]+\))", pattern[at:])
        return (known[0] if known else None), at + (known.end() if known else 1), False
    return here, at + 1, False


def _escape(pattern: str, at: int, *, inside: bool, ascii_only: bool) -> tuple[str | None, int]:
    """Return an escape for RE2, and the length of the one in the pattern."""
    name = pattern[at + 1 : at + 2]
    if name in "uU" and name:
        digits = 4 if name == "u" else 8
        return f"\\x{{{pattern[at + 2 : at + 2 + digits]}}}", 2 + digits
    if name == "Z":
        return r"\z", 2
    if name.isdigit() or name == "N" or (inside and name == "b"):
        return None, 2
    if ascii_only or name.lower() not in "dwsb":
        return pattern[at : at + 2], 2
    if name in _UNICODE:
        return (_UNICODE[name] if inside else f"[{_UNICODE[name]}]"), 2
    if name in "bB" or inside:
        return None, 2
    return f"[^{_UNICODE[name.lower()]}]", 2
