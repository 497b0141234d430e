"""The index skill: finds any rule by its id. It defines none, so that every rule is defined once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from skills_build.compile.describe import index_description
from skills_build.compile.group import SkillBudget
from skills_build.compile.highlights import routes
from skills_build.compile.names import REFERENCE_LENGTH, mark, named, skill_name
from skills_build.compile.pack import pack_items
from skills_build.compile.prose import rule_sentence, table_cell
from skills_build.compile.ranking import id_key
from skills_build.compile.references import HEAD, LONG
from skills_build.model.bundle import PlacedRule, Reference, Skill
from skills_build.model.config import Config

_STATEMENT: Final = 220
_FRAME: Final = 2000
_MOST_STARTS: Final = 6
_SHORT: Final = "| Id | Level | Status | Rule |\n| --- | --- | --- | --- |"
_LONG: Final = "| Id | Level | Status | Rule | Defined in |\n| --- | --- | --- | --- | --- |"
_Found = tuple[PlacedRule, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Rules with one id prefix, by id. `where` is the file that defines all of them, empty where rows say their own."""

    slug: str
    first: str
    last: str
    where: str
    rows: tuple[str, ...]
    whole: bool = True
    weight: int = 0

    @property
    def size(self) -> int:
        """Bytes, with the blank line that follows."""
        return len(self.text.encode()) + 2

    @property
    def text(self) -> str:
        """The table as Markdown."""
        if self.where:
            return "\n".join((f"Defined in `{self.where}`:", "", _SHORT, *self.rows))
        return "\n".join((_LONG, *self.rows))


def index_skill(skills: Sequence[Skill], config: Config, room: SkillBudget) -> Skill:
    """Make the skill that lists every rule of `skills` by id, with the file that defines it."""
    key = "index" if all(skill.key != "index" for skill in skills) else "rule-index"
    name = skill_name(config.namespace, key)
    limit = room.reference - HEAD
    references = tuple(_references(tuple(_tables(skills, limit)), limit))
    count = sum(len(skill.rules) for skill in skills)
    return Skill(
        name=name,
        key=key,
        title=f"{config.title}: index of rules",
        description=index_description(config.title, room.described(len(skills) + 1, name)),
        overview=f"{_counted(count, 'rule')} in {_counted(len(skills), 'skill')}, by id.",
        references=references,
        licence=config.licence,
        routes=routes(references, room.skill - _FRAME),
        index=True,
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
    found.sort(key=lambda pair: (id_key(prefix(pair[0].rule.id)), id_key(pair[0].rule.id)))
    for start, group in groupby(found, key=lambda pair: prefix(pair[0].rule.id)):
        yield from _cut(list(group), start, limit)


def _cut(found: Sequence[_Found], start: str, limit: int) -> Iterator[_Table]:
    """Yield the tables of one prefix: one, unless it is too long for a file."""
    files = {where for _, where in found}
    where = files.pop() if len(files) == 1 else ""
    whole = _table(found, start, where)
    if whole.size <= limit or len(found) < 2:
        yield whole
        return
    single = [_table([pair], pair[0].rule.id, where) for pair in found]
    for run in pack_items(single, limit):
        rows = tuple(table.rows[0] for table in run)
        yield replace(run[0], last=run[-1].last, rows=rows, whole=False)


def _table(found: Sequence[_Found], slug: str, where: str) -> _Table:
    rows = tuple(_row(one, "" if where else path) for one, path in found)
    return _Table(slug=slug, first=found[0][0].rule.id, last=found[-1][0].rule.id, where=where, rows=rows)


def _row(one: PlacedRule, where: str) -> str:
    file = f" `{where}` |" if where else ""
    text = table_cell(rule_sentence(one.rule, most=_STATEMENT))
    return f"| {table_cell(one.rule.id)} | {one.rule.level} | {one.status} | {text} |{file}"


def _references(tables: Sequence[_Table], limit: int) -> Iterator[Reference]:
    taken: set[str] = set()
    for run in pack_items(tables, limit) if tables else ():
        name = named(f"ids {run[0].slug}", most=REFERENCE_LENGTH)
        if name in taken:
            name = f"{name[: REFERENCE_LENGTH - 7].rstrip('-')}-{mark(run[0].first)}"
        taken.add(name)
        long = sum(len(table.rows) + 5 for table in run) > LONG - 10
        yield Reference(
            name=name,
            title=f"Rules {_range(run[0].first, run[-1].last)}",
            read_when=_starts(run),
            passages=(),
            contents=tuple(f"- {_range(table.first, table.last)}" for table in run) if long else (),
            body="\n\n".join(table.text for table in run) + "\n",
        )


def _starts(run: Sequence[_Table]) -> str:
    """Which ids a file lists: its prefixes where it has all of each, else the first and the last id."""
    if not all(table.whole for table in run):
        return _range(run[0].first, run[-1].last)
    starts = [prefix(table.first) for table in run]
    return ", ".join(starts) if len(starts) <= _MOST_STARTS else _range(starts[0], starts[-1])


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
