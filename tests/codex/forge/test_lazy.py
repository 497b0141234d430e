"""What is looked up once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from codex.forge.lazy import Memo


def test_simultaneous_callers_read_once() -> None:
    calls: list[int] = []
    together = threading.Barrier(4, timeout=10)

    def look() -> int:
        calls.append(1)
        return len(calls)

    once = Memo(look)

    def ask() -> int:
        together.wait()
        return once()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert [future.result() for future in [pool.submit(ask) for _ in range(4)]] == [1, 1, 1, 1]
    assert calls == [1]


def test_a_failed_read_is_repeated() -> None:
    answers: Iterator[OSError | int] = iter([OSError("no"), 7])

    def look() -> int:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    once = Memo(look)
    with pytest.raises(OSError, match="no"):
        once()
    assert once() == once() == 7
