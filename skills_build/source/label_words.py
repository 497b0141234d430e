"""Words that authors write in place of a label, and what each of them stands for."""

from typing import Final

SYNONYMS: Final = {
    word: name
    for name, words in {
        "except": (
            "unless",
            "exemption",
            "exemptions",
            "excluding",
            "excluded",
            "exclude",
            "excludes",
            "exclusion",
            "exclusions",
            "exception",
            "exceptions",
            "exempt",
            "expect",
            "waiver",
            "waivers",
            "not for",
            "but not",
            "not in",
            "not applicable",
            "not applicable to",
            "does not apply",
            "does not apply to",
            "except for",
            "out of scope",
            "ausnahme",
            "ausnahmen",
            "ausser",
            "außer",
            "sauf",
            "excepción",
            "excepciones",
            "excepto",
            "exceção",
            "eccezione",
            "eccezioni",
            "uitzondering",
            "uitzonderingen",
        ),
        "when": (
            "if",
            "condition",
            "conditions",
            "conditional",
            "whenever",
            "provided",
            "precondition",
            "preconditions",
            "provided that",
            "only if",
            "only when",
            "in case",
            "applicable when",
            "applies when",
            "applies if",
            "applicable if",
            "bedingung",
            "bedingungen",
            "wenn",
            "falls",
            "si",
            "condición",
            "condizione",
            "voorwaarde",
        ),
        "applies to": (
            "scope",
            "scopes",
            "applicability",
            "applies",
            "applicable to",
            "applies for",
            "valid for",
            "only for",
            "apply to",
            "limited to",
            "gilt für",
            "gilt nur für",
            "geltungsbereich",
            "s'applique à",
            "se aplica a",
            "si applica a",
        ),
        "withdrawn": (
            "removed",
            "retired",
            "obsolete",
            "obsoleted",
            "abolished",
            "revoked",
            "withdrawn on",
            "withdrawn since",
            "removed on",
            "retired on",
            "zurückgezogen",
            "aufgehoben",
            "retiré",
            "retirado",
            "ritirato",
        ),
        "use instead": (
            "replacement",
            "successor",
            "replaced by",
            "superseded by",
            "replaced with",
            "use this instead",
            "see instead",
        ),
        "why": (
            "rationale",
            "rationales",
            "reason",
            "reasons",
            "because",
            "motivation",
            "justification",
            "reasoning",
            "the reason",
            "why not",
            "begründung",
            "grund",
            "gründe",
            "warum",
            "pourquoi",
            "raison",
            "justificación",
            "motivo",
            "razón",
            "motivazione",
            "waarom",
            "reden",
        ),
        "check": (
            "verification",
            "verify",
            "how to check",
            "how to verify",
            "checked by",
            "verified by",
        ),
        "how": ("how to",),
        "see": (
            "reference",
            "references",
            "see also",
            "further reading",
        ),
        "instead of": (
            "rather than",
            "in place of",
        ),
        "good": (
            "example",
            "examples",
            "good example",
            "good examples",
            "good practice",
        ),
        "bad": (
            "wrong",
            "bad example",
            "bad examples",
            "bad practice",
            "anti pattern",
            "counter example",
            "counterexample",
        ),
        "status": (
            "state",
            "lifecycle",
            "maturity",
            "phase",
            "rule status",
            "current status",
        ),
    }.items()
    for word in words
}
SCOPES: Final = {
    "languages": ("language", "languages", "programming language", "programming languages"),
    "technologies": ("technology", "technologies", "tech", "stack"),
    "paths": ("path", "paths", "file", "files", "glob", "globs"),
}
LIMITS: Final = frozenset(
    {"in scope", "environment", "environments", "profile", "profiles", "repository", "repositories"}
)
"""Words that limit a rule if they are bold; in code they are names."""
KINDS: Final = frozenset({"kind", "kinds", "kind of repository", "kinds of repositories"})
"""Words for the kinds of repositories, which have other meanings too."""
STATUSES: Final = {
    "draft": ("draft", "proposed", "proposal"),
    "deprecated": ("deprecated", "deprecated since", "deprecated on", "deprecation"),
    "enforced": ("enforced", "blocking", "mandatory", "enforcement", "binding"),
    "approved": ("approved", "accepted"),
    "enforced from": (
        "enforced from",
        "enforced since",
        "effective",
        "effective from",
        "effective date",
        "valid from",
        "in force from",
        "binding from",
    ),
}
ENDS: Final = frozenset(
    {
        "until",
        "valid until",
        "valid to",
        "effective until",
        "enforced until",
        "in force until",
        "expires",
        "expires on",
        "expiry",
        "expiry date",
        "expiration",
        "expiration date",
        "sunset",
        "sunset date",
        "end date",
        "end of life",
        "deadline",
        "gültig bis",
    }
)
"""Words for the day on which a rule ends, which a rule cannot state."""
OF_CODE: Final = {
    "good": (
        "right",
        "correct",
        "compliant",
        "do",
        "do this",
        "prefer",
        "preferred",
        "better",
        "good code",
        "recommended",
    ),
    "bad": ("incorrect", "noncompliant", "don't", "do not", "don't do this", "avoid", "not this", "bad code", "worse"),
}
"""Words that name an example if they are alone above a code block."""
LEVELS: Final = frozenset(
    {"level", "severity", "strength", "requirement", "requirement level", "rule level", "keyword", "obligation"}
)
FRONT_MATTER: Final = ("owner", "reviewed", "stages", "skill", "priority", "domain")
FACTS: Final = {
    word: help_
    for help_, words in {
        "write MUST, SHOULD or MAY in the rule's sentence; `**Status:** enforced` makes MUST blocking": (
            "level",
            "severity",
            "enforcement level",
            "criticality",
            "importance",
            "obligation",
            "requirement level",
            "compliance level",
            "conformance",
        ),
        "a rule has no tags: write what it applies to after `**Applies to:**`, or other text without a bold label": (
            "tag",
            "tags",
            "label",
            "labels",
            "keywords",
            "category",
            "categories",
        ),
        "write the day from which the rule is in force as `**Status:** approved from YYYY-MM-DD`": (
            "since",
            "from",
            "starting",
            "start date",
            "applies from",
            "introduced",
        ),
        "write `owner:` in the front matter, where it applies to all rules in the file": (
            "owners",
            "owned by",
            "maintainer",
            "maintainers",
            "contact",
            "responsible",
        ),
        "write `reviewed:` in the front matter, where it applies to all rules in the file": (
            "last reviewed",
            "last review",
            "last updated",
            "updated",
            "review date",
        ),
        "write the ids of rules and links after `**See:**`": (
            "related",
            "related to",
            "related rules",
            "see rule",
            "depends on",
            "links",
            "ref",
            "refs",
        ),
        "write `**Use instead:**` and the id of this rule below the rule that it replaces, which is withdrawn": (
            "supersedes",
            "replaces",
            "obsoletes",
        ),
        "write the id in brackets at the end of the rule's sentence": ("id", "rule id", "identifier"),
        "write the condition after `**When:**`, or where the rule applies after `**Applies to:**`": (
            "platform",
            "platforms",
        ),
    }.items()
    for word in words
}
"""Words for a fact about a rule that no label states, and where it is stated."""
IN_PLAIN_TEXT: Final = frozenset({"unless", "exception", "exceptions", "rationale"})
"""Other words that are meant as a label without emphasis too."""
SURE: Final = frozenset({"exception", "exceptions", "rationale", "reason", "reasons"})
"""Other words that mean the same as a label."""
OTHER_WORDS: Final = frozenset({"then", "note", "notes", "where", "who", "what", "users", "goods", "food", "changelog"})
"""Words that are similar to a label but are not one."""
ALONE: Final = frozenset(
    {
        "why",
        "except",
        "applies to",
        "status",
        "withdrawn",
        "use instead",
        "instead of",
        "change",
        "maps to",
        "decided by",
        "selected by",
        "audience",
        "origin",
    }
)
"""Labels that are not also a verb with which a sentence may start, so that they are meant without a colon too."""
OPPOSITES: Final = {
    "applies to": "after `**Applies to:**`, list what the rule applies to; list exceptions after `**Except:**`",
    "instead of": "after `**Use:**`, write what to use; after `**Instead of:**`, write what not to use",
    "use": "after `**Instead of:**`, write what not to use",
    "use instead": "after `**Use:**`, write what to use; after `**Instead of:**`, write what not to use",
    "withdrawn": "remove the label: a rule without `**Withdrawn:**` is in force",
    "status": "write the status itself, such as `**Status:** draft`",
    "when": "after `**Except:**`, write the cases to which the rule does not apply",
    "except": "after `**When:**`, write the cases to which the rule applies",
}
"""What to write instead of a label with the opposite meaning: no such labels exist."""
