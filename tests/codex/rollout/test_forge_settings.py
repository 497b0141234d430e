"""Settings of repositories on their forges: read only if wanted, compared by checks, and not guessed where unknown."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from codex.audit.model import State
from codex.resources import templates
from codex.rollout.audit import AuditResult, audit_all
from codex.rollout.audit_report import audit_journal
from codex.rollout.context import ReleaseSource, SyncContext
from codex.sync.policy import Policy
from codex.workflow.bundles import open_bundle
from codex.workflow.trust import Trust
from tests.support.contract import ROWS, Row, Stage
from tests.support.fleet import PYTHON
from tests.support.reviewing import bundle, rule

KINDS = ("gitlab", "github", "gitea")
CHECKED = ("default_branch.protected", "default_branch.required_approvals", "default_branch.required_checks")
EACH = [row for row in ROWS if row.name in KINDS]
GOOD: Mapping[str, Mapping[str, object]] = {
    "gitlab": {"protected": True, "required_approvals": 2, "force_push": False, "code_owners": False},
    "github": {
        "protected": True,
        "required_approvals": 2,
        "required_checks": [],
        "force_push": True,
        "code_owners": False,
    },
    "gitea": {"protected": True, "required_approvals": 2, "required_checks": []},
}
REQUESTS = {"gitlab": 3, "github": 4, "gitea": 2}


def _stage(stage: Stage) -> None:
    stage.add("shop/good", dict(PYTHON))
    stage.add("shop/bad", dict(PYTHON))
    assert stage.fake is not None
    good = stage.fake.repository("shop/good")
    good.required_approvals, good.protected = 2, frozenset({"main"})


@pytest.mark.parametrize("row", EACH, ids=lambda row: row.name)
def test_settings_have_the_same_names_on_each_forge(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        _stage(stage)
        found = stage.port.repository_settings(stage.targets["shop/good"])
        assert found.requests == REQUESTS[row.name]
        assert found.nested() == {"visibility": "private", "default_branch": {"name": "main", **GOOD[row.name]}}
        bad = stage.port.repository_settings(stage.targets["shop/bad"]).values
        assert bad["default_branch.protected"] is False


def _states(results: list[AuditResult]) -> Mapping[str, Mapping[str, str]]:
    return {
        one.target.path: {found.id: found.state for found in one.record.rules}
        for one in results
        if one.record is not None
    }


@pytest.mark.parametrize("row", [row for row in EACH if row.name == "gitlab"], ids=lambda row: row.name)
def test_rules_about_settings_are_assessed_if_they_are_read(row: Row, tmp_path: Path) -> None:
    checks = [f"forge: {{setting: {name}, at-least: 1}}" for name in CHECKED[1:]]
    rules = [rule(1, f"forge: {{setting: {CHECKED[0]}, equals: true}}", examples="")]
    rules += [
        rule(number, check, text=f"Rule MUST {number}", examples="") for number, check in enumerate(checks, start=2)
    ]
    codex = open_bundle(str(bundle(tmp_path, rules)), Trust()).codex
    with row.begin(tmp_path / "forge") as stage:
        _stage(stage)
        context = SyncContext(
            source=ReleaseSource(codex=codex, origin=None, releases=lambda _: None),
            forge=stage.fresh(),
            policy=Policy(source="acme"),
            templates=templates(),
            day="2026-11-24",
        )
        targets, journal = list(stage.targets.values()), audit_journal(None)

        def run(*, wanted: bool) -> list[AuditResult]:
            return list(audit_all(context, targets, journal, forge_settings=wanted, workers=1, stopped=lambda: None))

        assert set(_states(run(wanted=False))["shop/good"].values()) == {State.NOT_ASSESSED}
        read = run(wanted=True)
        assert [one.asked for one in read] == [3, 3]
        assert _states(read) == {
            "shop/good": {"SVC-1": State.COMPLIANT, "SVC-2": State.COMPLIANT, "SVC-3": State.NOT_ASSESSED},
            "shop/bad": {"SVC-1": State.VIOLATED, "SVC-2": State.NOT_ASSESSED, "SVC-3": State.NOT_ASSESSED},
        }
        assert all(one.from_journal for one in run(wanted=True))
        assert stage.fake is not None
        stage.fake.repository("shop/bad").protected = frozenset({"main"})
        assert [one.from_journal for one in run(wanted=True)] == [True, False]
