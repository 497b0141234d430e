"""The settings of the service, read and checked as a whole at start (SVC-10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class WrongSettings(ValueError):
    """One or more settings are missing or wrong; the text names all of them."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no log shows (SECRET-11)."""

    value: str

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Times are in seconds."""

    port: int
    grace: float
    api_token: Secret


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raise WrongSettings if any of them is wrong."""
    problems: list[str] = []
    port = _number(environment, "PORT", "8080", problems)
    grace = _number(environment, "GRACE_SECONDS", "25", problems)
    token = Path(environment.get("API_TOKEN_FILE", "/run/secrets/api-token"))
    if not token.is_file():
        problems.append(f"API_TOKEN_FILE: {token} is not a file")
    if problems:
        raise WrongSettings("; ".join(problems))
    secret = Secret(token.read_text(encoding="utf-8").strip())
    return Settings(port=int(port), grace=grace, api_token=secret)


def _number(environment: Mapping[str, str], name: str, default: str, problems: list[str]) -> float:
    try:
        return float(environment.get(name, default))
    except ValueError:
        problems.append(f"{name} is not a number: {environment[name]!r}")
        return 0.0
