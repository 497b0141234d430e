"""Each label is read for the rule that a reader takes it for, or reported with what to type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.diagnostics import Diagnostic, Finding, Severity
from skills_build.lint.fix import apply_fixes
from skills_build.model.standard import Rule, Status
from skills_build.source.dialect import LABEL_COLUMNS, LABELS
from tests.skills_build.source.reading import HEAD, dialect, reading, standard
from tests.support.data import THOROUGH

RULE = "### Services MUST answer in time (SVC-1)\n\n"
TABLE = (
    "| If you need | Use | Level | Id |{} |\n| --- | --- | --- | --- |{} |\n| a base | alpine | MUST | SVC-1 |{} |\n"
)


def found(body: str) -> tuple[Finding, ...]:
    return reading(HEAD + body).findings


def rules(body: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in standard(HEAD + body).rules}


def codes(body: str) -> list[tuple[str, int]]:
    """The findings with their lines below the heading of the file."""
    return [(finding.code, finding.span.line - HEAD.count("\n")) for finding in found(body)]


OTHER_WORDS = {
    "Except": (
        "Unless",
        "Exceptions",
        "Exemption",
        "Exepct",
        "Expect",
        "Not applicable to",
        "Except (old ones)",
        "Except for tests",
        "Ausnahmen",
        "Sauf",
        "Excludes",
        "But not",
    ),
    "When": ("If", "Bedingung", "Whenever", "Condition", "Wehn", "Only if", "Preconditions"),
    "Applies to": (
        "Scope",
        "Applicability",
        "Valid for",
        "Aplies to",
        "Applies-to",
        "Applies_to",
        "Appliesto",
        "Only for",
        "In scope",
        "Environment",
        "Profiles",
        "Repositories",
    ),
    "Applies to:** paths": ("Paths", "Globs", "Files"),
    "Applies to:** languages": ("Language", "Languages"),
    "Status:** deprecated": ("Deprecated", "Deprecated since"),
    "Status:** draft": ("Draft", "Proposed"),
    "Status:** enforced from": ("Enforced from", "Effective from"),
    "Why": ("Rationale", "Reasons", "Motivation", "Whyy", "Why not", "Begründung", "Pourquoi"),
    "Use instead": ("Replaced by", "Superseded by", "Use insted"),
    "Withdrawn": ("Removed", "Retired on", "Witdrawn"),
}


@pytest.mark.parametrize(("meant", "word"), [(meant, word) for meant, words in OTHER_WORDS.items() for word in words])
def test_another_word_for_a_label_is_reported_with_the_label(meant: str, word: str) -> None:
    (finding,) = found(f"{RULE}**{word}:** batch jobs\n")
    assert finding.code in ("CX017", "CX040")
    assert f"`**{meant}" in str(finding.help)
    assert finding.span.line == HEAD.count("\n") + 3


@pytest.mark.parametrize(
    "text",
    [
        "**Note:** callers retry.",
        "**Warning:** it is slow.",
        "**Background:** we had an outage.",
        "**State:** a finite set of values.",
        "**Timeout:** one second",
        "**Use** the shared client.",
        "Unless told otherwise, answer.",
        "The answer: yes.",
        "See the manual.",
        "**How** it works is in the manual.",
        "`Content-Type:` is set.",
        "~~**Status:** draft~~",
    ],
)
def test_other_text_is_no_finding(text: str) -> None:
    assert found(f"{RULE}{text}\n") == ()


OPENS = ("**", "*", "_", "__", "***", "", "<b>", "<strong>", "`", "** ", r"\*\*", "[")
BETWEEN = ("", " ", "\u00a0", "\u2009")
COLONS = (":", "\N{FULLWIDTH COLON}", ";", "")


@settings(max_examples=1500 if THOROUGH else 100, deadline=None)
@given(
    st.sampled_from(("Except", "Status", "Applies to", "Withdrawn", "except", "APPLIES TO", "Applies\u00a0to")),
    st.sampled_from(OPENS),
    st.sampled_from(BETWEEN),
    st.sampled_from(COLONS),
    st.booleans(),
)
def test_a_bold_word_of_a_label_is_read_or_reported_however_it_is_written(
    word: str, opens: str, between: str, colon: str, inside: bool
) -> None:
    bold = opens.strip() in ("**", "__", "<b>", "<strong>", "***")
    if not (bold or colon in (":", "\N{FULLWIDTH COLON}")) or (not opens and word.islower()):
        return
    closes = {"<b>": "</b>", "<strong>": "</strong>", "[": "](a.md)"}.get(opens, opens[::-1])
    lead = f"{opens}{word}{between}{colon}{closes}" if inside else f"{opens}{word}{closes}{between}{colon}"
    body = f"{RULE}{lead} {'2026-01' if word == 'Withdrawn' else 'draft'}\n"
    read = reading(HEAD + body)
    assert read.document is not None
    labels = [label.name for label in read.document.standard.rules[0].labels]
    reported = [f for f in read.findings if f.code in ("CX017", "CX040", "CX006", "CX041")]
    assert labels or reported, lead


@pytest.mark.parametrize(
    "lead", ["**Unless**", "**Exceptions**", "**Scope** -", "**Condition** \N{EN DASH}", "*Exception*:"]
)
def test_another_word_without_a_colon_is_reported(lead: str) -> None:
    assert [f.code for f in found(f"{RULE}{lead} batch jobs\n")] == ["CX017"]


def test_a_fix_makes_a_label_of_what_only_looks_like_one() -> None:
    for lead in (
        "__Except:__",
        "**Except**",
        "**Except\u00a0:**",
        "*Except*:",
        "**Excpet:**",
        "Except\N{FULLWIDTH COLON}",
    ):
        text = f"{HEAD}{RULE}{lead} batch jobs\n"
        (finding,) = reading(text).findings
        fixed, count = apply_fixes(text, [Diagnostic(finding=finding, name="n", severity=Severity.WARNING)])
        assert (count, standard(fixed).rules[0].label("except")) == (1, "batch jobs"), lead


def test_a_status_in_any_emphasis_and_word_is_an_error() -> None:
    for lead in (
        "**Status** ",
        "**State:** ",
        "`Status:` ",
        "status: ",
        "**Status:",
        "#### Status: ",
        "- **Status:** ",
    ):
        (finding,) = found(f"{RULE}{lead}draft{'**' if lead == '**Status:' else ''}\n")
        assert finding.code == "CX040", lead
    assert [f.code for f in found(f"{RULE}**Deprecated:** 2026-01\n")] == ["CX040"]


@pytest.mark.parametrize("label", ["Owner", "Stages", "Priority"])
def test_a_key_of_the_front_matter_is_no_label(label: str) -> None:
    (finding,) = found(f"{RULE}**{label}:** design\n")
    assert f"`{label.lower()}:` in the front matter" in str(finding.help)


def test_a_level_is_no_label() -> None:
    (finding,) = found(f"{RULE}**Level:** SHOULD\n")
    assert "rule's sentence" in str(finding.help)


LIST = "- Services MUST sign (SVC-2)\n"


@pytest.mark.parametrize("name", [name.capitalize() for name in LABELS])
@pytest.mark.parametrize(
    "items", [LIST, f"- More text\n{LIST}", "1. Services MUST sign (SVC-2)\n", f"{LIST}  - more text\n"]
)
def test_a_label_below_a_list_item_without_indentation_is_not_read_for_the_rule_above(name: str, items: str) -> None:
    line = items.count("\n") + 4
    helps = ("Why", "How", "Check", "See", "Use", "Bad", "Good")
    code = "CX017" if name in helps else "CX054"
    assert (code, line) in codes(f"{RULE}{items}\n**{name}:** draft\n")
    assert (code, line - 2) in codes(f"{items}\n**{name}:** draft\n")
    indented = items + "\n" + " " * (3 if items[0] == "1" else 2) + f"**{name}:** draft\n"
    assert code not in [c for c, at in codes(RULE + indented) if at == line]


def test_the_help_for_a_label_below_a_list_item_puts_it_where_it_is_meant() -> None:
    (finding,) = found(f"{RULE}{LIST}\n**Status:** draft\n")
    assert finding.message == "`**Status:**` below `SVC-2` is read for `SVC-1`"
    assert "indent the label by 2 spaces" in str(finding.help)
    read = rules(f"{RULE}{LIST}\n  **Status:** draft\n")
    assert (read["SVC-1"].status, read["SVC-2"].status) == (
        None,
        standard(HEAD + RULE + "**Status:** draft\n").rules[0].status,
    )


def test_a_label_that_other_text_separates_from_the_list_is_reported_if_it_binds() -> None:
    text = f"{RULE}{LIST}\nMore text.\n\n"
    assert codes(f"{text}**Status:** draft\n") == [("CX054", 7)]
    assert codes(f"{text}**Why:** it helps.\n") == []
    assert codes(f"{RULE}{LIST}\n### Services MUST log (SVC-3)\n\n**Status:** draft\n") == []


def test_a_label_below_a_table_of_choices_is_not_read_for_the_rule_above() -> None:
    table = TABLE.format(" Note", " ---", " x")
    body = f"{RULE.replace('SVC-1', 'SVC-9')}{table}\n**Status:** draft\n"
    (finding,) = found(body)
    assert (finding.code, finding.help) == (
        "CX054",
        "add a `Status` column to the table for `SVC-1`, or move the label above the table for `SVC-9`",
    )


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("**Status:** draft", "CX040"),
        ("**Applies to:** languages: go", "CX017"),
        ("**Except:** batch jobs", "CX017"),
        ("- **Status:** draft", "CX040"),
        (f"{LIST}- **Except:** batch jobs", "CX017"),
        ("> **Withdrawn:** 2026-01", "CX040"),
    ],
)
def test_a_label_outside_of_rules_is_reported(label: str, code: str) -> None:
    assert [c for c, _ in codes(f"Text.\n\n{label}\n")] == [code]


def test_the_reason_of_a_standard_is_no_finding() -> None:
    assert found("**Why:** services fail.\n\n**See:** the manual.\n") == ()


@pytest.mark.parametrize("name", ["Why", "How", "Check", "Except", "When", "Applies to"])
@pytest.mark.parametrize("item", ["- **{}:** x", "- text\n  - **{}:** x", "> **{}:** x", "- text\n\n  **{}:** x"])
def test_a_label_in_a_list_or_quote_of_a_rule_is_reported(name: str, item: str) -> None:
    assert [code for code, _ in codes(f"{RULE}{item.format(name)}\n")] == ["CX017"]


def test_a_heading_in_a_rule_that_is_a_label_is_reported() -> None:
    (finding,) = found(f"{RULE}#### Except\n\nBatch jobs.\n")
    assert finding.help == "start the paragraph with `**Except:**`"
    assert found(f"{RULE}#### Details\n\nBatch jobs.\n") == ()


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("<p><strong>Except:</strong> jobs.</p>", "<strong>Except:</strong>"),
        ("<div>\n  <b>Why</b>: jobs are lost.\n</div>", "<b>Why</b>:"),
        ("Except\n: batch jobs", "Except"),
        ("**Why and Except:** batch jobs", "**Why and Except:**"),
    ],
)
def test_a_label_in_html_a_definition_or_next_to_another_is_reported(label: str, written: str) -> None:
    (finding,) = found(f"{RULE}{label}\n")
    assert finding.message.startswith(f"`{written}` is not ")


@pytest.mark.parametrize(
    "text", ["<p><b>Note:</b> x</p>", "<p>It is <b>why:</b> x</p>", "Queue\n: a list", "**Why and how**"]
)
def test_other_words_in_html_and_definitions_are_no_finding(text: str) -> None:
    assert found(f"{RULE}{text}\n") == ()


@pytest.mark.parametrize("word", ["Except", "Exceptions", " when : "])
@pytest.mark.parametrize("tag", ["summary", "h4", "dt", 'h5 class="x"'])
def test_a_title_in_html_that_is_a_label_is_reported(word: str, tag: str) -> None:
    title = f"<{tag}>{word}</{tag.split()[0]}>"
    body = f"{RULE}<details>\n{title}\n\nBatch jobs.\n\n</details>\n"
    assert [finding.message for finding in found(body)] == [f"`{title}` is not read as a label"]
    assert codes(body) == [("CX017", 4)]
    assert found(f"{RULE}<details>\n<{tag}>Details</{tag.split()[0]}>\n\nBatch jobs.\n\n</details>\n") == ()


@pytest.mark.parametrize("name", ["When", "Except", "Why", "How", "Check", "See", "Use", "Instead of"])
def test_the_texts_of_a_label_that_is_given_twice_are_joined(name: str) -> None:
    body = f"{RULE}**{name}:** one.\n\n**Bad:**\n\n```text\nx\n```\n\n**{name}:** two.\n"
    assert rules(body)["SVC-1"].label(name.lower()) == "one.\n\ntwo."
    assert found(body) == ()


def test_scopes_with_the_same_keys_are_joined_and_others_are_reported() -> None:
    same = f"{RULE}**Applies to:** languages: go\n\n**Applies to:** languages: python\n"
    assert (rules(same)["SVC-1"].scope.languages, found(same)) == (("go", "python"), ())
    assert codes(f"{RULE}**Applies to:** languages: go\n\n**Applies to:** paths: `a/**`\n") == [("CX055", 5)]


@pytest.mark.parametrize("name", ["Status", "Change", "Alias", "Use instead", "Maps to", "Decided by", "Origin"])
def test_a_label_of_one_value_that_is_given_twice_is_an_error(name: str) -> None:
    value = {"Status": "draft", "Change": "wider", "Decided by": "diff"}.get(name, "SVC-9")
    found = codes(f"{RULE}**{name}:** {value}\n\n**{name}:** {value}\n")
    assert [one for one in found if one[0] != "CX041"] == [("CX055", 5)]


@pytest.mark.parametrize("name", ["When", "Except"])
def test_a_condition_has_all_paragraphs_up_to_the_next_label(name: str) -> None:
    body = f"{RULE}**{name}:** one.\n\nTwo.\n\n- three\n\nFour.\n\n**Why:** five.\n\nSix.\n"
    rule = rules(body)["SVC-1"]
    assert rule.label(name.lower()) == "one.\n\nTwo.\n\n- three\n\nFour."
    assert rule.label("why") == "five."


@pytest.mark.parametrize("name", LABEL_COLUMNS)
def test_a_column_of_a_table_of_choices_with_the_name_of_a_label_is_the_label(name: str) -> None:
    values = {
        "status": "draft",
        "applies to": "languages: go",
        "change": "wider",
        "decided by": "diff",
        "selected by": "`x`",
        "audience": "code",
    }
    value = values.get(name, "x")
    table = TABLE.format(f" {name.title()}", " ---", f" {value}")
    rule = rules(table)["SVC-1"]
    assert value in str(rule.label(name))
    if name == "status":
        assert rule.status is not None and rule.status.status is Status.DRAFT
    if name == "applies to":
        assert rule.scope.languages == ("go",)


def test_the_values_in_columns_are_checked() -> None:
    assert [code for code, _ in codes(TABLE.format(" Status", " ---", " darft"))] == ["CX040"]
    assert [code for code, _ in codes(TABLE.format(" Applies to", " ---", " language: go"))] == ["CX006"]


@pytest.mark.parametrize(
    ("title", "name"), [("Exceptions", "Except"), ("Scope", "Applies to"), ("Reason", "Why"), ("Staus", "Status")]
)
def test_a_column_with_another_word_for_a_label_is_reported_at_its_title(title: str, name: str) -> None:
    (finding,) = found(TABLE.format(f" {title}", " ---", " x"))
    assert (finding.help, finding.span.line) == (f"rename the column to `{name}`", HEAD.count("\n") + 1)


def test_a_dialects_own_label_is_read_on_the_line_below_a_list_item() -> None:
    own = dialect("[[rule]]\nat = 'list-item'\n[level]\ndefault = 'MUST'\n[parts.labels]\n'Why?' = 'why'\n")
    (rule,) = standard("# Guide\n\n- Sign all answers\n  *Why?* Callers check it.\n", own, path="guide.md").rules
    assert (rule.statement, rule.label("why")) == ("Sign all answers", "Callers check it.")


NEGATED = (
    *("Not applies to", "Applies not to", "Applies nowhere to", "Applies to all except", "Non-except", "Unwithdrawn"),
    *("Not withdrawn", "Use instead of", "Instead", "Not when", "Not required when", "Do not use", "Not approved"),
    *("Never enforced", "Not languages", "Applies to (not)", "Unstatus", "Status (not)"),
)


@pytest.mark.parametrize("word", NEGATED)
@pytest.mark.parametrize("value", ["languages: go", "batch jobs", "2026-08", "approved"])
def test_a_word_that_negates_a_label_is_reported_without_a_suggestion_of_the_label(word: str, value: str) -> None:
    (finding,) = found(f"{RULE}**{word}:** {value}\n")
    assert finding.code in ("CX017", "CX040")
    assert finding.fix is None
    assert "did you mean" not in (finding.help or "")


def test_what_negates_a_status_is_an_error_and_not_corrected() -> None:
    for word in ("unapproved", "disapproved", "non-draft", "notdraft", "unenforced"):
        (finding,) = found(f"{RULE}**Status:** {word}\n")
        assert (finding.code, finding.fix) == ("CX040", None)
        assert "did you mean" not in (finding.help or "")
        (finding,) = found(f"{RULE}Status: {word}\n")
        assert finding.code == "CX040"
    (finding,) = found(f"{RULE}**Not enforced:** it only advises\n")
    assert finding.code == "CX040"


def test_a_scope_that_excludes_is_not_corrected_to_one_that_includes() -> None:
    (finding,) = found(f"{RULE}**Applies to:** except languages: python\n")
    assert (finding.code, finding.fix) == ("CX006", None)
    assert "exceptions after `**Except:**`" in (finding.help or "")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("**Withdrawn:** 2026-08. **Use instead:** SVC-2", ("withdrawn", "use instead")),
        ("**Status:** deprecated **Why:** it is slow", ("status", "why")),
        ("**Why:** it is slow. (See the log.) **Except:** tests", ("why", "except")),
        ("**Why:** it is slow<br>**Except:** tests", ("why", "except")),
        ("**Bad:** `a` **Good:** `b`", ("bad", "good")),
        ("**Use:** tape **Instead of:** glue", ("use", "instead of")),
    ],
)
def test_labels_on_one_line_follow_a_sentence_a_value_or_their_pair(text: str, read: tuple[str, ...]) -> None:
    assert tuple(label.name for label in rules(f"{RULE}{text}\n")["SVC-1"].labels) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("**Check:** the page shows **Status:** approved.", "CX040"),
        ("**How:** open the tracker; set **Status:** draft", "CX040"),
        ("**Bad:** a page with **Audience:** people", "CX017"),
        ("**Why:** the form has a field **Except:** for the night.", "CX017"),
        ("New services start here. **Status:** draft", "CX040"),
        ("It holds always. **Except:** at noon.", "CX017"),
    ],
)
def test_a_label_in_the_middle_of_a_line_is_text_and_reported(text: str, code: str) -> None:
    read = reading(HEAD + RULE + text + "\n")
    assert [finding.code for finding in read.findings] == [code]
    assert read.document is not None
    (rule,) = read.document.standard.rules
    assert rule.status is None
    assert rule.audience == "code"
    assert [label.name for label in rule.labels if label.name in ("status", "except", "audience")] == []
    assert text in rule.body


@pytest.mark.parametrize("text", ["**Check:** the page shows `**Status:** approved`.", "~~Old. **Status:** draft~~"])
def test_a_label_in_code_or_struck_out_is_no_finding(text: str) -> None:
    assert found(f"{RULE}{text}\n") == ()


@pytest.mark.parametrize(
    "text",
    [
        "**Select by:** `foo`",
        "**Unless:** `foo`",
        "**Unless:** *at night*",
        "**Exeptions:** at night",
        "- Except: at dusk",
        "- **Exception:** at noon",
        "> **Unless:** at tea",
        "#### Exceptions\n\nAt dawn.",
        "**Exception \N{EM DASH}** at dawn",
        "**Bad**\n\n```go\nx()\n```",
    ],
)
def test_near_labels_are_reported_in_every_form(text: str) -> None:
    assert [finding.code for finding in found(f"{RULE}{text}\n")] == ["CX017"]


@pytest.mark.parametrize("text", ["- **Scope:** all", "- **Bad** luck", "**Good** enough.", "#### Limits"])
def test_other_text_in_lists_and_headings_is_no_finding(text: str) -> None:
    assert found(f"{RULE}{text}\n") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("**Except:**", "`Except` has no text"),
        ("**Why:**\n\n**Except:** tests", "`Why` has no text"),
        ("**Use instead:** SVC-2", "`Use instead` is in a rule that is neither withdrawn nor deprecated"),
        ("**Withdrawn:** 2026-08. **Use instead:** the new library", "`Use instead` does not name a rule"),
        ("**Status:** deprecated\n**Use instead:** none", "`Use instead` does not name a rule"),
        ("**Maps to:** v5.0.0-1.2.4, and others", "`and others` is not a requirement id"),
    ],
)
def test_a_label_that_says_nothing_is_reported(text: str, message: str) -> None:
    (finding,) = found(f"{RULE}{text}\n")
    assert (finding.code, finding.message) == ("CX041", message)


@pytest.mark.parametrize(
    "text",
    [
        "**Withdrawn:** 2026-08. **Use instead:** SVC-2",
        "**Status:** deprecated. **Use instead:** SVC-2",
        "**Status:** deprecated. **Use instead:** [the library](https://example.com)",
        "**Withdrawn:** 2026-08. **Use instead:** SVC-2 or the new library",
        "**Except:**\n\n- tests\n- tools",
        "**How:**\n\n```sh\nrun\n```",
        "**Maps to:** Android 4, orange",
    ],
)
def test_a_label_with_text_below_it_and_a_replacement_of_an_old_rule_are_no_finding(text: str) -> None:
    assert found(f"{RULE}{text}\n") == ()


@pytest.mark.parametrize(
    "comment", ["codexc: alow x: y", "codexc: ignore x", "codexc allow x: y", "Codex: allow-flie x: y"]
)
def test_a_misspelt_suppression_is_reported(comment: str) -> None:
    assert [finding.code for finding in found(f"{RULE}<!-- {comment} -->\n")] == ["CX014"]


@pytest.mark.parametrize(
    "comment", ["codexc:begin", "codex of rules", "codexc: allow missing-rationale: it is new", "note"]
)
def test_other_comments_are_no_finding(comment: str) -> None:
    assert found(f"{RULE}<!-- {comment} -->\n") == ()
