"""Trust options, shared by every command that reads a bundle."""

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
    Allow.DOWNGRADE: "Allow a version lower than the installed version.",
    Allow.NAMESPACE: "Allow a bundle with a different namespace to replace the installed one.",
    Allow.SIGNER: "Allow a bundle that is unsigned or signed by a different signer than the installed bundle.",
    Allow.CONTENT: "Allow different content for the installed version.",
}


def _kept(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    context.meta.setdefault(_KEY, {})[parameter.name] = value
    return value


ALLOWED_SIGNERS = click.option(
    "--allowed-signers",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_kept,
    help="Require a signature by one of the SSH keys in this file (ssh-keygen's ALLOWED SIGNERS format).",
)


def pin_options(command: Command) -> Command:
    """Add `--allowed-signers` and the `--allow-...` options, which override the checks against the lock."""
    for kind, text in reversed(_HELP.items()):
        command = click.option(str(kind), is_flag=True, expose_value=False, callback=_kept, help=text)(command)
    return ALLOWED_SIGNERS(command)


def allowed_signers() -> Path | None:
    """Return the value of `--allowed-signers` in this call."""
    path: Path | None = click.get_current_context().meta.get(_KEY, {}).get("allowed_signers")
    return path


def trust(root: Path | None = None) -> "Trust":
    """Return the signers that this call trusts, from its options, the user's settings and the codex.yaml in `root`."""
    from codex.workflow.trust import gather_trust

    values = click.get_current_context().meta.get(_KEY, {})
    allow = frozenset(kind for kind in Allow if values.get(kind.removeprefix("--").replace("-", "_")))
    return gather_trust(allowed_signers=values.get("allowed_signers"), allow=allow, root=root)
