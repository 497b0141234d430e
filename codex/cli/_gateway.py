"""Options shared by the commands that call models."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.workflow.gateway import GatewayOptions

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option(
        "--gateway",
        "gateway_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Use the models configured in the `gateway` section of this file.",
    ),
    click.option(
        "--answers",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Store responses in this directory and reuse them. [default: the user's cache directory]",
    ),
    click.option(
        "--frozen",
        is_flag=True,
        help="Send no requests: use only responses stored by earlier runs, and fail if one is missing.",
    ),
    click.option(
        "--ledger",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Record usage in this file. [default: usage.jsonl in the user's state directory]",
    ),
)


def gateway_options(command: Command) -> Command:
    """Add the gateway options. The command receives them as `gateway`, which is None without `--gateway`."""

    @wraps(command)
    def with_gateway(
        *arguments: Any,
        gateway_file: Path | None,
        answers: Path | None,
        frozen: bool,
        ledger: Path | None,
        **rest: Any,
    ) -> Any:
        gateway = _options(gateway_file, answers, ledger, frozen=frozen)
        return command(*arguments, gateway=gateway, **rest)

    wrapped = with_gateway
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return cast("Command", wrapped)


def _options(file: Path | None, answers: Path | None, ledger: Path | None, *, frozen: bool) -> "GatewayOptions | None":
    if file is None:
        if answers or ledger or frozen:
            message = "`--answers`, `--frozen` and `--ledger` need `--gateway`"
            raise CodexError(message, hint="add `--gateway codex.yaml`")
        return None
    from codex.workflow.gateway import GatewayOptions

    return GatewayOptions(file=file, answers=answers, ledger=ledger, frozen=frozen)
