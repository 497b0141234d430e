"""No input, however wild, makes the parser raise, hang or lose its place."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skills_build.source.dialect import Dialect
from tests.skills_build.source.reading import HEAD, reading, shipped
from tests.support.effort import at_most_cpu_seconds

DIALECTS = {name: shipped(name) for name in ("canonical", "otto", "home-office", "thoughtbot")}
PIECES = [
    "### A MUST b (SVC-1)",
    "- C SHOULD d (SVC-2)",
    "**Why:** x",
    "**Bad:**",
    "```go",
    "```",
    "~~~~",
    "| If you need | Use | Instead of | Level | Id |",
    "| --- | --- | --- | --- | --- |",
    "| a | b | c | MUST | SVC-3 |",
    "| a \\| b |",
    "<!-- codexc: allow x -->",
    "<!--",
    "-->",
    "<table><tr><td>",
    "::: info",
    "{% highlight c %}",
    "{% endhighlight %}",
    "---",
    "===",
    "# MUST x",
    "## Requirement(s)",
    "> quoted MUST (SVC-4)",
    "  - nested MUST e (SVC-1a)",
    "[a][b] ![i](j) <http://e.x> [k](<l m> 'n')",
    "[b]: /c",
    "\t- tab",
    "1) one MUST (SVC-5)",
    "**Applies to:** languages: ;;: x",
    "**Status:** enforced from 2027-99-99",
    "\u202e\u200b\ufeff\U000e0041",
    "",
]
lines = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=14)


def check(data: bytes, dialect: Dialect) -> None:
    result = reading(data, dialect, path="a/rules/b.md")
    text = data.decode("utf-8", errors="replace")
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for finding in result.findings:
        assert 1 <= finding.span.line <= count
        assert finding.span.column >= 1
    if result.document is not None:
        for rule in result.document.standard.rules:
            assert 1 <= rule.span.line <= rule.span.end_line <= count
            assert rule.statement.strip() and "\n" not in rule.statement


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(parts=lines, name=st.sampled_from(sorted(DIALECTS)), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_arrangement_of_marks_makes_an_exception(parts: list[str], name: str, end: str) -> None:
    check((HEAD + "\n".join(parts)).replace("\n", end).encode("utf-8", errors="surrogatepass"), DIALECTS[name])


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), name=st.sampled_from(sorted(DIALECTS)))
def test_no_bytes_make_an_exception(data: bytes, name: str) -> None:
    check(data, DIALECTS[name])
    check(HEAD.encode() + data, DIALECTS[name])


SIZE = 30_000
SEEDS = {
    "brackets": "[" * SIZE,
    "images": "![" * (SIZE // 2),
    "stars": "*a* " * (SIZE // 4),
    "backticks": "".join("`" * n + " " for n in range(1, 240)),
    "less-than": "<" * SIZE,
    "comments": "<!--" * (SIZE // 4),
    "quotes": ">" * SIZE,
    "lists in a line": "- " * (SIZE // 2),
    "nested lists": "".join("  " * n + "- a\n" for n in range(200)),
    "labels": "**Why:** a " * (SIZE // 11),
    "open parentheses": "### a MUST (" * (SIZE // 12),
    "many rules": "".join(f"### a MUST b (SVC-{n})\n" for n in range(1500)),
    "one id many times": "### a MUST b (SVC-1)\n" * 1500,
    "a wide table": "|" * 2000 + "\n" + "|-" * 1000 + "\n",
    "a long table": "|a|b|\n|-|-|\n" + "|a|b|\n" * (SIZE // 6),
    "link destinations": "[a](" * (SIZE // 4),
    "references": "[a][b]" * (SIZE // 6) + "\n\n[b]: x\n",
    "definitions": "[a]: b\n" * (SIZE // 7),
    "blanks": " " * SIZE + "x",
    "a heading of blanks": "### a MUST" + " " * SIZE + "b (SVC-1",
    "empty lines": "\n" * (SIZE * 3),
    "carriage returns": "\r" * (SIZE * 3),
    "NUL": "\0" * SIZE,
    "emphasis": "*_" * (SIZE // 2),
    "open fences": "```\n" * (SIZE // 4),
    "HTML": "<div>\n\n" * (SIZE // 7),
    "containers": "::: a\n" * (SIZE // 6),
    "liquid": "{% " * (SIZE // 3),
    "backslashes": "\\" * SIZE,
    "entities": "&amp" * (SIZE // 4),
    "front matter of keys": "---\n" + "a: " * (SIZE // 3) + "\n---\n",
    "front matter of brackets": "---\n" + "[" * 5000 + "\n---\n",
}


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=[pytest.mark.slow] if number % 2 else []) for number, seed in enumerate(sorted(SEEDS))],
)
def test_pathological_text_is_read_in_time_that_grows_with_its_size(seed: str) -> None:
    text = SEEDS[seed] if seed.startswith("front matter") else HEAD + SEEDS[seed]
    with at_most_cpu_seconds(10):  # it takes well under one; ten mean that it explodes
        check(text.encode(), DIALECTS["canonical"])


def test_a_file_over_the_limit_is_a_finding_before_it_is_parsed() -> None:
    result = reading(b"x" * (1024 * 1024 + 1))
    assert result.document is None
    assert [f.code for f in result.findings] == ["CX011"]
