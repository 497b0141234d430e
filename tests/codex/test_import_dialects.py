"""`codexc import`: the ids, parts and tiers of a dialect are written in the codexc format."""

import re
from pathlib import Path

import pytest

from skills_build.source.idlock import load_id_lock
from tests.codex.importing import BLOCKS, imported, run_import, statements, texts
from tests.skills_build.source.reading import schema
from tests.support.data import shared
from tests.support.running import codexc


def test_nested_items_are_rules_of_their_own_where_the_dialect_says_so(tmp_path: Path) -> None:
    text = "# F\n\n- A MUST b.\n  - C MUST NOT d.\n    - E SHOULD f.\n- G SHOULD h.\n"
    rows = imported(tmp_path, {"a.md": text}, BLOCKS)
    assert texts(rows) == [
        ("MUST", "A MUST b."),
        ("MUST NOT", "C MUST NOT d."),
        ("SHOULD", "E SHOULD f."),
        ("SHOULD", "G SHOULD h."),
    ]


def test_a_level_in_other_letters_is_written_in_upper_case(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '\\*\\*(?P<level>must not|must)\\*\\*'\n[level]\nignore_case = true\nkeywords = false\n"
    imported(tmp_path, {"a.md": "# F\n\n- A **must not** b.\n"}, by)
    assert "- A **MUST NOT** b. (A-1)\n" in (tmp_path / "imp/a.md").read_text()


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


def test_words_of_a_mark_that_are_not_in_the_sentence_stay(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '^(?P<level>MUST) (?P<statement>[^\\[]*) \\[owner: \\w+\\]$'\n"
    imported(tmp_path, {"a.md": "# F\n\n- MUST log in JSON [owner: team]\n"}, by)
    assert "[owner: team]" in (tmp_path / "imp/a.md").read_text()


def test_our_own_format_comes_through_as_it_is(tmp_path: Path) -> None:
    text = "---\nid: SVC\ntitle: F\ndomain: d\nstatus: approved\n---\n\n# F\n\n- A MUST b. (SVC-3)\n"
    config = "namespace: eng\n\ndomains:\n  d:\n    title: D\n    owner: '@x'\n"
    rows = imported(tmp_path, {"a.md": text, "codex.yaml": config}, "canonical")
    assert list(rows) == ["SVC-3"]
    assert (tmp_path / "imp/a.md").read_text() == text
    assert (tmp_path / "imp/codex.yaml").read_text() == config


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


REASONS = "[[rule]]\nat = 'list-item'\ndepth = 1\n[level]\nkeywords = false\ndefault = 'SHOULD'\n[parts.labels]\n"


@pytest.mark.parametrize("name", ["Why", "Why:", "why"])
@pytest.mark.parametrize("written", ["_Why:_", "*Why*:", "**Why:**", "Why:", "__Why__:"])
@pytest.mark.parametrize("between", [" ", "\n  ", "\n\n  > "])
def test_a_label_is_imported_wherever_its_text_begins(tmp_path: Path, between: str, written: str, name: str) -> None:
    page = f"# A\n\n- Do this now.\n\n  {written}{between}It saves time.\n\n- Do that.\n"
    rows = imported(tmp_path, {"a.md": page}, f"{REASONS}'{name}' = 'why'\n")
    assert rows["A-1"]["why"].removeprefix("> ") == "It saves time."
    assert (tmp_path / "imp" / "a.md").read_text().count("**Why:**") == 1


PARAGRAPHS = "[[rule]]\nat = 'paragraph'\nmatch = 'MUST'\nbody = 'following'\n"
NOTES = {
    "at the end of the file": "Services MUST log[^n].\n\nBody.\n\n[^n]: Only in production.\n",
    "with text below it": "Services MUST log[^n].\n\n[^n]: Only in production.\n\nBody.\n",
    "between two rules": "Services MUST log[^n].\n\n[^n]: Only in production.\n\nClients MUST wait.\n",
    "above the rule": "[^n]: Only in production.\n\nServices MUST log[^n].\n\nBody.\n",
    "on two lines": "Services MUST log[^n].\n\n[^n]: Only\nin production.\n\nBody.\n",
    "with an indented second line": "Services MUST log[^n].\n\n[^n]: Only\n    in production.\n\nBody.\n",
    "with a second paragraph": "Services MUST log[^n].\n\n[^n]: Only\n\n    in production.\n\nBody.\n",
    "below another one": "Services MUST log[^n].\n\n[^m]: Other.\n[^n]: Only in production.\n\nBody.\n",
    "in a list item": "Services MUST log[^n].\n\n- Item\n\n  [^n]: Only in production.\n\n  Body.\n",
    "in a quote": "Services MUST log[^n].\n\n> Quote\n>\n> [^n]: Only in production.\n\nBody.\n",
    "in a later section": "Services MUST log[^n].\n\n## More\n\n[^n]: Only in production.\n\nBody.\n",
}


@pytest.mark.parametrize("text", NOTES.values(), ids=NOTES)
def test_a_footnote_stays_with_the_sentence_that_cites_it(tmp_path: Path, text: str) -> None:
    imported(tmp_path, {"a.md": f"# A\n\n{text}"}, PARAGRAPHS)
    (skill,) = (tmp_path / "out" / "skills").glob("*-general/SKILL.md")
    assert "Services MUST log (Only in production)" in skill.read_text()
    page = re.sub(r" \(A-\d\)", "", (tmp_path / "imp" / "a.md").read_text().partition("# A\n")[2])
    assert re.findall(r"\w+", page) == re.findall(r"\w+", text)


def test_a_footnote_that_is_not_defined_is_shown_as_it_was(tmp_path: Path) -> None:
    rules = imported(
        tmp_path, {"a.md": "# A\n\nServices MUST log[^n].\n\nServices MUST wait[^1].\n\n[^n]: x.\n"}, PARAGRAPHS
    )
    assert any(row["text"].startswith("Services MUST wait\\[^1]") for row in rules.values())
    again = run_import(tmp_path / "r", PARAGRAPHS, tmp_path / "more")
    assert "the link to `[^1]` has no target in the new codex, and is now plain text" in again.out + again.err


def test_a_footnote_with_a_level_stays_the_footnote_of_its_sentence(tmp_path: Path) -> None:
    page = "# A\n\nServices MUST log[^1].\n\nClients MUST retry[^b].\n\n[^1]: Tests MUST not.\n[^b]: Once.\n"
    rows = imported(tmp_path, {"a.md": page}, "[[rule]]\nat = 'paragraph'\nmatch = 'MUST'\n")
    assert texts(rows) == [("MUST", "Services MUST log (Tests MUST not)."), ("MUST", "Clients MUST retry (Once).")]
    assert "[^1]: Tests MUST not.\n[^b]: Once.\n" in (tmp_path / "imp" / "a.md").read_text()
