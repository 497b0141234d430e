"""Decides when failures of the host end a run."""

import threading
from typing import Final

from codex.forge.base import Forge
from codex.http.errors import is_host_fault
from codex.limits import HOST_FAILURES, HOST_FAILURES_OF_REPOSITORIES
from skills_build.errors import CodexError


class HostFailures:
    """Counts the repositories in a row for which the host failed. Safe to use from several threads.

    A repository can make a host fail, for example if it is too large. After each `HOST_FAILURES` of them, the host gets
    a request that concerns no repository, and the run continues if it answers. Without a forge, the run ends.
    """

    def __init__(self, forge: Forge | None = None) -> None:
        self._forge: Final = forge
        self._lock: Final = threading.Lock()
        self._count = 0
        self._most = HOST_FAILURES

    def record(self, *, failed: bool) -> None:
        """Count whether the host failed for a repository."""
        with self._lock:
            if not failed:
                self._count, self._most = 0, HOST_FAILURES
                return
            self._count += 1
            if self._count == self._most < HOST_FAILURES_OF_REPOSITORIES and self._host_responds():
                self._most += HOST_FAILURES

    def _host_responds(self) -> bool:
        """Return whether the host answers the first request of `Forge.probe`."""
        if self._forge is None:
            return False
        try:
            next(iter(self._forge.probe()), None)
        except CodexError as error:
            return not is_host_fault(error)
        return True

    @property
    def stop_reason(self) -> str | None:
        """Why no more repositories are started; None if they are."""
        if self._count < self._most:
            return None
        return f"the run was stopped: the host failed for {self._count:,} repositories in a row"
