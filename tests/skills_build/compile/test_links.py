"""Where the links of standards lead once only the output is there."""

from dataclasses import replace

import pytest

from skills_build.model.config import Config
from tests.support.compiling import compiled, standard

PLAIN = Config(namespace="acme", title="Acme codex")
ADDRESSED = replace(PLAIN, source_url="https://git.example/x/{path}#L{line}")
OTHER = standard(
    "Words.\n\n## Deep\n\nMore.\n\n### B MUST hold (SEC-1)\n\nText.\n\n### C MUST hold (SEC-2)\n\n**Status:** draft\n",
    identity="SEC",
    domain="security",
)


def page(body: str, config: Config = PLAIN) -> str:
    """The body of a rule in the emitted reference, which stands beside another standard."""
    own = f"## Part\n\n### A MUST hold (SVC-1)\n\n{body}\n\n### D MUST hold (SVC-2)\n\nText.\n\n## Last\n\nEnd.\n"
    files = {"team/a.md": standard(own), "security/b.md": OTHER}
    result = compiled(files, config, others=("team/sample file.txt", "team/picture.svg"))
    text = result.text("skills/acme-services/references/a.md")
    start = text.index("(SVC-1)\n\n**MUST**, enforced (blocking).\n\n") + len(
        "(SVC-1)\n\n**MUST**, enforced (blocking).\n\n"
    )
    return text[start : text.index("\n\n### D MUST")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("see [b](../security/b.md#b-must-hold-sec-1).", "see b (SEC-1)."),
        ("see [SEC-1](../security/b.md#b-must-hold-sec-1).", "see SEC-1."),
        ("see [b](/security/b.md#b-must-hold-sec-1 \"title\").", "see b (SEC-1) (title)."),
        ("see [*the* `b`](<../security/b.md#b-must-hold-sec-1>).", "see *the* `b` (SEC-1)."),
        ("see [c](../security/b.md#c-must-hold-sec-2).", "see c (SEC)."),
        ("see [deep](../security/b.md#deep).", "see deep (SEC)."),
        ("see [b][ref] and [ref].\n\n[ref]: ../security/b.md", "see b (SEC) and ref (SEC)."),
        ("see [d](#d-must-hold-svc-2).", "see d (SVC-2)."),
        ("see [last](#last).", "see [last](#last)."),
        ("see [nowhere](#nowhere).", "see nowhere."),
        ("see [sample](sample%20file.txt).", "see sample (`team/sample file.txt`)."),
        ("`x` in ![a drawing](picture.svg).", "`x` in a drawing (`team/picture.svg`)."),
        ("see [![a drawing](picture.svg)](../security/b.md).", "see a drawing (`team/picture.svg`) (SEC)."),
        ("see [gone](gone.md).", "see gone."),
        ("[out](https://example.com/a_(b)), <https://example.com>", "[out](https://example.com/a_(b)), <https://example.com>"),
        ("see [out][o].\n\n[o]: https://example.com/x", "see [out](https://example.com/x)."),
        ("`[b](../security/b.md)` and [b](../security/b.md)", "`[b](../security/b.md)` and b (SEC)"),
        ("a [b](../security/b.md)\n[words over\nlines](../security/b.md)", "a b (SEC)\nwords over\nlines (SEC)"),
        ("- item [b](../security/b.md)\n  - deeper [d](#d-must-hold-svc-2)", "- item b (SEC)\n  - deeper d (SVC-2)"),
        ("| a | b |\n| - | - |\n| x \\| y | [b](../security/b.md) |", "| a      | b       |\n| ------ | ------- |\n| x \\| y | b (SEC) |"),
    ],
)  # fmt: skip
def test_without_an_address_links_become_ids_and_paths(body: str, expected: str) -> None:
    assert page(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "see [b](../security/b.md#b-must-hold-sec-1).",
            "see [b](https://git.example/x/security/b.md#b-must-hold-sec-1) (SEC-1).",
        ),
        (
            "see [c](../security/b.md#c-must-hold-sec-2).",
            "see [c](https://git.example/x/security/b.md#c-must-hold-sec-2) (SEC).",
        ),
        ("see [b](../security/b.md).", "see [b](https://git.example/x/security/b.md) (SEC)."),
        ("see [d](#d-must-hold-svc-2).", "see d (SVC-2)."),
        ("see [sample](sample%20file.txt).", "see [sample](https://git.example/x/team/sample%20file.txt)."),
        ("see ![a drawing](picture.svg).", "see ![a drawing](https://git.example/x/team/picture.svg)."),
        ("see [gone](gone.md).", "see gone."),
    ],
)
def test_with_an_address_links_lead_to_the_source(body: str, expected: str) -> None:
    assert page(body, ADDRESSED) == expected


def test_a_jump_to_a_section_in_another_file_keeps_only_its_words() -> None:
    long = "\n\n".join("A sentence that takes room, over and over again, until the file is full." for _ in range(120))
    text = (
        f"See [two](#two) and [one](#one).\n\n## One\n\n{long}\n\n### A MUST hold (SVC-1)\n\nText, see [two](#two).\n\n"
        f"## Two\n\n{long}\n\n### B MUST hold (SVC-2)\n\nText, see [one](#one).\n"
    )
    result = compiled({"a.md": standard(text)}, PLAIN)
    first, second = (result.text(f"skills/acme-services/references/{name}.md") for name in ("a", "a-two"))
    assert "See two and [one](#one)." in first
    assert "Text, see two." in first
    assert "Text, see one." in second


def test_links_in_a_rules_sentence_and_labels_are_rewritten() -> None:
    why = "**Why:** [c](b.md#c-must-hold-sec-2), [deep](b.md#deep)."
    text = f"- Logs MUST follow [b](b.md#b-must-hold-sec-1) (SVC-1)\n\n  {why}\n"
    result = compiled({"a.md": standard(text), "b.md": OTHER}, PLAIN)
    assert "### Logs MUST follow b (SEC-1) (SVC-1)" in result.text("skills/acme-services/references/a.md")
    assert '"why":"c (SEC), deep (SEC)."' in result.text("statements.json")
    assert "- SVC-1: Logs MUST follow b" in result.text("skills/acme-services/SKILL.md")


@pytest.mark.parametrize("title", ['"only EU"', "'only EU'", "(only EU)"])
def test_the_title_of_a_link_stays(title: str) -> None:
    text = f'### A MUST b (SVC-1)\n\nSee [x][1], [y](#end "only US").\n\n## End\n\n[1]: https://a.example {title}\n'
    built = compiled({"a.md": standard(text)})
    (path,) = [p for p in built.files if p.startswith("skills/") and p.endswith("/references/a.md")]
    assert 'See [x](https://a.example "only EU"), [y](#end) (only US).' in built.text(path)
