"""An import reads each text once, and a page with thousands of links in linear time."""

from pathlib import Path

import pytest

from codex.workflow import importing, parsing
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.import_links import unlinked
from codex.workflow.import_result import checked_import
from skills_build.lint.base import Context
from skills_build.lint.rules import cx403_broken_anchor
from skills_build.model.config import Config
from skills_build.source.parse import parse_standard
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


def test_each_text_is_parsed_once_for_each_of_its_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n- Services MUST log {name}, see [x](../gone.md).\n")
    (tmp_path / "d.toml").write_text("[[rule]]\nat = 'list-item'\nmatch = 'MUST'\n")
    (tmp_path / "c.md").write_text("# c\n\n- Services MUST log c.\n")
    parsed: list[tuple[str, bytes]] = []
    linted: list[tuple[str, bytes]] = []
    of_file = parsing._Reader._parse

    def counted(path: str, data: bytes, *rest: object, **named: object) -> object:
        parsed.append((path, data))
        return parse_standard(path, data, *rest, **named)  # type: ignore[arg-type]

    def reading_once(self: parsing._Reader, path: str, data: bytes, *rest: object) -> parsing.ParsedFile:
        linted.append((path, data))
        return of_file(self, path, data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("codex.workflow.importing.parse_standard", counted)
    monkeypatch.setattr(parsing._Reader, "_parse", reading_once)
    options = SourceOptions(root=tmp_path, dialects=(str(tmp_path / "d.toml"),), as_of="2026-11-29", cache=False)
    result = importing.import_corpus(open_codex(options), tmp_path / "out")
    checked = checked_import(result, tmp_path / "out", as_of="2026-11-29")
    assert checked.errors == ()
    assert len(linted) == len(set(linted)) > 3
    assert len(parsed) == len(set(parsed)) > 3
