"""Reads the dated table of what clients read, `validators/clients.toml`."""

import tomllib

from skills_build.errors import CodexError
from skills_build.model.bundle import ClientLimits


def load_limits(text: str) -> tuple[ClientLimits, ...]:
    """The limits of every client, in the table's order. Raises `CodexError` where the table is damaged."""
    try:
        rows = tomllib.loads(text)["client"]
        return tuple(ClientLimits(**{k: v for k, v in row.items() if k != "checked"}) for row in rows)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CodexError(f"`clients.toml` is damaged: {error}", hint="reinstall codexc") from error
