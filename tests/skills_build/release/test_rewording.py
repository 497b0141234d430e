"""Rules whose words changed: what a program knows of the change, and what only the author can declare."""

import pytest

from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange
from tests.support.compiling import standard
from tests.support.editions import brief, changed

BASE = "### Tokens SHOULD expire (SVC-9)\n\n**Why:** they leak.\n"
ROOT = "Containers MUST NOT run as root"
MORE = f"{ROOT} with any capability, and MUST have a read-only root file system"
OTHER = "Containers MUST NOT run as an administrator"


def text(statement: str, *below: str, status: str = "enforced", extra: str = "") -> str:
    rule = "\n\n".join((f"### {statement} (SVC-1)", *below, "**Why:** it has a reason."))
    return standard(f"{BASE}\n{rule}\n", status=status, extra=extra)


def between(old: str, new: str) -> Diff:
    return changed({"a.md": old}, {"a.md": new})


def only(diff: Diff) -> RuleChange:
    [change] = diff.changes
    assert change.subject == "SVC-1"
    return change


def bump(old: str, new: str) -> Bump:
    return only(between(old, new)).bump


def test_another_must_in_an_enforced_rule_is_major() -> None:
    change = only(between(text(ROOT), text(MORE)))
    assert (change.kind, change.bump) == (ChangeKind.REWORDED, Bump.MAJOR)
    assert (change.old, change.new) == (ROOT, MORE)


@pytest.mark.parametrize("label", ["editorial", "narrower", "wider"])
def test_no_declaration_covers_a_requirement_that_was_added(label: str) -> None:
    diff = between(text(ROOT), text(f"{ROOT}, and MUST have a user", f"**Change:** {label}"))
    assert only(diff).bump is Bump.MAJOR
    assert ("a requirement was added to the rule: MUST" in only(diff).why) or label == "wider"


@pytest.mark.parametrize(
    ("status", "added", "expected"),
    [
        ("enforced", "MUST", Bump.MAJOR),
        ("enforced", "MUST NOT", Bump.MAJOR),
        ("enforced", "SHALL", Bump.MAJOR),
        ("approved", "MUST", Bump.MINOR),
        ("enforced", "SHOULD", Bump.MINOR),
        ("enforced", "MAY", Bump.MINOR),
    ],
)
def test_an_added_requirement_weighs_what_it_is_as_a_rule(status: str, added: str, expected: Bump) -> None:
    old = "Jobs SHOULD stop"
    new = f"{old}, and {added} log it"
    assert bump(text(old, status=status), text(new, status=status)) is expected


@pytest.mark.parametrize("label", ["editorial", "narrower"])
def test_a_requirement_that_was_removed_is_never_a_patch(label: str) -> None:
    assert bump(text(MORE), text(ROOT, f"**Change:** {label}")) is Bump.MINOR
    assert bump(text(MORE), text(ROOT)) is Bump.MAJOR


@pytest.mark.parametrize(
    ("label", "kind", "expected"),
    [
        ("editorial", ChangeKind.EDITORIAL, Bump.PATCH),
        ("Editorial, a plainer word", ChangeKind.EDITORIAL, Bump.PATCH),
        ("narrower", ChangeKind.REWORDED, Bump.MINOR),
        ("`narrower`", ChangeKind.REWORDED, Bump.MINOR),
        ("wider", ChangeKind.REWORDED, Bump.MAJOR),
    ],
)
def test_the_author_declares_what_a_program_cannot_know(label: str, kind: ChangeKind, expected: Bump) -> None:
    change = only(between(text(ROOT), text(OTHER, f"**Change:** {label}")))
    assert (change.kind, change.bump) == (kind, expected)


def test_a_standard_declares_for_its_rules() -> None:
    for word, expected in (("editorial", Bump.PATCH), ("narrower", Bump.MINOR), ("wider", Bump.MAJOR)):
        assert bump(text(ROOT), text(OTHER, extra=f"change: {word}\n")) is expected


def test_an_undeclared_rewording_says_where_and_what_to_type() -> None:
    diff = between(text(ROOT), text(OTHER))
    change = only(diff)
    assert (change.bump, change.source) == (Bump.MAJOR, "a.md")
    assert "wording of an enforced MUST NOT changed" in change.why
    [notice] = diff.notices
    assert (notice.subject, notice.source, notice.line) == ("SVC-1", "a.md", change.line)
    assert all(word in notice.message for word in ("`**Change:** editorial`", "`narrower`", "`wider`"))


@pytest.mark.parametrize("label", ["editorial", "narrower"])
def test_a_label_that_was_there_before_excuses_nothing(label: str) -> None:
    diff = between(text(ROOT, f"**Change:** {label}"), text(OTHER, f"**Change:** {label}"))
    assert only(diff).bump is Bump.MAJOR
    [notice] = diff.notices
    assert "already used in 1.0.0" in notice.message
    assert f"**Change:** {label}, " in notice.message


def test_a_label_that_is_written_differently_is_a_declaration_of_this_change() -> None:
    old = text(ROOT, "**Change:** editorial")
    assert bump(old, text(OTHER, "**Change:** editorial, a plainer word")) is Bump.PATCH
    assert bump(old, text(OTHER, "**Change:** narrower")) is Bump.MINOR


@pytest.mark.parametrize("status", ["approved", "deprecated"])
def test_other_words_of_a_rule_that_does_not_block_are_minor(status: str) -> None:
    diff = between(text(ROOT, status=status), text(OTHER, status=status))
    assert (only(diff).bump, diff.notices) == (Bump.MINOR, ())
    assert bump(text(ROOT, status=status), text(OTHER, "**Change:** editorial", status=status)) is Bump.PATCH


@pytest.mark.parametrize("label", ["When", "Except"])
def test_a_limit_that_comes_is_minor_one_that_goes_or_changes_is_major(label: str) -> None:
    bare, limited = text(ROOT), text(ROOT, f"**{label}:** the base image needs it")
    assert bump(bare, limited) is Bump.MINOR
    assert bump(limited, bare) is Bump.MAJOR
    assert bump(limited, text(ROOT, "**Change:** editorial")) is Bump.MAJOR
    assert bump(limited, text(ROOT, f"**{label}:** the image is old")) is Bump.MAJOR


@pytest.mark.parametrize("label", ["Use", "Instead of"])
def test_other_words_in_a_label_of_the_demand_count_like_the_sentence(label: str) -> None:
    assert bump(text(ROOT), text(ROOT, f"**{label}:** the user app")) is Bump.MAJOR
    assert bump(text(ROOT), text(ROOT, f"**{label}:** the user app", "**Change:** narrower")) is Bump.MINOR


def test_parts_of_a_list_belong_to_the_sentence() -> None:
    start = "A service MUST:"
    old, new = text(start, "- log errors\n- count errors"), text(start, "- log errors\n- count errors\n- page somebody")
    assert bump(old, new) is Bump.MAJOR
    assert bump(new, old) is Bump.MAJOR


def test_other_words_in_the_lead_in_of_a_list_are_a_rewording() -> None:
    old, new = (
        standard(f"{BASE}\n## Calls\n\n{words}\n\n- Calls MUST carry a token (SVC-1)\n", status="enforced")
        for words in ("For public services:", "For all services:")
    )
    change = only(between(old, new))
    assert (change.kind, change.bump) == (ChangeKind.REWORDED, Bump.MAJOR)
    assert "all services" in (change.new or "")


def test_a_rule_below_another_is_not_one_of_its_requirements() -> None:
    old, new = (
        text("A service MUST log:", f"- {words} (SVC-2)\n  **Why:** they help.", "The list ends here.")
        for words in ("It MUST log errors", "It MUST log all")
    )
    assert ("SVC-1", ChangeKind.REWORDED, Bump.MAJOR) not in brief(between(old, new))


BODY = "Images are small."


@pytest.mark.parametrize(
    "added",
    [
        "They MUST have a read-only root file system.",
        "- They MUST have a user.\n- They are small.",
        "**How:** the base image MUST be used.",
        "Some text first. Then they MUST NOT mount the socket.",
    ],
)
def test_a_requirement_in_the_text_below_is_one_of_the_rule(added: str) -> None:
    old, new = text(ROOT, BODY), text(ROOT, BODY, added)
    change = only(between(old, new))
    assert (change.kind, change.bump) == (ChangeKind.REWORDED, Bump.MAJOR)
    assert "MUST" in (change.new or "")


@pytest.mark.parametrize(
    "added",
    [
        "They `MUST` be small.",
        "```text\nThey MUST be small.\n```",
        "They must be small.",
        "**See:** what the guide says: images MUST be small.",
    ],
)
def test_text_below_without_a_level_is_a_patch(added: str) -> None:
    assert bump(text(ROOT, BODY), text(ROOT, BODY, added)) is Bump.PATCH


def test_a_requirement_in_the_text_below_that_moves_is_the_same() -> None:
    one, two = "They MUST be small.", "They SHOULD be signed."
    assert bump(text(ROOT, one, two), text(ROOT, two, one)) is Bump.PATCH
    assert bump(text(ROOT, one), text(ROOT, "They MUST be tiny.")) is Bump.MAJOR
    assert bump(text(ROOT, one), text(ROOT, "They MUST be tiny.", "**Change:** editorial")) is Bump.PATCH


def test_a_declaration_next_to_a_change_of_level_covers_only_the_wording() -> None:
    old, new = "Jobs MUST stop in a minute", "Jobs SHOULD stop in five minutes"
    assert brief(between(text(old), text(new, "**Change:** narrower"))) == [
        ("SVC-1", ChangeKind.LOOSENED, Bump.MINOR),
        ("SVC-1", ChangeKind.REWORDED, Bump.MINOR),
    ]


def around(title: str, *above: str, status: str = "enforced", extra: str = "", rule: str = ROOT) -> str:
    blocks = (f"## {title}", *above, f"### {rule} (SVC-1)", "**Why:** it has a reason.")
    return standard(f"{BASE}\n" + "\n\n".join(blocks) + "\n", status=status, extra=extra)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (around("Public services"), around("All services")),
        (around("Rules", "Only public services:"), around("Rules", "All services:")),
        (around("Rules", "Only public services:"), around("Rules")),
        (
            around("Rules", "These rules apply to public services."),
            around("Rules", "These rules apply to all services."),
        ),
        (around("Rules", "Batch jobs are exempt."), around("Rules")),
        (around("Rules", "This section does not cover prototypes."), around("Rules")),
        (around("Rules", "They do not extend to batch jobs."), around("Rules")),
        (around("Rules"), around("Rules", "Services MUST have an owner.")),
        (around("Public services\n\n### Logs"), around("All services\n\n### Logs")),
    ],
)
def test_text_around_an_enforced_rule_that_may_limit_it_is_its_wording(old: str, new: str) -> None:
    change = only(between(old, new))
    assert (change.kind, change.bump) == (ChangeKind.REWORDED, Bump.MAJOR)
    assert change.old != change.new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (around("Rules"), around("General requirements")),
        (around("Rules", "This section is about containers."), around("Rules", "This section is about images.")),
        (around("Public services"), around("Public *services*")),
        (around("Rules", "**Why:** only some keep logs."), around("Rules", "**Why:** only few keep logs.")),
        (
            around("Rules", "Only [public](https://a.example) ones:"),
            around("Rules", "Only [public](https://b.example) ones:"),
        ),
    ],
)
def test_other_text_around_a_rule_is_not(old: str, new: str) -> None:
    assert {change.bump for change in between(old, new).changes} <= {Bump.PATCH}


def test_the_author_declares_a_change_around_a_rule_for_all_of_them() -> None:
    old, new = around("Public services"), around("Open services", extra="change: editorial\n")
    assert only(between(old, new)).bump is Bump.PATCH
    assert (
        only(between(around("Public services", status="approved"), around("All services", status="approved"))).bump
        is Bump.MINOR
    )
