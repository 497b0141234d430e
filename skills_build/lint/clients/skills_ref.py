"""The Agent Skills specification and its reference validator, skills-ref 0.1.1.

Source: agentskills/agentskills, docs/specification.mdx (frontmatter) and skills-ref `validator.py`, `parser.py`.
"""

import re
from collections.abc import Iterator
from typing import Final

from skills_build.lint.clients.front import parse_skill_front_matter

_KEYS: Final = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def faults(folder: str, data: bytes) -> Iterator[str]:
    """Yield the problems that the reference validator reports for the SKILL.md of a folder."""
    front = parse_skill_front_matter(data)
    if isinstance(front, str):
        yield front
        return
    unknown = sorted(front.values.keys() - _KEYS)
    if unknown:
        yield f"key `{unknown[0]}` is not in the specification"
    name, description = front.values.get("name", ""), front.values.get("description", "")
    if not _NAME.fullmatch(name) or len(name) > 64:
        yield f"`{name}` is not a valid name: use 1 to 64 characters of a-z, 0-9 and single hyphens"
    if name != folder:
        yield f"name `{name}` differs from its folder `{folder}`"
    if not 1 <= len(description.strip()) <= 1024:
        yield f"description has {len(description)} characters; 1 to 1,024 are allowed"
    if len(front.values.get("compatibility", "")) > 500:
        yield "compatibility has more than 500 characters"
    if any("---" in value for value in (*front.values.values(), *front.metadata.values())):
        yield "a value contains `---`, where the reference parser splits the file"
