"""The list of all waivers of a fleet."""

import csv
import io
from pathlib import Path

from tests.support.fleet import People
from tests.support.sync_command import sync


def test_a_sync_records_the_waivers_that_status_lists(codex: Path, people: People) -> None:
    line = "waivers: [{rule: WOW-1, reason: the parser goes, owner: '@a', expires: 2099-01-01}]\n"
    people.add("shop/waived", {".engineering-codex.yaml": line})
    assert sync(codex, "apply", "--only", "shop/waived").code == 0
    [row] = list(csv.DictReader(io.StringIO(sync(codex, "status", "--waivers", "--format", "csv").out)))
    assert (row["repository"], row["rule"], row["state"], row["reason"]) == (
        "shop/waived",
        "WOW-1",
        "in force",
        "the parser goes",
    )
    assert sync(codex, "status", "--format", "csv").code == 2


def test_a_waiver_for_a_rule_that_the_codex_does_not_have_is_not_in_force(codex: Path, people: People) -> None:
    line = "waivers: [{rule: SEC-999, reason: a typo, owner: '@a', expires: 2099-01-01}]\n"
    people.add("shop/waived", {".engineering-codex.yaml": line})
    assert sync(codex, "apply", "--only", "shop/waived").code == 0
    listed = sync(codex, "status", "--waivers").out
    assert listed.splitlines()[-1] == "1 waiver, 1 unknown rule"
