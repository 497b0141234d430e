"""Parses the front matter of an emitted SKILL.md, whose canonical form needs no YAML library."""

import re
from typing import Final

from skills_build.frozen import dataclass
from skills_build.json_input import parse_json

_ROW: Final = re.compile(r'( *)([A-Za-z-]+):(?: ("(?:[^"\\]|\\.)*"))?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Front matter: top-level keys with their strings, and the mapping under `metadata`."""

    values: dict[str, str]
    metadata: dict[str, str]


def parse_skill_front_matter(data: bytes) -> Front | str:
    """Parse the front matter of a SKILL.md; return a message if it is invalid.

    Only the canonical subset is accepted: `---` in the first byte, keys with double-quoted one-line strings, `metadata`
    as a block of the same.
    """
    if not data.startswith(b"---\n"):
        return "does not start with a `---` line"
    end = data.find(b"\n---\n", 3)
    if end < 0:
        return "front matter is not closed"
    values: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for line in data[4:end].decode("utf-8", "replace").split("\n"):
        match = _ROW.fullmatch(line)
        if match is None:
            return f"`{line[:40]}` is not a key followed by a quoted string"
        target = metadata if match[1] else values
        if match[2] in target:
            return f"duplicate key `{match[2]}`"
        target[match[2]] = parse_json(match[3]) if match[3] else ""
    return Front(values=values, metadata=metadata)
