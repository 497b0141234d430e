"""The log of a fake forge."""

from dataclasses import dataclass

from tests.support.forges import githttp
from tests.support.forges.wire import Answer, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request in the log, in the order in which they were answered."""

    request: Request
    answer: Answer
    fault: str = ""
    template: str = ""
    """Of the route that served it; empty for git and for what is unknown."""
    delivered: bool = True
    seconds: float = 0

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def writes(self) -> bool:
        return self.request.writes

    @property
    def is_git(self) -> bool:
        return githttp.split(self.path) is not None

    @property
    def received(self) -> int:
        """Bytes of the request's body."""
        return len(self.request.body)

    @property
    def sent(self) -> int:
        """Bytes of the answer's body."""
        return len(self.answer.body)

    def __str__(self) -> str:
        fields = f" {','.join(self.request.root_fields)}" if self.request.root_fields else ""
        fault = f" [{self.fault}]" if self.fault else ""
        return f"{self.method} {self.path}{fields} -> {self.status if self.delivered else 'nothing'}{fault}"
