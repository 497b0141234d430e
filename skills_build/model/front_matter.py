"""Front matter as types: that of standards that people write, and that of the skills that a build writes.

These are written and never compared or printed; without the methods for that, importing them costs a third less.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from skills_build.frozen import dataclass
from skills_build.model.contract import Constraint, Slug, Text, Words
from skills_build.model.standard import AudienceWord, DeciderWord

Term: TypeAlias = Annotated[str, Constraint(pattern="^[a-z0-9][a-z0-9.+#-]*$")]
Stage: TypeAlias = Annotated[str, Constraint(choices=("design", "implementation", "review", "runtime"))]
Terms: TypeAlias = Annotated[tuple[Term, ...], Constraint(unique_items=True)]
Line: TypeAlias = Annotated[
    str,
    Constraint(
        pattern="^(?!.*---)[^<>\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]*$",
        min_length=1,
    ),
]
"""One line without characters that some clients cannot handle: angle brackets, three hyphens, control characters."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AppliesTo:
    """Where the standard applies; all keys that are set must match."""

    languages: Terms | None = None
    """Any of these programming languages."""
    technologies: Terms | None = None
    """Any of these technologies."""
    kinds: Terms | None = None
    """Any of these kinds of packages: library, service, frontend, cli, infrastructure, data."""
    paths: Words = ()
    """Any file that one of these globs matches."""
    when: Text | None = None
    """A condition in words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StandardFrontMatter:
    """The YAML at the top of a standard in the canonical format."""

    id: Annotated[str, Constraint(pattern="^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=64)]
    """Unique among all standards; every rule id starts with it. Upper case, such as CONTAINER."""
    title: Annotated[str, Constraint(min_length=1, max_length=120)]
    """The standard's name, the same as its first heading."""
    domain: Slug
    """One of the domains that codex.yaml declares."""
    status: Annotated[
        str,
        Constraint(
            pattern="^(draft|approved|enforced|deprecated|withdrawn)"
            "(,? (approved|enforced|deprecated|withdrawn))?"
            "( from [0-9]{4}-[0-9]{2}-[0-9]{2})?$"
        ),
    ]
    """draft, approved (advisory), enforced (MUST and MUST NOT are blocking), deprecated or withdrawn; optionally with a
    date: `approved, enforced from 2027-01-01`.
    """
    owner: Text | None = None
    """Its owner; by default, the owner of the domain."""
    reviewed: Annotated[str, Constraint(format="date")] | None = None
    """The day of the last review, YYYY-MM-DD."""
    review_every: Annotated[str, Constraint(pattern="^[1-9][0-9]? (day|week|month|year)s?$")] | None = None
    """How often it is reviewed, such as `6 months` or `1 year`."""
    source: Annotated[str, Constraint(format="uri")] | None = None
    """The document that explains why, as a URL."""
    stages: (
        Annotated[
            tuple[Annotated[str, Constraint(choices=("design", "implementation", "review", "runtime"))], ...],
            Constraint(unique_items=True),
        ]
        | None
    ) = None
    """The stages of a change in which its rules matter."""
    decided_by: Annotated[tuple[DeciderWord, ...], Constraint(unique_items=True)] | None = None
    """What is needed to decide whether its rules are followed; a rule may override it."""
    selected_by: Mapping[str, Text] | None = None
    """For rules in its tables: the value of the label `Selected by`, by the id of the rule."""
    audience: AudienceWord | None = None
    """Who its rules are for: `code` (people and agents who write code) or only `people`. No skill contains rules for
    people.
    """
    origin: Text | None = None
    """The origin of its rules, such as an incident review: a URL, or the path of a file relative to this one; a rule
    may override it.
    """
    applies_to: AppliesTo | None = None
    """Where the standard applies; all keys that are set must match."""
    skill: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)] | None = None
    """The skill that contains its rules; by default, the domain's skill."""
    priority: tuple[str, ...] = ()
    """Ids of rules that come first among those always shown."""
    change: Literal["editorial", "narrower", "wider"] | None = None
    """What the author declares about all rewordings until the next release: its rules require the same, less or more.
    """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SkillMetadata:
    """Facts for machines; every value is a string."""

    version: Annotated[str, Constraint(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$")]
    """The version of the codex in which the skill's bytes last changed."""
    codex: Line
    """The namespace of the codex it is compiled from."""
    domain: Line | None = None
    """The domains of its standards, with commas."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SkillFrontMatter:
    """The keys of the Agent Skills specification in the subset that every client reads alike: strings on one line."""

    name: Annotated[str, Constraint(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    """The skill's name, equal to its folder's."""
    description: Annotated[Line, Constraint(max_length=1024)]
    """What the skill is about and when to use it."""
    license: Line | None = None
    """The licence of the skill's text, as an SPDX expression."""
    compatibility: Annotated[Line, Constraint(max_length=500)] | None = None
    """What a client must offer for the skill to work."""
    metadata: SkillMetadata
    """Facts for machines; every value is a string."""
