"""Finds blocks that nearly match the pattern of a dialect: they start with an id or a level of it, in another form."""

import re
from typing import Final

from skills_build.diagnostics import Span
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import Form
from skills_build.source.candidates import Candidate
from skills_build.source.dialect import Dialect
from skills_build.source.id_marks import IdForms
from skills_build.source.patterns import compile_pattern

_MARKUP: Final = re.compile(r"[\s*_`(\[{\"']{0,12}")
_TOKEN: Final = re.compile(r"\w[\w.:-]{0,60}")
_EMPHASIS: Final = frozenset("*_")
_HELP: Final = "write the rule in the dialect's format, like the other rules"


def near_dialect(candidate: Candidate, forms: IdForms | None, dialect: Dialect) -> NearMiss | None:
    """Return the near-miss of a block that its pattern does not match; None if it starts like no rule."""
    text = candidate.text
    lead = _MARKUP.match(text)
    start = lead.end() if lead else 0
    return _by_id(candidate, text, start, forms) or _by_level(candidate, text, start, dialect)


def _by_id(candidate: Candidate, text: str, start: int, forms: IdForms | None) -> NearMiss | None:
    token = _TOKEN.match(text, start) if forms and forms.accepts else None
    if token is None or forms is None:
        return None
    written = token[0].rstrip(".:-_")
    accepts = compile_pattern(forms.accepts)
    meant = (written, written.upper(), re.sub(r"(?<=[A-Za-z])(?=\d)", "-", written.upper()))
    id_ = next((one for one in meant if accepts.fullmatch(one)), None)
    if id_ is None:
        return None
    name = candidate.form.value.replace("-", " ")
    message = f"{name} starts with the id `{written}`, but does not match any rule pattern of its dialect"
    below = candidate.siblings[0].kind if candidate.siblings else ""
    help_ = _HELP
    if candidate.pattern.with_next and below != "paragraph":
        help_ = "write the rule's sentence as a paragraph directly below the id"
    return NearMiss(
        code="CX033",
        message=message,
        span=_span(candidate, start, start + len(written)),
        id=id_,
        help=help_,
        cites=True,
    )


def unmapped_level(candidate: Candidate, match: re.Match[str] | None, dialect: Dialect) -> NearMiss | None:
    """Return the near-miss of a block whose level is a word that its dialect does not map; None if it has none."""
    written = match.groupdict().get("level") if match else None
    if not match or not written or not dialect.level.map:
        return None
    name = candidate.form.value.replace("-", " ")
    return NearMiss(
        code="CX033",
        message=f"`{written}` is not a level of this dialect, so the {name} is not a rule",
        span=_span(candidate, *match.span("level")),
        help="use a level of the dialect, or add the word to `[level.map]`",
    )


def id_without_level(id_: str, span: Span, form: Form) -> NearMiss:
    """Return the near-miss of a block in the form of a rule, with an id that no rule has, but without a level."""
    name = form.value.replace("-", " ")
    return NearMiss(
        code="CX033",
        message=f"`{id_}` has no level, so the {name} is not a rule",
        span=span,
        id=id_,
        help="add a level of the dialect, or set `level` in the `[[rule]]` or `default` in `[level]`",
        cites=True,
    )


def _by_level(candidate: Candidate, text: str, start: int, dialect: Dialect) -> NearMiss | None:
    """Return the near-miss of a block that starts with a word of the dialect's map, in upper case or in emphasis."""
    if "(?P<level>" not in candidate.pattern.match:
        return None
    plain = text.replace("\u2019", "'")
    emphasised = bool(_EMPHASIS & set(text[:start]))
    for word in sorted(dialect.level.map, key=len, reverse=True):
        end = start + len(word)
        same = plain[start:end] == word and word.isupper()
        if (same or (emphasised and plain[start:end].lower() == word.lower())) and not plain[end : end + 1].isalnum():
            name = candidate.form.value.replace("-", " ")
            message = f"{name} starts with `{text[start:end]}`, but does not match any rule pattern of its dialect"
            return NearMiss(code="CX033", message=message, span=_span(candidate, start, end), help=_HELP)
    return None


def _span(candidate: Candidate, start: int, end: int) -> Span:
    return candidate.inline.span(candidate.start + start, candidate.start + end)
