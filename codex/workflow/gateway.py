"""Opens the gateway to models: its settings, from a trusted place, and the files that it keeps."""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from codex import __version__
from codex.gateway.access import allowed_models
from codex.gateway.answers import Answers
from codex.gateway.gateway import Gateway, Records, Run
from codex.gateway.ledger import Ledger
from codex.gateway.question import DeniedError
from codex.http.client import Client
from codex.http.credentials import HEADERS, Anonymous, Credential, Several, token_of
from codex.http.hosts import token_source
from codex.http.rate_limit import RateLimiter
from codex.http.urls import split_address
from codex.limits import BYTES_PER_SETTINGS
from codex.shell.cache_folder import cache_folder, expand_home, state_folder
from codex.shell.reading import decoded, read_file, within
from codex.workflow.codex_folder import parsed_config
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.gateway import GatewaySettings

LEDGER: Final = "usage.jsonl"
_SECRET: Final = frozenset({"cookie", *(header.name.lower() for header in HEADERS.values())})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """Where the settings of the gateway are, and where answers and usage are kept."""

    file: Path
    answers: Path | None = None
    ledger: Path | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The repository that a change is in: its files may be anyone's, so settings in it are read from the base."""

    root: Path
    read: Callable[[str], bytes | None] = field(repr=False)

    def holds(self, path: Path) -> str | None:
        """Return the path inside the repository, None if it is outside."""
        return within(path, self.root)


def gateway_settings(options: GatewayOptions, reviewed: Reviewed | None) -> GatewaySettings:
    """Read the section `gateway` of a codex.yaml. Raises `CodexError` if it is missing, invalid or not trusted.

    If the file is in the repository under review, it is read from the base commit; no command is run for its keys, and
    no file is read for them.
    """
    file = options.file
    inside = reviewed.holds(file) if reviewed else None
    settings = _section(_text(file, reviewed, inside), file)
    if inside is not None:
        _require_no_files(settings, file)
    for name in settings.headers:
        if name.lower() in _SECRET:
            hint = "use `key` or `gateway_key`, so that the credential is never displayed"
            raise CodexError(f"`gateway.headers`: `{name}` is a credential", hint=hint)
    if reviewed and options.answers and reviewed.holds(options.answers / "x") is not None:
        hint = "use a directory outside of the repository, such as a checkout of the base branch"
        raise CodexError(
            f"`{options.answers}` is in the repository under review, so a change could add its own responses", hint=hint
        )
    return settings


def _text(file: Path, reviewed: Reviewed | None, inside: str | None) -> str:
    try:
        data = (
            reviewed.read(inside) if reviewed and inside is not None else read_file(file, max_bytes=BYTES_PER_SETTINGS)
        )
    except OSError as error:
        raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error
    if data is None:
        hint = "commit the file to the base branch, or pass a file outside of the repository"
        raise CodexError(f"`{file}` is not in the base commit", hint=hint)
    return decoded(data, file).removeprefix("\ufeff")


def _section(text: str, file: Path) -> GatewaySettings:
    _, fleet, findings = parsed_config(text)
    if "gateway" in fleet.invalid:
        first = next((one for one in findings if "gateway" in one.message), findings[0])
        raise CodexError(f"{file}:{first.span.line}:{first.span.column}: {first.message}", hint=first.help)
    if fleet.gateway is None:
        raise CodexError(f"`{file}` has no `gateway` section", hint="see docs/gateway.md")
    return fleet.gateway


def _require_no_files(settings: GatewaySettings, file: Path) -> None:
    keys = {"key": settings.key, "gateway_key": settings.gateway_key}
    for name, key in keys.items():
        if key is not None and key.env is None:
            hint = "use `env`, or pass a file outside of the repository"
            raise CodexError(
                f"`{file}` is in the repository under review: its `gateway.{name}` must be `env`", hint=hint
            )
    if settings.ca is not None:
        raise CodexError(
            f"`{file}` is in the repository under review: `gateway.ca` is not read", hint="set SSL_CERT_FILE"
        )


def open_gateway(
    settings: GatewaySettings,
    options: GatewayOptions,
    task: str,
    sensitivity: str | None,
    *,
    optional: Sequence[str] = (),
) -> Gateway:
    """Return a gateway for a task, which sends nothing yet. Raises `DeniedError` if no model may be asked.

    It may also be asked for those `optional` tasks that have an allowed model.
    """
    models = {task: allowed_models(settings, task, sensitivity)}
    for other in optional:
        with suppress(DeniedError):
            models[other] = allowed_models(settings, other, sensitivity)
    cache, state = cache_folder(), state_folder()
    answers = options.answers or (cache / "answers" if cache else None)
    records = Records(
        answers=Answers(answers, shared=options.answers is not None),
        ledger=Ledger(options.ledger or (state / LEDGER if state else None)),
        frozen=options.frozen,
    )
    run = Run(
        id=secrets.token_hex(8),
        source="ci" if os.environ.get("CI") else "local",
        codex=f"codexc {__version__}",
        at=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Gateway(settings, models, lambda: _connection(settings, options.file.parent), records, run)


def _connection(settings: GatewaySettings, root: Path) -> Client:
    base = settings.url.rstrip("/")
    return Client(
        base,
        credential=_credential(settings, root),
        rate_limiter=RateLimiter(split_address(base).netloc),
        authorities=root / expand_home(settings.ca) if settings.ca else None,
        timeout=float(settings.timeout),
        total_timeout=float(settings.timeout),
    )


def _credential(settings: GatewaySettings, root: Path) -> Credential:
    sources = {"bearer": token_source(settings.key), "gateway": token_source(settings.gateway_key)}
    tokens = tuple(token_of(source, root, kind=kind) for kind, source in sources.items() if source)
    return Several(credentials=tokens) if tokens else Anonymous()


def default_ledger() -> Path | None:
    """Return the ledger that is used without `--ledger`."""
    state = state_folder()
    return state / LEDGER if state else None
