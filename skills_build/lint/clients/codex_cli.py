"""The limits of Codex CLI for a skill.

Source: openai/codex, codex-rs/core-skills/src/loader.rs: name with its plugin's prefix at most 64, description 1,024.
"""

from collections.abc import Iterator

from skills_build.lint.clients.front import parse_skill_front_matter


def faults(data: bytes, *, plugin: str) -> Iterator[str]:
    """Yield the reasons why Codex CLI drops or truncates a skill of a plugin."""
    front = parse_skill_front_matter(data)
    if isinstance(front, str):
        yield front
        return
    full = f"{plugin}:{front.values.get('name', '')}"
    if len(full) > 64:
        yield f"`{full}` has {len(full)} characters; a name with its plugin prefix can have at most 64"
    if len(" ".join(front.values.get("description", "").split())) > 1024:
        yield "description has more than 1,024 characters"
