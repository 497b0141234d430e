"""Rules that are added, removed or get another level or status, between editions that the real stages compiled."""

import pytest

from skills_build.model.release import Bump, ChangeKind
from tests.support.classifying import RULE, WITHDRAWN, between, only, only_change, rule, text
from tests.support.compiling import standard
from tests.support.editions import brief, changed


def test_an_edition_does_not_differ_from_itself() -> None:
    diff = between(text(RULE), text(RULE))
    assert (diff.bump, diff.changes, diff.notices) == (Bump.NONE, (), ())
    assert (diff.old, diff.new) == ("1.0.0", "1.0.0")


def test_a_later_date_alone_changes_nothing() -> None:
    assert between(text(RULE), text(RULE), later="2031-01-01").bump is Bump.NONE


def test_a_rule_removed_without_being_withdrawn_is_an_error() -> None:
    change = only_change(between(text(RULE), text("")), ChangeKind.VANISHED, Bump.ERROR)
    assert change.old == "Requests MUST carry a token"
    assert "tombstone" in change.why


def test_a_removed_standard_is_an_error_for_each_rule_and_removes_its_skill() -> None:
    other = standard("### A MUST hold (OPS-1)\n\n### B MAY hold (OPS-2)\n", identity="OPS", domain="operations")
    diff = changed({"a.md": text(RULE), "b.md": other}, {"a.md": text(RULE)})
    assert brief(diff) == [
        ("OPS-1", ChangeKind.VANISHED, Bump.ERROR),
        ("OPS-2", ChangeKind.VANISHED, Bump.ERROR),
        ("acme-operations", ChangeKind.SKILL_REMOVED, Bump.MAJOR),
    ]
    assert [error.subject for error in diff.errors] == ["OPS-1", "OPS-2"]
    assert len(diff.breaking) == 3


@pytest.mark.parametrize("level", ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"])
def test_a_withdrawn_rule_is_major(level: str) -> None:
    new = text(rule(level), f"{WITHDRAWN} **Use instead:** SVC-9")
    change = only_change(between(text(rule(level)), new), ChangeKind.WITHDRAWN, Bump.MAJOR)
    assert (change.use_instead, change.level) == ("SVC-9", level)
    assert change.old == f"Requests {level} carry a token"


def test_a_rule_that_is_a_draft_again_is_major() -> None:
    change = only_change(between(text(RULE), text(RULE, "**Status:** draft")), ChangeKind.WITHDRAWN, Bump.MAJOR)
    assert "draft" in change.why


def test_an_id_that_is_reused_is_an_error() -> None:
    old = text(RULE, WITHDRAWN)
    only_change(between(old, text("Clocks SHOULD be in UTC (SVC-1)")), ChangeKind.REUSED, Bump.ERROR)
    only_change(between(old, text(RULE)), ChangeKind.REUSED, Bump.ERROR)


def test_an_id_that_is_reused_by_a_draft_is_an_error() -> None:
    new = text("Clocks SHOULD be in UTC (SVC-1)", "**Status:** draft")
    only_change(between(text(RULE, WITHDRAWN), new), ChangeKind.REUSED, Bump.ERROR)


def test_a_draft_that_ships_is_a_new_rule() -> None:
    only_change(between(text(RULE, "**Status:** draft"), text(RULE)), ChangeKind.ADDED, Bump.MAJOR)


@pytest.mark.parametrize(
    ("old", "new", "kind", "bump"),
    [
        ("MAY", "SHOULD", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("SHOULD", "MUST", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("MAY", "MUST", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("MAY", "MUST NOT", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("MAY", "SHOULD NOT", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("SHOULD NOT", "MUST NOT", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("MUST", "SHOULD", ChangeKind.LOOSENED, Bump.MINOR),
        ("MUST", "MAY", ChangeKind.LOOSENED, Bump.MINOR),
        ("SHOULD", "MAY", ChangeKind.LOOSENED, Bump.MINOR),
        ("MUST NOT", "SHOULD NOT", ChangeKind.LOOSENED, Bump.MINOR),
        ("MUST NOT", "MAY", ChangeKind.LOOSENED, Bump.MINOR),
        ("SHOULD NOT", "MAY", ChangeKind.LOOSENED, Bump.MINOR),
        ("MUST", "MUST NOT", ChangeKind.FLIPPED, Bump.MAJOR),
        ("MUST NOT", "MUST", ChangeKind.FLIPPED, Bump.MAJOR),
        ("SHOULD", "SHOULD NOT", ChangeKind.FLIPPED, Bump.MAJOR),
        ("SHOULD NOT", "SHOULD", ChangeKind.FLIPPED, Bump.MAJOR),
        ("SHOULD", "MUST NOT", ChangeKind.FLIPPED, Bump.MAJOR),
        ("MUST", "SHOULD NOT", ChangeKind.FLIPPED, Bump.MAJOR),
    ],
)
@pytest.mark.parametrize("status", ["enforced", "approved"])
def test_a_changed_level_is_classified(old: str, new: str, kind: ChangeKind, bump: Bump, status: str) -> None:
    diff = between(text(rule(old), status=status), text(rule(new), status=status))
    change = only_change(diff, kind, bump)
    assert (change.old, change.new) == (f"Requests {old} carry a token", f"Requests {new} carry a token")
    assert change.why.startswith(f"{old} became {new}")


def test_other_words_next_to_a_change_of_level_are_reported_too() -> None:
    diff = between(text(RULE), text("Calls SHOULD carry a token (SVC-1)"))
    assert brief(diff) == [("SVC-1", ChangeKind.LOOSENED, Bump.MINOR), ("SVC-1", ChangeKind.REWORDED, Bump.MINOR)]


@pytest.mark.parametrize(
    ("level", "status", "bump"),
    [
        ("MUST", "enforced", Bump.MAJOR),
        ("MUST NOT", "enforced", Bump.MAJOR),
        ("MUST", "approved", Bump.MINOR),
        ("MUST", "deprecated", Bump.MINOR),
        ("SHOULD", "enforced", Bump.MINOR),
        ("SHOULD NOT", "approved", Bump.MINOR),
        ("MAY", "enforced", Bump.MINOR),
    ],
)
def test_a_new_rule_is_classified_by_level_and_status(level: str, status: str, bump: Bump) -> None:
    change = only_change(between(text(""), text(rule(level), f"**Status:** {status}")), ChangeKind.ADDED, bump)
    assert change.new == f"Requests {level} carry a token"
    assert (change.level, change.status, change.on) == (level, status, None)


@pytest.mark.parametrize(
    ("level", "old", "new", "kind", "bump"),
    [
        ("MUST", "approved", "enforced", ChangeKind.PROMOTED, Bump.MAJOR),
        ("MUST NOT", "approved", "enforced", ChangeKind.PROMOTED, Bump.MAJOR),
        ("SHOULD", "approved", "enforced", ChangeKind.PROMOTED, Bump.MINOR),
        ("MAY", "approved", "enforced", ChangeKind.PROMOTED, Bump.MINOR),
        ("MUST", "deprecated", "enforced", ChangeKind.PROMOTED, Bump.MAJOR),
        ("MUST", "deprecated", "approved", ChangeKind.PROMOTED, Bump.MINOR),
        ("MUST", "enforced", "approved", ChangeKind.DEMOTED, Bump.MINOR),
        ("SHOULD", "enforced", "approved", ChangeKind.DEMOTED, Bump.MINOR),
        ("MUST", "enforced", "deprecated", ChangeKind.DEPRECATED, Bump.MINOR),
        ("SHOULD", "approved", "deprecated", ChangeKind.DEPRECATED, Bump.MINOR),
    ],
)
def test_a_changed_status_is_classified(level: str, old: str, new: str, kind: ChangeKind, bump: Bump) -> None:
    diff = between(text(rule(level), f"**Status:** {old}"), text(rule(level), f"**Status:** {new}"))
    change = only_change(diff, kind, bump)
    assert (change.old, change.new, change.status) == (old, new, new)


def test_the_status_of_a_standard_applies_to_all_its_rules() -> None:
    diff = between(text(RULE, status="approved"), text(RULE, status="enforced"))
    assert brief(diff) == [("SVC-1", ChangeKind.PROMOTED, Bump.MAJOR), ("SVC-9", ChangeKind.PROMOTED, Bump.MINOR)]


LATER = "**Status:** enforced from 2027-01-01"


def test_an_announced_status_is_minor_and_major_on_its_date_without_an_edit() -> None:
    now, then = text(RULE, status="approved"), text(RULE, LATER, status="approved")
    change = only_change(between(now, then), ChangeKind.SCHEDULED, Bump.MINOR)
    assert (change.on, change.new, change.status) == ("2027-01-01", "enforced", "approved")
    assert between(then, then, later="2026-12-31").bump is Bump.NONE
    for day in ("2027-01-01", "2030-06-01"):
        arrived = only_change(between(then, then, later=day), ChangeKind.PROMOTED, Bump.MAJOR)
        assert "as announced" in arrived.why
    change = only_change(between(now, then, later="2027-01-01"), ChangeKind.PROMOTED, Bump.MAJOR)
    assert "announced" not in change.why


def test_an_announced_status_can_be_postponed_or_cancelled() -> None:
    then = text(RULE, LATER, status="approved")
    moved = text(RULE, "**Status:** enforced from 2027-06-01", status="approved")
    assert only_change(between(then, moved), ChangeKind.SCHEDULED, Bump.MINOR).on == "2027-06-01"
    change = only_change(between(then, text(RULE, status="approved")), ChangeKind.SCHEDULED, Bump.MINOR)
    assert (change.on, change.new, change.old) == (None, None, "enforced")
    assert "no longer enforced from 2027-01-01" in change.why


def test_the_edit_that_takes_out_a_date_after_its_day_is_no_second_change() -> None:
    then, plain = text(RULE, LATER, status="approved"), text(RULE, "**Status:** enforced", status="approved")
    diff = changed({"a.md": then}, {"a.md": plain}, on="2027-02-01")
    assert diff.bump <= Bump.PATCH


def test_an_announced_withdrawal_takes_effect_on_its_date() -> None:
    old = text(RULE, "**Status:** enforced, deprecated from 2027-01-01")
    change = only_change(between(text(RULE), old), ChangeKind.SCHEDULED, Bump.MINOR)
    assert (change.new, change.on) == ("deprecated", "2027-01-01")
    only_change(between(old, old, later="2027-01-01"), ChangeKind.DEPRECATED, Bump.MINOR)


def test_a_new_rule_with_a_date_says_from_when_it_blocks() -> None:
    diff = between(text("", status="approved"), text(RULE, LATER, status="approved"))
    change = only_change(diff, ChangeKind.ADDED, Bump.MINOR)
    assert change.on == "2027-01-01"


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        (RULE, "enforced, deprecated from 2027-01-01"),
        (RULE, "approved, deprecated from 2027-01-01"),
        (rule("SHOULD"), "approved, enforced from 2027-01-01"),
    ],
)
def test_a_new_rule_that_blocks_on_no_later_day_names_none(sentence: str, status: str) -> None:
    diff = between(text(""), text(sentence, f"**Status:** {status}"))
    assert only(diff).kind is ChangeKind.ADDED
    assert only(diff).on is None
