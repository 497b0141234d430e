"""Values that authors write are checked where they are: statuses, dates, labels, globs, quotes, marks of conflicts."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.diagnostics import Diagnostic, Severity
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.fix import apply_fixes
from skills_build.lint.registry import LINTS
from skills_build.model.config import LintSettings
from skills_build.model.standard import Decider, Status
from skills_build.schema_words import FORMS
from skills_build.source.dialect import LABELS
from skills_build.source.signals import Lines, Signal, Signals, read_signals
from skills_build.source.values import day_named, is_day, status_problem
from tests.skills_build.source.reading import HEAD, reading, schema
from tests.skills_build.source.valued import RULE, WHY, excerpt, found, rule, values_reported
from tests.support.linting import FRONT, linted


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("darft", "draft"),
        ("depreciated", "deprecated"),
        ("enforce", "enforced"),
        ("enforce from 2027-01-15", "enforced from 2027-01-15"),
        ("enforced from 15 Jan 2027", "enforced from 2027-01-15"),
        ("enforced from January 15th, 2027", "enforced from 2027-01-15"),
        ("enforced from 2027/1/15", "enforced from 2027-01-15"),
        ("enforced from 15.01.2027", "enforced from 2027-01-15"),
        ("enforced since 2027-01-15", "enforced from 2027-01-15"),
        ("enforced as of 2027-01-15", "enforced from 2027-01-15"),
        ("aproved, enforced from 2027-01-15", "approved, enforced from 2027-01-15"),
        ("enforced from 2027-02-30", None),
        ("enforced from 01/02/2027", None),
        ("enforced from next year", None),
        ("experimental", None),
        ("draft, enforced", None),
        ("draft (for now)", None),
        ("enforced from", None),
        ("", None),
    ],
)
def test_an_invalid_status_is_an_error_at_its_value(value: str, suggestion: str | None) -> None:
    body = f"**Status:** {value}\n{WHY}"
    (finding,) = found(body)
    assert (finding.code, LINTS["CX040"].severity) == ("CX040", Severity.ERROR)
    assert excerpt(finding, body) in (value, "**Status:**")
    assert (finding.fix.edits[0].text if finding.fix else None) == suggestion


@pytest.mark.parametrize("value", ["draft", "Deprecated", "`enforced`.", "enforced from 2027-01-15"])
def test_a_status_in_any_usual_writing_is_read(value: str) -> None:
    assert found(f"**Status:** {value}\n{WHY}") == ()
    assert rule(f"**Status:** {value}\n{WHY}").status is not None


@given(
    first=st.sampled_from(Status),
    then=st.sampled_from([None, *Status]),
    day=st.dates(date(2000, 1, 1), date(2999, 12, 31)),
)
def test_every_status_of_the_documented_form_is_valid(first: Status, then: Status | None, day: date) -> None:
    text = f"{first}, {then} from {day}" if then else f"{first} from {day}"
    assert status_problem(text) is None
    assert status_problem(first) is None


@given(st.text(max_size=40))
def test_a_suggested_status_is_valid(text: str) -> None:
    problem = status_problem(text)
    assert problem is None or problem.suggestion is None or status_problem(problem.suggestion) is None


@given(
    st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.sampled_from(["%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%d.%m.%Y"])
)
def test_a_date_in_another_form_is_named_as_the_same_day(day: date, form: str) -> None:
    assert day_named(day.strftime(form)) == day.isoformat()
    assert is_day((day + timedelta(days=1)).isoformat())


@pytest.mark.parametrize(
    "status", ["darft", "approved, enforced from 2027-02-30", "draft, enforced", "enforced from 1 May 2027"]
)
def test_the_status_of_a_standard_is_checked_the_same_way(status: str) -> None:
    findings = reading(HEAD.replace("status: approved", f"status: {status}") + RULE + WHY).findings
    assert [(f.code, f.span.line) for f in findings] == [("CX007", 5)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("minor", "`minor` is not a valid kind of change"),
        ("editoral", "`editoral` is not a valid kind of change"),
        ("editorial\nand more", "`and more` is not part of `Change`"),
        ("narrower, wider", "`Change` has more than one value"),
        ("wider narrower", "`Change` has more than one value"),
        ("editorial and narrower", "`Change` has more than one value"),
        ("", "`Change` has no value"),
    ],
)
def test_an_invalid_change_is_a_warning(value: str, message: str) -> None:
    (finding,) = found(f"**Change:** {value}\n\n{WHY}")
    assert (finding.code, finding.message) == ("CX041", message)


@pytest.mark.parametrize(
    ("label", "message", "suggestion"),
    [
        ("**Decided by:** dif", "`dif` is not a value of `Decided by`", "diff"),
        ("**Decided by:** diff, runtime", "`runtime` is not a value of `Decided by`", "diff, run time"),
        ("**Decided by:** magic", "`magic` is not a value of `Decided by`", None),
        ("**Audience:** peple", "`peple` is not a value of `Audience`", "people"),
        ("**Audience:** code, people", "`Audience` has more than one value", None),
        ("**Maps to:** §3.2", "`§3.2` is not a requirement id", None),
        ("**Maps to:**", "`Maps to` has no value", None),
        ("**Selected by:**", "`Selected by` has no value", None),
        ("**Selected by:** eval", "`eval` is not a pattern written as code", None),
        ("**Selected by:** `a` `b`", "`'b'` is not valid in `Selected by`", None),
        ("**Selected by:** `a`, `b` in tests", "`in tests` is not valid in `Selected by`", None),
        ("**Selected by:** `a`; near tests", "`; near tests` is not valid in `Selected by`", None),
        ("**Selected by:** `a*`", "`a*` matches every line", None),
        ("**Selected by:** `(?=a)`", "`(?=a)` is not a pattern of RE2: invalid perl operator: (?=", None),
    ],
)
def test_facts_about_a_rule_are_checked_at_their_value(label: str, message: str, suggestion: str | None) -> None:
    (finding,) = found(f"{label}\n\n{WHY}")
    assert (finding.code, finding.message) == ("CX041", message)
    assert (finding.fix.edits[0].text if finding.fix else None) == suggestion


@given(st.lists(st.sampled_from(Decider), min_size=1), st.sampled_from([str, str.upper, str.title]))
def test_what_decides_a_rule_is_read_in_any_case_and_order(words: list[Decider], written: Callable[[str], str]) -> None:
    body = f"**Decided by:** {', '.join(written(word.value) for word in words)}.\n\n{WHY}"
    assert found(body) == ()
    assert rule(body).decided_by == tuple(word for word in Decider if word in words)


@pytest.mark.parametrize("end", ["", ".", "; outside tests", "; in tests"])
def test_what_selects_a_rule_is_read_as_it_is_written(end: str) -> None:
    written = f"`a|b`, ``c`d`` with `(?i)e`, removed `f`{end}"
    body = f"**Selected by:** {written}\n\n{WHY}"
    assert found(body) == ()
    assert rule(body).selected_by == written
    signals = read_signals(written)
    assert isinstance(signals, Signals)
    assert signals.any_of == (
        Signal(match="a|b"),
        Signal(match="c`d", near="(?i)e"),
        Signal(match="f", lines=Lines.REMOVED),
    )
    assert signals.tests == {"; outside tests": False, "; in tests": True}.get(end)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("'`retry`; outside tests'", None),
        ("retry", "`retry` is not a pattern written as code"),
        ("'`(`'", "`(` is not a pattern"),
    ],
)
def test_front_matter_says_what_selects_a_rule_without_the_label(value: str, message: str | None) -> None:
    text = HEAD.replace("status: approved", f"status: approved\nselected_by:\n  SVC-1: {value}") + RULE + WHY
    read = reading(text)
    assert read.document is not None
    findings = [(f.message.split(" of RE2")[0], f.span.line) for f in read.findings if f.code == "CX041"]
    assert findings == ([(message, 7)] if message else [])
    assert read.document.standard.rules[0].selected_by == ("" if message else value.strip("'"))


def test_what_selects_a_rule_and_is_not_valid_is_ignored() -> None:
    assert rule(f"**Selected by:** `(`\n\n{WHY}").selected_by == ""


def test_ids_of_requirements_are_read_as_they_are_written() -> None:
    body = f"**Maps to:** `v5.0.0-1.2.4`, WCAG 2.2 1.4.3, LLM05:2025, v5.0.0-1.2.4\n\n{WHY}"
    assert found(body) == ()
    assert rule(body).maps_to == ("v5.0.0-1.2.4", "WCAG 2.2 1.4.3", "LLM05:2025")


WRONG_LABELS = [
    "*Why:*",
    "*Why*:",
    "_Why:_",
    "__Why:__",
    "__Why__:",
    "***Why:***",
    "Why:",
    "**Why :**",
    "**Wyh:**",
    "**Whyy:**",
    "**Why\N{FULLWIDTH COLON}**",
    "**Why** \N{EN DASH}",
]


@pytest.mark.parametrize("label", WRONG_LABELS)
@pytest.mark.parametrize(
    "before", ["", "**Applies to:** languages: python, go\n", "**Status:** draft\n", "**Except:** batch jobs.\n"]
)
def test_a_label_in_another_form_is_a_finding_with_a_fix_and_is_no_part_of_the_label_before_it(
    before: str, label: str
) -> None:
    body = f"{before}{label} callers give up.\n"
    (finding,) = found(body)
    assert (finding.code, excerpt(finding, body)) == ("CX017", label)
    assert "callers" not in " ".join(lb.text for lb in rule(body).labels)
    assert rule(body).scope.languages == (("python", "go") if "languages" in before else ())
    fixed, count = apply_fixes(HEAD + RULE + body, [Diagnostic(finding=finding, name="n", severity=Severity.WARNING)])
    assert (count, fixed) == (1, HEAD + RULE + f"{before}**Why:** callers give up.\n")


@pytest.mark.parametrize(
    "label", ["*Status:*", "Status:", "**Staus:**", "__Status:__", "- **Status:**", "> **Status:**"]
)
def test_a_status_whose_label_is_not_read_is_an_error(label: str) -> None:
    (finding,) = found(f"{label} draft\n\n{WHY}")
    assert finding.code == "CX040"


@pytest.mark.parametrize(
    "text",
    [
        "**Note:** a restore takes an hour.\n\n",
        "**Then:** retry.\n\n",
        "Status: 404 is an answer too.\n\n",
        "**Use** the shared client.\n\n",
        "The answer: yes.\n\n",
        "- **Timeout:** one second\n- **Retries:** two\n\n",
        "```yaml\nWhy: not\nStatus: draft\n```\n\n",
        "when: lower case at the start of a line\n\n",
    ],
)
def test_words_that_only_resemble_labels_are_no_findings(text: str) -> None:
    assert found(text + WHY) == ()


def test_every_label_in_italics_is_a_finding() -> None:
    for name in LABELS:
        assert [f.code in ("CX017", "CX040") for f in found(f"*{name.capitalize()}:* draft\n\n{WHY}")] == [True], name


CONFLICT = "<<<<<<< HEAD\nWe use version 15.\n=======\nWe use version 16.\n>>>>>>> feature\n"


def test_a_conflict_in_the_text_is_one_finding_that_covers_all_others_in_it() -> None:
    two_sides = CONFLICT.replace("We use version 15.", RULE.strip()).replace("We use version 16.", RULE.strip())
    findings, standards = linted({"a.md": FRONT + two_sides})
    (conflict,) = to_diagnostics(findings, LintSettings(), standards)
    assert (conflict.code, conflict.severity, conflict.finding.span.line) == (
        "CX044",
        Severity.ERROR,
        FRONT.count("\n") + 1,
    )


@pytest.mark.parametrize(
    "text",
    [
        CONFLICT,
        CONFLICT.replace("=======", "||||||| base\nWe use version 14.\n======="),
        "<<<<<<< HEAD\nOne mark is left.\n",
        "One mark is left.\n>>>>>>> 1a2b3c (a commit)\n",
        "||||||| merged common ancestors\nOne mark is left.\n",
        "One mark is left.\n\n=======\n",
        "### One mark is left\n=======\n",
        f"```python\n{CONFLICT}```\n",
    ],
)
def test_marks_of_a_conflict_are_found(text: str) -> None:
    findings = reading(HEAD + text + "\n" + RULE + WHY).findings
    assert [f.code for f in findings if f.code == "CX044"] == ["CX044"]


@pytest.mark.parametrize(
    "text",
    [
        f"```diff\n{CONFLICT}```\n",
        f"```\n{CONFLICT}```\n",
        "A title\n=======\n",
        "> > > > deep\n",
        "| a |\n| --- |\n||||||| b\n",
    ],
)
def test_text_that_only_shows_or_resembles_a_conflict_is_no_finding(text: str) -> None:
    assert [f.code for f in reading(HEAD + text + "\n" + RULE + WHY).findings if f.code == "CX044"] == []


def test_a_conflict_in_front_matter_is_one_finding() -> None:
    sides = "<<<<<<< HEAD\nstatus: approved\n=======\nstatus: enforced\n>>>>>>> feature"
    findings = reading(HEAD.replace("status: approved", sides) + RULE + WHY).findings
    assert [(f.code, f.span.line) for f in findings] == [("CX044", 5)]


@pytest.mark.parametrize("name", ["codex", "front-matter", "dialect", "inventory", "repository", "trust", "check"])
def test_every_pattern_of_a_value_that_people_write_has_words(name: str) -> None:
    def patterns(node: object, key: str = "") -> set[str]:
        if isinstance(node, dict):
            own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
            return own.union(*(patterns(below, name) for name, below in node.items()))
        return set().union(*(patterns(below) for below in node)) if isinstance(node, list) else set()

    assert patterns(json.loads(schema(name))) - FORMS.keys() == set()


@pytest.mark.parametrize("pattern", [p for p in FORMS if p != r"\{number\}"])
def test_every_example_of_a_form_matches_its_pattern(pattern: str) -> None:
    for example in re.findall("`([^`]*)`", FORMS[pattern].example):
        assert re.search(pattern, example), (pattern, example)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("id", "svc", "upper-case letters and digits"),
        ("domain", "My Domain", "lower-case words separated by hyphens"),
        ("reviewed", "2026-02-30", "not a valid date"),
        ("reviewed", "10 May 2026", "not in the form YYYY-MM-DD"),
        ("review_every", "yearly", "6 months"),
        ("source", "rfc 41", "https://"),
        ("stages", "[build]", "`design`, `implementation`, `review`, `runtime`"),
        ("title", "2024", "quote it"),
        ("priority", "SVC-1", "write a list"),
        ("change", "minor", "editorial"),
    ],
)
def test_a_wrong_value_says_the_expected_form_and_no_regular_expression(key: str, value: str, says: str) -> None:
    head = re.sub(rf"^{key}: .*\n", "", HEAD, flags=re.MULTILINE)
    findings = reading(head.replace("---\n", f"---\n{key}: {value}\n", 1) + RULE + WHY).findings
    texts = [f"{f.message} {f.help or ''}" for f in findings if f.code == "CX007"]
    assert len(texts) == 1
    assert says in texts[0]
    assert not re.search(r"\^|\[a-z|candidates|is not of type|was expected", texts[0])


@pytest.mark.parametrize("value", ["narrower, not wider", "editorial, a wider column", "wider: editorial team asked"])
def test_a_note_behind_a_change_may_name_another_one(value: str) -> None:
    assert found(f"**Change:** {value}\n\n{WHY}") == ()


@pytest.mark.parametrize("value", ["diff; commit", "diff and commit", "diff/commit", "diff & commit"])
def test_values_that_are_not_separated_by_commas_are_reported(value: str) -> None:
    (finding,) = found(f"**Decided by:** {value}\n\n{WHY}")
    assert (finding.code, finding.help) == ("CX041", "write `diff, commit`")


@pytest.mark.parametrize("text", ["approved#draft", "draft/approved", "un-approved", "non-enforced", "draft+review"])
def test_a_status_of_several_words_has_no_fix_that_drops_one(text: str) -> None:
    problem = status_problem(text)
    assert problem is not None and problem.suggestion is None


@pytest.mark.parametrize(
    ("start", "help_"),
    [
        ("\n---\nid: X\n---\n", "move the first `---`"),
        ("<!-- licence -->\n---\nid: X\n---\n", "move the first `---`"),
        (" ---\nid: X\n---\n", "move the first `---`"),
        ("----\nid: X\n----\n", "write exactly three hyphens"),
        ('+++\nid = "X"\n+++\n', "write the front matter as YAML"),
        ("```yaml\nid: X\n```\n", "replace the code fence"),
        ("<!--\nid: X\n-->\n", "replace the comment"),
        ("id: X\ntitle: Y\n---\n", "write a `---` line above the first key"),
        ("---\nid: X\n", "end the front matter with a `---` line"),
        ("# X\n", "start the file with the keys `id`"),
    ],
)
def test_front_matter_in_another_form_is_reported_with_what_to_change(start: str, help_: str) -> None:
    findings, _ = linted({"a.md": f"{start}\n# X\n\nText.\n"})
    (finding,) = [f for f in findings if f.code == "CX018"]
    assert help_ in (finding.help or "")


def test_front_matter_without_its_last_line_is_reported_at_the_heading_below_it() -> None:
    findings, _ = linted({"a.md": "---\nid: SVC\ntitle: Y\n\n# Services\n\nText.\n\n---\n\nMore.\n"})
    assert [(f.code, f.span.line) for f in findings if f.code == "CX004"] == [("CX004", 5)]


@pytest.mark.parametrize("key", ["languages", "technologies", "paths", "kinds"])
def test_a_key_in_the_wrong_place_is_reported_with_its_place(key: str) -> None:
    findings, _ = linted({"a.md": FRONT.replace("status:", f"{key}: [go]\nstatus:") + RULE})
    assert [f.help for f in findings if f.code == "CX006"] == ["indent the key below `applies_to:`"]


@pytest.mark.parametrize("key", ["STATUS", "Status", "stauts"])
def test_no_fix_gives_a_key_twice(key: str) -> None:
    findings, _ = linted({"a.md": FRONT.replace("status:", f"{key}: draft\nstatus:") + RULE})
    assert [(f.help, f.fix) for f in findings if f.code == "CX006"] == [
        ("`status` is also set: keep only one of the keys", None)
    ]


@pytest.mark.parametrize(
    ("key", "unsafe"), [("owners", False), ("reviewd", False), ("applies-to", False), ("tags", True)]
)
def test_only_a_fix_of_a_typing_error_in_a_key_is_safe(key: str, unsafe: bool) -> None:
    front = FRONT.replace("status:", f"{key}: x\nstatus:")
    findings, _ = linted({"a.md": front + RULE})
    assert [f.fix and f.fix.unsafe for f in findings if f.code == "CX006"] == [unsafe]


@pytest.mark.parametrize("value", ["no", "No", "none", "never", "false", "-", "\u2014", "n/a", "not yet", ""])
def test_a_withdrawal_that_says_the_opposite_is_an_error(value: str) -> None:
    page = f"{HEAD}## Rules\n\n### Services MUST log (SVC-1)\n\n**Withdrawn:** {value}\n"
    ((code, help_),) = values_reported(page)
    assert code == "CX040"
    assert help_ and help_.startswith("remove `**Withdrawn:**` if the rule is in force")


@pytest.mark.parametrize("value", ["2026-08", "2026-08-01", "November 2026", "yes"])
def test_other_values_withdraw_the_rule(value: str) -> None:
    assert values_reported(f"{HEAD}## Rules\n\n### Services MUST log (SVC-1)\n\n**Withdrawn:** {value}\n") == []


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        ("**Withdrawn:** 2026-08. **Use:** SVC-3", "write `**Use instead:** SVC-3`"),
        ("**Alias:** old-1, old-2", "write only one id, such as `old-1`"),
        ("**Maps to:** V1.2.3 V1.2.4", "list ids with commas, such as `v5.0.0-1.2.4, LLM05:2025`"),
    ],
)
def test_a_value_that_is_not_found_later_is_reported(line: str, help_: str) -> None:
    assert [(f.code, f.help) for f in found(f"{line}\n\n{WHY}")] == [("CX041", help_)]


@pytest.mark.parametrize("line", ["**Maps to:** ISO 27001 A.8.1, NIST AC-2", "**Alias:** old-1", "**Use:** SVC-3"])
def test_a_value_of_several_words_is_not_several_values(line: str) -> None:
    assert found(f"{line}\n\n{WHY}") == ()


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        ("applies_to:\n  languages: [Python]", "write `python`"),
        ("domain: Services", "write `services`"),
        ("id: svc", "write `SVC`"),
        ("domain: our services", "write lower-case words separated by hyphens, such as `payment-api`"),
    ],
)
def test_a_value_in_the_other_case_is_answered_with_the_right_case(line: str, help_: str) -> None:
    key = line.partition(":")[0]
    kept = "\n".join(one for one in HEAD.split("\n") if not one.startswith(f"{key}:"))
    findings = reading(kept.replace("---\n", f"---\n{line}\n", 1) + RULE + WHY).findings
    assert [f.help for f in findings if f.code == "CX007"] == [help_]
