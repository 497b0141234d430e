"""A check is an addition; only one that blocks can break work."""

import pytest

from skills_build.model.release import Bump, ChangeKind
from tests.support.compiling import standard
from tests.support.editions import changed

RULE = "### Requests MUST carry a token (SVC-1)\n\n**Why:** it has a reason.\n\n**Check:** a reviewer sees it.\n"
ADVISORY = RULE.replace("MUST", "SHOULD")


def page(*blocks: str, rule: str = RULE) -> dict[str, str]:
    fences = "".join(f"\n```yaml check\n{block}\n```\n" for block in blocks)
    return {"a.md": standard(rule + fences, status="enforced")}


A = "regex: {match: a}\nfiles: [a.py, b.py]"
B = "regex: {match: b}"
BLOCKS = "\nrollout: block"


@pytest.mark.parametrize(
    ("old", "new", "kind", "bump"),
    [
        ((), (A,), ChangeKind.CHECK_ADDED, Bump.MINOR),
        ((), (A + BLOCKS,), ChangeKind.CHECK_ADDED, Bump.MAJOR),
        ((), (A + BLOCKS + " from 2999-01-01",), ChangeKind.CHECK_ADDED, Bump.MINOR),
        ((A,), (), ChangeKind.CHECK_REMOVED, Bump.MINOR),
        ((A + BLOCKS,), (), ChangeKind.CHECK_REMOVED, Bump.MINOR),
        ((A,), (B,), ChangeKind.CHECK_CHANGED, Bump.MINOR),
        ((A + BLOCKS,), (B + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MAJOR),
        ((A,), (A + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MAJOR),
        ((A + BLOCKS,), (A,), ChangeKind.CHECK_CHANGED, Bump.MINOR),
        ((A + BLOCKS,), (A.replace(", b.py", "") + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MINOR),
        ((A + BLOCKS,), (A + "\nignore: [c/**]" + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MINOR),
        ((A + "\nignore: [c/**]" + BLOCKS,), (A + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MAJOR),
        ((A.replace(", b.py", "") + BLOCKS,), (A + BLOCKS,), ChangeKind.CHECK_CHANGED, Bump.MAJOR),
    ],
)
def test_each_change_of_a_check(old: tuple[str, ...], new: tuple[str, ...], kind: ChangeKind, bump: Bump) -> None:
    diff = changed(page(*old), page(*new))
    assert [(change.subject, change.kind, change.bump) for change in diff.changes] == [("SVC-1", kind, bump)]


def test_a_check_of_an_advisory_rule_never_breaks() -> None:
    diff = changed(page(A + BLOCKS, rule=ADVISORY), page(B + BLOCKS, rule=ADVISORY))
    assert [change.bump for change in diff.changes] == [Bump.MINOR]


def test_the_order_of_checks_and_their_messages_are_no_change_of_the_check() -> None:
    diff = changed(page(A, B), page(B, A + "\nmessage: another"))
    assert {change.bump for change in diff.changes} <= {Bump.PATCH}
