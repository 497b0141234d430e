"""A title that says another status than the one that its rules have."""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules, statement_prose
from skills_build.model.standard import Rule, Status, status_on
from skills_build.source.document import Block, Document

_STATUSES: Final = {
    "draft": "draft",
    "wip": "draft",
    "work in progress": "draft",
    "proposed": "draft",
    "proposal": "draft",
    "not approved": "draft",
    "not yet approved": "draft",
    "under review": "draft",
    "deprecated": "deprecated",
    "obsolete": "deprecated",
    "outdated": "deprecated",
    "superseded": "withdrawn",
    "withdrawn": "withdrawn",
    "retired": "withdrawn",
    "rejected": "withdrawn",
    "do not use": "withdrawn",
}
_WORDS: Final = "|".join(_STATUSES).replace(" ", "[ ]")
_OPEN, _CLOSE = "[\\[({<\uff08\u3010]", "[\\])}>\uff09\u3011]"
_BRACKETS: Final = rf"{_OPEN}\s*(?:status:\s*)?(?P<inside>{_WORDS})(?:[\s,:;-][^\])}}]{{0,40}})?{_CLOSE}"
_BEFORE: Final = (
    rf"\A\W{{0,6}}(?:(?P<before>{_WORDS})\s*(?::|\s[-\u2013\u2014]|!)|(?-i:(?P<first>{_WORDS.upper()}))(?!\w))"
)
_TITLE: Final = re.compile(
    rf"{_BRACKETS}|{_BEFORE}|(?:\s[-\u2013\u2014]\s|[:,]\s)(?P<behind>{_WORDS})\W{{0,3}}\Z"
    rf"|\s(?-i:(?P<last>{_WORDS.upper()}))\W{{0,3}}\Z",
    re.IGNORECASE,
)
"""A status in brackets, in capitals, or set apart at the start or end."""
_SENTENCE: Final = re.compile(
    rf"\A\W{{0,6}}{_BRACKETS}|{_BEFORE}|(?<!label)(?<!tag)(?<!header)(?<!marked)(?<!\bas)(?<!with)(?<!the)\s"
    rf"{_BRACKETS.replace('inside', 'end')}\W{{0,3}}\Z",
    re.IGNORECASE,
)
_EMPHASIS: Final = re.compile(r"[*_~]+")
_IN_FORCE: Final = (Status.APPROVED, Status.ENFORCED)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each title and sentence of a rule that says a status while its rules are in force."""
    standard = document.standard
    rules = [rule for rule in live_rules(document) if status_on(standard, rule, context.as_of) in _IN_FORCE]
    if not rules:
        return
    said = _title_says(standard.title) if standard.states("title") else None
    headings = list(_headings(document, rules))
    if said and not any(block.depth == 1 for block, _, _ in headings):
        yield _of_title(document, standard.place("title"), *said)
    for block, span, (word, status) in headings:
        where = "in the front matter" if block.depth == 1 else "below each of its rules"
        yield _of_title(document, span, word, status, where=where)
    for rule in rules:
        match = _SENTENCE.search(_shown(rule.statement))
        if match:
            word = _word(match)
            message = f"`{rule.id}` says `{word}`, but its status is {status_on(standard, rule, context.as_of)}"
            help_ = f"write `**Status:** {_STATUSES[_plain(word)]}` in a paragraph below it, or remove `{word}`"
            yield Finding(code="CX057", message=message, path=document.path, span=rule.span, help=help_)


def _headings(document: Document, rules: list[Rule]) -> Iterator[tuple[Block, Span, tuple[str, str]]]:
    """Yield each heading that says a status and has a rule below it, up to the next heading of its level."""
    blocks = [block for block in document.blocks if block.kind == "heading" and block.inline]
    own = {rule.span.line for rule in rules}
    for place, block in enumerate(blocks):
        assert block.inline is not None
        said = _title_says(block.inline.text) if block.first not in own else None
        if said:
            last = next((b.first for b in blocks[place + 1 :] if b.depth <= block.depth), len(document.lines) + 1)
            if any(block.first < line < last for line in own):
                yield block, block.inline.span(0, len(block.inline.text)), said


def _title_says(title: str) -> tuple[str, str] | None:
    """Return the words of a title that say a status, and the status."""
    match = _TITLE.search(_shown(title))
    return (_word(match), _STATUSES[_plain(_word(match))]) if match else None


def _shown(text: str) -> str:
    """Return a text without code and emphasis; square brackets stay, which may be those of a link."""
    return _EMPHASIS.sub("", statement_prose(text)).strip()


def _word(match: re.Match[str]) -> str:
    return next(word for word in match.groups() if word)


def _plain(word: str) -> str:
    return " ".join(word.lower().split())


def _of_title(document: Document, span: Span, word: str, status: str, *, where: str = "in the front matter") -> Finding:
    written = f"status: {status}" if where == "in the front matter" else f"**Status:** {status}"
    return Finding(
        code="CX057",
        message=f"the title contains `{word}`, but the rules below it are in force",
        path=document.path,
        span=span,
        help=f"write `{written}` {where}, or remove `{word}` from the title",
    )


LINT: Final = Lint(
    code="CX057",
    name="title-says-status",
    severity=Severity.ERROR,
    foreign=Severity.WARNING,
    document=check,
)
