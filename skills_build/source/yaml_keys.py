"""Finds the values of a YAML document whose keys have a pattern: `("profiles", "*", "paths", "*")`."""

from collections.abc import Iterable, Iterator

from skills_build.diagnostics import Span
from skills_build.source.yaml import Key, YamlValue


def texts_at(value: YamlValue, patterns: Iterable[Key]) -> Iterator[tuple[Key, str, Span]]:
    """Yield each text at a key with one of the patterns, with its key and place; `*` is any key or number."""
    patterns = tuple(patterns)
    for key, span in value.values.items():
        text = value.at(key) if has_pattern(key, patterns) else None
        if isinstance(text, str):
            yield key, text, span


def has_pattern(key: Key, patterns: Iterable[Key]) -> bool:
    """Return whether a key has one of the patterns."""
    return any(
        len(key) == len(pattern) and all(part in ("*", own) for own, part in zip(key, pattern, strict=True))
        for pattern in patterns
    )
