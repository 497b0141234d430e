"""What `not-inside: tests` means in each language: the nodes of a syntax tree that are test code."""

import re
from typing import Any, Final

_TESTS: Final = {
    "go": ("function_declaration", r"func (Test|Benchmark|Fuzz|Example)"),
    "java": ("method_declaration", r"@(Test|ParameterizedTest|RepeatedTest)\b"),
    "kotlin": ("function_declaration", r"@(Test|ParameterizedTest)\b"),
    "python": ("function_definition", r"(async )?def test_"),
    "javascript": ("call_expression", r"(describe|it|test)\("),
    "typescript": ("call_expression", r"(describe|it|test)\("),
    "tsx": ("call_expression", r"(describe|it|test)\("),
}
"""The kind of node that is a test, and how its text starts."""
_RUST: Final = re.compile(r"#\[(cfg\(test\)|test\b|\w+::test\b)")
LANGUAGES: Final = (*_TESTS, "rust")


def inside_tests(node: Any, language: str) -> bool:
    """Return whether a node of ast-grep is inside a test. In a language without a row, nothing is."""
    if language == "rust":
        return any(_rust_test(outer) for outer in node.ancestors())
    kind, start = _TESTS.get(language, ("", ""))
    return any(outer.kind() == kind and re.match(start, outer.text()) for outer in node.ancestors()) if kind else False


def _rust_test(node: Any) -> bool:
    """Return whether an item of Rust has an attribute that makes it a test: attributes are the items before it."""
    if node.kind() not in ("mod_item", "function_item"):
        return False
    before = node.prev()
    while before is not None and before.kind() in ("attribute_item", "line_comment", "block_comment"):
        if before.kind() == "attribute_item" and _RUST.match(before.text()):
            return True
        before = before.prev()
    return False
