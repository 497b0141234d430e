"""Sentences of owners that forbid work written by machines are reported with their place."""

import pytest

from codex.sync.changeset import ObservedFile
from codex.sync.owner_words import owner_notes


def notes(text: str, path: str = "AGENTS.md") -> list[str]:
    return list(owner_notes({path: ObservedFile(data=text.encode())}))


@pytest.mark.parametrize(
    "line",
    [
        "AI-generated contributions are not accepted.",
        "- We do not accept LLM-written code.",
        "Pull requests generated with AI will be closed",
        "Never submit machine-written patches here.",
        "Agent contributions are prohibited in this repository.",
    ],
)
def test_a_prohibition_is_reported_with_its_line(line: str) -> None:
    (note,) = notes(f"# Rules\n\n{line}\n")
    assert "`AGENTS.md:3` forbids machine-generated changes" in note and "opt_out" in note


@pytest.mark.parametrize(
    "line",
    [
        "AI-generated code is welcome; review it.",
        "Never commit secrets.",
        "Do not edit machine files",
        "Generated code is in `gen/`: do not edit it.",
    ],
)
def test_other_sentences_are_not(line: str) -> None:
    assert notes(line) == []


def test_our_own_block_and_other_files_do_not_count() -> None:
    line = "AI-generated contributions are not accepted."
    assert notes(f"<!-- codex:begin version=1 -->\n{line}\n<!-- codex:end -->\n") == []
    assert notes(line, "src/a.md") == []
    assert len(notes(f"<!-- codex:begin version=1 -->\n<!-- codex:end -->\n{line}\n")) == 1
