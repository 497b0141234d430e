"""Reads front matter, and the facts of a document from front matter and other sources."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final

from skills_build.diagnostics import FILE_START, Cause, Finding, Span
from skills_build.frozen import dataclass
from skills_build.globs import matches, split
from skills_build.model.standard import Audience, DatedStatus, Decider, Scope, Status
from skills_build.source.dialect import Dialect
from skills_build.source.document import FrontMatter
from skills_build.source.glob_findings import normalised_glob
from skills_build.source.hypertext import inline
from skills_build.source.origins import read_origin
from skills_build.source.patterns import compile_pattern
from skills_build.source.schema_findings import schema_findings
from skills_build.source.slug import checksum, slug
from skills_build.source.values import status_words
from skills_build.source.yaml import YamlValue, load_yaml
from skills_build.source.yaml_scalars import Data
from skills_build.vocabulary import canonical_words

_LONGEST_ID: Final = 64
"""The longest id of a standard (`model.front_matter`)."""
_LONGEST_NAME: Final = _LONGEST_ID - len("doc-")
_GLOB_VALUE: Final = re.compile(r"^([A-Za-z]\w*:\s+)([*!{\[][^\"'#]*[^\"'#\s\]])\s*$")
"""A value that starts with a glob, which YAML reads as an alias."""


def split_front_matter(
    lines: Sequence[str], *, path: str, strict: bool = True, conflicts: Sequence[Finding] = ()
) -> tuple[FrontMatter, tuple[Finding, ...]]:
    """Read the YAML between the first line `---` of a file and the next one.

    Unless `strict`, globs need no quotes, as in the rules of Cursor: `globs: **/*.ts`. `conflicts` are the merge
    conflicts of the file; front matter with one is not read.
    """
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(root=None, first=0, last=0), ()
    closing = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if closing is None:
        unclosed = Finding(
            code="CX004",
            message="front matter is opened but never closed",
            path=path,
            span=Span(1, 1, 1, 4),
            help="end the front matter with a `---` line",
        )
        return FrontMatter(root=None, first=0, last=0), (unclosed,)
    if any(conflict.span.line <= closing for conflict in conflicts):
        return FrontMatter(root=None, first=1, last=closing + 1), ()
    if strict and (again := _closed_again(lines, closing)):
        message = f"front matter ends at this `{lines[closing].strip()}` line, above other keys"
        span = Span(closing + 1, 1, closing + 1, 4)
        early = Finding(code="CX004", message=message, path=path, span=span, help="remove the line")
        return FrontMatter(root=None, first=1, last=again + 1), (early,)
    written = lines[1:closing] if strict else [_GLOB_VALUE.sub(_quoted, line) for line in lines[1:closing]]
    value, findings = load_yaml("\n".join(written) + "\n", path=path, first_line=2)
    heading = next((n for n in range(2, closing) if _HEADING.match(lines[n]) and not lines[n - 1].strip()), None)
    if value is None and heading is not None and findings[0].span.line > heading:
        message, span = "front matter is not closed before this heading", Span(heading + 1, 1, heading + 1, 1)
        unclosed = Finding(
            code="CX004", message=message, path=path, span=span, help="write a `---` line above the heading"
        )
        return FrontMatter(root=None, first=1, last=closing + 1), (unclosed,)
    if value is not None and value.data is None:
        value = YamlValue(data={}, values={(): Span(1, 1, 1, 4)}, keys={})
    if value is not None and not isinstance(value.data, dict):
        message = "front matter is not a mapping of keys to values"
        findings = (*findings, Finding(code="CX004", message=message, path=path, span=Span(1, 1, 1, 4)))
        value = None
    return FrontMatter(root=value, first=1, last=closing + 1), findings


def _closed_again(lines: Sequence[str], closing: int) -> int | None:
    """Return the line that ends further keys directly below the front matter, which ends at `closing`; None without."""
    for number, line in enumerate(lines[closing + 1 :], closing + 1):
        if line.rstrip() in ("---", "..."):
            return number if number > closing + 1 else None
        if not _KEY_LINE.match(line) or (number == closing + 1 and line[0] in " #-"):
            return None
    return None


def _quoted(match: re.Match[str]) -> str:
    return f"{match[1]}{json.dumps(match[2].strip(), ensure_ascii=False)}"


_KEY_LINE: Final = re.compile(r"[a-z_]+:(?:\s|$)|\s+\S|#|-\s")
"""A line of the keys of front matter."""
_HEADING: Final = re.compile(r"#{1,6}\s\S")
_UNREAD: Final = (
    (r"---[ \t]*\n", "end the front matter with a `---` line"),
    (
        r"(?:\s|<!--(?:[^-]|-(?!->))*-->)*---[ \t]*\n",
        "move the first `---` to the first line of the file, without leading spaces",
    ),
    (r"-{4,}[ \t]*\n", "write exactly three hyphens, `---`, above and below the keys"),
    (r"\s*\+\+\+", "write the front matter as YAML between `---` lines: TOML is not supported"),
    (r"\s*+[`~]{3,}[ \t]*+(?:ya?ml)?[ \t]*+\n\w++:", "replace the code fence with `---` lines"),
    (r"\s*<!--\s*\w+:\s", "replace the comment with `---` lines"),
    (r"\s*(?:id|title|domain|status|owner):\s", "write a `---` line above the first key"),
    (r"", "start the file with the keys `id`, `title`, `domain` and `status` between two `---` lines"),
)
"""What a file starts with in place of front matter, and what to write."""


def check_strict(
    front: FrontMatter, schema: str, *, path: str, start: str = "", cause: Cause | None = None
) -> tuple[Finding, ...]:
    """Check front matter against the canonical format. Missing front matter is a single finding.

    `start` are the first characters of the file, which show what was meant as front matter. `cause` is why another
    dialect may not read it.
    """
    if front.last == 0:
        help_ = next(help_ for pattern, help_ in _UNREAD if re.match(pattern, start, re.DOTALL))
        return (Finding(code="CX018", message="standard has no front matter", path=path, help=help_, cause=cause),)
    if front.root is None:
        return ()
    root = YamlValue(
        data=front.root.data,
        values={**front.root.values, (): Span(front.first, 1, front.first, 4)},
        keys=front.root.keys,
    )
    return schema_findings(root, schema, path=path, missing="CX018")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatterFacts:
    """The facts of a document, as written; empty if not given.

    `id_span` is None if the dialect's sources give no id. `id_derived` is whether the id is derived from the path.
    """

    id: str
    id_span: Span | None
    id_derived: bool
    title: str
    domain: str
    status: DatedStatus
    owner: str | None
    reviewed: str | None
    source: str | None
    skill: str | None
    review_every: str | None
    permalink: str | None
    change: str | None
    scope: Scope
    stages: tuple[str, ...]
    decided_by: tuple[Decider, ...]
    selected_by: Mapping[str, tuple[str, Span]]
    """What selects a rule, with its place, by the id of the rule."""
    audience: Audience
    origin: str
    priority: tuple[str, ...]


def front_matter_facts(path: str, front: FrontMatter, heading: str, text: str, dialect: Dialect) -> FrontMatterFacts:
    """Read the facts of a document from the sources that its dialect names."""
    data = front.root.data if front.root and isinstance(front.root.data, dict) else {}
    sources = _Sources(path, data, heading, text)
    rules = dialect.document
    written = sources.first(rules.id)
    if written and rules.id_prefix and not written.startswith(rules.id_prefix):
        written = f"{rules.id_prefix}{written}"
    named = sources.first([source for source in rules.id if not source.startswith(("path", "file-name"))])
    return FrontMatterFacts(
        id=document_id(written or sources.first(("path",)), joiners="-_." if named else "-"),
        id_span=front.root.place(("id",)) if written and front.root else FILE_START if written else None,
        id_derived=not named,
        title=sources.first(rules.title) or path,
        domain=_applied_domain(path, dialect) or sources.first(rules.domain) or "general",
        status=dated_status(sources.first(rules.status), rules.statuses, rules.default_status),
        owner=inline(sources.first(rules.owner) or "") or None,
        reviewed=sources.first(rules.reviewed) or None,
        source=sources.first(rules.source) or None,
        skill=sources.first(rules.skill) or None,
        review_every=sources.first(rules.review_every) or None,
        change=_text(data.get("change")) or None,
        scope=_scope(data.get("applies_to"), path, dialect, _split(sources.first(rules.paths))),
        permalink=sources.first(rules.permalink) or None,
        stages=_strings(data.get("stages")),
        decided_by=deciders(_strings(data.get("decided_by"))),
        selected_by=_selected_by(front, data.get("selected_by")),
        audience=audience(_text(data.get("audience"))) or Audience.CODE,
        origin=read_origin(_text(data.get("origin")), path) if rules.strict else "",
        priority=_strings(data.get("priority")),
    )


_ALWAYS_READ: Final = ("change", "applies_to", "stages", "decided_by", "selected_by", "audience", "priority")


def keys_read(dialect: Dialect) -> frozenset[str] | None:
    """Return the keys of front matter from which facts are read; None for all, as unknown ones are findings."""
    rules = dialect.document
    if rules.strict:
        return None
    lists = (value for field in fields(rules) if isinstance(value := getattr(rules, field.name), tuple))
    named = (source.partition(":") for sources in lists for source in sources)
    return frozenset((*_ALWAYS_READ, *(key for kind, _, key in named if kind == "front-matter")))


class _Sources:
    """Evaluates source expressions such as `front-matter:id` for one document."""

    def __init__(self, path: str, data: Mapping[str, Data], heading: str, text: str) -> None:
        self._path = path
        self._data = data
        self._heading = heading
        self._text = text

    def first(self, sources: Sequence[str]) -> str:
        """Return the value of the first source that is not empty, or the empty string."""
        return next((value for value in map(self._value_of, sources) if value), "")

    def _value_of(self, source: str) -> str:
        kind, _, argument = source.partition(":")
        if kind == "front-matter":
            value = self._data.get(argument)
            return ",".join(_strings(value)) if isinstance(value, list) else _text(value)
        if kind == "heading":
            match = compile_pattern(argument).search(self._heading) if argument else None
            return self._heading if not argument else _group(match)
        if kind == "text":
            return _group(compile_pattern(argument, re.MULTILINE).search(self._text))
        if kind == "value":
            return argument
        return self._of_path(kind, argument)

    def _of_path(self, kind: str, argument: str) -> str:
        folders = self._path.split("/")
        name = folders[-1].rsplit(".", 1)[0]
        if kind == "file-name":
            return name
        if argument:
            place = int(argument)
            return folders[:-1][place] if -len(folders) < place < len(folders) - 1 else ""
        named = folders[:-1] if name.lower() in ("readme", "index") and folders[:-1] else [*folders[:-1], name]
        return "-".join(named)


def _group(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return next((group for group in match.groups() if group is not None), match[0]).strip()


def document_id(text: str, *, joiners: str) -> str:
    """Return a text in the form of a document id: `rails/ai-rules` becomes `RAILS-AI-RULES`, `2024` `DOC-2024`.

    A text that is too long, or has letters that an id cannot have, ends in six digits of its checksum, which tell it
    apart from its like.
    """
    if re.fullmatch(rf"[A-Z][A-Z0-9]*(?:[{joiners}][A-Z0-9]+)*", text) and len(text) <= _LONGEST_ID:
        return text
    name = slug(text, most=len(text) + 1)
    if not name:
        return f"X{checksum(text)}".upper()
    if len(name) > _LONGEST_NAME or _loses_letters(text):
        name = f"{_last_words(name)}-{checksum(text)}"
    return (name if name[0].isalpha() else f"doc-{name}").upper()


def _last_words(name: str) -> str:
    words = name.split("-")
    while len("-".join(words)) > _LONGEST_NAME - 7 and len(words) > 1:
        del words[0]
    return "-".join(words)[: _LONGEST_NAME - 7]


def _loses_letters(text: str) -> bool:
    """Return whether a letter or digit of a text has no ASCII form."""
    return not text.isascii() and any(c.isalnum() and not slug(c) for c in text)


def _text(value: Data) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()


def _strings(value: Data) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _split(globs: str) -> tuple[str, ...]:
    """Return the globs of a list with commas; `**` alone means every file, as without the list."""
    return tuple(glob for part in split(globs, ",") if (glob := part.strip()) and glob not in ("**", "**/*", "*"))


def _scope(value: Data, path: str, dialect: Dialect, globs: tuple[str, ...]) -> Scope:
    stated = value if isinstance(value, dict) else {}
    rows = [row for row in dialect.applies if matches(path, (row.files,))]
    return Scope(
        languages=canonical_words(
            "languages", _strings(stated.get("languages")) or (x for row in rows for x in row.languages)
        ),
        technologies=canonical_words(
            "technologies", _strings(stated.get("technologies")) or (x for row in rows for x in row.technologies)
        ),
        kinds=canonical_words("kinds", _strings(stated.get("kinds"))),
        paths=tuple(
            normalised_glob(glob)
            for glob in _strings(stated.get("paths")) or globs or tuple(x for row in rows for x in row.paths)
        ),
        when=inline(_text(stated.get("when"))) or None,
    )


def _selected_by(front: FrontMatter, value: Data) -> Mapping[str, tuple[str, Span]]:
    if front.root is None or not isinstance(value, dict):
        return {}
    return {str(id_): (_text(one), front.root.place(("selected_by", str(id_)))) for id_, one in value.items()}


def _applied_domain(path: str, dialect: Dialect) -> str:
    return next((row.domain for row in dialect.applies if row.domain and matches(path, (row.files,))), "")


def deciders(words: Sequence[str]) -> tuple[Decider, ...]:
    """Read the values of `decided_by`, in the order of the list; invalid words are left out."""
    lowered = [word.strip().lower() for word in words]
    return tuple(one for one in Decider if one in lowered)


def audience(word: str) -> Audience | None:
    """Read the audience; None for an invalid word."""
    return next((one for one in Audience if one == word.strip().lower()), None)


def dated_status(text: str, names: Mapping[str, str], default: str) -> DatedStatus:
    """Read `approved`, `enforced from 2027-01-01` or `approved, enforced from 2027-01-01`."""
    text = names.get(text, names.get(text.lower(), text)).strip().lower()
    fallback = _status(default) or Status.APPROVED
    words = status_words(text)
    first = _status(words.first) if words else None
    if words is None or first is None:
        return DatedStatus(status=fallback)
    if words.day is None:
        return DatedStatus(status=fallback if words.then else first)
    if words.then is None:
        return DatedStatus(status=fallback if first is not fallback else Status.APPROVED, then=first, on=words.day)
    return DatedStatus(status=first, then=_status(words.then), on=words.day)


def _status(name: str) -> Status | None:
    return next((status for status in Status if status.value == name), None)


def places(front: FrontMatter) -> tuple[tuple[str, Span], ...]:
    """Return the place of each value of the front matter by dotted key."""
    if front.root is None:
        return (("", FILE_START),)
    own = tuple((".".join(str(p) for p in key), span) for key, span in front.root.values.items() if key)
    return (("", Span(front.first, 1, front.first, 4)), *own)
