"""The changelog: what its readers must do and from when, and that no line of theirs is ever lost."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skills_build.compile.plan import make_plan
from skills_build.errors import CodexError
from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange
from skills_build.release.changelog import (
    RuleIndex,
    header,
    insert_section,
    release_section,
    source_links,
    unreleased_text,
)
from tests.support.compiling import DAY, codex_of, standard
from tests.support.editions import CONFIG, changed

TEXTS = {"SVC-1": "Calls MUST carry a token", "SVC-2": "Jobs SHOULD stop?"}
NEW = "## [2.0.0] - 2027-01-01\n\n### Changed\n\n- Something.\n"


def section_of(*changes: RuleChange) -> str:
    diff = Diff(old="1.0.0", new="2.0.0", bump=max(change.bump for change in changes), changes=changes)
    return release_section(diff, version="2.0.0", as_of="2027-01-01", rules=RuleIndex(texts=TEXTS))


def of(
    kind: ChangeKind,
    bump: Bump = Bump.MAJOR,
    subject: str = "SVC-1",
    *,
    why: str = "why",
    level: str | None = "MUST",
    old: str | None = None,
    new: str | None = None,
    on: str | None = None,
    instead: str | None = None,
) -> RuleChange:
    return RuleChange(
        kind=kind, bump=bump, subject=subject, why=why, level=level, old=old, new=new, on=on, use_instead=instead
    )


def parts(text: str) -> dict[str, list[str]]:
    """The lines under each third heading."""
    lines_by_title: dict[str, list[str]] = {}
    for block in re.split("^### ", text, flags=re.MULTILINE)[1:]:
        title, _, lines = block.partition("\n")
        lines_by_title[title] = [line for line in lines.split("\n") if line and not line.startswith("#### ")]
    return lines_by_title


def groups(text: str) -> list[str]:
    """The headings of groups and the subjects below them, in order."""
    return re.findall(r"^(?:#### |- \*\*)\[?([^\]*\n]+)", text, flags=re.MULTILINE)


def test_the_first_release_counts_its_rules() -> None:
    text = release_section(
        None, version="1.0.0", as_of="2026-11-23", rules=RuleIndex(texts=TEXTS), notes="\nWe are live.\n"
    )
    assert text == "## [1.0.0] - 2026-11-23\n\nWe are live.\n\nFirst release: 2 rules.\n"


def test_authors_words_come_first() -> None:
    diff = Diff(old="1.0.0", new="1.0.1", bump=Bump.PATCH, changes=(of(ChangeKind.EDITED, Bump.PATCH),))
    text = release_section(
        diff, version="1.0.1", as_of="2026-11-23", rules=RuleIndex(texts=TEXTS), notes="  Mind the gap.\n\n"
    )
    assert text.startswith("## [1.0.1] - 2026-11-23\n\nMind the gap.\n\n### Fixed\n")


DESCRIPTIONS = [
    (of(ChangeKind.ADDED), "Added", "**SVC-1** Calls MUST carry a token."),
    (of(ChangeKind.ADDED, on="2027-06-01"), "Added", "**SVC-1** Calls MUST carry a token. Blocking from 2027-06-01."),
    (of(ChangeKind.ADDED, Bump.MINOR, "SVC-2", level="SHOULD"), "Added", "**SVC-2** Jobs SHOULD stop?"),
    (of(ChangeKind.ADDED, Bump.MINOR, "SVC-7", new="Ports MAY be open"), "Added", "**SVC-7** Ports MAY be open."),
    (of(ChangeKind.WITHDRAWN, old="Calls MUST\nwait"), "Removed", "**SVC-1** is no longer in force: Calls MUST wait."),
    (
        of(ChangeKind.WITHDRAWN, old="Calls MUST wait", instead="SVC-2"),
        "Removed",
        "**SVC-1** is no longer in force: Calls MUST wait. Follow SVC-2 instead.",
    ),
    (
        of(ChangeKind.FLIPPED, old="A MUST b", new="A MUST NOT b"),
        "Changed",
        "**SVC-1** why. Before: A MUST b. Now: A MUST NOT b.",
    ),
    (
        of(ChangeKind.TIGHTENED, old="A MAY b", new="A MUST b"),
        "Changed",
        "**SVC-1** why. Before: A MAY b. Now: A MUST b.",
    ),
    (
        of(ChangeKind.LOOSENED, Bump.MINOR, old="A MUST b", new="A MAY b"),
        "Changed",
        "**SVC-1** why. Before: A MUST b. Now: A MAY b.",
    ),
    (
        of(ChangeKind.REWORDED, Bump.MINOR, old="A MUST b", new="A MUST c"),
        "Changed",
        "**SVC-1** why. Before: A MUST b. Now: A MUST c.",
    ),
    (
        of(ChangeKind.WIDENED, old="go", new="everywhere"),
        "Changed",
        "**SVC-1** why. Before: go. Now: everywhere. Calls MUST carry a token.",
    ),
    (
        of(ChangeKind.NARROWED, Bump.MINOR, old="everywhere", new="go"),
        "Changed",
        "**SVC-1** why. Before: everywhere. Now: go. Calls MUST carry a token.",
    ),
    (of(ChangeKind.PROMOTED, old="approved", new="enforced"), "Changed", "**SVC-1** why. Calls MUST carry a token."),
    (of(ChangeKind.DEMOTED, Bump.MINOR), "Changed", "**SVC-1** why. Calls MUST carry a token."),
    (
        of(ChangeKind.SCHEDULED, Bump.MINOR, new="enforced", on="2027-06-01"),
        "Changed",
        "**SVC-1** why. Calls MUST carry a token.",
    ),
    (
        of(ChangeKind.AUDIENCE, Bump.MINOR, old="code", new="people"),
        "Changed",
        "**SVC-1** why. Before: code. Now: people. Calls MUST carry a token.",
    ),
    (of(ChangeKind.DECIDED, Bump.PATCH, old="none", new="diff"), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.SELECTED, Bump.PATCH, old="`a`", new="`b`"), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.MAPPED, Bump.PATCH, old="A1", new="A1, A2"), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.ORIGIN, Bump.PATCH, old="none", new="a.md"), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.CHECK_ADDED, Bump.MINOR, new="regex"), "Added", "**SVC-1**: why."),
    (of(ChangeKind.CHECK_CHANGED, Bump.MAJOR, old="regex", new="regex"), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.CHECK_REMOVED, Bump.MINOR, old="regex"), "Removed", "**SVC-1**: why."),
    (of(ChangeKind.MOVED, Bump.MINOR, old="acme-a", new="acme-b"), "Changed", "**SVC-1** is now in the skill acme-b."),
    (of(ChangeKind.MOVED, Bump.PATCH), "Changed", "**SVC-1**: why."),
    (of(ChangeKind.DEPRECATED, Bump.MINOR), "Deprecated", "**SVC-1** why. Calls MUST carry a token."),
    (of(ChangeKind.EDITORIAL, Bump.PATCH, old="A", new="B"), "Fixed", "**SVC-1**: why."),
    (of(ChangeKind.EDITED, Bump.PATCH), "Fixed", "**SVC-1**: why."),
    (of(ChangeKind.OUTPUT, Bump.PATCH, "output", why="text outside"), "Fixed", "Text outside."),
    (of(ChangeKind.SKILL_ADDED, Bump.MINOR, "acme-a", level=None), "Added", "**acme-a**: why."),
    (of(ChangeKind.SKILL_REMOVED, Bump.MAJOR, "acme-a", level=None), "Removed", "**acme-a**: why."),
    (of(ChangeKind.SKILL_RENAMED, Bump.MAJOR, "acme-a", level=None, new="acme-b"), "Changed", "**acme-a**: why."),
    (of(ChangeKind.SKILL_EDITED, Bump.PATCH, "acme-a", level=None), "Fixed", "**acme-a**: why."),
    (of(ChangeKind.TRIGGER, Bump.MINOR, "acme-a", level=None), "Changed", "**acme-a**: why."),
    (of(ChangeKind.PROFILE_ADDED, Bump.MINOR, "go", level=None), "Added", "**go**: why."),
    (of(ChangeKind.PROFILE_REMOVED, Bump.MAJOR, "go", level=None), "Removed", "**go**: why."),
    (of(ChangeKind.TARGET_ADDED, Bump.MINOR, "cursor", level=None), "Added", "**cursor**: why."),
    (of(ChangeKind.TARGET_REMOVED, Bump.MAJOR, "cursor", level=None), "Removed", "**cursor**: why."),
]


@pytest.mark.parametrize(("change", "title", "line"), DESCRIPTIONS)
def test_each_kind_is_listed_under_its_heading(change: RuleChange, title: str, line: str) -> None:
    assert parts(section_of(change))[title] == [f"- {line}"]


def test_every_kind_of_change_is_listed() -> None:
    never = {ChangeKind.VANISHED, ChangeKind.REUSED}
    assert {change.kind for change, _, _ in DESCRIPTIONS} | never == set(ChangeKind)


@pytest.mark.parametrize(
    "kind", [ChangeKind.ADDED, ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.PROMOTED, ChangeKind.WIDENED]
)
def test_what_binds_from_now_on_is_a_duty(kind: ChangeKind) -> None:
    duties = parts(section_of(of(kind, old="a", new="b")))["What you must do"]
    assert duties == ["- From now on: **SVC-1** Calls MUST carry a token."]
    assert "What you must do" not in parts(section_of(of(kind, Bump.MINOR, old="a", new="b")))
    assert "What you must do" not in parts(section_of(of(kind, level="SHOULD", old="a", new="b")))


def test_duties_to_come_name_their_day_and_stand_in_order() -> None:
    text = section_of(
        of(ChangeKind.SCHEDULED, Bump.MINOR, new="enforced", on="2028-01-01"),
        of(ChangeKind.ADDED, Bump.MINOR, "SVC-2", on="2027-06-01"),
        of(ChangeKind.TIGHTENED, subject="SVC-3", old="x", new="Ports MUST be closed"),
    )
    assert parts(text)["What you must do"] == [
        "- From now on: **SVC-3** Ports MUST be closed.",
        "- From 2027-06-01: **SVC-2** Jobs SHOULD stop?",
        "- From 2028-01-01: **SVC-1** Calls MUST carry a token.",
    ]


@pytest.mark.parametrize(
    "change",
    [
        of(ChangeKind.SCHEDULED, Bump.MINOR, new="deprecated", on="2028-01-01"),
        of(ChangeKind.SCHEDULED, Bump.MINOR, old="enforced"),
        of(ChangeKind.SCHEDULED, Bump.MINOR, level="SHOULD", new="enforced", on="2028-01-01"),
        of(ChangeKind.WITHDRAWN, old="x"),
        of(ChangeKind.LOOSENED, Bump.MINOR, old="x", new="y"),
        of(ChangeKind.SKILL_REMOVED, level=None),
    ],
)
def test_what_asks_nothing_more_is_no_duty(change: RuleChange) -> None:
    assert "What you must do" not in section_of(change)


def test_a_rule_that_ends_on_a_day_is_no_duty_from_that_day() -> None:
    old = {"a.md": standard("### A MUST hold (SVC-2)\n")}
    rule = "### B MUST hold (SVC-1)\n\n**Status:** enforced, deprecated from 2027-01-01\n"
    diff = changed(old, {"a.md": standard(f"### A MUST hold (SVC-2)\n\n{rule}")})
    text = release_section(diff, version="2.0.0", as_of="2026-11-23", rules=RuleIndex(texts={"SVC-1": "B MUST hold"}))
    assert parts(text)["What you must do"] == ["- From now on: **SVC-1** B MUST hold."]
    assert parts(text)["Added"] == ["- **SVC-1** B MUST hold."]


def test_blocking_rules_are_apart_from_advisory_ones_and_from_skills() -> None:
    changes = (
        of(ChangeKind.SKILL_ADDED, Bump.MINOR, "acme-a", level=None),
        replace(of(ChangeKind.ADDED, Bump.MINOR, "SVC-2", level="SHOULD"), status="enforced"),
        replace(of(ChangeKind.ADDED, Bump.MAJOR, "SVC-3"), status="enforced"),
        replace(of(ChangeKind.ADDED, Bump.MINOR, "SVC-4"), status="approved"),
        replace(of(ChangeKind.ADDED, Bump.MAJOR, "SVC-5", level="MUST NOT"), status="enforced"),
    )
    added = section_of(*changes).partition("### Added")[2]
    assert groups(added) == [
        *("Blocking", "SVC-3", "SVC-5"),
        *("Advisory", "SVC-2", "SVC-4"),
        *("Skills, profiles and clients", "acme-a"),
    ]


def test_every_rule_is_a_link_to_its_place() -> None:
    rules = "### A MUST hold (SVC-1)\n\n## Lists\n\n- B MAY hold (SVC-2)\n"
    codex = codex_of({"a b/c.md": standard(rules)}, CONFIG)
    placed = [rule for skill in make_plan(codex, CONFIG, as_of=DAY, limits=()).skills for rule in skill.rules]
    gone = replace(of(ChangeKind.WITHDRAWN, subject="SVC-3", old="C MUST hold"), source="d.md")
    links = source_links(placed, [gone])
    assert links == {"SVC-1": "a%20b/c.md#a-must-hold-svc-1", "SVC-2": "a%20b/c.md#lists", "SVC-3": "d.md"}
    changes = (of(ChangeKind.ADDED), of(ChangeKind.DEPRECATED, Bump.MINOR, "SVC-2"), gone)
    diff = Diff(old="1.0.0", new="2.0.0", bump=Bump.MAJOR, changes=changes)
    index = RuleIndex(texts=TEXTS, links=links)
    text = release_section(diff, version="2.0.0", as_of="2027-01-01", rules=index)
    assert text.count("**[SVC-1](a%20b/c.md#a-must-hold-svc-1)**") == 2
    assert "- **[SVC-2](a%20b/c.md#lists)** why." in text
    assert "- **[SVC-3](d.md)** is no longer in force" in text


def test_headings_stand_in_the_order_of_the_convention() -> None:
    text = section_of(
        of(ChangeKind.EDITED),
        of(ChangeKind.WITHDRAWN, old="x"),
        of(ChangeKind.DEPRECATED),
        of(ChangeKind.DEMOTED),
        of(ChangeKind.ADDED),
    )
    assert list(parts(text)) == ["What you must do", "Added", "Changed", "Deprecated", "Removed", "Fixed"]


# Into the file


def put(existing: str, new: str = NEW, version: str = "2.0.0") -> str:
    return insert_section(existing, new, version=version, title="Acme codex")


def test_an_empty_file_gets_a_head() -> None:
    assert put("") == f"{header('Acme codex')}\n{NEW}"
    assert put("").startswith("# Changelog\n\nAll changes to the Acme codex, newest first.")


def test_the_newest_comes_first_and_the_rest_stays() -> None:
    old = "# Changes\n\nOur own words.\n\n## [1.0.0] - 2026-11-23\n\n- First.\n\n[1.0.0]: https://example.com\n"
    assert put(old) == old.replace("## [1.0.0]", f"{NEW}\n## [1.0.0]")


def test_a_file_without_sections_keeps_its_words() -> None:
    assert put("# Changes\n\nOur own words.") == f"# Changes\n\nOur own words.\n\n{NEW}"


@pytest.mark.parametrize("heading", ["## [Unreleased]", "## Unreleased", "##  [UNRELEASED]", "## unreleased changes"])
def test_what_is_unreleased_moves_into_the_release(heading: str) -> None:
    """The heading stays, for what comes next."""
    old = f"# Changes\n\n{heading}\n\n- Ours.\n\n### Notes\n\nMore.\n\n## [1.0.0]\n\n- First.\n"
    assert unreleased_text(old) == "- Ours.\n\n### Notes\n\nMore."
    changelog = put(
        old,
        release_section(
            None, version="2.0.0", as_of="2027-01-01", rules=RuleIndex(texts=TEXTS), notes=unreleased_text(old)
        ),
    )
    assert changelog == (
        f"# Changes\n\n{heading}\n\n## [2.0.0] - 2027-01-01\n\n- Ours.\n\n### Notes\n\nMore.\n\n"
        "First release: 2 rules.\n\n## [1.0.0]\n\n- First.\n"
    )


def test_without_text_nothing_is_unreleased() -> None:
    assert unreleased_text("") == ""
    assert unreleased_text("# Changes\n\n## [1.0.0]\n\n- First.\n") == ""
    assert unreleased_text("# Changes\n\n## [Unreleased]\n\n## [1.0.0]\n") == ""


@pytest.mark.parametrize("heading", ["## [2.0.0] - 2027-01-01", "## 2.0.0", "## v2.0.0 (yesterday)", "##  [v2.0.0]"])
def test_a_version_is_listed_once(heading: str) -> None:
    with pytest.raises(CodexError, match=r"already has a section for 2\.0\.0") as caught:
        put(f"# Changes\n\n{heading}\n\n- x\n")
    assert caught.value.hint
    assert put("# Changes\n\n## [2.0.0]\n", NEW.replace("2.0.0", "2.0.1"), "2.0.1").count("\n## ") == 2


def test_a_heading_inside_a_code_fence_is_no_section() -> None:
    old = "# Changes\n\nWrite it so:\n\n```markdown\n## [2.0.0] - 2020-01-01\n\n## [Unreleased]\n```\n\n## [1.0.0]\n\n- First.\n"
    assert unreleased_text(old) == ""
    assert put(old) == old.replace("## [1.0.0]", f"{NEW}\n## [1.0.0]")


def test_line_ends_of_windows_stay_line_ends_of_windows() -> None:
    old = "# Changes\r\n\r\n## [Unreleased]\r\n\r\n- Ours.\r\n\r\n## [1.0.0]\r\n\r\n- First.\r\n"
    changelog = put(old)
    assert changelog == f"# Changes\n\n## [Unreleased]\n\n{NEW}\n## [1.0.0]\n\n- First.\n".replace("\n", "\r\n")
    assert put(changelog, NEW.replace("2.0.0", "3.0.0"), "3.0.0").replace("\r\n", "").count("\n") == 0


lines = st.lists(
    st.sampled_from(
        [
            "",
            "",
            "- one",
            "text",
            "### Added",
            "## [1.0.0] - 2026-11-23",
            "## [0.9.0]",
            "# Changes",
            "## Notes",
            "[1.0.0]: https://example.com",
            "  indented",
            "```",
            "## [Unreleased]",
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=8),
    max_size=12,
)


@given(lines, st.booleans(), st.sampled_from(["\n", "\r\n"]))
@example(["```", "```", "## [Unreleased]", "- one"], False, "\r\n")
@settings(max_examples=500, deadline=None)
def test_every_line_survives_in_its_order(old: list[str], ended: bool, ending: str) -> None:
    """All but blank lines; and the section is there, once, on lines of its own."""
    existing = ending.join(old) + (ending if ended and old else "")
    notes = unreleased_text(existing)
    changelog = put(
        existing, release_section(None, version="2.0.0", as_of="2027-01-01", rules=RuleIndex(texts={}), notes=notes)
    )
    kept = [line.strip() for line in changelog.splitlines() if line.strip()]
    expected = [line.strip() for line in existing.splitlines() if line.strip()]
    if "## [2.0.0] - 2027-01-01" not in existing:
        assert kept.count("## [2.0.0] - 2027-01-01") == 1
    left = iter(kept)
    missing = [line for line in expected if not any(line == other for other in left)]
    assert missing == []
    if ending == "\r\n" and ending in existing:
        assert "\n" not in changelog.replace("\r\n", "")
