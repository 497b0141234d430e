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
from skills_build.checks.predicates import Place, TooManyValuesError, path_faults, predicate_faults, problem
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
_TOML: Final = ((".toml", ".lock"), ("pipfile",))
_JSON: Final = ((".json", ".jsonc", ".json5", ".code-workspace"), (".eslintrc", ".babelrc"))
_INI: Final = ((".ini", ".cfg", ".conf", ".editorconfig", ".npmrc", ".properties", ".pylintrc"), ())
_YAML: Final = ((".yml", ".yaml"), (".clang-format", ".clang-tidy"))
"""The ends of the names of files in a format, and whole names, in lower case."""
_SUFFIXES: Final = (*_TOML[0], *_JSON[0], *_INI[0], *_YAML[0])
_NAMES: Final = (*_TOML[1], *_JSON[1], *_YAML[1])
_MIN_VISITS: Final = 10_000
_NOT_READ: Final = "the format is not TOML, JSON, YAML or INI"


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield what is wrong with the predicate."""
    assert spec.config is not None
    yield from predicate_faults(spec.config, "config")
    yield from glob_fault(spec.config.file, "config", "file")
    yield from _unread(spec.config.file)
    yield from path_faults(spec.config.at, ("config", "at"))
    if spec.files:
        yield Fault(
            key=("files",), message="a `config` check selects its files with `config.file`", help="remove `files`"
        )


def _unread(glob: str) -> Iterator[Fault]:
    """Yield a fault if no file that a glob matches is in a format that is read."""
    name = glob.rpartition("/")[2].lower()
    end = name.rpartition("*")[2]
    if any(sign in name for sign in "?[{") or not end or end.endswith(_SUFFIXES) or end in _NAMES:
        return
    if not ("*" in name and any(one.endswith(end) for one in (*_SUFFIXES, *_NAMES))):
        message = f"codexc cannot read files that match `{glob}`, because they are not TOML, JSON, YAML or INI files"
        yield Fault(
            key=("config", "file"),
            message=message,
            help="match TOML, JSON, YAML or INI files, or write a `regex` check",
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
        return None, f"the file cannot be read: {error}"
    return None, ""


def documents(path: str, text: str) -> Iterator[tuple[int, object]]:
    """Yield each document of a configuration file with its first line: one, or several of YAML, of which empty ones do
    not count. Raises `ValueError` if it is in no known format, or broken."""
    name = path.rpartition("/")[2].lower()
    if not _is_in(name, _YAML):
        yield 1, parsed(path, text)
        return
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"files with more than {MAX_CHARACTERS:,} characters are not supported")
    empty = True
    for number, document in enumerate(yaml_documents(text)):
        if number == MAX_DOCUMENTS:
            raise ValueError(f"files with more than {MAX_DOCUMENTS:,} documents are not supported")
        if document.data is not None:
            empty = False
            yield document.line, document.data
    if empty:
        yield 1, None


def parsed(path: str, text: str) -> object:
    """Parse a file that is not YAML by its name. Raises `ValueError` if it is in no known format, or broken."""
    name = path.rpartition("/")[2].lower()
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"files with more than {MAX_CHARACTERS:,} characters are not supported")
    try:
        if _is_in(name, _TOML):
            return parse_toml(text)
        if _is_in(name, _JSON):
            return parse_json(_JSON_NOISE.sub(lambda match: match[1] or "", text))
        if _is_in(name, _INI):
            return _ini(text)
    except RecursionError as error:
        raise ValueError("the values are nested too deeply") from error
    raise ValueError(_NOT_READ)


def _is_in(name: str, format_: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    suffixes, names = format_
    return name.endswith(suffixes) or name in names


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
