"""The errors of requests to hosts."""

from codex.shell.isolation import EndingError
from skills_build.errors import CodexError


class HttpError(CodexError):
    """A host refused a request or could not be reached. `status` is 0 where there was no response.

    `is_host_fault` means that other requests are likely to fail for the same reason: the host is unreachable, limits
    requests, rejects the token or has a fault.
    """

    def __init__(
        self, message: str, *, status: int = 0, body: str = "", hint: str | None = None, is_host_fault: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body
        self.is_host_fault = is_host_fault or status in (401, 429) or status >= 500


class UnauthorizedError(HttpError, EndingError):
    """The host rejects the token, so every other request would fail too."""


class TooLargeError(HttpError):
    """A response is larger than a limit of docs/limits.md. A request for less may succeed."""


class UncertainError(HttpError):
    """The response to a write was lost: the write may or may not have taken effect."""


def is_host_fault(error: Exception) -> bool:
    """Return whether other requests are likely to fail for the same reason: the fault is the host's."""
    return isinstance(error, HttpError) and error.is_host_fault
