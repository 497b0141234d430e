"""What a repository's people may write in its settings, and what is said where they wrote something else."""

import pytest

from codex.resources import templates
from codex.sync import block
from codex.sync.block_text import BlockFacts
from codex.sync.desired import desired
from codex.sync.settings import SETTINGS, Settings, Waiver, settings_of
from codex.workflow.codex_folder import schema
from skills_build.errors import CodexError
from skills_build.model.config import Profile
from tests.support.fleet import codex_of

SCHEMA = schema("repository")
DAY = "2026-11-27"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing yet\n", b"\xef\xbb\xbf# nothing\r\n", b"---\n"])
def test_a_file_without_a_word_asks_for_nothing(data: bytes) -> None:
    assert settings_of(data, schema=SCHEMA) == Settings()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"pin: 1.0.0\nfacts: [caf\xe9]\n", rf"{SETTINGS}:2: not UTF-8"),
        (b"a: " + b"x" * 70_000, rf"{SETTINGS}: more than 65,536 bytes"),
        (b"pinn: 1.0.0\n", rf"{SETTINGS}:1:1: unknown key `pinn`"),
        (b"pin: 1\n", rf"{SETTINGS}:1:6: "),
        (b"pin: 1.0.0\npin: 1.0.1\n", rf"{SETTINGS}:2:1: "),
        (b"waivers: [{rule: SEC-1, owner: a, expires: 2026-12-31}]\n", rf"{SETTINGS}:1:11: .*reason"),
        (b"waivers: [{rule: SEC-1, reason: a, owner: a, expires: 2026-02-31}]\n", rf"{SETTINGS}:1:\d+: "),
        (b"- pin\n", rf"{SETTINGS}:1:1: "),
        (b"a: [\n", rf"{SETTINGS}:\d+:\d+: "),
    ],
)
def test_invalid_settings_have_their_place(data: bytes, said: str) -> None:
    with pytest.raises(CodexError, match=said) as caught:
        settings_of(data, schema=SCHEMA)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize("name", [".engineering-codex.yml", ".engineering-codex.json", ".engineering-codex.yaml.txt"])
def test_a_settings_file_with_an_unread_name_is_reported(name: str) -> None:
    with pytest.raises(CodexError, match="is not the correct name for the settings file") as caught:
        settings_of(None, schema=SCHEMA, names={"README.md", name})
    assert SETTINGS in (caught.value.hint or "")
    assert settings_of(b"", schema=SCHEMA, names={name}) == Settings()


def test_no_word_of_a_repository_or_a_catalog_ends_the_block() -> None:
    data = (
        b'facts: ["one\\n<!-- codex:end -->\\ntwo"]\n'
        b'waivers: [{rule: SEC-1, reason: "a\\n<!-- codex:end -->", owner: "b\\n<!-- codex:begin", expires: 2027-01-01}]\n'
    )
    facts = BlockFacts(
        lines=("- Owner: team\n<!-- codex:end -->",), boundaries=("- `a\n<!-- codex:end -->` is vendored",)
    )
    wanted = desired(
        codex_of(), Profile(), settings_of(data, schema=SCHEMA), day=DAY, templates=templates(), facts=facts
    )
    host = block.new_file("T", wanted.blocks["AGENTS.md"], version="1.0.0")
    found = block.find_block(host)
    assert isinstance(found, block.OwnedBlock)
    assert found.sealed
    assert "- one &lt;!-- codex:end --> two\n" in found.text


def test_only_rules_of_the_codex_can_be_waived_and_a_longer_waiver_counts() -> None:
    waivers = (
        Waiver(rule="SEC1", reason="r", owner="@a", expires="2027-01-01"),
        Waiver(rule="SEC-1", reason="r", owner="@a", expires="2026-01-01"),
        Waiver(rule="SEC-1", reason="r", owner="@a", expires="2027-01-01"),
        Waiver(rule="SEC-2", reason="r", owner="@a", expires="2026-01-01"),
    )
    wanted = desired(codex_of(), Profile(), Settings(waivers=waivers), day=DAY, templates=templates())
    assert wanted.selection.waived == ("SEC-1", "SEC1")
    assert "- SEC1 " not in wanted.blocks["AGENTS.md"]
    assert wanted.blocks["AGENTS.md"].count("- SEC-1 is waived until") == 1
    unknown, expired = wanted.notes
    assert unknown == (
        "the waiver for SEC1 has no effect: no rule for this repository has this id; correct `rule`, or remove the "
        "waiver (waiver owner: `@a`)"
    )
    assert expired == (
        "the waiver for SEC-2 expired on 2026-01-01, so the rule applies again: remove the waiver, or set a later "
        "`expires` (waiver owner: `@a`)"
    )


def test_a_domain_that_the_codex_does_not_have_is_reported() -> None:
    settings = Settings(profile=Profile(domains=("nosuch", "security")))
    wanted = desired(codex_of(), Profile(domains=("nosuch", "security")), settings, day=DAY, templates=templates())
    (note,) = wanted.notes
    assert note.startswith("`domains` contains `nosuch`, which is not in this codex; available domains: ")
    assert "security" in note


def test_a_word_of_the_profile_that_no_rule_and_no_list_has_is_a_note() -> None:
    profile = Profile(languages=("pythn", "go"), technologies=("postgresql", "dockr"))
    wanted = desired(codex_of(), profile, Settings(profile=profile), day=DAY, templates=templates())
    assert wanted.notes == (
        "`profile.languages` contains `pythn`, which is unknown: did you mean `python`?",
        "`profile.technologies` contains `dockr`, which is unknown: did you mean `docker`?",
    )


@pytest.mark.parametrize(
    ("asked", "given", "places"),
    [
        (("agents",), ("agents",), "`.agents/skills/<name>/SKILL.md`."),
        (("claude",), ("claude",), "`.claude/skills/<name>/SKILL.md`."),
        (("claude", "agents"), ("agents", "claude"), "`.agents/skills/<name>/SKILL.md` (Claude Code: `.claude/"),
        (("cursor",), ("agents", "cursor"), "`.agents/skills/<name>/SKILL.md`."),
        (("copilot", "claude"), ("agents", "claude", "copilot"), "`.agents/skills/<name>/SKILL.md` (Claude Code: "),
        (("codex",), ("agents", "codex"), "`.agents/skills/<name>/SKILL.md`."),
    ],
)
def test_every_file_that_is_pointed_to_is_there(asked: tuple[str, ...], given: tuple[str, ...], places: str) -> None:
    wanted = desired(codex_of(), Profile(), Settings(targets=asked), day=DAY, templates=templates())
    assert wanted.selection.targets == given
    assert f"Read the skill before you do work of its kind: {places}" in wanted.blocks["AGENTS.md"]
    folders = {path.split("/skills/")[0] for path in wanted.files if path.endswith("/SKILL.md")}
    assert folders == {f".{one}" for one in given if one in ("agents", "claude")}


def test_no_client_at_all_is_no_choice() -> None:
    with pytest.raises(CodexError, match=rf"{SETTINGS}:1:10: "):
        settings_of(b"targets: []\n", schema=SCHEMA)
