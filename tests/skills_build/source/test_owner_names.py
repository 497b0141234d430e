"""Names of owners that no host accepts are reported; other words are an owner too."""

import pytest

from skills_build.source.owner_names import owner_findings
from skills_build.source.yaml import load_yaml
from tests.skills_build.source.reading import HEAD, reading


@pytest.mark.parametrize(
    ("owner", "meant"),
    [
        ("\N{FULLWIDTH COMMERCIAL AT}team", "@team"),
        ("\N{SMALL COMMERCIAL AT}team", "@team"),
        ("@@team", "@team"),
        ("@ team", "@team"),
        ("@team.", "@team"),
        ("<@team>", "@team"),
        ("@a; @b", "@a, @b"),
        ("@a, \N{FULLWIDTH COMMERCIAL AT}b", "@a, @b"),
        ("ada\N{FULLWIDTH COMMERCIAL AT}example.com", "ada@example.com"),
        ("team@", None),
        ("@", None),
    ],
)
def test_a_name_that_no_host_accepts_is_reported_with_what_was_meant(owner: str, meant: str | None) -> None:
    text = f'owner: "{owner}"\n'
    value, _ = load_yaml(text, path="a.md")
    assert value is not None
    (finding,) = owner_findings(value, [("owner",)], path="a.md")
    assert (finding.code, finding.span.line) == ("CX041", 1)
    assert [edit.text for edit in finding.fix.edits] == [f'"{meant}"'] if finding.fix else meant is None
    found = reading(HEAD.replace("status:", f"{text}status:")).findings
    assert [(f.code, f.span.line) for f in found] == [("CX041", 5)]


@pytest.mark.parametrize(
    "owner",
    ["@team", "@group/sub-team", "@a @b", "@a, @b", "ada@example.com", "Ada <ada@example.com>", "Platform team",
     "@team (platform)", "https://chat.example/@team", "payments"],
)  # fmt: skip
def test_names_of_users_and_teams_addresses_and_words_are_owners(owner: str) -> None:
    assert reading(HEAD.replace("status:", f'owner: "{owner}"\nstatus:')).findings == ()


@pytest.mark.parametrize("owner", ["TODO", "@TODO", "tbd", "nobody", "Unknown", "n/a", "@your-team", "?", "---"])
def test_a_word_in_place_of_an_owner_is_reported(owner: str) -> None:
    found = reading(HEAD.replace("status:", f'owner: "{owner}"\nstatus:')).findings
    assert [(f.code, f.span.line, f.message) for f in found] == [("CX041", 5, f"`{owner}` is not an owner")]
