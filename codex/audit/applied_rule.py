"""A rule of a repository with its checks, and the files that it applies to."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from codex.profile.language_table import GROUPS
from codex.profile.languages import language_of_first_line, language_of_name
from codex.profile.technologies import PATHS
from skills_build.checks.base import is_in
from skills_build.checks.read import check_of
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.check import Check
from skills_build.model.rules_file import Applicability, InstalledRule, InstalledStandard
from skills_build.source.signals import Signals, read_signals
from skills_build.source.values import Problem

_GREP_LANGUAGES: Final = {
    "bash": ("shell",),
    "csharp": ("c#",),
    "cpp": ("c++",),
}
"""Languages that have a different name in ast-grep."""
_GREP_EXTENSIONS: Final = {
    "css": ("css",),
    "hcl": ("hcl", "tf", "tofu"),
    "html": ("html", "htm"),
    "json": ("json",),
    "markdown": ("md", "markdown"),
    "nix": ("nix",),
    "tsx": ("tsx",),
    "yaml": ("yaml", "yml"),
}
"""Languages of ast-grep that are recognised by file extension, because profiles do not count them as languages."""
_TECHNOLOGIES_OF_PATHS: Final = frozenset(name for name, _ in PATHS)
"""Technologies that follow from a file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRule:
    """A rule that applies to a repository."""

    rule: InstalledRule
    standard: InstalledStandard
    checks: tuple[Check, ...]
    signals: Signals | None = None
    """The patterns of `Selected by`; None if the rule has none."""

    def applies_to(self, path: str, first_line: str = "") -> bool:
        """Return whether the rule is about a file: by its globs, or its language and a technology that a name proves.

        Globs take precedence over languages: `**/Cargo.toml` is for repositories with Rust, and no such file is Rust.
        `first_line` is the first line of a script whose name does not show its language.
        """
        scope = self.rule.applies_to or Applicability()
        if scope.paths:
            return is_in(path, tuple(scope.paths))
        languages = languages_of(path) or _languages_of_script(first_line)
        if scope.languages and languages.isdisjoint(word.lower() for word in scope.languages):
            return False
        named = {word.lower() for word in scope.technologies or ()}
        provable = named <= _TECHNOLOGIES_OF_PATHS
        return not (named and provable and named.isdisjoint(technologies_of(path)))

    @property
    def remedy(self) -> str | None:
        """What to do instead, from the parts of the rule."""
        return " ".join(text for text in (self.rule.use, self.rule.how) if text) or None


def applied_rules(standards: Iterable[InstalledStandard]) -> Iterator[AppliedRule]:
    """Yield all rules with their checks. Raises `CodexError` for a check that this version cannot read."""
    for standard in standards:
        for rule in standard.rules:
            try:
                checks = tuple(check_of(rule.id, n, row) for n, row in enumerate(rule.checks or (), start=1))
            except (CodexError, LookupError, TypeError, StopIteration) as error:
                raise CodexError(
                    f"the checks of `{rule.id}` cannot be read: {error}",
                    hint="update codexc, or install the codex again",
                ) from error
            yield AppliedRule(rule=rule, standard=standard, checks=checks, signals=_signals(rule))


def _signals(rule: InstalledRule) -> Signals | None:
    found = read_signals(rule.selected_by) if rule.selected_by else None
    if isinstance(found, Problem):
        raise CodexError(
            f"the `Selected by` label of `{rule.id}` cannot be read: {found.message}",
            hint="update codexc, or install the codex again",
        )
    return found


@lru_cache(maxsize=100_000)
def languages_of(path: str) -> frozenset[str]:
    """Return the language of a file by its name, in lower case, with the groups that it belongs to."""
    return _with_groups(language_of_name(path))


@lru_cache(maxsize=1000)
def _languages_of_script(first_line: str) -> frozenset[str]:
    return _with_groups(language_of_first_line(first_line.encode(errors="replace"))) if first_line else frozenset()


def _with_groups(language: str | None) -> frozenset[str]:
    return frozenset() if language is None else frozenset((language.lower(), *GROUPS.get(language, ())))


@lru_cache(maxsize=100_000)
def technologies_of(path: str) -> frozenset[str]:
    """Return the technologies that the name of a file proves."""
    return frozenset(name for name, pattern in PATHS if pattern.fullmatch(path))


def is_parsed_as(path: str, language: str) -> bool:
    """Return whether a file is in a language of ast-grep, by its name."""
    names = _GREP_LANGUAGES.get(language, (language,))
    if language in _GREP_EXTENSIONS:
        return path.rpartition(".")[2].lower() in _GREP_EXTENSIONS[language]
    return not languages_of(path).isdisjoint(names)


def provable_technologies(technologies: Iterable[str]) -> bool:
    """Return whether the name of a file proves each of these technologies."""
    return all(name.lower() in _TECHNOLOGIES_OF_PATHS for name in technologies)
