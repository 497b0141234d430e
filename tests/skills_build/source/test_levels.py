"""Levels are read from the text as a reader sees it, and are never inverted in silence."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skills_build.diagnostics import Severity
from skills_build.lint.registry import LINTS
from skills_build.model.standard import Level
from skills_build.source.levels import level_named, read_levels
from tests.skills_build.source.reading import HEAD, reading, standard
from tests.support.data import THOROUGH

FORBIDS = (
    "MUST NOT",
    "MUST  NOT",
    "MUST\u00a0NOT",
    "MUST\u2003NOT",
    "MUST&nbsp;NOT",
    "MUST&#160;NOT",
    "MUST &#78;OT",
    "MUST not",
    "MUST Not",
    "**MUST** **NOT**",
    "**MUST** *NOT*",
    "__MUST__ NOT",
    "_MUST_ _NOT_",
    "MUST ***NOT***",
    "**MUST NOT**",
    "M**US**T NOT",
    "MUST-NOT",
    "MUST\u2011NOT",
    "MUST\u2013NOT",
    "MUST_NOT",
    "MUSTNOT",
    "MUSTN'T",
    "MUSTN’T",
    "MUSTNT",
    "SHAN'T",
    "SHALL NOT",
    "SHALL not",
    "MUST never",
    "MUST NEVER",
    "MUST <b>NOT</b>",
    "<b>MUST</b> NOT",
    "MUST<br>NOT",
    "MUST <!-- really --> NOT",
    "[MUST](https://example.com/a_(b)) NOT",
    "MUST[^1] NOT",
    "MUST\u200b NOT",
    "MU\u00adST NOT",
)
DOUBTFUL = (
    "[MUST][undefined] [NOT][undefined]",
    "MAY NOT",
    "MAY not",
    "MUST not only",
    "MUST not necessarily",
    "MUST `NOT`",
    "MUST ~~NOT~~",
    "MUST <del>NOT</del>",
    "~~MUST~~ NOT",
    "MUST (NOT)",
    'MUST "not"',
    "MUST, in any case, NOT",
    "MUST also not",
    "MUST generally NOT",
    "are NOT REQUIRED to",
    "MUST N0T",
    "MUST NTO",
    "SHOULD nto",
    "MUST NOTT",
    "MUST NO",
    "MUST NOTretry,",
    "MUST NO(T)",
    "MUST(N'T)",
    "SHOULD npt",
    "are not OPTIONAL and",
    "MUST?",
    "MUST ?",
    "**MUST**?",
    "MUST (?)",
    "MUST NOT [??]",
    "SHOULD\uff1f",
    "MAY(?)",
    "MUST (optional)",
    "MUST NOT [recommended]",
    "**MUST** (not binding)",
    "MUST (but optional)",
    "SHOULD (required)",
    "MAY (mandatory)",
    "MUST/SHOULD",
    "**SHOULD** / MAY",
    "SHOULD or MUST",
    "MUST and/or SHOULD",
    "MUST or MUST NOT",
)
"""What has no clear level. It is never read as a rule."""
EQUALS = {
    "SHALL": Level.MUST,
    "SHALL NOT": Level.MUST_NOT,
    "are REQUIRED to": Level.MUST,
    "are RECOMMENDED to": Level.SHOULD,
    "are NOT RECOMMENDED to": Level.SHOULD_NOT,
    "SHOULDN'T": Level.SHOULD_NOT,
    "can OPTIONALLY, but MAY": Level.MAY,
    "are OPTIONAL to": Level.MAY,
}


def item(words: str) -> str:
    return f"{HEAD}- Backups {words} be kept on the same disk (SVC-1)\n"


@pytest.mark.parametrize("words", FORBIDS)
def test_every_spelling_of_must_not_forbids(words: str) -> None:
    (rule,) = standard(item(words)).rules
    assert rule.level is Level.MUST_NOT


def test_a_line_break_inside_a_level_is_a_space() -> None:
    for between in ("\n  ", "  \n  ", "\\\n  "):
        (rule,) = standard(f"{HEAD}- Backups MUST{between}NOT be kept on the same disk (SVC-1)\n").rules
        assert rule.level is Level.MUST_NOT


@pytest.mark.parametrize("words", DOUBTFUL)
def test_a_doubtful_level_is_an_error_and_no_rule(words: str) -> None:
    read = reading(item(words))
    assert read.document is not None and read.document.standard.rules == ()
    (finding,) = (f for f in read.findings if f.code in ("CX031", "CX020"))
    assert finding.span.line == item(words).split("\n").index(item(words).split("\n")[-2]) + 1
    assert LINTS[finding.code].severity is Severity.ERROR


@pytest.mark.parametrize(
    "words", ["MUST (required)", "SHOULD (recommended)", "MAY (optional)", "MUST (optionally signed)"]
)
def test_a_bracket_behind_a_level_that_names_no_other_level_leaves_it_clear(words: str) -> None:
    (rule,) = standard(item(words)).rules
    assert rule.level.value == words.split(" (")[0]


@pytest.mark.parametrize("words", ["MUST/SHALL", "MUST or may", "that are MUST or SHOULD MUST"])
def test_a_second_level_that_is_the_same_or_only_mentioned_leaves_a_level_clear(words: str) -> None:
    (rule,) = standard(item(words)).rules
    assert rule.level is Level.MUST


@pytest.mark.parametrize(
    ("cell", "message"), [("SHOULD?", "has a question mark"), ("MUST (optional)", "names two levels")]
)
def test_a_level_in_doubt_in_a_table_of_choices_is_no_level(cell: str, message: str) -> None:
    table = f"| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | Kafka | {cell} | SVC-1 |\n"
    read = reading(HEAD + table)
    assert read.document is not None and read.document.standard.rules == ()
    assert [f.message for f in read.findings if f.code == "CX031"] == [
        f"`{cell}` {message}, so it is not read as a rule"
    ]


@pytest.mark.parametrize("words", EQUALS)
def test_the_other_words_of_rfc_2119_are_read_as_their_equals(words: str) -> None:
    read = reading(item(words))
    assert read.document is not None
    (rule,) = read.document.standard.rules
    assert rule.level is EQUALS[words]


def test_a_synonym_is_reported_with_what_to_type() -> None:
    (finding,) = (f for f in reading(item("SHALL NOT")).findings if f.code == "CX313")
    assert (finding.message, finding.help) == ("`SHALL NOT` is read as MUST NOT", "write `MUST NOT`")
    assert finding.fix is not None and [edit.text for edit in finding.fix.edits] == ["MUST NOT"]


@pytest.mark.parametrize("words", ["MUST not", "MUST-NOT", "MUSTN'T", "MUST never"])
def test_an_unusual_spelling_is_reported_with_a_fix(words: str) -> None:
    (finding,) = (f for f in reading(item(words)).findings if f.code == "CX030")
    assert finding.fix is not None and [edit.text for edit in finding.fix.edits] == ["MUST NOT"]


@pytest.mark.parametrize("words", ["MUST NOT", "MUST  NOT", "**MUST** **NOT**", "__MUST__ NOT", "MUST<br>NOT"])
def test_differences_that_no_reader_sees_are_not_reported(words: str) -> None:
    assert [f.code for f in reading(item(words)).findings] == []


def test_may_only_is_reported_because_it_restricts() -> None:
    assert [f.code for f in reading(item("MAY only")).findings] == ["CX032"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Only gateways MAY retry", ["CX032"]),
        ("In production, only gateways MAY retry", ["CX032"]),
        ("Only if it is idempotent, a call MAY be retried", []),
        ("Only gateways MUST retry", []),
    ],
)
def test_a_may_that_excludes_all_others_is_reported(text: str, codes: list[str]) -> None:
    found = reading(f"{HEAD}## Rules\n\n- {text} (SVC-1)\n").findings
    assert [f.code for f in found if f.code.startswith("CX03")] == codes


@pytest.mark.parametrize("text", ["`MUST`", "MUSTARD", "X_MUST_Y", "must", "Must", "<!-- MUST -->", "MUSTNOTE"])
def test_words_that_are_no_level(text: str) -> None:
    assert read_levels(f"Names {text} here") == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Services `MUST` log and MAY trace", ["CX031"]),
        ("Services `MUST NOT` be flat but SHOULD be open", ["CX031"]),
        ("Services `MUST` log and MUST trace", []),
        ("The keyword `MAY` in headings MUST be bold", []),
        ("Rules with `MUST` in them SHOULD be short", []),
        ("Pages that say `MUST` often SHOULD be short", []),
        ("`MAY` in a heading SHOULD be bold", []),
        ("Services MUST print `MAY` often", []),
    ],
)
def test_another_level_in_code_in_front_of_the_level_is_an_error(text: str, code: list[str]) -> None:
    assert [f.code for f in reading(f"{HEAD}- {text} (SVC-1)\n").findings] == code


def test_an_adjective_yields_to_a_verb() -> None:
    assert [w.level for w in read_levels("OPTIONAL fields MUST be documented")] == [Level.MUST]
    assert [w.level for w in read_levels("A RECOMMENDED size SHALL be listed")] == [Level.MUST]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("must not", Level.MUST_NOT),
        ("MUST-NOT", Level.MUST_NOT),
        ("**MUST NOT**", Level.MUST_NOT),
        ("MUSTN'T", Level.MUST_NOT),
        ("Should", Level.SHOULD),
        ("shall", Level.MUST),
        ("Recommended", Level.SHOULD),
        ("MAY NOT", None),
        ("Must have", None),
        ("MUST/SHOULD", None),
        ("", None),
    ],
)
def test_a_cell_has_the_level_of_all_its_words(name: str, level: Level | None) -> None:
    assert level_named(name) is level


SPACES = (
    "",
    " ",
    "  ",
    "\u00a0",
    "\u2009",
    "&nbsp;",
    "&#xA0;",
    "<br>",
    "\t",
    " <!-- x --> ",
    "\u200b ",
    "-",
    "_",
    "\u2011",
)
WRAPS = (
    "{}",
    "**{}**",
    "*{}*",
    "__{}__",
    "_{}_",
    "`{}`",
    "~~{}~~",
    "[{}](a.md)",
    "<b>{}</b>",
    "({})",
    "“{}”",
    "<u>*{}*</u>",
)
NOTS = ("NOT", "not", "Not", "&#78;OT", "N&#79;T", "never", "N<b>O</b>T")
MUSTS = ("MUST", "M**US**T", "&#77;UST", "MU\u00adST", "SHALL")


@settings(max_examples=2000 if THOROUGH else 100, deadline=None)
@given(
    st.sampled_from(MUSTS),
    st.sampled_from(NOTS),
    st.sampled_from(SPACES),
    st.sampled_from(WRAPS),
    st.sampled_from(WRAPS),
    st.sampled_from(WRAPS),
)
def test_no_rendering_of_must_not_is_read_as_must(
    must: str, no: str, space: str, first: str, second: str, around: str
) -> None:
    assume("`" not in second or no.isalpha())  # code shows entities and tags as they are written
    assume("`" not in around)  # all of it is code, so that there is no level
    text = item(around.format(first.format(must) + space + second.format(no)))
    read = reading(text)
    assert read.document is not None
    levels = [rule.level for rule in read.document.standard.rules]
    line = text.count("\n")
    errors = [f for f in read.findings if LINTS[f.code].severity is Severity.ERROR and f.span.line == line]
    assert levels == [Level.MUST_NOT] or (levels == [] and errors)


def test_a_compound_with_non_is_no_level() -> None:
    assert read_levels("You can ignore non-MUST and non-SHOULD rules") == ()
