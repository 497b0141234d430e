"""Levels of dialects are read with the same negations and synonyms as those of the codexc format."""

import pytest

from skills_build.model.standard import Level
from tests.skills_build.source.reading import dialect, reading, standard


def own(match: str, *more: str, level: str = "") -> str:
    rows = "\n".join(more)
    return f"[[rule]]\nat = \"list-item\"\nmatch = '{match}'\n{rows}\n[level]\n{level}\n"


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        (own(r"\b(?P<level>MUST|SHOULD)\b"), "Names MUST  NOT clash"),
        (own(r"\b(?P<level>MUST|SHOULD)\b"), "Names **MUST** **NOT** clash"),
        (own(r"\b(?P<level>MUST|SHOULD)\b"), "Names MUST&nbsp;NOT clash"),
        (own(r"(?P<level>\*\*must\*\*)", level="keywords = false"), "Names **must** **not** clash"),
        (own(r"\*\*(?P<level>must|may)\*\*", level="keywords = false"), "Names **must** never clash"),
        (own(r"^(?P<level>Do)\b", level='map = { Do = "MUST" }'), "Do not let names clash"),
        (own(r"^(?P<level>DO)\b", level='map = { DO = "MUST" }'), "DO **NOT** let names clash"),
        (own(".", level='[level.verbs]\n"Do" = "MUST"'), "Do *not* let names clash"),
        (own(".", level='[level.verbs]\n"Do" = "MUST"'), "**Do**  not let names clash"),
    ],
)
def test_a_not_behind_the_keyword_of_a_dialect_is_never_lost(toml: str, text: str) -> None:
    (rule,) = standard(f"# Guide\n\n- {text}\n", dialect(toml), path="guide.md").rules
    assert rule.level is Level.MUST_NOT


def test_a_not_behind_the_heading_that_gives_the_level_is_never_lost() -> None:
    toml = own(".", level='[level.headings]\n"^Must" = "MUST"')
    rules = standard("# Guide\n\n## Must not have\n\n- Two names\n", dialect(toml), path="guide.md").rules
    assert [rule.level for rule in rules] == [Level.MUST_NOT]


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        (own(r"\b(?P<level>MUST|MAY)\b"), "Names MAY NOT clash"),
        (own(r"\*\*(?P<level>must|may)\*\*", level="keywords = false"), "Names **may** not clash"),
        (own(r"\b(?P<level>MUST|MAY)\b"), "Names MUST (NOT) clash"),
        (own(".", level='keywords = false\ndefault = "SHOULD"'), "Names MUST NOT clash"),
    ],
)
def test_a_doubtful_level_of_a_dialect_is_an_error(toml: str, text: str) -> None:
    read = reading(f"# Guide\n\n- {text}\n", dialect(toml), path="guide.md")
    assert [(f.code, f.span.line) for f in read.findings] == [("CX031", 3)]


def test_a_second_level_in_the_form_of_the_dialect_is_a_keyword_of_the_rule() -> None:
    toml = own(r"\*\*(?P<level>must not|must|may)\*\*", level="keywords = false")
    text = "# Guide\n\n- A field **may** be empty, must be short, and **must not** be null.\n"
    (rule,) = standard(text, dialect(toml), path="guide.md").rules
    assert [keyword.word for keyword in rule.keywords] == ["may", "must not"]


def test_a_plain_lower_case_dialect_has_plain_lower_case_levels() -> None:
    toml = own(r"\b(?P<level>must not|must|may)\b", level="keywords = false")
    text = "# Guide\n\n- A field may be empty, but must not be null.\n"
    (rule,) = standard(text, dialect(toml), path="guide.md").rules
    assert [keyword.level for keyword in rule.keywords] == [Level.MAY, Level.MUST_NOT]


def test_words_of_a_map_are_second_levels_too() -> None:
    toml = own(r"\*\*(?P<level>DO NOT|DO)\*\*", level='[level.map]\nDO = "MUST"\n"DO NOT" = "MUST NOT"')
    (rule,) = standard("# Guide\n\n- **DO** close files. **DO NOT** leak.\n", dialect(toml), path="guide.md").rules
    assert [keyword.level for keyword in rule.keywords] == [Level.MUST, Level.MUST_NOT]


def test_a_dialect_reports_each_synonym_once_a_file_and_none_that_it_declares() -> None:
    text = "# Guide\n\n- Names SHALL differ.\n- Names SHALL be short.\n"
    assert [f.code for f in reading(text, dialect(own(".")), path="guide.md").findings] == ["CX313"]
    declared = dialect(own(".", level='map = { SHALL = "MUST" }'))
    assert reading(text, declared, path="guide.md").findings == ()


def test_a_word_that_a_dialect_does_not_map_is_no_second_level_in_lower_case() -> None:
    text = (
        '[[rule]]\nat = "list-item"\nmatch = "(?P<level>must|should)"\n[level.map]\nmust = "MUST"\nshould = "SHOULD"\n'
    )
    (rule,) = standard("# A\n\n- It must log and may sleep. It should not stop, and MAY wait.\n", dialect(text)).rules
    assert [keyword.word for keyword in rule.keywords] == ["must", "should", "MAY"]


@pytest.mark.parametrize(("written", "fixed"), [("should never", "should not"), ("Should never", "Should not")])
def test_a_fix_of_a_level_keeps_the_letters_that_a_dialect_has(written: str, fixed: str) -> None:
    by = '[[rule]]\nat = "list-item"\nmatch = "(?P<level>[Ss]hould)"\n[level.map]\nshould = "SHOULD"\nShould = "SHOULD"\n'
    text = f"# A\n\n- It {written} stop.\n"
    (finding,) = (f for f in reading(text, dialect(by)).findings if f.code == "CX030")
    assert finding.fix is not None
    assert [edit.text for edit in finding.fix.edits] == [fixed]
    (rule,) = standard(text.replace(written, fixed), dialect(by)).rules
    assert rule.level is Level.SHOULD_NOT


@pytest.mark.parametrize("mode", ["explicit", "optional"])
@pytest.mark.parametrize(("at", "start"), [("list-item", "- "), ("heading", "## "), ("paragraph", "")])
def test_a_block_with_an_id_of_its_dialect_and_no_level_is_a_near_miss(mode: str, at: str, start: str) -> None:
    by = f"[[rule]]\nat = '{at}'\nmatch = '^<(?P<id>R\\d)> (?P<statement>.*)$'\n[id]\nmode = '{mode}'\npattern = 'R\\d'\n"
    found = standard(f"# A\n\n{start}<R1> Services MUST log\n\n{start}<R2> Services log\n", dialect(by))
    assert [rule.id for rule in found.rules] == ["R1"]
    assert [(miss.id, miss.span.line, miss.cites) for miss in found.near_misses] == [("R2", 5, True)]
    assert standard(f"# A\n\n{start}<R2> Services log\n", dialect(f"{by}[level]\ndefault = 'MAY'\n")).near_misses == ()


def test_a_row_with_an_id_and_no_level_is_a_near_miss_where_ids_are_optional() -> None:
    by = "[[rule]]\nat = 'row'\ncolumns = { id = 'Id', statement = 'Rule', level = 'Level' }\n[id]\nmode = 'optional'\n"
    rows = "| R-1 | log | MUST |\n| R-2 | ask | |\n| R-3 | tell | perhaps |\n| | - | - |\n"
    found = standard(f"# A\n\n| Id | Rule | Level |\n| --- | --- | --- |\n{rows}", dialect(f"{by}pattern = 'R-\\d'\n"))
    assert [rule.id for rule in found.rules] == ["R-1"]
    assert [(miss.id, miss.span.line) for miss in found.near_misses] == [("R-2", 6), ("R-3", 7)]
