"""Reads the YAML of standards and settings: plain values with places.

Only the part of YAML that standards need: mappings, sequences, strings, numbers, booleans, null. Tags, anchors,
aliases, merge keys and further documents are findings, so no input can grow when it is read. Plain scalars follow the
YAML 1.2 core schema. `yaml_documents` reads YAML that other tools wrote.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import (
    AliasToken,
    AnchorToken,
    DirectiveToken,
    DocumentEndToken,
    DocumentStartToken,
    StreamStartToken,
    TagToken,
    Token,
)

from skills_build.diagnostics import FILE_START, Finding, Note, Span
from skills_build.frozen import dataclass
from skills_build.source.yaml_cures import with_cures
from skills_build.source.yaml_scalars import Data, plain_scalar, without_surrogates

Key: TypeAlias = tuple[str | int, ...]

MAX_DEPTH: Final = 20
_SUSPECT: Final = re.compile(
    r"(?:^|[\s\ufeff\[{,:])[&*!]|^\ufeff?%|[\r\x85\u2028\u2029]%"
    r"|^\ufeff?(?:---|\.\.\.)|[\r\x85\u2028\u2029](?:---|\.\.\.)|[\[{][^\]}]*[\[{]|^ {38}",
    re.MULTILINE,
)
"""Text without any of these has no tag, anchor, alias or second document and does not nest deeply.

A glob such as `src/**` is none of these: an alias or tag starts where a value can start.
"""
_DIRECTIVES: Final = "directives (`%NAME`)"
_UNSUPPORTED: Final = {
    AliasToken: ("aliases (`*name`)", "write the value instead of the alias"),
    AnchorToken: ("anchors (`&name`)", "remove the anchor, and write the value in each place"),
    TagToken: ("tags (`!name`)", "remove the tag"),
    DirectiveToken: (_DIRECTIVES, "remove the line"),
    DocumentStartToken: ("further documents (`---`)", "remove the line, so that all keys are in one document"),
    DocumentEndToken: ("document ends (`...`)", "remove the line, so that all keys are in one document"),
}
"""YAML features that are refused, with what to do."""


_RULER: Final = re.compile(r"[-=*_~#.]{3,}")
_BLOCK: Final = (
    "this line does not continue the block above it",
    "align the line with its block, which contains only keys (`name: value`) or only items (`- value`)",
)
_WORDS: Final = {
    "expected <block end>": _BLOCK,
    "found character '`'": (
        "a value cannot start with a backtick",
        "put the value in quotes, or remove the code fence around the text",
    ),
    "found '<stream end>'": ("a bracket is not closed", "close the bracket, or put the text in quotes"),
}
"""Words for messages of ruamel, and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlValue:
    """Plain data and, by path (`("domains", "api", "owner")`), the place of each value and each key."""

    data: Data
    values: Mapping[Key, Span]
    keys: Mapping[Key, Span]

    def at(self, key: Key) -> Data:
        """Return the value at `key`; None if there is none."""
        data: Data = self.data
        for part in key:
            if isinstance(data, dict) and isinstance(part, str):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return None
        return data

    def place(self, key: Key) -> Span:
        """Return the place of the value at `key`, or of its nearest parent with a place."""
        while key and key not in self.values:
            key = key[:-1]
        return self.values.get(key, FILE_START)


def load_yaml(text: str, *, path: str, first_line: int = 1) -> tuple[YamlValue | None, tuple[Finding, ...]]:
    """Read one YAML document. `first_line` is the line of `path` on which `text` starts.

    Returns None if the text is not YAML. A duplicate key keeps its first value and is a finding.
    """
    reader = _Reader(path, first_line - 1)
    faults, node = reader.compose(text)
    if faults:
        return None, with_cures(faults, text, first_line - 1, lambda changed: reader.compose(changed)[0])
    try:
        data = reader.data(node, ()) if node is not None else None
    except (ValueError, RecursionError) as error:
        return None, (*reader.findings, reader.broken(error))
    return YamlValue(data=data, values=reader.values, keys=reader.keys), tuple(reader.findings)


class _Reader:
    """Walks a node graph and collects places and findings."""

    def __init__(self, path: str, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.findings: list[Finding] = []
        self.values: dict[Key, Span] = {}
        self.keys: dict[Key, Span] = {}

    def compose(self, text: str) -> tuple[tuple[Finding, ...], Node | None]:
        """Return the faults of a text, or its root node."""
        faults: list[Finding] = []
        try:
            faults.extend(self.unsupported(text) if _SUSPECT.search(text) else ())
            return tuple(faults), None if faults else YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            if not any(_DIRECTIVES in fault.message for fault in faults):  # a directive changes what may follow
                faults.append(self.fault(error, text))
        except (YAMLError, ValueError, RecursionError) as error:
            faults.append(self.broken(error))
        return tuple(faults), None

    def broken(self, error: Exception) -> Finding:
        """Convert an error without a place to a finding."""
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        return self.finding("CX004", f"invalid YAML: {message}", FILE_START)

    def unsupported(self, text: str) -> Iterator[Finding]:
        """Yield a finding for each unsupported YAML feature, and for nesting that is too deep."""
        depth, first = 0, True
        for token in YAML(typ="safe", pure=True).scan(text):
            name = type(token).__name__
            depth += name.endswith(("MappingStartToken", "SequenceStartToken"))
            depth -= name.endswith("EndToken")
            if depth > MAX_DEPTH:
                yield self.finding("CX004", f"YAML nested deeper than {MAX_DEPTH} levels", self.span(token))
                return
            refused = None if first and isinstance(token, DocumentStartToken) else _UNSUPPORTED.get(type(token))
            first = first and isinstance(token, StreamStartToken)
            if refused:
                kind, help_ = refused
                yield replace(self.finding("CX004", f"{kind} are not supported here", self.span(token)), help=help_)

    def data(self, node: Node, key: Key) -> Data:
        """Convert a node to plain data and record its place."""
        self.values[key] = self.span(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self.data(item, (*key, index)) for index, item in enumerate(node.value)]
        text = str(node.value)
        scalar = text if isinstance(node, ScalarNode) and node.style else plain_scalar(text)
        return self._whole(scalar, node) if isinstance(scalar, str) else scalar

    def _whole(self, text: str, node: Node) -> str:
        """Return a text without lone surrogates (`"\\ud800"`), which cannot be encoded."""
        whole = without_surrogates(text)
        if whole != text:
            self.findings.append(self.finding("CX004", "a lone surrogate is not a valid character", self.span(node)))
        return whole

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Data]:
        result: dict[str, Data] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, ScalarNode):
                self.findings.append(self.finding("CX004", "key is not a plain scalar", self.span(name_node)))
                continue
            name = self._whole(str(name_node.value), name_node)
            here = (*key, name)
            if name in result:
                self.findings.append(self._duplicate(name, here, name_node))
                continue
            self.keys[here] = self.span(name_node)
            result[name] = self.data(value_node, here)
            if result[name] is None and value_node.start_mark.line != name_node.end_mark.line:
                self.values[here] = self._behind(name_node)
        return result

    def _behind(self, name: Node) -> Span:
        """Return the place after the colon of a key without a value, for which YAML names the next line."""
        line, column = name.end_mark.line + 1 + self.offset, name.end_mark.column + 2
        return Span(line, column, line, column)

    def _duplicate(self, name: str, here: Key, node: Node) -> Finding:
        first = Note(message="first given here", path=self.path, span=self.keys[here])
        return Finding(
            code="CX005",
            message=f"duplicate key `{name}`",
            path=self.path,
            span=self.span(node),
            notes=(first,),
            help="keep only one of the two keys",
        )

    def fault(self, error: MarkedYAMLError, text: str) -> Finding:
        """Convert an error of ruamel to a finding at its place."""
        if error.problem == "could not find expected ':'" and isinstance(start := error.context_mark, StreamMark):
            word = text[start.index :].split("\n", 1)[0].strip()[:60]
            written = f"write `{word}: ` and a value, or `- {word}` for a list item"
            help_ = "remove the line" if _RULER.fullmatch(word) else written
            return replace(
                self.finding("CX004", f"invalid YAML: `{word}` is not a key", self._at(start, start)), help=help_
            )
        opened = error.context_mark if "quoted scalar" in str(error.context) else None
        mark = opened or error.problem_mark or error.context_mark
        span = self._at(mark, mark) if isinstance(mark, StreamMark) else FILE_START
        problem = str(error.problem or error.context)
        if "'\\t'" in problem:
            return replace(
                self.finding("CX004", "invalid YAML: a tab is used where spaces are required", span),
                help="write spaces",
            )
        message, advice = next((words for part, words in _WORDS.items() if part in problem), (problem, None))
        return replace(self.finding("CX004", f"invalid YAML: {message}", span), help=advice)

    def finding(self, code: str, message: str, span: Span) -> Finding:
        """Return a finding in this file."""
        return Finding(code=code, message=message, path=self.path, span=span)

    def span(self, marked: Node | Token) -> Span:
        """Return the place of a node or token."""
        return self._at(marked.start_mark, marked.end_mark)

    def _at(self, start: StreamMark, end: StreamMark) -> Span:
        line = start.line + 1 + self.offset
        end_line = max(end.line + 1 + self.offset, line)
        end_column = end.column + 1
        if end_line > line and end.column == 0:
            end_line, end_column = line, start.column + 1
        return Span(
            line, start.column + 1, end_line, max(end_column, start.column + 1) if end_line == line else end_column
        )
