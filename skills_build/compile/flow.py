"""The order of a section: its text and its rules in turn, as in the file. Renders nothing and chooses no file."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from skills_build.compile.prose import Stretch, whole_body
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Form, Rule, Section


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of a section's text, a rule with the start of its body, or more of a rule's body (`continues`)."""

    stretch: Stretch
    placed: PlacedRule | None = None
    continues: bool = False


def flow(section: Section | None, every: Sequence[Rule], shipping: Sequence[PlacedRule]) -> Iterator[Step]:
    """Yield the steps of a section in the order of the file. `every` are all its rules, also those that do not ship.

    A section of None has rules only, because the text of its standard does not ship.
    """
    cuts = sorted({rule.cut_line for rule in every})
    keyed: list[tuple[tuple[int, int, int], Step]] = []
    for stretch in _stretches(section.line, section.text, cuts) if section else ():
        keyed.append(((stretch.line, 1, 0), Step(stretch)))
    for placed in shipping:
        for step in _rule_steps(placed, cuts):
            line = step.stretch.line if step.continues else placed.rule.cut_line
            keyed.append(((line, 0, placed.rule.span.line), step))
    yield from (step for _, step in sorted(keyed, key=lambda entry: entry[0]))


def _rule_steps(placed: PlacedRule, cuts: Sequence[int]) -> Iterator[Step]:
    """Yield a rule with its body up to the first rule inside it, then the rest of its body."""
    rule = placed.rule
    inside = bisect_right(cuts, rule.cut_line)
    nested = inside < len(cuts) and cuts[inside] <= rule.end_line and rule.form is not Form.ROW
    if not nested:
        yield Step(whole_body(rule), placed)
        return
    stretches = list(_stretches(rule.body_line, rule.body, cuts))
    own = bool(stretches) and stretches[0].line < cuts[inside]
    yield Step(stretches[0] if own else Stretch(rule.body_line, ""), placed)
    yield from (Step(stretch, placed, continues=True) for stretch in stretches[own:])


def _stretches(line: int, text: str, cuts: Sequence[int]) -> Iterator[Stretch]:
    """Cut a text before each line of `cuts` inside it; stretches without words are left out."""
    if not text.strip():
        return
    lines = text.split("\n")
    inside = [cut - line for cut in cuts if line < cut < line + len(lines)]
    for start, stop in zip([0, *inside], [*inside, len(lines)], strict=True):
        kept = lines[start:stop]
        first = next((number for number, content in enumerate(kept) if content.strip()), None)
        if first is not None:
            yield Stretch(line + start + first, "\n".join(kept[first:]).rstrip())
