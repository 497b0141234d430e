"""`codexc propose --from`, which drafts rules from an incident review."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex.cli._options import print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

if TYPE_CHECKING:
    from codex.distill.proposal import Proposal
    from codex.workflow.codex_folder import CodexFolder
    from codex.workflow.gateway import GatewayOptions
    from codex.workflow.propose_incident import IncidentRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOptions:
    """The options of `codexc propose` that need `--from`."""

    standard: Path | None
    origin: str | None
    dry_run: bool
    gateway: "GatewayOptions | None"
    sensitivity: str | None
    format_: str

    def given(self) -> str:
        """Return the first option that was given; empty if none was."""
        named = {
            "--standard": self.standard,
            "--origin": self.origin,
            "--dry-run": self.dry_run,
            "--gateway": self.gateway,
            "--sensitivity": self.sensitivity,
            "--format": self.format_ != "text",
        }
        return next((name for name, value in named.items() if value), "")


def propose_incident(
    file: Path, place: "CodexFolder", options: IncidentOptions, *, request: bool, token_env: str | None, quiet: bool
) -> int:
    """Draft rules and print them. Unless this is a dry run, write them to the standards or open a merge request."""
    from codex.report.propose_incident import as_data, as_text
    from codex.workflow.propose_incident import IncidentRequest, write_proposal

    if request and options.dry_run:
        raise CodexError("`--merge-request` cannot be combined with --dry-run", hint="pass only one of these options")
    wanted = IncidentRequest(file=file, standard=options.standard, origin=options.origin)
    result = _proposal(place, wanted, options)
    models = options.gateway is not None
    if options.format_ == "json":
        data = {**as_data(result, models=models), "diff": _diff(place, result)}
        print_json(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print_result(as_text(result, models=models), nl=False)
        if options.dry_run:
            print_result(_diff(place, result), nl=False)
    if not result.changes:
        return FOUND
    if request:
        print_status(_by_request(place, result, token_env), quiet=quiet)
    elif not options.dry_run:
        write_proposal(place, result)
        names = ", ".join(str(place.root / change.path) for change in result.changes)
        print_status(f"next: review {names}, then `codexc check`", quiet=quiet)
    return OK


def _proposal(place: "CodexFolder", wanted: "IncidentRequest", options: IncidentOptions) -> "Proposal":
    from codex.workflow.propose_incident import propose_from

    if options.gateway is None:
        if options.sensitivity:
            raise CodexError("`--sensitivity` needs `--gateway`", hint="add `--gateway codex.yaml`")
        return propose_from(place, wanted, None)
    from codex.gateway.question import DeniedError
    from codex.workflow.distill_models import Shortening
    from codex.workflow.gateway import gateway_settings, open_gateway

    settings = gateway_settings(options.gateway, None)
    try:
        gateway = open_gateway(settings, options.gateway, "distill", options.sensitivity)
    except DeniedError as error:
        result = propose_from(place, wanted, None)
        return replace(result, notes=(f"nothing was sent to a model: {error.message}",))
    with closing(gateway):
        return propose_from(place, wanted, Shortening(gateway, settings.packet))


def _diff(place: "CodexFolder", result: "Proposal") -> str:
    from codex.workflow.build import FileDifference, codex_diff

    return codex_diff(place.root, [FileDifference(path=c.path, old=c.old, new=c.new) for c in result.changes])


def _by_request(place: "CodexFolder", result: "Proposal", token: str | None) -> str:
    from codex.workflow.incident_request import request_proposal
    from codex.workflow.own_repository import origin_of, own_repository

    own = own_repository(origin_of(place.root, option="--codex"), token=token)
    url, done = request_proposal(place, own, result)
    return f"{done} the merge request: {url}"
