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
            "exclusion",
            "exclusions",
            "exception",
            "exceptions",
            "exempt",
            "expect",
            "waiver",
            "waivers",
            "not for",
            "not applicable",
            "not applicable to",
            "does not apply",
            "does not apply to",
            "except for",
            "out of scope",
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
STATUSES: Final = {
    "draft": ("draft", "proposed", "proposal"),
    "deprecated": ("deprecated", "deprecated since", "deprecated on", "deprecation"),
    "enforced": ("enforced", "blocking", "mandatory"),
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
LEVELS: Final = frozenset({"level", "severity", "requirement", "requirement level", "keyword", "obligation"})
FRONT_MATTER: Final = ("owner", "reviewed", "stages", "skill", "priority", "domain")
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
    "applies to": "list what the rule applies to after `**Applies to:**`, and exceptions after `**Except:**`",
    "instead of": "write what to use after `**Use:**`, or what not to use after `**Instead of:**`",
    "use": "write what not to use after `**Instead of:**`",
    "use instead": "write what to use after `**Use:**`, or what not to use after `**Instead of:**`",
    "withdrawn": "remove the label: a rule without `**Withdrawn:**` is in force",
    "status": "write the status itself, such as `**Status:** draft`",
    "when": "write the cases to which the rule does not apply after `**Except:**`",
    "except": "write the cases to which the rule applies after `**When:**`",
}
"""What to write instead of a label with the opposite meaning: no such labels exist."""
