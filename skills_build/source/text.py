"""Decodes files and reports problems with encoding, byte-order mark, line endings and control characters."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Fix, Span

BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MAX_REPORTED: Final = 20
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 4096
"""Number of bytes that are examined to recognise UTF-16 without a byte-order mark."""


def decode(path: str, data: bytes, *, limit: int) -> tuple[str | None, tuple[Finding, ...]]:
    """Decode a file as UTF-8 without byte-order mark, with `\\n` for line endings.

    Returns None for a file over `limit` bytes. Bytes that are not UTF-8 are replaced by U+FFFD and reported.
    """
    if len(data) > limit:
        message = f"file is {len(data):,} bytes (limit: {limit:,})"
        too_large = Finding(
            code="CX011", message=message, path=path, help="split the file, or raise `budgets.file` in codex.yaml"
        )
        return None, (too_large,)
    findings: list[Finding] = []
    encoding = other_encoding(data)
    try:
        text = data.decode(encoding or "utf-8")
        if encoding:
            findings.append(_other_encoding(path, encoding))
            text = normalised_text(text)
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace")
        findings.append(_not_utf8(path, data, error))
    if text.startswith(BOM):
        findings.append(_byte_order_mark(path))
        text = text[1:]
    findings.extend(_line_ends(path, text))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    findings.extend(_controls(path, text))
    return text, tuple(findings)


def other_encoding(data: bytes) -> str | None:
    """Return the encoding of a file in UTF-16 or UTF-32, by its mark or by the zero bytes of its ASCII characters."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_SAMPLE]
    if sample.count(0) * 3 < len(sample) or len(sample) < 4:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _other_encoding(path: str, encoding: str) -> Finding:
    name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    fix = Fix(title="save the file as UTF-8", edits=())
    return Finding(
        code="CX001", message=f"file is {name}, not UTF-8", path=path, help="save the file as UTF-8", fix=fix
    )


def _not_utf8(path: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    before = data[: error.start].decode("utf-8", errors="replace")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    bad = data[error.start]
    return Finding(
        code="CX001",
        message=f"byte 0x{bad:02x} is not UTF-8",
        path=path,
        span=Span(line, column, line, column + 1),
        help="save the file as UTF-8",
    )


def _byte_order_mark(path: str) -> Finding:
    fix = Fix(title="remove the byte-order mark", edits=())
    return Finding(
        code="CX002",
        message="file starts with a byte-order mark",
        path=path,
        help="save the file without the byte-order mark",
        fix=fix,
    )


def _line_ends(path: str, text: str) -> Iterator[Finding]:
    if "\r" not in text:
        return
    crlf = text.count("\r\n")
    lone = text.count("\r") - crlf
    plain = text.count("\n") - crlf
    kinds = [f"{n} {name}" for n, name in ((crlf, "CRLF"), (lone, "CR"), (plain, "LF")) if n]
    line = text[: text.index("\r")].count("\n") + 1
    message = f"line endings are {' and '.join(kinds)}, not LF"
    fix = Fix(title="convert line endings to LF", edits=())
    yield Finding(
        code="CX003",
        message=message,
        path=path,
        span=Span(line, 1, line, 1),
        help="save the file with LF line endings",
        fix=fix,
    )


def _controls(path: str, text: str) -> Iterator[Finding]:
    if not _CONTROL.search(text):
        return
    reported = 0
    for number, line in enumerate(text.split("\n"), 1):
        for match in _CONTROL.finditer(line):
            span = Span(number, match.start() + 1, number, match.end() + 1)
            yield Finding(
                code="CX010", message=f"control character U+{ord(match[0]):04X}", path=path, span=span, help="remove it"
            )
            reported += 1
            if reported == _MAX_REPORTED:
                return


def excerpt(data: bytes) -> str:
    """Return the text of a file as it is shown: without byte-order mark, with U+FFFD for what cannot be decoded."""
    return data.decode(other_encoding(data) or "utf-8", "replace").removeprefix(BOM)


def decoded(data: bytes) -> str:
    """Return the text of a file for fixes. Raises `UnicodeDecodeError` for other bytes than UTF-8 or -16."""
    return data.decode(other_encoding(data) or "utf-8")


def normalised_text(text: str) -> str:
    """Return a text without byte-order mark and with LF line endings. This is the fix of CX002 and CX003."""
    return text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def with_line_endings_of(original: str, text: str) -> str:
    """Return an edited text in the form of the original: with its byte-order mark, and with CRLF if it has no other
    line endings."""
    crlf = original.count("\r\n")
    if crlf and crlf == original.count("\n") == original.count("\r"):
        text = text.replace("\n", "\r\n")
    return f"{BOM}{text}" if original.startswith(BOM) else text
