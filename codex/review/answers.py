"""Answers to a review in its merge request: `won't fix: REASON` and `break glass: REASON`. Pure.

An answer is the first line of a comment. It only counts if its author is allowed to decide and the comment was not
edited: hosts let other people edit a comment, and still show the original author.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from codex.review.model import Answer, AnswerKind, Decision, Review
from codex.review.review import decision
from skills_build.frozen import dataclass

MAX_REASON: Final = 500
"""Maximum number of characters that are kept of a reason."""
_START: Final = 2000
"""Number of characters at the start of a comment that are searched for an answer."""
_ANSWER: Final = re.compile(
    r"\s{0,20}(?:(?P<wont>won['\u2019]?t[ -]?fix)|(?P<glass>break[ -]glass))"
    r"(?:[ \t]{1,9}(?P<id>[\w.-]{1,100}))?[ \t]{0,9}:(?P<reason>[^\r\n]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment on a merge request, or a reply in a thread of a review: its author and text, and when it was written.

    `edited` is whether its text may have changed, `program` whether it was written by a bot according to the host.
    """

    author: str
    account: int
    """The number of the author's account."""
    body: str
    written: datetime
    edited: bool
    program: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer in a comment; `rule` is the id that it names, if it names one."""

    kind: AnswerKind
    reason: str
    rule: str | None = None


def said(body: str) -> Said | None:
    """Return the answer that a comment begins with."""
    found = _ANSWER.match(body[:_START])
    if found is None:
        return None
    kind = AnswerKind.WONT_FIX if found["wont"] else AnswerKind.BREAK_GLASS
    reason = " ".join(found["reason"].split())[:MAX_REASON]
    return Said(kind=kind, reason=reason, rule=found["id"])


def moment(text: str) -> datetime | None:
    """Parse a time as hosts write it (RFC 3339); None if it is invalid."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def is_named(account: str, names: Iterable[str]) -> bool:
    """Return whether an account is one of those that the settings name; hosts do not distinguish case."""
    return account.lower() in {name.removeprefix("@").lower() for name in names}


def with_answers(reviewed: Review, answers: Sequence[Answer]) -> Review:
    """Return a review with the effect of the answers that count; all answers are recorded."""
    declined = {one.fingerprint for one in answers if one.counts and one.kind == AnswerKind.WONT_FIX}
    left = tuple(finding for finding in reviewed.findings if finding.fingerprint not in declined)
    amounts_to = decision(left, complete=reviewed.complete)
    glass = any(one.counts and one.kind == AnswerKind.BREAK_GLASS for one in answers)
    if glass and amounts_to in (Decision.BLOCK, Decision.INCONCLUSIVE):
        amounts_to = Decision.OVERRIDDEN
    notes = (*reviewed.notes, *_notes(answers))
    return replace(reviewed, findings=left, decision=amounts_to, answers=tuple(answers), notes=notes)


_SHOWN: Final = 10


def _notes(answers: Sequence[Answer]) -> Iterator[str]:
    refused = [one for one in answers if not one.counts]
    for one in refused[:_SHOWN]:
        yield f"`{one.kind}` by `{one.by}` does not count: {one.why}"
    if len(refused) > _SHOWN:
        yield f"further rejected answers: {len(refused) - _SHOWN:,}"
