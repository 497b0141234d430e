"""A review in parts: each rule sees each added line of its files exactly once, and each part fits into a packet."""

import json
import random
from collections import Counter

import pytest

from codex.audit.applied_rule import AppliedRule, applied_rules
from codex.review.change import Change
from codex.review.packet import packet
from codex.review.parts import parts
from codex.review.select import Relevant
from skills_build.checks.base import ChangedFile
from skills_build.model.rules_file import InstalledRule, InstalledStandard
from tests.support.effort import at_most_cpu_seconds

DIGEST = "0" * 64


def rules(count: int, words: int) -> tuple[AppliedRule, ...]:
    """Rules without checks, whose sentences have some words."""
    made = tuple(
        InstalledRule(
            id=f"B-{number}", level="MUST", status="enforced", blocking=True, digest=DIGEST,
            text=f"Code {number} MUST hold " + "word " * words,
        )
        for number in range(count)
    )  # fmt: skip
    return tuple(applied_rules([InstalledStandard(id="B", title="B", skill="b", source="b.md", rules=made)]))


def relevant(applied: AppliedRule, files: tuple[str, ...]) -> Relevant:
    return Relevant(applied=applied, files=files, because="it applies", specificity=3)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("tokens", "name"), [(2000, ""), (12_000, ""), (2000, "é" * 150), (2000, "\U0001f600" * 250)])
def test_nothing_is_left_out_and_nothing_is_asked_twice(seed: int, tokens: int, name: str) -> None:
    pick = random.Random(seed)
    texts = ['x = "\\"é\\t' + "a" * pick.randrange(3 if name else 300) + '"' for _ in range(50)]
    changed = tuple(
        ChangedFile(
            path=f"src/{name}{n}.py",
            added=tuple((i + 1, pick.choice(texts)) for i in range(pick.randrange(4 if name else 120))),
        )
        for n in range(12)
    )
    asked = [
        relevant(one, tuple(file.path for file in changed if pick.random() < 0.5))
        for one in rules(30, pick.randrange(40))
    ]
    seen: Counter[tuple[str, str, int]] = Counter()
    for part in parts(asked, Change(files=changed), tokens=tokens):
        data = packet(part.relevant, part.change, title="t", tokens=tokens)
        assert all(cut.startswith("examples") for cut in data["cuts"])
        assert len(json.dumps(data, ensure_ascii=False).encode()) <= tokens * 4
        shown = {file["path"]: [number for number, _ in file["added"]] for file in data["files"]}
        for row in data["rules"]:
            seen.update((row["id"], path, number) for path in row["files"] for number in shown[path])
    wanted = {
        (one.applied.rule.id, file.path, number)
        for one in asked
        for file in changed
        if file.path in one.files
        for number, _ in file.added
    }
    assert seen == Counter(dict.fromkeys(wanted, 1))


def test_a_change_of_many_files_is_divided_in_little_time() -> None:
    changed = tuple(ChangedFile(path=f"src/{n}.py", added=((1, "x = 1"),)) for n in range(4_000))
    asked = [relevant(one, tuple(file.path for file in changed)) for one in rules(100, 5)]
    with at_most_cpu_seconds(5):
        assert sum(len(part.change.files) for part in parts(asked, Change(files=changed), tokens=12_000)) >= 4_000
