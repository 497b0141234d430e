"""`codexc distill`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli import _completion
from codex.cli._gateway import gateway_options
from codex.cli._options import codex_options, print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import CodexFolder, SourceOptions
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.distill.draft import Distilled
    from codex.workflow.distill import DistillRequest
    from codex.workflow.gateway import GatewayOptions


@click.command("distill")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write the drafts to this directory. [default: the directory of the domain]",
)
@click.option("--domain", shell_complete=_completion.domains, help="Domain of the drafts. [default: the only domain]")
@click.option("--id", "id_", help="Id of the draft; only for a single FILE. [default: derived from the file name]")
@click.option("--dry-run", is_flag=True, help="Write nothing; print the drafts.")
@click.option("--merge-request", is_flag=True, help="Open or update a merge request instead of writing files.")
@click.option("--repository", metavar="URL", help="With --merge-request: the codex's repository. [default: origin]")
@click.option("--token-env", metavar="NAME", help="With --merge-request: environment variable with the token.")
@gateway_options
@click.option("--sensitivity", metavar="CLASS", help="Sensitivity class of FILE. [default: from the gateway settings]")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@codex_options
def command(
    files: tuple[Path, ...],
    out: Path | None,
    domain: str | None,
    id_: str | None,
    dry_run: bool,
    merge_request: bool,
    repository: str | None,
    token_env: str | None,
    gateway: "GatewayOptions | None",
    sensitivity: str | None,
    format_: str,
    source: SourceOptions,
    quiet: bool,
) -> int:
    """Draft a standard from prose documents in Markdown: each sentence with MUST, SHOULD or MAY becomes a rule.

    Each rule quotes its sentence exactly and states its position; omitted text is listed. With --gateway, models
    shorten the sentences, and codexc verifies that nothing is lost or added. Drafts have `status: draft` and are never
    part of the output. Existing files are never overwritten. The exit code is 1 if there are no new rules.
    """
    from codex.report.distill import as_data, as_text
    from codex.workflow.codex_folder import open_codex

    if merge_request and dry_run:
        raise CodexError("`--merge-request` cannot be combined with --dry-run", hint="pass only one of these options")
    place = open_codex(source)
    result = _distilled(place, _request(place, files, (out, domain, id_)), gateway, sensitivity)
    if format_ == "json":
        text = json.dumps(as_data(result, models=gateway is not None), indent=2, ensure_ascii=False)
        print_json(text)
    else:
        print_result(as_text(result, models=gateway is not None), nl=False)
    new = [draft for draft in result.drafts if draft.text]
    if dry_run:
        for draft in new if format_ == "text" else ():
            print_result(f"\n--- {draft.path}\n{draft.text}", nl=False)
    elif new and merge_request:
        print_status(_by_request(place, result, repository, token_env), quiet=quiet)
    elif new:
        from codex.workflow.distill import write_drafts

        write_drafts(place, new)
        print_status(f"next: review {', '.join(str(draft.path) for draft in new)}, then `codexc check`", quiet=quiet)
    return OK if new else FOUND


def _request(
    place: CodexFolder, files: tuple[Path, ...], options: tuple[Path | None, str | None, str | None]
) -> "DistillRequest":
    from codex.workflow.distill import DistillRequest

    out, domain, id_ = options
    names = list(place.config.domains)
    domain = domain or (names[0] if len(names) == 1 else None if names else "general")
    if domain is None:
        raise CodexError(
            "the domain of the drafts is not specified",
            hint=f"pass `--domain` with one of: {', '.join(names)}",
        )
    return DistillRequest(files=files, out=out or place.root / domain, domain=domain, id=id_)


def _distilled(
    place: CodexFolder, request: "DistillRequest", options: "GatewayOptions | None", sensitivity: str | None
) -> "Distilled":
    from codex.workflow.distill import distill

    if options is None:
        if sensitivity:
            raise CodexError("`--sensitivity` needs `--gateway`", hint="add `--gateway codex.yaml`")
        return distill(place, request, None)
    from contextlib import closing
    from dataclasses import replace

    from codex.gateway.question import DeniedError
    from codex.workflow.distill_models import Shortening
    from codex.workflow.gateway import gateway_settings, open_gateway

    settings = gateway_settings(options, None)
    try:
        gateway = open_gateway(settings, options, "distill", sensitivity)
    except DeniedError as error:
        result = distill(place, request, None)
        return replace(result, notes=(f"nothing was sent to a model: {error.message}",))
    with closing(gateway):
        return distill(place, request, Shortening(gateway, settings.packet))


def _by_request(place: CodexFolder, result: "Distilled", repository: str | None, token: str | None) -> str:
    from codex.workflow.draft_request import request_drafts
    from codex.workflow.own_repository import origin_of, own_repository

    own = own_repository(repository or origin_of(place.root), token=token)
    url, done = request_drafts(place, own, [draft for draft in result.drafts if draft.text])
    return f"{done} the merge request: {url}"
