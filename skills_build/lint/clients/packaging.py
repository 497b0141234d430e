"""What Anthropic's packaging check rejects beyond the specification.

Source: anthropics/skills, skill-creator/scripts/quick_validate.py.
"""

from collections.abc import Iterator

from skills_build.lint.clients.front import parse_skill_front_matter


def faults(data: bytes) -> Iterator[str]:
    """Yield the reasons why a skill cannot be packaged."""
    front = parse_skill_front_matter(data)
    if isinstance(front, str):
        yield front
        return
    description = front.values.get("description", "")
    if "<" in description or ">" in description:
        yield "description contains an angle bracket"
    if "version" in front.values:
        yield "`version` is at the top level; it belongs in `metadata`"
