"""Each row of the table of changes, between editions that the real stages compiled."""

from dataclasses import replace

import pytest

from skills_build.model.config import Config, Profile, SkillSettings
from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange
from skills_build.model.standard import Scope
from skills_build.release.classify import covers, scope_text
from tests.support.compiling import standard
from tests.support.editions import CONFIG, brief, changed, edition

BODY = "**Why:** it has a reason.\n\n**Check:** a reviewer sees it.\n"
BASE = f"### Tokens SHOULD expire (SVC-9)\n\n{BODY}"
"""A rule that every edition has, so that no skill is ever empty."""


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


RULE = "Requests MUST carry a token (SVC-1)"
GRAVE = "**Withdrawn:** 2026-08-01."


def rule(level: str) -> str:
    return f"Requests {level} carry a token (SVC-1)"


def test_nothing_differs_from_itself() -> None:
    diff = between(text(RULE), text(RULE))
    assert (diff.bump, diff.changes, diff.notices) == (Bump.NONE, (), ())
    assert (diff.old, diff.new) == ("1.0.0", "1.0.0")


def test_a_later_morning_alone_is_no_change() -> None:
    assert between(text(RULE), text(RULE), later="2031-01-01").bump is Bump.NONE


def test_a_rule_that_vanishes_is_an_error() -> None:
    change = only_change(between(text(RULE), text("")), ChangeKind.VANISHED, Bump.ERROR)
    assert change.old == "Requests MUST carry a token"
    assert "tombstone" in change.why


def test_a_standard_that_vanishes_is_an_error_for_each_rule_and_takes_its_skill() -> None:
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
    new = text(rule(level), f"{GRAVE} **Use instead:** SVC-9")
    change = only_change(between(text(rule(level)), new), ChangeKind.WITHDRAWN, Bump.MAJOR)
    assert (change.use_instead, change.level) == ("SVC-9", level)
    assert change.old == f"Requests {level} carry a token"


def test_a_rule_that_is_a_draft_again_is_major() -> None:
    change = only_change(between(text(RULE), text(RULE, "**Status:** draft")), ChangeKind.WITHDRAWN, Bump.MAJOR)
    assert "draft" in change.why


def test_an_id_that_is_reused_is_an_error() -> None:
    old = text(RULE, GRAVE)
    only_change(between(old, text("Clocks SHOULD be in UTC (SVC-1)")), ChangeKind.REUSED, Bump.ERROR)
    only_change(between(old, text(RULE)), ChangeKind.REUSED, Bump.ERROR)


def test_an_id_that_is_reused_by_a_draft_is_an_error() -> None:
    new = text("Clocks SHOULD be in UTC (SVC-1)", "**Status:** draft")
    only_change(between(text(RULE, GRAVE), new), ChangeKind.REUSED, Bump.ERROR)


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
def test_levels(old: str, new: str, kind: ChangeKind, bump: Bump, status: str) -> None:
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
def test_new_rules(level: str, status: str, bump: Bump) -> None:
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
def test_statuses(level: str, old: str, new: str, kind: ChangeKind, bump: Bump) -> None:
    diff = between(text(rule(level), f"**Status:** {old}"), text(rule(level), f"**Status:** {new}"))
    change = only_change(diff, kind, bump)
    assert (change.old, change.new, change.status) == (old, new, new)


def test_a_standards_own_status_moves_all_its_rules() -> None:
    diff = between(text(RULE, status="approved"), text(RULE, status="enforced"))
    assert brief(diff) == [("SVC-1", ChangeKind.PROMOTED, Bump.MAJOR), ("SVC-9", ChangeKind.PROMOTED, Bump.MINOR)]


LATER = "**Status:** enforced from 2027-01-01"


def test_an_announced_status_is_minor_and_its_arrival_major_without_an_edit() -> None:
    now, then = text(RULE, status="approved"), text(RULE, LATER, status="approved")
    change = only_change(between(now, then), ChangeKind.SCHEDULED, Bump.MINOR)
    assert (change.on, change.new, change.status) == ("2027-01-01", "enforced", "approved")
    assert between(then, then, later="2026-12-31").bump is Bump.NONE
    for day in ("2027-01-01", "2030-06-01"):
        arrived = only_change(between(then, then, later=day), ChangeKind.PROMOTED, Bump.MAJOR)
        assert "as announced" in arrived.why
    change = only_change(between(now, then, later="2027-01-01"), ChangeKind.PROMOTED, Bump.MAJOR)
    assert "announced" not in change.why


def test_what_was_announced_is_moved_or_called_off() -> None:
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


def test_an_announced_end_arrives_by_itself() -> None:
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


SCOPES = [
    ("languages: go", "languages: go, python"),
    ("languages: go", ""),
    ("technologies: docker", "technologies: docker, http"),
    ("technologies: docker", ""),
    ("paths: services/api/**", "paths: services/**"),
    ("paths: services/*.py", "paths: services/**"),
    ("paths: services/**", ""),
    ("paths: a/**", "paths: a/**, b/**"),
    ("when: the service is public", ""),
    ("languages: go; technologies: docker", "languages: go"),
]


def scoped(level: str, scope: str) -> str:
    return text(rule(level), *([f"**Applies to:** {scope}"] if scope else []))


@pytest.mark.parametrize(("narrow", "wide"), SCOPES)
@pytest.mark.parametrize(
    ("level", "bump"), [("MUST", Bump.MAJOR), ("MUST NOT", Bump.MAJOR), ("SHOULD", Bump.MINOR), ("MAY", Bump.MINOR)]
)
def test_applicability(narrow: str, wide: str, level: str, bump: Bump) -> None:
    change = only_change(between(scoped(level, narrow), scoped(level, wide)), ChangeKind.WIDENED, bump)
    back = only_change(between(scoped(level, wide), scoped(level, narrow)), ChangeKind.NARROWED, Bump.MINOR)
    assert (change.old, change.new) == (back.new, back.old)
    assert change.old != change.new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("languages: go", "languages: python"),
        ("paths: a/**", "paths: b/**"),
        ("languages: go", "technologies: docker"),
        ("languages: go", "when: it is public"),
    ],
)
def test_an_applicability_that_moves_is_both_wider_and_narrower(old: str, new: str) -> None:
    assert brief(between(scoped("MUST", old), scoped("MUST", new))) == [
        ("SVC-1", ChangeKind.WIDENED, Bump.MAJOR),
        ("SVC-1", ChangeKind.NARROWED, Bump.MINOR),
    ]


def test_an_applicability_in_another_order_or_case_is_the_same() -> None:
    old, new = scoped("MUST", "languages: Go, python"), scoped("MUST", "languages: python, go")
    assert only(between(old, new)).bump is Bump.PATCH


def test_another_condition_is_another_wording() -> None:
    old, new = scoped("MUST", "when: it is public"), scoped("MUST", "when: it is internal")
    only_change(between(old, new), ChangeKind.REWORDED, Bump.MAJOR)


def test_a_standards_applicability_is_that_of_its_rules() -> None:
    extra = "applies_to:\n  languages: [go]\n"
    diff = between(text(RULE, extra=extra), text(RULE))
    assert brief(diff) == [("SVC-1", ChangeKind.WIDENED, Bump.MAJOR), ("SVC-9", ChangeKind.WIDENED, Bump.MINOR)]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (Scope(), Scope(paths=("a/**",)), True),
        (Scope(paths=("**",)), Scope(), False),
        (Scope(paths=("**/*",)), Scope(paths=("a.py",)), True),
        (Scope(paths=("a/**",)), Scope(paths=("ab/**",)), False),
        (Scope(paths=("a/**",)), Scope(paths=("a/b/**", "a/c.py")), True),
        (Scope(paths=("a/**",)), Scope(paths=("a/b/**", "c.py")), False),
        (Scope(paths=("*.py",)), Scope(paths=("a.py",)), False),
        (Scope(languages=("Go",)), Scope(languages=("go",)), True),
        (Scope(languages=("go",)), Scope(languages=("go", "c")), False),
        (Scope(when="x"), Scope(when="y"), True),
        (Scope(when="x"), Scope(), False),
    ],
)
def test_what_covers_what(outer: Scope, inner: Scope, expected: bool) -> None:
    assert covers(outer, inner) is expected


def test_applicability_in_words() -> None:
    scope = Scope(languages=("go", "c"), technologies=("http",), paths=("a/**",), when="it runs")
    assert scope_text(scope) == "go, c; http; `a/**`; when it runs"
    assert scope_text(Scope()) == "everywhere"


REWORDED = "Requests MUST carry a valid token (SVC-1)"
ATTEST = "**Change:** editorial"


def test_other_words_of_an_advisory_rule_are_minor_and_shown() -> None:
    change = only_change(
        between(text(RULE, status="approved"), text(REWORDED, status="approved")), ChangeKind.REWORDED, Bump.MINOR
    )
    assert (change.old, change.new) == ("Requests MUST carry a token", "Requests MUST carry a valid token")


@pytest.mark.parametrize(
    "same", ["Requests MUST carry a *token* (SVC-1)", "requests MUST carry a [token](https://example.com) (SVC-1)"]
)
def test_marks_links_and_case_reword_nothing(same: str) -> None:
    only_change(between(text(RULE), text(same)), ChangeKind.EDITED, Bump.PATCH)


def test_an_attested_rewording_is_a_patch() -> None:
    diff = between(text(RULE), text(REWORDED, ATTEST))
    change = only_change(diff, ChangeKind.EDITORIAL, Bump.PATCH)
    assert (change.old, change.new) == ("Requests MUST carry a token", "Requests MUST carry a valid token")
    assert diff.notices == ()


def test_a_standard_attests_for_its_rules() -> None:
    only_change(between(text(RULE), text(REWORDED, extra="change: editorial\n")), ChangeKind.EDITORIAL, Bump.PATCH)


def test_an_attestation_counts_once() -> None:
    diff = between(text(RULE, ATTEST), text(REWORDED, ATTEST))
    only_change(diff, ChangeKind.REWORDED, Bump.MAJOR)
    [notice] = diff.notices
    assert (notice.subject, notice.source) == ("SVC-1", "a.md")
    assert "already used" in notice.message and "1.0.0" in notice.message


def test_a_spent_attestation_that_hides_nothing_yet_is_reported_too() -> None:
    old, new = text(RULE, ATTEST), text(RULE, ATTEST, body="**Why:** for another reason.\n")
    diff = between(old, new)
    only_change(diff, ChangeKind.EDITED, Bump.PATCH)
    assert [notice.message for notice in diff.notices] == ["`Change: editorial` was already used in 1.0.0: remove it"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "bump"),
    [
        (text(RULE), text(rule("SHOULD"), ATTEST), ChangeKind.LOOSENED, Bump.MINOR),
        (text(rule("SHOULD")), text(RULE, ATTEST), ChangeKind.TIGHTENED, Bump.MAJOR),
        (text(RULE), text(rule("MUST NOT"), ATTEST), ChangeKind.FLIPPED, Bump.MAJOR),
        (scoped("MUST", "languages: go"), text(RULE, ATTEST), ChangeKind.WIDENED, Bump.MAJOR),
        (text(RULE), text(RULE, "**Applies to:** languages: go", ATTEST), ChangeKind.NARROWED, Bump.MINOR),
    ],
)
def test_an_attestation_never_covers_level_or_applicability(old: str, new: str, kind: ChangeKind, bump: Bump) -> None:
    diff = between(old, new)
    only_change(diff, kind, bump)
    [notice] = diff.notices
    assert notice.message == "`Change: editorial` does not cover a change of level or applicability"


def test_an_attestation_next_to_a_change_of_level_does_not_cover_the_wording() -> None:
    diff = between(text(RULE), text("Calls SHOULD carry a token (SVC-1)", ATTEST))
    assert brief(diff) == [("SVC-1", ChangeKind.LOOSENED, Bump.MINOR), ("SVC-1", ChangeKind.REWORDED, Bump.MINOR)]
    assert len(diff.notices) == 1


def test_an_attestation_of_nothing_is_a_patch() -> None:
    diff = between(text(RULE), text(RULE, ATTEST))
    assert only(diff).bump is Bump.PATCH


@pytest.mark.parametrize(
    "body",
    [
        "**Why:** it has a better reason.\n\n**Check:** a reviewer sees it.\n",
        f"{BODY}\n**Bad:**\n\n```python\ncall()\n```\n",
        f"{BODY}\n**See:** <https://example.com/token>\n",
        f"{BODY}\n**How:** with the shared client.\n",
        f"{BODY}\nMore words.\n",
    ],
)
def test_reasons_examples_and_links_are_patches(body: str) -> None:
    only_change(between(text(RULE), text(RULE, body=body)), ChangeKind.EDITED, Bump.PATCH)
    only_change(between(text(RULE, body=body), text(RULE)), ChangeKind.EDITED, Bump.PATCH)


def test_prose_outside_of_rules_is_a_patch() -> None:
    old = standard(f"An introduction.\n\n{BASE}")
    new = standard(f"A better introduction.\n\n{BASE}")
    only_change(between(old, new), ChangeKind.SKILL_EDITED, Bump.PATCH, "acme-services")


def test_a_rule_in_another_file_of_the_same_skill_is_no_demand() -> None:
    more = standard(f"### {RULE}\n\n{BODY}", identity="SVC2")
    diff = changed({"a.md": text(RULE)}, {"a.md": text(""), "b.md": more})
    assert diff.bump is Bump.PATCH, brief(diff)


def test_a_rule_in_another_skill_is_minor() -> None:
    other = standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="operations")
    moved = other + f"\n### {RULE}\n\n{BODY}"
    diff = changed({"a.md": text(RULE), "b.md": other}, {"a.md": text(""), "b.md": moved})
    change = next(change for change in diff.changes if change.subject == "SVC-1")
    assert (change.kind, change.bump, change.old, change.new) == (
        ChangeKind.MOVED,
        Bump.MINOR,
        "acme-services",
        "acme-operations",
    )
    assert [change.subject for change in diff.changes if not change.subject.startswith("acme-")] == ["SVC-1"]


# Skills, profiles, targets


def skills(**settings: SkillSettings) -> Config:
    return replace(CONFIG, skills={**CONFIG.skills, **settings})


def test_trigger_words_are_minor_and_little_words_are_not() -> None:
    files = {"a.md": text(RULE)}
    old = skills(services=SkillSettings(description="Rules for services. Use when calling one."))
    new = skills(services=SkillSettings(description="Rules for services. Use when calling one over HTTP."))
    change = only(changed(files, files, old_config=old, new_config=new))
    assert (change.subject, change.kind, change.bump) == ("acme-services", ChangeKind.TRIGGER, Bump.MINOR)
    assert (change.old, change.new) == (
        "Rules for services. Use when calling one.",
        "Rules for services. Use when calling one over HTTP.",
    )
    same = skills(services=SkillSettings(description="Rules for the services; use when calling one."))
    change = only(changed(files, files, old_config=old, new_config=same))
    assert (change.kind, change.bump) == (ChangeKind.SKILL_EDITED, Bump.PATCH)


OTHER = standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="operations")


def test_a_new_skill_comes_with_its_rules() -> None:
    diff = changed({"a.md": text(RULE)}, {"a.md": text(RULE), "b.md": OTHER})
    assert brief(diff) == [
        ("OPS-1", ChangeKind.ADDED, Bump.MAJOR),
        ("acme-operations", ChangeKind.SKILL_ADDED, Bump.MINOR),
    ]


def test_a_skill_without_rules_is_removed() -> None:
    grave = standard(f"### Pods MUST stop (OPS-1)\n\n{GRAVE}\n", identity="OPS", domain="operations")
    diff = changed({"a.md": text(RULE), "b.md": OTHER}, {"a.md": text(RULE), "b.md": grave})
    assert brief(diff) == [
        ("OPS-1", ChangeKind.WITHDRAWN, Bump.MAJOR),
        ("acme-operations", ChangeKind.SKILL_REMOVED, Bump.MAJOR),
    ]


def renamed(*formerly: str) -> Diff:
    new = standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="running")
    config = skills(running=SkillSettings(formerly=formerly)) if formerly else CONFIG
    return changed({"a.md": text(RULE), "b.md": OTHER}, {"a.md": text(RULE), "b.md": new}, new_config=config)


def test_a_skill_that_is_renamed_breaks_those_who_ask_for_it() -> None:
    change = next(change for change in renamed().changes if change.kind is ChangeKind.SKILL_RENAMED)
    assert (change.subject, change.bump, change.old, change.new) == (
        "acme-operations",
        Bump.MAJOR,
        "acme-operations",
        "acme-running",
    )
    assert "formerly" in change.why
    assert not [
        change for change in renamed().changes if change.kind in (ChangeKind.SKILL_ADDED, ChangeKind.SKILL_REMOVED)
    ]


def test_a_renamed_skill_with_its_old_name_as_alias_is_not_breaking() -> None:
    diff = renamed("acme-operations")
    change = next(change for change in diff.changes if change.kind is ChangeKind.SKILL_RENAMED)
    assert (change.subject, change.bump, change.new) == ("acme-operations", Bump.MINOR, "acme-running")
    assert diff.bump is Bump.MINOR


def test_an_old_name_that_nothing_answers_to_any_more_breaks_those_who_ask_for_it() -> None:
    new = standard("### Pods MUST be stopped (OPS-1)\n", identity="OPS", domain="running")
    old = skills(running=SkillSettings(formerly=("acme-operations",)))
    files = {"a.md": text(RULE), "b.md": standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="running")}
    diff = changed(files, {"a.md": text(RULE), "b.md": new}, old_config=old, new_config=CONFIG)
    assert ("acme-operations", ChangeKind.SKILL_REMOVED, Bump.MAJOR) in brief(diff)


def test_profiles_come_and_go() -> None:
    files = {"a.md": text(RULE)}
    few = replace(CONFIG, profiles={"go": Profile(languages=("go",))})
    many = replace(CONFIG, profiles={"go": Profile(languages=("go",)), "web": Profile(languages=("css",))})
    diff = changed(files, files, old_config=few, new_config=many)
    assert ("web", ChangeKind.PROFILE_ADDED, Bump.MINOR) in brief(diff) and diff.bump is Bump.MINOR
    diff = changed(files, files, old_config=many, new_config=few)
    assert ("web", ChangeKind.PROFILE_REMOVED, Bump.MAJOR) in brief(diff)


def test_targets_come_and_go() -> None:
    files = {"a.md": text(RULE)}
    more = replace(CONFIG, targets=("agents", "claude", "cursor"))
    assert brief(changed(files, files, new_config=more)) == [("cursor", ChangeKind.TARGET_ADDED, Bump.MINOR)]
    assert brief(changed(files, files, old_config=more, new_config=CONFIG)) == [
        ("cursor", ChangeKind.TARGET_REMOVED, Bump.MAJOR)
    ]


def test_text_that_belongs_to_no_rule_and_no_skill_is_a_patch() -> None:
    files = {"a.md": text(RULE)}
    diff = changed(files, files, new_config=replace(CONFIG, description="Acme's standards, word for word."))
    assert brief(diff) == [("output", ChangeKind.OUTPUT, Bump.PATCH)]


def test_the_most_weighty_change_comes_first() -> None:
    old = standard("### A MUST hold (SVC-1)\n\n### B SHOULD hold (SVC-2)\n\n### C MAY hold (SVC-3)\n")
    new = standard("### A MUST hold well (SVC-1)\n\n### B MUST hold (SVC-2)\n\n### D MAY hold (SVC-4)\n")
    assert brief(between(old, new)) == [
        ("SVC-3", ChangeKind.VANISHED, Bump.ERROR),
        ("SVC-2", ChangeKind.TIGHTENED, Bump.MAJOR),
        ("SVC-1", ChangeKind.REWORDED, Bump.MAJOR),
        ("SVC-4", ChangeKind.ADDED, Bump.MINOR),
    ]


def test_unchanged_skills_keep_their_version() -> None:
    old = edition({"a.md": text(RULE), "b.md": OTHER})
    new = edition({"a.md": text(REWORDED), "b.md": OTHER}, released=old.released)
    assert new.skills["acme-services"].version == "1.0.0+unreleased"
    assert new.skills["acme-operations"].version == "1.0.0"
    assert new.skills["acme-operations"].tree == old.skills["acme-operations"].tree


PEOPLE = "**Audience:** people"


def test_a_rule_that_is_for_people_from_now_on_leaves_its_skill() -> None:
    change = only_change(between(text(RULE), text(RULE, PEOPLE)), ChangeKind.AUDIENCE, Bump.MINOR)
    assert (change.old, change.new) == ("code", "people")


@pytest.mark.parametrize(("level", "bump"), [("MUST", Bump.MAJOR), ("SHOULD", Bump.MINOR)])
def test_a_rule_that_agents_follow_from_now_on_counts_like_a_new_one(level: str, bump: Bump) -> None:
    only_change(between(text(rule(level), PEOPLE), text(rule(level))), ChangeKind.AUDIENCE, bump)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (ChangeKind.MAPPED, "**Maps to:** v5.0.0-1.2.4", "**Maps to:** v5.0.0-1.2.4, LLM05:2025"),
        (ChangeKind.DECIDED, "**Decided by:** diff", "**Decided by:** run time"),
        (ChangeKind.ORIGIN, "**Origin:** a.md", "**Origin:** https://wiki.example/i/42"),
        (ChangeKind.SELECTED, "**Selected by:** `a`", "**Selected by:** `b`"),
    ],
)
def test_facts_about_a_rule_are_a_patch(kind: ChangeKind, old: str, new: str) -> None:
    only_change(between(text(RULE, old), text(RULE, new)), kind, Bump.PATCH)
    only_change(between(text(RULE), text(RULE, new)), kind, Bump.PATCH)


def test_the_order_of_facts_is_no_change_of_them() -> None:
    old, new = text(RULE, "**Decided by:** diff, commit"), text(RULE, "**Decided by:** commit, diff")
    assert between(old, new).bump is Bump.NONE
