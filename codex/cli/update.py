"""`codexc update`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex.cli._options import day, print_json, print_result, print_status
from codex.cli._trust import pin_options, trust
from codex.cli.main import FOUND, OK
from codex.report import fleet as report
from codex.report.text import printable_line
from codex.sync.outcome import FAILURES
from codex.workflow.ci_jobs import UPDATE_JOBS, write_update_job

if TYPE_CHECKING:
    from codex.rollout.update import Update
    from codex.sync.policy import Policy


@click.command("update")
@click.argument("bundle", metavar="BUNDLE|URL")
@click.option("--repository", metavar="URL", help="URL of the repository. [default: origin]")
@click.option("--token-env", metavar="NAME", help="Environment variable that contains the token.")
@click.option("--ca", metavar="FILE", help="File with the certificates of a private certificate authority (PEM).")
@click.option("--branch", help="Branch of the merge request, as in `sync.branch`. [default: codex/sync]")
@click.option("--label", "labels", multiple=True, help="Label, as in `sync.labels`. Repeatable. [default: codex]")
@click.option("--title", metavar="TEMPLATE", help="Title, as in `sync.title`. [default: {title}]")
@click.option("--trailer", "trailers", multiple=True, help="Commit trailer, as in `sync.trailers`. Repeatable.")
@pin_options
@click.option("--dry-run", is_flag=True, help="Write nothing; report what would be done.")
@click.option("--diff", "diff", is_flag=True, help="Write nothing; print the changes as a unified diff.")
@click.option(
    "--ci",
    type=click.Choice(tuple(UPDATE_JOBS)),
    help="Only write a CI job that runs this command every week. An existing job is not changed.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@click.option("-q", "--quiet", is_flag=True, help="Report only failures.")
def command(bundle: str, ci: str | None, *, quiet: bool, **options: Any) -> int:
    """Open or update a merge request with the newest bundle, in a repository that `codexc sync` does not manage.

    The branch, commit, lock and merge request are the same as for `codexc sync`, so you can switch between the two
    commands at any time. The command writes nothing if the repository is up to date, if the bundle is not trusted, or
    if the settings pin a version whose bundle is not found.
    """
    if ci is not None:
        from codex.workflow.report_paths import working_tree_root

        print_status(write_update_job(working_tree_root(None), ci, bundle, dry=options["dry_run"]), quiet=quiet)
        return OK
    update = _updated(bundle, options)
    return _show(update, diff=options["diff"], as_json=options["format_"] == "json", quiet=quiet)


def _updated(bundle: str, options: dict[str, Any]) -> "Update":
    from codex.rollout.update import update
    from codex.workflow.own_repository import origin_of, own_repository

    address = options["repository"] or origin_of(Path())
    own = own_repository(address, token=options["token_env"], ca=options["ca"])
    write = not (options["dry_run"] or options["diff"])
    return update(bundle, own, trust=trust(), policy=_policy(options), day=day(None), write=write)


def _policy(options: dict[str, Any]) -> "Policy":
    """Return the sync policy with the given options, which are validated in the same way as in codex.yaml."""
    from codex.sync.policy import Policy
    from codex.workflow.codex_folder import schema
    from skills_build.errors import CodexError
    from skills_build.schema import violations

    given = {key: options[key] for key in ("branch", "labels", "title", "trailers") if options[key]}
    listed = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    wrong = violations(schema("codex"), {"namespace": "x", "sync": listed})
    if wrong:
        option = f"--{str(wrong[0].key[1]).removesuffix('s')}"
        raise CodexError(f"{option}: {wrong[0].message}", hint=wrong[0].help or "see `sync` in docs/sync.md")
    return Policy(**given)


def _show(update: "Update", *, diff: bool, as_json: bool, quiet: bool) -> int:
    from codex.rollout.explain import plan_diff

    result, decision = update.result, update.result.decision
    changes = result.proposal.change_set if result.proposal else None
    if as_json:
        path, version = result.target.path, result.version
        facts = report.result_as_json(
            path,
            decision,
            url=result.url,
            version=version,
            changes=changes,
            from_journal=False,
            deletions=result.deletions,
        )
        print_json(json.dumps(facts, indent=2))
    elif diff:
        print_result(plan_diff(update.context, result), nl=False)
    elif not quiet or decision.outcome in FAILURES:
        print_result(report.result_line(result.target.path, decision, url=result.url, width=0))
        if result.deletions:
            print_result(printable_line(report.deleted(result.deletions)))
    for note in changes.notes if changes else ():
        print_status(printable_line(f"note: {note}"), quiet=quiet)
    return FOUND if decision.outcome in FAILURES else OK
