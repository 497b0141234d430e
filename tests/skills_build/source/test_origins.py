"""What a rule was written because of: which values are read, and what is reported about others."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.source.origins import is_url, origin_problem, read_origin
from tests.skills_build.source.reading import HEAD, reading

RULE = "## Services MUST answer in time (SVC-1)\n\n"
WHY = "\n\n**Why:** callers give up.\n"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://wiki.example/i/42", "https://wiki.example/i/42"),
        ("<https://wiki.example/i/42>", "https://wiki.example/i/42"),
        ("[INC-42](https://wiki.example/i/42)", "https://wiki.example/i/42"),
        ("../incidents/42.md", "incidents/42.md"),
        ("[INC-42](../../incidents/42.md)", "../incidents/42.md"),
        ("`42.md`", "services/42.md"),
        ("/incidents/42.md#timeline", "incidents/42.md#timeline"),
        ("incidents/the%20outage.md.", "services/incidents/the outage.md"),
    ],
)
def test_links_and_paths_are_read(written: str, read: str) -> None:
    found = reading(f"{HEAD}{RULE}**Origin:** {written}{WHY}", path="services/api.md")
    assert found.document is not None
    assert found.document.standard.rules[0].origin == read
    assert [one for one in found.findings if one.code < "CX1"] == []


@pytest.mark.parametrize(
    "written",
    [
        "the outage in May",
        "INC-42",
        "javascript:alert(1)",
        "mailto:a@b.example",
        "//x.example/a",
        "[a]()",
        "a b.md",
        "",
    ],
)
def test_other_forms_are_reported_and_not_read(written: str) -> None:
    found = reading(f"{HEAD}{RULE}**Origin:** {written}{WHY}")
    assert found.document is not None
    assert found.document.standard.rules[0].origin == ""
    assert [(one.code, one.span.line) for one in found.findings if one.code < "CX1"] == [("CX041", 12)]


def test_a_rule_has_the_origin_of_its_standard_unless_it_states_its_own() -> None:
    head = HEAD.replace("status:", "origin: https://wiki.example/i/1\nstatus:")
    own = "## Jobs MUST end (SVC-2)\n\n**Origin:** ../2.md\n"
    found = reading(f"{head}{RULE}**Why:** a.\n\n{own}", path="a/b.md")
    assert found.document is not None
    assert [rule.origin for rule in found.document.standard.rules] == ["https://wiki.example/i/1", "2.md"]


def test_an_invalid_origin_in_front_matter_is_reported() -> None:
    found = reading(HEAD.replace("status:", "origin: the outage\nstatus:") + RULE)
    (finding,) = (one for one in found.findings if one.code == "CX007")
    assert (finding.message, finding.span.line) == ("`origin`: `the outage` is not a link or path", 5)


@given(st.text(max_size=60), st.sampled_from(["a.md", "a/b.md"]))
def test_a_value_is_either_read_or_reported(value: str, path: str) -> None:
    read = read_origin(value, path)
    assert bool(read) is (origin_problem(value) is None)
    file = read.partition("#")[0]
    assert is_url(read) or (not (file and posixpath.isabs(file)) and ":" not in file)
