"""The input and output of checks. One module per kind evaluates; nothing here depends on a kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from skills_build.diagnostics import Finding
from skills_build.frozen import dataclass
from skills_build.globs import fault, matches
from skills_build.model.check import Check, CheckKind, CheckSpec
from skills_build.model.standard import Example
from skills_build.source.yaml import Key, YamlValue

MAX_CHARACTERS: Final = 1_000_000
"""Maximum length of a text that is searched, in characters; longer ones are reported as not assessed."""
MAX_MATCHES: Final = 1000
"""Maximum number of matches of one check that are reported for one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A place that violates a check. Lines and columns count from 1; line 0 is the file as a whole.

    `path` is empty for anything outside files: a setting, a commit, a whole change.
    """

    path: str
    line: int = 0
    column: int = 1
    end_line: int = 0
    end_column: int = 1
    text: str = ""
    """What was found, on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that a check could not examine, and the reason."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result of one check. `looked` are the paths, settings or commits that it examined."""

    matches: tuple[Match, ...] = ()
    looked: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file of a change: its lines by number in the new file, and the removed ones. `old` is None for a new file."""

    path: str
    old: str | None = None
    added: tuple[tuple[int, str], ...] = ()
    removed: tuple[str, ...] = ()
    removed_at: tuple[int, ...] = ()
    """The numbers of the removed lines in the old file; empty if they are not known."""
    context: tuple[tuple[int, str], ...] = ()
    """Unchanged lines that the change shows, by number in the new file. What a hunk is in has the number before it."""
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit: its id, empty in an example, and its message."""

    id: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The input of checks. A part that is None is not known, and checks of it result in a gap.

    `read` returns the text of a path, or the reason why it has none. `applies` says whether the rule of the check
    applies to a path.
    """

    paths: Sequence[str] | None = None
    read: "Callable[[str], str | Gap]" = lambda path: Gap(path=path, why="the file was not read")
    applies: Callable[[str], bool] = lambda _: True
    settings: Mapping[str, object] | None = None
    settings_read: frozenset[str] | None = None
    """The dotted names of the settings that were read; None if all were read."""
    commits: Sequence[Commit] | None = None
    change: Sequence[ChangedFile] | None = None


Evaluate: TypeAlias = Callable[[CheckSpec, Subject], Evaluation]
Validate: TypeAlias = "Callable[[CheckSpec], Iterator[Fault]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A problem in a valid YAML value of a check, and its position: the keys as the author writes them.

    `of_key`: the last key itself is wrong, not its value.
    """

    key: Key
    message: str
    help: str | None = None
    of_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleForm:
    """What an example of a rule is for a kind of check.

    `fits` tells whether an example is one; its last argument, whether the example is of the rule of the check.
    `subject` is what the check then looks at; it raises `ValueError` if the example cannot be read. `expected` ends the
    sentence "no `Bad` example". `together`: all Bad examples of a rule are one subject, and so are all Good ones.
    `of_others`: it must not find the Good examples of other rules. `any_file`: `fits` has compared the example with
    `files` and `ignore`, so that `evaluate` is called without them.
    """

    fits: Callable[[CheckSpec, Example, bool], bool]
    subject: Callable[[Sequence[Example]], Subject]
    expected: Callable[[CheckSpec], str]
    together: bool = False
    of_others: bool = False
    any_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of check. `examples` is None if it is not tried on examples: the result comes from elsewhere.

    `by_file`: it looks at the text of one file at a time, so a change is judged by its added lines. `missing` returns
    why it cannot run here: an optional dependency, and how to install it.
    """

    kind: CheckKind
    summary: str
    validate: "Callable[[CheckSpec], Iterator[Fault]]"
    evaluate: Evaluate
    examples: ExampleForm | None
    by_file: bool = False
    missing: Callable[[], str | None] = lambda: None


def glob_faults(globs: Sequence[str] | None, *key: str) -> "Iterator[Fault]":
    """Yield a fault for each invalid glob of the list at a key."""
    for number, glob in enumerate(globs or ()):
        yield from glob_fault(glob, *key, number)


def glob_fault(glob: str, *key: str | int) -> "Iterator[Fault]":
    """Yield a fault if the glob at a key is invalid."""
    problem = fault(glob)
    if problem is not None:
        yield Fault(key=key, message=f"glob `{glob}` is invalid: {problem.message}", help=problem.help)


@lru_cache(maxsize=100_000)
def is_in(path: str, globs: tuple[str, ...]) -> bool:
    """Return whether a glob matches a path; many checks have the same globs."""
    return matches(path, globs)


def looks_at(spec: CheckSpec, path: str, applies: Callable[[str], bool]) -> bool:
    """Return whether a check examines a path: one of `files`, otherwise one that the rule applies to."""
    inside = is_in(path, tuple(spec.files)) if spec.files else applies(path)
    return inside and not (spec.ignore and is_in(path, tuple(spec.ignore)))


def selected(spec: CheckSpec, subject: Subject) -> Iterator[str]:
    """Yield the paths that a check examines."""
    yield from (path for path in subject.paths or () if looks_at(spec, path, subject.applies))


def by_text(spec: CheckSpec, subject: Subject, search: Callable[[str], "Sequence[Match] | str"]) -> Evaluation:
    """Search each selected file. `search` returns matches without a path, or the reason why there is no answer."""
    found: list[Match] = []
    looked: list[str] = []
    gaps: list[Gap] = []
    if subject.paths is None:
        return Evaluation(gaps=(Gap(path="", why="no files were passed"),))
    for path in selected(spec, subject):
        text = subject.read(path)
        answer: Sequence[Match] | str
        if isinstance(text, Gap):
            answer = text.why
        elif len(text) > MAX_CHARACTERS:
            answer = f"the file has more than {MAX_CHARACTERS:,} characters"
        else:
            answer = search(text)
        if isinstance(answer, str):
            gaps.append(Gap(path=path, why=answer))
            continue
        looked.append(path)
        found.extend(at_path(match, path) for match in answer[:MAX_MATCHES])
        if len(answer) > MAX_MATCHES:
            gaps.append(Gap(path=path, why=f"only the first {MAX_MATCHES:,} matches are reported"))
    return Evaluation(matches=tuple(found), looked=tuple(looked), gaps=tuple(gaps))


def at_path(match: Match, path: str) -> Match:
    """Return a match in a file."""
    return Match(
        path=path,
        line=match.line,
        column=match.column,
        end_line=match.end_line,
        end_column=match.end_column,
        text=match.text,
    )


def one_line(text: str, *, most: int = 120) -> str:
    """Return the first line of a text, shortened."""
    line = text.strip().split("\n", 1)[0].strip()
    return line if len(line) <= most else f"{line[: most - 4]} ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The checks of a rule as read: valid ones, the YAML of each, and what is wrong with the others."""

    checks: tuple[Check, ...] = ()
    values: tuple[YamlValue, ...] = ()
    findings: tuple[Finding, ...] = ()
