"""Text that looks like a rule but is not read as one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Cause, Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.free_ids import FreeIds, normalised
from skills_build.lint.listed_ids import ELSEWHERE
from skills_build.model.codex import Codex
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import CANONICAL, Standard


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield the findings about the near-misses of all standards, each with the id to type.

    They have the codes CX019, CX033, CX034, CX101 and CX102, by what they look like.
    """
    if not any(standard.near_misses for standard in codex.standards):
        return
    ids = FreeIds(codex)
    prefixes = frozenset(standard.id for standard in codex.standards)
    for standard in codex.standards:
        for miss in standard.near_misses:
            if not _is_citation(miss, standard, ids, prefixes):
                yield replace(_finding(miss, standard, ids), cause=_cause(standard, context))
            elif miss.without_id:
                plain = replace(miss, message=miss.without_id, id="", help="end the item with `({id})`")
                yield _finding(plain, standard, ids)


def _cause(standard: Standard, context: Context) -> Cause | None:
    """Return the fault of codex.yaml because of which a file without front matter may be read by the wrong dialect."""
    return None if standard.states("id") else context.config.cause("dialects")


def _finding(miss: NearMiss, standard: Standard, ids: FreeIds) -> Finding:
    id_ = ids.meant(miss, standard) if "{id}" in miss.help else ""
    help_ = miss.help.replace("{id}", id_) if id_ else _without_id(miss.help)
    return Finding(code=miss.code, message=miss.message, path=standard.path, span=miss.span, help=help_)


def _without_id(help_: str) -> str:
    """Return a help without the id to type, which is not known for the ids of other dialects."""
    return re.sub(r"`\(?\{id\}\)?`", "its id", re.sub(r",? such as `\(?\{id\}\)?`", "", help_))


def _is_citation(miss: NearMiss, standard: Standard, ids: FreeIds, prefixes: frozenset[str]) -> bool:
    """Return whether a text only cites a rule, or has a name such as `UTF-8` and no id of this codex."""
    if not miss.cites:
        return False
    id_ = normalised(miss.id, standard.id)
    prefix = id_.rpartition("-")[0]
    if id_ in ids.known or standard.dialect != CANONICAL or prefix in prefixes:
        return id_ in ids.known
    return not miss.set_apart or prefix.split("-")[0] in ELSEWHERE


LINT: Final = Lint(code="CX033", name="near-miss", severity=Severity.WARNING, codex=check)
