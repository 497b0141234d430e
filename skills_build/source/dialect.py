"""The types of a dialect, which describes how a corpus marks its rules. `docs/dialects.md` explains every key."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Final, TypeAlias

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.contract import INTERNAL, REQUIRED, Constraint, Positive, Text
from skills_build.model.standard import LevelWord, StatusWord
from skills_build.schema import convert, violations
from skills_build.source.dialect_faults import glob_faults, group_faults, pattern_faults
from skills_build.toml_input import parse_toml

LABELS: Final = (
    "when",
    "use",
    "instead of",
    "applies to",
    "why",
    "except",
    "how",
    "check",
    "see",
    "bad",
    "good",
    "withdrawn",
    "use instead",
    "status",
    "change",
    "alias",
    "maps to",
    "decided by",
    "selected by",
    "audience",
    "origin",
)
STEPS: Final = (
    "liquid-highlight",
    "liquid-drop",
    "erb-drop",
    "html-comments",
    "containers",
    "includes",
    "managed-blocks",
    "review-instructions",
)
SLUGGERS: Final = ("github", "gitlab", "kramdown", "mkdocs", "mdbook", "markdown-it-anchor")
Source: TypeAlias = Annotated[
    str,
    Constraint(pattern="^(front-matter:.+|heading(:.+)?|file-name|path(:-?[0-9]+)?|text:.+|value:.*)$"),
]
Sources: TypeAlias = Annotated[tuple[Source, ...], Constraint(or_one=True)]
Label: TypeAlias = Annotated[str, Constraint(choices=LABELS)]
LABEL_COLUMNS: Final = (
    "why",
    "when",
    "see",
    "except",
    "how",
    "check",
    "applies to",
    "status",
    "change",
    "alias",
    "maps to",
    "decided by",
    "selected by",
    "audience",
    "origin",
)
"""Columns of rows that are labels of the same name."""
COLUMNS: Final = ("id", "statement", "level", "need", "use", "instead", *LABEL_COLUMNS, "tier")
ColumnName: TypeAlias = Annotated[str, Constraint(choices=COLUMNS)]
Labels: TypeAlias = Mapping[str, Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files of the corpus are standards, as globs. `**` matches any number of folders."""

    include: tuple[str, ...] = ("**/*.md",)
    """Globs of standards."""
    exclude: tuple[str, ...] = ()
    """Globs of files that are not standards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessStep:
    """One step of preprocessing: a built-in step by name, or a pattern and its replacement, line by line."""

    step: Annotated[
        str,
        Constraint(choices=STEPS),
    ] = ""
    """A built-in step."""
    find: Text = ""
    """A regular expression, tried on each line outside fences."""
    put: str = ""
    """The replacement; \\1 is the first group of the pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRules:
    """Where the facts of a document come from: each is a list of sources, and the first with a value is used."""

    front_matter: Annotated[str, Constraint(choices=("strict", "free"))] = "free"
    """`strict` checks it against the canonical format, `free` accepts any YAML."""
    title: Sources = ("front-matter:title", "heading", "file-name")
    """The title."""
    id: Sources = ("front-matter:id", "path")
    """The document's id."""
    domain: Sources = ("front-matter:domain", "path:-1")
    """The domain."""
    status: Sources = ("front-matter:status",)
    """The status, in the words of the corpus."""
    owner: Sources = ("front-matter:owner",)
    """The owner."""
    reviewed: Sources = ("front-matter:reviewed",)
    """The day of the last review."""
    source: Sources = ("front-matter:source",)
    """A URL that explains why."""
    skill: Sources = ("front-matter:skill",)
    """The skill it belongs to."""
    statuses: Mapping[str, StatusWord] = field(default_factory=dict)
    """Maps the status words of the corpus to statuses."""
    id_prefix: str = ""
    """A prefix for the id of a document that gives one: with `AIP-`, `122` becomes `AIP-122`."""
    paths: Sources = ()
    """Globs of the repositories' files to which the rules apply, separated by commas."""
    review_every: Sources = ("front-matter:review_every",)
    """How often it is reviewed, such as `6 months`."""
    permalink: Sources = ("front-matter:permalink",)
    """The path of its page on the site, by which other documents may link to it."""
    default_status: StatusWord = "approved"
    """The status of a document that gives none."""

    @property
    def strict(self) -> bool:
        """Whether documents are in our own format, whose front matter is checked."""
        return self.front_matter == "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePattern:
    """One way in which the corpus marks a rule. Patterns are Python regular expressions on the text as written."""

    at: Annotated[str, Constraint(choices=("heading", "list-item", "paragraph", "block", "row", "html", "document"))]
    """The kind of block that is a rule."""
    files: Annotated[tuple[str, ...], Constraint(or_one=True)] = ()
    """Only in these files (globs)."""
    depth: Annotated[tuple[Positive, ...], Constraint(or_one=True)] = ()
    """Only headings of these levels, or list items nested this deep (1 is outermost)."""
    within: str = ""
    """Only under a heading whose text matches."""
    not_within: str = ""
    """Not under a heading whose text matches."""
    start: str = ""
    """Where a rule starts inside a block; a block with several is several rules."""
    match: str = ""
    """The text of a rule, with the groups `level`, `id`, `statement`."""
    skip: str = ""
    """Text that is not a rule although it matches, such as a legend."""
    columns: Annotated[Mapping[str, str], Constraint(key_choices=COLUMNS)] = field(default_factory=dict)
    """For rows: maps a column name to its title (a regular expression for the whole title)."""
    optional: tuple[ColumnName, ...] = ()
    """For rows: columns that a table may lack."""
    level: LevelWord = ""
    """The level of rules marked this way whose text has none."""
    nested: bool = False
    """Also paragraphs inside lists and quotes."""
    with_next: bool = False
    """Read a heading, paragraph or list item together with the paragraph below it, which holds the sentence."""
    body: Annotated[str, Constraint(choices=("following", "none", "document"))] = "following"
    """`following`: the blocks below belong to the rule; `document`: also the rest of the file; `none`: they do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """How the level of a rule is determined: `level` group by `map`, `verbs`, `headings`, keywords, `default`."""

    keywords: bool = True
    """Use the first upper-case MUST, MUST NOT, SHOULD, SHOULD NOT or MAY of the text."""
    ignore_case: bool = False
    """Whether `map` and `verbs` ignore case."""
    map: Mapping[str, LevelWord] = field(default_factory=dict)
    """Maps the text of the `level` group or column to a level."""
    verbs: Mapping[str, LevelWord] = field(default_factory=dict)
    """Maps the start of a statement (a regular expression) to a level."""
    headings: Mapping[str, LevelWord] = field(default_factory=dict)
    """Maps a heading above the rule (a regular expression) to a level."""
    default: LevelWord = ""
    """The level of all other candidates. Without it, they are not rules."""
    context: bool = False
    """Without a level, blocks are context, which is reported once per file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRules:
    """How a rule gets its id: written in the text, or derived and kept in the lock."""

    mode: Annotated[str, Constraint(choices=("explicit", "optional", "derived"))] = "derived"
    """`explicit`: written, and its absence is an error; `optional`: written or derived; `derived`: assigned once and
    kept in codex.ids.lock."""
    pattern: str = r"[A-Za-z][A-Za-z0-9]*(?:[-_.:]{1,2}[A-Za-z0-9]+)*"
    """A regular expression for a whole written id."""
    prefix: str = ""
    """A prefix for written ids."""
    form: Annotated[str, Constraint(pattern=r"\{number\}")] = "{document}-{number}"
    """A derived id: `{document}` and `{number}` are filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRules:
    """The names of the parts of a rule's body in this corpus, mapped to labels (`why`, `bad`, `see` ...)."""

    labels: Labels = field(default_factory=dict)
    """Bold words with a colon."""
    headings: Labels = field(default_factory=dict)
    """Headings inside the body."""
    comments: Labels = field(default_factory=dict)
    """HTML comments on a line of their own."""
    tables: Labels = field(default_factory=dict)
    """Column titles of HTML tables that hold examples."""
    code: Annotated[Mapping[str, Annotated[str, Constraint(choices=("bad", "good"))]], Constraint()] = field(
        default_factory=dict
    )
    """The first words of comments that divide a code block into examples: `// bad`, `// good`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRules:
    """Maturity levels of rules, lowest first. A rule applies to its own and all higher ones."""

    order: tuple[str, ...] = ()
    """The tiers as the documents write them."""
    technology: Annotated[str, Constraint(pattern=r"\{tier\}")] = "tier-{tier}"
    """The technology that a repository names to be selected for a tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRules:
    """Which parts of a file are left out on purpose."""

    skip: Annotated[tuple[str, ...], Constraint(or_one=True)] = ()
    """Titles of headings (regular expressions for the whole title, any case) whose sections are left out."""
    front_matter: Annotated[tuple[str, ...], Constraint(or_one=True)] = ()
    """Keys of the front matter that are left out, such as those of a site generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """Files whose rules apply only to some languages, technologies or paths."""

    files: str
    """A glob."""
    languages: tuple[str, ...] = ()
    """Programming languages."""
    technologies: tuple[str, ...] = ()
    """Technologies."""
    paths: tuple[str, ...] = ()
    """Globs in the repositories that receive the rules."""
    domain: str = ""
    """The domain of these files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One change to link targets: a pattern and its replacement."""

    find: str
    """A regular expression."""
    put: str
    """The replacement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReferences:
    """Link definitions that apply to some files."""

    files: str
    """A glob of the files they apply to."""
    references: tuple[str, ...]
    """Files with link definitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """How the site generator of this corpus makes fragments and resolves links."""

    slugger: Annotated[str, Constraint(choices=SLUGGERS)] = "github"
    """How headings become fragments."""
    root: str = ""
    """The folder that a leading `/` refers to."""
    rewrites: tuple[Rewrite, ...] = ()
    """Changes to link targets before they are resolved, in order."""
    references: tuple[str, ...] = ()
    """Files whose link definitions apply to every file."""
    folders: tuple[FolderReferences, ...] = ()
    """Files whose link definitions apply to some files."""
    source_url: str = ""
    """A link to the source: `{path}` and `{line}` are filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What the licence of the corpus requires of copies: an SPDX expression and an attribution line."""

    spdx: str = ""
    """An SPDX licence expression."""
    attribution: str = ""
    """The attribution line of every copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect. `digest` is the digest of its TOML text, so that cached results of another version are not used."""

    name: Annotated[str, INTERNAL]
    description: str = ""
    """A description of the corpus in one line."""
    namespace: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=24)] | None = None
    """The start of the names of skills, where there is no codex.yaml; otherwise the name of the folder."""
    digest: Annotated[str, INTERNAL] = ""
    files: Files = field(default_factory=Files)
    """Which files are standards."""
    preprocess: tuple[Annotated[PreprocessStep, Constraint(one_of=(("step",), ("find", "put")))], ...] = ()
    """Steps that convert the markup of the corpus to plain Markdown, in order."""
    document: DocumentRules = field(default_factory=DocumentRules)
    """Where the facts of a document come from: one source or several, of which the first with a value is used."""
    rule: Annotated[tuple[RulePattern, ...], Constraint(min_items=1), REQUIRED] = ()
    """The ways in which a rule is marked."""
    level: LevelRules = field(default_factory=LevelRules)
    """How the level of a rule is determined."""
    id: IdRules = field(default_factory=IdRules)
    """How a rule gets its id."""
    parts: PartRules = field(default_factory=PartRules)
    """The names of the parts of a rule's body, mapped to labels."""
    context: ContextRules = field(default_factory=ContextRules)
    """What is left out on purpose; everything else is in the output."""
    tiers: TierRules = field(default_factory=TierRules)
    """Maturity levels, which select rules."""
    applies: tuple[Applies, ...] = ()
    """Where the rules of some files apply."""
    links: LinkRules = field(default_factory=LinkRules)
    """How the site of the corpus resolves links."""
    licence: Licence = field(default_factory=Licence)
    """What the licence of the corpus requires of copies."""


_QUOTES: Final = "put it in single quotes, in which a backslash is one: `match = '^(?P<id>R\\d+)'`"
_TOML_HELP: Final = {
    "Invalid value": _QUOTES,
    "Unescaped": _QUOTES,
    "Cannot declare": "write each table once; `[[rule]]` adds an entry to a list",
    "Cannot overwrite": "write each key once",
}
"""What to write for the errors of `tomllib`, by words in them."""


def load_dialect(text: str, *, name: str, schema: str) -> Dialect:
    """Read a dialect from TOML. Raises `CodexError` with the line and key of each problem."""
    try:
        data = parse_toml(text)
    except ValueError as error:
        hint = next((hint for word, hint in _TOML_HELP.items() if word in str(error)), None)
        raise CodexError(f"dialect `{name}` is not valid TOML: {error}", hint=hint) from error
    wrong = bool(violations(schema, data))
    faults = () if wrong else (*pattern_faults(data), *glob_faults(data))
    if not wrong and not faults:
        faults = tuple(group_faults(data))
    if wrong or faults:
        from skills_build.source.dialect_refusal import refusal

        raise refusal(text, data, faults, name=name, schema=schema)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return convert({"name": name, "digest": digest, **_listed(data)}, Dialect)


def _listed(data: dict[str, Any]) -> dict[str, Any]:
    """Turn a single source or glob into a list, and leave out the colon of a label: `Why:` is `Why`."""
    document = {
        k: [v] if isinstance(v, str) and k not in ("front_matter", "default_status", "id_prefix") else v
        for k, v in data.get("document", {}).items()
    }
    rules = [{k: _as_list(k, v) for k, v in rule.items()} for rule in data.get("rule", [])]
    context = {k: [v] if isinstance(v, str) else v for k, v in data.get("context", {}).items()}
    parts = dict(data.get("parts", {}))
    if "labels" in parts:
        parts["labels"] = {k.rstrip(": ") or k: v for k, v in parts["labels"].items()}
    return {**data, "document": document, "rule": rules, "context": context, "parts": parts}


def _as_list(key: str, value: Any) -> Any:
    return [value] if key in ("depth", "files") and not isinstance(value, list) else value
