"""What must hold of every plan: nothing lost, nothing twice, budgets kept, the order of files without effect."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.compile.plan import make_plan, select_rules
from skills_build.diagnostics import Span
from skills_build.model.bundle import ClientLimits
from skills_build.model.config import Budgets, Config, Profile, SkillSettings
from skills_build.source.resolve import resolve
from tests.support.compiling import DAY, Compiled, codes, codex_of, compiled, standard
from tests.support.generating import standards

CONFIG = Config(namespace="acme", title="Acme codex", profiles={"all": Profile()})


def defined(result: Compiled) -> Counter[str]:
    """How often each rule is defined by a heading of the canonical skills."""
    pattern = re.compile(r"^#{3,6} .*\(([A-Z0-9-]+)\)$", re.MULTILINE)
    pages = [
        data.decode() for path, data in result.files.items() if path.startswith("skills/") and "/references/" in path
    ]
    return Counter(identity for page in pages for identity in pattern.findall(page))


def check_budgets(result: Compiled) -> None:
    budgets = result.config.budgets
    for path, data in result.files.items():
        if path.startswith("skills/"):
            most = budgets.skill if path.endswith("SKILL.md") else budgets.reference
            assert len(data) <= most, path
        if path.startswith("agents-md/"):
            assert len(data) <= budgets.fragment, path
            assert data.count(b"\n") <= budgets.fragment_lines, path
    entries = [len(skill.name) + len(skill.description) for skill in result.plan.skills]
    assert sum(entries) <= budgets.catalogue
    assert all(len(skill.description) <= budgets.description for skill in result.plan.skills)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 260), st.integers(1, 40), st.integers(1, 15), st.sampled_from([6000, 16384]))
def test_every_rule_is_defined_once_and_budgets_hold(rules: int, per_file: int, domains: int, reference: int) -> None:
    config = replace(CONFIG, budgets=replace(Budgets(), reference=reference))
    result = compiled(standards(rules, per_file=per_file, domains=domains), config)
    shipping = [rule.rule.id for rule in select_rules(result.codex, None, DAY)]
    assert defined(result) == Counter(shipping)
    assert result.plan.findings == ()
    check_budgets(result)


def test_the_order_of_files_changes_nothing() -> None:
    files = standards(60, per_file=5)
    backwards = dict(reversed(list(files.items())))
    assert compiled(files, CONFIG).artifacts == compiled(backwards, CONFIG).artifacts


def test_a_new_rule_renames_no_reference() -> None:
    files = dict(standards(80, per_file=40, domains=1))
    before = {path for path in compiled(files, CONFIG).files if "/references/" in path and "index" not in path}
    path = "d00/std-0000.md"
    files[path] += "\n## Later\n\n### One more MUST be added (S0000-99)\n\n**Why:** it was missing.\n"
    after = {path for path in compiled(files, CONFIG).files if "/references/" in path and "index" not in path}
    assert before <= after


def test_a_rule_that_no_file_can_hold_is_an_error_with_its_place() -> None:
    long = "\n".join(f"Sentence number {n} is not short." for n in range(900))
    result = compiled(
        {"a.md": standard(f"### A MUST be short (SVC-1)\n\n{long}\n\n### B MUST hold (SVC-2)\n\nText.\n")}, CONFIG
    )
    assert codes(result.plan.findings) == ["CX511"]
    finding = result.plan.findings[0]
    assert (finding.path, finding.span) == ("a.md", Span(10, 5, 10, 20))
    assert defined(result) == Counter({"SVC-1": 1, "SVC-2": 1})
    assert long in result.text("skills/acme-services/references/a.md")


def test_a_skill_with_very_many_references_still_links_all_of_them() -> None:
    config = replace(CONFIG, budgets=replace(Budgets(), reference=1700))
    result = compiled(standards(160, per_file=1, domains=1), config)
    page = result.text("skills/acme-d00/SKILL.md")
    names = [path.removeprefix("skills/acme-d00/") for path in result.files if path.startswith("skills/acme-d00/ref")]
    assert len(names) == 160
    assert all(f"({name})" in page for name in names)


def test_a_narrow_client_narrows_the_budgets() -> None:
    files = standards(200, per_file=10)
    narrow = ClientLimits(name="narrow", title="Narrow", skill_bytes=3000, catalogue_chars=2000)
    result = compiled(files, CONFIG, limits=(narrow,))
    assert max(len(data) for path, data in result.files.items() if path.endswith("SKILL.md")) <= 3000
    assert sum(len(skill.name) + len(skill.description) for skill in result.plan.skills) <= 2000


def test_long_references_have_contents() -> None:
    body = "\n".join(["- a"] * 10)
    result = compiled(standards(40, per_file=40, domains=1, body=body), CONFIG)
    pages = [data.decode() for path, data in result.files.items() if path.startswith("skills/acme-d00/references/")]
    assert any(page.count("\n") > 300 for page in pages)
    assert all(("## Contents" in page) == (page.count("\n") > 300) for page in pages)


def test_highlights_start_with_what_blocks_in_order_of_priority() -> None:
    text = (
        "### A SHOULD hold (SVC-1)\n\nText.\n\n### B MUST hold (SVC-2)\n\n**Status:** approved\n\n"
        "### C MUST NOT fail (SVC-3)\n\nText.\n\n### D MUST hold (SVC-10)\n\nText.\n\n"
        "### E MUST hold (SVC-9)\n\n**Status:** deprecated\n"
    )
    result = compiled({"a.md": standard(text)}, replace(CONFIG, priority=("SVC-10",)))
    skill = next(skill for skill in result.plan.skills if not skill.index)
    assert [highlight.rule.id for highlight in skill.highlights] == ["SVC-10", "SVC-3", "SVC-2", "SVC-1", "SVC-9"]


def test_skills_are_by_domain_or_by_the_name_a_standard_gives() -> None:
    text = "### A MUST hold (SVC-1)\n\nText.\n"
    result = compiled(
        {
            "a.md": standard(text),
            "b.md": standard(text.replace("SVC", "B"), identity="B", extra="skill: special\n"),
            "c.md": standard(text.replace("SVC", "C"), identity="C", domain="index"),
            "d.md": standard(text.replace("SVC", "D"), identity="D", status="draft"),
        },
        CONFIG,
    )
    assert [(skill.name, len(skill.rules)) for skill in result.plan.skills] == [
        ("acme-index", 1),
        ("acme-rule-index", 0),
        ("acme-services", 1),
        ("acme-special", 1),
    ]


def test_an_authors_description_is_kept_word_for_word() -> None:
    own = "Services, told at length. Use when writing one."
    config = replace(CONFIG, skills={"services": SkillSettings(title="Our services", description=own)})
    result = compiled({"a.md": standard("### A MUST hold (SVC-1)\n\nText.\n")}, config)
    skill = next(skill for skill in result.plan.skills if not skill.index)
    assert (skill.title, skill.description) == ("Our services", own)


@pytest.mark.parametrize("domains", [1, 5, 18])
def test_a_derived_description_starts_with_its_subject_and_trigger(domains: int) -> None:
    result = compiled(standards(100, per_file=4, domains=domains), CONFIG)
    descriptions = [skill.description for skill in result.plan.skills if not skill.index]
    assert len(set(descriptions)) == len(descriptions)
    for text in descriptions:
        assert text.index("standards") < 80
        assert text.index("Use when") < 160


def test_no_rules_make_no_skills() -> None:
    codex = resolve(codex_of({"a.md": standard("", status="draft")}, CONFIG).standards)
    result = make_plan(codex, CONFIG, as_of=DAY)
    assert (result.skills, [fragment.folder for fragment in result.fragments]) == ((), [""])
