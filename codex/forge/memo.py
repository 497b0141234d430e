"""What a forge is asked only once, however many threads want to know it at the same time."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """A value that is looked up when it is first asked for; a look-up that fails is repeated by the next who asks."""

    def __init__(self, look: Callable[[], Value]) -> None:
        self._look = look
        self._found: list[Value] = []
        self._lock = threading.Lock()

    def __call__(self) -> Value:
        """The value."""
        with self._lock:
            if not self._found:
                self._found.append(self._look())
            return self._found[0]
