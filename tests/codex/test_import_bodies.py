"""`codexc import`: what is below a rule stays there, with every marker that is text."""

from pathlib import Path

import pytest

from tests.codex.importing import BLOCKS, run_import, statements, write

CODE = "```console\n$ curl x\n> GET /a\n>\n< OK\n```"
QUOTE = "> **Note** in\n> two lines\n>\n> > and a quote in it"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


@pytest.mark.parametrize("body", [CODE, QUOTE, f"{CODE}\n\n{QUOTE}", quoted(CODE)], ids=["code", "quote", "both", "in"])
@pytest.mark.parametrize("is_quoted", [False, True], ids=["plain", "quoted"])
def test_code_and_quotes_below_a_paragraph_stay_in_its_rule(tmp_path: Path, body: str, is_quoted: bool) -> None:
    text = f"Services MUST log.\n\n{body}"
    write(tmp_path / "r", {"a.md": f"# A\n\n{quoted(text) if is_quoted else text}\n\nServices SHOULD sleep.\n"})
    result = run_import(tmp_path / "r", BLOCKS + "nested = true\n", tmp_path / "imp")
    assert result.code == 0, result.out
    rows = list(statements(tmp_path / "imp", tmp_path / "out").values())
    assert [(row["level"], row["text"]) for row in rows] == [
        ("MUST", "Services MUST log."),
        ("SHOULD", "Services SHOULD sleep."),
    ]
    page = (tmp_path / "imp" / "a.md").read_text()
    rule, _, rest = page.partition("Services MUST log. (A-1)")[2].partition("- Services SHOULD")
    assert rest
    indent = ">   " if is_quoted else "  "
    assert [line.removeprefix(indent) for line in rule.strip("\n").split("\n") if line.strip(" >")] == [
        line for line in body.split("\n") if line.strip(" >")
    ]


@pytest.mark.parametrize("words", [40, 90, 400])
@pytest.mark.parametrize("edit", ["", "now "])
def test_a_long_sentence_keeps_its_id(tmp_path: Path, words: int, edit: str) -> None:
    more = " ".join(f"word{number}" for number in range(words))
    text = "# A\n\nServices MUST log {}that {} happened. They MAY wait.\n\nServices SHOULD sleep.\n"
    write(tmp_path / "r", {"a.md": text.format("", more)})
    assert run_import(tmp_path / "r", BLOCKS, tmp_path / "imp").code == 0
    before = (tmp_path / "imp" / "codex.ids.lock").read_text()
    for name, also in (("a.md", edit), ("b.md", edit)):
        (tmp_path / "r" / "a.md").unlink(missing_ok=True)
        write(tmp_path / "r", {name: text.format(also, more)})
        result = run_import(tmp_path / "r", BLOCKS, tmp_path / "imp")
        assert "withdrawn" not in result.out + result.err
        after = (tmp_path / "imp" / "codex.ids.lock").read_text()
        assert after.count('"id"') == before.count('"id"') == 2
        assert '"A-1"' in after and '"A-2"' in after


def test_rules_of_one_written_id_keep_the_ids_of_the_first_import(tmp_path: Path) -> None:
    by = '[[rule]]\nat = "list-item"\nmatch = "^(?P<id>[A-Z]+-[A-Z]+) (?P<statement>.*)$"\n[id]\nmode = "optional"\n'
    files = {
        f"{name}/a.md": f"# A\n\n- MEM-LEAK {text}\n- MEM-RAW {text} twice\n" for name, text in _TRANSLATED.items()
    }
    write(tmp_path / "r", files)
    locks = []
    for _ in range(3):
        run_import(tmp_path / "r", by, tmp_path / "imp")
        locks.append((tmp_path / "imp" / "codex.ids.lock").read_text())
    assert locks[0].count('"id"') == 6
    assert locks[0] == locks[1] == locks[2]


_TRANSLATED = {"en": "Code MUST free it", "fr": "Le code MUST le rendre", "de": "Programme MUST es freigeben"}


@pytest.mark.parametrize("line", ["```text x ```", "- a dash", "1. a number", "# a hash", "~~~ tildes", "=="])
@pytest.mark.parametrize("lead", ["- ", ""])
def test_a_deep_line_of_a_sentence_does_not_begin_a_block(tmp_path: Path, line: str, lead: str) -> None:
    text = f"# A\n\n{lead}Services MUST log all\n          {line}\n          and more.\n\nServices SHOULD sleep.\n"
    write(tmp_path / "r", {"a.md": text})
    result = run_import(tmp_path / "r", BLOCKS, tmp_path / "imp")
    assert result.code == 0, result.out
    rows = list(statements(tmp_path / "imp", tmp_path / "out").values())
    assert [row["level"] for row in rows] == ["MUST", "SHOULD"]
    assert line.split()[-1].strip("`") in rows[0]["text"]
    assert rows[0]["text"].endswith("and more.")
