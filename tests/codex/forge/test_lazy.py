"""What is looked up once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from codex.forge.lazy import Memo


def test_many_who_ask_at_the_same_time_look_once() -> None:
    asked: list[int] = []
    together = threading.Barrier(4, timeout=10)

    def look() -> int:
        asked.append(1)
        return len(asked)

    once = Memo(look)

    def ask() -> int:
        together.wait()
        return once()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert [one.result() for one in [pool.submit(ask) for _ in range(4)]] == [1, 1, 1, 1]
    assert asked == [1]


def test_a_look_that_fails_is_repeated() -> None:
    answers: Iterator[OSError | int] = iter([OSError("no"), 7])

    def look() -> int:
        found = next(answers)
        if isinstance(found, OSError):
            raise found
        return found

    once = Memo(look)
    with pytest.raises(OSError, match="no"):
        once()
    assert once() == once() == 7
