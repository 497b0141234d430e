"""`codexc import`: links lead to the same places in the new codex, or become plain text."""

from pathlib import Path

import pytest

from tests.codex.importing import HEADINGS, ITEMS, imported, run_import, statements, write


def test_anchors_of_headings_survive_and_links_follow(tmp_path: Path) -> None:
    text = (
        "# F\n\nSee [a](#own), [b](#two), [c](#three) and [d](b.md#four-must).\n\n"
        '## One MUST x {#own}\n\n## <a name="two"></a>Two MUST y\n\n## Three {#three}\n\nText.\n'
    )
    imported(tmp_path, {"a.md": text, "b.md": "# G\n\n## Four MUST\n"}, HEADINGS)
    new = (tmp_path / "imp/a.md").read_text()
    assert '<a id="three"></a>\n## Three\n' in new
    assert '<a id="own"></a>\n## One MUST x (A-1)\n' in new
    assert '<a name="two"></a>' in new
    assert "[d](b.md#four-must-b-1)" in new


def test_links_of_other_sluggers_lead_to_the_same_headings(tmp_path: Path) -> None:
    by = f'{ITEMS}[links]\nslugger = "mkdocs"\n'
    imported(tmp_path, {"a.md": "# F\n\n- A MUST b, see [it](#a-b-c).\n\n## A -- B & C\n\nText.\n"}, by)
    assert "see [it](#a----b--c)" in (tmp_path / "imp/a.md").read_text()


def test_pictures_and_other_linked_files_come_along(tmp_path: Path) -> None:
    files = {
        "docs/a.md": '# F\n\n- A MUST b.\n\n![one](img/one.svg)\n\n<img src="two.svg">\n\n[three](../three.json)\n[r][r]\n\n[r]: four.txt\n',
        "docs/img/one.svg": "<svg/>",
        "docs/two.svg": "<svg/>",
        "three.json": "{}",
        "docs/four.txt": "4",
        "docs/unused.svg": "<svg/>",
    }
    imported(tmp_path, files)
    present = {p.relative_to(tmp_path / "imp").as_posix() for p in (tmp_path / "imp").rglob("*") if p.is_file()}
    assert present >= {"docs/img/one.svg", "docs/two.svg", "three.json"}
    assert "docs/unused.svg" not in present


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("[gone](gone.md)", "gone"),
        ("[gone](#gone)", "gone"),
        ("![gone](gone.png)", "gone"),
        ("[gone](gone.md 'title')", "gone"),
        ("[*go* `ne`](<go ne.md>)", "*go* `ne`"),
        ("[outside](../../x.md)", "outside"),
        ("[two\n  lines](gone.md)", "two\n  lines"),
        ("[not imported](NOTES.txt.md)", "not imported"),
        ("[label][gone]", "label"),
        ("[a](b.md#gone)", "a"),
    ],
)
def test_a_link_that_leads_nowhere_becomes_its_words_and_is_reported(tmp_path: Path, link: str, words: str) -> None:
    write(tmp_path / "r", {"a.md": f"# F\n\n- A MUST b.\n  See {link} now.\n", "b.md": "# G\n\n- C MUST d.\n"})
    result = run_import(tmp_path / "r", ITEMS, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    assert "is now plain text" in result.err
    assert f"See {words} now." in (tmp_path / "imp/a.md").read_text()
    statements(tmp_path / "imp", tmp_path / "out")


def test_definitions_that_are_shared_by_a_dialect_come_along(tmp_path: Path) -> None:
    by = f'{ITEMS}[links]\nreferences = ["links.md"]\n'
    files = {"a.md": "# F\n\n- A MUST b, see [there] and [it][c].\n", "links.md": "[there]: https://e.org\n[c]: a.md\n"}
    imported(tmp_path, files, f'[files]\nexclude = ["links.md"]\n\n{by}')
    new = (tmp_path / "imp/a.md").read_text()
    assert "[THERE]: https://e.org\n" in new


def test_links_of_a_site_become_links_of_files(tmp_path: Path) -> None:
    by = f'{ITEMS}[links]\nroot = "docs"\nrewrites = [{{ find = "^site:", put = "/" }}]\n'
    files = {
        "docs/x/a.md": "# F\n\n- A MUST b, see [c](/y/b) and [d](site:y/b#g).\n",
        "docs/y/b.md": "# G\n\n- C MUST d.\n",
    }
    imported(tmp_path, files, by)
    assert "see [c](../y/b.md) and [d](../y/b.md#g)" in (tmp_path / "imp/docs/x/a.md").read_text()
