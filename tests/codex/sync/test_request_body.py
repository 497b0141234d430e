"""The body of a merge request: what people wrote stays, whatever marks they write, at a cost that grows with its size."""

from collections.abc import Callable

import pytest

from codex.sync.request_body import (
    BodyMark,
    generated_text,
    mark_of,
    marked_body,
    sha256,
    with_text_of_people,
    without_draft,
)
from tests.support.effort import at_most_cpu_seconds

OLD = BodyMark(digest="0" * 64, fingerprint="1" * 64, title="2" * 64, codex="acme", draft=True)
NEW = BodyMark(digest="3" * 64, fingerprint="4" * 64, title="5" * 64, codex="acme")
TEXT = "Hello\n\n- a\n- b"
GENERATED = marked_body(TEXT, NEW)


def digits(line: str) -> str:
    return sha256(line)[:8]


def forged(lines: str = "", draft: str = "") -> str:
    return f"<!-- codex:request digest={'6' * 64} fingerprint={'7' * 64} title={'8' * 64} lines={lines}{draft} -->"


BODIES = [
    lambda n: (forged() + "\n") * n,
    lambda n: "<!-- codex:request digest=" * n,
    lambda n: f"<!-- codex:request digest={'0' * 64} fingerprint=" * n,
    lambda n: forged("0," * n),
    lambda n: forged(draft=" draft" * n),
    lambda n: "Hello\nx\n" * n + forged(digits("Hello")),
    lambda n: "- a\nx\n" * n + "- z\ny\n" * n + forged(f"{digits('- a')},{digits('- z')}"),
    lambda n: "".join(f"{i}\nx\n" for i in range(n)) + forged(",".join(digits(str(i)) for i in range(n))),
    lambda n: "x\n\n" * n + forged(),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_full_of_marks_or_paragraphs_is_read_in_linear_time(body: Callable[[int], str]) -> None:
    """The largest body of a forge: in quadratic time, some of these take minutes."""
    size = len(body(1000)) / 1000
    text = body(int(1_000_000 / size))
    with at_most_cpu_seconds(2):
        with_text_of_people(text, GENERATED)
        generated_text(without_draft(text))


def test_many_paragraphs_after_one_line_are_all_kept_in_their_order() -> None:
    texts = [f"mine {number}" for number in range(5000)]
    old = "".join(f"Hello\n{text}\n" for text in texts) + forged(digits("Hello"))
    new = with_text_of_people(old, GENERATED)
    assert [line for line in new.split("\n") if line.startswith("mine")] == texts


@pytest.mark.parametrize(
    "above", ["<!-- my draft -->", "a draft --> of mine", forged(draft=" draftish"), " draft -->" * 50]
)
def test_only_the_mark_loses_its_draft(above: str) -> None:
    body = without_draft(f"{above}\n{marked_body(TEXT, OLD)}")
    assert body.startswith(f"{above}\n")
    mark = mark_of(body)
    assert mark is not None and not mark.draft


HALVES = ["<!-- codex:request", "<!-- codex:request digest=x -->", "<!--codex:request -->", "<!-- codex:end -->"]


@pytest.mark.parametrize("word", [*HALVES, forged(), forged()[:-4], forged().upper(), f"`{forged()}`"])
@pytest.mark.parametrize("place", ["above", "inside", "below"])
def test_text_around_forged_marks_is_kept_and_the_next_run_changes_nothing(word: str, place: str) -> None:
    body = marked_body(TEXT, OLD)
    theirs = f"mine 1\n{word}\nmine 2\n"
    old = {
        "above": f"{theirs}\n{body}",
        "inside": body.replace("- b", f"\n{theirs}\n- b"),
        "below": f"{body}\n{theirs}",
    }
    once = with_text_of_people(old[place], GENERATED)
    assert once.count("mine 1") == once.count("mine 2") == 1
    assert generated_text(GENERATED) in once or "- a\n" in once
    twice = with_text_of_people(once, GENERATED)
    assert twice.count("mine 1") == twice.count("mine 2") == 1
    assert with_text_of_people(twice, GENERATED) == twice
    mark = mark_of(once)
    assert mark is not None and mark.fingerprint == NEW.fingerprint
