"""Verifies the response of a reviewer: only verdicts that the change supports count.

A verdict must name a rule that was asked and a file that it applies to; a violation must name an added line and quote
it. Every rule and file that was asked must have a verdict, and must have been shown in full, otherwise the review is
inconclusive.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from codex.audit.applied_rule import AppliedRule
from codex.audit.examples import good_example
from codex.review.change import Change, earlier_names
from codex.review.findings import reason_not_to_block
from codex.review.model import ReviewFinding
from codex.review.review import is_judged
from codex.review.select import Relevant
from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.check import CheckKind

ANSWER_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["verdicts"],
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rule", "file", "state"],
                "properties": {
                    "rule": {"type": "string"},
                    "file": {"type": "string"},
                    "state": {"enum": ["violated", "followed", "not-applicable"]},
                    "line": {"type": "integer", "minimum": 1},
                    "quote": {"type": "string", "minLength": 1},
                    "reason": {"type": "string"},
                },
            },
        }
    },
}
"""The form of an answer, as JSON Schema."""
STATES: Final = ("violated", "followed", "not-applicable")
MAX_VERDICTS: Final = 20_000
_MIN_QUOTE: Final = 3
MAX_QUOTE: Final = 4_000
"""Maximum number of characters in a quote."""
MAX_QUOTE_LINES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A rejected verdict, by its number from 1, and the reason."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The verified part of a response: findings, rejected verdicts, and what has no verdict that counts.

    `unseen` are the rules and files with a verdict that were not shown in full.
    """

    findings: tuple[ReviewFinding, ...]
    refused: tuple[Refused, ...]
    missing: tuple[tuple[str, str], ...]
    unseen: tuple[tuple[str, str], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every rule and file that was asked has a verdict that counts."""
        return not (self.missing or self.unseen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The response of a reviewer: the packet that it is for, empty if it names none, and its verdicts, unverified."""

    packet: str
    verdicts: Sequence[Any]


def load_answer(data: bytes, *, name: str) -> Answer:
    """Read an answer. Raises `CodexError` if it has another form."""
    hint = "use the `answer_schema` of the packet"
    try:
        document = parse_json(data)
        verdicts, packet = document["verdicts"], document.get("packet")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CodexError(f"`{name}` is not a valid response: {type(error).__name__}", hint=hint) from error
    if not isinstance(verdicts, list):
        raise CodexError(f"`{name}` is not a valid response: `verdicts` is not a list", hint=hint)
    if len(verdicts) > MAX_VERDICTS:
        raise CodexError(f"`{name}` has more than {MAX_VERDICTS:,} verdicts", hint=hint)
    return Answer(packet=packet if isinstance(packet, str) else "", verdicts=verdicts)


def verified(
    verdicts: Sequence[Any], relevant: Sequence[Relevant], change: Change, day: str, *, others: Sequence[Relevant] = ()
) -> Verified:
    """Verify an answer against the change and the rules that were asked.

    `others` need no verdict, but a violation of one of them counts as well. See `without_unseen` for a packet that
    does not contain everything.
    """
    reader = _Verifier(relevant, change, day, others)
    for number, verdict in enumerate(verdicts, start=1):
        reader.read(number, verdict)
    return reader.result()


class _Verifier:
    def __init__(self, relevant: Sequence[Relevant], change: Change, day: str, others: Sequence[Relevant] = ()) -> None:
        self._asked = {one.applied.rule.id: one for one in relevant if is_judged(one) and one.files}
        self._known = {one.applied.rule.id: one for one in others if is_judged(one)} | self._asked
        self._lines = {one.path: dict(one.added) for one in change.files}
        self._names = earlier_names(change)
        self._day = day
        self._spaced = lru_cache(maxsize=1024)(self._spaced_line)
        self._answered: set[tuple[str, str]] = set()
        self._violated: set[tuple[str, str, int]] = set()
        self._findings: dict[str, ReviewFinding] = {}
        self._refused: list[Refused] = []

    def read(self, number: int, verdict: Any) -> None:
        """Read one verdict."""
        why = self._wrong(verdict)
        if why:
            self._refused.append(Refused(number=number, why=why))
            return
        rule, file = verdict["rule"], verdict["file"]
        self._answered.add((rule, file))
        place = (rule, file, verdict.get("line"))
        if verdict["state"] == "violated" and place not in self._violated:
            self._violated.add(place)
            finding = self._finding(self._known[rule], verdict)
            if finding is not None:
                self._findings.setdefault(finding.fingerprint, finding)

    def result(self) -> Verified:
        """Return what counts."""
        asked = [(rule, file) for rule, one in self._asked.items() for file in one.files]
        missing = tuple(pair for pair in asked if pair not in self._answered)
        return Verified(findings=tuple(self._findings.values()), refused=tuple(self._refused), missing=missing)

    def _wrong(self, verdict: Any) -> str:
        """Return why a verdict is rejected; empty if it is accepted."""
        if not isinstance(verdict, dict) or not all(
            isinstance(verdict.get(key), str) for key in ("rule", "file", "state")
        ):
            return "`rule`, `file` or `state` is missing"
        if verdict["state"] not in STATES:
            return f"the state is not one of {', '.join(STATES)}"
        relevant = self._known.get(verdict["rule"])
        if relevant is None:
            return "this rule does not apply to the change"
        if verdict["file"] not in relevant.files and verdict["file"] not in relevant.further:
            return "the rule does not apply to this file"
        return self._wrong_place(verdict) if verdict["state"] == "violated" else ""

    def _wrong_place(self, verdict: Mapping[str, Any]) -> str:
        """Return why the line or the quote of a violation is not accepted; empty if it is."""
        line, quote = verdict.get("line"), verdict.get("quote")
        lines = self._lines.get(verdict["file"], {})
        if not isinstance(line, int) or isinstance(line, bool) or line not in lines:
            return "the line is not an added line of this file"
        if isinstance(quote, str) and (len(quote) > MAX_QUOTE or quote.count("\n") >= MAX_QUOTE_LINES):
            return f"the quote has more than {MAX_QUOTE:,} characters or {MAX_QUOTE_LINES:,} lines"
        if not isinstance(quote, str) or len(spaced(quote)) < _MIN_QUOTE:
            return "the quote is missing"
        return "" if self._is_quoted(quote, verdict["file"], line) else "the quote is not on this line"

    def _is_quoted(self, quote: str, file: str, line: int) -> bool:
        """Return whether a quote is on an added line, or starts there and goes on over the added lines below it."""
        wanted, lines = spaced(quote), self._lines[file]
        first = self._spaced(file, line)
        text, below = [first], line + 1
        size = len(first)
        while size < len(wanted) * 4 and below in lines and below - line <= quote.count("\n") + 1:
            text.append(self._spaced(file, below))
            size += len(text[-1]) + 1
            below += 1
        at = " ".join(part for part in text if part).find(wanted)
        return 0 <= at < max(len(first), 1)

    def _spaced_line(self, file: str, line: int) -> str:
        return spaced(self._lines[file][line])

    def _finding(self, relevant: Relevant, verdict: Mapping[str, Any]) -> ReviewFinding | None:
        reason = verdict.get("reason")
        file, line = verdict["file"], verdict["line"]
        place = Judged(path=file, line=line, text=self._spaced(file, line), name=self._names.get(file, file))
        return judged(relevant.applied, place, reason if isinstance(reason, str) else "", self._day)


def without_unseen(
    result: Verified, packet: Mapping[str, Any], relevant: Sequence[Relevant], change: Change
) -> Verified:
    """Return what counts of an answer to a packet: no verdict approves a rule or a file that it does not show in full.

    The end of a long line is not shown either; the packet reports that, but it does not make a file unseen.
    """
    shown = {row["path"]: len(row["added"]) for row in packet["files"]}
    partly = {one.path for one in change.files if shown.get(one.path, 0) < len(one.added)}
    rules, missing = {row["id"] for row in packet["rules"]}, frozenset(result.missing)
    judged = (one for one in relevant if is_judged(one))
    pairs = ((one.applied.rule.id, path) for one in judged for path in one.files)
    unseen = (pair for pair in pairs if pair[0] not in rules or pair[1] in partly)
    return replace(result, unseen=tuple(pair for pair in unseen if pair not in missing))


REVIEWER: Final = "a reviewer"
"""What finds the violations that no program can find."""
MODEL: Final = "model "
"""What the source of a finding begins with if a model found it; its name follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An added line that a reviewer found: its place, its text with single spaces, and the file's name in the base."""

    path: str
    line: int
    text: str
    name: str


def judged(applied: AppliedRule, place: Judged, reason: str, day: str) -> ReviewFinding | None:
    """Return the finding of a reviewer; None if its rule is waived."""
    rule, waiver = applied.rule, applied.rule.waived
    if waiver is not None and waiver.holds(day):
        return None
    check = next((one for one in applied.checks if one.kind is CheckKind.JUDGEMENT), None)
    why = reason_not_to_block(applied, check, day) if check else "findings from reviewers are not blocking"
    return ReviewFinding(
        id=rule.id,
        level=rule.level,
        blocks=rule.blocking and not why,
        why=why if rule.blocking else "",
        path=place.path,
        line=place.line,
        reason=rule.text,
        found=reason[:500],
        by=REVIEWER,
        remedy=applied.remedy,
        example=good_example(applied),
        owner=applied.standard.owner,
        href=rule.href,
        fingerprint=judged_fingerprint(applied, place.name, place.text),
    )


def judged_fingerprint(applied: AppliedRule, path: str, text: str) -> str:
    """Return the digest of a reviewer's finding on a line with a text, with single spaces.

    `path` is the name of the file in the base if the change moves it.
    """
    rule = applied.rule
    key = f"{rule.id}\0{rule.digest}\0judgement\0{path}\0{text}"
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def notes_on(result: Verified) -> Iterator[str]:
    """Yield notes on rejected and missing verdicts."""
    for one in result.refused[:20]:
        yield f"verdict {one.number} was rejected: {one.why}"
    if len(result.refused) > 20:
        yield f"further rejected verdicts: {len(result.refused) - 20:,}"
    if result.missing:
        rule, file = result.missing[0]
        pairs = counted(len(result.missing), "combination")
        yield f"there is no verdict for {pairs} of a rule and a file, such as {rule} for `{file}`"
    if result.unseen:
        rule, file = result.unseen[0]
        pairs = counted(len(result.unseen), "combination")
        yield (
            f"the packet shows {pairs} of a rule and a file only in part, such as {rule} for `{file}`: "
            "print a larger packet"
        )


def spaced(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())
