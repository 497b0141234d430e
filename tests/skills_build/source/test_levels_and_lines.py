"""A rule and the line above it must not have levels that contradict each other."""

import pytest

from tests.skills_build.source.reading import HEAD, reading


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
    assert [f.code for f in reading(text).findings if f.code != "CX302"] == code


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
    ("lead", "rules", "code"),
    [
        ("Services MUST:", "- Services MUST log (SVC-1)\n", []),
        ("Services SHOULD:", TABLE, []),
        ("Services MUST do the following:", "- Services MUST log (SVC-1)\n", []),
        ("Services MUST send these headers:", "- `Id` SHOULD be a UUID (SVC-1)\n", ["CX302"]),
        ("Services MUST follow these rules:", "- Logs SHOULD be JSON (SVC-1)\n", ["CX302"]),
        ("These rules MUST be followed:", "- Services SHOULD log (SVC-1)\n", ["CX302"]),
        ("Services that MUST be audited:", "- Services SHOULD log (SVC-1)\n", ["CX302"]),
        ("What you MUST know, in short:", "- Services SHOULD log (SVC-1)\n", ["CX302"]),
    ],
)
def test_a_line_that_says_something_else_with_another_level_is_only_a_warning(
    lead: str, rules: str, code: list[str]
) -> None:
    assert [f.code for f in reading(f"{HEAD}{lead}\n\n{rules}").findings] == code
