"""Reports levels that are written in an unusual way, or that can be read in two ways."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.frozen import dataclass
from skills_build.model.standard import Form, Level
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import Dialect
from skills_build.source.forbidding import (
    demands,
    forbids_below,
    forbids_itself,
    is_explained,
    is_forbidding,
    is_negative,
    sign,
)
from skills_build.source.level_reader import StatedLevel
from skills_build.source.levels import (
    CONTRADICTED,
    QUESTIONED,
    RESTRICTS,
    RESTRICTS_OTHERS,
    LevelWord,
    level_in_code,
    read_levels,
)
from skills_build.source.negations import NEGATED

_CONDITION: Final = re.compile(r"\b(?:unless|until|without|if|when|before|except|whose|where)\b", re.IGNORECASE)
"""Words after a level that make the rules below it conditions, as in `Services MUST NOT start unless:`."""


_OPEN_END: Final = re.compile(
    r"[*_]{0,3}(?:\s{1,3}(?:also|always|then|all|either|at least|[a-z]{2,12}ly)){0,2}"
    r"\s{0,3}[*_]{0,3}(?::|,\s{0,3}\Z)[*_]{0,3}(?:\s|\Z)"
)
"""What may follow a level that the items below a line complete, as in `Services MUST also:`."""
_LISTS: Final = re.compile(
    r"[^.;:]{0,200}?\b(?:do|meet|satisfy|fulfill?)\s(?:(?:all|each|both)\s)?(?:of\s)?"
    r"(?:the\sfollowing|these|this|all\sof)(?:\s(?:things|steps|conditions|criteria))?[*_\s]{0,3}:",
    re.IGNORECASE,
)
"""What may follow a level whose sentence the items below a line complete, as in `Services MUST do the following:`."""


_CURES: Final = {
    QUESTIONED: "remove the question mark; if the rule is not decided yet, set its status to `draft`",
    CONTRADICTED: "write only the level that is meant: MUST or MUST NOT if it is binding, otherwise SHOULD or MAY",
}
"""What to write in place of a level in doubt."""


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
        help_ = "write `MUST NOT` or `SHOULD NOT` if the rule forbids something, or rephrase the sentence without `not`"
        if "struck out" in word.doubt:
            help_ = "remove the struck-out words; to withdraw the rule, remove only the strikethrough, and write "
            help_ += "`**Withdrawn:**` and the date below it"
        elif word.doubt in _CURES:
            help_ = _CURES[word.doubt]
        elif word.negator:
            level = "SHOULD NOT" if word.word.upper().startswith("SHOULD") else "MUST NOT"
            help_ = f"write `{level}` if the rule is a prohibition, and leave out `{word.negator}`"
        return self._finding("CX031", f"`{word.word}` {word.doubt}, so it is not read as a rule", span, help_)

    def in_code(self, stated: StatedLevel, candidate: Candidate) -> Iterator[Finding]:
        """Yield a finding for a level in code before the level of a rule, if it is another level."""
        word = level_in_code(candidate.text, stated.word.start) if stated.word else None
        if word and word.level and stated.level and word.level is not stated.level:
            span = candidate.inline.span(candidate.start + word.start, candidate.start + word.end)
            message = f"`{word.word}` in code is not read as a level: the rule is read as {stated.level}"
            help_ = f"write `{word.word}` without backticks, and each level in its own rule"
            yield self._finding("CX031", message, span, help_)

    def against_lead_in(self, stated: StatedLevel, candidate: Candidate, place: Span) -> Iterator[Finding]:
        """Yield a finding if the level of the line that introduces a rule differs from that of the rule.

        A line that ends in its level (`Services MUST:`), or demands what is below it (`MUST do the following:`), begins
        the sentence of the rule; any other line counts only if it forbids what the rule allows or demands. Otherwise a
        level of the line may say something else, which is only a warning.
        """
        own = stated.word or stated.cell
        words = read_levels(candidate.lead_in) if own and stated.level and candidate.lead_in else ()
        said = next((word for word in words if _disagrees(word, stated.level, candidate.lead_in)), None)
        if said is None and len(words) == 1 and _forbids(words[0], stated.level, candidate.lead_in):
            said = words[0]
        if said is not None:
            message = f"rule is read as {stated.level}, but the line that introduces it says `{said.word}`"
            help_ = "remove the level from either the line or the rule"
            yield self._finding("CX031", message, place, help_)
        elif (word := next((w for w in words if w.level not in (None, stated.level)), None)) and not self._is_foreign:
            message = f"the line that introduces this rule says `{word.word}`, but the rule is read as {stated.level}"
            help_ = "remove the level from the line, or make the line a separate rule"
            yield self._finding("CX302", message, place, help_)

    def against_context(self, stated: StatedLevel, candidate: Candidate, place: Span) -> Iterator[Finding]:
        """Yield a finding for a rule that the heading or line above it, its own first word or its sign forbids.

        A rule that states its level itself may say what to do in place of what the heading or line above it forbids, so
        these count only in the canonical format.
        """
        level, word = stated.level, stated.word
        text = candidate.text[word.end :] if word else candidate.text
        apart = (
            word is not None and not candidate.text[: word.start].strip(" *_") and text.lstrip(" *_").startswith(":")
        )
        if level is None or level.negative:
            return
        if apart or (stated.by_default and not stated.keywords):
            by = _forbidden_by(candidate, text)
        elif word is None or candidate.form is Form.ROW:
            return
        else:
            by = _forbidden_in_front(candidate.text) or (None if self._is_foreign else _forbidden_by(candidate, text))
        if by:
            first = "write `MUST NOT` or `SHOULD NOT`" if word and not apart else "begin the text with `Do not`"
            fix = by.fix if word else by.fix_of_default or by.fix
            help_ = f"{first}, or {'give the rule the level MUST NOT or SHOULD NOT' if apart else fix}"
            yield self._finding("CX031", f"rule is read as {level}, but {by.reason}", place, help_)

    def findings(self, stated: StatedLevel, span: Span | None, statement: Span) -> Iterator[Finding]:
        """Yield the findings about the level of a rule. `span` is the place of the word that decides."""
        word, level = stated.word or stated.cell, stated.level
        place = span or statement
        if stated.opposite:
            message = f"rule is read as {level}, but its text says `{stated.opposite.word}`"
            yield self._finding("CX031", message, stated.opposite.span, "give the rule the level that its text states")
        if word is None or level is None:
            return
        if word.synonym:
            yield from self._synonym(word, str(level), place)
        elif (
            not word.usual
            and word.word.upper().startswith(("MUST", "SHOULD", "MAY"))
            and not (self._is_foreign and _is_in_mark(place, statement))
        ):
            message, written = f"`{word.word}` is read as {level}", _in_case(str(level), word.word)
            yield self._finding("CX030", message, place, f"write `{written}`", _fix(word, written, place))
        if word.remark in (RESTRICTS, RESTRICTS_OTHERS):
            help_ = "write `MUST NOT` and state what is forbidden, or write `MUST`"
            said = f"{word.word} only" if word.remark == RESTRICTS else f"only ... {word.word}"
            yield self._finding("CX032", f"`{said}` {word.remark}, but is read as {level}", place, help_)
        elif word.remark:
            help_ = "write `MUST NOT` or `SHOULD NOT` and rephrase the subject, as in `Services MUST NOT ...`"
            if word.remark == NEGATED:
                help_ = (
                    f"rephrase the rule without `{word.word}`, or write `MUST NOT` or `SHOULD NOT` for a prohibition"
                )
            yield self._finding("CX031", f"`{word.word}` {word.remark}, but is read as {level}", place, help_)

    @property
    def _is_foreign(self) -> bool:
        return not self._dialect.document.strict

    def _synonym(self, word: LevelWord, level: str, place: Span) -> Iterator[Finding]:
        name = word.word.upper()
        own = not self._is_foreign
        if word.word in self._dialect.level.map or (not own and name in self._reported):
            return
        self._reported.add(name)
        help_ = (
            f"write `{level}`" if own else f'to confirm this level, add `{word.word!r} = "{level}"` to `[level.map]`'
        )
        fix = _fix(word, level, place) if name.startswith("SHA") and own else None
        yield self._finding("CX313", f"`{word.word}` is read as {level}", place, help_, fix)

    def _finding(self, code: str, message: str, span: Span, help_: str, fix: Fix | None = None) -> Finding:
        return Finding(code=code, message=message, path=self._path, span=span, help=help_, fix=fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prohibition:
    """What forbids a rule that is read as something else.

    `reason` is the end of a message, `fix` what to change other than the rule's level, and `fix_of_default` the same
    where that level is a default of the dialect.
    """

    reason: str
    fix: str
    fix_of_default: str = ""


def _forbidden_by(candidate: Candidate, text: str) -> _Prohibition | None:
    """Return what above a rule, or in front of it, forbids it."""
    if is_negative(text):
        return None
    if mark := sign(text):
        return _marked(mark)
    if words := forbids_below(candidate.lead_in) if candidate.lead_in else "":
        return _Prohibition(reason=f"the line that introduces the rule says `{words}`", fix="rephrase that line")
    heading = candidate.above[-1].text if candidate.above else ""
    if heading and is_forbidding(heading) and not (demands(candidate.lead_in) or is_explained(text)):
        return _Prohibition(
            reason=f"the heading above the rule says `{heading.strip()}`",
            fix="rephrase the heading",
            fix_of_default="map the heading in `[level.headings]` of the dialect",
        )
    return None


def _forbidden_in_front(text: str) -> _Prohibition | None:
    """Return how the start of a sentence with a level of its own forbids it."""
    if mark := sign(text):
        return _marked(mark)
    words = forbids_itself(text)
    return _Prohibition(reason=f"the text begins with `{words}`", fix="rephrase those words") if words else None


def _marked(mark: str) -> _Prohibition:
    return _Prohibition(reason=f"the text is marked with `{mark}`", fix="remove the sign")


def _disagrees(word: LevelWord, level: Level | None, lead_in: str) -> bool:
    """Return whether a line demands the rules below it with a level that is not theirs."""
    ends = _OPEN_END.match(lead_in, word.end) or _LISTS.match(lead_in, word.end)
    return word.level not in (None, level) and ends is not None


def _forbids(word: LevelWord, level: Level | None, lead_in: str) -> bool:
    """Return whether a line forbids what the rule below it allows or requires."""
    if word.level is None or level is None or level.negative or not word.level.negative:
        return False
    return not _CONDITION.search(lead_in, word.end)


def _is_in_mark(place: Span, statement: Span) -> bool:
    """Return whether a level is outside its statement: part of the mark of the dialect, where any spelling is usual."""
    before = (place.end_line, place.end_column) <= (statement.line, statement.column)
    return before or (place.line, place.column) >= (statement.end_line, statement.end_column)


def _in_case(level: str, word: str) -> str:
    """Return a level in the case of a word: the pattern of a dialect may match only that."""
    return level.lower() if word.islower() else level.capitalize() if word[1:].islower() else level


def _fix(word: LevelWord, level: str, span: Span) -> Fix | None:
    """Return a fix where the word is one run of text: with markup inside, an edit could break it."""
    if span.line != span.end_line or span.end_column - span.column != len(word.word):
        return None
    return Fix(title=f"write `{level}`", edits=(Edit(span=span, text=level),))
