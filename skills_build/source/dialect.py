"""How one corpus marks its rules: the value a dialect's TOML file becomes. `docs/dialects.md` explains every key."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skills_build.diagnostics import FILE_START, Finding, Span
from skills_build.errors import CodexError
from skills_build.globs import fault, unmatched
from skills_build.model.standard import Level
from skills_build.schema import convert, violations
from skills_build.source.glob_findings import unmatched_glob


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files of the corpus are standards (globs; `**` crosses folders)."""

    include: tuple[str, ...] = ("**/*.md",)
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of preprocessing: a built-in one by name, or a pattern and what to put in its place, line by line."""

    step: str = ""
    find: str = ""
    put: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRules:
    """Where a document's own facts come from: each a list of sources, the first that answers wins."""

    front_matter: str = "free"
    title: tuple[str, ...] = ("front-matter:title", "heading", "file-name")
    id: tuple[str, ...] = ("front-matter:id", "path")
    domain: tuple[str, ...] = ("front-matter:domain", "path:-1")
    status: tuple[str, ...] = ("front-matter:status",)
    owner: tuple[str, ...] = ("front-matter:owner",)
    reviewed: tuple[str, ...] = ("front-matter:reviewed",)
    source: tuple[str, ...] = ("front-matter:source",)
    skill: tuple[str, ...] = ("front-matter:skill",)
    statuses: Mapping[str, str] = field(default_factory=dict)
    default_status: str = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePattern:
    """One way in which the corpus marks a rule. Patterns are Python regular expressions on the text as written."""

    at: str
    files: tuple[str, ...] = ()
    depth: tuple[int, ...] = ()
    within: str = ""
    not_within: str = ""
    start: str = ""
    match: str = ""
    skip: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    level: str = ""
    nested: bool = False
    body: str = "following"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """How a rule's level is told; in order: the `level` group by `map`, `verbs`, `headings`, keywords, `default`."""

    keywords: bool = True
    ignore_case: bool = False
    map: Mapping[str, str] = field(default_factory=dict)
    verbs: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRules:
    """How a rule gets its id: written in the text, or derived and kept in the lock."""

    mode: str = "derived"
    pattern: str = r"[A-Za-z][A-Za-z0-9]*(?:[-_.:][A-Za-z0-9]+)*"
    prefix: str = ""
    form: str = "{document}-{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRules:
    """What the pieces of a rule's body are called here, mapped to our label names (`why`, `bad`, `see` ...)."""

    labels: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Files whose rules apply only to some languages, technologies or paths."""

    files: str
    languages: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """How this corpus's site generator makes fragments and resolves links."""

    slugger: str = "github"
    root: str = ""
    rewrites: tuple[Step, ...] = ()
    references: tuple[str, ...] = ()
    source_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What the corpus's licence asks of copies: an SPDX expression and the attribution line it wants carried along."""

    spdx: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect. `digest` is of its TOML text, so that cached readings of another version are not used."""

    name: str
    description: str = ""
    digest: str = ""
    files: Files = field(default_factory=Files)
    preprocess: tuple[Step, ...] = ()
    document: DocumentRules = field(default_factory=DocumentRules)
    rule: tuple[RulePattern, ...] = ()
    level: LevelRules = field(default_factory=LevelRules)
    id: IdRules = field(default_factory=IdRules)
    parts: PartRules = field(default_factory=PartRules)
    applies: tuple[Applies, ...] = ()
    links: LinkRules = field(default_factory=LinkRules)
    licence: Licence = field(default_factory=Licence)


def load_dialect(text: str, *, name: str, schema: str) -> Dialect:
    """Read a dialect from TOML. Raises `CodexError` with the place and key of what is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CodexError(f"dialect `{name}` is not TOML: {error}") from error
    problems = [f"`{_dotted(v.key)}`: {v.message}" for v in violations(schema, data)]
    if not problems:
        problems = [f"`{key}`: {problem}" for key, problem in (*_pattern_faults(data), *_glob_faults(data))]
    if problems:
        hint = "the keys are in docs/dialects.md, their types in `codexc schema dialect`"
        raise CodexError(f"dialect `{name}`: " + "; ".join(problems), hint=hint)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return convert({"name": name, "digest": digest, **_listed(data)}, Dialect)


def _dotted(key: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in key) or "(top)"


def _listed(data: dict[str, Any]) -> dict[str, Any]:
    """Let one source or glob stand for a list of one."""
    document = {
        k: [v] if isinstance(v, str) and k not in ("front_matter", "default_status") else v
        for k, v in data.get("document", {}).items()
    }
    rules = [{k: _as_list(k, v) for k, v in rule.items()} for rule in data.get("rule", [])]
    return {**data, "document": document, "rule": rules}


def _as_list(key: str, value: Any) -> Any:
    return [value] if key in ("depth", "files") and not isinstance(value, list) else value


def _pattern_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
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
    patterns += [(f"level.headings.{p}", p) for p in data.get("level", {}).get("headings", {})]
    patterns += [(f"level.verbs.{p}", p) for p in data.get("level", {}).get("verbs", {})]
    for key, pattern in patterns:
        try:
            re.compile(str(pattern))
        except (re.error, OverflowError) as error:
            yield key, f"not a regular expression: {error}"


def _glob_faults(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
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
    files = [glob for key, glob in globs_of(tomllib.loads(text)) if not key.endswith(".paths")]
    idle = unmatched(files, names)
    for glob in idle:
        yield unmatched_glob(glob, path=path, span=_place(text, glob))


def _place(text: str, word: str) -> Span:
    """Where a string stands in TOML, as it is usually written; the start of the file where it is written otherwise."""
    for number, line in enumerate(text.split("\n"), start=1):
        for quoted in (json.dumps(word, ensure_ascii=False), f"'{word}'"):
            column = line.find(quoted) + 1
            if column:
                return Span(number, column, number, column + len(quoted))
    return FILE_START


def level_named(name: str) -> Level | None:
    """The level a word stands for: `MUST-NOT`, `must not` and `MUST NOT` are the same; None for any other word."""
    wanted = (
        re.sub(r"[\s_-]+", " ", name.strip()).upper().replace("MUSTNOT", "MUST NOT").replace("SHOULDNOT", "SHOULD NOT")
    )
    return next((level for level in Level if level.value == wanted), None)
