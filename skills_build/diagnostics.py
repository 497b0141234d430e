"""The types of findings and diagnostics: what is wrong in a text, where, and how to fix it.

Stages yield `Finding`s, which do not depend on settings. `skills_build.lint` adds the name and severity and returns
`Diagnostic`s. Nothing here prints.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import total_ordering

from skills_build.frozen import dataclass


class Severity(StrEnum):
    """How bad a diagnostic is: an error fails the run, a warning fails it on request, an info never does."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@total_ordering
@dataclass(frozen=True, slots=True)
class Span:
    """A range of text: lines and columns count from 1, columns in code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def __lt__(self, other: "Span") -> bool:
        return (self.line, self.column, self.end_line, self.end_column) < (
            other.line,
            other.column,
            other.end_line,
            other.end_column,
        )


FILE_START = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace the text at `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Edits that fix one finding without changing the meaning of the text; an `unsafe` fix may change it."""

    title: str
    edits: tuple[Edit, ...]
    unsafe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A second place or a fact that explains a finding. Without a path it is only a fact."""

    message: str
    path: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The lines where the cause of a finding is: a finding there is reported in its place.

    `path` is the file with these lines, if it is not that of the finding.
    `help` replaces that of the cause, for a finding that knows better what to write. A `quiet` finding adds nothing to
    its cause and is left out.
    """

    first: int
    last: int
    help: str | None = None
    quiet: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem that a stage found. `path` is relative to the codex's root, with forward slashes."""

    code: str
    message: str
    path: str
    span: Span = FILE_START
    notes: tuple[Note, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    cause: Cause | None = None
    in_foreign_code: bool = False
    """Whether it is inside a code block of a file that is not in the codexc format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A finding with the name and severity that the registry and the settings give it.

    `consequences` are diagnostics that go away when this one is fixed; they are not reported on their own.
    """

    finding: Finding
    name: str
    severity: Severity
    consequences: tuple["Diagnostic", ...] = ()

    @property
    def code(self) -> str:
        """The lint's code, such as `CX303`."""
        return self.finding.code


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by path, place, code and message, and drop exact repetitions."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (f.path, f.span, f.code, f.message)))
