"""What a merge request says: what changed since the release that a repository holds, and what people changed there."""

from typing import Any

import pytest

from codex.sync import block
from codex.sync.changes_since import ChangesSince, changes_since
from codex.sync.changeset import Action, ChangeSet, FileChange, ObservedFile, State
from codex.sync.lock import Lock, Selection
from codex.sync.observed import Observed
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from codex.sync.request_text import ReleaseNotes, proposed_digest, request_text
from codex.sync.settings import Settings
from skills_build.model.release import Bump, ChangeKind, ReleaseEntry, RuleChange

DIGEST = "d" * 64
SELECTION = Selection(profile="python", targets=("agents",), skills=("acme-index", "acme-python"))


def change(kind: ChangeKind, subject: str = "PYT-1", **more: Any) -> RuleChange:
    """A change of a rule that blocks."""
    given: dict[str, Any] = {
        "bump": Bump.MAJOR,
        "skill": "acme-python",
        "level": "MUST",
        "status": "enforced",
        "why": "so",
    } | more
    return RuleChange(kind=kind, subject=subject, **given)


def history(*releases: RuleChange | tuple[RuleChange, ...]) -> tuple[ReleaseEntry, ...]:
    """Releases 2.0.0, 3.0.0 and so on after a first one, newest first, as a codex has them."""
    made = [ReleaseEntry(version="1.0.0", as_of="2026-01-01", bump="none")]
    for number, one in enumerate(releases, 2):
        changes = (one,) if isinstance(one, RuleChange) else one
        made.append(ReleaseEntry(version=f"{number}.0.0", as_of="2026-01-01", bump="major", changes=changes))
    return tuple(reversed(made))


def changes_of(*releases: RuleChange | tuple[RuleChange, ...], before: str = "1.0.0") -> ChangesSince:
    return changes_since(history(*releases), before, applies={"PYT-1", "PYT-2"}, skills={"acme-python"})


def test_new_duties_come_first_and_wording_is_a_count() -> None:
    duty, other = change(ChangeKind.ADDED), change(ChangeKind.REWORDED, "PYT-2", bump=Bump.MINOR)
    assert changes_of((other, duty)) == ChangesSince(duties=(duty,), others=(other,))
    assert changes_of(change(ChangeKind.EDITED, bump=Bump.PATCH)) == ChangesSince(wording=1)
    assert changes_of(duty, change(ChangeKind.EDITED, bump=Bump.PATCH), before="2.0.0") == ChangesSince(wording=1)
    assert changes_of((duty, other), before="2.0.0") == ChangesSince()


def test_what_advises_only_is_no_duty() -> None:
    turned = change(ChangeKind.FLIPPED, level="SHOULD NOT")
    assert changes_of(turned) == ChangesSince(others=(turned,))


def test_an_announced_duty_has_its_date() -> None:
    later = change(ChangeKind.SCHEDULED, "PYT-2", bump=Bump.MINOR, status="approved", new="enforced", on="2028-01-01")
    now = change(ChangeKind.ADDED)
    assert changes_of((later, now)).duties == (now, later)
    words = body(before="1.0.0", history=history(later))
    assert "- From 2028-01-01: **PYT-2** Second. Applies to every repository.\n" in words


def test_a_rule_added_and_removed_between_two_releases_is_not_listed() -> None:
    gone = change(ChangeKind.WITHDRAWN, "PYT-9")
    assert changes_of(change(ChangeKind.ADDED, "PYT-9"), gone) == ChangesSince()
    assert changes_of(gone) == ChangesSince(others=(gone,))


def test_withdrawn_rules_are_listed_only_where_their_skill_was() -> None:
    assert changes_of(change(ChangeKind.WITHDRAWN, "GOO-1", skill="acme-go")) == ChangesSince()


def test_a_rule_is_listed_once_from_its_first_state_to_its_last() -> None:
    advised = change(ChangeKind.ADDED, bump=Bump.MINOR, level="SHOULD")
    (duty,) = changes_of(advised, change(ChangeKind.TIGHTENED)).duties
    assert (duty.kind, duty.level, duty.bump) == (ChangeKind.ADDED, "MUST", Bump.MAJOR)
    (worded,) = changes_of(
        change(ChangeKind.REWORDED, bump=Bump.MINOR, old="one", new="two"),
        change(ChangeKind.REWORDED, bump=Bump.MINOR, old="two", new="three"),
    ).others
    assert (worded.old, worded.new) == ("one", "three")


def test_what_was_taken_back_is_no_duty() -> None:
    back = change(ChangeKind.DEMOTED, bump=Bump.MINOR, status="approved")
    assert changes_of(change(ChangeKind.PROMOTED), back) == ChangesSince(others=(back,))


def body(
    before: str | None = None,
    *,
    seen: dict[str, ObservedFile] | None = None,
    changes: tuple[FileChange, ...] = (),
    settings: Settings | None = None,
    **news: Any,
) -> str:
    """The words of a request in a repository of some version."""
    return written(before, seen=seen, changes=changes, settings=settings, **news)[1]


def written(
    before: str | None,
    *,
    seen: dict[str, ObservedFile] | None = None,
    changes: tuple[FileChange, ...] = (),
    settings: Settings | None = None,
    selection: Selection = SELECTION,
    **news: Any,
) -> tuple[str, str]:
    old = Lock(codex="acme", version=before, tree="t", selection=SELECTION) if before else None
    observed = Observed(
        target=Repository(id="1", path="shop/payments"), lock=old, seen=seen or {}, settings=settings or Settings()
    )
    new = Lock(codex="acme", version="2.0.0", tree="t", selection=selection)
    given: dict[str, Any] = {
        "title": "Acme codex",
        "version": "2.0.0",
        "history": (),
        "texts": {"PYT-1": "First", "PYT-2": "Second"},
        "applies": ("PYT-1", "PYT-2"),
        "blocking": 1,
    }
    found = request_text(
        observed, ChangeSet(changes=changes, lock=new), ReleaseNotes(**given | news), Policy(), digest=DIGEST
    )
    return found.title, found.body


@pytest.mark.parametrize(
    ("before", "title", "lead"),
    [
        (None, "Add Acme codex 2.0.0", "This adds the Acme codex to this repository: 2 rules (1 blocking) that apply"),
        (
            "1.0.0",
            "Update Acme codex from 1.0.0 to 2.0.0",
            "This updates the Acme codex in this repository from 1.0.0 to 2.0.0: 2 rules (1 blocking) apply here.",
        ),
        ("2.0.0", "Refresh Acme codex 2.0.0", "This updates this repository's copy of the Acme codex 2.0.0: 2 rules"),
        (
            "3.0.0",
            "Downgrade Acme codex from 3.0.0 to 2.0.0",
            "This downgrades the Acme codex in this repository from 3.0.0 to 2.0.0: ",
        ),
    ],
)
def test_the_title_and_the_first_sentence_show_the_direction(before: str | None, title: str, lead: str) -> None:
    found = written(before)
    assert (found[0], found[1].startswith(lead)) == (title, True), found[1]
    assert "\n\n\n" not in found[1]


def test_a_rule_has_the_reason_why_it_applies_and_is_the_example_of_a_waiver() -> None:
    words = body("1.0.0", history=history(change(ChangeKind.ADDED, "PYT-2")), reasons={"PYT-2": "python (its files)"})
    assert "- **PYT-2** Second. Applies here because of python (its files).\n" in words
    assert '`waivers: [{rule: PYT-2, reason: "...", owner: "@you", expires: YYYY-MM-DD}]`' in words


def test_a_hundred_new_duties_stay_short_enough_to_read() -> None:
    many = tuple(change(ChangeKind.ADDED, f"PYT-{number}") for number in range(100))
    texts = {one.subject: "a word " * 1000 for one in many}
    words = body("1.0.0", history=history(many), applies=tuple(texts), texts=texts)
    assert "\n- and 80 more; see the diff\n" in words
    assert len(words) < 12_000


def test_a_pinned_repository_is_shown_how_to_remove_its_pin() -> None:
    assert "- To get newer versions than `2.0.0`, remove `pin`." in body("1.0.0", settings=Settings(pin="2.0.0"))


def test_a_changed_selection_is_reported() -> None:
    chosen = Selection(profile="go", targets=("agents",), skills=("acme-go", "acme-index"), waived=("SEC-1",))
    words = written("2.0.0", selection=chosen)[1]
    assert (
        "### Changes for this repository\n\n- added skill `acme-go`\n- removed skill `acme-python`\n"
        "- waived SEC-1 (in `.engineering-codex.yaml`)\n"
    ) in words


def edited(*lines: str) -> str:
    """A request that puts a block back in which people wrote these lines."""
    there, wanted = (block.new_file("T", text, version="1.0.0") for text in ("\nOurs.\n\n", "\nOurs.\n\n"))
    theirs = there.replace(b"\nOurs.\n", "\n".join(("", "Ours.", *lines, "")).encode())
    change = FileChange(path="AGENTS.md", state=State.EDITED, action=Action.UPDATE, new=wanted)
    return body("2.0.0", seen={"AGENTS.md": ObservedFile.file(theirs)}, changes=(change,))


def test_the_lines_that_people_wrote_in_our_block_are_quoted() -> None:
    words = edited("Ask @ann, and `run` ```this```.")
    assert (
        "- `AGENTS.md`. These lines are removed:\n\n  ````diff\n  - Ask @ann, and `run` ```this```.\n  ````\n" in words
    )
    assert "  Ours." not in words


def test_a_quoted_line_is_not_read_as_a_marker() -> None:
    mark = f"<!-- codex:request digest={'0' * 64} fingerprint={'0' * 64} title={'0' * 64} -->"
    words = edited(f"Before {mark} after.")
    assert proposed_digest(words) == DIGEST
    assert words.count("<!-- codex:request") == 1


def test_files_that_people_deleted_are_listed_as_restored() -> None:
    changes = (
        FileChange(path="AGENTS.md", state=State.MISSING, action=Action.UPDATE, new=b""),
        FileChange(path="a/SKILL.md", state=State.MISSING, action=Action.ADD, new=b""),
    )
    words = body("2.0.0", seen={"AGENTS.md": ObservedFile.file(b"# T\n")}, changes=changes)
    assert "- `AGENTS.md`: the block was removed\n- `a/SKILL.md`: deleted\n" in words


def deleting(*paths: str) -> str:
    changes = tuple(FileChange(path=path, state=State.STALE, action=Action.DELETE) for path in paths)
    work = ChangeSet(changes=changes, lock=None)
    news = ReleaseNotes(title="Acme", version="2.0.0", history=(), texts={}, applies=())
    return request_text(Observed(target=Repository(id="1", path="a/b")), work, news, Policy(), digest=DIGEST).body


def test_every_file_that_goes_is_named() -> None:
    body = deleting(".github/CODEOWNERS", ".github/workflows/ci.yml")
    assert "### Deletes 2 files\n\n- `.github/CODEOWNERS`\n- `.github/workflows/ci.yml`\n" in body
    assert "### Deletes" not in deleting()
    assert "### Deletes 1 file\n" in deleting("x")


def test_of_many_files_that_go_the_rest_is_counted() -> None:
    body = deleting(*(f"f{number:04}" for number in range(1234)))
    command = "git diff --diff-filter=D --name-only origin/HEAD...origin/codex/sync"
    assert f"- `f0049`\n- and 1,184 more; to list them all, run `{command}`\n" in body
    assert "### Deletes 1,234 files" in body


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a\n\n# b\x1b[1m", "`a<U+000A><U+000A># b<U+001B>[1m`"),
        ("@everyone Closes #1", "`<U+0040>everyone Closes <U+0023>1`"),
        ("\u202etxt", "`<U+202E>txt`"),
    ],
)
def test_names_of_files_that_go_are_inert(path: str, shown: str) -> None:
    assert f"- {shown}\n" in deleting(path)


def test_a_file_cannot_be_named_like_our_mark() -> None:
    mark = f"<!-- codex:request digest={'0' * 64} fingerprint={'0' * 64} title={'0' * 64} -->"
    assert proposed_digest(deleting(mark)) == DIGEST


@pytest.mark.parametrize(
    "name",
    ["<!-- codex:request digest=0 -->", "a\x1b[2J", "a\nb", "a b", "@@maintainer", "ada@example.org", "-a", "a//b", "/a", "a/",
     "?username=x", "a&b=c", "\u202eada", "x" * 300, "a,b", "%2e%2e", "..", ""],
)  # fmt: skip
def test_an_invalid_account_name_is_not_a_reviewer(name: str) -> None:
    observed = Observed(
        target=Repository(id="1", path="a/b", team=name), owners=(f"@{name}", name, "@ada", "@org/team-1", "@g/s/t_2")
    )
    news = ReleaseNotes(title="Acme", version="1.0.0", history=(), texts={}, applies=())
    made = request_text(observed, ChangeSet(changes=(), lock=None), news, Policy(), digest=DIGEST)
    assert made.reviewers == ("ada", "org/team-1", "g/s/t_2")
