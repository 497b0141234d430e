"""The kind `commit`: the message of each commit."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.checks.base import (
    MAX_CHARACTERS,
    Commit,
    Evaluation,
    ExampleForm,
    Fault,
    Gap,
    Kind,
    Match,
    Subject,
    one_line,
)
from skills_build.checks.regex import pattern_faults
from skills_build.model.check import CheckKind, CheckSpec, CommitCheck
from skills_build.model.standard import Example
from skills_build.source.patterns import linear_pattern

_TRAILER: Final = re.compile(r"([A-Za-z0-9-]+):[ \t]*\S")


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for each invalid pattern, and if a check requires nothing."""
    check = spec.commit
    assert check is not None
    if check.message is None and check.trailer is None and check.without is None:
        yield Fault(
            key=("commit",),
            message="the check does not require anything",
            help="write `message`, `trailer` or `without`",
        )
    for name in ("message", "without", "when"):
        pattern = getattr(check, name)
        if pattern is not None:
            yield from pattern_faults(pattern, ("commit", name))


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Check each message."""
    check = spec.commit
    assert check is not None
    if subject.commits is None:
        return Evaluation(gaps=(Gap(path="", why="the commits could not be determined"),))
    asked = [commit for commit in subject.commits if is_about(check.when, commit)]
    found = ((commit, _wrong(check, commit.message[:MAX_CHARACTERS])) for commit in asked)
    return Evaluation(
        matches=tuple(Match(path="", text=_named(commit, wrong)) for commit, wrong in found if wrong),
        looked=tuple(commit.id or one_line(commit.message) for commit in asked),
    )


def is_about(when: str | None, commit: Commit) -> bool:
    """Return whether a check is about a commit."""
    return when is None or linear_pattern(when).search(commit.message[:MAX_CHARACTERS])


def _wrong(check: CommitCheck, message: str) -> str:
    if check.message is not None and not linear_pattern(check.message).search(message):
        return f"the message does not match `{check.message}`"
    if check.without is not None and linear_pattern(check.without).search(message):
        return f"the message matches `{check.without}`"
    if check.trailer is not None and check.trailer.lower() not in trailers(message):
        return f"the message has no trailer `{check.trailer}:`"
    return ""


def trailers(message: str) -> frozenset[str]:
    """Return the names of a message's trailers in lower case: the last paragraph
    (https://git-scm.com/docs/git-interpret-trailers)."""
    last = message.strip().rsplit("\n\n", 1)[-1]
    return frozenset(match[1].lower() for line in last.split("\n") if (match := _TRAILER.match(line)))


def _named(commit: Commit, wrong: str) -> str:
    return f"commit {commit.id[:12]} (`{one_line(commit.message, most=60)}`): {wrong}" if commit.id else wrong


def _is_message(spec: CheckSpec, example: Example, own: bool) -> bool:
    return not example.path and example.language in ("", "text", "commit", "git-commit", "gitcommit")


def _as_message(examples: Sequence[Example]) -> Subject:
    return Subject(commits=(Commit(id="", message=examples[0].code.strip("\n")),))


KIND: Final = Kind(
    kind=CheckKind.COMMIT,
    summary="text that commit messages must or must not contain",
    validate=validate,
    evaluate=evaluate,
    examples=ExampleForm(fits=_is_message, subject=_as_message, expected=lambda _: "with a message"),
)
