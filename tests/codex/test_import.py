"""`codexc import`: what comes in checks without errors and builds, loses no word, and keeps its ids the next time."""

import errno
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex.shell.atomic import write_file
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.import_result import checked_import, write_import
from codex.workflow.importing import import_corpus
from skills_build.source.idlock import load_id_lock
from tests.skills_build.source.reading import schema
from tests.support.data import shared
from tests.support.running import Run, codexc

ITEMS = '[[rule]]\nat = "list-item"\nmatch = "MUST|SHOULD|MAY"\n'
BLOCKS = '[[rule]]\nat = "block"\nmatch = "MUST|SHOULD"\n'
HEADINGS = '[[rule]]\nat = "heading"\nmatch = "MUST|SHOULD"\n'


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def run_import(root: Path, dialect: str, out: Path, *options: str) -> Run:
    named = root.parent / "d.toml"
    if "\n" in dialect:
        named.write_text(dialect)
    return codexc("import", "--root", root, "--dialect", named if "\n" in dialect else dialect, "--out", out, *options)


def imported(tmp_path: Path, files: dict[str, str], dialect: str = ITEMS) -> dict[str, dict[str, str]]:
    """Import files; the statements of the new codex by id. A build of a codex stops at any error that a check finds."""
    write(tmp_path / "r", files)
    result = run_import(tmp_path / "r", dialect, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    return statements(tmp_path / "imp", tmp_path / "out")


def statements(root: Path, out: Path) -> dict[str, dict[str, str]]:
    built = codexc("build", "--root", root, "--out", out)
    assert built.code == 0, built.out + built.err
    documents = json.loads((out / "statements.json").read_text())["documents"]
    return {row["id"]: row for document in documents for row in document["statements"]}


def texts(rows: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["level"], row["text"]) for row in rows.values()]


@pytest.mark.parametrize(
    "path",
    [
        "2024/a.md",
        "README.md",
        "readme.md",
        "guides/README.md",
        "x/CHANGELOG.md",
        "a.template.md",
        "guide.markdown",
        "guide.mdx",
        "GUIDE.MD",
        "1/2/3.md",
        "con/aux.md",
        "what?/a:b.md",
        "on.md",
        "null/a.md",
        "a b/c d.md",
        "日本/a.md",
        "very-long-folder-name-that-goes-on-and-on/another-very-long-folder-name/and-a-long-file-name.md",
    ],
)
def test_a_file_of_any_name_becomes_a_standard(tmp_path: Path, path: str) -> None:
    by = f'[files]\ninclude = ["**/*.*"]\n\n{ITEMS}'
    rows = imported(tmp_path, {path: "# F\n\n- Sheets MUST be linted.\n"}, by)
    assert texts(rows) == [("MUST", "Sheets MUST be linted.")]


def test_names_that_become_one_name_are_told_apart(tmp_path: Path) -> None:
    files = {name: f"# F\n\n- Sheet {n} MUST be linted.\n" for n, name in enumerate(("a.md", "a.mdx", "a.markdown"))}
    rows = imported(tmp_path, files, f'[files]\ninclude = ["**/*"]\n\n{ITEMS}')
    assert sorted(row["text"] for row in rows.values()) == [f"Sheet {n} MUST be linted." for n in range(3)]


@pytest.mark.parametrize("dialect", [ITEMS, BLOCKS])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- A MUST b.\n- C SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
        ("1. A MUST b.\n2. C SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
        ("1) A MUST b.\n\n   More of it.\n\n2) C SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
        ("* A MUST b.\n\n  ```sh\n  run\n  ```\n\n* C SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
        ("- A MUST\n  b.\n- C\n  SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
        ("> - A MUST b.\n> - C SHOULD d.\n", ["A MUST b.", "C SHOULD d."]),
    ],
)
def test_lists_of_every_kind_survive(tmp_path: Path, dialect: str, text: str, expected: list[str]) -> None:
    rows = imported(tmp_path, {"a.md": f"# F\n\n{text}"}, dialect)
    assert [row["text"] for row in rows.values()] == expected


def test_nested_items_are_rules_of_their_own_where_the_dialect_says_so(tmp_path: Path) -> None:
    text = "# F\n\n- A MUST b.\n  - C MUST NOT d.\n    - E SHOULD f.\n- G SHOULD h.\n"
    rows = imported(tmp_path, {"a.md": text}, BLOCKS)
    assert texts(rows) == [
        ("MUST", "A MUST b."),
        ("MUST NOT", "C MUST NOT d."),
        ("SHOULD", "E SHOULD f."),
        ("SHOULD", "G SHOULD h."),
    ]


@pytest.mark.parametrize("wrap", ["{}", "> {}", "- {}", "1. {}", "> - {}"])
def test_paragraphs_and_their_bodies_become_list_items(tmp_path: Path, wrap: str) -> None:
    by = '[[rule]]\nat = "paragraph"\nnested = true\nmatch = "MUST|SHOULD"\n'
    rows = imported(tmp_path, {"a.md": f"# F\n\n{wrap.format('A MUST b.')}\n\n## Next\n\nText.\n"}, by)
    assert texts(rows) == [("MUST", "A MUST b.")]


def test_several_rules_of_one_paragraph_and_the_words_between_them_survive(tmp_path: Path) -> None:
    by = (
        "[[rule]]\nat = 'block'\nstart = '\\[(?:must|may)\\]'\n"
        "match = '^\\[(?P<level>must|may)\\]\\s*(?P<statement>[^|]*)'\n"
    )
    text = "# F\n\n[must] answer in time |\nbetween words\n[may] log it\n\n- [must] hold |\n  [may] let go\n\n  Nested text.\n"
    rows = imported(tmp_path, {"a.md": text}, by)
    assert sorted(texts(rows)) == [
        ("MAY", "MAY: let go"),
        ("MAY", "MAY: log it"),
        ("MUST", "MUST: answer in time | between words"),
        ("MUST", "MUST: hold"),
    ]
    new = (tmp_path / "imp/a.md").read_text()
    assert "Nested text." in new


def test_hard_breaks_stay(tmp_path: Path) -> None:
    imported(tmp_path, {"a.md": "# F\n\n- A MUST b,  \n  or c,\\\n  or d.\n\n  Text,  \n  more.\n"})
    assert "- A MUST b,  \n  or c,\\\n  or d. (A-1)\n\n  Text,  \n  more.\n" in (tmp_path / "imp/a.md").read_text()


def test_a_level_in_other_letters_is_written_in_upper_case(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '\\*\\*(?P<level>must not|must)\\*\\*'\n[level]\nignore_case = true\nkeywords = false\n"
    imported(tmp_path, {"a.md": "# F\n\n- A **must not** b.\n"}, by)
    assert "- A **MUST NOT** b. (A-1)\n" in (tmp_path / "imp/a.md").read_text()


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


@pytest.mark.parametrize(
    ("written", "pattern", "kept", "alias"),
    [
        ("V1.2.3", r"V\d+(\.\d+)+", "A-1", "V1.2.3"),
        ("ES.20", r"[A-Z]+\.\d+", "A-1", "ES.20"),
        ("AIP-122", r"AIP-\d+", "AIP-122", None),
        ("SEGAS-00008", r"SEGAS-\d+", "SEGAS-00008", None),
        ("net-call", r"[a-z-]+", "A-1", "net-call"),
        ("R000052", r"R\d{6}", "A-1", "R000052"),
    ],
)
def test_ids_of_a_corpus_stay_ids_or_become_aliases_that_can_be_cited(
    tmp_path: Path, written: str, pattern: str, kept: str, alias: str | None
) -> None:
    by = f"[[rule]]\nat = 'list-item'\nmatch = '^(?P<id>{pattern}) (?P<statement>.*)$'\n[id]\nmode = 'explicit'\npattern = '{pattern}'\n"
    rows = imported(tmp_path, {"a.md": f"# F\n\n- {written} A MUST b.\n"}, by)
    assert list(rows) == [kept]
    shown = codexc("explain", written, "--root", tmp_path / "imp")
    assert shown.out.startswith(f"{kept}  MUST"), shown.out + shown.err
    skills = "\n".join(p.read_text() for p in (tmp_path / "out").rglob("*.md"))
    assert (alias or kept) in skills


def test_rows_keep_their_conditions_and_all_their_cells(tmp_path: Path) -> None:
    by = (
        "[[rule]]\nat = 'row'\ncolumns = { need = 'Need', use = 'Use', instead = 'Not', why = 'Why', id = 'No' }\n"
        "[level]\ndefault = 'SHOULD'\n[id]\nmode = 'optional'\npattern = '.*'\n"
    )
    text = "# F\n\n| No | Need | Use | Not | Why | More |\n| - | - | - | - | - | - |\n| 1 | a base | small | full | size | at most 7 |\n"
    (row,) = imported(tmp_path, {"a.md": text}, by).values()
    new = (tmp_path / "imp/a.md").read_text()
    assert "**When:** a base" in new
    assert "**Use:** small" in new
    assert "**Instead of:** full" in new
    assert "**Why:** size" in new
    assert "More: at most 7" in new
    assert "**Alias:** 1" in new
    assert row["level"] == "SHOULD"


def test_headings_of_every_level_stay_above_their_bodies(tmp_path: Path) -> None:
    text = "# A MUST b\n\nBody.\n\n## Part\n\nOf it.\n\n###### Deep\n\nToo.\n\nC SHOULD d\n===\n\nLast.\n"
    rows = imported(tmp_path, {"a.md": text}, HEADINGS)
    assert texts(rows) == [("MUST", "A MUST b"), ("SHOULD", "C SHOULD d")]
    skills = "\n".join(p.read_text() for p in (tmp_path / "out/skills").rglob("*.md"))
    assert all(word in skills for word in ("Body.", "Part", "Of it.", "Deep", "Too.", "Last."))


def test_words_of_a_mark_that_are_not_in_the_sentence_stay(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '^(?P<level>MUST) (?P<statement>[^\\[]*) \\[owner: \\w+\\]$'\n"
    imported(tmp_path, {"a.md": "# F\n\n- MUST log in JSON [owner: team]\n"}, by)
    assert "[owner: team]" in (tmp_path / "imp/a.md").read_text()


def test_text_that_looks_like_a_rule_and_is_none_stays_text(tmp_path: Path) -> None:
    text = "# F\n\n## Rules\n\n- A MUST b.\n\n## Notes\n\n- Readers MUST know this.\n\n### Also MUST (X-7)\n"
    by = '[[rule]]\nat = "list-item"\nwithin = "^Rules"\n'
    rows = imported(tmp_path, {"a.md": text}, by)
    assert texts(rows)[0] == ("MUST", "A MUST b.")
    assert "Readers MUST know this." in (tmp_path / "imp/a.md").read_text()


def test_facts_of_the_front_matter_stay(tmp_path: Path) -> None:
    text = (
        "---\nid: NET\nowner: team\nreview_every: 6 months\nsource: https://e.org/x\nskill: nets\nstages: [review]\n"
        "reviewed: last spring\nstatus: approved, enforced from 2027-01-01\ncustom: yes it is\n"
        "applies_to:\n  languages: [go]\n  when: it is deployed\n---\n\n# F\n\n- A MUST b.\n"
    )
    imported(tmp_path, {"a.md": text})
    new = (tmp_path / "imp/a.md").read_text()
    for line in (
        'review_every: "6 months"', 'source: "https://e.org/x"', 'skill: "nets"', 'stages: ["review"]',
        'status: "approved, enforced from 2027-01-01"', '  when: "it is deployed"', "custom: yes it is",
        "reviewed: last spring",
    ):  # fmt: skip
        assert line in new, new


def test_what_cannot_be_repaired_is_reported_and_the_exit_code_is_1(tmp_path: Path) -> None:
    secret = "AKIA" + "IOSFODNN7" + "ABCDEFG"
    write(tmp_path / "r", {"a.md": f"# F\n\n- A MUST b.\n\n  ```sh\n  key={secret}\n  ```\n"})
    result = run_import(tmp_path / "r", ITEMS, tmp_path / "imp")
    assert result.code == 1
    assert "a.md" in result.out
    assert "CX605" in result.out
    assert (tmp_path / "imp/a.md").is_file()


def test_our_own_format_comes_through_as_it_is(tmp_path: Path) -> None:
    text = "---\nid: SVC\ntitle: F\ndomain: d\nstatus: approved\n---\n\n# F\n\n- A MUST b. (SVC-3)\n"
    config = "namespace: eng\n\ndomains:\n  d:\n    title: D\n    owner: '@x'\n"
    rows = imported(tmp_path, {"a.md": text, "codex.yaml": config}, "canonical")
    assert list(rows) == ["SVC-3"]
    assert (tmp_path / "imp/a.md").read_text() == text
    assert (tmp_path / "imp/codex.yaml").read_text() == config


# The second import.

RULES = ("Sheets MUST be linted before they ship.", "Tools SHOULD be small and do one thing.", "Logs MUST be JSON.")


def first(tmp_path: Path) -> Path:
    root = tmp_path / "r"
    write(root, {"a.md": "# F\n\n" + "".join(f"- {rule}\n" for rule in RULES), "b.md": "# G\n\n- Other MUST stay.\n"})
    assert run_import(root, ITEMS, tmp_path / "imp").code == 0
    return root


def by_words(rows: dict[str, dict[str, str]], words: str) -> str:
    return next(id_ for id_, row in rows.items() if words in row["text"])


def again(tmp_path: Path) -> dict[str, dict[str, str]]:
    result = run_import(tmp_path / "r", ITEMS, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    return statements(tmp_path / "imp", tmp_path / "out2")


def test_a_second_import_without_a_change_changes_nothing(tmp_path: Path) -> None:
    first(tmp_path)
    before = {p: p.read_bytes() for p in (tmp_path / "imp").rglob("*") if p.is_file()}
    again(tmp_path)
    assert {p: p.read_bytes() for p in (tmp_path / "imp").rglob("*") if p.is_file()} == before


def test_rules_keep_their_ids_when_others_come_go_and_change_places(tmp_path: Path) -> None:
    root = first(tmp_path)
    write(root, {"a.md": f"# F\n\n- New things MUST come first.\n- {RULES[2]}\n- {RULES[0]}\n"})
    rows = again(tmp_path)
    assert by_words(rows, "JSON") == "A-3"
    assert by_words(rows, "linted") == "A-1"
    assert by_words(rows, "New things") == "A-4"
    assert "### Tools SHOULD be small and do one thing. (A-2)" in (tmp_path / "imp/a.md").read_text()


def test_rules_keep_their_ids_when_they_are_retitled(tmp_path: Path) -> None:
    root = first(tmp_path)
    (root / "a.md").write_text((root / "a.md").read_text().replace("before they ship", "before any of them ship"))
    assert by_words(again(tmp_path), "linted") == "A-1"


def test_rules_keep_their_ids_when_they_move_to_another_file(tmp_path: Path) -> None:
    root = first(tmp_path)
    write(root, {"a.md": f"# F\n\n- {RULES[0]}\n- {RULES[1]}\n", "b.md": f"# G\n\n- Other MUST stay.\n- {RULES[2]}\n"})
    rows = again(tmp_path)
    assert by_words(rows, "JSON") == "A-3"
    assert by_words(rows, "Other") == "B-1"


@pytest.mark.parametrize("retitled", [False, True])
def test_rules_keep_their_ids_when_their_file_is_renamed(tmp_path: Path, retitled: bool) -> None:
    root = first(tmp_path)
    (root / "a.md").rename(root / "zebra.md")
    if retitled:
        text = (root / "zebra.md").read_text().replace("before they ship", "before you ship them")
        (root / "zebra.md").write_text(text)
    rows = again(tmp_path)
    assert [by_words(rows, words) for words in ("linted", "small", "JSON")] == ["A-1", "A-2", "A-3"]
    assert not (tmp_path / "imp/a.md").exists()


def test_written_ids_keep_their_rules_however_they_are_retitled(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '^(?P<id>V[\\d.]+) (?P<statement>.*)$'\n[id]\nmode = 'explicit'\npattern = 'V[\\d.]+'\n"
    root = tmp_path / "r"
    write(root, {"a.md": "# F\n\n- V1.1 A MUST b.\n- V1.2 C MUST d.\n"})
    assert run_import(root, by, tmp_path / "imp").code == 0
    write(root, {"a.md": "# F\n\n- V1.2 Quite another thing SHOULD be said.\n- V1.1 A MUST b.\n"})
    assert run_import(root, by, tmp_path / "imp").code == 0
    assert by_words(statements(tmp_path / "imp", tmp_path / "out"), "Quite") == "A-2"


def test_a_build_and_settings_in_between_do_no_harm(tmp_path: Path) -> None:
    root = first(tmp_path)
    statements(tmp_path / "imp", tmp_path / "out")
    config = (tmp_path / "imp/codex.yaml").read_text() + "\ntitle: Ours\n"
    (tmp_path / "imp/codex.yaml").write_text(config)
    write(root, {"new/c.md": "# H\n\n- More MUST come.\n"})
    again(tmp_path)
    new = (tmp_path / "imp/codex.yaml").read_text()
    assert "title: Ours" in new
    assert "  new:\n" in new


def test_edits_in_the_new_codex_are_never_overwritten(tmp_path: Path) -> None:
    root = first(tmp_path)
    edited = (tmp_path / "imp/a.md").read_text() + "\nBy hand.\n"
    (tmp_path / "imp/a.md").write_text(edited)
    (root / "a.md").write_text((root / "a.md").read_text() + "- More MUST come.\n")
    result = run_import(root, ITEMS, tmp_path / "imp")
    assert result.code == 2
    assert "`a.md` were edited since the last import" in result.err or "edited since the last import" in result.err
    assert (tmp_path / "imp/a.md").read_text() == edited


def test_a_first_import_that_ends_after_any_file_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = first(tmp_path)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "imp").iterdir()}
    place = open_codex(SourceOptions(root=root, dialects=(str(tmp_path / "d.toml"),), cache=False, as_of="2026-11-30"))
    for count in range(1, len(whole)):
        left = iter(range(count))

        def write_some(path: Path, data: bytes, *, root: Path, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            write_file(path, data, root=root)

        out = tmp_path / f"after-{count}"
        imported = checked_import(import_corpus(place, out), out, as_of="2026-11-30").result
        monkeypatch.setattr("codex.workflow.import_result.write_file", write_some)
        with pytest.raises(OSError, match="No space left"):
            write_import(imported, out)
        monkeypatch.undo()
        write_import(checked_import(import_corpus(place, out), out, as_of="2026-11-30").result, out)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == whole


def test_a_damaged_record_or_lock_is_one_clear_error(tmp_path: Path) -> None:
    root = first(tmp_path)
    (tmp_path / "imp/.codexc-import.json").write_text('{"files": {"../../x": 1}}')
    assert run_import(root, ITEMS, tmp_path / "imp").code == 2
    (tmp_path / "imp/.codexc-import.json").write_text("[")
    assert "is damaged" in run_import(root, ITEMS, tmp_path / "imp").err
    (tmp_path / "imp/codex.ids.lock").write_text("<<<<<<<")
    assert "lock" in run_import(root, ITEMS, tmp_path / "imp").err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ci.yml", "on: push\n"),
        ("NOTES.md", "# Notes\n\nBy hand.\n"),
        (".github/workflows/x.yml", "on: push\n"),
        (
            "zz.md",
            "---\nid: ZZ\ntitle: B\ndomain: general\nstatus: enforced\n---\n\n# B\n\n## Rules\n\n### It MUST hold (ZZ-1)\n",
        ),
    ],
)
def test_a_forged_record_deletes_no_file_that_no_import_wrote(name: str, text: str, tmp_path: Path) -> None:
    root = first(tmp_path)
    victim = tmp_path / "imp" / name
    victim.parent.mkdir(parents=True, exist_ok=True)
    victim.write_text(text)
    path = tmp_path / "imp/.codexc-import.json"
    record = json.loads(path.read_text())
    record["files"][name] = hashlib.sha256(victim.read_bytes()).hexdigest()
    path.write_text(json.dumps(record))
    for options in (("--dry-run",), ()):
        run = run_import(root, ITEMS, tmp_path / "imp", *options)
        assert f"{name}: no longer in the original; delete it if it is not needed" in run.err
    assert victim.read_text() == text


# Properties and real corpora.

WORD = st.sampled_from(["zebra", "lion", "`code`", "**bold**", "tool", "(X-1)", "a:", "[x]", "RFC-7"])
SENTENCE = st.builds(
    lambda before, level, after: " ".join([*before, level, *after]),
    st.lists(WORD, min_size=1, max_size=3),
    st.sampled_from(["MUST", "MUST NOT", "SHOULD", "may", ""]),
    st.lists(WORD, min_size=1, max_size=3),
)
BLOCK = st.one_of(
    SENTENCE,
    SENTENCE.map(lambda s: f"- {s}\n  - {s}"),
    SENTENCE.map(lambda s: f"1. {s}\n\n   {s}"),
    SENTENCE.map(lambda s: f"> {s}"),
    SENTENCE.map(lambda s: f"## {s}"),
    SENTENCE.map(lambda s: f"- {s}\\\n  next\n\n  ```\n  {s}\n  ```"),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(blocks=st.lists(BLOCK, min_size=1, max_size=6))
def test_no_word_and_no_level_is_lost(tmp_path_factory: pytest.TempPathFactory, blocks: list[str]) -> None:
    tmp_path = tmp_path_factory.mktemp("corpus")
    text = "# Title\n\n" + "\n\n".join(blocks) + "\n\n- Sheets MUST be linted.\n"
    write(tmp_path / "r", {"a.md": text})
    result = run_import(tmp_path / "r", BLOCKS.replace("MUST|SHOULD", "MUST|SHOULD|may"), tmp_path / "imp")
    new = (tmp_path / "imp/a.md").read_text()
    found, there = re.findall(r"\w+", text), re.findall(r"\w+", new)
    assert all(there.count(word) >= found.count(word) for word in set(found)), new
    levels = json.loads(
        codexc("stats", "--root", tmp_path / "r", "--dialect", tmp_path / "d.toml", "--format", "json").out
    )
    now = json.loads(codexc("stats", "--root", tmp_path / "imp", "--format", "json").out)
    assert result.code == 1 or levels["levels"] == now["levels"], new


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rules"), [("otto", 137), ("home-office", 106), ("thoughtbot", None)])
def test_an_open_corpus_checks_clean_and_builds(tmp_path: Path, name: str, rules: int | None) -> None:
    root = shared(f"corpora/open/{name}")
    result = run_import(root, name, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    rows = statements(tmp_path / "imp", tmp_path / "out")
    locked, findings = load_id_lock(
        (tmp_path / "imp/codex.ids.lock").read_text(), path="codex.ids.lock", schema=schema("ids-lock")
    )
    assert not findings
    assert len(rows) == len(locked)
    assert rules is None or len(rows) == rules


TIERS = """
[[rule]]
at = "row"
columns = { id = '#', statement = 'Description', tier = 'Level' }
[level]
keywords = false
default = "MUST"
[id]
mode = "explicit"
pattern = '\\d+(\\.\\d+)+'
prefix = "V"
[tiers]
order = ["1", "2"]
technology = "asvs-l{tier}"
"""


def test_the_tiers_of_a_dialect_become_the_scope_of_each_rule(tmp_path: Path) -> None:
    table = "| # | Description | Level |\n| --- | --- | --- |\n| 1.1 | Decode once. | 1 |\n| 1.2 | Encode last. | 2 |\n"
    rows = imported(tmp_path, {"a.md": f"# Encoding\n\n{table}"}, TIERS)
    scopes = [str(row["applies_to"]) for row in rows.values()]
    assert [("asvs-l1" in scope, "asvs-l2" in scope) for scope in scopes] == [(True, True), (False, True)]


PARTS = (
    "[[rule]]\nat = 'html'\nmatch = '<div id=\"(?P<id>R-\\d+)\">(?P<statement>.*?)</div>'\n"
    "[[rule]]\nat = 'heading'\ndepth = 2\nmatch = '^(?P<id>R-\\d+): (?P<statement>.*)$'\n"
    "[id]\nmode = 'explicit'\npattern = 'R-\\d+'\n"
    "[parts.labels]\nRationale = 'why'\nExemptions = 'except'\n[parts.headings]\nReason = 'why'\n'How to' = 'how'\n"
)
PAGE_A = (
    "---\ntitle: A\npermalink: /guides/alpha/\n---\n\n# A\n\nSee [beta](/guides/beta/#r-3-clients-may-retry).\n\n"
    '<div id="R-1"><b>Services</b> MUST NOT log <code>keys</code>.</div>\n\n**Rationale:** they leak.\n\n*Exemptions:* tests.\n\n'
    "## R-2: Services SHOULD trace\n\n### Reason\n\nTraces help.\n\n### How to\n\nUse [retry](/guides/beta/).\n"
)
PAGE_B = (
    "---\ntitle: B\npermalink: /guides/beta/\n---\n\n# B\n\n## R-3: Clients MAY retry\n\n**Rationale**: it may fail.\n"
)


def test_parts_permalinks_and_rules_in_html_are_imported(tmp_path: Path) -> None:
    rows = imported(tmp_path, {"g/a.md": PAGE_A, "g/b.md": PAGE_B}, PARTS)
    assert texts(rows) == [
        ("MUST NOT", "**Services** MUST NOT log `keys`."),
        ("SHOULD", "Services SHOULD trace"),
        ("MAY", "Clients MAY retry"),
    ]
    first, second, third = rows.values()
    assert (first["why"], first["except"], second["why"], third["why"]) == (
        "they leak.",
        "tests.",
        "Traces help.",
        "it may fail.",
    )
    assert second["how"].startswith("Use retry")
    text = (tmp_path / "imp" / "g" / "a.md").read_text()
    assert text.count("keys") == 1 and "[retry](b.md)" in text and "[beta](b.md#clients-may-retry" in text
