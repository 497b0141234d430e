"""The canonical format: what is a rule, where it stands, what its body says."""

from skills_build.diagnostics import Span
from skills_build.model.standard import DatedStatus, Form, Keyword, Level, Scope, Status, Tombstone
from tests.skills_build.source.reading import HEAD, reading, standard

RULE = (
    HEAD
    + """Services talk to each other. **Nothing** here is a rule, though MUST is a word.

## Rules

### Services MUST NOT trust `MUST` in code (SVC-1)

Plain words.

**When:** a call crosses a network.
**Use:** a timeout.
**Applies to:** languages: go, rust; paths: **/Dockerfile*
**Why:** waiting is contagious.

- a list goes on

**Bad:**

```go
var x = 1
```

**Good:**

```go
var x = 2
```

## Context

More text.
"""
)


def test_a_heading_that_ends_in_an_id_is_a_rule_with_its_places() -> None:
    rule = standard(RULE).rules[0]
    assert (rule.id, rule.level, rule.form, rule.statement) == (
        "SVC-1",
        Level.MUST_NOT,
        Form.HEADING,
        "Services MUST NOT trust `MUST` in code",
    )
    line = RULE.split("\n").index("### Services MUST NOT trust `MUST` in code (SVC-1)") + 1
    assert rule.span == Span(line, 5, line, 43)
    assert rule.id_span == Span(line, 45, line, 50)
    assert rule.level_span == Span(line, 14, line, 22)
    assert rule.keywords == (Keyword(word="MUST NOT", span=Span(line, 14, line, 22), level=Level.MUST_NOT),)


def test_labels_are_read_line_by_line_and_go_on_over_lists() -> None:
    rule = standard(RULE).rules[0]
    assert [label.name for label in rule.labels] == ["when", "use", "applies to", "why", "bad", "good"]
    assert rule.label("when") == "a call crosses a network."
    assert rule.label("why") == "waiting is contagious.\n\n- a list goes on"
    assert rule.scope == Scope(languages=("go", "rust"), paths=("**/Dockerfile*",))
    assert [(e.good, e.language, e.code) for e in rule.examples] == [
        (False, "go", "var x = 1\n"),
        (True, "go", "var x = 2\n"),
    ]


def test_the_body_is_the_authors_text_word_for_word() -> None:
    rule = standard(RULE).rules[0]
    lines = RULE.split("\n")
    assert rule.body == "\n".join(lines[rule.body_line - 1 : rule.body_line - 1 + rule.body.count("\n") + 1])
    assert rule.body.startswith("Plain words.") and rule.body.endswith("```")


def test_text_outside_rules_is_context_in_its_section() -> None:
    sections = standard(RULE).sections
    assert [(s.title, s.depth, s.text) for s in sections] == [
        ("Services", 1, "Services talk to each other. **Nothing** here is a rule, though MUST is a word."),
        ("Rules", 2, ""),
        ("Context", 2, "More text."),
    ]


def test_a_list_item_is_a_rule_and_its_content_is_dedented() -> None:
    text = (
        HEAD
        + "## Rules\n\n- Calls SHOULD carry\n  a deadline (SVC-2)\n\n  **Why:** they end.\n\n  ```sh\n  x=1\n  ```\n"
    )
    rule = standard(text).rules[0]
    assert (rule.id, rule.statement, rule.form) == ("SVC-2", "Calls SHOULD carry a deadline", Form.LIST_ITEM)
    assert rule.body == "**Why:** they end.\n\n```sh\nx=1\n```"
    assert (rule.body_line, rule.body_column, rule.label("why")) == (15, 3, "they end.")


def test_a_choices_row_is_a_rule() -> None:
    text = HEAD + (
        "## Choices\n\n| If you need | Use | Instead of | Level | Id |\n| --- | --- | --- | --- | --- |\n"
        "| a queue | the `bus` \\| broker | a table | SHOULD | SVC-4 |\n| a lock | the lock service | - | MUST | SVC-5 |\n"
    )
    first, second = standard(text).rules
    assert first.statement == "If you need a queue, use the `bus` | broker instead of a table"
    assert second.statement == "If you need a lock, use the lock service"
    assert (first.level, first.id, first.form) == (Level.SHOULD, "SVC-4", Form.ROW)
    assert [(label.name, label.text) for label in second.labels] == [("when", "a lock"), ("use", "the lock service")]
    line = text.split("\n")[13]
    assert first.id_span == Span(14, line.index("SVC-4") + 1, 14, line.index("SVC-4") + 6)


def test_a_rule_in_parts_has_one_id_and_lettered_ones() -> None:
    text = HEAD + "## Rules\n\n### A service MUST: (SVC-3)\n\n- answer in time\n- say who it is (SVC-3b)\n"
    result = reading(text)
    assert result.findings == ()
    assert result.document is not None
    (rule,) = result.document.standard.rules
    assert [(part.id, part.text) for part in rule.parts] == [(None, "answer in time"), ("SVC-3b", "say who it is")]


def test_a_list_in_the_body_of_a_rule_is_not_read_as_rules() -> None:
    text = HEAD + "## Rules\n\n### A service MUST answer (SVC-3)\n\n- this MUST stay text\n"
    result = reading(text)
    assert result.document is not None
    assert [rule.id for rule in result.document.standard.rules] == ["SVC-3"]
    assert result.findings == ()


def test_a_withdrawn_rule_keeps_its_tombstone() -> None:
    text = HEAD + "## Withdrawn\n\n### Calls MUST be slow (SVC-9)\n\n**Withdrawn:** 2026-08. **Use instead:** SVC-1\n"
    assert standard(text).rules[0].tombstone == Tombstone(date="2026-08", use_instead="SVC-1")


def test_a_status_may_change_on_a_date() -> None:
    text = HEAD + "## R\n\n### A MUST b (SVC-1)\n\n**Status:** enforced from 2027-01-01\n"
    status = standard(text).rules[0].status
    assert status == DatedStatus(status=Status.APPROVED, then=Status.ENFORCED, on="2027-01-01")
    assert (status.at("2026-12-31"), status.at("2027-01-01")) == (Status.APPROVED, Status.ENFORCED)


def test_every_wrong_mark_is_found_and_none_hides_another() -> None:
    text = HEAD + (
        "## Rules\n\n### A service MUST answer\n\n### A service MUST listen (svc 7)\n\n"
        "- calls SHOULD end\n\n### Use the bus (SVC-8)\n\n**Exceptions:** none\n"
    )
    read = reading(text)
    assert read.document is not None
    places = [(found.span.line, found.code, found.span.column) for found in read.findings]
    places += [(miss.span.line, miss.code, miss.span.column) for miss in read.document.standard.near_misses]
    assert sorted(places) == [(12, "CX101", 15), (14, "CX102", 28), (16, "CX101", 9), (18, "CX020", 5)]


def test_a_mistyped_label_is_a_finding() -> None:
    text = HEAD + "## Rules\n\n### A service MUST answer (SVC-1)\n\n**Exceptions:** none\n\n**Note:** fine\n"
    (finding,) = reading(text).findings
    assert (finding.code, finding.help) == ("CX017", "did you mean `**Except:**`?")


def test_front_matter_is_checked_whole() -> None:
    text = "---\nid: svc\ntitel: Services\ndomain: services\nstatus: fine\n---\n# S\n"
    places = sorted((f.code, f.span.line, f.span.column) for f in reading(text).findings)
    assert places == [("CX006", 3, 1), ("CX007", 2, 5), ("CX007", 5, 9), ("CX018", 1, 1)]


def test_crlf_and_a_byte_order_mark_change_no_place() -> None:
    plain = standard(RULE)
    windows = reading(b"\xef\xbb\xbf" + RULE.replace("\n", "\r\n").encode())
    assert windows.document is not None
    assert windows.document.standard == plain
    assert [f.code for f in windows.findings] == ["CX002", "CX003"]


def test_bytes_that_are_not_utf8_are_found_where_they_are() -> None:
    result = reading(HEAD.encode() + b"caf\xe9 MUST\n")
    assert [(f.code, f.span) for f in result.findings] == [("CX001", Span(10, 4, 10, 5))]


def test_setext_headings_and_trailing_hashes_are_headings() -> None:
    text = HEAD + "A service MUST answer (SVC-1)\n---\n\nbody\n\n### A service MAY sleep (SVC-2) ###\n"
    first, second = standard(text).rules
    assert (first.id, first.body, second.id) == ("SVC-1", "body", "SVC-2")


def test_chinese_arabic_and_russian_statements_keep_their_words() -> None:
    for words in ("服务 MUST 回答", "الخدمة MUST تجيب", "Сервис MUST отвечать"):
        rule = standard(HEAD + f"## R\n\n### {words} (SVC-1)\n").rules[0]
        assert rule.statement == words


def test_reference_links_have_their_target_and_place() -> None:
    text = (
        HEAD + "## R\n\n### A MUST b (SVC-1)\n\nSee [the list][l] and [own](other.md#x).\n\n[l]: https://example.org\n"
    )
    links = standard(text).rules[0].links
    assert [(k.target, k.reference, k.span) for k in links] == [
        ("https://example.org", "l", Span(14, 5, 14, 18)),
        ("other.md#x", None, Span(14, 29, 14, 39)),
    ]


def test_link_definitions_of_another_file_count() -> None:
    text = HEAD + "See [x][shared].\n"
    assert [k.target for k in standard(text, shared="[shared]: /here\n").links] == ["/here"]


def test_a_heading_inside_a_fence_is_not_a_rule() -> None:
    text = HEAD + "## R\n\n### A MUST b (SVC-1)\n\n```md\n### B MUST c (SVC-2)\n```\n"
    assert [rule.id for rule in standard(text).rules] == ["SVC-1"]


def test_suppressions_have_their_lines_and_reason() -> None:
    text = HEAD + (
        "## R\n\n<!-- codexc: allow missing-rationale: it is obvious -->\n\n### A MUST b (SVC-1)\n\nbody\n\n### C MAY d (SVC-2)\n\n"
        "text <!-- codexc: allow CX310 -->\n"
    )
    first, second = standard(text).suppressions
    assert (first.lints, first.reason, first.first, first.last) == (("missing-rationale",), "it is obvious", 12, 17)
    assert (second.lints, second.reason, second.first, second.last) == (("CX310",), "", 20, 20)
