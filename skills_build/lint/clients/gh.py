"""What `gh skill publish` rejects. Source: cli.github.com/manual/gh_skill_publish."""

from collections.abc import Iterator

from skills_build.lint.clients.front import parse_skill_front_matter


def faults(data: bytes) -> Iterator[str]:
    """Yield the reasons why a skill cannot be published."""
    front = parse_skill_front_matter(data)
    if isinstance(front, str):
        yield front
        return
    reserved = [key for key in front.metadata if key.startswith("github-")]
    if reserved:
        yield f"metadata key `{reserved[0]}` is reserved"
