"""Every lint has a page, and every page is true: its example gives the exact text, what it says to write is silent."""

import re
from pathlib import Path

import pytest

from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.fix import apply_fixes
from skills_build.lint.registry import CODES, LINTS, STAGES
from skills_build.source.text import decoded
from tests.support.data import ROOT
from tests.support.pages import Page, lint_sample, page, pages, rendered_findings
from tools.lint_pages import facts, refreshed

PAGES = pages()
KNOWN = [path for path in PAGES if path.stem in LINTS]


def test_every_lint_has_a_page_and_every_page_a_lint() -> None:
    pages = {p.stem for p in PAGES}
    assert set(LINTS) - pages == set(), "write the page validators/lints/<code>.md, then run `make lint-pages`"
    assert pages - set(LINTS) == set(), "add the module of the lint to skills_build/lint/registry.py"


def test_every_module_of_a_lint_is_in_the_registry() -> None:
    modules = {p.stem for p in (ROOT / "skills_build" / "lint" / "rules").glob("cx*.py")}
    named = {f"{code.lower()}_{name.replace('-', '_')}" for name, code in CODES.items()}
    assert modules - named == set(), "add it to the tuple of its stage in skills_build/lint/registry.py"


def test_names_are_unique_and_in_kebab_case() -> None:
    names = [lint.name for lint in LINTS.values()]
    assert len(set(names)) == len(names)
    assert [n for n in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", n)] == []


def test_a_lint_agrees_with_the_name_of_its_module_and_the_stage_of_its_row() -> None:
    declared = {lint.code: (lint.name, lint.stage) for lint in LINTS.values()}
    listed = {code: (name, STAGES[code]) for name, code in CODES.items()}
    wrong = {code: (declared[code], listed[code]) for code in declared if declared[code] != listed[code]}
    assert wrong == {}, "the name and stage in `LINT` are not those in skills_build/lint/registry.py"
    assert [code for code, lint in LINTS.items() if lint.code != code] == []


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
def test_the_page_agrees_with_the_registry(path: Path) -> None:
    lint = LINTS[path.stem]
    lint_page = page(path)
    assert lint_page.title == f"{lint.code} {lint.name}"
    assert lint_page.facts == facts(lint)


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
def test_the_example_gives_exactly_the_output_below_it(path: Path) -> None:
    lint_page = page(path)
    assert lint_page.expected.strip()
    assert rendered_findings(lint_page.example, path.stem).rstrip("\n") == lint_page.expected.rstrip("\n")


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
def test_the_refresh_command_restores_a_page_that_lost_its_facts_and_its_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = page(path).expected
    lost = text.replace(f"```text\n{expected}```\n\n", "", 1).replace(facts(LINTS[path.stem]), "Severity: ?", 1)
    assert len(lost) < len(text) - len(expected)
    assert refreshed(lost, LINTS[path.stem], expected) == text


@pytest.mark.parametrize("path", KNOWN, ids=lambda p: p.stem)
def test_the_corrected_example_gives_no_finding(path: Path) -> None:
    assert rendered_findings(page(path).right, path.stem) == ""


@pytest.mark.parametrize("path", [p for p in KNOWN if LINTS[p.stem].fixable], ids=lambda p: p.stem)
def test_the_fix_gives_the_text_on_the_page(path: Path) -> None:
    lint_page: Page = page(path)
    findings, standards, config = lint_sample(lint_page.example)
    chosen = [d for d in to_diagnostics(findings, config.lint, standards) if d.code == path.stem]
    (name,) = {d.finding.path for d in chosen}
    text, count = apply_fixes(decoded(lint_page.example.files[name]), chosen)
    assert count == len(chosen)
    expected = lint_page.fixed or lint_page.right
    assert text == expected.files[name].decode()
