"""The only importer of ruamel.yaml: YAML in, plain values with places out.

Only the part of YAML that standards need: mappings, sequences, strings, numbers, booleans, null. Tags, anchors,
aliases, merge keys and further documents are findings, so no input can grow when it is read. Plain scalars follow the
YAML 1.2 core schema (section 10.3.2); what looks like a date stays a string, and so does `no`.

`load_yaml_tolerant` reads the YAML of others, with anchors, merge keys and tags; aliases are shared, never copied.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from itertools import islice
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
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

Scalar: TypeAlias = str | int | float | bool | None
Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"
Key: TypeAlias = tuple[str | int, ...]

MAX_DEPTH: Final = 20
MAX_TOLERANT_DEPTH: Final = 40
MAX_DOCUMENTS: Final = 100
MAX_MERGED_KEYS: Final = 100_000
"""The most keys that the merge keys of one document may add: they copy, so that a short text could take gigabytes."""
_SUSPECT: Final = re.compile(
    r"(?:^|[\s\ufeff\[{,:])[&*!]|^\ufeff?%|[\r\x85\u2028\u2029]%"
    r"|^\ufeff?(?:---|\.\.\.)|[\r\x85\u2028\u2029](?:---|\.\.\.)|[\[{][^\]}]*[\[{]|^ {38}",
    re.MULTILINE,
)
"""Text without any of these has no tag, anchor, alias or second document and does not nest deeply.

A glob such as `src/**` is none of these: an alias or tag starts where a value can start.
"""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_UNSUPPORTED: Final = {
    AliasToken: "aliases (`*name`)",
    AnchorToken: "anchors (`&name`)",
    TagToken: "tags (`!name`)",
    DirectiveToken: "directives (`%NAME`)",
    DocumentStartToken: "further documents (`---`)",
    DocumentEndToken: "document ends (`...`)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlValue:
    """Plain data and, by path (`("domains", "api", "owner")`), where each value and each key stands."""

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


def set_value(text: str, key: tuple[str, ...], value: str) -> str:
    """Set a value in nested mappings and create missing ones. Comments, order and quotes are kept.

    If the first key is new, the lines are appended to the text.
    """
    editor = YAML(typ="rt")
    editor.preserve_quotes, editor.width = True, 4096
    document = editor.load(text) or {}
    if key[0] not in document:
        lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(key)]
        return text + ("" if not text or text.endswith("\n") else "\n") + "\n".join(lines) + f" {value}\n"
    if re.search(r"^(?: +)- ", text, re.MULTILINE):
        editor.indent(mapping=2, sequence=4, offset=2)
    here = document
    for name in key[:-1]:
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
    here[key[-1]] = value
    stream = StringIO()
    editor.dump(document, stream)
    return stream.getvalue()


def edited_yaml(text: str, change: Callable[[Any], None]) -> str:
    """Return a document after `change` has edited its mappings in place; comments, order and quotes are kept."""
    editor = YAML(typ="rt")
    editor.preserve_quotes, editor.width = True, 4096
    document = editor.load(text)
    if re.search(r"^(?: +)- ", text, re.MULTILINE):
        editor.indent(mapping=2, sequence=4, offset=2)
    change(document)
    stream = StringIO()
    editor.dump(document, stream)
    return stream.getvalue()


def rename_key(mapping: Any, old: str, new: str) -> None:
    """Rename a key of a mapping that `edited_yaml` passes, at its place and with its comments."""
    position = list(mapping).index(old)
    mapping.insert(position, new, mapping.pop(old))
    if old in mapping.ca.items:
        mapping.ca.items[new] = mapping.ca.items.pop(old)


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
            faults.append(self.fault(error))
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
            kind = None if first and isinstance(token, DocumentStartToken) else _UNSUPPORTED.get(type(token))
            first = first and isinstance(token, StreamStartToken)
            if kind:
                yield self.finding("CX004", f"{kind} are not supported here", self.span(token))

    def data(self, node: Node, key: Key) -> Data:
        """Convert a node to plain data and record its place."""
        self.values[key] = self.span(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self.data(item, (*key, index)) for index, item in enumerate(node.value)]
        scalar = _scalar(node)
        return self._whole(scalar, node) if isinstance(scalar, str) else scalar

    def _whole(self, text: str, node: Node) -> str:
        """Return a text without lone surrogates (`"\\ud800"`), which cannot be encoded."""
        if not _SURROGATE.search(text):
            return text
        self.findings.append(self.finding("CX004", "a lone surrogate is not a character", self.span(node)))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Data]:
        result: dict[str, Data] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, ScalarNode):
                self.findings.append(self.finding("CX004", "key is not a plain word", self.span(name_node)))
                continue
            name = self._whole(str(name_node.value), name_node)
            here = (*key, name)
            if name in result:
                self.findings.append(self._duplicate(name, here, name_node))
                continue
            self.keys[here] = self.span(name_node)
            result[name] = self.data(value_node, here)
        return result

    def _duplicate(self, name: str, here: Key, node: Node) -> Finding:
        first = Note(message="first given here", path=self.path, span=self.keys[here])
        return Finding(
            code="CX005",
            message=f"duplicate key `{name}`",
            path=self.path,
            span=self.span(node),
            notes=(first,),
            help="keep one of the two",
        )

    def fault(self, error: MarkedYAMLError) -> Finding:
        """Convert an error of ruamel to a finding at its place."""
        opened = error.context_mark if "quoted scalar" in str(error.context) else None
        mark = opened or error.problem_mark or error.context_mark
        span = self._at(mark, mark) if isinstance(mark, StreamMark) else FILE_START
        return self.finding("CX004", f"invalid YAML: {error.problem or error.context}", span)

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


def _scalar(node: Node) -> Scalar:
    text = str(node.value)
    return text if isinstance(node, ScalarNode) and node.style else _plain(text)


def _plain(text: str) -> Scalar:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def load_yaml_tolerant(text: str) -> tuple[Data, ...]:
    """Read the documents of any YAML, as CI systems and other tools write it; at most a hundred.

    Aliases give the value of their anchor, merge keys add missing keys, and a value with a custom tag is a mapping of
    that tag to the value (`!reference [a, b]` gives `{"!reference": ["a", "b"]}`). The last of two equal keys wins, as
    in most parsers. Callers must limit how far they walk the result: shared values make it larger than its text. Raises
    `ValueError` for invalid YAML, for nesting deeper than 40 levels and for more than 100,000 merged keys.
    """
    return tuple(document.data for document in islice(yaml_documents(text), MAX_DOCUMENTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """A document of a YAML file, and the line on which it starts."""

    line: int
    data: Data


def yaml_documents(text: str) -> Iterator[YamlDocument]:
    """Yield the documents of any YAML as `load_yaml_tolerant` reads them, one at a time."""
    builder, line = _Builder(), 1
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
            if isinstance(event, DocumentStartEvent):
                line = event.start_mark.line + 1
            elif isinstance(event, DocumentEndEvent):
                yield YamlDocument(line=line, data=builder.root)
                builder = _Builder()
    except (YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error


class _Open:
    """A collection whose end has not been reached."""

    def __init__(self, anchor: str | None, tag: str | None, into: "list[Data] | dict[str, Data]") -> None:
        self.anchor = anchor
        self.tag = tag
        self.into = into
        self.key: str | None = None
        self.at_key = True
        self.merged: list[Data] = []


class _Builder:
    """Builds plain data from YAML events, without recursion."""

    def __init__(self) -> None:
        self.root: Data = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Data] = {}
        self._merged_keys = 0

    def take(self, event: object) -> None:
        """Handle the next event of a document."""
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            if len(self._open) >= MAX_TOLERANT_DEPTH:
                raise ValueError(f"YAML nested deeper than {MAX_TOLERANT_DEPTH} levels")
            into: list[Data] | dict[str, Data] = {} if isinstance(event, MappingStartEvent) else []
            self._open.append(_Open(event.anchor, _own_tag(event.tag), into))
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            ended = self._open.pop()
            self._place(_tagged(ended.tag, self._merged(ended)), ended.anchor)
        elif isinstance(event, AliasEvent):
            self._place(self._anchors.get(str(event.anchor)), None)
        elif isinstance(event, ScalarEvent):
            text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", str(event.value))
            self._place(_tagged(_own_tag(event.tag), text if event.style else _plain(text)), event.anchor)

    def _merged(self, ended: _Open) -> Data:
        """Return a collection with the keys that its merge keys add."""
        if isinstance(ended.into, list) or not ended.merged:
            return ended.into
        added: dict[str, Data] = {}
        for value in ended.merged:
            for source in value if isinstance(value, list) else [value]:
                keys = source if isinstance(source, dict) else {}
                self._merged_keys += len(keys) + 1
                if self._merged_keys > MAX_MERGED_KEYS:
                    raise ValueError(f"its merge keys add more than {MAX_MERGED_KEYS:,} keys")
                for key, below in keys.items():
                    added.setdefault(key, below)
        return {**added, **ended.into}

    def _place(self, value: Data, anchor: str | None) -> None:
        if anchor:
            self._anchors[str(anchor)] = value
        if not self._open:
            self.root = value
            return
        here = self._open[-1]
        if isinstance(here.into, list):
            here.into.append(value)
        elif here.at_key:
            here.key, here.at_key = _key(value), False
        else:
            here.at_key = True
            if here.key == "<<":
                here.merged.append(value)
            elif here.key is not None:
                here.into[here.key] = value


def _key(value: Data) -> str | None:
    """Return a key of a mapping as text; None for a collection."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if isinstance(value, (list, dict)) else str(value)


def _own_tag(tag: object) -> str | None:
    """Return a custom tag; None for the tags of YAML itself, such as `!!str`."""
    text = "" if tag is None else str(tag)
    return text if text.startswith("!") and len(text) > 1 else None


def _tagged(tag: str | None, value: Data) -> Data:
    return {tag: value} if tag else value
