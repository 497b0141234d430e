"""The kind `config`: a value that a configuration file must have."""

import configparser
import re
import tomllib
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
from skills_build.checks.predicates import Place, predicate_faults, problem
from skills_build.globs import matches
from skills_build.json_input import parse_json
from skills_build.model.check import CheckKind, CheckSpec
from skills_build.model.standard import Example
from skills_build.source.yaml import load_yaml_tolerant

_JSON_NOISE: Final = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*+[\]}])', re.DOTALL)
"""What JSON with comments has in addition: comments, and a comma before a closing bracket."""
_NOT_READ: Final = "it is neither TOML, JSON, YAML nor INI"


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield what is wrong with the predicate."""
    assert spec.config is not None
    yield from predicate_faults(spec.config, "config")
    yield from glob_fault(spec.config.file, "config", "file")
    if spec.files:
        yield Fault(key=("files",), message="a `config` check has its files in `config.file`", help="remove `files`")


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Read each file that the glob matches."""
    check = spec.config
    assert check is not None
    if subject.paths is None:
        return Evaluation(gaps=(Gap(path="", why="no files are known"),))
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
        try:
            data = parsed(path, text)
        except ValueError as error:
            gaps.append(Gap(path=path, why=f"it cannot be read: {error}"))
            continue
        looked.append(path)
        wrong = problem(check, check.at, data)
        if wrong is not None:
            line = line_of(text, wrong[0])
            found.append(Match(path=path, line=line, end_line=line, text=wrong[1]))
    return Evaluation(matches=tuple(found), looked=tuple(looked), gaps=tuple(gaps))


def parsed(path: str, text: str) -> object:
    """Parse a configuration file by its name. Raises `ValueError` if it is in no known format, or broken."""
    name = path.rpartition("/")[2].lower()
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has more than {MAX_CHARACTERS:,} characters")
    try:
        if name.endswith((".toml", ".lock")) or name in ("pipfile", "config.toml"):
            return tomllib.loads(text)
        if name.endswith((".json", ".jsonc", ".json5", ".code-workspace")) or name in (".eslintrc", ".babelrc"):
            return parse_json(_JSON_NOISE.sub(lambda match: match[1] or "", text))
        if name.endswith((".yml", ".yaml")) or name in (".clang-format", ".clang-tidy"):
            documents = load_yaml_tolerant(text)
            return documents[0] if documents else None
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


def line_of(text: str, place: Place) -> int:
    """Return the line of the last of these keys that is written in a text, after those around it; otherwise 1."""
    lines = text.split("\n")
    line = 0
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
