"""Tries each check on the examples of its rule: every Bad must be found, no Good may be, and no Good of another rule.

An example is a file if its fence names a path, otherwise any file of its language. For a `commit` check it is a
message, for `forge` it is JSON, for `diff` it is a diff.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from skills_build.checks.ast_grep import MISSING, installed
from skills_build.checks.base import Commit, Evaluation, Gap, Kind, Subject
from skills_build.checks.patch import parse_patch
from skills_build.checks.registry import kind_of
from skills_build.frozen import dataclass
from skills_build.globs import matches
from skills_build.model.check import Check, CheckKind, Outcome
from skills_build.model.standard import Example, Rule, Standard

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A problem of one check with one example. `other` is the rule whose example it is, if it is not its own."""

    check: Check
    outcome: Outcome
    example: Example | None = None
    other: Rule | None = None
    other_path: str = ""
    found: str = ""
    line: int = 0
    """The line of the page on which it was found."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    """A rule with its valid checks and its standard."""

    rule: Rule
    standard: Standard
    checks: tuple[Check, ...]


def language_of(word: str) -> str:
    """Return the name that all spellings of a language share."""
    return _ALIASES.get(word, word)


def tried(rules: Sequence[CheckedRule]) -> Iterator[Trial]:
    """Try every check that a program decides without results of others."""
    examples = [(one.rule, one.standard, example) for one in rules for example in one.rule.examples]
    for one in rules:
        for check in one.checks:
            kind = kind_of(check.kind)
            if check.kind in (CheckKind.JUDGEMENT, CheckKind.LINTER):
                continue
            if check.kind is CheckKind.AST_GREP and not installed():
                yield Trial(check=check, outcome=Outcome.NOT_TRIED, why=MISSING)
                continue
            yield from own_trials(check, one.rule.examples)
            others = [(rule, standard, e) for rule, standard, e in examples if e.good and rule is not one.rule]
            yield from _other_trials(check, kind, one.rule, others)


def own_trials(check: Check, examples: Sequence[Example]) -> Iterator[Trial]:
    """Try a check on the examples of its rule. Without a trial, it has both kinds of example and is right on each."""
    kind = kind_of(check.kind)
    fitting = [example for example in examples if fits(check, example, own=True)]
    for good in (False, True):
        side = [example for example in fitting if example.good is good]
        if not side:
            name = "Good" if good else "Bad"
            yield Trial(check=check, outcome=Outcome.NO_EXAMPLE, why=f"no `{name}` example {_expected(check)}")
        for example in side if check.kind is not CheckKind.FILE else side[:1]:
            tree = tuple(side) if check.kind is CheckKind.FILE else (example,)
            result = evaluate_on(check, kind, *tree)
            if result.gaps:
                yield Trial(check=check, outcome=Outcome.NOT_TRIED, example=example, why=result.gaps[0].why)
            elif not good and not result.matches:
                yield Trial(check=check, outcome=Outcome.MISSES_BAD, example=example)
            elif good and result.matches:
                yield _flagged(check, Outcome.FLAGS_GOOD, example, result)


def _expected(check: Check) -> str:
    """Return what an example of a check must be, as the end of a sentence."""
    if check.kind is CheckKind.FORGE:
        return "in JSON"
    if check.kind is CheckKind.COMMIT:
        return "with a message"
    if check.kind is CheckKind.DIFF:
        return "in a `diff` fence"
    if check.spec.ast_grep:
        return f"in {check.spec.ast_grep.language}"
    return (
        "whose fence names a path, as in ```` ```toml pyproject.toml ````" if check.kind is not CheckKind.REGEX else ""
    )


def _other_trials(
    check: Check, kind: Kind, own: Rule, examples: Sequence[tuple[Rule, Standard, Example]]
) -> Iterator[Trial]:
    if check.kind not in (CheckKind.REGEX, CheckKind.AST_GREP, CheckKind.CONFIG):
        return
    languages = {language_of(example.language) for example in own.examples}
    for rule, standard, example in examples:
        if not example.path and language_of(example.language) not in languages:
            continue
        if not fits(check, example, own=False):
            continue
        result = evaluate_on(check, kind, example)
        if result.matches:
            yield _flagged(check, Outcome.FLAGS_OTHER, example, result, rule=rule, path=standard.path)


def _flagged(
    check: Check, outcome: Outcome, example: Example, result: Evaluation, *, rule: Rule | None = None, path: str = ""
) -> Trial:
    match = result.matches[0]
    line = example.span.line + match.line if match.line else example.span.line
    return Trial(
        check=check, outcome=outcome, example=example, other=rule, other_path=path, found=match.text, line=line
    )


def fits(check: Check, example: Example, *, own: bool) -> bool:
    """Return whether an example is of the kind that a check looks at. One of its own rule needs no matching path."""
    spec, kind = check.spec, check.kind
    if kind is CheckKind.FORGE:
        return example.language == "json" and not example.path
    if kind is CheckKind.COMMIT:
        return not example.path and language_of(example.language) in ("", "text", "commit", "git-commit", "gitcommit")
    if kind is CheckKind.DIFF:
        return example.language in ("diff", "patch")
    if spec.ast_grep and not _is_parsed_as(spec.ast_grep.language, example):
        return False
    if kind is CheckKind.FILE:
        return bool(example.path) or example.language in ("", "text", "tree")
    if spec.config:
        return bool(example.path) and matches(example.path, (spec.config.file,))
    if own and not example.path:
        return example.language not in ("diff", "patch")
    return any(_is_selected(check, path) for path in ([example.path] if example.path else _sample_paths(example)))


def _is_parsed_as(language: str, example: Example) -> bool:
    written = language_of(example.language)
    return written == language or (language == "tsx" and example.language in ("tsx", "jsx"))


def _is_selected(check: Check, path: str) -> bool:
    spec = check.spec
    return (not spec.files or matches(path, spec.files)) and not (spec.ignore and matches(path, spec.ignore))


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


def evaluate_on(check: Check, kind: Kind, *examples: Example) -> Evaluation:
    """Evaluate a check on one example, or a `file` check on the files that all of them are."""
    spec = check.spec
    try:
        subject = _subject(check, examples)
    except ValueError as error:
        return Evaluation(gaps=(Gap(path="", why=f"the example cannot be read: {error}"),))
    if check.kind in (CheckKind.REGEX, CheckKind.AST_GREP) and spec.files:
        spec = replace(spec, files=None, ignore=None)
    return kind.evaluate(spec, subject)


def _subject(check: Check, examples: Sequence[Example]) -> Subject:
    example = examples[0]
    if check.kind is CheckKind.FORGE:
        settings = json.loads(example.code)
        if not isinstance(settings, dict):
            raise ValueError("it is no object")
        return Subject(settings=settings)
    if check.kind is CheckKind.COMMIT:
        return Subject(commits=(Commit(id="", message=example.code.strip("\n")),))
    if check.kind is CheckKind.DIFF:
        patch = parse_patch(example.code)
        if not patch.files:
            raise ValueError("it is no diff")
        return Subject(change=patch.files, commits=patch.commits or (Commit(id="", message=_preamble(example.code)),))
    if check.kind is CheckKind.FILE:
        paths = tuple(path for one in examples for path in ([one.path] if one.path else listed_paths(one.code)))
        return Subject(paths=paths)
    path = example.path or _sample_paths(example)[0]
    return Subject(paths=(path,), read=lambda _: example.code)


def _preamble(code: str) -> str:
    """Return the text above a diff: the message of its commit."""
    return re.split(r"^(?:diff --git|---) ", code, maxsplit=1, flags=re.MULTILINE)[0].strip()


def listed_paths(code: str) -> tuple[str, ...]:
    """Return the paths of an example that lists one on each line."""
    return tuple(line.strip() for line in code.split("\n") if line.strip())
