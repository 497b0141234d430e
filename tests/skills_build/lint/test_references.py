"""Ids in prose, in priority and in replacements lead to rules, and dates of the past are in the past."""

import pytest

from skills_build.diagnostics import Finding
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.model.codex import LockedId
from skills_build.model.config import LintSettings
from tests.support.linting import FRONT, RULE, linted

OTHER = (FRONT + RULE).replace("SVC", "API-NET").replace("Services", "Interfaces")


def found(text: str, *codes: str, locked: tuple[LockedId, ...] = (), front: str = FRONT) -> list[Finding]:
    findings, standards = linted({"a.md": front + text, "b.md": OTHER}, locked=locked)
    kept = [d.finding for d in to_diagnostics(findings, LintSettings(), standards)]
    return [finding for finding in kept if finding.code in codes]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Follow SVC-99 first.\n\n" + RULE, "SVC-99"),
        (RULE + "**See:** SVC-12\n", "SVC-12"),
        (RULE + "**See:** Y-3\n", "Y-3"),
        (RULE + "**See:** API-NET-1, Y-3b and SVC-1\n", "Y-3b"),
        (RULE + "## Withdrawn\n\n### It MAY wait (SVC-2)\n\n**Withdrawn:** 2026-08. **Use instead:** Y-3\n", "Y-3"),
        (RULE + "**Except:** as API-NET-7 says.\n", "API-NET-7"),
        (RULE + "\n- a list names SVC-3a\n", "SVC-3a"),
        (RULE + "\n> a quote names SVC-2, too\n", "SVC-2"),
        (RULE + "\n| see | SVC-5 |\n| --- | --- |\n| a | b |\n", "SVC-5"),
        (RULE + "## Withdrawn\n\n### It MAY wait (SVC-2)\n\n**Withdrawn:** 2026-08. **Use instead:** SVC-8\n", "SVC-8"),
    ],
)
def test_an_id_of_this_codex_that_no_rule_has_is_a_finding(text: str, missing: str) -> None:
    (finding,) = found(text, "CX042")
    assert finding.message == f"no rule has the id `{missing}`"
    line = (FRONT + text).split("\n")[finding.span.line - 1]
    assert line[finding.span.column - 1 : finding.span.end_column - 1] == missing


@pytest.mark.parametrize(
    "text",
    [
        "See SVC-1 and API-NET-1.\n\n",
        "Text is UTF-8, a digest is SHA-256, errors are RFC-9457.\n\n",
        "In code, `SVC-99` is a name.\n\n",
        "```text\nSVC-99\n```\n\n",
        "[the board](https://example.com/SVC-99) has more.\n\n",
        "Version SVC-99.2 and file a/SVC-99 and XSVC-99.\n\n",
    ],
)
def test_ids_that_exist_and_other_names_are_no_findings(text: str) -> None:
    assert found(text + RULE, "CX042") == []


def test_an_id_that_the_lock_has_is_not_unknown() -> None:
    gone = LockedId(id="SVC-9", slug="x", file="a.md", title="Something else entirely")
    assert found(RULE + "**See:** SVC-9\n", "CX042", locked=(gone,)) == []
    assert len(found(RULE + "**See:** SVC-9\n", "CX114", locked=(gone,))) == 1


def test_a_mark_that_is_no_rule_is_reported_once_and_not_as_an_unknown_id() -> None:
    text = RULE + "\n### Services are fast (SVC-2)\n"
    assert [f.code for f in found(text, "CX020", "CX042")] == ["CX020"]


def test_an_id_in_priority_must_be_that_of_a_rule(tmp_path: object) -> None:
    front = FRONT.replace("status: approved\n", "status: approved\npriority: [SVC-1, SVC-7, NO-1]\n")
    messages = [f.message for f in found(RULE, "CX042", front=front)]
    assert messages == [
        "`priority`: no rule has the id `SVC-7`",
        "`priority`: no rule has the id `NO-1`",
    ]


def test_an_id_that_priority_lists_twice_is_reported_once() -> None:
    front = FRONT.replace("status: approved\n", "status: approved\npriority: [SVC-1, SVC-1]\n")
    assert [f.message for f in found(RULE, "CX042", front=front)] == ["`priority`: `SVC-1` is listed twice"]


@pytest.mark.parametrize("see", ["SVC-1", "`SVC-1`.", "(SVC-1)"])
def test_a_rule_that_refers_to_itself_is_reported(see: str) -> None:
    messages = [f.message for f in found(RULE + f"**See:** {see}\n", "CX042")]
    assert "`SVC-1` refers to itself" in messages


@pytest.mark.parametrize("see", ["the rules below SVC-1 in the list", "SVC-1a", "SVC-1, API-NET-1"])
def test_a_sentence_with_the_own_id_is_no_reference_to_itself(see: str) -> None:
    assert "`SVC-1` refers to itself" not in [f.message for f in found(RULE + f"**See:** {see}\n", "CX042")]


def withdrawn(number: int, instead: str) -> str:
    return f"### It MAY wait {number} (SVC-{number})\n\n**Withdrawn:** 2026-08. **Use instead:** {instead}\n\n"


@pytest.mark.parametrize(
    ("pairs", "helps"),
    [
        ({2: "SVC-1"}, []),
        ({2: "the new library"}, []),
        ({2: "SVC-3", 3: "SVC-1"}, ["write `SVC-1`"]),
        ({2: "SVC-3", 3: "SVC-4", 4: "SVC-1"}, ["write `SVC-1`", "write `SVC-1`"]),
        ({2: "SVC-2"}, ["use the id of a rule that is in force, or remove `Use instead`"]),
        ({2: "SVC-3", 3: "SVC-2"}, ["use the id of a rule that is in force, or remove `Use instead`"] * 2),
        ({2: "SVC-3", 3: "nothing"}, ["use the id of a rule that is in force, or remove `Use instead`"]),
    ],
)
def test_a_replacement_leads_to_a_rule_in_force(pairs: dict[int, str], helps: list[str]) -> None:
    text = RULE + "\n## Withdrawn\n\n" + "".join(withdrawn(number, instead) for number, instead in pairs.items())
    assert [f.help for f in found(text, "CX043")] == helps


@pytest.mark.parametrize(
    ("see", "instead", "helps"),
    [
        ("SVC-2", "SVC-3", ["write `SVC-3`"]),
        ("SVC-3, SVC-2", "nothing", ["use the id of a rule that is in force, or remove the id"]),
        ("SVC-2", "SVC-1", []),
        ("SVC-3", "SVC-1", []),
    ],
)
def test_a_rule_does_not_refer_to_a_withdrawn_one_unless_it_replaces_it(
    see: str, instead: str, helps: list[str]
) -> None:
    other = "\n### Services MUST log (SVC-3)\n\n**Why:** it helps.\n"
    withdrawn = f"\n### It MAY wait (SVC-2)\n\n**Withdrawn:** 2026-03. **Use instead:** {instead}\n"
    assert [f.help for f in found(f"{RULE}**See:** {see}\n{other}{withdrawn}", "CX043")] == helps


@pytest.mark.parametrize(
    ("reviewed", "count"),
    [("2026-11-23", 0), ("2026-11-24", 0), ("2026-11-25", 1), ("2062-05-10", 1), ("2020-01-01", 0)],
)
def test_a_review_is_not_in_the_future(reviewed: str, count: int) -> None:
    front = FRONT.replace("status: approved\n", f"status: approved\nreviewed: {reviewed}\n")
    assert len(found(RULE, "CX048", front=front)) == count


@pytest.mark.parametrize(("day", "count"), [("2026-11", 0), ("2026-11-23", 0), ("2026-12", 1), ("2027-01-01", 1)])
def test_a_withdrawal_is_not_in_the_future(day: str, count: int) -> None:
    text = RULE + f"\n## Withdrawn\n\n### It MAY wait (SVC-2)\n\n**Withdrawn:** {day}.\n"
    assert len(found(text, "CX048")) == count


def test_selected_by_names_rules_of_its_standard() -> None:
    front = FRONT.replace("status: approved", "status: approved\nselected_by:\n  SVC-1: '`a`'\n  SVC-9: '`a`'")
    messages = [f.message for f in found(RULE, "CX042", front=front)]
    assert messages == ["`selected_by`: `SVC` has no rule with the id `SVC-9`"]


@pytest.mark.parametrize("spelled", ["svc-1", "SVC1", "Svc 1", "api-net-1"])
def test_an_id_in_another_spelling_is_reported_with_the_id(spelled: str) -> None:
    (finding,) = found(f"{RULE}**See:** {spelled}\n", "CX042")
    assert finding.help in ("write `SVC-1`", "write `API-NET-1`")


@pytest.mark.parametrize("written", ["SVC\u20131", "SVC\u20141", "SVC\u22121", "SVC_1"])
def test_an_id_with_another_separator_is_reported_in_prose(written: str) -> None:
    (finding,) = found(f"{RULE}\nAs {written} says, wait.\n", "CX042")
    assert (finding.message, finding.help) == (f"`{written}` is not read as an id", "write `SVC-1`")
    assert len(found(f"{RULE}**See:** {written}\n", "CX042")) == 1
    assert found(f"{RULE}\nAs `{written}` and SVC_99 and UTF\u20138 say.\n", "CX042") == []


@pytest.mark.parametrize("text", ["SVC-1, RFC 9110", "`svc-1`", "[svc-1](https://a.example)", "the page on Y-3 and X9"])
def test_what_is_no_spelling_of_an_id_is_no_finding(text: str) -> None:
    assert found(f"{RULE}**See:** {text}\n", "CX042") == []


def test_a_draft_replaces_no_rule() -> None:
    text = (
        f"{RULE}\n### Services MUST log (SVC-2)\n\n**Status:** draft\n\n**Why:** it helps.\n"
        "\n### Services MUST nod (SVC-3)\n\n**Withdrawn:** 2026-03. **Use instead:** SVC-2\n"
    )
    (finding,) = found(text, "CX043")
    assert finding.message == "`SVC-3` is replaced by `SVC-2`, which is a draft, so it is not in the output"
    assert found(text.replace("**Status:** draft\n\n", ""), "CX043") == []


def test_a_rule_in_force_is_not_replaced_by_itself() -> None:
    assert len(found(f"{RULE}**Use instead:** SVC-1\n", "CX043")) == 1


@pytest.mark.parametrize(
    ("see", "help_"),
    [
        ("`SVC-9`", "write the id of a rule in `SVC`, without backticks"),
        ("rule svc-9.", "write the id of a rule in `SVC`, without backticks"),
        (
            "API-NTE-1",
            "did you mean `API-NET-1`? no standard has the id `API-NTE`: if the rule is in another document, link to it",
        ),
        ("API-1", "no standard has the id `API`: if the rule is in another document, link to it"),
    ],
)
def test_an_item_of_see_that_is_only_an_id_is_one(see: str, help_: str) -> None:
    assert [f.help for f in found(f"{RULE}**See:** {see}\n", "CX042")] == [help_]


def test_front_matter_that_cannot_be_read_makes_no_id_unknown() -> None:
    broken = FRONT.replace("status: approved", "status: [approved")
    assert found(f"{RULE}**See:** OPS-2\n", "CX042", front=broken) == []
    assert len(found(f"{RULE}**See:** OPS-2\n", "CX042")) == 1


@pytest.mark.parametrize(
    "see",
    [
        *("RFC-2119", "CWE-79, API-NET-1", "[OPS-3](https://example.com)", "the ticket OPS-3", "utf-8", "SHA-256"),
        *("https://example.com/OPS-3", "API-NET-1 and `SVC-1`", "page 12 of OPS-3 and others"),
    ],
)
def test_other_words_in_see_are_no_ids_of_rules(see: str) -> None:
    assert found(f"{RULE}**See:** {see}\n", "CX042") == []


@pytest.mark.parametrize(
    "link",
    ["[x](c\\_d.md)", "![x](c\\_d.md)", "[x](c&#95;d.md)", "[x](<c\\_d.md>)", "[x](c\\_d.md 'y')", "[x](#an\\_anchor)"],
)
def test_escapes_and_entities_in_the_target_of_a_link_are_read(link: str) -> None:
    text = f'{FRONT}<a id="an_anchor"></a>\n\nSee {link}.\n\n{RULE}'
    findings, _ = linted({"a.md": text}, names=("c_d.md",))
    assert [finding for finding in findings if finding.code in ("CX401", "CX403")] == []


@pytest.mark.parametrize("target", ["javascript\\:alert(1)", "java&#115;cript:alert(1)", "javascript&colon;alert(1)"])
def test_an_escaped_scheme_of_a_link_is_found(target: str) -> None:
    (finding,) = found(f"[x]({target})\n\n{RULE}", "CX611", "CX401")
    assert finding.code == "CX611"


def test_what_is_no_entity_in_the_target_of_a_link_stays() -> None:
    _, (one,) = linted({"a.md": f"{FRONT}[x](https://example.com/?a=1&copy=2&amp;c=3)\n\n{RULE}"})
    assert [link.goal for link in one.links] == ["https://example.com/?a=1&copy=2&c=3"]


def entry(id_: str, title: str) -> LockedId:
    return LockedId(id=id_, slug=id_.lower(), file="a.md", title=title)


@pytest.mark.parametrize(
    ("second", "ids"),
    [
        ("Services MUST log", ["SVC-1", "SVC-2"]),  # swapped
        ("Services MUST wait", ["SVC-1"]),  # one was reworded too
        ("Services MUST answer in time", []),  # a copy: CX308
    ],
)
def test_swapped_ids_are_reported(second: str, ids: list[str]) -> None:
    locked = (entry("SVC-1", "Services MUST log"), entry("SVC-2", "Services MUST answer in time"))
    text = f"{RULE}\n### {second} (SVC-2)\n\n**Why:** it helps.\n"
    assert [f.message.split("`")[1] for f in found(text, "CX119", locked=locked)] == ids


@pytest.mark.parametrize(
    ("text", "written", "ids"),
    [
        ("As svc-1 says", "svc-1", "`SVC-1`"),
        ("See Svc-1", "Svc-1", "`SVC-1`"),
        ("**api-net-1** holds", "api-net-1", "`API-NET-1`"),
        ("See SVC1", "SVC1", "`SVC-1`"),
        ("This violates rule svc 1 again", "svc 1", "`SVC-1`"),
        ("Here SVC1 requires it", "SVC1", "`SVC-1`"),
        ("SVC-1..SVC-3 hold", "SVC-1..SVC-3", "`SVC-1`, `SVC-2`, `SVC-3`"),
        ("SVC-1-SVC-2 hold", "SVC-1-SVC-2", "`SVC-1`, `SVC-2`"),
        ("SVC-1-3 hold", "SVC-1-3", "`SVC-1`, `SVC-2`, `SVC-3`"),
        ("SVC-1\u20133 hold", "SVC-1\u20133", "`SVC-1`, `SVC-2`, `SVC-3`"),
        ("SVC-1/3 hold", "SVC-1/3", "`SVC-1`, `SVC-3`"),
        ("SVC-1/API-NET-1 hold", "SVC-1/API-NET-1", "`SVC-1`, `API-NET-1`"),
    ],
)
def test_ids_in_another_spelling_and_several_ids_in_one_are_reported(text: str, written: str, ids: str) -> None:
    more = "".join(f"### Services MUST do {n} things (SVC-{n})\n\n**Why:** it is {n}.\n\n" for n in (2, 3))
    (finding,) = found(f"{text}.\n\n{RULE}\n{more}", "CX042")
    assert f"`{written}` is not read as" in finding.message
    assert finding.help == f"write {ids}"


def test_the_end_of_a_range_that_no_rule_has_is_reported() -> None:
    assert [f.message for f in found("SVC-1..SVC-9 hold.\n\n" + RULE, "CX042")] == ["no rule has the id `SVC-9`"]


@pytest.mark.parametrize(
    "text",
    [
        "The cluster runs SVC1.",
        "The host svc-1.example.com is down.",
        "Its path is a/svc-1/b and its address x@svc-1.",
        "In code, `svc-1` is a name.",
        "The host svc-200 is down.",
        "From SVC-1, API-NET-1 follows.",
        "Text is utf-8.",
    ],
)
def test_names_that_only_resemble_an_id_are_no_findings(text: str) -> None:
    assert found(f"{text}\n\n{RULE}", "CX042") == []


@pytest.mark.parametrize("text", ["see above", "below", "the previous rule", "rule 3", "the one above."])
def test_a_see_that_points_to_a_place_is_reported(text: str) -> None:
    (finding,) = found(f"{RULE}**See:** {text}\n", "CX042")
    assert "names no rule" in finding.message


WITHDRAWN = "\n## Withdrawn\n\n### It MAY wait (SVC-2)\n\n**Withdrawn:** 2026-08. **Use instead:** SVC-1\n"


@pytest.mark.parametrize("text", ["Follow SVC-2.\n\n" + RULE, RULE + "**Except:** what SVC-2 covers.\n"])
def test_a_withdrawn_rule_in_prose_is_reported_with_its_successor(text: str) -> None:
    (finding,) = found(text + WITHDRAWN, "CX043")
    assert finding.message == "`SVC-2` is mentioned, but it is withdrawn"
    assert "write `SVC-1`" in str(finding.help)


@pytest.mark.parametrize(
    "text",
    [
        "SVC-2 was withdrawn.\n\n" + RULE,
        RULE + "It replaces SVC-2.\n",
        RULE + "**See:** SVC-2\n",
        "In code, `SVC-2`.\n\n" + RULE,
    ],
)
def test_a_text_that_says_that_a_rule_is_withdrawn_is_no_finding(text: str) -> None:
    assert found(text + WITHDRAWN, "CX043") == []


@pytest.mark.parametrize("target", ["SVC-1", "svc-1", "SVC-1.md", "#svc-1", "#SVC-1"])
def test_a_link_to_an_id_says_how_a_rule_is_cited(target: str) -> None:
    (finding,) = found(f"As [it]({target}) says.\n\n{RULE}", "CX401", "CX403")
    assert finding.help == "write `SVC-1` without a link: a rule is cited by its id"


def test_a_rule_of_another_standard_in_priority_is_reported() -> None:
    front = FRONT.replace("status: approved\n", "status: approved\npriority: [SVC-1, API-NET-1]\n")
    (finding,) = found(RULE, "CX042", front=front)
    assert finding.message == "`priority`: `API-NET-1` is a rule of another standard, so it has no effect here"


@pytest.mark.parametrize(("day", "count"), [("1990-01-01", 1), ("1999-12-31", 1), ("2000-01-01", 0), ("2026-11-01", 0)])
def test_a_review_before_2000_is_reported_without_an_interval(day: str, count: int) -> None:
    front = FRONT.replace("status: approved\n", f"status: approved\nreviewed: {day}\n")
    assert len(found(RULE, "CX107", front=front)) == count
