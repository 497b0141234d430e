"""`codexc propose`"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import day, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.report.text import printable_line

if TYPE_CHECKING:
    from codex.sync.edit_mapping import NotMapped
    from codex.workflow.propose_request import CodexOnForge, ProposingRepository


@click.command("propose")
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path(), metavar="[DIR]"
)
@click.option("--codex", "codex", required=True, metavar="DIR|URL", help="A checkout of the codex, or its repository.")
@click.option(
    "--merge-request", is_flag=True, help="Open one merge request for each rule against the codex, or join it."
)
@click.option("--name", metavar="REPOSITORY", help="The name of this repository. [default: from `origin`]")
@click.option("--token-env", metavar="NAME", help="Environment variable that contains the token for the codex.")
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(folder: Path, codex: str, merge_request: bool, name: str | None, token_env: str | None, quiet: bool) -> int:
    """Propose what was edited in installed text as changes of the standards.

    Compares the skills and blocks in DIR with what codexc installed, and prints a diff of the standards. With
    --merge-request, writes to the codex instead. Exits with code 1 if an edit cannot be mapped to one rule.
    """
    from codex.workflow.propose import CheckoutAuthors, checkout_edits
    from codex.workflow.propose_request import ProposingRepository

    edits, lost = checkout_edits(folder)
    source = ProposingRepository(name=name or _name_of(folder), edits=edits, authors=CheckoutAuthors(folder).of)
    rest = print_requests(_on_forge(codex, token_env), source) if merge_request else _diff(codex, token_env, source)
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
    """Print the changes of the standards as a diff; return what cannot be mapped."""
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
    """Open or join the merge requests; return what cannot be mapped."""
    from codex.workflow.propose_request import RuleRequest

    rest: list[NotMapped] = []
    for one in remote.propose(source):
        if isinstance(one, RuleRequest):
            print_result(printable_line(f"{one.done} {one.rule} {one.url}"))
        else:
            rest.append(one)
    return rest


def print_rest(rest: "Iterable[NotMapped]", *, quiet: bool, prefix: str = "") -> None:
    """Print the edits that are no change of a rule, each with its place and why."""
    for one in rest:
        if not one.present:
            print_status(printable_line(f"not mapped: {prefix}{one.place}:{one.line}: {one.reason}"))
        else:
            print_status(printable_line(f"current: {prefix}{one.place}:{one.line}: {one.reason}"), quiet=quiet)
