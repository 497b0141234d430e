"""What hides a rule or its status is reported: comments, tags, cut values, titles, other suffixes, parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.workflow.unread_files import rules_in_readme, unread_files, unread_texts
from skills_build.source.configuration import load_config
from tests.skills_build.source.reading import schema
from tests.support.linting import FRONT, RULE, linted


def codes(text: str) -> list[tuple[str, int]]:
    findings, _ = linted({"a.md": text})
    return [(finding.code, finding.span.line) for finding in findings if finding.code in ("CX056", "CX057", "CX058")]


LINES = FRONT.count("\n") + RULE.count("\n")


@pytest.mark.parametrize(
    "opened",
    [
        "<!--",
        "<!-- to do",
        "<pre>",
        "<script>",
        "<style>",
        "<textarea>",
        "<?php",
        "<![CDATA[",
        "<!DOCTYPE x",
        "<PRE class='a'>",
    ],
)
def test_html_that_is_not_closed_is_an_error_at_its_first_line(opened: str) -> None:
    hidden = "\n\n## Services MUST log (SVC-9)\n\nText.\n"
    assert codes(FRONT + RULE + "\n" + opened + hidden) == [("CX058", LINES + 2)]


def test_a_comment_that_the_next_one_closes_is_an_error() -> None:
    text = f"{FRONT}{RULE}\n<!-- one\n\n## Services MUST log (SVC-9)\n\n<!-- two -->\n"
    assert codes(text) == [("CX058", LINES + 2)]


@pytest.mark.parametrize(
    "html",
    [
        "<!-- one\n\ntwo -->",
        "<!-- one --> <!-- two -->",
        "<pre>\n\nx\n</pre>",
        "<div>\n\ntext\n",
        "`<!--` is code",
        "<!-- one -->\n\n<!-- two -->",
    ],
)
def test_html_that_is_closed_or_ends_at_an_empty_line_is_no_finding(html: str) -> None:
    assert codes(f"{FRONT}{RULE}\n{html}\n") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "Services #1"),
        ("title", "C # and C++"),
        ("owner", "team #4"),
        ("owner", "#team"),
        ("source", "https://example.com/a #b"),
        ("skill", "services #b"),
        ("applies_to", "\n  when: it is issue #4 or later"),
    ],
)
def test_a_value_that_a_comment_cuts_is_reported_with_the_value_in_quotes(key: str, value: str) -> None:
    lines = [line for line in FRONT.splitlines() if not line.startswith(f"{key}:")]
    text = "\n".join([lines[0], f"{key}: {value}", *lines[1:]]) + "\n" + RULE
    findings = [f for f in linted({"a.md": text})[0] if f.code == "CX056"]
    assert [f.span.line for f in findings] == [3 if "\n" in value else 2]
    assert f'"{value.split("when: ")[-1].strip()}"' in str(findings[0].help)


@pytest.mark.parametrize(
    "line",
    [
        'owner: "team #4"',
        "owner: 'team #4'",
        "owner: team#4",
        "reviewed: 2026-01-01 # by the team",
        "skill: services  # codexc: allow name-too-long: it is known",
        "# owner: #4",
        "source: https://example.com/a#b",
    ],
)
def test_other_comments_and_values_in_quotes_are_no_finding(line: str) -> None:
    assert codes(FRONT.replace("---\n", f"---\n{line}\n", 1) + RULE) == []


def test_a_cut_value_of_the_configuration_is_reported() -> None:
    text = "namespace: acme\ntitle: Acme #1\ndomains:\n  services: {title: S}\n  api:\n    title: APIs # of all\n"
    _, _, findings = load_config(text, path="codex.yaml", schema=schema("codex"))
    assert [(f.code, f.span.line) for f in findings] == [("CX056", 2), ("CX056", 6)]


SAID = (
    "[WITHDRAWN]",
    "(Draft)",
    "[draft]",
    "(deprecated since May)",
    "(do not use)",
    "{Obsolete}",
    "[Status: draft]",
    "- DRAFT",
    "\u2013 withdrawn",
    "DEPRECATED",
)


@pytest.mark.parametrize("said", [*SAID, "DRAFT"])
@pytest.mark.parametrize("place", ["title", "section", "rule"])
def test_a_title_that_says_a_status_while_its_rules_are_in_force_is_an_error(said: str, place: str) -> None:
    section = FRONT.count("\n") + 1
    if place == "title":
        text = FRONT.replace("Services\n", f"Services {said}\n") + RULE
        assert codes(text) == [("CX057", FRONT[: FRONT.index("# Services")].count("\n") + 1)]
    elif place == "section":
        text = f"{FRONT}## More {said}\n\n{RULE.replace('## ', '### ', 1)}"
        assert codes(text) == [("CX057", section)]
    elif said[0] in "[({":
        assert codes(FRONT + RULE.replace("Services MUST", f"{said} Services MUST")) == [("CX057", section)]
        assert codes(FRONT + RULE.replace(" (SVC-1)", f" {said} (SVC-1)")) == [("CX057", section)]


@pytest.mark.parametrize("status", ["draft", "deprecated", "withdrawn"])
def test_a_title_that_says_the_status_of_its_rules_is_no_finding(status: str) -> None:
    front = FRONT.replace("Services\n", f"Services ({status})\n").replace("status: approved", f"status: {status}")
    assert codes(front + RULE) == []


@pytest.mark.parametrize(
    "title",
    [
        "Drafting services",
        "Deprecated interfaces",
        "Withdrawn rules",
        "Obsolete data",
        "Proposal templates",
        "Services (REST)",
    ],
)
def test_a_title_about_a_status_is_no_finding(title: str) -> None:
    assert codes(FRONT.replace("Services\n", f"{title}\n") + RULE) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Deprecated endpoints MUST be marked as DEPRECATED",
        "Old APIs MUST carry the label [DEPRECATED]",
        "Drafts MUST be reviewed",
        "Requests MUST be in the state `(draft)` or later",
    ],
)
def test_a_rule_about_a_status_is_no_finding(sentence: str) -> None:
    assert codes(f"{FRONT}## {sentence} (SVC-1)\n\n**Why:** it is.\n") == []


def test_two_parts_with_one_id_are_an_error() -> None:
    text = f"{FRONT}## Services MUST: (SVC-1)\n\n- log (SVC-1a)\n- sign (SVC-1a)\n- seal (SVC-1b)\n"
    (finding,) = (f for f in linted({"a.md": text})[0] if f.code == "CX103")
    assert (finding.span.line, finding.help) == (FRONT.count("\n") + 4, "use the next free letter, `SVC-1c`")


HEADING = "# Services\n\n## Services MUST log (SVC-2)\n"


@pytest.mark.parametrize(
    ("name", "text", "help_"),
    [
        ("a.txt", HEADING, "rename it to `a.md`"),
        ("a.md.txt", HEADING, "rename it to `a.md`"),
        ("a.mdown", HEADING, "rename it to `a.md`"),
        ("a.MD", HEADING, "rename it to `a.md`"),
        ("a", "- Services MUST log (SVC-2)\n", "rename it to `a.md`"),
        ("a.md.bak", HEADING, "rename it to `a.md`"),
        ("a.adoc", "= Services\n\n== Services MUST log (SVC-2)\n", "convert the file to Markdown, and name it `a.md`"),
        (
            "a.rst",
            "Services MUST log (SVC-2)\n=========================\n",
            "convert the file to Markdown, and name it `a.md`",
        ),
        ("a.txt", "---\nid: SVC\n---\n\nServices MUST log (SVC-2)\n", "rename it to `a.md`"),
        ("a.html", "<ul><li>Services MUST log (SVC-2)</li></ul>\n", "convert the file to Markdown, and name it `a.md`"),
    ],
)
def test_a_file_with_rules_and_another_suffix_is_reported(name: str, text: str, help_: str) -> None:
    findings = list(
        unread_files(dict(unread_texts([name], lambda path: path.endswith(".md"), lambda _: text.encode())))
    )
    assert [(f.path, f.help) for f in findings] == [(name, help_)]


@pytest.mark.parametrize(
    "text", ["Services MUST log (SVC-2), we said.\n", "As in Services MUST log (SVC-2)\n", "- log (SVC-2)\n", ""]
)
def test_other_texts_are_no_finding(text: str) -> None:
    files = dict(unread_texts(["notes.txt"], lambda path: path.endswith(".md"), lambda _: text.encode()))
    assert list(unread_files(files)) == []


def test_the_rendered_page_of_a_standard_is_no_finding() -> None:
    page = b"<h2>Services MUST log (SVC-2)</h2>"
    assert list(unread_texts(["a.html"], lambda path: path.endswith(".md"), lambda _: page))
    assert not list(unread_texts(["a.html", "a.md"], lambda path: path.endswith(".md"), lambda _: page))


@given(st.text(alphabet="ab #:\"'-[]{}\n", max_size=40))
def test_any_value_is_read_without_a_fault(value: str) -> None:
    linted({"a.md": FRONT.replace("title: Services", f"title: {value}") + RULE})


@pytest.mark.parametrize("title", ["Draft ideas", "Withdrawn rules", "Deprecated", "Proposed", "Drafts", "**Retired**"])
def test_a_section_for_rules_of_a_status_is_an_error_while_they_are_in_force(title: str) -> None:
    assert codes(f"{FRONT}## {title}\n\n{RULE.replace('## ', '### ', 1)}") == [("CX057", FRONT.count("\n") + 1)]


@pytest.mark.parametrize(
    "title", ["Deprecated interfaces", "Draft releases", "Withdrawing rules", "Status", "Rejections"]
)
def test_a_section_about_a_status_is_no_finding(title: str) -> None:
    assert codes(f"{FRONT}## {title}\n\n{RULE.replace('## ', '### ', 1)}") == []


SAYS = (
    "**Draft.** It is not agreed.",
    "**Deprecated!** Do not copy it.",
    "**Draft** – not agreed yet.",
    "Status — draft",
    "State -> draft",
    "Status\n: Draft",
    "**Draft**",
    "*(draft)*",
    "DRAFT",
    "[Deprecated]",
    "This rule is a draft.",
    "It is new. This rule is still only proposed.",
    "The requirement has been withdrawn since May.",
    "DEPRECATED since 2026: use the other one.",
    "Superseded by the manual of the platform.",
    "WITHDRAWN (2026-03-01)",
    "| Status | draft |\n| --- | --- |",
    "| Fact | Value |\n| --- | --- |\n| Status | **draft** |",
    "| Owner | Status |\n| --- | --- |\n| us | draft |",
)


@pytest.mark.parametrize("text", SAYS)
def test_a_text_below_a_rule_that_says_a_status_is_an_error(text: str) -> None:
    line = f"{FRONT}{RULE}".count("\n") + 2
    found = codes(f"{FRONT}{RULE}\n{text}\n")
    assert [(code, at) for code, at in found] == [("CX057", line)]
    assert codes(f"{FRONT}{RULE}\n{text}\n\n**Status:** draft\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "A status is one of these:\n\n- draft\n- withdrawn",
        "A draft is not in force.",
        "This rule is deprecated-code only.",
        "This rule is proposed to all new teams.",
        "| Status | Meaning |\n| --- | --- |\n| draft | not agreed |\n| withdrawn | gone |",
        "`draft`",
        "> Whoever drafts it owns it.",
        "**Deprecated** calls have a date.",
        "Deprecated endpoints by version, since May.",
        "DRAFT documents are not in force.",
        "Withdrawn consent is recorded.",
        "Status codes - draft them first.",
        "| If you need | Use | Level | Id | Status |\n|---|---|---|---|---|\n| a log | it | MAY | SVC-2 | draft |",
        "| Id | Use | If you need | Level | Status |\n|---|---|---|---|---|\n| SVC-2 | it | a log | MAY | draft |",
    ],
)
def test_a_text_about_a_status_is_no_finding(text: str) -> None:
    assert codes(f"{FRONT}{RULE}\n{text}\n") == []


def test_an_introduction_that_says_a_status_is_an_error_while_rules_below_are_in_force() -> None:
    assert codes(f"{FRONT}This standard is a draft.\n\n{RULE}") == [("CX057", FRONT.count("\n") + 1)]
    assert codes(f"{FRONT.replace('approved', 'draft')}This standard is a draft.\n\n{RULE}") == []


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("**Withdrawn:** 2026-13", [("CX108", "`SVC-2` was withdrawn on `2026-13`, which is not a date")]),
        ("**Applies to:** technologies: Dockr", [("CX115", "`Dockr` is not one of the supported technologies")]),
    ],
)
def test_a_wrong_value_has_one_finding_at_its_place(label: str, expected: list[tuple[str, str]]) -> None:
    text = f"{FRONT}{RULE}\n### Logs SHOULD be kept (SVC-2)\n\n{label}\n"
    findings, _ = linted({"a.md": text})
    found = [f for f in findings if f.code in ("CX046", "CX048", "CX108", "CX115")]
    assert [(f.code, f.message) for f in found] == expected
    assert found[0].span.column == label.rindex(" ") + 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.adoc", "= Logging\n\n* Logs MUST be structured.\n"),
        ("a.rst", "Logs MUST be structured\n=======================\n\nText.\n"),
        ("a.txt", "Logging\n\n1. Logs SHOULD be short.\n"),
        ("a.org", "* Logging\n** Logs MUST be structured\n"),
        ("a.html", "<ul><li>Logs MUST be structured.</li></ul>"),
    ],
)
def test_another_markup_with_a_level_in_an_item_is_reported_without_an_id(name: str, text: str) -> None:
    files = dict(unread_texts([name], lambda path: path.endswith(".md"), lambda _: text.encode()))
    assert [finding.code for finding in unread_files(files)] == ["CX037"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LICENSE.txt", "1. You MUST give a copy.\n"),
        ("rfc2119.txt", "1. MUST This word means that it MUST be done.\n"),
        ("a.rst", "Logs MUST be structured.\n"),
        ("a.txt", "- Logs must be structured.\n"),
        ("a.adoc", "* name is REQUIRED\n"),
    ],
)
def test_licences_prose_and_fields_in_another_markup_are_not_reported(name: str, text: str) -> None:
    assert not dict(unread_texts([name], lambda path: path.endswith(".md"), lambda _: text.encode()))


def test_a_rule_in_the_readme_that_no_standard_has_is_reported_at_its_line() -> None:
    text = (
        "# Standards\n\n- Logs MUST be short (SVC-1)\n\n## Keys MUST rotate (KEY-1)\n\n```text\n- X MUST y (X-1)\n```\n"
    )
    (finding,) = rules_in_readme(text, {"SVC-1"})
    assert (finding.code, finding.span.line) == ("CX037", 5)
    assert "`KEY-1`" in finding.message


def test_two_titles_of_one_domain_are_reported() -> None:
    other = (FRONT + RULE).replace("SVC", "API").replace("answer in time", "log")
    findings = [f for f in linted({"a.md": FRONT + RULE, "b.md": other})[0] if f.code == "CX120"]
    assert [(f.path, f.span.line) for f in findings] == [("b.md", 3)]
    assert not [
        f
        for f in linted({"a.md": FRONT + RULE, "b.md": other.replace("domain: services", "domain: api")})[0]
        if f.code == "CX120"
    ]
