"""The sentences of a document that demand something, and what is left out of them."""

import pytest
from markdown_it import MarkdownIt

from codex.distill.page import DraftPage, DraftRule, page_text, stated_id, statement
from codex.distill.sentences import Reading, read_document
from codex.workflow.importing import parse_canonical

DOCUMENT = """\
# RFC 7: Timeouts

The key words "MUST" and "MAY" are to be interpreted as described in RFC 2119.

## Deadlines

Every call MUST have a deadline, e.g. of 2 s, set with `context.WithTimeout`. Callers SHOULD NOT retry more than 3 times
unless the callee says so. It should be fast.
A service MUST:

- log each timeout
- count it

A client SHALL:

- close its connections
- MUST NOT share them

| Case | Demand |
| --- | --- |
| batch | Jobs MAY wait 10 minutes. |

> Quoted text MUST be read too.

Clients MAY NOT cache errors.

```go
// MUST close
```

<!-- this MUST go -->
"""


def read(text: str) -> Reading:
    document = parse_canonical("a.md", text)
    assert document is not None
    return read_document(document)


@pytest.fixture
def reading() -> Reading:
    return read(DOCUMENT)


def test_each_sentence_has_the_level_of_its_own_keyword_and_its_exact_quote(reading: Reading) -> None:
    assert [(str(one.level), one.span.line, one.quote) for one in reading.demands] == [
        ("MUST", 7, "Every call MUST have a deadline, e.g. of 2 s, set with `context.WithTimeout`."),
        ("SHOULD NOT", 7, "Callers SHOULD NOT retry more than 3 times\nunless the callee says so."),
        ("MUST", 9, "A service MUST:"),
        ("MUST", 14, "A client SHALL:"),
        ("MUST NOT", 17, "MUST NOT share them"),
        ("MAY", 21, "Jobs MAY wait 10 minutes."),
        ("MUST", 23, "Quoted text MUST be read too."),
    ]
    assert all(one.quote in DOCUMENT for one in reading.demands)


def test_a_list_belongs_to_the_sentence_above_it_unless_its_items_demand_something(reading: Reading) -> None:
    assert [one.items for one in reading.demands if one.quote.endswith(":")] == ["- log each timeout\n- count it", ""]


def test_every_other_keyword_is_left_out_with_its_place_and_the_reason(reading: Reading) -> None:
    assert [(one.line, one.why) for one in reading.left_out] == [
        (3, "the sentence explains the keywords"),
        (25, "`MAY NOT` can be read in two ways"),
        (28, "the line is in a code block"),
        (31, "the line is in HTML"),
    ]
    assert [(one.line, one.text) for one in reading.lower_case] == [(8, "It should be fast.")]


def test_what_is_written_is_read_back_as_the_same_rules(reading: Reading) -> None:
    rules = tuple(DraftRule(id=f"TMO-{one.number}", demand=one) for one in reading.demands)
    page = DraftPage(id="TMO", title="Timeouts", domain="services", source="rfc.md", rules=rules)
    document = parse_canonical("tmo.md", page_text(page))
    assert document is not None
    assert [(rule.id, rule.level) for rule in document.standard.rules] == [
        (f"TMO-{one.number}", one.level) for one in reading.demands
    ]
    assert str(document.standard.status.status) == "draft"


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("It MUST\n  hold.", "It MUST hold"),
        ("See [the guide](../a.md) and [x][y]: it MUST hold", "See the guide and x: it MUST hold"),
        ("[RFC](https://example.com/a) MUST hold", "[RFC](https://example.com/a) MUST hold"),
    ],
)
def test_a_sentence_is_on_one_line_without_links_that_would_break(quote: str, expected: str) -> None:
    (demand,) = read(quote).demands
    assert statement(demand) == expected


def test_a_heading_with_a_keyword_is_a_demand_and_no_second_rule() -> None:
    reading = read("# T\n\n## Services MUST log\n\nThey MUST log as JSON.\n")
    rules = tuple(DraftRule(id=f"T-{one.number}", demand=one) for one in reading.demands)
    page = page_text(DraftPage(id="T", title="T", domain="d", source="t.md", rules=rules))
    assert [one.quote for one in reading.demands] == ["Services MUST log", "They MUST log as JSON."]
    assert "## services must log\n" in page


def test_an_id_at_the_end_of_a_sentence_or_heading_is_no_part_of_it() -> None:
    (demand,) = read("# T\n\n## Limits (SVC-1)\n\nIt MUST hold (SVC-2).\n").demands
    rule = DraftRule(id="T-1", demand=demand)
    page = page_text(DraftPage(id="T", title="T (SVC-3)", domain="d", source="t.md", rules=(rule,)))
    assert stated_id(demand) == "SVC-2"
    assert [line for line in page.split("\n") if line.startswith("#")] == ["# T", "## Limits", "### It MUST hold (T-1)"]


def test_html_and_dangerous_links_of_a_heading_are_text() -> None:
    bad = "Tokens MUST expire <script>x()</script> [now](javascript:alert(1))"
    (demand,) = read(f"# T\n\n## A <img src=x onerror=x()> [b](javascript:x(1))\n\n{bad}.\n").demands
    rules = (DraftRule(id="T-1", demand=demand),)
    page = page_text(DraftPage(id="T", title="<b>T</b>", domain="d", source="t.md", rules=rules))
    headings = [line for line in page.split("\n") if line.startswith("#")]
    assert len(headings) == 3
    (listed,) = read("# T\n\nA service MUST:\n\n- log <script>x()</script>\n- [count](javascript:x(1))\n").demands
    items = page_text(
        DraftPage(id="T", title="T", domain="d", source="t.md", rules=(DraftRule(id="T-1", demand=listed),))
    )
    headings += items.partition("**See:**")[2].partition("```")[0].split("\n")
    html = MarkdownIt("commonmark", {"html": True}).render("\n\n".join(headings))
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "href" not in html


@pytest.mark.parametrize(
    "word",
    ["MÜSSEN", "DÜRFEN NICHT", "SOLLTEN", "KANN", "DOIVENT", "NE DOIT PAS", "DEBEN", "DEVE", "DOVREBBERO", "MOETEN"],
)
def test_a_keyword_of_another_language_is_left_out_with_what_to_write(word: str) -> None:
    left = read(f"# A\n\nDienste {word} Antworten geben.\n\nKann sein, soll sein, muss sein.\n").left_out
    assert [one.line for one in left] == [3]
    assert left[0].why.endswith("is not read: write MUST, SHOULD or MAY") and left[0].why.split("`")[1] in word
