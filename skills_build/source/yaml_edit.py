"""Edits YAML in place: comments, order and quotes are kept."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from skills_build.errors import CodexError

_FAULTS: Final = (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What ruamel.yaml raises for a value that it cannot convert, such as `2026-99-99`, `0b_` or 5,000 digits."""


def set_value(text: str, key: tuple[str, ...], value: str) -> str:
    """Set a value in nested mappings and create missing ones. Comments, order and quotes are kept.

    If the first key is new, the lines are appended to the text. Raises `CodexError` if the text cannot be edited.
    """
    with _readable():
        return _with_value(text, key, value)


def _with_value(text: str, key: tuple[str, ...], value: str) -> str:
    editor = _editor(text)
    document = editor.load(text) or {}
    if key[0] not in document:
        lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(key)]
        return text + ("" if not text or text.endswith("\n") else "\n") + "\n".join(lines) + f" {value}\n"
    here = document
    for name in key[:-1]:
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
    here[key[-1]] = value
    return _dumped(editor, document)


def edited_yaml(text: str, change: Callable[[Any], None]) -> str:
    """Return a document after `change` has edited its mappings in place; comments, order and quotes are kept.

    Raises `CodexError` if the text cannot be edited.
    """
    editor = _editor(text)
    with _readable():
        document = editor.load(text)
        change(document)
        return _dumped(editor, document)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        fault = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "correct the value, or put it in quotes; `codexc check` lists invalid settings"
        raise CodexError(f"the YAML cannot be edited: {fault}", hint=hint) from error


def rename_key(mapping: Any, old: str, new: str) -> None:
    """Rename a key of a mapping that `edited_yaml` passes, at its place and with its comments."""
    position = list(mapping).index(old)
    mapping.insert(position, new, mapping.pop(old))
    if old in mapping.ca.items:
        mapping.ca.items[new] = mapping.ca.items.pop(old)


def _editor(text: str) -> YAML:
    """Return an editor that keeps the style of a text: its quotes, its long lines, and how it indents lists."""
    editor = YAML(typ="rt")
    editor.preserve_quotes, editor.width = True, 4096
    if re.search(r"^(?: +)- ", text, re.MULTILINE):
        editor.indent(mapping=2, sequence=4, offset=2)
    return editor


def _dumped(editor: YAML, document: Any) -> str:
    stream = StringIO()
    editor.dump(document, stream)
    return stream.getvalue()
