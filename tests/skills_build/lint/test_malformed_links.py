"""Text that was meant as a link or as an included file, and stays plain text."""

import pytest

from tests.support.linting import RULE, messages_of


def links(text: str) -> list[str]:
    return messages_of("CX413", f"{RULE}\nSee {text} for more.\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[x](a b.md)", "the target contains a space"),
        ('[x](a b.md "Title")', "the target contains a space"),
        ("[x](../My Docs/x.md#a b)", "the target contains a space"),
        ("[x] (a.md)", "there is a space between the text and the target"),
        ("[the `x` list] (https://docs.acme.dev/a)", "there is a space between the text and the target"),
        ("(x)[a.md]", "the brackets are in the wrong order"),
        ("(x)[#svc-1]", "the brackets are in the wrong order"),
        ("[x]{../a.md}", "the target is in braces"),
        ("[x]](a.md)", "the text ends with two brackets"),
        ("[x](a.md", "the target has no closing bracket"),
        ("[x(a.md)", "the text has no closing bracket"),
        ("[[wiki link]]", "Markdown has no `[[...]]`"),
        ("[[a|the title]]", "Markdown has no `[[...]]`"),
        ("[[#Section]]", "Markdown has no `[[...]]`"),
    ],
)
def test_text_that_was_meant_as_a_link_is_reported(text: str, why: str) -> None:
    assert links(text) == [f"`{text}` is not a link: {why}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[x]()", "the link `x` has no target"),
        ("[the `x`](<>)", "the link `the x` has no target"),
        ("![x]( )", "the image `x` has no target"),
        ("[](a.md)", "the link to `a.md` has no text"),
    ],
)
def test_a_link_without_a_target_or_text_is_reported(text: str, message: str) -> None:
    assert links(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "`[x] (a.md)` and `[[ -f x ]]`",
        "\\[x] (a.md) and \\[[x]]",
        "[x](https://docs.acme.dev/a) (a.md)",
        "[x][y] (a.md)\n\n[y]: https://docs.acme.dev\n\nAnd",
        "[optional] (see below) and [0] (see a.md)",
        "[x](see the list below) and a[i](b c)",
        "[span]{.note #id} and [page].md",
        "f(x)[0], (see above)[1] and (a)[b.c]",
        "[[-f x]], [[1, 2]], [[TOC]] and [[x]](https://docs.acme.dev)",
        "[an aside (see a.md) that goes on]",
        "[![](https://docs.acme.dev/a.png)](https://docs.acme.dev)",
        "[top](#)",
        "\n\n- [x] (https://docs.acme.dev) is done\n- [ ] (https://docs.acme.dev) is not",
    ],
)
def test_other_brackets_are_no_links(text: str) -> None:
    assert links(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "::include{file=a.md}",
        ":::include a.md",
        "<<< @/a.md",
        "<<< ./a.ts{1,3}",
        '@import "a.md"',
        "@docs/a.md",
        "@@include a.md",
        "include::a.adoc[]",
        ".. include:: a.rst",
        ".. note::",
        "!include a.puml",
        "$include(a.md)",
        "[TOC]",
        "[[_TOC_]]",
        "{:toc}",
        "<!-- include: a.md -->",
        '<!--#include file="a.md" -->',
    ],
)
def test_a_line_that_another_program_would_replace_is_reported(line: str) -> None:
    (message,) = messages_of("CX066", f"{RULE}\n{line}\n")
    assert message.startswith("`" + line[:4])


@pytest.mark.parametrize(
    "text",
    [
        "`::include{file=a.md}`",
        "```text\n::include{file=a.md}\n```",
        "    <<< @/a.md",
        "::: warning\n:::",
        "@team/platform",
        "Ask @docs and include a.md",
        "<!-- include examples for a later version -->",
        "<< a >>",
        ".. and so on",
        "[Toc](https://docs.acme.dev)",
    ],
)
def test_other_lines_are_no_directives(text: str) -> None:
    assert messages_of("CX066", f"{RULE}\n{text}\n") == []
