"""Finds problems in the TOML of a dialect that its schema does not catch: patterns, replacements and globs."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from skills_build.counts import counted
from skills_build.diagnostics import FILE_START, Finding, Span
from skills_build.globs import fault, unmatched
from skills_build.source.glob_findings import unmatched_glob
from skills_build.source.patterns import compile_pattern, unknown_group
from skills_build.source.similar import nearest
from skills_build.toml_input import parse_toml

if TYPE_CHECKING:
    from skills_build.model.standard import Standard
    from skills_build.source.dialect import Dialect


GROUPS: Final = ("id", "level", "statement", "tier")
"""The groups of a `match` that have a meaning."""


def pattern_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every regular expression of a dialect that Python cannot compile."""
    patterns = [("id.pattern", data.get("id", {}).get("pattern", ""))]
    for number, rule in enumerate(data.get("rule", [])):
        patterns += [
            (f"rule.{number}.{key}", rule.get(key, "")) for key in ("match", "start", "skip", "within", "not_within")
        ]
        patterns += [(f"rule.{number}.columns.{name}", title) for name, title in rule.get("columns", {}).items()]
    patterns += [(f"preprocess.{n}.find", step.get("find", "")) for n, step in enumerate(data.get("preprocess", []))]
    rewrites = data.get("links", {}).get("rewrites", [])
    patterns += [(f"links.rewrites.{n}.find", rewrite["find"]) for n, rewrite in enumerate(rewrites)]
    skip = data.get("context", {}).get("skip", ())
    patterns += [("context.skip", title) for title in ([skip] if isinstance(skip, str) else skip)]
    patterns += [(f"level.headings.{p}", p) for p in data.get("level", {}).get("headings", {})]
    patterns += [(f"level.verbs.{p}", p) for p in data.get("level", {}).get("verbs", {})]
    yield from _replacement_faults(data)
    patterns += [
        (f"document.{key}", source.partition(":")[2])
        for key, sources in data.get("document", {}).items()
        for source in ([sources] if isinstance(sources, str) else sources if isinstance(sources, list) else [])
        if isinstance(source, str) and source.startswith(("heading:", "text:"))
    ]
    for key, pattern in patterns:
        if fault := _pattern_fault(str(pattern)):
            yield key, f"not a regular expression: {fault}"


def _pattern_fault(pattern: str) -> str:
    """Return why a pattern is refused; empty if it is not."""
    try:
        compile_pattern(pattern)
    except RecursionError:
        return "the pattern is nested too deeply"
    except (re.error, OverflowError) as error:
        named = "; a named group is written `(?P<name>...)`" if re.search(r"\(\?<\w", pattern) else ""
        return f"{error}{named}"
    return ""


def group_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every named group of a `match` whose name is nearly that of a group that is read."""
    for number, rule in enumerate(data.get("rule", [])):
        for name in compile_pattern(rule.get("match", "")).groupindex:
            near = nearest(name, GROUPS) if name not in GROUPS else None
            if near:
                yield f"rule.{number}.match", f"`{name}` is not a supported group; did you mean `{near}`?"


def _replacement_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every replacement that names a group which its pattern does not have."""
    steps = [(f"preprocess.{n}.put", step) for n, step in enumerate(data.get("preprocess", [])) if "find" in step]
    rewrites = data.get("links", {}).get("rewrites", [])
    steps += [(f"links.rewrites.{n}.put", rewrite) for n, rewrite in enumerate(rewrites)]
    for key, step in steps:
        try:
            pattern = compile_pattern(step["find"])
            pattern.sub(step["put"], "")
            unknown = unknown_group(step["put"], pattern)
        except (re.error, IndexError, OverflowError, RecursionError) as error:
            unknown = "" if "put" not in step else str(error)
        if unknown:
            yield key, f"invalid replacement for the pattern: {unknown}"


def glob_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every glob of a dialect that is invalid."""
    for key, pattern in globs_of(data):
        if problem := fault(pattern):
            yield key, f"the glob `{pattern}` is invalid: {problem.message}; {problem.help}"


def globs_of(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the globs of a dialect's TOML with their keys."""
    lists = [(f"files.{key}", data.get("files", {}).get(key, ())) for key in ("include", "exclude")]
    lists += [(f"rule.{n}.files", rule.get("files", ())) for n, rule in enumerate(data.get("rule", []))]
    for number, row in enumerate(data.get("applies", [])):
        lists += [(f"applies.{number}.{key}", row.get(key, ())) for key in ("files", "paths")]
    for key, patterns in lists:
        yield from ((key, pattern) for pattern in ([patterns] if isinstance(patterns, str) else patterns))


def unmatched_in_dialect(text: str, names: Iterable[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each glob of files in a dialect's TOML that matches none of `names`, the corpus's files."""
    files = [glob for key, glob in globs_of(parse_toml(text)) if not key.endswith(".paths")]
    unmatched_globs = unmatched(files, names)
    for glob in unmatched_globs:
        yield unmatched_glob(glob, path=path, span=_place(text, glob))


def _place(text: str, word: str) -> Span:
    """Return the place of a string in TOML; the start of the file if it is written in an unusual way."""
    for number, line in enumerate(text.split("\n"), start=1):
        for quoted in (json.dumps(word, ensure_ascii=False), f"'{word}'"):
            column = line.find(quoted) + 1
            if column:
                return Span(number, column, number, column + len(quoted))
    return FILE_START


def unread_dialect(dialect: "Dialect", name: str, read: "Sequence[Standard]", *, total: int) -> Finding | None:
    """Return a finding for a dialect that finds no file, no rule or no level in the standards it reads."""
    if not read:
        include = ", ".join(f"`{glob}`" for glob in dialect.files.include)
        unmatched = f"{include} matches none of {counted(total, 'file')}"
        return Finding(
            code="CX060",
            message=f"dialect `{dialect.name}` does not match any files: {unmatched}",
            path=name,
            help="write globs from the root of the documents, such as `**/*.md`",
        )
    if any(standard.rules for standard in read) or dialect.level.context:
        return None
    blocks = sum(standard.without_level for standard in read)
    files = counted(len(read), "file")
    if blocks:
        unmarked = f"{blocks:,} matching blocks have no level" if blocks > 1 else "the only matching block has no level"
        return Finding(
            code="CX062",
            message=f"dialect `{dialect.name}` does not find any levels in {files}: {unmarked}",
            path=name,
            help="set `[level] default`, or map the words used in the documents in `[level.map]`",
        )
    return Finding(
        code="CX061",
        message=f"dialect `{dialect.name}` does not find any rules in {files}",
        path=name,
        help="compare `at` and `match` in each `[[rule]]` with a rule in one of the files",
    )
