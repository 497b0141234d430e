"""How much of the skill catalogue clients show, also beside skills from elsewhere and in another window."""

from dataclasses import replace

from skills_build.compile.catalogue import catalogue_coverage
from skills_build.model.bundle import ClientLimits, Skill

SKILLS = [
    Skill(name=f"acme-{number:02}", key="k", title="T", description="d" * 186, overview="") for number in range(20)
]
CLAUDE = ClientLimits(name="c", title="C", catalogue_chars=8_000, catalogue_percent=1, shortens_all=True)


def test_all_descriptions_are_shown_where_the_client_has_no_other_skills() -> None:
    found = catalogue_coverage(SKILLS, CLAUDE)
    assert (found.chars, found.whole, found.listed) == (20 * 197, 20, 20)


def test_skills_from_elsewhere_take_the_room_of_ours() -> None:
    assert catalogue_coverage(SKILLS, CLAUDE, others=17).whole == 0
    cut_at_end = replace(CLAUDE, shortens_all=False)
    assert 0 < catalogue_coverage(SKILLS, cut_at_end, others=17).whole < 20


def test_a_larger_window_has_room_for_more() -> None:
    wide = CLAUDE.for_window(1_000_000)
    assert wide.catalogue_chars == 40_000
    assert catalogue_coverage(SKILLS, wide, others=17).whole == 20
    fixed = replace(CLAUDE, catalogue_percent=0)
    assert fixed.for_window(1_000_000) == fixed
