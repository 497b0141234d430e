"""`codexc import`: what comes in checks without errors, builds, and loses no word."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codex.importing import BLOCKS, HEADINGS, ITEMS, imported, run_import, texts, write
from tests.support.running import codexc


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


def test_hard_line_breaks_in_and_below_a_rule_are_kept(tmp_path: Path) -> None:
    imported(tmp_path, {"a.md": "# F\n\n- A MUST b,  \n  or c,\\\n  or d.\n\n  Text,  \n  more.\n"})
    assert "- A MUST b,  \n  or c,\\\n  or d. (A-1)\n\n  Text,  \n  more.\n" in (tmp_path / "imp/a.md").read_text()


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


def test_text_that_looks_like_a_rule_and_is_none_stays_text(tmp_path: Path) -> None:
    text = "# F\n\n## Rules\n\n- A MUST b.\n\n## Notes\n\n- Readers MUST know this.\n\n### Also MUST (X-7)\n"
    by = '[[rule]]\nat = "list-item"\nwithin = "^Rules"\n'
    rows = imported(tmp_path, {"a.md": text}, by)
    assert texts(rows)[0] == ("MUST", "A MUST b.")
    assert "Readers MUST know this." in (tmp_path / "imp/a.md").read_text()


def test_a_label_in_text_that_is_no_rule_does_not_stop_the_build(tmp_path: Path) -> None:
    text = "# F\n\n- A MUST b.\n\n## About this page\n\n**Version**: 1.0\n**Status**: Active\n"
    (row,) = imported(tmp_path, {"a.md": text}).values()
    assert row["status"] == "approved"
    lines = (tmp_path / "imp/a.md").read_text().split("\n")
    assert [line.partition(" <!-- codexc: allow invalid-status: ")[0] for line in lines if "Status" in line] == [
        "**Status**: Active"
    ]


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
