"""Reads `validators/clients.toml`, the dated table of client limits."""

from skills_build.errors import CodexError
from skills_build.model.bundle import ClientLimits
from skills_build.toml_input import parse_toml


def load_limits(text: str) -> tuple[ClientLimits, ...]:
    """Read the limits of every client, in the order of the table. Raises `CodexError` if the table is damaged."""
    try:
        rows = parse_toml(text)["client"]
        return tuple(ClientLimits(**{**row, "pages": tuple(row["pages"])}) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise CodexError(f"`clients.toml` is invalid: {error}", hint="reinstall codexc") from error
