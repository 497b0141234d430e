"""A title or text that states a status other than that of its rules."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.lint.base import Context, Lint
from skills_build.lint.prose import live_rules
from skills_build.lint.status_lines import STATUSES, WORDS, own_blocks, shown, status_line
from skills_build.model.standard import Rule, Status, status_on
from skills_build.source.document import Block, Document
from skills_build.source.levels import read_levels

_OPEN, _CLOSE = "[\\[({<\uff08\u3010]", "[\\])}>\uff09\u3011]"
_TAIL: Final = (
    r"\s*[,:;\u2013\u2014-][^\])}]{0,40}"
    r"|\s+(?:v?\d|since|as|at|in|from|by|until|for|and|or|on|with|now|use|see|version|q\d)\b[^\])}]{0,40}"
)
"""What may follow a status in brackets. A noun may not: `[Deprecated APIs]` is about those."""
_BRACKETS: Final = rf"{_OPEN}\s*(?:status:\s*)?(?P<inside>{WORDS})(?:{_TAIL})?{_CLOSE}"
_BEFORE: Final = (
    rf"\A\W{{0,6}}(?:(?P<before>{WORDS})\s*(?::|\s[-\u2013\u2014]|!)|(?-i:(?P<first>{WORDS.upper()}))(?!\w))"
)
_TITLE: Final = re.compile(
    rf"{_BRACKETS}|{_BEFORE}|(?:\s[-\u2013\u2014]\s|[:,]\s)(?P<behind>{WORDS})\W{{0,3}}\Z"
    rf"|\s(?-i:(?P<last>{WORDS.upper()}))\W{{0,3}}\Z",
    re.IGNORECASE,
)
"""A status in brackets, in capitals, or set apart at the start or end."""
_SENTENCE: Final = re.compile(
    rf"\A\W{{0,6}}{_BRACKETS}|{_BEFORE}|(?<!label)(?<!tag)(?<!header)(?<!marked)(?<!\bas)(?<!with)(?<!the)\s"
    rf"{_BRACKETS.replace('inside', 'end')}\W{{0,3}}\Z",
    re.IGNORECASE,
)
_SECTION: Final = re.compile(
    r"\W{0,4}(?P<word>draft|proposed|deprecated|obsolete|outdated|superseded|withdrawn|retired|rejected)s?"
    r"(?:\s+(?:ideas?|rules?|standards?|requirements?|items?|entries|guidelines?|guidance|proposals?|recommendations?"
    r"|candidates?|sections?|content|list))?\W{0,4}",
    re.IGNORECASE,
)
"""The title of a section for rules of one status: `Draft ideas`, `Withdrawn`."""
_COMMENT: Final = re.compile(
    rf"\W{{0,9}}(?:(?:rule\s+)?(?:status|state)\s*[:=\u2013\u2014-]+>?\s*)?(?P<word>{WORDS})\W{{0,9}}", re.IGNORECASE
)
_FORBIDDEN: Final = "do not use"
_STAGES: Final = frozenset(
    {
        "development",
        "experimental",
        "alpha",
        "beta",
        "preview",
        "release candidate",
        "stable",
        "mixed",
        "unmaintained",
        "removed",
    }
)
"""Titles of a document that defines the stages of a life cycle, one of which is `Deprecated`."""
_IN_FORCE: Final = (Status.APPROVED, Status.ENFORCED)


def check(document: Document, context: Context) -> Iterator[Finding]:
    """Yield a finding for each title and sentence of a rule that states a status although its rules are in force."""
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
        sentence = shown(rule.statement)
        match = _SENTENCE.search(sentence)
        if match and not (_forbids(match, sentence) or (match["before"] and _is_order(match, sentence))):
            word = _word(match)
            subject = f"`{rule.id}`" if rule.id else "the rule"
            message = f"{subject} says `{word}`, but its status is {status_on(standard, rule, context.as_of)}"
            help_ = f"write `**Status:** {STATUSES[_plain(word)]}` in a paragraph below the rule, or remove `{word}`"
            yield Finding(code="CX057", message=message, path=document.path, span=rule.span, help=help_)
    yield from _bodies(document, rules)
    yield from _comments(document, rules)


def _bodies(document: Document, rules: list[Rule]) -> Iterator[Finding]:
    """Yield a finding for each text below a rule, or above rules, that states a status which the rules do not have."""
    marks = frozenset(rule.span.line for rule in document.standard.rules)
    for block in own_blocks(document.blocks, marks):
        said = status_line(block)
        if said is None:
            continue
        owner = _owner(document, block)
        span = block.inline.span(0, len(block.inline.text)) if block.inline else Span(block.first, 1, block.last, 1)
        if owner is not None and said.of_rule:
            if owner in rules and owner.status is None:
                subject = f"the text of `{owner.id}`" if owner.id else "the text of the rule"
                message = f"{subject} says `{said.word}`, but its status is not {said.status}"
                help_ = f"write `**Status:** {said.status}` in a separate paragraph, or remove the text"
                yield Finding(code="CX057", message=message, path=document.path, span=span, help=help_)
        elif any(rule.span.line > block.first and rule.status is None for rule in rules):
            message = f"the text says `{said.word}`, but the rules below it are in force"
            help_ = f"write `status: {said.status}` in the front matter, or `**Status:** {said.status}` below each rule"
            yield Finding(code="CX057", message=message, path=document.path, span=span, help=help_)


def _comments(document: Document, rules: list[Rule]) -> Iterator[Finding]:
    """Yield a finding for each comment that only states a status, which no reader sees."""
    for comment in document.comments:
        match = _COMMENT.fullmatch(comment.text)
        status = STATUSES[_plain(match["word"])] if match else ""
        line = comment.span.end_line
        within = [rule for rule in rules if rule.span.line <= line <= rule.end_line] if match else []
        if match and any(rule.status is None for rule in within or rules):
            message = f"a comment says `{match['word']}`, but the rules here are in force"
            help_ = f"write `status: {status}` in the front matter, or `**Status:** {status}` below each rule"
            yield Finding(code="CX057", message=message, path=document.path, span=comment.span, help=help_)


def _owner(document: Document, block: Block) -> Rule | None:
    """Return the rule whose body a block is in: the last one that starts above it and does not end before it."""
    around = (r for r in document.standard.rules if r.span.line < block.first <= r.end_line)
    return max(around, key=lambda rule: rule.span.line, default=None)


def _headings(document: Document, rules: list[Rule]) -> Iterator[tuple[Block, Span, tuple[str, str]]]:
    """Yield each heading that states a status and has a rule below it, up to the next heading of its level."""
    blocks = [block for block in document.blocks if block.kind == "heading" and block.inline]
    own = {rule.span.line for rule in rules}
    for place, block in enumerate(blocks):
        assert block.inline is not None
        said = _title_says(block.inline.text) if block.first not in own else None
        section = _SECTION.fullmatch(shown(block.inline.text)) if block.depth > 1 and block.first not in own else None
        if said is None and not section:
            continue
        last = next((b.first for b in blocks[place + 1 :] if b.depth <= block.depth), len(document.lines) + 1)
        below = [rule for rule in rules if block.first < rule.span.line < last]
        family = bool(section) and _is_in_family(blocks, block)
        if said is None and section and not (family or _is_about(section["word"], below)):
            said = (section["word"], STATUSES[section["word"].lower()])
        if below and said:
            yield block, block.inline.span(0, len(block.inline.text)), said


def _is_in_family(blocks: Sequence[Block], block: Block) -> bool:
    """Whether a heading is one of several names: of fields (`deprecationdate`), or of the stages of a life cycle."""
    titles = [shown(one.inline.text).lower() for one in blocks if one.inline and one.depth == block.depth]
    word = shown(block.inline.text).lower() if block.inline else ""
    stem = word.removesuffix("ed")
    fields = (title for title in titles if title.startswith(stem) and not title.startswith(word) and " " not in title)
    return any(fields) or sum(title in _STAGES for title in titles) >= 3


def _is_about(word: str, rules: Sequence[Rule]) -> bool:
    """Whether rules below a title are about what has a status: `They are marked as deprecated`."""
    stem = word.lower().removesuffix("ed")
    return any(stem in f"{rule.statement} {rule.body}".lower() for rule in rules)


def _forbids(match: re.Match[str], text: str) -> bool:
    """Whether a text forbids something with `DO NOT USE`, and does not state a status with it."""
    rest = text[match.end() :]
    return (
        bool(match["first"]) and _plain(_word(match)) == _FORBIDDEN and bool(re.match(r"\W*(?!th[ie]s|it\b)\w", rest))
    )


def _is_order(match: re.Match[str], text: str) -> bool:
    """Whether `Do not use:` begins a sentence without a level, which is an order, and no mark of one with a level."""
    return _plain(_word(match)) == _FORBIDDEN and not read_levels(text[match.end() :])


def _title_says(title: str) -> tuple[str, str] | None:
    """Return the words of a title that say a status, and the status."""
    match = _TITLE.search(text := shown(title))
    return (_word(match), STATUSES[_plain(_word(match))]) if match and not _forbids(match, text) else None


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
