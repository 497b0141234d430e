"""Editions with one rule of interest, and the only change between them."""

from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange
from tests.support.compiling import standard
from tests.support.editions import brief, changed

BODY = "**Why:** it has a reason.\n\n**Check:** a reviewer sees it.\n"


BASE = f"### Tokens SHOULD expire (SVC-9)\n\n{BODY}"
"""A rule that every edition has, so that no skill is ever empty."""


RULE = "Requests MUST carry a token (SVC-1)"


WITHDRAWN = "**Withdrawn:** 2026-08-01."


REWORDED = "Requests MUST carry a valid token (SVC-1)"


def text(rule: str, *labels: str, status: str = "enforced", extra: str = "", body: str = BODY) -> str:
    """A standard with one rule of interest: its heading without marks, and labelled paragraphs below it."""
    parts = [f"### {rule}", *labels, body] if rule else []
    return standard("\n\n".join((BASE, *parts)), status=status, extra=extra)


def between(old: str, new: str, **more: str) -> Diff:
    return changed({"a.md": old}, {"a.md": new}, **more)  # type: ignore[arg-type]


def only(diff: Diff) -> RuleChange:
    """The only change there is."""
    assert len(diff.changes) == 1, brief(diff)
    assert diff.bump is diff.changes[0].bump
    return diff.changes[0]


def only_change(diff: Diff, kind: ChangeKind, bump: Bump, subject: str = "SVC-1") -> RuleChange:
    """The only change, which is this one."""
    change = only(diff)
    assert (change.subject, change.kind, change.bump) == (subject, kind, bump)
    assert change.why
    return change


def rule(level: str) -> str:
    return f"Requests {level} carry a token (SVC-1)"


def scoped(level: str, scope: str) -> str:
    return text(rule(level), *([f"**Applies to:** {scope}"] if scope else []))
