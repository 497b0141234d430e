"""Reads YAML that other tools wrote, with anchors, merge keys and tags. Aliases are shared, never copied."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
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

from skills_build.frozen import dataclass
from skills_build.source.yaml_scalars import Data, plain_scalar, without_surrogates

MAX_DEPTH: Final = 40
MAX_DOCUMENTS: Final = 100
MAX_MERGED_KEYS: Final = 100_000
"""Maximum number of keys that the merge keys of one document may add. They are copied, so a short text could take
gigabytes.
"""


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
            if len(self._open) >= MAX_DEPTH:
                raise ValueError(f"YAML nested deeper than {MAX_DEPTH} levels")
            into: list[Data] | dict[str, Data] = {} if isinstance(event, MappingStartEvent) else []
            self._open.append(_Open(event.anchor, _own_tag(event.tag), into))
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            ended = self._open.pop()
            self._place(_tagged(ended.tag, self._merged(ended)), ended.anchor)
        elif isinstance(event, AliasEvent):
            self._place(self._anchors.get(str(event.anchor)), None)
        elif isinstance(event, ScalarEvent):
            text = without_surrogates(str(event.value))
            self._place(_tagged(_own_tag(event.tag), text if event.style else plain_scalar(text)), event.anchor)

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
                    raise ValueError(f"the merge keys add more than {MAX_MERGED_KEYS:,} keys")
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
