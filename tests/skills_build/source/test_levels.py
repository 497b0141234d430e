"""Levels are read from the text as a reader sees it, and are never inverted in silence."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skills_build.diagnostics import Severity
from skills_build.lint.registry import LINTS
from skills_build.model.standard import Level
from skills_build.source.levels import level_named, read_levels
from tests.skills_build.source.reading import HEAD, dialect, reading, standard
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
)
"""What has no clear level. It is never read as a rule."""
NEGATIONS = (
    "MUST always not",
    "MUST therefore, as agreed, never",
    "MUST in no case",
    "MUST, under no circumstances,",
    "MUST (at no time)",
    "MUST \u2013 on no account \u2013",
    "MUST by **no** means",
    "MUST only never",
    "MUST at all times not",
    "MUST in production not",
    "MUST for reasons of security never",
    "MUST, as rule 4 says, not",
    "MUST no longer",
    "MUST neither move nor",
    "MUST be not",
    "MUST be never",
    "SHOULD rarely",
    "SHOULD very seldom",
    "SHOULD almost never",
    "SHOULD hardly ever",
    "MUST not always",
    "MUST NOT not",
    "MAY in no event",
    "SHOULD rather not",
    "MUST better not",
    "MUST if possible not",
    "MUST where possible never",
    "SHOULD as far as possible not",
)
"""A negation before the verb that is not in the standard form."""
NEGATIONS_BEHIND = (
    "MUST be kept never",
    "MUST be kept on the same disk *never*",
    "MUST be kept (never)",
    "MUST be kept not on the same disk",
    "MUST be kept in the same room at no time",
    "SHOULD be kept rarely",
    "SHOULD keep data under no circumstances",
    "MAY be kept in any room in no case. They are safe",
    "MUST keep passwords not",
)
NO_NEGATIONS = (
    "MUST be read, and not only written",
    "MUST be able to hold what is not signed",
    "MUST expire and never be kept",
    "MUST use a vault, never a disk",
    "MUST ensure that data never leaves",
    "MUST have the policy `never`",
    "MUST set the policy to never",
    "MUST take no longer than 5 s",
    "MUST be no larger than 1 GB",
    "MUST have no passwords",
    "MUST drop data no longer needed",
    "MUST be kept not in git but in a vault",
    "MUST drop rarely used data",
    "MUST say whether it is full or not",
    "MUST use TLS and under no circumstances HTTP",
    "MUST fail if the disk is not there",
    "MUST always be checked",
    "MUST, in production, be checked",
    "MUST in tests be checked",
    "MUST be signed. Never skip this",
    "MUST reply not found",
    "MUST choose not to keep it",
    "MUST if they are not red be kept",
    "MUST, if not red, be kept",
    "MUST when asked not to log keep it",
    "MUST rather be kept than lost",
)
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


@pytest.mark.parametrize("text", [*(f"{words} be kept on a disk" for words in NEGATIONS), *NEGATIONS_BEHIND])
@pytest.mark.parametrize("form", ["- Backups {} (SVC-1)", "### Backups {} (SVC-1)", "- Old backups\n  {} (SVC-1)"])
def test_a_negation_in_another_form_is_an_error_that_says_what_to_type(form: str, text: str) -> None:
    read = reading(f"{HEAD}{form.format(text)}\n")
    assert read.document is not None and read.document.standard.rules == ()
    (finding,) = (f for f in read.findings if f.code == "CX031")
    assert "`SHOULD NOT`" in str(finding.help) if text.startswith("SHOULD") else "`MUST NOT`" in str(finding.help)


@pytest.mark.parametrize("text", NO_NEGATIONS)
def test_a_negation_of_something_else_leaves_the_level(text: str) -> None:
    read = reading(f"{HEAD}- Backups {text} (SVC-1)\n")
    assert read.document is not None
    assert [rule.level for rule in read.document.standard.rules] == [Level.MUST]
    assert read.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "Under no circumstances MUST backups be public",
        "Never MUST a backup be public",
        "Backups in no case MAY be public",
        "Backups never MUST be public",
        "Not all backups MUST be public",
        "Rarely SHOULD backups be public",
        "In production, nobody MAY read backups",
        "Without a key, no backup MAY be public",
        "For public services, no secret SHOULD be logged",
        "If it rains, none of the backups MUST be out",
        "Backups and keys, neither of which MAY be public, are red",
        "Backups of which none MAY be public are red",
        "At night: no one MAY read backups",
        "Make sure that no backup MAY be public",
        "It is forbidden that backups MAY be public",
        "Zero backups MAY be public",
    ],
)
def test_a_negation_before_the_level_is_an_error(text: str) -> None:
    assert [f.code for f in reading(f"{HEAD}- {text} (SVC-1)\n").findings] == ["CX031"]


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


NEGATIVE_SUBJECTS = (
    *("No backup", "None of the backups", "Nobody", "**No** backup", "Almost no backup", "No backup, copy or dump"),
    *("No backup, local or remote,", "No backup, not even a small one,", "In production no backup", "In tests nobody"),
    *("Since 2026 no new backup", "Within a region no two backups", "After a release no old backup of a service"),
    "For the public services none of the backups",
    *("Few services", "Very few of the jobs"),
)


@pytest.mark.parametrize("subject", NEGATIVE_SUBJECTS)
@pytest.mark.parametrize("level", ["MAY", "MUST", "SHOULD"])
def test_a_negative_subject_with_a_positive_level_is_an_error(subject: str, level: str) -> None:
    assert [f.code for f in reading(f"{HEAD}- {subject} {level} leave the region (SVC-1)\n").findings] == ["CX031"]


OTHER_SUBJECTS = (
    "Services that no one owns",
    "Services, which nobody uses,",
    "When a service has no owner, it",
    "When a service is old, no one uses it and it",
    "In general, no later than in May, services",
    "For tests, no mocks are needed and services",
    "Services with keys, no locks and bells",
    "Secrets, no matter which service,",
    "Zero values",
    "In case no owner answers services",
    "In services with no owner tests",
    "For services that have no owner backups",
    "In regions where no backup exists services",
    "During an incident no longer than an hour services",
    "Before a release and no later than noon services",
    "No matter what, services and jobs",
)


@pytest.mark.parametrize(
    "lead",
    [
        "No later than in May, services",
        "If no key is set, services",
        "Notes",
        "Services",
        "A few services",
        *OTHER_SUBJECTS,
    ],
)
def test_other_subjects_are_not_negative(lead: str) -> None:
    assert reading(f"{HEAD}- {lead} MUST answer in time (SVC-1)\n").findings == ()


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


@pytest.mark.parametrize("word", ["REQUIRED", "RECOMMENDED", "OPTIONAL"])
@pytest.mark.parametrize("negation", ["not to", "NOT to"])
def test_an_adjective_with_not_to_behind_it_is_doubtful(word: str, negation: str) -> None:
    page = f"{HEAD}## Rules\n\n- Clients are {word} {negation} retry (SVC-1)\n"
    assert [f.code for f in reading(page).findings if f.code == "CX031"] == ["CX031"]
    assert standard(page).rules == ()


@pytest.mark.parametrize("text", ["MUST be NOT NULL", "MUST treat `NOT FOUND` as empty", "MUST handle NOT FOUND"])
def test_a_not_that_belongs_to_another_word_leaves_the_level(text: str) -> None:
    read = reading(f"{HEAD}- Columns {text} (SVC-1)\n")
    assert read.document is not None
    assert (read.document.standard.rules[0].level, read.findings) == (Level.MUST, ())


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


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("You MUST NOT do any of these:", ["CX031"]),
        ("Services SHOULD NOT, in production:", ["CX031"]),
        ("Services MUST NOT start unless:", []),
        ("You MUST follow these rules:", []),
        ("Here, MUST NOT and MUST are used as in RFC 2119:", []),
    ],
)
def test_a_line_that_forbids_what_the_rules_below_it_allow_is_an_error(line: str, code: list[str]) -> None:
    text = f"{HEAD}{line}\n\n- Backups MAY leave the region (SVC-1)\n- Backups MUST NOT be lost (SVC-2)\n"
    assert [f.code for f in reading(text).findings] == code


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


TABLE = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | the broker | SHOULD | SVC-1 |\n"


@pytest.mark.parametrize(
    ("lead", "rules", "said"),
    [
        ("Services MUST:", "- log (SHOULD) (SVC-1)\n", "MUST"),
        ("Services MUST:", "- Services SHOULD log (SVC-1)\n", "MUST"),
        ("Services **MUST** also:", "1. Services MAY log (SVC-1)\n", "MUST"),
        ("In production, services SHOULD always:", "- Services MUST log (SVC-1)\n", "SHOULD"),
        ("Services MUST:", "- Services MUST NOT log (SVC-1)\n", "MUST"),
        ("Services MUST NOT,", "- Services SHOULD log (SVC-1)\n", "MUST NOT"),
        ("Services MUST:", TABLE, "MUST"),
        ("Services MUST do the following:", "- Services SHOULD log (SVC-1)\n", "MUST"),
        ("Each service MAY, in tests and on demand, do all of these:", "- Services MUST log (SVC-1)\n", "MAY"),
        ("In production, services **SHOULD** meet these criteria:", "1. Logs MUST be JSON (SVC-1)\n", "SHOULD"),
        ("You MUST NOT do these:", TABLE, "MUST NOT"),
    ],
)
def test_a_line_with_another_level_than_the_rule_below_it_is_an_error(lead: str, rules: str, said: str) -> None:
    (finding,) = (f for f in reading(f"{HEAD}{lead}\n\n{rules}").findings if f.code == "CX031")
    assert finding.message.endswith(f"but the line that introduces it says `{said}`")


@pytest.mark.parametrize(
    ("lead", "rules"),
    [
        ("Services MUST:", "- Services MUST log (SVC-1)\n"),
        ("Services SHOULD:", TABLE),
        ("Services MUST send these headers:", "- `Id` SHOULD be a UUID (SVC-1)\n"),
        ("Services MUST follow these rules:", "- Logs SHOULD be JSON (SVC-1)\n"),
        ("Services MUST do the following:", "- Services MUST log (SVC-1)\n"),
        ("These rules MUST be followed:", "- Services SHOULD log (SVC-1)\n"),
        ("Services that MUST be audited:", "- Services SHOULD log (SVC-1)\n"),
        ("What you MUST know, in short:", "- Services SHOULD log (SVC-1)\n"),
    ],
)
def test_other_lines_above_rules_may_have_a_level(lead: str, rules: str) -> None:
    assert [f.code for f in reading(f"{HEAD}{lead}\n\n{rules}").findings] == []


def test_a_word_that_a_dialect_does_not_map_is_no_second_level_in_lower_case() -> None:
    text = (
        '[[rule]]\nat = "list-item"\nmatch = "(?P<level>must|should)"\n[level.map]\nmust = "MUST"\nshould = "SHOULD"\n'
    )
    (rule,) = standard("# A\n\n- It must log and may sleep. It should not stop, and MAY wait.\n", dialect(text)).rules
    assert [keyword.word for keyword in rule.keywords] == ["must", "should", "MAY"]


@pytest.mark.parametrize(
    "text", ["MUST, not, retry", "MUST n o t retry", "SHOULD N O T wait", "MUST n.o.t retry", "MUST ,never, go"]
)
def test_a_not_between_commas_or_in_single_letters_is_no_demand(text: str) -> None:
    (word,) = read_levels(f"Clients {text}")
    assert word.level is None
    assert word.doubt


@pytest.mark.parametrize("text", ["MUST, not SHOULD, retry", "MUST, notably, retry", "MUST no test", "MUST note it"])
def test_other_words_behind_a_comma_negate_nothing(text: str) -> None:
    word = read_levels(f"Clients {text}")[0]
    assert word.level is Level.MUST


@pytest.mark.parametrize(("written", "fixed"), [("should never", "should not"), ("Should never", "Should not")])
def test_a_fix_of_a_level_keeps_the_letters_that_a_dialect_has(written: str, fixed: str) -> None:
    by = '[[rule]]\nat = "list-item"\nmatch = "(?P<level>[Ss]hould)"\n[level.map]\nshould = "SHOULD"\nShould = "SHOULD"\n'
    text = f"# A\n\n- It {written} stop.\n"
    (finding,) = (f for f in reading(text, dialect(by)).findings if f.code == "CX030")
    assert finding.fix is not None
    assert [edit.text for edit in finding.fix.edits] == [fixed]
    (rule,) = standard(text.replace(written, fixed), dialect(by)).rules
    assert rule.level is Level.SHOULD_NOT


def test_a_compound_with_non_is_no_level() -> None:
    assert read_levels("You can ignore non-MUST and non-SHOULD rules") == ()


@pytest.mark.parametrize(
    "before",
    [
        "That doesn't mean that you",
        "This does not imply services",
        "It is not true that clients",
        "It isn't necessary that a job",
    ],
)
def test_a_demand_that_a_sentence_denies_is_remarked(before: str) -> None:
    (word,) = read_levels(f"{before} SHOULD break the law")
    assert word.remark == "is negated by the words before it, so it requires and forbids nothing"
    (finding,) = (
        f for f in reading(f"{HEAD}## Rules\n\n### {before} MUST log (SVC-1)\n").findings if f.code == "CX031"
    )
    assert "is read as MUST" in finding.message
    assert (finding.help or "").startswith("rephrase it without `MUST`")


@pytest.mark.parametrize(
    "before",
    [
        "If it does not mean much, services",
        "Calls that do not require it: clients",
        "What is not true. Services",
        "Services",
    ],
)
def test_a_denial_in_another_clause_denies_nothing(before: str) -> None:
    assert read_levels(f"{before} SHOULD log")[0].remark == ""
