"""Audits a repository: assesses each rule on its files and on the results of linters."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from urllib.parse import unquote, urlsplit

from codex.audit.applied_rule import AppliedRule
from codex.audit.assess import assessed
from codex.audit.inputs import Inputs
from codex.audit.model import AuditedRule
from codex.audit.results.base import LinterResults
from skills_build.counts import counted


def audited_rules(rules: Iterable[AppliedRule], inputs: Inputs) -> tuple[AuditedRule, ...]:
    """Assess every rule, in order."""
    return tuple(assessed(rule, inputs) for rule in rules)


def _path_of(address: str) -> str:
    """Return the path of a file URL; the text itself if it is invalid, so that it is reported as unknown."""
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return address


class Locator:
    """Maps paths in linter results to files of the repository: they may be absolute, or from another checkout."""

    def __init__(self, paths: Sequence[str], root: str) -> None:
        self._paths = frozenset(paths)
        self._root = root.rstrip("/")
        self.unknown: set[str] = set()
        self.located = lru_cache(maxsize=100_000)(self._located)

    def _located(self, written: str) -> str | None:
        path = _path_of(written) if written.startswith("file:") else written
        path = path.replace("\\", "/")
        path = path.removeprefix(f"{self._root}/").removeprefix("./") if self._root else path.removeprefix("./")
        if path in self._paths:
            return path
        if path.startswith("/") and (found := self._by_suffix(path)):
            return found
        if (plain := unquote(path)) in self._paths:
            return plain
        self.unknown.add(written)
        return None

    def _by_suffix(self, path: str) -> str | None:
        """Return the only file whose path is the end of an absolute path; the longest one counts."""
        longest, deepest = self._bounds
        rest = path[-longest - 1 :].split("/", 1)[-1] if len(path) > longest else path[1:]
        rest = "/".join(rest.rsplit("/", deepest + 1)[-deepest - 1 :])
        while rest and rest not in self._paths:
            rest = rest.partition("/")[2]
        return rest or None

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        """The characters of the longest path, and the folders of the deepest."""
        return max(map(len, self._paths), default=0), max((path.count("/") for path in self._paths), default=0)


def notes_on_results(
    results: Sequence[LinterResults], rules: Sequence[AppliedRule], unknown: set[str]
) -> Iterator[str]:
    """Yield notes on results without effect: linters that no check names, and unknown files."""
    used = {check.spec.linter for rule in rules for check in rule.checks}
    for one in results:
        if one.tool not in used:
            yield f"`{one.source}` has no effect: no rule that applies to this repository uses {one.tool}"
    if unknown:
        paths = counted(len(unknown), "path")
        shown = sorted(unknown)[0][:200]
        yield f"linter results refer to {paths} outside this repository, such as `{shown}`"
