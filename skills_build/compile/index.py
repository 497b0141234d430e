"""The index skill, which lists every rule by id. It defines none, so that every rule is defined once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from skills_build.compile.describe import index_description
from skills_build.compile.group import SkillBudget
from skills_build.compile.highlights import routes
from skills_build.compile.names import REFERENCE_LENGTH, portable_name, skill_name, suffix
from skills_build.compile.pack import pack_items
from skills_build.compile.prose import rule_sentence
from skills_build.compile.ranking import id_key, prefix
from skills_build.compile.references import CONTENTS_FROM, TEMPLATE_BYTES
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule, Reference, Skill
from skills_build.model.config import Config

_SENTENCE_LENGTH: Final = 220
_TEMPLATE_BYTES: Final = 2000
_MAX_PREFIXES: Final = 6
_RuleInFile = tuple[PlacedRule, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Rules with one id prefix, in the order of the source. `file` defines them all, or each row names its own."""

    slug: str
    first: str
    last: str
    file: str
    rows: tuple[str, ...]
    whole: bool = True
    weight: int = 0

    @property
    def size(self) -> int:
        """Bytes, with the blank line that follows."""
        return len(self.text.encode()) + 2

    @property
    def text(self) -> str:
        """The list as Markdown. It is no table: formatters pad those, so that a long row changes all others."""
        head = (
            f"Defined in `{self.file}`:"
            if self.file
            else f"{prefix(self.first)}, with the file that defines each rule:"
        )
        return "\n".join((head, "", *self.rows))


def index_skill(
    skills: Sequence[Skill], config: Config, budget: SkillBudget, *, people: Sequence[PlacedRule] = ()
) -> Skill:
    """Make the skill that lists every rule of `skills` by id, with the file that defines it, and the ids of `people`.

    Those are rules for people, which no skill contains.
    """
    key = "index" if all(skill.key != "index" for skill in skills) else "rule-index"
    name = skill_name(config.namespace, key)
    limit = budget.reference - TEMPLATE_BYTES
    references = tuple(_references(tuple(_groups(skills, limit)), limit))
    return Skill(
        name=name,
        key=key,
        title=f"{config.title}: index of rules",
        description=index_description(config.title, budget.description_for(len(skills) + 1, name)),
        overview="Every rule in force, by the prefix of its id.",
        for_people=tuple(sorted((placed.rule.id for placed in people), key=id_key)),
        references=references,
        licence=config.licence,
        routes=routes(references, budget.skill - _TEMPLATE_BYTES),
        index=True,
    )


def _groups(skills: Sequence[Skill], limit: int) -> Iterator[_Group]:
    """Yield the rules by the prefix of their ids, each with the path of the file that defines it."""
    rules = [
        (place.placed, f"{skill.name}/{reference.path}")
        for skill in skills
        for reference in skill.references
        for place in reference.places
    ]
    rules.sort(key=lambda pair: id_key(prefix(pair[0].rule.id)))
    for start, group in groupby(rules, key=lambda pair: prefix(pair[0].rule.id)):
        yield from _split(list(group), start, limit)


def _split(rules: Sequence[_RuleInFile], start: str, limit: int) -> Iterator[_Group]:
    """Yield the lists of one prefix: a single one, unless it is too long for a file; then each has a range of ids."""
    files = {path for _, path in rules}
    file = files.pop() if len(files) == 1 else ""
    whole = _group(rules, start, file)
    if whole.size <= limit or len(rules) < 2:
        yield whole
        return
    by_id = sorted(rules, key=lambda pair: id_key(pair[0].rule.id))
    single = [_group([pair], pair[0].rule.id, file) for pair in by_id]
    for run in pack_items(single, limit):
        rows = tuple(group.rows[0] for group in run)
        yield replace(run[0], last=run[-1].last, rows=rows, whole=False)


def _group(rules: Sequence[_RuleInFile], slug: str, file: str) -> _Group:
    rows = tuple(_row(placed, "" if file else path) for placed, path in rules)
    return _Group(slug=slug, first=rules[0][0].rule.id, last=rules[-1][0].rule.id, file=file, rows=rows)


def _row(placed: PlacedRule, file: str) -> str:
    text = rule_sentence(placed.rule, max_length=_SENTENCE_LENGTH)
    where = f" (`{file}`)" if file else ""
    return f"- {placed.rule.id} ({placed.rule.level}, {placed.status}): {text}{where}"


def _references(groups: Sequence[_Group], limit: int) -> Iterator[Reference]:
    """Yield the files of the index: groups of ids that fit into `limit` bytes."""
    taken: set[str] = set()
    for run in pack_items(groups, limit) if groups else ():
        name = portable_name(f"ids {run[0].slug}", max_length=REFERENCE_LENGTH)
        if name in taken:
            name = f"{name[: REFERENCE_LENGTH - 7].rstrip('-')}-{suffix(run[0].first)}"
        taken.add(name)
        long = sum(len(group.rows) + 5 for group in run) > CONTENTS_FROM - 10
        yield Reference(
            name=name,
            title=f"Rules: {_listed_ids(run)}",
            read_when=_listed_ids(run),
            passages=(),
            contents=tuple(f"- {_listed_ids([group])}" for group in run) if long else (),
            body="\n\n".join(group.text for group in run) + "\n",
        )


def _listed_ids(run: Sequence[_Group]) -> str:
    """Return the ids that a file lists: its prefixes if it has all ids of each, else the first and the last id."""
    if not all(group.whole for group in run):
        return _range(run[0].first, run[-1].last)
    prefixes = [prefix(group.first) for group in run]
    return ", ".join(prefixes) if len(prefixes) <= _MAX_PREFIXES else _range(prefixes[0], prefixes[-1])


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
