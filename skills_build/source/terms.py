"""Findings about languages, technologies and kinds: other words for one, and words that no repository has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.source.scope_words import word_problem
from skills_build.source.similar import misspelt, nearest
from skills_build.source.yaml import Key, YamlValue
from skills_build.source.yaml_keys import texts_at
from skills_build.vocabulary import canonical, known, singular

KINDS: Final = ("languages", "technologies", "kinds")


def alias_finding(kind: str, written: str, path: str, span: Span) -> Finding | None:
    """Return the finding for another word for a language, technology or kind; None if it is the word itself."""
    word = canonical(kind, written)
    if word.lower() == written.lower():
        return None
    return Finding(
        code="CX046",
        message=f"`{written}` is read as `{word}`, the name used for this {singular(kind)} in profiles",
        path=path,
        span=span,
        help=f"write `{word}`",
        fix=Fix(title=f"write `{word}`", edits=(Edit(span=span, text=word),)),
    )


def unknown_word(kind: str, written: str, own: Iterable[str]) -> tuple[str, str, str | None] | None:
    """Return the message, help and suggestion for a word that is neither published nor an organisation's own.

    Declared languages replace the published ones; declared technologies are added to the published ones.
    """
    own = tuple(own)
    valid = frozenset(own) if kind == "languages" and own else known(kind) | frozenset(own)
    word = canonical(kind, written)
    if word in valid or written in valid:
        return None
    if problem := word_problem(kind, written):
        return problem.message, problem.help, problem.suggestion
    other = next((one for one in KINDS if one != kind and canonical(one, written) in known(one)), None)
    if other:
        help_ = f"`{written}` is one of the {other}: list the name under `{other}`"
        return f"`{written}` is not one of the {kind}", help_, None
    near = nearest(word, tuple(sorted(valid)))
    where = "listed under `languages` in codex.yaml" if kind == "languages" and own else f"one of the supported {kind}"
    if near and near not in known(kind) and word in known(kind):
        near = None
    return f"`{written}` is not {where}", f"did you mean `{near}`?" if near else _add(kind, own, valid), near


def _add(kind: str, own: tuple[str, ...], valid: frozenset[str]) -> str:
    """Return what to do about a word that is near to none."""
    if kind == "kinds":
        return f"write {_listed(sorted(valid))}"
    if kind == "languages":
        return f"add it to `languages` in codex.yaml{'' if own else ', with all other languages of your standards'}"
    return "add it to `technologies` in codex.yaml; `codexc explain --technologies` lists all others"


def misspelt_own(value: YamlValue, keys: Iterable[Key], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each own word at one of `keys` that is almost a published one, or is no single word."""
    for key, written, span in texts_at(value, keys):
        kind = str(key[0])
        word = canonical(kind, written)
        problem = None if re.search(r"\s", written.strip()) else word_problem(kind, written)
        if problem:
            yield unknown_finding((problem.message, f"list the {kind}, or leave out `{kind}`", None), path, span)
            continue
        near = None if word in known(kind) else misspelt(word.lower(), tuple(sorted(known(kind))))
        if near:
            message = f"`{written}` is not one of the supported {kind}, so it becomes a separate {singular(kind)}"
            yield unknown_finding((message, f"did you mean `{near}`?", near), path, span)


def _listed(words: Iterable[str]) -> str:
    return f"one of {', '.join(f'`{word}`' for word in words)}"


def aliases_in(value: YamlValue, keys: Iterable[Key], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each other word at one of `keys`, of which the last but one is the kind."""
    for key, written, span in texts_at(value, keys):
        finding = alias_finding(str(key[-2]), written, path, span)
        if finding:
            yield finding


def unknown_in(
    value: YamlValue, keys: Iterable[Key], own: Mapping[str, Iterable[str]], *, path: str
) -> Iterator[Finding]:
    """Yield a finding for each word at one of `keys` that no repository has."""
    for key, written, span in texts_at(value, keys):
        kind = str(key[-2])
        wrong = unknown_word(kind, written, own.get(kind, ()))
        if wrong:
            yield unknown_finding(wrong, path, span)


def unknown_finding(wrong: tuple[str, str, str | None], path: str, span: Span, *, exact: bool = True) -> Finding:
    """Return the finding for an unknown word. The fix needs the `exact` place of the word."""
    message, help_, near = wrong
    fix = Fix(title=f"write `{near}`", edits=(Edit(span=span, text=near),), unsafe=True) if near and exact else None
    return Finding(code="CX115", message=message, path=path, span=span, help=help_, fix=fix)
