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


LINE = "AI-generated contributions are not accepted."
BEGIN = f"<!-- codex:begin version=1.0.0 sha256={'0' * 64} -->"
END = "<!-- codex:end -->"


def test_our_own_block_and_other_files_do_not_count() -> None:
    assert notes(f"{BEGIN}\n{LINE}\n{END}\n") == []
    assert notes(LINE, "src/a.md") == []
    (note,) = notes(f"# A\r\n{BEGIN}\r\n{LINE}\r\n{END}\r\n{LINE}\r\n")
    assert "`AGENTS.md:5`" in note


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n{LINE}\n",
        f"<!-- codex:begin -->\n{LINE}\n{END}\n",
        f"The block starts with {BEGIN}.\n{LINE}\n",
        f"```\n{BEGIN}\n```\n{LINE}\n```\n{END}\n```\n",
        f"{BEGIN}\n{BEGIN}\n{LINE}\n{END}\n",
    ],
)
def test_a_forged_or_unclosed_block_hides_no_sentence(text: str) -> None:
    assert len(notes(text)) == 1
