"""The sampler of strings that users read."""

import re

from skills_build.counts import counted
from tools.english import CODE, ROOT, of_code, of_pages, of_templates, paragraphs, readable


def test_fenced_code_is_no_paragraph() -> None:
    text = "First words.\n\n````markdown\n```\ncode that is not read\n```\n````\n\nLast words,\nover two lines."
    assert list(paragraphs(text)) == [(1, "First words."), (9, "Last words, over two lines.")]


def test_each_list_item_is_a_paragraph_without_its_marker() -> None:
    text = "Lead in:\n- one item\n  over two lines.\n- *Another.*\n1. a step"
    assert list(paragraphs(text)) == [
        (1, "Lead in:"), (2, "one item over two lines."), (4, "*Another.*"), (5, "a step")
    ]  # fmt: skip


def test_pages_templates_help_and_messages_are_drawn_from() -> None:
    assert any(place.startswith("docs/") and readable(text) for place, text in of_pages(ROOT))
    assert any(readable(text) for _, text in of_templates(ROOT))
    assert any("codex/cli/" in place and readable(text) for place, text in of_code(ROOT))


def test_an_f_string_is_one_string_with_gaps() -> None:
    assert any("{...}" in text and readable(text) for _, text in of_code(ROOT))


def test_patterns_and_paths_are_no_words_for_people() -> None:
    assert not readable(r"^\s*(one|two|three|four)$")
    assert readable("run `codexc check` to see what is wrong")


def test_a_number_and_its_noun_always_agree() -> None:
    assert [counted(number, "file") for number in (0, 1, 2_000)] == ["0 files", "1 file", "2,000 files"]
    assert counted(1, "rule is missing", "rules are missing") == "1 rule is missing"
    assert counted(3, "rule is missing", "rules are missing") == "3 rules are missing"


def test_plurals_are_only_formed_by_one_function() -> None:
    """Elsewhere, a plural that depends on a number was forgotten more often than not."""
    by_hand = re.compile(r"""else ['"](?:s|ies|are)['"]\}|\{['"](?:s|ies)['"] if """)
    modules = [path for folder in CODE for path in (ROOT / folder).rglob("*.py") if path.name != "counts.py"]
    assert [path.name for path in modules if by_hand.search(path.read_text(encoding="utf-8"))] == []


def test_a_list_of_names_is_not_prose() -> None:
    assert not readable("mysqlclient pymysql aiomysql mysql-connector-python")
    assert not readable("--bg: light; --ink: dark; color-scheme: light dark;")
    assert readable("an address without spaces")
