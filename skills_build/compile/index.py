"""The index skill: finds any rule by its id. It defines none, so that every rule is defined once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from skills_build.compile.describe import index_description
from skills_build.compile.group import Room
from skills_build.compile.highlights import routes
from skills_build.compile.names import REFERENCE_LENGTH, mark, named, skill_name
from skills_build.compile.pack import packed
from skills_build.compile.prose import cell, sentence
from skills_build.compile.ranking import id_key
from skills_build.compile.references import HEAD
from skills_build.model.bundle import PlacedRule, Reference, Skill
from skills_build.model.config import Config

_STATEMENT: Final = 220
_FRAME: Final = 2000
_TABLE: Final = "| Id | Level | Status | Rule |\n| --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Rules with the same id prefix that one reference defines; `where` names it."""

    slug: str
    first: str
    last: str
    where: str
    rows: tuple[str, ...]
    weight: int = 0

    @property
    def size(self) -> int:
        return len(self.text.encode()) + 2

    @property
    def text(self) -> str:
        return "\n".join((f"Defined in `{self.where}`:", "", _TABLE, *self.rows))


def index_skill(skills: Sequence[Skill], config: Config, room: Room) -> Skill:
    """Make the skill that lists every rule of `skills` by id, with the file that defines it."""
    key = "index" if all(one.key != "index" for one in skills) else "rule-index"
    name = skill_name(config.namespace, key)
    references = tuple(_references(_tables(skills, room.reference - HEAD), room.reference - HEAD))
    count = sum(len(one.rules) for one in skills)
    return Skill(
        name=name,
        key=key,
        title=f"{config.title}: index of rules",
        description=index_description(config.title, room.described(len(skills) + 1, name)),
        overview=f"{count} rules in {len(skills)} skills, by id.",
        references=references,
        licence=config.licence,
        routes=routes(references, room.skill - _FRAME),
        index=True,
    )


def prefix(identity: str) -> str:
    """What comes before an id's number: `CI` of `CI-12`; an id without a hyphen loses its digits."""
    head, hyphen, _ = identity.rpartition("-")
    return head if hyphen else identity.rstrip("0123456789") or "ids"


def _tables(skills: Sequence[Skill], limit: int) -> Iterator[_Table]:
    found = [
        (place.placed, f"{skill.name}/{reference.path}")
        for skill in skills
        for reference in skill.references
        for place in reference.places
    ]
    found.sort(key=lambda pair: (id_key(prefix(pair[0].rule.id)), pair[1], id_key(pair[0].rule.id)))
    for (start, where), group in groupby(found, key=lambda pair: (prefix(pair[0].rule.id), pair[1])):
        yield from _cut([one for one, _ in group], start, where, limit)


def _cut(rules: Sequence[PlacedRule], start: str, where: str, limit: int) -> Iterator[_Table]:
    whole = _table(rules, start, where)
    if whole.size <= limit or len(rules) < 2:
        yield whole
        return
    single = [_table([one], one.rule.id, where) for one in rules]
    for run in packed(single, limit):
        rows = tuple(table.rows[0] for table in run)
        yield _Table(slug=run[0].slug, first=run[0].first, last=run[-1].last, where=where, rows=rows)


def _table(rules: Sequence[PlacedRule], slug: str, where: str) -> _Table:
    rows = tuple(_row(one) for one in rules)
    return _Table(slug=slug, first=rules[0].rule.id, last=rules[-1].rule.id, where=where, rows=rows)


def _row(one: PlacedRule) -> str:
    return f"| {cell(one.rule.id)} | {one.rule.level} | {one.status} | {cell(sentence(one.rule, most=_STATEMENT))} |"


def _references(tables: Iterable[_Table], limit: int) -> Iterator[Reference]:
    every = list(tables)
    taken: set[str] = set()
    for run in packed(every, limit) if every else ():
        name = named(f"ids {run[0].slug}", most=REFERENCE_LENGTH)
        if name in taken:
            name = f"{name[: REFERENCE_LENGTH - 7].rstrip('-')}-{mark(run[0].first)}"
        taken.add(name)
        first, last = run[0].first, run[-1].last
        span = first if first == last else f"{first} to {last}"
        starts = ", ".join(dict.fromkeys(prefix(table.first) for table in run))
        contents = tuple(f"- {table.first} to {table.last}" for table in run) if _lines(run) > 290 else ()
        body = "\n\n".join(table.text for table in run) + "\n"
        yield Reference(
            name=name, title=f"Rules {span}", read_when=starts, passages=(), contents=contents, body=body
        )


def _lines(run: Sequence[_Table]) -> int:
    return sum(len(table.rows) + 5 for table in run)
