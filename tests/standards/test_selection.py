"""Reviews select the rules of the starter codex that a careful reviewer wants at hand, and few others."""

import pytest

from codex.review.packet import packet
from codex.review.select import relevant_rules
from tests.standards.selection import CHANGES, change, rules, scores, selected, wanted
from tests.support.effort import at_most_cpu_seconds

TYPICAL = ("python-git-command", "dockerfile-base", "workflow-release-job")
"""One language, a Dockerfile and CI."""


@pytest.mark.parametrize("part", wanted())
def test_what_a_reviewer_wants_is_selected_and_little_else(part: str) -> None:
    own = [one for one in scores() if one.part == part]
    hits, missed, more = (
        sum(len(ids) for ids in side) for side in zip(*((one.both, one.missed, one.more) for one in own), strict=True)
    )
    assert hits / (hits + missed) >= 0.97
    assert hits / (hits + more) >= 0.9


def test_every_marked_rule_and_change_exists() -> None:
    known = {one.rule.id for one in rules()}
    marks = [one for part in wanted().values() for one in part.values()]
    assert {id_ for one in marks for id_ in one.wanted | one.useful} <= known
    assert {path.stem for path in CHANGES.glob("*.patch")} == {name for part in wanted().values() for name in part}


def test_every_rule_that_a_change_can_decide_says_what_selects_it() -> None:
    shown = {"diff", "repository"}
    rest = [one.rule.id for one in rules() if one.signals is None and shown & set(one.rule.decided_by or ())]
    assert rest == []


def test_a_typical_change_selects_few_rules_and_has_a_small_packet() -> None:
    assert [name for name in TYPICAL if len(selected(name)) > 10] == []
    written = packet(selected(*TYPICAL), change(*TYPICAL), title="Engineering codex", tokens=4000)
    assert [cut for cut in written["cuts"] if cut.startswith(("rules left out", "files left out"))] == []


def test_a_selection_for_fifty_files_takes_little_time() -> None:
    files = [file for marks in wanted().values() for name in marks for file in change(name).files]
    relevant_rules(rules(), files)
    with at_most_cpu_seconds(2):
        relevant_rules(rules(), [files[number % len(files)] for number in range(50)])
