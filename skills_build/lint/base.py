"""The type of a lint: a row of the registry with a function that checks the result of one stage."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeAlias

from skills_build.diagnostics import Finding, Severity
from skills_build.frozen import dataclass
from skills_build.model.bundle import ClientLimits, Output
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.source.document import Document


class Stage(StrEnum):
    """What a lint checks. The findings of `parse` come from the parser itself."""

    PARSE = "parse"
    DOCUMENT = "document"
    CODEX = "codex"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What lints can use in addition to what they check. `as_of` is the day of the run, `YYYY-MM-DD`."""

    config: Config
    as_of: str
    limits: tuple[ClientLimits, ...] = ()
    check_schema: str = "{}"
    """The JSON Schema of a `check` block."""
    only: frozenset[str] = frozenset()
    """The files whose findings are wanted; empty for all. A lint may leave out what costs much in other files."""


DocumentCheck: TypeAlias = Callable[[Document, Context], Iterable[Finding]]
CodexCheck: TypeAlias = Callable[[Codex, Context], Iterable[Finding]]
OutputCheck: TypeAlias = Callable[[Output, Context], Iterable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One lint. `name` names the problem, so that "allow missing-rationale" reads as a sentence.

    `foreign` is the severity in files of other dialects than the codexc format: what depends on the site that such
    files are written for is a warning there. At most one of the three checks is set. Without one, the findings come
    from the parser or the stage `found_by`. A lint that is not `suppressible` cannot be silenced by a comment, a
    setting or a baseline.
    """

    code: str
    name: str
    severity: Severity
    foreign: Severity | None = None
    document: DocumentCheck | None = None
    codex: CodexCheck | None = None
    output: OutputCheck | None = None
    found_by: Stage = Stage.PARSE
    fixable: bool = False
    suppressible: bool = True

    @property
    def stage(self) -> Stage:
        """The stage whose result the lint checks."""
        if self.document:
            return Stage.DOCUMENT
        if self.codex:
            return Stage.CODEX
        return Stage.OUTPUT if self.output else self.found_by
