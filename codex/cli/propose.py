"""`codexc propose`"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._gateway import gateway_options
from codex.cli._options import day, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.report.text import printable_line
from skills_build.errors import CodexError
from skills_build.inert import redacted

if TYPE_CHECKING:
    from codex.sync.edit_mapping import NotMapped
    from codex.workflow.codex_folder import CodexFolder
    from codex.workflow.gateway import GatewayOptions
    from codex.workflow.propose_request import CodexOnForge, ProposingRepository


@click.command("propose")
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False, metavar="[DIR]"
)
@click.option(
    "--codex",
    "codex",
    metavar="DIR|URL",
    help="Checkout of the codex or, without --from, the URL of its repository. "
    "[default with --from: the codex in this or a parent directory]",
)
@click.option(
    "--merge-request",
    is_flag=True,
    help="Open one merge request per rule in the codex's repository, or extend an open merge request.",
)
@click.option("--name", metavar="REPOSITORY", help="The name of this repository. [default: from `origin`]")
@click.option("--token-env", metavar="NAME", help="Environment variable that contains the token for the codex.")
@click.option(
    "--from",
    "incident",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="INCIDENT.md",
    help="Draft rules from this incident review instead of from edits.",
)
@click.option(
    "--standard", type=click.Path(path_type=Path), metavar="FILE", help="With --from: add all rules to this standard."
)
@click.option("--origin", metavar="LINK", help="With --from: the origin to state in the rules. [default: FILE]")
@click.option("--dry-run", "--diff", "dry_run", is_flag=True, help="With --from: write nothing; print a diff.")
@gateway_options
@click.option("--sensitivity", metavar="CLASS", help="Sensitivity class of FILE. [default: from the gateway settings]")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="With --from: output format.",
)
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(
    folder: Path | None,
    codex: str | None,
    merge_request: bool,
    name: str | None,
    token_env: str | None,
    incident: Path | None,
    standard: Path | None,
    origin: str | None,
    dry_run: bool,
    gateway: "GatewayOptions | None",
    sensitivity: str | None,
    format_: str,
    quiet: bool,
) -> int:
    """Propose edits to installed text, or rules from an incident review, as changes to the standards.

    Compares the skills and blocks in DIR with what codexc installed, and prints a diff of the standards. With
    --merge-request, opens merge requests in the codex's repository instead. Exits with code 1 if an edit cannot be
    mapped to one rule.

    With --from, drafts a rule for each requirement in a document that no rule covers yet. The rule is added to the
    standard that fits best, with `status: draft`, a quote and its origin. Exits with code 1 if there are no new rules.
    """
    from codex.cli._propose_incident import IncidentOptions, propose_incident

    options = IncidentOptions(
        standard=standard, origin=origin, dry_run=dry_run, gateway=gateway, sensitivity=sensitivity, format_=format_
    )
    if incident is None:
        if option := options.given():
            raise CodexError(f"`{option}` needs `--from`", hint="add `--from INCIDENT.md`")
        if codex is None:
            raise CodexError(
                "no codex was specified for the edits", hint="pass the checkout or URL of the codex with `--codex`"
            )
        return _propose_edits(folder or Path(), codex, (name, token_env), request=merge_request, quiet=quiet)
    if folder is not None or name is not None:
        what = "DIR" if folder is not None else "`--name`"
        raise CodexError(f"{what} cannot be combined with `--from`", hint="pass only one of the two options")
    place = _checkout(codex)
    return propose_incident(incident, place, options, request=merge_request, token_env=token_env, quiet=quiet)


def _checkout(codex: str | None) -> "CodexFolder":
    """Return the checkout of the codex to write the rules to."""
    from codex.workflow.codex_folder import SourceOptions, open_codex

    if codex is not None and not Path(codex).is_dir():
        hint = "clone the repository, and pass the directory with `--codex DIR`"
        raise CodexError(f"`--from` requires a checkout of the codex, but `{redacted(codex)}` is not one", hint=hint)
    return open_codex(SourceOptions(root=Path(codex) if codex else None, as_of=day(None)))


def _propose_edits(
    folder: Path, codex: str, names: tuple[str | None, str | None], *, request: bool, quiet: bool
) -> int:
    """Propose the edits to installed text in a checkout. `names` contains the repository and the token variable."""
    from codex.workflow.propose import CheckoutAuthors, checkout_edits
    from codex.workflow.propose_request import ProposingRepository

    name, token_env = names
    edits, lost = checkout_edits(folder)
    source = ProposingRepository(name=name or _name_of(folder), edits=edits, authors=CheckoutAuthors(folder).of)
    rest = print_requests(_on_forge(codex, token_env), source) if request else _diff(codex, token_env, source)
    failed = [one for one in (*lost, *rest) if not one.present]
    print_rest((*lost, *rest), quiet=quiet)
    if not edits and not lost:
        print_status("no installed text was edited", quiet=quiet)
    return FOUND if failed else OK


def _name_of(folder: Path) -> str:
    """Return the name of a repository: the path of its `origin`, or the name of its folder."""
    from codex.shell.reading import real_path
    from codex.shell.repository import GitRepository

    repository = GitRepository.around(folder)
    address = repository.address() if repository else None
    tail = (address or "").rstrip("/").removesuffix(".git").rpartition("://")[2].replace(":", "/")
    return "/".join(tail.split("/")[-2:]) if tail else real_path(folder).name


def _on_forge(codex: str, token_env: str | None) -> "CodexOnForge":
    from codex.workflow.own_repository import origin_of, own_repository
    from codex.workflow.propose_request import CodexOnForge

    checkout = Path(codex)
    is_checkout = checkout.is_dir() and not codex.endswith(".git")
    address = origin_of(checkout, option="--codex") if is_checkout else codex
    return CodexOnForge(own_repository(address, token=token_env), day(None))


def _diff(codex: str, token_env: str | None, source: "ProposingRepository") -> "tuple[NotMapped, ...]":
    """Print the changes to the standards as a diff; return the edits that cannot be mapped."""
    from codex.sync.edit_mapping import map_edits
    from codex.workflow.build import unified_diff
    from codex.workflow.propose import differences, read_standards

    if Path(codex).is_dir() and not codex.endswith(".git"):
        standards = read_standards(Path(codex), day(None))
    else:
        remote = _on_forge(codex, token_env)
        head = remote.head("codex/propose/none")
        standards = remote.standards(head, head.base or "")
    proposed, rest = map_edits(source.edits, standards.rules, standards.texts)
    print_result(unified_diff(differences(standards, proposed)), nl=False)
    return rest


def print_requests(remote: "CodexOnForge", source: "ProposingRepository") -> "list[NotMapped]":
    """Open or extend the merge requests; return the edits that cannot be mapped."""
    from codex.workflow.propose_request import RuleRequest

    rest: list[NotMapped] = []
    for one in remote.propose(source):
        if isinstance(one, RuleRequest):
            print_result(printable_line(f"{one.done} {one.rule} {one.url}"))
        else:
            rest.append(one)
    return rest


def print_rest(rest: "Iterable[NotMapped]", *, quiet: bool, prefix: str = "") -> None:
    """Print the edits that cannot be mapped to a rule, each with its position and the reason."""
    for one in rest:
        if not one.present:
            print_status(printable_line(f"not mapped: {prefix}{one.place}:{one.line}: {one.reason}"))
        else:
            print_status(printable_line(f"current: {prefix}{one.place}:{one.line}: {one.reason}"), quiet=quiet)
