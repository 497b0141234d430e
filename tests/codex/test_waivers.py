"""Waivers: how long they may last, what happens to longer ones, and their list."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from codex.report.fleet import StatusRow, WaiverRow
from codex.report.waivers import waivers_listed
from codex.sync.settings import Settings, Waiver, WaiverState, waivers_until
from tests.support.releasing import codex_in
from tests.support.running import codexc

DAY = "2026-11-23"


def waiver(expires: str, granted: str | None = None) -> Waiver:
    return Waiver(rule="SVC-1", reason="later", owner="@a", expires=expires, granted=granted)


@pytest.mark.parametrize(
    ("expires", "granted", "state", "until"),
    [
        ("2026-11-22", None, WaiverState.EXPIRED, ""),
        ("2026-11-23", None, WaiverState.IN_FORCE, "2026-11-23"),
        ("2027-02-21", None, WaiverState.IN_FORCE, "2027-02-21"),
        ("2027-02-22", None, WaiverState.TOO_LONG, "2026-11-23"),
        ("2027-03-03", None, WaiverState.TOO_LONG, "2026-12-02"),
        ("2026-12-01", "2026-09-02", WaiverState.IN_FORCE, "2026-12-01"),
        ("2026-12-01", "2026-09-01", WaiverState.TOO_LONG, ""),
        ("2027-02-22", "2027-01-01", WaiverState.TOO_LONG, "2026-11-23"),
    ],
)
def test_a_waiver_lasts_as_long_as_the_codex_allows(
    expires: str, granted: str | None, state: WaiverState, until: str
) -> None:
    one = waiver(expires, granted)
    assert (one.state(DAY, 90), one.holds(DAY, 90)) == (state, state is WaiverState.IN_FORCE)
    assert waivers_until(Settings(waivers=(one,)), DAY, 90) == until
    assert one.state(DAY) is (WaiverState.EXPIRED if expires < DAY else WaiverState.IN_FORCE)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release whose codex allows waivers of 90 days."""
    made = codex_in(tmp_path_factory.mktemp("released"))
    settings = made.standards / "codex.yaml"
    settings.write_text(settings.read_text() + "waivers: {max_days: 90}\n")
    made.commit()
    made.release()
    return made.bundle("1.0.0")


def test_a_waiver_that_is_too_long_counts_as_expired_also_offline(bundle: Path, tmp_path: Path) -> None:
    copy, root = tmp_path / "acme-1.0.0", tmp_path / "root"
    shutil.copytree(bundle, copy)
    root.mkdir()
    settings = root / ".engineering-codex.yaml"
    line = "waivers: [{rule: SVC-1, reason: later, owner: '@a', granted: 2020-01-01, expires: 2099-01-01}]\n"
    settings.write_text(line)
    installed = codexc("install", copy, "--into", root)
    assert installed.code == 0, installed.err
    assert (
        "note: .engineering-codex.yaml:1: the waiver for SVC-1 lasts until 2099-01-01, longer than the 90 days that the codex allows, "
        in (installed.err)
    )
    lock = json.loads((root / ".engineering-codex.lock").read_text())
    assert (lock["waiver_days"], lock["selection"]["waived"]) == (90, [])
    shutil.rmtree(copy)
    checked = codexc("verify", "--installed", "--frozen", "--into", root)
    message = ".engineering-codex.yaml: the waiver for SVC-1 lasts until 2099-01-01, more than 90 days, so it counts as expired\n"
    assert (checked.code, checked.out) == (1, message)
    assert checked.err == (
        "  = help (waiver-too-long): set an earlier `expires`, or ask the owners of the codex to change "
        "`waivers.max_days`\n"
    )
    rules = json.loads((root / ".engineering-codex.rules.json").read_text())
    assert all("waived" not in rule for standard in rules["standards"] for rule in standard["rules"])
    audit = json.loads(codexc("audit", root, "--format", "json").out)
    assert {rule["state"] for rule in audit["rules"] if rule["id"] == "SVC-1"} == {"not-assessed"}
    settings.write_text(line.replace("2020-01-01", "2098-12-01"))
    assert codexc("verify", "--installed", "--frozen", "--into", root, "--format", "json").code == 1


def test_each_kind_of_difference_has_a_way_to_fix_it(bundle: Path, tmp_path: Path) -> None:
    assert codexc("install", bundle, "--into", tmp_path).code == 0
    skills = sorted((tmp_path / ".agents" / "skills").glob("*/SKILL.md"))
    skills[0].unlink()
    skills[1].write_text("mine\n")
    (skills[1].parent / "extra.md").write_text("extra\n")
    (tmp_path / "AGENTS.md").write_text("# Mine\n")
    (tmp_path / ".engineering-codex.yaml").write_text("pin: 0.9.0\ntargets: [cursor]\n")
    done = codexc("verify", "--frozen", "--into", tmp_path, "--format", "json")
    faults = json.loads(done.out)["faults"]
    kinds = {fault["kind"] for fault in faults}
    assert kinds == {"missing", "edited", "unlisted", "no-block", "pin", "targets"}
    assert all(fault["hint"] for fault in faults)
    text = codexc("verify", "--frozen", "--into", tmp_path)
    assert [line.partition(")")[0] for line in text.err.splitlines()] == [
        f"  = help ({kind}" for kind in dict.fromkeys(fault["kind"] for fault in faults)
    ]
    assert codexc("verify", "--frozen", "--into", tmp_path, "-q").err == ""


ROWS = [
    StatusRow(
        repository="shop/b",
        waivers=(
            WaiverRow(rule="SEC-2", owner="@b", expires="2027-01-01", reason="=1+1", state="too long"),
            WaiverRow(rule="SEC-1", owner="@a", expires="2026-01-01", reason='a "b", c', state="expired"),
        ),
    ),
    StatusRow(
        repository="shop/a", waivers=(WaiverRow(rule="API-1", owner="@a", expires="2026-12-01", state="in force"),)
    ),
]


def test_all_waivers_are_listed_by_their_last_day() -> None:
    text = waivers_listed(ROWS, "text")
    assert text.splitlines() == [
        '2026-01-01  expired   shop/b  SEC-1  @a  a "b", c',
        "2026-12-01  in force  shop/a  API-1  @a",
        "2027-01-01  too long  shop/b  SEC-2  @b  =1+1",
        "3 waivers, 1 expired, 1 in force, 1 too long",
    ]
    rows = list(csv.DictReader(io.StringIO(waivers_listed(ROWS, "csv"))))
    assert [(row["rule"], row["reason"]) for row in rows] == [("SEC-1", 'a "b", c'), ("API-1", ""), ("SEC-2", "'=1+1")]
    lines = [json.loads(line) for line in waivers_listed(ROWS, "jsonl").splitlines()]
    assert [line["state"] for line in lines] == ["expired", "in force", "too long"]
    assert "| shop/a | API-1 | in force | 2026-12-01 |" in waivers_listed(ROWS, "markdown")
    assert waivers_listed([], "text") == "0 waivers\n"
