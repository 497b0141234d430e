"""Changes of skills, profiles, targets, audience and metadata."""

from dataclasses import replace

import pytest

from skills_build.model.config import Config, Profile, SkillSettings
from skills_build.model.release import Bump, ChangeKind, Diff
from tests.support.classifying import REWORDED, RULE, WITHDRAWN, between, only, only_change, rule, text
from tests.support.compiling import standard
from tests.support.editions import CONFIG, brief, changed, edition


def skills(**settings: SkillSettings) -> Config:
    return replace(CONFIG, skills={**CONFIG.skills, **settings})


def test_trigger_words_are_minor_and_stop_words_are_a_patch() -> None:
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
    withdrawn = standard(f"### Pods MUST stop (OPS-1)\n\n{WITHDRAWN}\n", identity="OPS", domain="operations")
    diff = changed({"a.md": text(RULE), "b.md": OTHER}, {"a.md": text(RULE), "b.md": withdrawn})
    assert brief(diff) == [
        ("OPS-1", ChangeKind.WITHDRAWN, Bump.MAJOR),
        ("acme-operations", ChangeKind.SKILL_REMOVED, Bump.MAJOR),
    ]


def renamed(*formerly: str) -> Diff:
    new = standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="running")
    config = skills(running=SkillSettings(formerly=formerly)) if formerly else CONFIG
    return changed({"a.md": text(RULE), "b.md": OTHER}, {"a.md": text(RULE), "b.md": new}, new_config=config)


def test_a_renamed_skill_without_an_alias_is_breaking() -> None:
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


def test_a_renamed_skill_with_an_alias_is_not_breaking() -> None:
    diff = renamed("acme-operations")
    change = next(change for change in diff.changes if change.kind is ChangeKind.SKILL_RENAMED)
    assert (change.subject, change.bump, change.new) == ("acme-operations", Bump.MINOR, "acme-running")
    assert diff.bump is Bump.MINOR


def test_a_removed_alias_of_a_skill_is_breaking() -> None:
    new = standard("### Pods MUST be stopped (OPS-1)\n", identity="OPS", domain="running")
    old = skills(running=SkillSettings(formerly=("acme-operations",)))
    files = {"a.md": text(RULE), "b.md": standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="running")}
    diff = changed(files, {"a.md": text(RULE), "b.md": new}, old_config=old, new_config=CONFIG)
    assert ("acme-operations", ChangeKind.SKILL_REMOVED, Bump.MAJOR) in brief(diff)


def test_added_and_removed_profiles_are_classified() -> None:
    files = {"a.md": text(RULE)}
    few = replace(CONFIG, profiles={"go": Profile(languages=("go",))})
    many = replace(CONFIG, profiles={"go": Profile(languages=("go",)), "web": Profile(languages=("css",))})
    diff = changed(files, files, old_config=few, new_config=many)
    assert ("web", ChangeKind.PROFILE_ADDED, Bump.MINOR) in brief(diff) and diff.bump is Bump.MINOR
    diff = changed(files, files, old_config=many, new_config=few)
    assert ("web", ChangeKind.PROFILE_REMOVED, Bump.MAJOR) in brief(diff)


def test_added_and_removed_targets_are_classified() -> None:
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


def test_the_most_severe_change_comes_first() -> None:
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


def test_a_rule_that_becomes_one_for_people_leaves_its_skill() -> None:
    change = only_change(between(text(RULE), text(RULE, PEOPLE)), ChangeKind.AUDIENCE, Bump.MINOR)
    assert (change.old, change.new) == ("code", "people")


@pytest.mark.parametrize(("level", "bump"), [("MUST", Bump.MAJOR), ("SHOULD", Bump.MINOR)])
def test_a_rule_that_becomes_one_for_agents_counts_as_new(level: str, bump: Bump) -> None:
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
def test_changed_metadata_of_a_rule_is_a_patch(kind: ChangeKind, old: str, new: str) -> None:
    only_change(between(text(RULE, old), text(RULE, new)), kind, Bump.PATCH)
    only_change(between(text(RULE), text(RULE, new)), kind, Bump.PATCH)


def test_the_order_of_metadata_values_does_not_count() -> None:
    old, new = text(RULE, "**Decided by:** diff, commit"), text(RULE, "**Decided by:** commit, diff")
    assert between(old, new).bump is Bump.NONE
