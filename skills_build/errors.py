"""The one exception for "the command cannot go on". Faults in an author's text are findings, never exceptions."""


class CodexError(Exception):
    """A condition that stops the command; the caller prints it and exits with 2.

    `message` is lower case, without a full stop, true on its own; `hint` is what to do or type next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def summary(self) -> str:
        """What happened and what to do about it on one line, for a report in which it is one of many."""
        return f"{self.message}; {self.hint}" if self.hint else self.message
