"""Checks values of front matter that a schema cannot check: dates of statuses, and curly quotes."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.source.cut_values import cut_values
from skills_build.source.origins import origin_problem
from skills_build.source.owner_names import owner_findings
from skills_build.source.quotes import curly_in_yaml
from skills_build.source.terms import KINDS, aliases_in
from skills_build.source.values import status_problem
from skills_build.source.yaml import YamlValue

_TERMS: Final = tuple(("applies_to", kind, "*") for kind in KINDS)
_PROSE: Final = (("title",), ("owner",), ("source",), ("applies_to", "when"))


def front_values(
    root: YamlValue, lines: Sequence[str], known: Collection[Finding], *, path: str
) -> tuple[Finding, ...]:
    """Return the findings of the values of canonical front matter that are not among the `known` ones.

    `lines` are the lines of the file.
    """
    findings = (
        *curly_in_yaml(root, path=path),
        *_status(root, path),
        *_origin(root, path),
        *aliases_in(root, _TERMS, path=path),
        *cut_values(root, lines, _PROSE, path=path),
        *owner_findings(root, [("owner",)], path=path),
    )
    return tuple(finding for finding in findings if finding not in known)


def _status(root: YamlValue, path: str) -> Iterator[Finding]:
    """Yield a finding for a status that matches the schema but is invalid, such as one on an impossible day."""
    written = root.at(("status",))
    problem = status_problem(written) if isinstance(written, str) else None
    if problem is None:
        return
    span, fix = root.place(("status",)), None
    if problem.suggestion:
        edit = Edit(span=span, text=problem.suggestion)
        fix = Fix(title=f"write `{problem.suggestion}`", edits=(edit,), unsafe=True)
    message = f"`status`: {problem.message}"
    yield Finding(code="CX007", message=message, path=path, span=span, help=problem.help, fix=fix)


def _origin(root: YamlValue, path: str) -> Iterator[Finding]:
    """Yield a finding for an origin that is neither a link nor a path."""
    written = root.at(("origin",))
    problem = origin_problem(written) if isinstance(written, str) else None
    if problem is not None:
        message = f"`origin`: {problem.message}"
        yield Finding(code="CX007", message=message, path=path, span=root.place(("origin",)), help=problem.help)
