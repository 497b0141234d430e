"""Finds texts that a program reads differently than a check does: it must not pass as assessed."""

import re
from typing import Final

OTHERWISE: Final = "programs can interpret the file differently: "
"""How each reason begins."""
_PYTHON: Final = (".py", ".pyw", ".pyi", ".pyx", ".bzl")
_ENCODING: Final = re.compile(r"[ \t\f]*#.{0,400}?coding[:=][ \t]*(?P<name>[-\w.]{1,40})")
"""https://peps.python.org/pep-0263/: in one of the first two lines."""
_PROBES: Final = ("+AFs-", "\\x41", "\\u0041", "\\101", "~{<:Ky~}", "\x1b$B<:\x1b(B", "a-b", "xn--80ak6aa92e")
"""ASCII that is the code of other characters in some encoding."""


def read_otherwise(path: str, text: str) -> str | None:
    """Return why a program reads other lines than those of a text, None if it reads the same ones.

    Python, JavaScript and others end a line, and so a comment, at a carriage return too, but Git and the checks do not.
    Python decodes a file as its comment says, so that any ASCII text can be code.
    """
    if "\r" in text.replace("\r\n", ""):
        return f"{OTHERWISE}a line contains a carriage return"
    if path.lower().endswith(_PYTHON):
        for line in text.split("\n", 2)[:2]:
            found = _ENCODING.match(line)
            if found and not _keeps_ascii(found["name"]):
                return f"{OTHERWISE}its encoding is not compatible with ASCII"
    return None


def _keeps_ascii(name: str) -> bool:
    """Return whether each ASCII byte is that character in an encoding, also a backslash after any other byte."""
    try:
        same = all(probe.encode().decode(name) == probe for probe in _PROBES)
        return same and all(bytes((lead, 0x5C)).decode(name, "replace").endswith("\\") for lead in range(128, 256))
    except (LookupError, ValueError, TypeError):
        return False
