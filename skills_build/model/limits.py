"""Reads `validators/clients.toml`, the dated table of client limits."""

import tomllib

from skills_build.errors import CodexError
from skills_build.model.bundle import ClientLimits


def load_limits(text: str) -> tuple[ClientLimits, ...]:
    """Read the limits of every client, in the order of the table. Raises `CodexError` if the table is damaged."""
    try:
        rows = tomllib.loads(text)["client"]
        return tuple(ClientLimits(**row) for row in rows)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CodexError(f"`clients.toml` is damaged: {error}", hint="reinstall codexc") from error
