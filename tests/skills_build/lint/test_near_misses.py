"""Whatever looks like a rule is a rule or is reported at its line, with the id to type; what quotes a rule is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.diagnostics import Finding
from skills_build.lint.registry import LINTS
from skills_build.model.codex import LockedId
from skills_build.model.standard import Standard
from tests.support.data import THOROUGH
from tests.support.linting import FRONT, RULE, linted

SAYS = "Backups MUST be tested every month"
LOCK = (
    LockedId(id="SVC-1", slug="a", file="a.md", title="Services MUST answer in time"),
    LockedId(id="SVC-3", slug="c", file="a.md", title="Old", withdrawn="2026-03"),
)
OF_IDS = ("CX020", "CX033", "CX034", "CX101", "CX102", "CX019")

VARIANTS = {
    f"###{SAYS} (SVC-4)": "(SVC-4)",
    f"##{SAYS}": "(SVC-4)",
    f"# {SAYS} (SVC-4)": "## ... (SVC-4)",
    f"{SAYS} (SVC-4)": "(SVC-4)",
    f"{SAYS} (SVC-4).": "(SVC-4)",
    f"**{SAYS} (SVC-4)**": "(SVC-4)",
    f"**{SAYS}**": "(SVC-4)",
    f"*{SAYS}* (SVC-4)": "(SVC-4)",
    f"> {SAYS} (SVC-4)": "(SVC-4)",
    f"> ## {SAYS} (SVC-4)": "(SVC-4)",
    f"> [!NOTE]\n> {SAYS} (SVC-4)": "(SVC-4)",
    f"!!! note\n    {SAYS} (SVC-4)": "(SVC-4)",
    f"!!! warning\n\n    {SAYS} (SVC-4)": "(SVC-4)",
    f'!!! note "{SAYS} (SVC-4)"': "(SVC-4)",
    f"::: warning\n{SAYS} (SVC-4)\n:::": "(SVC-4)",
    f"<details>\n<summary>More</summary>\n\n{SAYS} (SVC-4)\n\n</details>": "(SVC-4)",
    f"<details>\n{SAYS} (SVC-4)\n</details>": "(SVC-4)",
    f"<div>\n## {SAYS} (SVC-4)\n</div>": "(SVC-4)",
    f"<ul>\n<li>{SAYS} (SVC-4)</li>\n</ul>": "(SVC-4)",
    f"<h2>{SAYS} (SVC-4)</h2>": "(SVC-4)",
    f"## {SAYS}": "(SVC-4)",
    f"## {SAYS} [SVC-4]": "(SVC-4)",
    f"## {SAYS} {{SVC-4}}": "(SVC-4)",
    f"## {SAYS} (SVC-4).": "(SVC-4)",
    f"## {SAYS} **(SVC-4)**": "(SVC-4)",
    f"## {SAYS} `(SVC-4)`": "(SVC-4)",
    f"## {SAYS} (`SVC-4`)": "(SVC-4)",
    f"## {SAYS} (SVC-4) {{#backups}}": "(SVC-4)",
    f"## {SAYS} — SVC-4": "(SVC-4)",
    f"## {SAYS} - SVC-4": "(SVC-4)",
    f"## {SAYS} SVC-4": "(SVC-4)",
    f"## {SAYS} (svc-4)": "(SVC-4)",
    f"## {SAYS} (SVC 4)": "(SVC-4)",
    f"## {SAYS} (SVC_4)": "(SVC-4)",
    f"## {SAYS} (SVC–4)": "(SVC-4)",
    f"## {SAYS} (SVC4)": "(SVC-4)",
    f"## {SAYS} (SVC\u22124)": "(SVC-4)",
    f"## {SAYS} (SVC - 4)": "(SVC-4)",
    f"- {SAYS} (SVC-\n  4)": "(SVC-4)",
    f"## SVC-4\n\n{SAYS}.": "(SVC-4)",
    f"## SVC-4: Backups\n\n{SAYS}.": "(SVC-4)",
    f"## [SVC-4] Backups\n\nText before it. {SAYS}.": "(SVC-4)",
    f"## SVC-4\n\n**Statement:** {SAYS}.": "(SVC-4)",
    f"**Rule:** {SAYS} (SVC-4)": "(SVC-4)",
    f"**Requirement:** {SAYS} [SVC-4]": "(SVC-4)",
    f"- {SAYS}, SVC-4.": "(SVC-4)",
    f"- {SAYS}; SVC-4": "(SVC-4)",
    f"## SVC-4: {SAYS}": "(SVC-4)",
    f"## SVC-4 — {SAYS}": "(SVC-4)",
    f"## SVC-4 {SAYS}": "(SVC-4)",
    f"## [SVC-4] {SAYS}": "(SVC-4)",
    f"## (SVC-4) {SAYS}": "(SVC-4)",
    f"## **SVC-4** {SAYS}": "(SVC-4)",
    "## Backups (SVC-4) MUST be tested every month": "(SVC-4)",
    f"**SVC-4** {SAYS}": "(SVC-4)",
    f"**SVC-4:** {SAYS}": "(SVC-4)",
    f"SVC-4: {SAYS}": "(SVC-4)",
    f"SVC-4. {SAYS}": "(SVC-4)",
    f"- SVC-4: {SAYS}": "(SVC-4)",
    f"- **SVC-4** {SAYS}": "(SVC-4)",
    f"- {SAYS}": "(SVC-4)",
    f"1. {SAYS}": "(SVC-4)",
    f"- Backups\n  - {SAYS}": "(SVC-4)",
    f"- {SAYS} (SVC-4)\n  More words.": "(SVC-4)",
    f"- [ ] {SAYS} [SVC-4]": "(SVC-4)",
    "| If you need | Use | Level | Id |\n| a queue | the broker | MUST | SVC-4 |": "| --- |",
    "| Id | Rule | Level |\n| --- | --- | --- |\n| SVC-4 | Backups are tested | MUST |": "(SVC-4)",
    "| Nr | Rule |\n| --- | --- |\n| SVC-4 | Backups MUST be tested |": "(SVC-4)",
    "| When you want | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | the broker | MUST | SVC-4 |": (
        "rename `When you want` to `If you need`"
    ),
    "| If you need | Use | Level |\n| --- | --- | --- |\n| a queue | the broker | MUST |": "add the column `Id`",
    "| If you need | Use | Strength | Id |\n| --- | --- | --- | --- |\n| a queue | the broker | MUST | SVC-4 |": (
        "rename `Strength` to `Level`"
    ),
    "| | | | |\n| --- | --- | --- | --- |\n| If you need | Use | Level | Id |\n| a queue | the broker | MUST | SVC-4 |": (
        "move the row with the titles above `| --- |`"
    ),
    "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | the broker | MUST | |": "`SVC-4`",
    "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | the broker | MUST | svc 4 |": "`SVC-4`",
    "## Backups must be tested every month (SVC-4)": "write `MUST`",
    "## Backups Should be tested every month (SVC-4)": "write `SHOULD`",
    "Backups must be tested every month (SVC-4)": "(SVC-4)",
}


FOREIGN = (
    f"REQ-7: {SAYS}.",
    f"**REQ-7:** {SAYS}.",
    f"**REQ-7** {SAYS}.",
    f"[REQ-7] {SAYS}.",
    f"(REQ-7) {SAYS}.",
    f"REQ-7 - {SAYS}.",
    f"REQ-7 {SAYS}.",
    f"R-7. {SAYS}.",
    f"{SAYS} (REQ-7).",
    f"{SAYS} (REQ-7)",
    f"<p>REQ-7: {SAYS}</p>",
    f"REQ_7: {SAYS}.",
    f"REQ.7: {SAYS}.",
    "| Id | Requirement |\n| --- | --- |\n| REQ-7 | Backups MUST be tested |",
    "| Req no. | Requirement | Level |\n| --- | --- | --- |\n| REQ-7 | Backups are tested | MUST |",
)
CITED = (
    f"RFC-2119: {SAYS}.",
    f"{SAYS} (ISO-27001).",
    f"> REQ-7: {SAYS}.",
    "UTF-8 text MUST be normalised.",
    "REQ-7 says that backups MUST be tested.",
    f"As REQ-7 says, {SAYS}.",
    f"{SAYS}, see (REQ-7) for more.",
    "`REQ-7: Backups MUST be tested`",
    "| Requirement | Level | Ref |\n| --- | --- | --- |\n| Backups are tested | MUST | SOP-7 |",
)


def near(text: str, *, before: str = RULE, files: dict[str, str] | None = None) -> list[Finding]:
    """The findings about near-misses of a standard with this text behind a rule."""
    findings, _ = linted({"a.md": f"{FRONT}{before}\n{text}\n", **(files or {})}, locked=LOCK)
    return [finding for finding in findings if finding.code in OF_IDS]


def rules(text: str, *, before: str = RULE) -> list[str]:
    _, standards = linted({"a.md": f"{FRONT}{before}\n{text}\n"}, locked=LOCK)
    return [rule.id for standard in standards for rule in standard.rules]


@pytest.mark.parametrize("text", FOREIGN)
def test_a_rule_with_an_id_of_another_document_is_reported_with_an_id_of_this_one(text: str) -> None:
    (finding,) = near(text)
    assert finding.code in ("CX033", "CX034")
    assert "(SVC-4)" in str(finding.help)


@pytest.mark.parametrize("text", CITED)
def test_a_text_that_cites_another_document_is_not_reported(text: str) -> None:
    assert near(text) == []


@pytest.mark.parametrize("text", VARIANTS)
@pytest.mark.parametrize("before", [RULE, "Words.\n"], ids=["behind a rule", "behind text"])
def test_a_near_miss_is_one_finding_at_its_line_that_says_what_to_type(text: str, before: str) -> None:
    assert "SVC-4" not in rules(text, before=before)
    (finding,) = near(text, before=before)
    first = f"{FRONT}{before}\n".count("\n") + 1
    assert first <= finding.span.line <= first + text.count("\n")
    assert VARIANTS[text] in (finding.help or "")


VISIBLE = (
    "[SVC-42]",
    "SVC-42",
    ": SVC-42",
    "(Rule SVC-42)",
    "(rule id: SVC-42)",
    "\N{FULLWIDTH LEFT PARENTHESIS}SVC-42\N{FULLWIDTH RIGHT PARENTHESIS}",
    "(SVC-42; draft)",
    "(SVC-42/43)",
    "#SVC-42",
    "@SVC-42",
    "<SVC-42>",
    "\N{LEFT DOUBLE QUOTATION MARK}SVC-42\N{RIGHT DOUBLE QUOTATION MARK}",
    "[^SVC-42]",
    "(SVC-42.1)",
    "(SVC-42 )",
    "(svc_042)",
    "(42)",
    "(#42)",
    "[42]",
    "[SVC-42](#a)",
    "<!-- SVC-42 -->",
    "\n\n{}(SVC-42)",
    "\n\n{}**Id:** SVC-42",
    "\n\n{}`SVC-42`",
)


@pytest.mark.parametrize("mark", VISIBLE)
@pytest.mark.parametrize("start", ["## ", "- "])
def test_the_id_that_a_text_shows_is_the_one_to_type(start: str, mark: str) -> None:
    text = f"{start}{SAYS} {mark.format('  ' if start == '- ' else '')}"
    findings, _ = linted({"a.md": f"{FRONT}Words.\n\n{text}\n"}, locked=LOCK)
    (finding,) = (f for f in findings if f.code in OF_IDS)
    assert "(SVC-42)" in str(finding.help)
    typed = f"{start}{SAYS} (SVC-42)\n"
    assert [f.code for f in linted({"a.md": FRONT + RULE + typed}, locked=LOCK)[0] if f.code in OF_IDS] == []


@pytest.mark.parametrize("start", ["## ", "- "])
@pytest.mark.parametrize("mark", ["?", "...", "\u2026", "!", ".", ";", "**."])
def test_an_id_with_a_mark_behind_it_and_no_level_is_a_near_miss_unless_it_cites_a_rule(start: str, mark: str) -> None:
    text = f"{start}Do services need **signs (SVC-4){mark}"
    (finding,) = near(text, before="Words.\n")
    assert finding.code == "CX033"
    assert "no level" in finding.message and "(SVC-4)" in str(finding.help)
    assert near("", files={"b.md": f"{FRONT.replace('SVC', 'API')}{text.replace('SVC-4', 'SVC-1')}\n"}) == []


def test_indented_code_with_a_rule_is_a_near_miss() -> None:
    for text in (f"\n    ## {SAYS} (SVC-42)", f"- Text\n\n      - {SAYS} (SVC-42)", f"Text:\n\n    {SAYS} (SVC-42)"):
        findings, _ = linted({"a.md": FRONT + RULE + text + "\n"}, locked=LOCK)
        (finding,) = (f for f in findings if f.code in OF_IDS)
        assert (finding.code, finding.span.line) == ("CX033", (FRONT + RULE + text).count("\n") + 1)
        assert "spaces" in str(finding.help)
    quoted = f"Text:\n\n    ## Services MUST answer in time (SVC-1)\n\n```md\n## {SAYS} (SVC-42)\n```\n"
    assert [f for f in linted({"a.md": FRONT + RULE + quoted}, locked=LOCK)[0] if f.code in OF_IDS] == []


def test_the_line_of_a_near_miss_is_the_line_of_its_id() -> None:
    (finding,) = near(f"> [!NOTE]\n> One line.\n> {SAYS} (SVC-4)")
    assert finding.span.line == f"{FRONT}{RULE}\n".count("\n") + 3


@pytest.mark.parametrize(
    "text",
    [
        "The words MUST, SHOULD and MAY are used as in BCP 14.",
        "See SVC-1 for what else holds.",
        "As said in SVC-1, services MUST answer in time.",
        "Services MUST answer in time (SVC-1).",
        "> Services MUST answer in time (SVC-1)",
        "- SVC-1: services MUST answer in time",
        "| Rule | Text |\n| --- | --- |\n| SVC-1 | Services MUST answer in time |",
        "| SVC-1 | MUST |\n| --- | --- |\n| a | b |",
        f"```markdown\n## {SAYS} (SVC-4)\n```",
        f"~~~\n{SAYS} (SVC-4)\n~~~",
        f"Write `## {SAYS} (SVC-4)` to start a rule.",
        "Text MUST be UTF-8, digests SHA-256, errors as in RFC-9457",
        "Text MUST be encoded well (UTF-8)",
        "TLS-1 MUST be off.",
        "**Note:** a restore MUST take an hour.",
        "> [!NOTE]\n> A restore MUST take an hour.",
        "| Log level | Meaning |\n| --- | --- |\n| WARN | somebody must look |",
        "| Level | Use |\n| --- | --- |\n| WARN | a log |",
        "#hashtag and #4 must stay",
        "#123 MUST be closed first.",
        "Clients must retry, and may wait.",
        "{{ svc-4 }} is a placeholder",
        f"<!-- ## {SAYS} (SVC-4) -->",
        "1. First, stop the service.\n2. Then start it.",
    ],
)
def test_quotes_citations_and_names_are_not_near_misses(text: str) -> None:
    assert near(text) == []


def test_a_rule_that_is_cited_in_another_file_is_not_a_near_miss() -> None:
    other = FRONT.replace("SVC", "API").replace("Services", "APIs")
    assert near("", files={"b.md": f"{other}Services MUST answer in time (SVC-1)\n"}) == []


def test_an_id_of_another_standard_of_the_codex_is_a_near_miss() -> None:
    other = FRONT.replace("SVC", "API").replace("Services", "APIs")
    (finding,) = near("", files={"b.md": f"{other}{SAYS} (SVC-9)\n"})
    assert (finding.code, finding.path) == ("CX033", "b.md")
    assert "(API-1)" in (finding.help or "")


def test_each_new_rule_gets_another_id_and_none_that_was_withdrawn_or_is_carried() -> None:
    found = near(f"## {SAYS}\n\n## Logs MUST be kept (svc-5)\n\n## Keys MUST rotate\n")
    assert [(f.help or "").split("`")[1] for f in found] == ["(SVC-6)", "(SVC-5)", "(SVC-7)"]


def test_an_id_that_is_taken_is_not_proposed() -> None:
    (finding,) = near(f"## {SAYS} [SVC-1]")
    assert "(SVC-4)" in (finding.help or "")
    (finding,) = near(f"## {SAYS} [SVC-3]")
    assert "(SVC-4)" in (finding.help or "")


@pytest.mark.parametrize(
    "text", ["Logs MUST name SVC-1", "Logs MUST name SVC-1 and the day", "Like SVC-1, logs MUST wait"]
)
def test_an_item_that_only_cites_a_rule_has_no_id_of_its_own(text: str) -> None:
    (finding,) = near(f"- {text}")
    assert finding.message == "list item says `MUST` but has no rule id, so it is not a separate rule"
    assert "(SVC-4)" in (finding.help or "")


@pytest.mark.parametrize("text", ["- [Answers MUST be in time](#x) (SVC-1)", "- SVC-1: services MUST answer in time"])
def test_an_item_of_a_summary_is_not_a_near_miss(text: str) -> None:
    assert near(text) == []


def test_an_id_that_prose_mentions_is_not_proposed() -> None:
    (finding,) = near(f"Soon there will be SVC-8.\n\n## {SAYS}\n")
    assert "(SVC-9)" in (finding.help or "")


@pytest.mark.parametrize("level", ["MUST", "MUST NOT", "SHOULD", "MAY", "SHALL"])
def test_a_nested_item_with_a_level_and_no_id_is_reported(level: str) -> None:
    (finding,) = near(f"- When it fails:\n  - clients {level} wait\n")
    assert (finding.code, finding.span.line) == ("CX033", f"{FRONT}{RULE}\n".count("\n") + 2)


TABLES = [
    "| If you need | Use | Instead of | Level | Id |",
    "| if you need | use | instead of | level | id |",
    "| IF YOU NEED | USE | INSTEAD OF | LEVEL | ID |",
    "| **If you need** | **Use** | *Instead of* | `Level` | **Id** |",
    "| If you need: | Use: | Instead of: | Level: | Id: |",
]


@pytest.mark.parametrize("head", TABLES)
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (3, 4, 0, 1, 2), (4, 0, 1, 3), (0, 1, 3, 4)])
def test_a_table_of_choices_has_its_columns_in_any_case_and_order_and_some_are_optional(
    head: str, order: tuple[int, ...]
) -> None:
    titles = [title.strip() for title in head.strip("|").split("|")]
    cells = ["a queue", "the broker", "a table", "MUST", "SVC-4"]
    rows = [[titles[n] for n in order], ["---" for _ in order], [cells[n] for n in order]]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    assert rules(text, before="") == ["SVC-4"]
    assert near(text) == []


def test_optional_columns_are_labels_of_the_rule() -> None:
    text = "| Id | Level | If you need | Use | Why |\n| - | - | - | - | - |\n| SVC-4 | MUST | a queue | the broker | it lasts |\n"
    _, standards = linted({"a.md": f"{FRONT}{text}"})
    (rule,) = standards[0].rules
    assert (rule.label("why"), rule.label("use")) == ("it lasts", "the broker")


def test_labels_may_follow_a_list_item_without_an_empty_line() -> None:
    text = f"- {SAYS} (SVC-4)\n  **Why:** tapes rot.\n  **How:** restore one.\n- Keys MUST rotate (SVC-5)\n"
    _, standards = linted({"a.md": f"{FRONT}{text}"})
    first, second = standards[0].rules
    assert (first.id, first.statement, first.label("why"), first.label("how")) == (
        "SVC-4",
        SAYS,
        "tapes rot.",
        "restore one.",
    )
    assert (second.id, first.body) == ("SVC-5", "**Why:** tapes rot.\n**How:** restore one.")


MARKS = (
    "",
    "## ",
    "##",
    "- ",
    "1. ",
    "> ",
    "> [!TIP]\n> ",
    "**",
    "<p>",
    "* * ",
    "::: tip\n",
    "!!! note\n    ",
    "| ",
    "+ > ",
)
IDS = ("({})", "[{}]", "{{{}}}", "({}).", "**({})**", "— {}", "`({})`", "({}):", "_({})_", "({})!", "<b>({})</b>")


@settings(max_examples=600 if THOROUGH else 120, deadline=None)
@given(
    st.sampled_from(MARKS),
    st.sampled_from(IDS),
    st.sampled_from(("SVC-4", "svc-4", "SVC 4", "SVC-04", "SVC_4", "SVC\u20114")),
    st.sampled_from(("MUST", "MUST NOT", "SHOULD", "SHALL", "MAY", "must", "Should not")),
    st.booleans(),
)
def test_a_text_with_a_level_and_an_id_of_the_codex_is_a_rule_or_reported(
    mark: str, form: str, id_: str, level: str, first: bool
) -> None:
    said = f"Backups {level} be kept"
    exact = id_ == "SVC-4"
    if form == "— {}" and not exact:
        form = "({})"
    line = f"{mark}{form.format(id_)} {said}" if first else f"{mark}{said} {form.format(id_)}"
    text = f"{line}\n"
    findings, standards = linted({"a.md": f"{FRONT}Words.\n\n{text}"})
    start = f"{FRONT}Words.\n\n".count("\n") + 1
    reported = [
        f.code
        for f in findings
        if start <= f.span.line <= start + text.count("\n") and str(LINTS[f.code].severity) != "info"
    ]
    assert _rules(standards) or reported


def _rules(standards: tuple[Standard, ...]) -> list[str]:
    return [rule.id for standard in standards for rule in standard.rules]


@pytest.mark.parametrize(
    "text", ["- log (SHOULD)", "- keep logs [MAY]", "### Logs are kept (MUST)", "- Logs are *kept* (MUST)"]
)
def test_a_level_in_brackets_is_that_of_a_rule_without_an_id(text: str) -> None:
    (finding,) = near(text)
    assert finding.help is not None and "(SVC-4)" in finding.help


@pytest.mark.parametrize("text", ["- Mandatory (MUST)", "### Required rules (MUST)", "- Level of obligation (SHOULD)"])
def test_a_level_in_brackets_may_be_explained_by_the_words_before_it(text: str) -> None:
    assert near(text) == []


@pytest.mark.parametrize(("part", "says"), [("SHOULD keep logs", "SHOULD"), ("MUST NOT keep logs", "MUST NOT")])
def test_a_part_with_another_level_than_its_rule_is_reported(part: str, says: str) -> None:
    findings, _ = linted({"a.md": f"{FRONT}### Services MUST: (SVC-1)\n\n- {part} (SVC-1a)\n- answer (SVC-1b)\n"})
    (finding,) = (f for f in findings if f.code == "CX302")
    assert finding.message == f"part `SVC-1a` says `{says}`, but is read as MUST, the level of its rule"


@pytest.mark.parametrize("inside", ["SVC-2, MUST", "MUST, SVC-2", "MUST | SVC-2", "SVC-2; SHOULD NOT"])
@pytest.mark.parametrize("mark", ["###", "-"])
def test_an_id_next_to_a_level_in_brackets_is_reported(inside: str, mark: str) -> None:
    findings, _ = linted({"a.md": f"{FRONT}{mark} Retry reads ({inside})\n"})
    assert [f.span.line for f in findings if f.code in ("CX033", "CX102")] == [FRONT.count("\n") + 1]


@pytest.mark.parametrize("first", ["Services MUST", "Services **MUST**", "Services MUST retry"])
def test_a_list_item_whose_id_is_in_its_next_paragraph_is_reported(first: str) -> None:
    findings, _ = linted({"a.md": f"{FRONT}- {first}\n\n  reads twice (SVC-2)\n"})
    (message,) = [f.message for f in findings if f.code == "CX101"]
    assert message == "list item says MUST, but its id `SVC-2` is in a separate block"


def test_levels_in_brackets_that_are_only_explained_are_no_rules() -> None:
    findings, _ = linted({"a.md": f"{FRONT}- Mandatory (MUST)\n- Recommended (SHOULD)\n"})
    assert not [f for f in findings if f.code in ("CX033", "CX101", "CX102")]
