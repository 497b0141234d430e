"""A rule with a default level is reported where the text around it forbids what it says."""

from dataclasses import replace

import pytest

from tests.skills_build.source.reading import HEAD, dialect, reading, shipped

ITEMS = '[[rule]]\nat = "list-item"\n[level]\ndefault = "SHOULD"\n'


def reported(text: str, by: str = ITEMS) -> list[str]:
    return [f.message for f in reading(f"# A\n\n{text}\n", dialect(by)).findings if f.code == "CX031"]


@pytest.mark.parametrize(
    "above",
    [
        "## Don't",
        "## Don\u2019ts",
        "### Do NOT",
        "## Do not do this",
        "## 10. Anti-Patterns",
        "## \u274c Avoid",
        "## Things to avoid",
        "## Never",
        "## **Forbidden**",
        "Never do the following:",
        "**Don't:**",
        "You must not:",
        "Agents should never:",
        "OTP services SHOULD NOT:",
        "Avoid using the following colours:",
        "Please do not commit:",
        "Don't retry on:",
        "\u274c Bad:",
        "Clients cannot use any of these, and never:",
    ],
)
def test_a_default_level_below_words_that_forbid_is_reported(above: str) -> None:
    assert len(reported(f"{above}\n\n- Push to main\n- Use `any`")) == 2
    assert reported(f"{above}\n\n- Never push to main\n- Do not use it\n- No pushes") == []


@pytest.mark.parametrize("sign", ["\u274c", "\U0001f6ab", "\u2717", "**\u274c**"])
def test_a_sign_that_forbids_is_reported(sign: str) -> None:
    assert len(reported(f"- {sign} Push to main")) == 1
    assert reported(f"- {sign} Do not push to main\n- \u2705 Run tests") == []


@pytest.mark.parametrize(
    "above",
    [
        "## Do",
        "## Avoid long functions",
        "## Don't repeat yourself",
        "Never trust user input:",
        "Do not merge unless:",
        "Don't forget to:",
        "Never skip the following:",
        "**Avoid Echoing Sensitive Data:**",
        "Don't just:",
        "Instead of what you must not do, do:",
        "Use the following:",
        "## Don't\n\nInstead, use:",
        "Do not start until the following is done:",
    ],
)
def test_other_headings_and_lines_forbid_nothing(above: str) -> None:
    assert reported(f"{above}\n\n- Push to main") == []


def test_names_with_what_to_do_about_them_are_no_demands() -> None:
    assert reported("## Anti-patterns\n\n- **Vague names**: Be specific.\n- **God class:** Split it.") == []


def test_headings_that_the_dialect_maps_and_levels_of_a_text_decide_themselves() -> None:
    mapped = f'{ITEMS}[level.headings]\n"^Don.t$" = "SHOULD NOT"\n'
    assert reported("## Don't\n\n- Push to main", mapped) == []
    assert reported("## Don't\n\n- Services MUST log", ITEMS) == []


def test_a_level_in_front_of_a_text_is_reported_in_our_own_format() -> None:
    text = (
        f"{HEAD}## Rules\n\nNever do the following:\n\n- SHOULD: push to main (SVC-1)\n- SHOULD NOT: commit (SVC-2)\n"
    )
    (finding,) = (f for f in reading(text).findings if f.code == "CX031")
    assert finding.message == "rule is read as SHOULD, but the line that introduces the rule says `Never`"


def levels_reported(text: str, by: str | None = None) -> list[str]:
    page = f"{HEAD}## Rules\n\n{text}\n"
    found = reading(page) if by is None else reading(page, dialect(by))
    return [f.message for f in found.findings if f.code == "CX031"]


@pytest.mark.parametrize(
    "front",
    ["\u274c ", "\U0001f6ab ", "Don't: ", "Anti-pattern: ", "**Myth:** ", "Wrong: ", "Never: ", "It is false that "],
)
@pytest.mark.parametrize("form", ["- {}services {} retry (SVC-1)", "### {}services {} retry (SVC-1)"])
def test_a_level_behind_words_that_forbid_is_reported(front: str, form: str) -> None:
    assert len(levels_reported(form.format(front, "MUST"))) == 1
    assert levels_reported(form.format(front, "MUST NOT")) == []


@pytest.mark.parametrize("front", ["\u2705 ", "Do: ", "Avoid retries: ", "Bad requests: ", "Wrong answers ", "Note: "])
def test_other_words_in_front_of_a_level_forbid_nothing(front: str) -> None:
    assert levels_reported(f"- {front}services MUST retry (SVC-1)") == []


@pytest.mark.parametrize(
    "above",
    [
        "## Bad practices",
        "Avoid the following:",
        "Never do this:",
        "### Don't",
        "## Code smells",
        "## Non-goals",
        "## Common misconceptions",
        "## Examples of bad rules",
        "Counterexamples:",
        "The following are not allowed:",
        "These practices are forbidden:",
        "The following rules no longer apply:",
        "Common mistakes:",
    ],
)
def test_a_level_below_words_that_forbid_is_reported_in_our_own_format(above: str) -> None:
    assert len(levels_reported(f"{above}\n\n- Services SHOULD log keys (SVC-1)")) == 1
    assert levels_reported(f"{above}\n\n- Services SHOULD NOT log keys (SVC-1)") == []
    assert reported(f"{above}\n\n- Services SHOULD log keys") == []


@pytest.mark.parametrize(
    "above",
    [
        "## Goals",
        "## How to find code smells",
        "## Examples of bad rules and how to fix them",
        "Exceptions are not allowed for the following rules:",
        "Where the following are not allowed by law, these apply:",
        "The following are allowed:",
        "To find mistakes:",
    ],
)
def test_words_that_forbid_something_else_leave_the_rule_below_as_it_is(above: str) -> None:
    assert levels_reported(f"{above}\n\n- Services SHOULD log keys (SVC-1)") == []


@pytest.mark.parametrize("name", ["agents-md", "cursor-rules", "copilot-instructions"])
def test_instructions_below_do_not_are_reported(name: str) -> None:
    by = shipped(name)
    by = replace(by, level=replace(by.level, default="MUST"))
    findings = reading("# A\n\n## Do Not\n\n- Use `require()`\n", by, path="AGENTS.md").findings
    assert [f.message for f in findings if f.code == "CX031"] == [
        "rule is read as MUST, but the heading above the rule says `Do Not`"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Nothing in it should be public",
        "Nobody must log in",
        "Under no circumstances should it run",
        "No client must wait",
    ],
)
def test_a_negative_subject_is_found_in_the_letters_of_a_dialect(text: str) -> None:
    by = '[[rule]]\nat = "list-item"\nmatch = "(?P<level>must|should)"\n[level.map]\nmust = "MUST"\nshould = "SHOULD"\n'
    (message,) = reported(f"- {text}", by)
    assert "has a negative subject, so it forbids something" in message


def test_a_heading_that_is_a_rule_is_forbidden_by_the_one_above_it() -> None:
    by = '[[rule]]\nat = "heading"\ndepth = 3\n[level]\ndefault = "SHOULD"\n'
    assert len(reported("## Don't\n\n### Use var\n\nText.\n\n### Never push\n\n## Do\n\n### Use const", by)) == 1


SIGN = "\u274c"


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("## Don't\n\n- Services MUST retry (SVC-1)", "write `MUST NOT` or `SHOULD NOT`, or rephrase the heading"),
        (f"## {SIGN} Marked, as it begins\n\n- Services MUST retry (SVC-1)", "rephrase the heading"),
        (
            f"## {SIGN} What is marked\n\n- MUST: services retry (SVC-1)",
            "give the rule the level MUST NOT or SHOULD NOT",
        ),
        ("Never do these:\n\n- Services MUST retry (SVC-1)", "rephrase that line"),
        (f"- {SIGN} services MUST retry (SVC-1)", "remove the sign"),
        ("- Wrong: services MUST retry (SVC-1)", "rephrase those words"),
    ],
)
def test_the_help_follows_from_what_forbids_a_rule_and_not_from_its_words(text: str, help_: str) -> None:
    (finding,) = (f for f in reading(f"{HEAD}## Rules\n\n{text}\n").findings if f.code == "CX031")
    assert finding.help is not None
    assert finding.help.endswith(help_)


def test_a_heading_with_a_sign_is_mapped_in_the_dialect_whatever_it_says() -> None:
    text = f"{HEAD}## {SIGN} What is marked\n\n- Retry every call\n"
    (finding,) = (f for f in reading(text, dialect(ITEMS)).findings if f.code == "CX031")
    assert finding.help == "begin the text with `Do not`, or map the heading in `[level.headings]` of the dialect"


@pytest.mark.parametrize("code", [":x:", ":no_entry:", ":no_entry_sign:", ":-1:", ":thumbsdown:"])
def test_the_code_of_a_sign_is_read_as_the_sign(code: str) -> None:
    text = f"{HEAD}## Rules\n\n- {code} services MUST retry (SVC-1)\n"
    (finding,) = (f for f in reading(text).findings if f.code == "CX031")
    assert code in finding.message


@pytest.mark.parametrize("code", [":heavy_check_mark:", ":warning:", ":+1:"])
def test_the_codes_of_other_signs_forbid_nothing(code: str) -> None:
    text = f"{HEAD}## Rules\n\n- {code} services MUST retry (SVC-1)\n"
    assert not [f for f in reading(text).findings if f.code == "CX031"]
