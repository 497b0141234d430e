"""The examples of a rule of which only the Markdown of its body is known, as in an installed codex."""

from functools import lru_cache

from skills_build.model.standard import Example
from skills_build.source.body import Reading, read_body
from skills_build.source.dialect import PartRules
from skills_build.source.markdown import parse_markdown


@lru_cache(maxsize=4096)
def examples_of(body: str) -> tuple[Example, ...]:
    """Return the examples in the body of a rule."""
    lines = tuple(body.split("\n"))
    return read_body(parse_markdown(lines).blocks, lines, Reading(rules=PartRules(), strict=True)).examples
