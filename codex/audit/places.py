"""Places of evidence in words."""

from codex.audit.model import Evidence


def place(evidence: Evidence) -> str:
    """Return a place as `path:line:column` or `path`, or words for the repository as a whole."""
    if not evidence.path:
        return "this repository"
    numbers = [str(number) for number in (evidence.line, evidence.column) if number]
    return ":".join((evidence.path, *numbers))
