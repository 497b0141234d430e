"""Examples that are the text of a file: of the path that their fence names, otherwise of any file of their language."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from skills_build.checks.base import ExampleForm, Subject
from skills_build.globs import matches
from skills_build.model.check import CheckSpec
from skills_build.model.standard import Example

WITH_PATH: Final = "with a path on the opening fence line, as in ```` ```toml pyproject.toml ````"
"""How an example says which file it is."""
_ALIASES: Final = {
    "shell": "bash",
    "sh": "bash",
    "zsh": "bash",
    "console": "bash",
    "py": "python",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "rs": "rust",
    "golang": "go",
    "yml": "yaml",
    "c#": "csharp",
    "c++": "cpp",
    "rb": "ruby",
    "kt": "kotlin",
    "terraform": "hcl",
    "tf": "hcl",
    "docker": "dockerfile",
}


def language_of(word: str) -> str:
    """Return the name that all spellings of a language share."""
    return _ALIASES.get(word, word)


def is_code(spec: CheckSpec, example: Example, own: bool) -> bool:
    """Return whether an example may be a file that a check looks at. One of its own rule needs no path."""
    if own and not example.path:
        return example.language not in ("diff", "patch")
    paths = (example.path,) if example.path else _sample_paths(example)
    return _is_any_selected(paths, tuple(spec.files or ()), tuple(spec.ignore or ()))


def as_file(examples: Sequence[Example]) -> Subject:
    """Return the first example as the only file of a repository."""
    example = examples[0]
    return Subject(paths=(example.path or _sample_paths(example)[0],), read=lambda _: example.code)


CODE: Final = ExampleForm(fits=is_code, subject=as_file, expected=lambda _: "", of_others=True, any_file=True)
"""The form for kinds that search the text of each file."""


@lru_cache(maxsize=4096)
def _is_any_selected(paths: tuple[str, ...], files: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Return whether a check looks at one of these files. Most checks and examples have these in common with others."""
    return any((not files or matches(path, files)) and not (ignore and matches(path, ignore)) for path in paths)


@lru_cache(maxsize=256)
def _paths_of_language(language: str) -> tuple[str, ...]:
    from skills_build.languages import LANGUAGES

    for name, (_, extensions, names, _, aliases) in LANGUAGES.items():
        if language in (name.lower(), *aliases, *extensions):
            return (*names, *(f"src/example.{extension}" for extension in extensions[:3]))
    return ()


def _sample_paths(example: Example) -> tuple[str, ...]:
    """Return paths that a file of the example's language may have."""
    return _paths_of_language(language_of(example.language)) or ("src/example",)
