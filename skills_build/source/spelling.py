"""Reports levels that are written in an unusual way, or that can be read in two ways."""

from collections.abc import Iterator

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import Dialect
from skills_build.source.level_reader import StatedLevel
from skills_build.source.levels import LevelWord


class Spelling:
    """Yields the findings about the levels of one file.

    In a dialect of others, a synonym such as SHALL is usual throughout, so that only its first use is reported.
    """

    def __init__(self, path: str, dialect: Dialect) -> None:
        self._path = path
        self._dialect = dialect
        self._reported: set[str] = set()

    def doubtful(self, word: LevelWord, candidate: Candidate, statement: Span) -> Finding:
        """Return the finding for a level that can be read in two ways."""
        start = candidate.start
        span = candidate.inline.span(start + word.start, start + word.end) if word.end else statement
        help_ = "write `MUST NOT` or `SHOULD NOT` if the rule forbids, or rephrase it without `not`"
        if "struck out" in word.doubt:
            help_ = "remove the struck-out words; to withdraw the rule, remove only the strikethrough, and write "
            help_ += "`**Withdrawn:**` and the date below it"
        elif word.negator:
            level = "SHOULD NOT" if word.word.upper().startswith("SHOULD") else "MUST NOT"
            help_ = f"write `{level}` if the rule forbids, and leave out `{word.negator}`"
        return self._finding("CX031", f"`{word.word}` {word.doubt}, so it is not read as a rule", span, help_)

    def findings(self, stated: StatedLevel, span: Span | None, statement: Span) -> Iterator[Finding]:
        """Yield the findings about the level of a rule. `span` is the place of the word that decides."""
        word, level = stated.word or stated.cell, stated.level
        place = span or statement
        if stated.opposite:
            message = f"rule is read as {level}, but its text says `{stated.opposite.word}`"
            yield self._finding("CX031", message, stated.opposite.span, "give the rule the level of its text")
        if word is None or level is None:
            return
        if word.synonym:
            yield from self._synonym(word, str(level), place)
        elif (
            not word.usual
            and word.word.upper().startswith(("MUST", "SHOULD", "MAY"))
            and not (self._is_foreign and _is_in_mark(place, statement))
        ):
            message = f"`{word.word}` is read as {level}"
            yield self._finding("CX030", message, place, f"write `{level}`", _fix(word, str(level), place))
        if "forbids" in word.remark:
            help_ = "write `MUST NOT` or `SHOULD NOT` and rephrase the subject, as in `Services MUST NOT ...`"
            yield self._finding("CX031", f"`{word.word}` {word.remark}, but is read as {level}", place, help_)
        elif word.remark:
            help_ = "write `MUST NOT` with what is excluded, or `MUST`"
            yield self._finding("CX032", f"`{word.word} only` {word.remark}, but is read as {level}", place, help_)

    @property
    def _is_foreign(self) -> bool:
        return not self._dialect.document.strict

    def _synonym(self, word: LevelWord, level: str, place: Span) -> Iterator[Finding]:
        name = word.word.upper()
        own = not self._is_foreign
        if word.word in self._dialect.level.map or (not own and name in self._reported):
            return
        self._reported.add(name)
        help_ = f"write `{level}`" if own else f'to confirm it, add `{word.word!r} = "{level}"` to `[level.map]`'
        fix = _fix(word, level, place) if name.startswith("SHA") and own else None
        yield self._finding("CX313", f"`{word.word}` is read as {level}", place, help_, fix)

    def _finding(self, code: str, message: str, span: Span, help_: str, fix: Fix | None = None) -> Finding:
        return Finding(code=code, message=message, path=self._path, span=span, help=help_, fix=fix)


def _is_in_mark(place: Span, statement: Span) -> bool:
    """Whether a level is outside its statement: then it is part of the mark of the dialect, and usual there."""
    before = (place.end_line, place.end_column) <= (statement.line, statement.column)
    return before or (place.line, place.column) >= (statement.end_line, statement.end_column)


def _fix(word: LevelWord, level: str, span: Span) -> Fix | None:
    """Return a fix where the word is one run of text: with markup inside, an edit could break it."""
    if span.line != span.end_line or span.end_column - span.column != len(word.word):
        return None
    return Fix(title=f"write `{level}`", edits=(Edit(span=span, text=level),))
