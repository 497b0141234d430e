"""Which files a skill is about, for clients that attach text to files. Facts about languages, kept in one table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from skills_build.globs import expanded
from skills_build.model.bundle import PlacedRule

LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "bash": ("**/*.sh", "**/*.bash"),
    "c": ("**/*.c", "**/*.h"),
    "cpp": ("**/*.cc", "**/*.cpp", "**/*.hpp", "**/*.h"),
    "csharp": ("**/*.cs",),
    "css": ("**/*.css", "**/*.scss"),
    "go": ("**/*.go",),
    "html": ("**/*.html",),
    "java": ("**/*.java",),
    "javascript": ("**/*.js", "**/*.jsx", "**/*.mjs", "**/*.cjs"),
    "kotlin": ("**/*.kt", "**/*.kts"),
    "php": ("**/*.php",),
    "python": ("**/*.py", "**/*.pyi"),
    "ruby": ("**/*.rb",),
    "rust": ("**/*.rs",),
    "scala": ("**/*.scala",),
    "shell": ("**/*.sh", "**/*.bash"),
    "sql": ("**/*.sql",),
    "swift": ("**/*.swift",),
    "terraform": ("**/*.tf", "**/*.tfvars"),
    "typescript": ("**/*.ts", "**/*.tsx", "**/*.mts", "**/*.cts"),
    "yaml": ("**/*.yaml", "**/*.yml"),
}


def globs(rules: Iterable[PlacedRule]) -> tuple[str, ...]:
    """Globs that cover all of `rules`; empty where one of them is not bound to any file."""
    found: dict[str, None] = {}
    for one in rules:
        own = one.scope.paths or _languages(one.scope.languages)
        if not own:
            return ()
        found.update(dict.fromkeys(own))
    return tuple(sorted(found))


def _languages(languages: Sequence[str]) -> tuple[str, ...]:
    known = [LANGUAGES.get(word.lower(), ()) for word in languages]
    return tuple(glob for one in known for glob in one) if all(known) else ()


def joined(patterns: Sequence[str]) -> str:
    """Globs as clients list them: commas without blanks, and no braces; a comma within a glob becomes `?`."""
    return ",".join(glob.replace("\\,", "?").replace(",", "?") for pattern in patterns for glob in expanded(pattern))
