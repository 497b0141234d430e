"""The exception for a command that cannot continue. Problems in an author's text are findings, never exceptions."""


class CodexError(Exception):
    """An error that stops the command. The caller prints it and exits with 2.

    `message` is lower case, without a full stop, and complete on its own. `hint` is what to do or type next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def summary(self) -> str:
        """The message and the hint on one line, for a report with several errors."""
        return f"{self.message}; {self.hint}" if self.hint else self.message
