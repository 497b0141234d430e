"""What a standard's front matter says itself, and what was filled in for it."""

from skills_build.model.standard import Standard


def stated(standard: Standard, key: str) -> bool:
    """Whether `key` was said, not filled in.

    A canonical standard says all in its front matter, and what is missing there the parser has reported; a foreign one
    has it from its dialect.
    """
    return standard.dialect != "canonical" or any(name == key for name, _ in standard.places)
