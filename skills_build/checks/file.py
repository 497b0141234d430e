"""The kind `file`: files that a repository must or must not contain, and what they are called."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.checks.base import Evaluation, ExampleForm, Fault, Gap, Kind, Match, Subject, glob_faults, selected
from skills_build.checks.example_files import WITH_PATH
from skills_build.checks.regex import pattern_faults
from skills_build.globs import matches
from skills_build.model.check import CheckKind, CheckSpec
from skills_build.model.standard import Example
from skills_build.source.patterns import linear_pattern


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault if a check requires nothing, or the name of unnamed files."""
    check = spec.file
    assert check is not None
    if check.exists is None and check.absent is None and check.name is None:
        yield Fault(
            key=("file",), message="the check does not require anything", help="write `exists`, `absent` or `name`"
        )
    yield from glob_faults(check.exists, "file", "exists")
    yield from glob_faults(check.absent, "file", "absent")
    if check.name is not None:
        yield from pattern_faults(check.name, ("file", "name"))
        if not spec.files:
            yield Fault(
                key=("file", "name"), message="`name` requires `files`", help="set `files` to the files to check"
            )


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Compare the paths with the globs."""
    check = spec.file
    assert check is not None
    if subject.paths is None:
        return Evaluation(gaps=(Gap(path="", why="no files were passed"),))
    found: list[Match] = []
    chosen = tuple(selected(spec, subject)) if spec.files else ()
    if check.exists is not None and spec.files:
        found += [
            Match(
                path=path,
                text=f"there is no {_listed(check.exists)} in the directory of this file or in a parent directory",
            )
            for path in chosen
            if not _near(path, check.exists, subject)
        ]
    elif check.exists is not None and not any(matches(path, check.exists) for path in subject.paths):
        found.append(Match(path="", text=f"no {_listed(check.exists)}"))
    if check.absent is not None:
        wrong = (path for path in subject.paths if matches(path, check.absent))
        found += [
            Match(path=path, text="this file must not exist")
            for path in wrong
            if not (spec.ignore and matches(path, spec.ignore))
        ]
    if check.name is not None:
        pattern = linear_pattern(check.name)
        found += [
            Match(path=path, text=f"the file name does not match `{check.name}`")
            for path in chosen
            if not pattern.fullmatch(path.rpartition("/")[2])
        ]
    looked = chosen if spec.files else ("",)
    return Evaluation(matches=tuple(found), looked=tuple(looked))


def _near(path: str, names: tuple[str, ...], subject: Subject) -> bool:
    folder = path.rpartition("/")[0]
    inside = [""] if not folder else ["", *_folders(folder)]
    candidates = {f"{one}/{name}" if one else name for one in inside for name in names}
    paths = subject.paths or ()
    return any(other in candidates or matches(other, candidates) for other in paths)


def _folders(folder: str) -> Iterator[str]:
    names = folder.split("/")
    for count in range(1, len(names) + 1):
        yield "/".join(names[:count])


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _is_path(spec: CheckSpec, example: Example, own: bool) -> bool:
    return bool(example.path) or example.language in ("", "text", "tree")


def _as_paths(examples: Sequence[Example]) -> Subject:
    """Return the files that all examples are; one without a path lists them, one on each line."""
    listed = (
        [example.path] if example.path else (line.strip() for line in example.code.split("\n") if line.strip())
        for example in examples
    )
    return Subject(paths=tuple(path for paths in listed for path in paths))


KIND: Final = Kind(
    kind=CheckKind.FILE,
    summary="files that a repository must or must not contain",
    validate=validate,
    evaluate=evaluate,
    examples=ExampleForm(fits=_is_path, subject=_as_paths, expected=lambda _: WITH_PATH, together=True),
)
