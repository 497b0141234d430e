"""The record of releases: what is written is read again, and what is damaged is reported, never a traceback."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skills_build.emit.changes import entries
from skills_build.errors import CodexError
from skills_build.model.plain import plain
from skills_build.model.release import Bump, ChangeKind, Released, ReleasedSkill, ReleaseEntry, RuleChange
from skills_build.release.record import dump_record, load_record
from skills_build.schema import violations
from tests.support.compiling import schema

TREE = "a" * 64
CHANGE = RuleChange(
    kind=ChangeKind.TIGHTENED,
    bump=Bump.MAJOR,
    subject="SVC-1",
    why="SHOULD became MUST",
    old="Calls SHOULD stop",
    new="Calls MUST stop",
    skill="acme-services",
    level="MUST",
    status="enforced",
    source="a.md",
    line=3,
)
FIRST = ReleaseEntry(version="1.0.0", as_of="2026-11-23", bump="initial")
RECORD = Released(
    version="2.0.0",
    as_of="2027-01-01",
    tree=TREE,
    commit="b" * 40,
    skills={"acme-services": ReleasedSkill(version="2.0.0", tree="c" * 64)},
    history=(ReleaseEntry(version="2.0.0", as_of="2027-01-01", bump="major", changes=(CHANGE,)), FIRST),
)


def load(data: bytes) -> Released:
    return load_record(data, schema=schema("releases"))


def test_what_is_written_is_read_again() -> None:
    data = dump_record(RECORD)
    assert load(data) == RECORD
    assert dump_record(load(data)) == data
    assert violations(schema("releases"), json.loads(data)) == ()
    assert data.endswith(b"}\n")


versions = st.tuples(*[st.integers(0, 99)] * 3).map(lambda numbers: ".".join(map(str, numbers)))
days = st.dates().map(lambda day: day.isoformat())
words = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
some_changes = st.builds(
    RuleChange,
    kind=st.sampled_from(ChangeKind),
    bump=st.sampled_from([bump for bump in Bump if bump is not Bump.NONE]),
    subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    why=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    old=words,
    new=words,
    skill=words,
    level=st.sampled_from([None, "MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]),
    status=words,
    source=words,
    line=st.none() | st.integers(1, 10_000),
    on=st.none() | days,
    use_instead=words,
)
some_entries = st.builds(
    ReleaseEntry,
    version=versions,
    as_of=days,
    bump=st.sampled_from(["patch", "minor", "major", "initial"]),
    changes=st.lists(some_changes, max_size=3).map(tuple),
)


@given(
    st.lists(some_entries, min_size=1, max_size=3),
    digests,
    st.none() | st.text("0123456789abcdef", min_size=40, max_size=40),
)
@settings(deadline=None)
def test_any_record_survives_being_written(history: list[ReleaseEntry], tree: str, commit: str | None) -> None:
    record = Released(
        version=history[0].version,
        as_of=history[0].as_of,
        tree=tree,
        commit=commit,
        skills={"b": ReleasedSkill(version="1.0.0", tree=tree), "a": ReleasedSkill(version="1.2.0", tree=tree)},
        history=tuple(history),
    )
    assert load(dump_record(record)) == record


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_has_a_place_in_both_schemas(kind: ChangeKind) -> None:
    entry = ReleaseEntry(
        version="1.1.0",
        as_of="2026-11-23",
        bump="minor",
        changes=(RuleChange(kind=kind, bump=Bump.MINOR, subject="x", why="y"),),
    )
    record = Released(version="1.1.0", as_of="2026-11-23", tree=TREE, history=(entry,))
    assert load(dump_record(record)) == record
    data: dict[str, Any] = {"$schema": "urn:codexc:schema:changes:1", "codex": "acme", "releases": [plain(entry)]}
    assert violations(schema("changes"), data) == ()
    assert entries(data["releases"]) == (entry,)


def damaged(**changes: Any) -> bytes:
    data = json.loads(dump_record(RECORD))
    for key, value in changes.items():
        if value is None:
            del data[key]
        else:
            data[key] = value
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"<<<<<<< HEAD\n" + dump_record(RECORD), "is not JSON"),
        (dump_record(RECORD)[:-9], "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[" * 900 + b"]" * 900, "is damaged at its top"),
        (b'{"\\ud800": 1}', "is damaged at its top"),
        (b"null", "is damaged at its top"),
        (b"[]", "is damaged at its top"),
        (b"{}", "is damaged at its top"),
        (damaged(tree=None), "is damaged at its top"),
        (damaged(extra=1), "is damaged at its top"),
        (damaged(tree="short"), "is damaged at tree"),
        (damaged(commit="HEAD"), "is damaged at commit"),
        (damaged(releases=[]), "is damaged at releases"),
        (damaged(skills={"a": {"version": "one", "tree": TREE}}), "is damaged at skills.a.version"),
        (damaged(releases=[{**plain(FIRST), "bump": "none"}]), "is damaged at releases.0.bump"),
        (damaged(releases=[{**plain(FIRST), "version": "1.0"}]), "is damaged at releases.0.version"),
    ],
)
def test_damage_is_reported_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(CodexError) as caught:
        load(data)
    assert caught.value.message.startswith(f"`codex.releases.json` {message}")
    assert caught.value.hint is not None
    assert "restore" in caught.value.hint


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data(), json_values)
@settings(max_examples=300, deadline=None)
def test_no_value_in_any_place_is_a_traceback(data: st.DataObject, value: Any) -> None:
    """One value of a good record replaced by any other."""
    document = json.loads(dump_record(RECORD))
    spot: Any = document
    while True:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(spot[key], dict | list) or not spot[key] or data.draw(st.booleans()):
            break
        spot = spot[key]
    spot[key] = value
    survives(json.dumps(document).encode())


@given(st.binary(max_size=40), st.integers(0, 2000), st.integers(0, 40))
@example(b"\xed\xa0\x80", 120, 0)
@example(b"1e999", 0, 2000)
@settings(max_examples=300, deadline=None)
def test_no_bytes_are_a_traceback(noise: bytes, at: int, gone: int) -> None:
    good = dump_record(RECORD)
    survives(good[:at] + noise + good[at + gone :])
    survives(noise)


def survives(data: bytes) -> None:
    """Fail unless the bytes are refused in a sentence or are a record indeed."""
    with contextlib.suppress(CodexError):
        record = load(data)
        assert dump_record(load(dump_record(record))) == dump_record(record)
