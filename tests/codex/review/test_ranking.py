"""Rules that no changed line selects: a packet lists the likeliest of them, and says how many it leaves out."""

from collections.abc import Sequence

from codex.audit.applied_rule import AppliedRule, applied_rules
from codex.review.change import Change
from codex.review.packet import packet
from codex.review.ranking import ranked
from codex.review.select import Relevant
from skills_build.checks.base import ChangedFile
from skills_build.model.rules_file import InstalledRule, InstalledStandard

DIGEST = "0" * 64
CHANGE = Change(files=(ChangedFile(path="src/retryPolicy.py", added=((1, "connection_pool = openPool(size=5)"),)),))


def relevant(standard: str, *texts: str) -> list[Relevant]:
    rules = tuple(
        InstalledRule(
            id=f"{standard}-{number}", level="MUST", status="approved", blocking=False, digest=DIGEST,
            text_digest=DIGEST, text=text,
        )
        for number, text in enumerate(texts, start=1)
    )  # fmt: skip
    one = InstalledStandard(id=standard, title=standard, skill="a", source="a.md", rules=rules)
    found: Sequence[AppliedRule] = tuple(applied_rules([one]))
    return [Relevant(applied=rule, files=("src/retryPolicy.py",), because="", specificity=3) for rule in found]


def ids(found: Sequence[Relevant]) -> list[str]:
    return [one.applied.rule.id for one in found]


def test_rules_with_rare_words_of_the_change_come_first() -> None:
    others = relevant("A", "Buttons MUST have a name", "Connections MUST come from a pool", "A retry MUST wait")
    assert ids(ranked(others, [], CHANGE)) == ["A-2", "A-3", "A-1"]


def test_names_in_code_are_divided_into_words() -> None:
    others = relevant("A", "Dates MUST have a zone", "A policy MUST exist", "A size MUST exist")
    assert ids(ranked(others, [], CHANGE))[-1] == "A-1"


def test_a_standard_with_selected_rules_comes_before_another() -> None:
    others = [*relevant("A", "A pool MUST be small"), *relevant("B", "A pool MUST be small")]
    assert ids(ranked(others, relevant("B", "x"), CHANGE)) == ["B-1", "A-1"]
    assert ids(ranked(others, relevant("A", "x"), CHANGE)) == ["A-1", "B-1"]


def test_a_packet_lists_what_there_is_room_for_and_counts_the_rest() -> None:
    others = [*relevant("Z", *(f"Names of kind {number} MUST be short" for number in range(400)))]
    others += relevant("A", "Pools of connections MUST be small, " + "and so on " * 40)
    written = packet([], CHANGE, title="Acme", tokens=1000, others=others)
    first, text = written["others"][0]
    assert first == "A-1" and text.endswith("…") and 90 < len(text) <= 100
    left = 401 - len(written["others"])
    assert written["cuts"] == [
        f"other rules that apply to these files but match no changed line: {left}; `--all-rules` includes them"
    ]
    assert "`others` are further rules" in written["instructions"]


def test_a_packet_without_room_lists_none() -> None:
    lines = tuple((number, f"value_{number} = load(request)") for number in range(1, 200))
    large = Change(files=(ChangedFile(path="a.py", added=lines),))
    written = packet([], large, title="Acme", tokens=500, others=relevant("A", "A pool MUST be small"))
    assert "others" not in written and "`others`" not in written["instructions"]
    assert written["cuts"][-1] == (
        "other rules that apply to these files but match no changed line: 1; `--all-rules` includes them"
    )


def test_an_empty_change_and_no_rules_are_ranked() -> None:
    assert ranked([], [], CHANGE) == ()
    assert ids(ranked(relevant("A", "x", "y"), [], Change(files=()))) == ["A-1", "A-2"]
