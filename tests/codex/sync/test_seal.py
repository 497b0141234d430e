"""Which messages are ours, and which commits are untouched or exact."""

import subprocess
from dataclasses import replace
from typing import Final

import pytest

from codex.sync.changeset import Action, ChangeSet, FileChange, State
from codex.sync.observed import BranchTip, TreeEntry
from codex.sync.seal import Trailers, changes_of, exact, message_of, message_text, sealed, trailers

SAID: Final = Trailers(source="eng", version="1.0.0", base="b" * 40, digest="d" * 64, seal="")
WORK: Final = ChangeSet(
    changes=(
        FileChange(path="AGENTS.md", state=State.ABSENT, action=Action.ADD, new=b"new\n"),
        FileChange(path="old.md", state=State.STALE, action=Action.DELETE),
        FileChange(path="run.sh", state=State.ABSENT, action=Action.ADD, new=b"#!/bin/sh\n", mode=0o755),
        FileChange(path="same.md", state=State.CURRENT, action=Action.NONE),
    ),
    lock=None,
)
TEXT: Final = "Engineering codex 1.0.0\n\nWritten by codexc."
MESSAGE: Final = message_of(TEXT, WORK, SAID)
ENDING: Final = MESSAGE.rpartition("\n\n")[2]
TIP: Final = BranchTip(commit="c" * 40, parent="b" * 40, message=MESSAGE, changed=changes_of(WORK), on_base=True)


def test_a_commit_of_ours_is_untouched_and_exact() -> None:
    assert message_text(MESSAGE) == TEXT
    assert replace(trailers(MESSAGE) or SAID, seal="") == SAID
    assert sealed(TIP)
    assert exact(TIP, WORK, MESSAGE)
    assert exact(replace(TIP, message=f"{MESSAGE}\n\n"), WORK, MESSAGE)


@pytest.mark.parametrize(
    "message",
    [
        "",
        TEXT,
        ENDING.replace("Codex-Seal", "Codex-Sea1"),
        f"{TEXT}\n\n{ENDING}\n\nMore words.",
        f"{TEXT}\n\n{ENDING}\n\nSigned-off-by: Ada <ada@example.com>",
        f"{TEXT}\n\n{ENDING}Signed-off-by: Ada <ada@example.com>",
        f"{TEXT}\n\nWords before the trailers\n{ENDING}",
        f"{TEXT}\n\n{ENDING}Codex-Version: 2.0.0",
        f"{TEXT}\n\n{ENDING}codex-version: 2.0.0",
        f"{TEXT}\n\nCodex-Version: 2.0.0\n{ENDING}",
        f"{TEXT}\n\n{ENDING.replace('Codex-Base', 'codex-base')}",
        f"{TEXT}\n\n{ENDING.replace('1.0.0', '1.0.0 and more')}",
        f"{TEXT}\n\n{ENDING.replace('1.0.0', '')}",
        f"{TEXT}\n\n{''.join(reversed(ENDING.splitlines(keepends=True)))}",
        MESSAGE.replace("\n", "\r\n"),
        MESSAGE.replace("\n\n", "\n"),
        f"{TEXT}\n\n{ENDING}".replace("Codex-Digest", " Codex-Digest"),
    ],
)
def test_messages_that_are_not_ours(message: str) -> None:
    assert trailers(message) is None
    assert not sealed(replace(TIP, message=message))


@pytest.mark.parametrize(
    "tip",
    [
        replace(TIP, message=MESSAGE.replace("Written", "Amended")),
        replace(TIP, message=f"Title\n\n{ENDING}"),
        replace(TIP, message=f"{TEXT}\n\n{ENDING}\n\n{ENDING}"),
        replace(TIP, on_base=False),
        replace(TIP, changed={**TIP.changed, "more.md": TreeEntry(blob="1" * 40)}),
        replace(TIP, changed={**TIP.changed, "old.md": TreeEntry(blob="1" * 40)}),
        replace(
            TIP, changed={**TIP.changed, "run.sh": replace(TIP.changed["run.sh"] or TreeEntry(blob=""), mode="120000")}
        ),
        replace(
            TIP, changed={**TIP.changed, "run.sh": replace(TIP.changed["run.sh"] or TreeEntry(blob=""), mode="100644")}
        ),
        replace(TIP, changed={path: one for path, one in TIP.changed.items() if path != "old.md"}),
    ],
)
def test_what_people_do_breaks_the_seal(tip: BranchTip) -> None:
    assert not sealed(tip)
    assert not exact(tip, WORK, MESSAGE)


def test_forged_trailers_higher_up_are_words() -> None:
    text = f"Title\n\n{Trailers(source='x', version='9.9.9', base='x', digest='x', seal='x').text()}"
    tip = replace(TIP, message=message_of(text, WORK, SAID))
    found = trailers(tip.message)
    assert found is not None
    assert found.version == "1.0.0"
    assert sealed(tip)
    assert not exact(tip, WORK, MESSAGE)


def test_a_seal_of_an_earlier_release_permits_to_write_again_and_not_to_keep() -> None:
    """Such a seal covers paths and bytes: sha256 over the sorted lines `path NUL blob id LF`, `-` for a deletion."""
    import hashlib

    lines = sorted(f"{path}\0{one.blob if one else '-'}\n" for path, one in TIP.changed.items())
    said = replace(SAID, seal=hashlib.sha256("".join(lines).encode()).hexdigest())
    tip = replace(TIP, message=f"{TEXT}\n\n{said.text()}")
    assert sealed(tip)
    assert not exact(tip, WORK, MESSAGE)


def test_names_of_any_bytes_are_sealed() -> None:
    tip = replace(TIP, changed={"caf\udce9\n": TreeEntry(blob="1" * 40)})
    assert not sealed(tip)


SIGNED_OFF: Final = ("Signed-off-by: Codex <codex@example.com>", "Change-Id: I1")


def test_trailers_of_the_organisation_are_in_our_last_paragraph_and_sealed() -> None:
    message = message_of(TEXT, WORK, SAID, extra=SIGNED_OFF)
    assert message_text(message) == "\n\n".join((TEXT, "\n".join(SIGNED_OFF)))
    assert replace(trailers(message) or SAID, seal="") == SAID
    assert sealed(replace(TIP, message=message))
    assert exact(replace(TIP, message=message), WORK, message)
    assert not exact(replace(TIP, message=message), WORK, MESSAGE)
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert (tuple(parsed[:2]), len(parsed)) == (SIGNED_OFF, 7)
    for forged in (message.replace("codex@example", "eve@example"), message.replace("Change-Id: I1\n", "")):
        assert not sealed(replace(TIP, message=forged))
