"""Three real corpora, unedited, against figures that people checked by hand."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from skills_build.model.standard import Rule, Standard
from skills_build.source.convert import convert_standard
from skills_build.source.import_ids import with_canonical_ids
from skills_build.source.resolve import resolve
from tests.skills_build.source.reading import corpus, reading, shipped
from tests.support.data import shared

CORPORA = ("otto", "home-office", "thoughtbot")
THOUGHTBOT_RULES = 574
"""What a careful reader gets for this copy; docs/dialects.md says how it was read."""


def expected(name: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((shared("corpora/open") / "expected.json").read_text(encoding="utf-8"))[name]
    return figures


def standards(name: str) -> list[Standard]:
    readings = corpus(shared(f"corpora/open/{name}"), shipped(name))
    return [r.document.standard for r in readings if r.document]


def rules(name: str) -> list[tuple[Standard, Rule]]:
    return [(standard, rule) for standard in standards(name) for rule in standard.rules]


@pytest.mark.parametrize("name", ["otto", "home-office"])
def test_every_rule_and_its_level_is_read(name: str) -> None:
    figures = expected(name)
    placed_rules = rules(name)
    assert len(placed_rules) == figures["count_rules"]
    assert Counter(rule.level.value for _, rule in placed_rules) == figures["count_by_level"]


def test_home_office_rules_are_in_the_expected_files() -> None:
    assert Counter(s.path for s, _ in rules("home-office")) == expected("home-office")["count_by_file"]


def test_otto_rules_keep_the_ids_their_authors_gave() -> None:
    root = shared("corpora/open/otto")
    for standard, rule in rules("otto"):
        first = (root / standard.path).read_text(encoding="utf-8").split("\n")[1]
        assert first.strip() == f"id: {rule.id}"


def test_templates_in_a_corpus_are_not_read_as_standards() -> None:
    paths = {s.path: len(s.rules) for name in ("otto", "home-office") for s in standards(name)}
    for name in ("otto", "home-office"):
        for trap in expected(name)["traps"]:
            template = trap["file"].endswith(".template.md")
            assert (trap["file"] in paths) is not template
            assert template or paths[trap["file"]] >= 1


def test_thoughtbot_bullets_are_read_by_their_first_verb() -> None:
    placed_rules = rules("thoughtbot")
    assert len(placed_rules) == THOUGHTBOT_RULES
    legend = {"Don't": "MUST NOT", "Avoid": "SHOULD NOT", "Prefer": "SHOULD", "Use": "SHOULD"}
    for _, rule in placed_rules:
        verb = rule.statement.split()[0]
        assert rule.level.value == legend.get(verb, rule.level.value)


@pytest.mark.parametrize("name", CORPORA)
def test_no_corpus_gives_a_finding_of_the_parser(name: str) -> None:
    readings = corpus(shared(f"corpora/open/{name}"), shipped(name))
    assert [f for r in readings for f in r.findings] == []


@pytest.mark.parametrize("name", CORPORA)
def test_every_place_of_a_rule_holds_its_words(name: str) -> None:
    root: Path = shared(f"corpora/open/{name}")
    for standard, rule in rules(name):
        lines = (root / standard.path).read_text(encoding="utf-8").replace("\r\n", "\n").split("\n")
        line = lines[rule.span.line - 1]
        end = rule.span.end_column - 1 if rule.span.end_line == rule.span.line else len(line)
        words = line[rule.span.column - 1 : end].split()
        assert words and rule.statement.split()[: len(words)] == words


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPORA)
def test_a_converted_corpus_has_the_same_rules_and_all_its_words(name: str) -> None:
    readings = corpus(shared(f"corpora/open/{name}"), shipped(name))
    documents = {r.document.path: r.document for r in readings if r.document}
    codex = resolve([d.standard for d in documents.values()])
    for standard in with_canonical_ids(codex.standards):
        text = convert_standard(documents[standard.path], standard, domain="general")
        back = reading(text, path=standard.path)
        # words in bold that are labels in our own format, in a list of the corpus
        assert {finding.code for finding in back.findings} <= {"CX017"}
        assert back.document is not None
        assert [(r.id, r.level) for r in back.document.standard.rules] == [(r.id, r.level) for r in standard.rules]
        assert not _words("\n".join(documents[standard.path].lines)) - _words(text)


def _words(text: str) -> Counter[str]:

    return Counter(re.findall(r"\w+", text))
