"""The evidence that ecosystems read: a listing, the contents of some files, and tolerant parsers for them.

Parsers never raise. What cannot be parsed is None and leaves a `ProfileNote`; each file is parsed once.
"""

import ast
import configparser
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeVar
from xml.etree import ElementTree

from codex.profile.model import Listing, ProfileNote
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.toml_input import parse_toml

MAX_BYTES: Final = 256 * 1024
"""Maximum size of an evidence file, in bytes; larger files are ignored, with a note."""
MAX_YAML_BYTES: Final = 96 * 1024
"""Maximum size of a YAML file, in bytes; YAML is slow to parse."""
_CACHED_YAML: Final = 16 * 1024
"""Maximum length of a YAML text that is cached across repositories, in characters."""
MAX_MESSAGE: Final = 2000
_POSITION: Final = re.compile(r"\bline:? (\d+)(?:,? column:? (\d+))?")
_PIECES: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*"?|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*(?:\*/)?|\s++|[^"/,\]}\s]++|.', re.DOTALL
)
"""A piece of JSON with comments: a string or comment (which may lack its end), white space, other text, a character."""
MAX_PYTHON_BYTES: Final = 64 * 1024
Parsed = TypeVar("Parsed")
Default = TypeVar("Default")


class EvidenceFiles:
    """A listing with the contents of some of its files. Caches parsed files and collects notes."""

    def __init__(self, listing: Listing, contents: Mapping[str, bytes]) -> None:
        self.listing = listing
        self.notes: dict[str, ProfileNote] = {}
        self._contents = contents
        self._parsed: dict[tuple[str, str], object] = {}
        self._names: dict[str, list[str]] | None = None
        self._sorted: list[str] | None = None

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files directly in a folder, sorted."""
        if self._names is None:
            self._names = {}
            for path in sorted(self.listing):
                above, _, name = path.rpartition("/")
                self._names.setdefault(above, []).append(name)
        return tuple(self._names.get(folder, ()))

    def under(self, folder: str) -> Sequence[str]:
        """Return the paths in a folder and below it, sorted."""
        if self._sorted is None:
            self._sorted = sorted(self.listing)
        if not folder:
            return self._sorted
        return self._sorted[bisect_left(self._sorted, f"{folder}/") : bisect_left(self._sorted, f"{folder}0")]

    def text(self, path: str) -> str | None:
        """Return the file as text with LF line endings; None where it was not read, is too large or is not UTF-8."""
        data = self._contents.get(path)
        if data is None:
            return None
        if len(data) > MAX_BYTES:
            self.note_oversized(path)
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            self._note_unreadable(path, "not UTF-8")
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def read(self) -> tuple[str, ...]:
        """The paths of the files that were read, sorted."""
        return tuple(sorted(self._contents))

    def toml(self, path: str) -> object:
        """Parse a TOML file into plain data."""
        return self._parse_once(path, "TOML", parse_toml)

    def json(self, path: str) -> object:
        """Parse a JSON file into plain data; comments and trailing commas are allowed, since many tools allow them.

        Examples: https://www.typescriptlang.org/docs/handbook/tsconfig-json.html (tsconfig.json) and
        https://docs.deno.com/runtime/fundamentals/configuration/ (deno.jsonc).
        """
        return self._parse_once(path, "JSON", _json)

    def yaml(self, path: str) -> object:
        """Parse the first document of a YAML file into plain data."""
        return next(iter(self.documents(path)), None)

    def documents(self, path: str) -> tuple[object, ...]:
        """Parse all documents of a YAML file."""
        documents = self._parse_once(path, "YAML", _yaml)
        return documents or ()

    def ini(self, path: str) -> Mapping[str, Mapping[str, str]] | None:
        """Parse an INI file into sections with their keys in lower case."""
        return self._parse_once(path, "INI", _ini)

    def xml(self, path: str) -> ElementTree.Element | None:
        """Parse an XML file and return its root element; a document type is refused, so no entity is ever expanded.

        See https://docs.python.org/3/library/xml.html#xml-security.
        """
        return self._parse_once(path, "XML", _xml)

    def python(self, path: str) -> ast.Module | None:
        """Parse Python code into a syntax tree; the code is never run."""
        return self._parse_once(path, "Python", _python)

    def _parse_once(self, path: str, kind: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        key = (path, kind)
        if key not in self._parsed:
            self._parsed[key] = self._parse(path, kind, parse)
        parsed: Parsed | None = self._parsed[key]  # type: ignore[assignment]
        return parsed

    def _parse(self, path: str, kind: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        text = self.text(path)
        if text is None:
            return None
        try:
            return parse(text)
        except _RefusedError as error:
            self._note_unreadable(path, str(error))
        except Exception as error:  # parsers raise many exception types; each means that the file is unreadable
            self._note_unreadable(path, f"not readable as {kind}{_position_of(error)}")
        return None

    def attempt(self, what: str, work: Callable[[], Parsed], default: Default, *, path: str = "") -> Parsed | Default:
        """Run one part of a profile; if it fails, return `default` and add a note, so that the other parts continue."""
        try:
            return work()
        except Exception as error:
            message = f"{what} could not be determined ({type(error).__name__}); please report this bug"
            self.notes.setdefault(f"{path}\0{what}", ProfileNote(path=path, message=message))
            return default

    def note(self, path: str, message: str) -> None:
        """Report what a profile leaves out, each message once per path; an empty path is the whole repository."""
        self.notes.setdefault(f"{path}\0{message}", ProfileNote(path=path, message=message))

    def note_oversized(self, path: str) -> None:
        """Report a file that is too large to be read."""
        self._note_unreadable(path, f"larger than {MAX_BYTES // 1024} KiB")

    def _note_unreadable(self, path: str, message: str) -> None:
        """Report that a file yields no facts; only the first reason is kept."""
        self.notes.setdefault(path, ProfileNote(path=path, message=message))


def _position_of(error: Exception) -> str:
    """Return the position that a parser's message ends with; all parsers use the same form."""
    positions = _POSITION.findall(str(error)[:MAX_MESSAGE])
    if not positions:
        return ""
    line, column = ([position for position in positions if position[1]] or positions)[-1]
    return f", line {line}, column {column}" if column else f", line {line}"


class _RefusedError(Exception):
    """The file exceeds a limit and is not parsed."""


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """One folder of the evidence; names are relative to it."""

    sources: EvidenceFiles
    path: str

    def at(self, name: str) -> str:
        """Return the path of a name in this folder."""
        return f"{self.path}/{name}" if self.path else name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its files, sorted."""
        return self.sources.names(self.path)

    @property
    def paths(self) -> Sequence[str]:
        """The paths in it and below it, from the root, sorted."""
        return self.sources.under(self.path)

    def has(self, name: str) -> bool:
        """Return whether it has a file of that name (`sub/name` works too)."""
        entry = self.sources.listing.get(self.at(name))
        return entry is not None and entry.regular

    def first(self, *names: str) -> str | None:
        """Return the first of `names` that exists in this folder."""
        return next((name for name in names if self.has(name)), None)

    def ending(self, *endings: str) -> tuple[str, ...]:
        """Return the names of its files with one of these endings."""
        return tuple(name for name in self.names if name.endswith(endings) and self.has(name))

    def below(self, *endings: str) -> tuple[str, ...]:
        """Return the paths of the files with one of these endings that were read in this folder and below it."""
        prefix = f"{self.path}/" if self.path else ""
        return tuple(path for path in self.sources.read if path.startswith(prefix) and path.endswith(endings))

    def above(self) -> "tuple[EvidenceFolder, ...]":
        """Return this folder and its parents, nearest first."""
        parts = self.path.split("/") if self.path else []
        return tuple(EvidenceFolder(self.sources, "/".join(parts[:count])) for count in range(len(parts), -1, -1))

    def text(self, name: str) -> str:
        """Return a file's text; empty where it was not read."""
        return self.sources.text(self.at(name)) or ""

    def toml(self, name: str) -> object:
        """Return a TOML file's data, or None."""
        return self.sources.toml(self.at(name))

    def json(self, name: str) -> object:
        """Return a JSON file's data, or None."""
        return self.sources.json(self.at(name))

    def yaml(self, name: str) -> object:
        """Return a YAML file's data, or None."""
        return self.sources.yaml(self.at(name))


def tag(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _json(text: str) -> object:
    try:
        return parse_json(text)
    except ValueError:
        return parse_json("".join(_without_comments(text)))


def _without_comments(text: str) -> list[str]:
    """Return the pieces of a JSON text without comments and without commas before a closing bracket."""
    pieces: list[str] = []
    last_comma = -1
    for piece in _PIECES.findall(text):
        if piece.startswith(("//", "/*")):
            pieces.append("\n" * piece.count("\n"))
            continue
        if piece in ("}", "]") and last_comma >= 0:
            pieces[last_comma] = ""
        if not piece.isspace():
            last_comma = len(pieces) if piece == "," else -1
        pieces.append(piece)
    return pieces


def _yaml(text: str) -> tuple[object, ...]:
    if len(text) > MAX_YAML_BYTES:
        raise _RefusedError(f"the file exceeds the limit of {MAX_YAML_BYTES // 1024} KiB for YAML files")
    return _cached_yaml(text) if len(text) <= _CACHED_YAML else _parsed_yaml(text)


@lru_cache(maxsize=256)
def _cached_yaml(text: str) -> tuple[object, ...]:
    """Parse a small file once, since many repositories have the same pipeline. The result is never modified."""
    return _parsed_yaml(text)


def _parsed_yaml(text: str) -> tuple[object, ...]:
    from skills_build.source.yaml_documents import load_yaml_tolerant

    return load_yaml_tolerant(text)


def _ini(text: str) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="\0")
    parser.read_string(text)
    return {name: {key: value or "" for key, value in parser.items(name)} for name in parser.sections()}


def _xml(text: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _RefusedError("XML files with a DOCTYPE are not read")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error


def _python(text: str) -> ast.Module:
    import warnings

    if len(text) > MAX_PYTHON_BYTES:
        raise _RefusedError(f"the file exceeds the limit of {MAX_PYTHON_BYTES // 1024} KiB for Python files")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
