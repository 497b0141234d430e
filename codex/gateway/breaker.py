"""Leaves out a model that keeps failing, and tries it once more after a time."""

from collections import Counter
from collections.abc import Callable

from skills_build.model.gateway import BreakerSettings


class Breaker:
    """A circuit breaker for each model of a run. `now` returns seconds."""

    def __init__(self, settings: BreakerSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._failures: Counter[str] = Counter()
        self._opened: dict[str, float] = {}

    def is_open(self, model: str) -> bool:
        """Return whether a model is left out now."""
        opened = self._opened.get(model)
        return opened is not None and self._now() - opened < self._settings.seconds

    def failed(self, model: str) -> None:
        """Count a failure. One more after the pause opens it again at once."""
        self._failures[model] += 1
        if self._failures[model] >= self._settings.failures:
            self._opened[model] = self._now()

    def succeeded(self, model: str) -> None:
        """Forget the failures of a model."""
        self._failures.pop(model, None)
        self._opened.pop(model, None)
