"""What is planned for each state that a repository's files can be in."""

from dataclasses import replace

import pytest

from codex.sync import block
from codex.sync.changeset import Action, ChangeSet, EntryType, ObservedFile, State
from codex.sync.comparison import change_set, paths_of_interest
from codex.sync.desired import Desired, desired_nothing
from codex.sync.lock import LOCK, Lock, OwnedFile, Selection, blob_id, dump_lock, load_lock
from codex.workflow.codex_folder import schema
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact

TEXT, OLD = "\nnew rules\n\n", "\nold rules\n\n"
SKILL = ".agents/skills/eng-a/SKILL.md"
CHOSEN = Selection(profile="python", targets=("agents",), skills=("eng-a",))


def wanted(**files: bytes) -> Desired:
    data = {SKILL: b"skill\n", **files}
    return Desired(
        codex="eng",
        version="2.0.0",
        tree="2" * 64,
        selection=CHOSEN,
        blocks={"AGENTS.md": TEXT},
        files={path: Artifact(path=path, data=one) for path, one in data.items()},
    )


def host(text: str = OLD, before: bytes = b"# T\nours\n") -> bytes:
    made = block.write_block(before, text, version="1.0.0")
    assert isinstance(made, bytes)
    return made


def lock(**files: bytes) -> Lock:
    owned = files or {SKILL: b"old skill\n"}
    return Lock(
        codex="eng",
        version="1.0.0",
        tree="1" * 64,
        selection=CHOSEN,
        blocks={"AGENTS.md": block.block_digest(OLD)},
        files={path: OwnedFile(blob=blob_id(data), mode="100644") for path, data in owned.items()},
    )


def seen(**files: bytes | ObservedFile) -> dict[str, ObservedFile]:
    return {path: one if isinstance(one, ObservedFile) else ObservedFile.file(one) for path, one in files.items()}


def planned(
    there: dict[str, ObservedFile], before: Lock | None = None, *, force: bool = False, what: Desired | None = None
) -> ChangeSet:
    return change_set(
        what or wanted(),
        there,
        before,
        name="Payments",
        restore=force,
        overwrite_foreign=force,
        sibling_paths=frozenset(there),
    )


def states(made: ChangeSet) -> dict[str, tuple[State, Action]]:
    return {change.path: (change.state, change.action) for change in made.changes}


def data_of(made: ChangeSet, path: str) -> bytes:
    found = next(change.new for change in made.changes if change.path == path)
    assert found is not None
    return found


def after(there: dict[str, ObservedFile], made: ChangeSet) -> dict[str, ObservedFile]:
    """What is there once the work is done."""
    result = dict(there)
    for write in made.writes:
        if write.action is Action.DELETE:
            result.pop(write.path, None)
        else:
            assert write.new is not None
            result[write.path] = ObservedFile.file(write.new, write.mode)
    return result


def test_an_empty_repository_gets_everything_and_a_second_run_nothing() -> None:
    made = planned({})
    assert states(made) == {
        SKILL: (State.ABSENT, Action.ADD),
        "AGENTS.md": (State.ABSENT, Action.ADD),
        LOCK: (State.ABSENT, Action.ADD),
    }
    assert data_of(made, "AGENTS.md").startswith(b"# Payments\n")
    assert planned(after({}, made), made.lock).writes == ()


def test_clean_files_are_updated_and_the_words_of_others_stay() -> None:
    there = seen(**{"AGENTS.md": host(), SKILL: b"old skill\n", LOCK: dump_lock(lock())})
    made = planned(there, lock())
    assert states(made) == {
        SKILL: (State.CLEAN, Action.UPDATE),
        "AGENTS.md": (State.CLEAN, Action.UPDATE),
        LOCK: (State.CLEAN, Action.UPDATE),
    }
    assert block.remove_block(data_of(made, "AGENTS.md")) == b"# T\nours\n"
    assert planned(after(there, made), made.lock).writes == ()


def test_edited_files_are_kept_and_reported_unless_forced() -> None:
    edited = host().replace(b"old rules", b"our own rules")
    there = seen(**{"AGENTS.md": edited, SKILL: b"edited\n", LOCK: dump_lock(lock())})
    made = planned(there, lock())
    assert {file_change.path: file_change.state for file_change in made.kept} == {
        SKILL: State.EDITED,
        "AGENTS.md": State.EDITED,
    }
    assert made.conflicts == ()
    forced = planned(there, lock(), force=True)
    assert forced.kept == ()
    assert data_of(forced, SKILL) == b"skill\n"
    assert block.remove_block(data_of(forced, "AGENTS.md")) == b"# T\nours\n"


def test_foreign_files_are_kept_and_never_managed() -> None:
    made = planned(seen(**{SKILL: b"somebody's\n"}))
    assert states(made)[SKILL] == (State.FOREIGN, Action.KEEP)
    assert made.lock is not None
    assert SKILL not in made.lock.files


def test_a_foreign_file_with_the_same_bytes_is_managed_without_a_write() -> None:
    made = planned(seen(**{SKILL: b"skill\n"}))
    assert states(made)[SKILL] == (State.CURRENT, Action.NONE)
    assert made.lock is not None
    assert SKILL in made.lock.files


def test_stale_files_are_deleted_if_clean_and_given_back_if_edited() -> None:
    old, kept = ".agents/skills/eng-b/SKILL.md", ".agents/skills/eng-c/SKILL.md"
    before = lock(**{SKILL: b"skill\n", old: b"b\n", kept: b"c\n"})
    there = seen(**{"AGENTS.md": host(), SKILL: b"skill\n", old: b"b\n", kept: b"edited\n", LOCK: dump_lock(before)})
    made = planned(there, before)
    assert states(made)[old] == (State.STALE, Action.DELETE)
    assert states(made)[kept] == (State.EDITED, Action.KEEP)
    assert made.lock is not None
    assert set(made.lock.files) == {SKILL}
    assert states(planned(there, before, force=True))[kept] == (State.STALE, Action.DELETE)


def test_deleted_files_are_restored() -> None:
    made = planned(seen(**{"AGENTS.md": b"# T\nours\n"}), lock())
    assert states(made)[SKILL] == (State.MISSING, Action.ADD)
    assert states(made)["AGENTS.md"] == (State.MISSING, Action.UPDATE)


def test_a_mode_that_changed_counts_as_an_edit() -> None:
    there = {**seen(**{"AGENTS.md": host()}), SKILL: ObservedFile.file(b"old skill\n", 0o755)}
    assert states(planned(there, lock()))[SKILL] == (State.EDITED, Action.KEEP)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (ObservedFile(entry_type=EntryType.LINK, data=b"docs/AGENTS.md"), "symbolic link to `docs/AGENTS.md`"),
        (ObservedFile(entry_type=EntryType.LINK, data=b"../../etc/passwd"), "symbolic link"),
        (ObservedFile(entry_type=EntryType.MODULE), "submodule"),
        (ObservedFile(entry_type=EntryType.FOLDER), "folder"),
        (ObservedFile.file(b"\xff\xfe"), "not UTF-8"),
        (ObservedFile.file(b"version https://git-lfs.github.com/spec/v1\n"), "Git LFS"),
        (ObservedFile.file(b"<!-- codex:end -->\n"), "without a start marker (line 1)"),
    ],
)
def test_host_files_that_cannot_be_written_are_conflicts_with_a_reason(found: ObservedFile, why: str) -> None:
    for force in (False, True):
        made = planned({"AGENTS.md": found}, force=force)
        assert [conflict.path for conflict in made.conflicts] == ["AGENTS.md"]
        assert why in made.conflicts[0].why
        assert made.conflicts[0].markers is (b"codex:" in (found.data or b""))
        assert made.lock is not None
        assert "AGENTS.md" not in made.lock.blocks


def test_a_name_in_another_case_is_never_doubled() -> None:
    made = planned(seen(**{"agents.md": b"# T\n"}))
    assert "`agents.md` exists: rename it" in made.conflicts[0].why


def test_links_between_host_files_take_one_block() -> None:
    both = Desired(
        codex="eng",
        version="2.0.0",
        tree="2" * 64,
        selection=CHOSEN,
        blocks={"AGENTS.md": TEXT, "CLAUDE.md": "\n@AGENTS.md\n\n"},
    )
    link = ObservedFile(entry_type=EntryType.LINK, data=b"AGENTS.md")
    made = planned({**seen(**{"AGENTS.md": b"# T\n"}), "CLAUDE.md": link}, what=both)
    assert states(made)["CLAUDE.md"] == (State.LINKED, Action.NONE)
    assert made.lock is not None
    assert set(made.lock.blocks) == {"AGENTS.md"}
    swapped = planned(
        {**seen(**{"CLAUDE.md": b"# T\n"}), "AGENTS.md": ObservedFile(entry_type=EntryType.LINK, data=b"CLAUDE.md")},
        what=both,
    )
    assert states(swapped)["CLAUDE.md"] == (State.ABSENT, Action.UPDATE)
    found = block.find_block(data_of(swapped, "CLAUDE.md"))
    assert isinstance(found, block.OwnedBlock)
    assert found.text == TEXT
    assert swapped.lock is not None
    assert swapped.lock.blocks == {"CLAUDE.md": block.block_digest(TEXT)}
    there = after(
        {"AGENTS.md": ObservedFile(entry_type=EntryType.LINK, data=b"CLAUDE.md"), **seen(**{"CLAUDE.md": b"# T\n"})},
        swapped,
    )
    assert planned(there, swapped.lock, what=both).writes == ()


def test_a_claude_file_that_reads_agents_md_already_is_left_alone() -> None:
    both = Desired(
        codex="eng",
        version="2.0.0",
        tree="2" * 64,
        selection=CHOSEN,
        blocks={"AGENTS.md": TEXT, "CLAUDE.md": "\n@AGENTS.md\n\n"},
    )
    for host in (
        b"# Ours\n\n@AGENTS.md\n",
        b"Read @AGENTS.md first.\n",
        b"- @./AGENTS.md\r\n",
        b"\xef\xbb\xbf@AGENTS.md",
    ):
        assert states(planned(seen(**{"CLAUDE.md": host}), what=both))["CLAUDE.md"] == (State.LINKED, Action.NONE)
    in_code = (b"```\n@AGENTS.md\n```\n", b"Write `@AGENTS.md`.\n", b"    @AGENTS.md\n", b"<!--\n@AGENTS.md\n-->\n")
    for host in (*in_code, b"mail@AGENTS.md\n", b"@AGENTS.md/x\n", b"@docs/AGENTS.md\n", b"@AGENTS.mdx\n"):
        assert states(planned(seen(**{"CLAUDE.md": host}), what=both))["CLAUDE.md"] == (State.ABSENT, Action.UPDATE)


def test_files_that_git_checked_out_with_crlf_are_current_and_clean() -> None:
    first = planned({})
    there = {
        path: ObservedFile.file((file.data or b"").replace(b"\n", b"\r\n")) for path, file in after({}, first).items()
    }
    again = planned(there, first.lock)
    assert again.writes == () and again.kept == ()
    assert {
        change.action for change in planned(there, first.lock, what=desired_nothing("eng", "2.0.0", "2" * 64)).writes
    } == {Action.DELETE}
    edited = {**there, **{path: ObservedFile.file((there[path].data or b"") + b"\r\nmine") for path in wanted().files}}
    assert {change.path for change in planned(edited, first.lock).kept} == set(wanted().files)


def test_a_line_end_in_a_binary_file_is_content() -> None:
    assert not ObservedFile.file(b"\0a\r\n").holds(ObservedFile.file(b"\0a\n").blob)
    assert ObservedFile.file(b"a\r\n").holds(ObservedFile.file(b"a\n").blob)


def test_a_folder_that_is_a_link_is_never_written_through() -> None:
    claude = ".claude/skills/eng-a/SKILL.md"
    what = wanted(**{claude: b"skill\n"})
    twin = ObservedFile(entry_type=EntryType.LINK, data=b"../.agents/skills")
    made = planned({".claude/skills": twin}, what=what)
    assert states(made)[claude] == (State.LINKED, Action.NONE)
    outside = planned({".claude/skills": ObservedFile(entry_type=EntryType.LINK, data=b"../../elsewhere")}, what=what)
    assert states(outside)[claude] == (State.UNUSABLE, Action.KEEP)
    module = planned({".claude": ObservedFile(entry_type=EntryType.MODULE)}, what=what)
    assert states(module)[claude] == (State.UNUSABLE, Action.KEEP)


def test_a_release_that_changes_nothing_here_keeps_the_version_it_came_from() -> None:
    made = planned({})
    assert made.lock is not None
    newer = Desired(
        codex="eng", version="3.0.0", tree="3" * 64, selection=CHOSEN, blocks=wanted().blocks, files=wanted().files
    )
    again = planned(after({}, made), made.lock, what=newer)
    assert again.writes == ()
    assert again.lock is not None
    assert again.lock.version == "2.0.0"


def test_nothing_wanted_takes_everything_out_again() -> None:
    for start in ({}, seen(**{"AGENTS.md": b"# T\r\n\r\nours"})):
        made = planned(start)
        there = after(start, made)
        gone = change_set(desired_nothing("eng", "2.0.0", "2" * 64), there, made.lock, name="Payments")
        assert gone.lock is None
        assert {path: one.data for path, one in after(there, gone).items()} == {p: s.data for p, s in start.items()}


def test_the_paths_to_look_at_hold_the_folders_above_and_what_is_owned() -> None:
    paths = paths_of_interest(wanted(), lock(**{"old/file.md": b"x"}))
    assert {SKILL, ".agents", ".agents/skills", ".agents/skills/eng-a", "AGENTS.md", LOCK, "old", "old/file.md"} == set(
        paths
    )


def test_a_lock_is_read_as_it_was_written_and_damage_is_reported() -> None:
    one = lock()
    assert load_lock(dump_lock(one), schema=schema("lock")) == one
    for damage in (b"", b"{}", b"[1", b"\xff", dump_lock(one).replace(b"eng-a/SKILL.md", b"../../x")):
        with pytest.raises(CodexError, match=r"\.engineering-codex\.lock"):
            load_lock(damage, schema=schema("lock"))


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../../x", ".git/hooks/post-checkout", "a/.GIT/config", "a\\b"]
)
def test_a_lock_that_names_what_is_not_ours_to_delete_is_refused(path: str) -> None:
    data = dump_lock(lock(**{path: b"x"}))
    with pytest.raises(CodexError):
        load_lock(data, schema=schema("lock"))


def test_coalesced_files_alone_cause_no_write() -> None:
    index = ".agents/skills/eng-index/SKILL.md"
    made = planned({}, what=wanted(**{index: b"one\n"}))
    there = after({}, made)
    newer = replace(wanted(**{index: b"two\n"}), version="3.0.0", coalesced=frozenset({index}))
    again = planned(there, made.lock, what=newer)
    assert again.writes == ()
    assert again.lock == made.lock
    more = replace(wanted(**{index: b"two\n", SKILL: b"newer\n"}), version="3.0.0", coalesced=frozenset({index}))
    assert {write.path for write in planned(there, made.lock, what=more).writes} == {index, SKILL, LOCK}
    gone = {path: one for path, one in there.items() if path != index}
    assert {write.path for write in planned(gone, made.lock, what=newer).writes} >= {index}
