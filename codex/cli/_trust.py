"""Options that say whom a run believes, shared by every command that reads a bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from codex.sync.trust import Allow

if TYPE_CHECKING:
    from codex.workflow.trust import Trust

Command = TypeVar("Command", bound=Callable[..., Any])
_KEY: Final = "codexc.trust"
_HELP: Final = {
    Allow.DOWNGRADE: "Allow a version lower than the one that is installed.",
    Allow.NAMESPACE: "Allow a bundle of another namespace to replace the one that is installed.",
    Allow.SIGNER: "Allow another signer than that of what is installed, or none.",
    Allow.CONTENT: "Allow other content of the same version.",
}


def _kept(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    context.meta.setdefault(_KEY, {})[parameter.name] = value
    return value


ALLOWED_SIGNERS = click.option(
    "--allowed-signers",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_kept,
    help="Demand a signature by one of these SSH keys (ssh-keygen's ALLOWED SIGNERS).",
)


def pin_options(command: Command) -> Command:
    """`--allowed-signers`, and what a lock refuses unless it is allowed."""
    for kind, text in reversed(_HELP.items()):
        command = click.option(str(kind), is_flag=True, expose_value=False, callback=_kept, help=text)(command)
    return ALLOWED_SIGNERS(command)


def allowed_signers() -> Path | None:
    """The file that `--allowed-signers` of this call names."""
    found: Path | None = click.get_current_context().meta.get(_KEY, {}).get("allowed_signers")
    return found


def trust(root: Path | None = None) -> "Trust":
    """Whom this call believes, by its options, the machine, and the codex.yaml in `root`."""
    from codex.workflow.trust import gather_trust

    values = click.get_current_context().meta.get(_KEY, {})
    allow = frozenset(kind for kind in Allow if values.get(kind.removeprefix("--").replace("-", "_")))
    return gather_trust(allowed_signers=values.get("allowed_signers"), allow=allow, root=root)
