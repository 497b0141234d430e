"""A page with thousands of links is imported in linear time."""

import pytest

from codex.workflow.import_links import unlinked
from skills_build.lint.base import Context
from skills_build.lint.rules import cx403_broken_anchor
from skills_build.model.config import Config
from skills_build.source.resolve import resolve
from skills_build.source.similar import nearest
from tests.skills_build.source.reading import dialect, reading, standard
from tests.support.effort import at_most_calls

OWN = "[[rule]]\nat = 'list-item'\n"


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("[a {n}](b{n}.md)", "a {n}"),
        ('[a {n}](<b{n}.md> "title")', "a {n}"),
        ("![a {n}](b{n}.png)", "a {n}"),
        ("[a {n}][r{n}]", "a {n}"),
        ("[![a {n}](b{n}.png)](c{n}.md)", "a {n}"),
    ],
)
def test_links_of_one_line_become_words_in_one_pass(link: str, words: str) -> None:
    count = 300
    text = "# Guide\n\n" + " ".join(link.format(n=n) for n in range(count)) + "\n"
    text += "".join(f"\n[r{n}]: x.md" for n in range(count)) if "][r" in link else ""
    document = reading(text, dialect(OWN), path="a.md").document
    assert document is not None
    spans = [one.span for one in document.standard.links]
    with at_most_calls(200 * count):
        result = unlinked(document, spans)
    assert result.text.split("\n")[2] == " ".join(words.format(n=n) for n in range(count))


def test_words_over_two_lines_and_other_links_are_kept() -> None:
    text = "# Guide\n\nSee [a\nb](c.md), [d](e.md) and [f](g.md).\n"
    document = reading(text, dialect(OWN), path="a.md").document
    assert document is not None
    links = document.standard.links
    result = unlinked(document, [links[0].span, links[2].span])
    assert result.text == "# Guide\n\nSee a\nb, [d](e.md) and f.\n"
    assert result.links == ((4, "c.md"), (4, "g.md"))


def test_broken_anchors_are_compared_with_a_limited_number_of_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(word: str, valid: tuple[str, ...]) -> str | None:
        compared.append(len(valid))
        return nearest(word, valid) if len(compared) == 1 else None

    monkeypatch.setattr(cx403_broken_anchor, "nearest", counted)
    count = 1000
    lines = "".join(f"## Heading {n}\n\n[x](#heading-{n}-x)\n\n" for n in range(count))
    codex = resolve([standard(f"# Guide\n\n{lines}", dialect(OWN), path="a.md")])
    findings = list(cx403_broken_anchor.check(codex, Context(config=Config(), as_of="2026-11-29")))
    assert (len(findings), findings[0].help) == (count, "did you mean `#heading-0`?")
    assert sum(compared) < 100_000
