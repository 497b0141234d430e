"""`codexc check`: values that authors write in a way of their own are reported at their place, with what to type."""

from pathlib import Path

import pytest

from tests.support.running import codexc

FRONT = "id: SVC\ntitle: Services\ndomain: services\nstatus: approved\n"
PAGE = (
    "# Services\n\n## Services MUST log (SVC-1)\n\n**Why:** to see.\n\n## Services MUST say: (SVC-2)\n\n"
    "- who (SVC-2a)\n\n**Why:** to know.\n\n## Withdrawn\n\n### Services SHOULD wait (SVC-3)\n\n**Withdrawn:** 2026-03\n"
)
CONFIG = "namespace: acme\ntitle: A\ndomains:\n  services: {title: S, owner: '@a'}\nlanguages: [python, go]\n"


def check(tmp_path: Path, *, front: str = "", page: str = PAGE) -> str:
    (tmp_path / "codex.yaml").write_text(CONFIG)
    (tmp_path / "services.md").write_text(f"---\n{FRONT}{front}---\n\n{page}")
    return codexc("check", "--root", tmp_path, "--as-of", "2026-11-29", cwd=tmp_path).out


@pytest.mark.parametrize(
    ("front", "place", "help_"),
    [
        ("review_every: 6\n", "6:15", "such as `6 months` or `1 year`"),
        ("reviewed: 20260901\n", "6:11", "write the date as YYYY-MM-DD, such as `2027-01-15`"),
        ("stages: implementation, review\n", "6:9", "write a list: `[implementation, review]`"),
        ('applies_to:\n  paths: "**/*.py, a.go"\n', "7:10", 'write a list: `["**/*.py", "a.go"]`'),
        (
            "applies_to:\n  technologies: [python3]\n",
            "7:18",
            "`python3` is one of the languages: list the name under `languages`",
        ),
        ("applies_to:\n  languages: [docker]\n", "7:15", "list the name under `technologies`"),
        ("owner:\t'@a'\n", "6:7", "write spaces"),
        ("priority: [SVC-3]\n", "6:12", "remove it"),
        ("priority: [SVC-2a]\n", "6:12", "remove it"),
        ("source: javascript:alert(1)\n", "6:9", "write the URL of a web page"),
    ],
)
def test_a_value_in_front_matter_is_reported_with_what_to_type(
    tmp_path: Path, front: str, place: str, help_: str
) -> None:
    out = check(tmp_path, front=front)
    assert f"services.md:{place}\n" in out
    assert f"= help: {help_}" in out or help_ in out


@pytest.mark.parametrize("day", ["2026-W48", "20270901", "2027/09/01"])
def test_what_is_no_date_is_not_called_a_day_in_the_future(tmp_path: Path, day: str) -> None:
    assert "CX048" not in check(tmp_path, front=f"reviewed: {day}\n")


def test_a_date_in_the_future_is_reported(tmp_path: Path) -> None:
    assert "CX048" in check(tmp_path, front="reviewed: 2027-09-01\n")


@pytest.mark.parametrize(
    ("label", "help_"),
    [
        ("**Applies to:** languages: python (3.12+)", "write `python`: the text in brackets belongs in `when`"),
        ("**Maps to:** V1.2.4 and LLM05:2025", "list ids with commas"),
    ],
)
def test_a_value_of_a_label_is_reported_with_what_to_type(tmp_path: Path, label: str, help_: str) -> None:
    out = check(tmp_path, page=PAGE.replace("**Why:** to see.", f"**Why:** to see.\n{label}"))
    assert help_ in out


@pytest.mark.parametrize("cell", ["\u3003", '"', "ditto", "same as above", "n/a", "N/A", "none", "NA"])
@pytest.mark.parametrize("column", ["need", "use", "instead"])
def test_a_cell_that_stands_for_another_or_for_none_is_reported(tmp_path: Path, column: str, cell: str) -> None:
    row = {"need": "speed", "use": "uv", "instead": "pip"} | {column: cell}
    table = (
        "| If you need | Use | Instead of | Level | Id |\n| --- | --- | --- | --- | --- |\n"
        f"| {row['need']} | {row['use']} | {row['instead']} | MUST | SVC-4 |\n\n## Withdrawn"
    )
    out = check(tmp_path, page=PAGE.replace("## Withdrawn", table))
    assert f"`{cell}` is read as the text of the cell" in out


@pytest.mark.parametrize("cell", ["not a loop", "Never loops", "do not retry", "Don\u2019t retry", "avoid loops"])
def test_a_choice_that_says_what_not_to_use_is_reported(tmp_path: Path, cell: str) -> None:
    table = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| {} | {} | MUST | SVC-4 |\n\n## Withdrawn"
    out = check(tmp_path, page=PAGE.replace("## Withdrawn", table.format("speed", cell)))
    assert f"the sentence of this row is `If you need speed, use {cell}`" in out
    for need, use in ((cell, "uv"), ("speed", "nothing but uv"), ("speed", "a notebook")):
        out = check(tmp_path, page=PAGE.replace("## Withdrawn", table.format(need, use)))
        assert "the sentence of this row" not in out


@pytest.mark.parametrize("cell", ["-", "\u2014", "", "`none`", "none of these"])
def test_an_empty_cell_and_other_words_are_not_reported(tmp_path: Path, cell: str) -> None:
    table = (
        "| If you need | Use | Instead of | Level | Id |\n| --- | --- | --- | --- | --- |\n"
        f"| speed | uv | {cell} | MUST | SVC-4 |\n\n## Withdrawn"
    )
    assert "is read as the text of the cell" not in check(tmp_path, page=PAGE.replace("## Withdrawn", table))


@pytest.mark.parametrize(
    ("sentence", "doubt"),
    [
        ("Services ~MUST~ log", "`MUST` is struck out"),
        ("Services MUST ~NOT~ log", "has a `not` that is struck out"),
        ("Services ~SHOULD NOT~ MUST log", "is struck out"),
    ],
)
def test_words_between_single_tildes_are_struck_out_as_on_forges(tmp_path: Path, sentence: str, doubt: str) -> None:
    assert doubt in check(tmp_path, page=PAGE.replace("Services MUST log", sentence))


@pytest.mark.parametrize("sentence", ["Services MUST keep ~5 or ~10 logs", "Services MUST write to ~/log or ~a/log"])
def test_other_tildes_strike_out_nothing(tmp_path: Path, sentence: str) -> None:
    assert "CX031" not in check(tmp_path, page=PAGE.replace("Services MUST log", sentence))


@pytest.mark.parametrize(
    "text",
    [
        "![[limits.md]]",
        "As ![[limits]] says.",
        "{/* only for public services */}",
        "export const limit = 3",
        "import Tabs from '@theme/Tabs';",
    ],
)
def test_what_another_program_would_replace_is_reported(tmp_path: Path, text: str) -> None:
    out = check(tmp_path, page=PAGE.replace("**Why:** to see.", f"**Why:** to see.\n\n{text}"))
    assert "error[CX012]" in out
    assert "services.md:14:" in out


@pytest.mark.parametrize(
    "text", ["export the keys", "import what you need from others", "`![[a]]`", "![a](https://a.b)"]
)
def test_words_that_only_look_like_it_are_not(tmp_path: Path, text: str) -> None:
    assert "CX012" not in check(tmp_path, page=PAGE.replace("**Why:** to see.", f"**Why:** to see.\n\n{text}"))


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td rowspan=2>All</td><td>Services MUST trace (SVC-9)</td></tr><tr><td>Log</td></tr></table>",
        "<ul><li>Services MUST trace (SVC-9)</li><li>and more</li></ul>",
        "<p>Services MUST trace (SVC-9)</p><p>Text.</p>",
    ],
)
def test_a_rule_in_html_is_reported_whatever_is_in_its_line(tmp_path: Path, html: str) -> None:
    out = check(tmp_path, page=PAGE.replace("## Withdrawn", f"{html}\n\n## Withdrawn"))
    assert "HTML says `MUST` and `SVC-9`, but is not read as a rule" in out


def test_a_line_in_a_quote_introduces_the_list_below_it(tmp_path: Path) -> None:
    page = PAGE.replace("## Withdrawn", "> Only public services:\n\n- Services SHOULD trace (SVC-4)\n\n## Withdrawn")
    check(tmp_path, page=page)
    built = codexc("build", "--root", tmp_path, "--out", tmp_path / "out", "--as-of", "2026-11-29")
    assert built.code == 0, built.err
    assert '"lead_in":"Only public services:"' in (tmp_path / "out" / "statements.json").read_text()


@pytest.mark.parametrize("words", ["MUST probably log", "MUST (nice to have) log", "MUST possibly log"])
def test_a_must_that_is_taken_back_is_reported(tmp_path: Path, words: str) -> None:
    assert "CX316" in check(tmp_path, page=PAGE.replace("MUST log", words))


def test_the_next_command_can_be_typed_for_a_file_with_a_space(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text(CONFIG)
    made = codexc("new", "my page.md", "--id", "PAGE", "--domain", "services", cwd=tmp_path)
    assert made.code == 0, made.err
    assert "`codexc check 'my page.md'`" in made.err


MARKS = (
    "[[rule]]\nat = 'block'\nmatch = '<(?P<id>R\\d+)> (?P<level>!\\w+(?: not)?!)? ?(?P<statement>.*)$'\n"
    "[level]\nkeywords = false\n[level.map]\n'!must!' = 'MUST'\n'!must not!' = 'MUST NOT'\n"
    "[id]\nmode = 'explicit'\npattern = 'R\\d+'\n"
)


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("!mus!", "`!mus!` is not a level of this dialect"),
        ("!ought!", "`!ought!` is not a level of this dialect"),
        ("!MUST NOT!", "`R2` has no level, so it is not a rule"),
    ],
)
def test_a_mark_whose_level_is_unknown_is_reported_where_ids_are_written(
    tmp_path: Path, mark: str, message: str
) -> None:
    (tmp_path / "d.toml").write_text(MARKS)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "a.md").write_text(f"# A\n\n\\<R1> !must! log.\n\n\\<R2> {mark} retry.\n".replace("\\<", "<"))
    out = codexc("check", "--root", tmp_path / "r", "--dialect", tmp_path / "d.toml", cwd=tmp_path).out
    assert message in out
    assert "a.md:5:" in out
