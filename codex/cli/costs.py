"""`codexc costs`"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.gateway.costs import Cost

_MILLIONTHS = 1_000_000


@click.command("costs")
@click.argument("ledgers", nargs=-1, type=click.Path(path_type=Path), metavar="[LEDGER]...")
@click.option(
    "--by",
    type=click.Choice(["team", "task", "model", "rule"]),
    default="model",
    show_default=True,
    help="Group usage by this field.",
)
@click.option("--since", metavar="YYYY-MM-DD", help="Include only usage since this day (UTC).")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(ledgers: tuple[Path, ...], by: str, since: str | None, format_: str) -> int:
    """Show model usage and costs.

    LEDGER is a file written by --ledger. [default: usage.jsonl in the user's state directory] The exit code is 1 if a
    ledger has invalid lines.
    """
    from codex.cli._options import day
    from codex.gateway.costs import costs
    from codex.gateway.ledger import read_ledger
    from codex.workflow.gateway import default_ledger

    default = default_ledger()
    paths = ledgers or ((default,) if default else ())
    if not paths:
        raise CodexError("cannot find the home directory", hint="pass a ledger: `codexc costs LEDGER`")
    first = day(since) if since else ""
    rows, damaged = [], 0
    for path in paths:
        read, lines = read_ledger(path)
        rows += [row for row in read if row.at >= first]
        damaged += len(lines)
        for line in lines[:10]:
            print_status(f"{path}:{line}: skipped an invalid line")
    found = costs(rows, by)
    if format_ == "json":
        totals = [asdict(one) for one in found]
        print_json(json.dumps({"by": by, "rows": len(rows), "damaged": damaged, "costs": totals}, indent=2))
    else:
        _print(found, by)
    return FOUND if damaged else OK


def _print(found: "tuple[Cost, ...]", by: str) -> None:
    print_result(
        f"{by:<32}{'requests':>9}{'refused':>9}{'failed':>8}{'cached':>8}{'input':>12}{'output':>11}{'cost':>16}"
    )
    for one in found:
        counts = f"{one.requests:>9,}{one.refused:>9,}{one.failed:>8,}{one.cached:>8,}"
        price = f"{one.cost / _MILLIONTHS:,.4f} {one.currency}"
        note = f" ({one.unpriced:,} requests without a price)" if one.unpriced else ""
        print_result(f"{one.name:<32}{counts}{one.input_tokens:>12,}{one.output_tokens:>11,}{price:>16}{note}")
