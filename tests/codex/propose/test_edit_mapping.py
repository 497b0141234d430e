"""Edits of installed text, and the words of the standard that they change."""

import re

import pytest

from codex.sync.edit_mapping import InstalledEdit, NotMapped, Proposed, RuleSource, applied, map_edits
from tests.support.effort import at_most_cpu_seconds

STANDARD = """# Services

## Rules

### Calls MUST have a timeout (SVC-1)

Every call, without exception.

**Why:** A call without a timeout hangs,
and its caller with it.

### Logs MUST NOT have secrets (SVC-2)

**Why:** Logs are read by many.

- Tokens MUST expire (SVC-3)
"""
RULES = {
    "SVC-1": RuleSource(id="SVC-1", path="services.md", first=5, last=11),
    "SVC-2": RuleSource(id="SVC-2", path="services.md", first=12, last=15),
    "SVC-3": RuleSource(id="SVC-3", path="services.md", first=16, last=16),
}
LIST = """## Acme

Generated.

- SVC-1: Calls MUST have a timeout. (blocking) Why: A call without a timeout hangs, and its caller with it.
- SVC-2: Logs MUST NOT have secrets (blocking)
- SVC-3: Tokens MUST expire
"""


def mapped(old: str, *edits: tuple[str, str]) -> tuple[str, tuple[NotMapped, ...]]:
    """The standard after edits of an installed text, and what could not be mapped."""
    new = old
    for before, after in edits:
        assert before in new
        new = new.replace(before, after, 1)
    proposed, rest = map_edits([InstalledEdit(path="AGENTS.md", old=old, new=new)], RULES, {"services.md": STANDARD})
    return applied(STANDARD, proposed), rest


def changed(before: str, after: str) -> str:
    assert STANDARD.count(before) == 1, before
    return STANDARD.replace(before, after)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("have a timeout.", "have a short timeout."), ("have a timeout (", "have a short timeout (")),
        (("a timeout.", "a limit."), ("have a timeout (", "have a limit (")),
        (("hangs, and", "hangs, often, and"), ("hangs,\n", "hangs, often,\n")),
        (("have secrets", "contain passwords"), ("have secrets", "contain passwords")),
        (("Tokens MUST", "Tokens and keys MUST"), ("Tokens MUST", "Tokens and keys MUST")),
        (("without a timeout hangs", "hangs"), ("call without a timeout hangs", "call hangs")),
    ],
)
def test_words_are_changed_in_their_rule(edit: tuple[str, str], expected: tuple[str, str]) -> None:
    assert mapped(LIST, edit) == (changed(*expected), ())


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            ("exception.\n", "exception.\n\nAlso calls to caches.\n"),
            ("exception.\n", "exception.\n\nAlso calls to caches.\n"),
        ),
        (("and its caller", "and every caller"), ("and its caller", "and every caller")),
        (("Every call, ", "Really every call, "), ("Every call, ", "Really every call, ")),
        (("\nEvery call, without exception.\n", ""), ("\n\nEvery call, without exception.", "")),
        (("by many.\n", "by many.\nAnd kept.\n"), ("by many.\n", "by many.\nAnd kept.\n")),
    ],
)
def test_a_page_with_the_same_lines_keeps_line_breaks(edit: tuple[str, str], expected: tuple[str, str]) -> None:
    assert mapped(STANDARD, edit) == (changed(*expected), ())


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (("## Acme", "## Ours"), "this text is not part of a rule"),
        (
            ("- SVC-2: Logs MUST NOT have secrets (blocking)\n", ""),
            "the change removes SVC-2: run `codexc withdraw SVC-2`",
        ),
        (("secrets (blocking)", "secrets"), "the level and status in services.md determine whether SVC-2 is blocking"),
        (("expire\n", "expire\n- Use tabs\n"), "the change adds lines after SVC-3: add the lines to services.md"),
    ],
)
def test_an_edit_that_is_not_a_change_to_one_rule_is_reported(edit: tuple[str, str], reason: str) -> None:
    text, rest = mapped(LIST, edit)
    assert text == STANDARD
    assert [(one.place, one.present) for one in rest] == [("AGENTS.md", False)]
    assert rest[0].reason.startswith(reason)


@pytest.mark.parametrize(
    "edit",
    [
        (
            "Calls MUST have a timeout",
            "Calls MUST have a limit (SVC-1)\n\n### All MUST be free (SVC-9)\n\n**Why:** x.\n\n### Calls MUST have a limit",
        ),
        ("exception.\n", "exception.\n\n### Calls MUST be free (SVC-9)\n"),
        ("exception.\n", "exception.\n\n- Calls MUST be free (SVC-9)\n"),
        ("exception.\n", "exception.\n\nCalls MUST be free (SVC-9)\n---\n"),
        ("exception.\n", "exception.\n---\n"),
        ("(SVC-1)", "(SVC-1) and be free (SVC-9)"),
    ],
)
def test_an_edit_that_adds_a_rule_to_another_one_is_reported(edit: tuple[str, str]) -> None:
    text, rest = mapped(STANDARD, edit)
    assert text == STANDARD
    assert [one.reason for one in rest] == ["the change adds a heading or another rule to SVC-1: add it to services.md"]


def test_an_edit_across_rules_is_reported() -> None:
    text, rest = mapped(
        LIST,
        (
            "secrets (blocking)\n- SVC-3: Tokens MUST expire",
            "passwords (blocking)\nand more\n- SVC-3: Keys MUST expire",
        ),
    )
    assert {one.reason for one in rest}
    assert "Keys MUST expire" in text or any("several texts" in one.reason for one in rest)


def test_words_that_the_standard_has_already_are_no_proposal() -> None:
    new = LIST.replace("Tokens MUST", "Tokens and keys MUST")
    standard = STANDARD.replace("Tokens MUST", "Tokens and keys MUST")
    proposed, (one,) = map_edits([InstalledEdit(path="A.md", old=LIST, new=new)], RULES, {"services.md": standard})
    assert proposed == ()
    assert (one.rule, one.present) == ("SVC-3", True)


def test_a_standard_that_changed_since_is_reported() -> None:
    new = LIST.replace("have secrets", "have passwords")
    standard = STANDARD.replace("Logs MUST NOT have secrets", "Records MUST be clean")
    proposed, (one,) = map_edits([InstalledEdit(path="A.md", old=LIST, new=new)], RULES, {"services.md": standard})
    assert proposed == ()
    assert one.reason.startswith("these words were not found in SVC-2 (services.md:12): ")


def test_the_same_edit_in_several_files_is_one_and_another_one_conflicts() -> None:
    edits = [
        InstalledEdit(path=path, old=LIST, new=LIST.replace("have secrets", words))
        for path, words in (("a.md", "have keys"), ("b.md", "have keys"), ("c.md", "have tokens"))
    ]
    proposed, (conflict,) = map_edits(edits, RULES, {"services.md": STANDARD})
    assert applied(STANDARD, proposed) == changed("have secrets", "have keys")
    assert (conflict.place, conflict.reason) == ("c.md", "the edit conflicts with an edit to the same words in a.md:6")


@pytest.mark.parametrize("word", re.findall(r"(?<= )[A-Za-z]{3,}", LIST.split("\n")[4].partition(":")[2]))
def test_a_word_anywhere_in_a_rule_is_found_or_reported(word: str) -> None:
    """Never in another rule, and never twice."""
    text, rest = mapped(LIST, (f" {word}", " CHANGED"))
    before, after = STANDARD.split("### Logs")[1], text.split("### Logs")[1]
    assert before == after
    assert text.count("CHANGED") == (0 if rest else 1)


def test_places_are_those_of_the_file() -> None:
    new = LIST.replace("have secrets", "have keys")
    (one,), _ = map_edits([InstalledEdit(path="A.md", old=LIST, new=new, line=11)], RULES, {"services.md": STANDARD})
    assert isinstance(one, Proposed)
    assert (one.place, one.line, one.count) == ("A.md", 16, 1)


def test_a_text_that_was_replaced_as_a_whole_is_reported_at_once() -> None:
    """Whatever its size: comparing it would take time that grows with its square."""
    for new in (
        "x\n" * 300_000,
        " ".join(str(n) for n in range(100_000)),
        LIST * 300,
        LIST.replace("\n", " y\n" * 500),
    ):
        proposed, rest = map_edits([InstalledEdit(path="A.md", old=LIST, new=new)], RULES, {"services.md": STANDARD})
        assert rest
        assert len(applied(STANDARD, proposed)) < 100_000


TWICE = "# Services MUST have a deadline on every call (SVC-1)\n"


@pytest.mark.parametrize("turned", [False, True])
def test_a_change_that_two_files_show_otherwise_is_made_once(turned: bool) -> None:
    """Words that one file has as two insertions can be one replacement in another."""
    old = "Services MUST have a deadline on every call (SVC-1)"
    rule = RuleSource(id="SVC-1", path="services.md", first=1, last=1)
    edits = [
        InstalledEdit(path="AGENTS.md", old=f"- {old}\n", new=f"- {old.replace('call', 'remote call now')}\n"),
        InstalledEdit(
            path="SKILL.md",
            old="- Services MUST have a deadline on every call. (SVC-1)\n",
            new="- Services MUST have a deadline on every remote call now. (SVC-1)\n",
        ),
    ]
    proposed, rest = map_edits(edits[::-1] if turned else edits, {"SVC-1": rule}, {"services.md": TWICE})
    assert applied(TWICE, proposed) == TWICE.replace("call", "remote call now")
    assert not rest


def test_different_insertions_at_one_place_are_reported() -> None:
    old = "- Services MUST have a deadline on every call (SVC-1)\n"
    rule = RuleSource(id="SVC-1", path="services.md", first=1, last=1)
    edits = [
        InstalledEdit(path="AGENTS.md", old=old, new=old.replace("every call", "every remote call")),
        InstalledEdit(path="SKILL.md", old=old, new=old.replace("every call", "every outgoing request")),
    ]
    proposed, rest = map_edits(edits, {"SVC-1": rule}, {"services.md": TWICE})
    assert applied(TWICE, proposed) == TWICE.replace("every call", "every remote call")
    assert [one.reason for one in rest] == ["the edit conflicts with an edit to the same words in AGENTS.md:1"]


def _long(words: int, *, standard: str = "w") -> tuple[InstalledEdit, str]:
    """An edit of every tenth line of a long rule, and a standard with this rule or, with another letter, not with it."""
    lines = [" ".join(f"w{number}" for number in range(first, first + 100)) for first in range(0, words, 100)]
    edited = [line.replace(f"w{100 * at + 50} ", "other ") if at % 10 == 0 else line for at, line in enumerate(lines)]
    old, new = ("\n".join(["## SVC-1 Do it", "", *text]) for text in (lines, edited))
    return InstalledEdit(path="SKILL.md", old=old, new=new), "\n".join(["### Do it (SVC-1)", "", *lines]).replace(
        "w", standard
    )


@pytest.mark.parametrize(("standard", "found"), [("w", True), ("v", False)])
def test_a_long_rule_costs_no_more_for_each_of_its_changes(standard: str, *, found: bool) -> None:
    """Comparing each change with each word of the rule takes half a minute."""
    edit, text = _long(80_000, standard=standard)
    rules = {"SVC-1": RuleSource(id="SVC-1", path="services.md", first=1, last=text.count("\n") + 1)}
    with at_most_cpu_seconds(5):
        proposed, rest = map_edits([edit], rules, {"services.md": text})
    assert (len(proposed), len(rest)) == ((80, 0) if found else (0, 80))


@pytest.mark.slow
def test_changes_are_only_compared_with_those_next_to_them() -> None:
    """Comparing each with all of the others takes minutes."""
    count = 6_000
    rules = {
        f"S-{n}": RuleSource(id=f"S-{n}", path=f"{n % 4}.md", first=n // 4 + 1, last=n // 4 + 1) for n in range(count)
    }
    texts = {f"{k}.md": "".join(f"- Calls MUST end in time (S-{n})\n" for n in range(k, count, 4)) for k in range(4)}
    old = [f"- S-{n}: Calls MUST end in time" for n in range(count)]
    new = [line.replace("in time", "soon") for line in old]
    pages = ["\n\n".join(part[at : at + 100]) for part in (old, new) for at in range(0, count, 100)]
    half = len(pages) // 2
    edits = [InstalledEdit(path=f"{at}.md", old=pages[at], new=pages[half + at]) for at in range(half)]
    with at_most_cpu_seconds(12):
        proposed, rest = map_edits(edits, rules, texts)
    assert len(proposed) == count and not rest
