"""Rules whose wording or other text changes, with and without an attestation."""

import pytest

from skills_build.model.release import Bump, ChangeKind
from tests.support.classifying import BASE, BODY, REWORDED, RULE, between, only, only_change, rule, scoped, text
from tests.support.compiling import standard
from tests.support.editions import brief, changed

ATTEST = "**Change:** editorial"


def test_other_words_of_an_advisory_rule_are_minor_and_shown() -> None:
    change = only_change(
        between(text(RULE, status="approved"), text(REWORDED, status="approved")), ChangeKind.REWORDED, Bump.MINOR
    )
    assert (change.old, change.new) == ("Requests MUST carry a token", "Requests MUST carry a valid token")


@pytest.mark.parametrize(
    "same", ["Requests MUST carry a *token* (SVC-1)", "requests MUST carry a [token](https://example.com) (SVC-1)"]
)
def test_emphasis_links_and_case_are_not_a_rewording(same: str) -> None:
    only_change(between(text(RULE), text(same)), ChangeKind.EDITED, Bump.PATCH)


def test_an_attested_rewording_is_a_patch() -> None:
    diff = between(text(RULE), text(REWORDED, ATTEST))
    change = only_change(diff, ChangeKind.EDITORIAL, Bump.PATCH)
    assert (change.old, change.new) == ("Requests MUST carry a token", "Requests MUST carry a valid token")
    assert diff.notices == ()


def test_a_standard_attests_for_its_rules() -> None:
    only_change(between(text(RULE), text(REWORDED, extra="change: editorial\n")), ChangeKind.EDITORIAL, Bump.PATCH)


def test_an_attestation_counts_once() -> None:
    diff = between(text(RULE, ATTEST), text(REWORDED, ATTEST))
    only_change(diff, ChangeKind.REWORDED, Bump.MAJOR)
    [notice] = diff.notices
    assert (notice.subject, notice.source) == ("SVC-1", "a.md")
    assert "already used" in notice.message and "1.0.0" in notice.message


def test_a_spent_attestation_that_hides_nothing_yet_is_reported_too() -> None:
    old, new = text(RULE, ATTEST), text(RULE, ATTEST, body="**Why:** for another reason.\n")
    diff = between(old, new)
    only_change(diff, ChangeKind.EDITED, Bump.PATCH)
    assert [notice.message for notice in diff.notices] == ["`Change: editorial` was already used in 1.0.0: remove it"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "bump"),
    [
        (text(RULE), text(rule("SHOULD"), ATTEST), ChangeKind.LOOSENED, Bump.MINOR),
        (text(rule("SHOULD")), text(RULE, ATTEST), ChangeKind.TIGHTENED, Bump.MAJOR),
        (text(RULE), text(rule("MUST NOT"), ATTEST), ChangeKind.FLIPPED, Bump.MAJOR),
        (scoped("MUST", "languages: go"), text(RULE, ATTEST), ChangeKind.WIDENED, Bump.MAJOR),
        (text(RULE), text(RULE, "**Applies to:** languages: go", ATTEST), ChangeKind.NARROWED, Bump.MINOR),
    ],
)
def test_an_attestation_never_covers_level_or_applicability(old: str, new: str, kind: ChangeKind, bump: Bump) -> None:
    diff = between(old, new)
    only_change(diff, kind, bump)
    [notice] = diff.notices
    assert notice.message == "`Change: editorial` does not cover a change of level or applicability"


def test_an_attestation_next_to_a_change_of_level_does_not_cover_the_wording() -> None:
    diff = between(text(RULE), text("Calls SHOULD carry a token (SVC-1)", ATTEST))
    assert brief(diff) == [("SVC-1", ChangeKind.LOOSENED, Bump.MINOR), ("SVC-1", ChangeKind.REWORDED, Bump.MINOR)]
    assert len(diff.notices) == 1


def test_an_attestation_of_nothing_is_a_patch() -> None:
    diff = between(text(RULE), text(RULE, ATTEST))
    assert only(diff).bump is Bump.PATCH


@pytest.mark.parametrize(
    "body",
    [
        "**Why:** it has a better reason.\n\n**Check:** a reviewer sees it.\n",
        f"{BODY}\n**Bad:**\n\n```python\ncall()\n```\n",
        f"{BODY}\n**See:** <https://example.com/token>\n",
        f"{BODY}\n**How:** with the shared client.\n",
        f"{BODY}\nMore words.\n",
    ],
)
def test_reasons_examples_and_links_are_patches(body: str) -> None:
    only_change(between(text(RULE), text(RULE, body=body)), ChangeKind.EDITED, Bump.PATCH)
    only_change(between(text(RULE, body=body), text(RULE)), ChangeKind.EDITED, Bump.PATCH)


def test_prose_outside_of_rules_is_a_patch() -> None:
    old = standard(f"An introduction.\n\n{BASE}")
    new = standard(f"A better introduction.\n\n{BASE}")
    only_change(between(old, new), ChangeKind.SKILL_EDITED, Bump.PATCH, "acme-services")


def test_a_rule_moved_to_another_file_of_its_skill_is_a_patch() -> None:
    more = standard(f"### {RULE}\n\n{BODY}", identity="SVC2")
    diff = changed({"a.md": text(RULE)}, {"a.md": text(""), "b.md": more})
    assert diff.bump is Bump.PATCH, brief(diff)


def test_a_rule_in_another_skill_is_minor() -> None:
    other = standard("### Pods MUST stop (OPS-1)\n", identity="OPS", domain="operations")
    moved = other + f"\n### {RULE}\n\n{BODY}"
    diff = changed({"a.md": text(RULE), "b.md": other}, {"a.md": text(""), "b.md": moved})
    change = next(change for change in diff.changes if change.subject == "SVC-1")
    assert (change.kind, change.bump, change.old, change.new) == (
        ChangeKind.MOVED,
        Bump.MINOR,
        "acme-services",
        "acme-operations",
    )
    assert [change.subject for change in diff.changes if not change.subject.startswith("acme-")] == ["SVC-1"]
