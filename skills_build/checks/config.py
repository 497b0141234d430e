"""The kind `config`: a value that a configuration file must have."""

import configparser
import re
from collections.abc import Iterator
from typing import Final

from skills_build.checks.base import (
    MAX_CHARACTERS,
    Evaluation,
    ExampleForm,
    Fault,
    Gap,
    Kind,
    Match,
    Subject,
    glob_fault,
)
from skills_build.checks.example_files import WITH_PATH, as_file
from skills_build.checks.predicates import Place, TooManyValuesError, predicate_faults, problem
from skills_build.globs import matches
from skills_build.json_input import parse_json
from skills_build.model.check import CheckKind, CheckSpec, ConfigCheck
from skills_build.model.standard import Example
from skills_build.source.yaml_documents import MAX_DOCUMENTS, yaml_documents
from skills_build.toml_input import parse_toml

_JSON_NOISE: Final = re.compile(
    r'("[^"\\]*+(?:\\.[^"\\]*+)*(?:"|\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*+[\]}])', re.DOTALL
)
"""What JSON with comments has in addition: comments, and a comma before a closing bracket."""
_MIN_VISITS: Final = 10_000
_NOT_READ: Final = "it is neither TOML, JSON, YAML nor INI"


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield what is wrong with the predicate."""
    assert spec.config is not None
    yield from predicate_faults(spec.config, "config")
    yield from glob_fault(spec.config.file, "config", "file")
    if spec.files:
        yield Fault(
            key=("files",), message="a `config` check selects its files with `config.file`", help="remove `files`"
        )


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Read each file that the glob matches."""
    check = spec.config
    assert check is not None
    if subject.paths is None:
        return Evaluation(gaps=(Gap(path="", why="no files were passed"),))
    found: list[Match] = []
    looked: list[str] = []
    gaps: list[Gap] = []
    for path in subject.paths:
        if not matches(path, (check.file,)) or (spec.ignore and matches(path, spec.ignore)):
            continue
        text = subject.read(path)
        if isinstance(text, Gap):
            gaps.append(text)
            continue
        match, why = _judged(check, path, text)
        if match is not None:
            found.append(match)
        if why:
            gaps.append(Gap(path=path, why=why))
        else:
            looked.append(path)
    return Evaluation(matches=tuple(found), looked=tuple(looked), gaps=tuple(gaps))


def _judged(check: ConfigCheck, path: str, text: str) -> tuple[Match | None, str]:
    """Return what is wrong with the first document of a file that has a wrong value, and why there is no answer.

    Each document counts as a file of its own. The values that are visited are limited by the length of the text, which
    only shared aliases can exceed.
    """
    try:
        for start, data in documents(path, text):
            wrong = problem(check, check.at, data, most=max(len(text), _MIN_VISITS))
            if wrong is not None:
                line = line_of(text, wrong[0], start=start)
                return Match(path=path, line=line, end_line=line, text=wrong[1]), ""
    except TooManyValuesError as error:
        return None, str(error)
    except ValueError as error:
        return None, f"it cannot be read: {error}"
    return None, ""


def documents(path: str, text: str) -> Iterator[tuple[int, object]]:
    """Yield each document of a configuration file with its first line: one, or several of YAML, of which empty ones do
    not count. Raises `ValueError` if it is in no known format, or broken."""
    name = path.rpartition("/")[2].lower()
    if not (name.endswith((".yml", ".yaml")) or name in (".clang-format", ".clang-tidy")):
        yield 1, parsed(path, text)
        return
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has more than {MAX_CHARACTERS:,} characters")
    empty = True
    for number, document in enumerate(yaml_documents(text)):
        if number == MAX_DOCUMENTS:
            raise ValueError(f"it has more than {MAX_DOCUMENTS:,} documents")
        if document.data is not None:
            empty = False
            yield document.line, document.data
    if empty:
        yield 1, None


def parsed(path: str, text: str) -> object:
    """Parse a file that is not YAML by its name. Raises `ValueError` if it is in no known format, or broken."""
    name = path.rpartition("/")[2].lower()
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has more than {MAX_CHARACTERS:,} characters")
    try:
        if name.endswith((".toml", ".lock")) or name in ("pipfile", "config.toml"):
            return parse_toml(text)
        if name.endswith((".json", ".jsonc", ".json5", ".code-workspace")) or name in (".eslintrc", ".babelrc"):
            return parse_json(_JSON_NOISE.sub(lambda match: match[1] or "", text))
        if name.endswith((".ini", ".cfg", ".conf", ".editorconfig", ".npmrc", ".properties", ".pylintrc")):
            return _ini(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    raise ValueError(_NOT_READ)


def _ini(text: str) -> dict[str, dict[str, str]]:
    """Parse INI. Keys before the first section are in the section `""`; `*` of EditorConfig is `*`."""
    reader = configparser.RawConfigParser(allow_no_value=True, strict=False, delimiters=("=", ":"))
    try:
        reader.read_string(f"[\x01]\n{text}")
    except configparser.Error as error:
        raise ValueError(str(error).split("\n")[0]) from error
    return {
        ("root" if name == "\x01" else name.replace(".", "-")): {key: value or "" for key, value in reader.items(name)}
        for name in reader.sections()
    }


def line_of(text: str, place: Place, *, start: int = 1) -> int:
    """Return the line of the last of these keys that is written from a line on, after those around it; otherwise that
    line."""
    lines = text.split("\n")
    line = start - 1
    for name in place:
        if name.isdigit():
            continue
        word = re.compile(rf"""(?:^|[\s"'\[{{.,]){re.escape(name)}(?:["'\]=:.\s]|$)""")
        line = next((number for number in range(line, len(lines)) if word.search(lines[number])), line)
    return line + 1


def _is_file(spec: CheckSpec, example: Example, own: bool) -> bool:
    assert spec.config is not None
    return bool(example.path) and matches(example.path, (spec.config.file,))


KIND: Final = Kind(
    kind=CheckKind.CONFIG,
    summary="a value that a configuration file must have",
    validate=validate,
    evaluate=evaluate,
    examples=ExampleForm(fits=_is_file, subject=as_file, expected=lambda _: WITH_PATH, of_others=True),
)
