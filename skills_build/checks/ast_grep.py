"""The kind `ast-grep`: syntax that must not occur. The only importer of `ast_grep_py`, an optional dependency.

ast-grep cannot be interrupted, so the work is bounded before it starts: by the length of the text, and for rules that
look at all ancestors or descendants (`stopBy`) by the sum of the depths of all nodes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from skills_build.checks.base import MAX_MATCHES, Evaluation, Fault, Kind, Match, Subject, by_text, one_line
from skills_build.checks.example_files import CODE, is_code, language_of
from skills_build.checks.test_code import inside_tests
from skills_build.model.check import AstGrepCheck, CheckKind, CheckSpec
from skills_build.model.standard import Example
from skills_build.source.required_literals import required_literals
from skills_build.source.similar import nearest

# fmt: off
LANGUAGES: Final = (
    "bash", "c", "cpp", "csharp", "css", "dart", "elixir", "go", "haskell", "hcl", "html", "java", "javascript", "json",
    "kotlin", "lua", "markdown", "nix", "php", "python", "ruby", "rust", "scala", "solidity", "swift", "tsx",
    "typescript", "yaml", "zig",
)
# fmt: on
"""What ast-grep-py 0.51 parses. Any other name ends the process with a Rust panic
(https://github.com/ast-grep/ast-grep/blob/main/crates/pyo3/src/lib.rs)."""
MAX_WORK: Final = 5_000_000
"""Maximum sum of the depths of all nodes for a rule with `stopBy`."""
MAX_TEXT: Final = 400_000
MAX_KEPT: Final = 4_000_000
"""Maximum number of characters in the texts whose syntax trees are kept for the next rule."""
MISSING: Final = "`ast-grep-py` is not installed: run `pip install 'engineering-codex[ast-grep]'`"
# fmt: off
_RULE_KEYS: Final = (
    "pattern", "kind", "regex", "nthChild", "range", "inside", "has", "precedes", "follows", "all", "any", "not",
    "stopBy", "field", "context", "selector", "strictness",
)
# fmt: on
_POSITIVE: Final = ("inside", "has", "precedes", "follows")
_NESTED: Final = (*_POSITIVE, "not")
_MAX_RULE_DEPTH: Final = 12


def installed() -> bool:
    """Return whether ast-grep can run here."""
    try:
        import ast_grep_py  # noqa: F401
    except ImportError:
        return False
    return True


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for an unknown language or key, and for a rule that ast-grep refuses."""
    check = spec.ast_grep
    assert check is not None
    if check.language not in LANGUAGES:
        near = nearest(check.language, LANGUAGES)
        yield Fault(
            key=("ast-grep", "language"),
            message=f"ast-grep does not support the language `{check.language}`",
            help=f"did you mean `{near}`?" if near else f"use one of {', '.join(LANGUAGES)}, or write a `regex` check",
        )
        return
    faults = list(_rule_faults(check.rule, ("ast-grep", "rule"), 0))
    yield from faults
    if not faults and installed():
        problem = _refusal(check)
        if problem:
            yield Fault(key=("ast-grep", "rule"), message=f"ast-grep rejects the rule: {problem}")


def _rule_faults(rule: object, key: tuple[str | int, ...], depth: int) -> Iterator[Fault]:
    if not isinstance(rule, Mapping) or depth > _MAX_RULE_DEPTH:
        message = (
            "a rule must be a mapping"
            if depth <= _MAX_RULE_DEPTH
            else f"rules are nested more than {_MAX_RULE_DEPTH} levels deep"
        )
        yield Fault(key=key, message=message, help="write a mapping such as `pattern: print($A)`")
        return
    for name, value in rule.items():
        if name not in _RULE_KEYS:
            near = nearest(str(name), _RULE_KEYS)
            known = f"did you mean `{near}`?" if near else f"known keys: {', '.join(_RULE_KEYS)}"
            yield Fault(key=(*key, name), message=f"unknown key `{name}` in a rule", help=known, of_key=True)
        elif name in _NESTED:
            yield from _rule_faults(value, (*key, name), depth + 1)
        elif name in ("all", "any"):
            for number, below in enumerate(value) if isinstance(value, Sequence) and not isinstance(value, str) else ():
                yield from _rule_faults(below, (*key, name, number), depth + 1)


def _refusal(check: AstGrepCheck) -> str:
    """Return why ast-grep refuses a rule; empty if it does not."""
    try:
        _root("", check.language).find_all(_configuration(check))
    except Exception as error:
        return reason(error)
    return ""


def reason(error: Exception) -> str:
    """Return the innermost cause of an error of ast-grep, without its stack trace."""
    lines = str(error).split("\n\nStack backtrace")[0].strip().split("\n")
    last = lines[-1].strip()
    head, _, rest = last.partition(": ")
    return rest if head.isdigit() else last


def broken_pattern(check: AstGrepCheck) -> bool:
    """Return whether a rule's pattern is not valid syntax, so that it may match nothing. ast-grep reports no error."""
    pattern = check.rule.get("pattern")
    if not isinstance(pattern, str) or not installed() or check.language not in LANGUAGES:
        return False
    source = pattern.replace("$$$", "").replace("$", "")
    return _root(source, check.language).find({"rule": {"kind": "ERROR"}}) is not None


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Search the selected files."""
    check = spec.ast_grep
    assert check is not None
    return by_text(spec, subject, lambda text: search(check, text))


def search(check: AstGrepCheck, text: str) -> tuple[Match, ...] | str:
    """Return the matches in a text, or the reason why there is no answer."""
    if not installed():
        return MISSING
    if len(text) > MAX_TEXT:
        return f"the file has more than {MAX_TEXT:,} characters"
    if check.language not in LANGUAGES:
        return f"ast-grep does not support the language `{check.language}`"
    if not _may_match(check.rule, text):
        return ()
    root = _root(text, check.language)
    if _relational(check) and _work(text, check.language) > MAX_WORK:
        return "the syntax of the file is nested too deeply for this rule"
    try:
        nodes = root.find_all(_configuration(check))
    except Exception as error:
        return f"ast-grep rejects the rule: {reason(error)}"
    kept = (node for node in nodes if check.not_inside != "tests" or not inside_tests(node, check.language))
    return tuple(_match(node) for node, _ in zip(kept, range(MAX_MATCHES + 1), strict=False))


def _configuration(check: AstGrepCheck) -> dict[str, Any]:
    constraints = {"constraints": dict(check.constraints)} if check.constraints else {}
    return {"rule": dict(check.rule), **constraints}


def _relational(check: AstGrepCheck) -> bool:
    return check.not_inside is not None or "stopBy" in repr(check.rule)


class _Trees:
    """The syntax trees of texts that were parsed last, as long as the texts have no more than `MAX_KEPT` characters."""

    def __init__(self) -> None:
        self._roots: dict[tuple[str, str], Any] = {}
        self._characters = 0

    def root(self, text: str, language: str) -> Any:
        """Return the root of the tree of a text."""
        from ast_grep_py import SgRoot

        key = (text, language)
        if key not in self._roots:
            if self._characters + len(text) > MAX_KEPT:
                self._roots.clear()
                self._characters = 0
            self._characters += len(text)
            self._roots[key] = SgRoot(text, language).root()
        return self._roots[key]


_TREES: Final = _Trees()


def _root(text: str, language: str) -> Any:
    return _TREES.root(text, language)


@lru_cache(maxsize=4096)
def _words(pattern: str) -> tuple[str, ...]:
    """Return the words that a text must have, longest first, for a pattern to match it."""
    words = re.findall(r"(?<![$\w])[A-Za-z_]\w{2,}", pattern)
    return tuple(sorted(set(words), key=len, reverse=True))


def _may_match(rule: object, text: str) -> bool:
    """Return whether a text has the words that a rule needs. Most texts do not, and are not parsed; ast-grep also
    compiles a rule again for each text.
    """
    return not isinstance(rule, Mapping) or all(_part_may_match(key, value, text) for key, value in rule.items())


def _part_may_match(key: str, value: object, text: str) -> bool:
    if isinstance(value, str):
        if key == "regex":
            return required_literals(value).may_match(text)
        return key != "pattern" or all(word in text for word in _words(value))
    if key in _POSITIVE:
        return _may_match(value, text)
    if isinstance(value, list | tuple) and key in ("all", "any"):
        return (all if key == "all" else any)(_may_match(one, text) for one in value)
    return True


@lru_cache(maxsize=32)
def _work(text: str, language: str) -> int:
    """Return the sum of the depths of all nodes, or a larger number than is allowed."""
    total, open_nodes = 0, [(_root(text, language), 1)]
    while open_nodes and total <= MAX_WORK:
        node, depth = open_nodes.pop()
        total += depth
        open_nodes.extend((child, depth + 1) for child in node.children())
    return total


def _match(node: Any) -> Match:
    place = node.range()
    return Match(
        path="",
        line=place.start.line + 1,
        column=place.start.column + 1,
        end_line=place.end.line + 1,
        end_column=place.end.column + 1,
        text=one_line(node.text()),
    )


def _is_parsed(spec: CheckSpec, example: Example, own: bool) -> bool:
    assert spec.ast_grep is not None
    language = spec.ast_grep.language
    written = language_of(example.language)
    parsed = written == language or (language == "tsx" and example.language in ("tsx", "jsx"))
    return parsed and is_code(spec, example, own)


def _expected(spec: CheckSpec) -> str:
    return f"in {spec.ast_grep.language}" if spec.ast_grep else ""


KIND: Final = Kind(
    kind=CheckKind.AST_GREP,
    summary="syntax that must not occur",
    validate=validate,
    evaluate=evaluate,
    examples=replace(CODE, fits=_is_parsed, expected=_expected),
    by_file=True,
    missing=lambda: None if installed() else MISSING,
)
