"""The sampler of strings that users read."""

from tools.english import ROOT, of_code, of_pages, of_templates, paragraphs, readable


def test_fenced_code_is_no_paragraph() -> None:
    text = "First words.\n\n````markdown\n```\ncode that is not read\n```\n````\n\nLast words,\nover two lines."
    assert list(paragraphs(text)) == [(1, "First words."), (9, "Last words, over two lines.")]


def test_pages_templates_help_and_messages_are_drawn_from() -> None:
    assert any(place.startswith("docs/") and readable(text) for place, text in of_pages(ROOT))
    assert any(readable(text) for _, text in of_templates(ROOT))
    assert any("codex/cli/" in place and readable(text) for place, text in of_code(ROOT))


def test_an_f_string_is_one_string_with_gaps() -> None:
    assert any("{...}" in text and readable(text) for _, text in of_code(ROOT))


def test_patterns_and_paths_are_no_words_for_people() -> None:
    assert not readable(r"^\s*(one|two|three|four)$")
    assert readable("run `codexc check` to see what is wrong")
