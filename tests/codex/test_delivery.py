"""Delivery modes: how much of the rules is written into a repository, in real repositories on disk."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from codex.sync.lock import LOCK
from skills_build.compile.short_text import first_clause, single_line
from skills_build.emit import registry
from skills_build.emit.registry import RULES
from tests.support.data import ROOT
from tests.support.reviewing import bundle as make_bundle
from tests.support.running import codexc
from tests.test_schemas import faults

DIST = ROOT / "dist"
SETTINGS = ".engineering-codex.yaml"
REFERENCE = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["fastapi", "psycopg"]\n',
    "shop/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
    "Dockerfile": "FROM python:3.12\n",
}
"""The reference repository: FastAPI, PostgreSQL and Docker."""
TARGETS = ("--target", "agents", "--target", "claude")


@dataclass(frozen=True)
class Size:
    """What an installation adds: files, and the lines and bytes of all of them except the rules file."""

    files: int
    lines: int
    bytes: int


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


def repository(root: Path, files: dict[str, str] = REFERENCE) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


def install(root: Path, *options: str, bundle: Path = DIST) -> str:
    run = codexc("install", bundle, "--into", root, *(options or TARGETS))
    assert run.code == 0, run.err
    return run.err


def added(root: Path, before: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in contents(root).items() if path not in before}


def size(files: dict[str, bytes]) -> Size:
    reviewed = [data for path, data in files.items() if path != RULES]
    return Size(len(files), sum(data.count(b"\n") for data in reviewed), sum(map(len, reviewed)))


def installed_mode(root: Path) -> str | None:
    lock = json.loads((root / LOCK).read_bytes())
    assert faults("lock", lock) == []
    mode: str | None = lock["selection"].get("delivery")
    return mode


def rule_ids(root: Path) -> list[str]:
    content = json.loads((root / RULES).read_bytes())
    return [rule["id"] for standard in content["standards"] for rule in standard["rules"]]


def test_a_new_repository_gets_short_skills_within_their_budget(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    before = contents(root)
    install(root)
    assert installed_mode(root) == "skills"
    files = added(root, before)
    found = size(files)
    assert found.files <= 25
    assert found.lines <= 2_500
    assert found.bytes <= 110_000
    short = [path for path in files if path.startswith(".agents/skills/")]
    pointers = [path for path in files if path.startswith(".claude/skills/")]
    assert [path.removeprefix(".agents") for path in short] == [path.removeprefix(".claude") for path in pointers]
    assert not any("/references/" in path for path in files)


def test_every_rule_that_applies_is_in_one_short_skill(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root)
    pages = [path.read_text() for path in (root / ".agents/skills").rglob("SKILL.md")]
    shown = re.findall(r"^- ([A-Z][A-Z0-9-]*-\d+)(?: \([A-Z ]+\))?: ", "\n".join(pages), re.MULTILINE)
    assert sorted(shown) == sorted(rule_ids(root))
    assert all(len(page.encode()) < 20_000 and page.count("\n") < 500 for page in pages)


def reasons_of(tmp_path: Path, count: int) -> list[int]:
    """Install a codex with this many long rules in a new folder; returns the lengths of their reasons."""
    why = "**Why:** Files stay open, the next call waits, " + "and waits, " * 6 + "and the service stops."
    rules = [f"## Calls of kind {number} MUST close files (SVC-{number})\n\n{why}\n" for number in range(1, count + 1)]
    folder = tmp_path / str(count)
    root = repository(folder / "repository", {"a.txt": ""})
    install(root, bundle=make_bundle(folder, rules))
    (page,) = [path.read_text() for path in (root / ".agents/skills").rglob("SKILL.md")]
    assert len(page.encode()) < 20_000 and page.count("MUST close files") == count
    return [len(reason) for reason in re.findall(r"Why: (.*)", page)]


def test_the_reasons_of_a_skill_are_as_long_as_its_size_permits(tmp_path: Path) -> None:
    whole, shorter, none = (reasons_of(tmp_path, count) for count in (90, 140, 240))
    assert len(whole) == 90 and len(shorter) == 140 and none == []
    assert 80 < max(whole) <= 100 and 40 < max(shorter) <= 80


def test_a_pointer_leads_to_the_skill_that_has_its_description(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root)
    for pointer in (root / ".claude/skills").rglob("SKILL.md"):
        name = pointer.parent.name
        real = root / ".agents/skills" / name / "SKILL.md"
        assert f"Read `.agents/skills/{name}/SKILL.md`" in pointer.read_text()
        assert pointer.read_text().split("\n")[1:3] == real.read_text().split("\n")[1:3]
        assert not pointer.is_symlink()


def test_claude_alone_gets_the_skills_themselves(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root, "--target", "claude")
    assert not (root / ".agents").exists()
    assert "PY-1: Public functions" in (root / ".claude/skills/eng-languages/SKILL.md").read_text()


def test_block_states_every_blocking_rule_in_three_files(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    before = contents(root)
    assert re.search(r"eng \S+: \d+ rules; files: 3 added", install(root, *TARGETS, "--delivery", "block"))
    assert installed_mode(root) == "block"
    files = added(root, before)
    assert set(files) - {"CLAUDE.md"} == {"AGENTS.md", LOCK, RULES}
    blocking = json.loads(codexc("rules", "--blocking", "--format", "json", "--into", root).out)
    text = files["AGENTS.md"].decode()
    assert len(blocking) > 50
    assert [rule["id"] for rule in blocking if not re.search(rf"^- {rule['id']}(:| \()", text, re.MULTILINE)] == []
    assert "- `eng-python`: writing, reviewing or refactoring Python code" in text
    assert ".agents/skills" not in text


def test_install_full_skills_block_uninstall_ends_where_it_began(tmp_path: Path) -> None:
    files = {**REFERENCE, "AGENTS.md": "# Shop\r\n\r\nOur own words.\r\n\r\n## More\r\n", "CLAUDE.md": "Be kind.\n"}
    root = repository(tmp_path / "shop", files)
    before = contents(root)
    for mode in ("full", "skills", "block", "skills", "full", "block"):
        install(root, *TARGETS, "--delivery", mode)
        assert installed_mode(root) == (None if mode == "full" else mode)
        assert codexc("verify", "--installed", "--frozen", "--into", root).code == 0
        there = contents(root)
        assert "is already installed" in install(root)
        assert contents(root) == there
    assert codexc("uninstall", "--into", root).code == 0
    assert contents(root) == before
    assert not any((root / folder).exists() for folder in (".agents", ".claude"))


def test_what_is_installed_in_full_stays_so_until_a_setting_says_otherwise(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root, *TARGETS, "--delivery", "full")
    lock = json.loads((root / LOCK).read_bytes())
    assert "delivery" not in lock["selection"], "as in locks of earlier versions"
    assert "is already installed" in install(root)
    (root / SETTINGS).write_text("delivery: {mode: skills}\n")
    said = install(root)
    assert "note: the delivery mode changes from `full` to `skills`" in said
    assert installed_mode(root) == "skills"
    (root / SETTINGS).unlink()
    assert "is already installed" in install(root)


def test_the_setting_of_the_codex_counts_where_the_repository_has_none(tmp_path: Path) -> None:
    bundle = tmp_path / "dist"
    assert codexc("build", "--root", codex_with(tmp_path, "delivery: {mode: block}"), "--out", bundle).code == 0
    one, other = repository(tmp_path / "one"), repository(tmp_path / "other")
    (other / SETTINGS).write_text("delivery: {mode: full}\n")
    install(one, "--target", "agents", bundle=bundle)
    install(other, "--target", "agents", bundle=bundle)
    assert (installed_mode(one), installed_mode(other)) == ("block", None)


def codex_with(tmp_path: Path, setting: str) -> Path:
    """A small codex with another line in its codex.yaml."""
    root = tmp_path / "codex"
    root.mkdir()
    (root / "codex.yaml").write_text(f"namespace: acme\ntitle: Acme codex\n{setting}\n")
    for key in ("services", "data", "testing"):
        page = f"---\nid: {key[:3].upper()}\ntitle: {key.title()}\ndomain: {key}\nstatus: enforced\n---\n\n# {key.title()}\n\n"
        rules = f"## Rules\n\n### {key.title()} MUST work ({key[:3].upper()}-1)\n\n**Why:** callers wait.\n"
        (root / f"{key}.md").write_text(page + rules)
    return root


def test_domains_are_merged_as_the_codex_says(tmp_path: Path) -> None:
    bundle = tmp_path / "dist"
    setting = "delivery: {merge: {services: [data]}}"
    assert codexc("build", "--root", codex_with(tmp_path, setting), "--out", bundle).code == 0
    root = repository(tmp_path / "shop")
    install(root, "--target", "agents", bundle=bundle)
    assert sorted(path.name for path in (root / ".agents/skills").iterdir()) == ["acme-services", "acme-testing"]
    page = (root / ".agents/skills/acme-services/SKILL.md").read_text()
    assert "- DAT-1: Data MUST work. (blocking) Why: callers wait." in page
    assert "- SER-1: Services MUST work. (blocking) Why: callers wait." in page


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        ("{services: [dato]}", "`dato` is not a declared domain"),
        ("{services: [data], testing: [data]}", "the domain `data` is in the skills `services` and `testing`"),
    ],
)
def test_a_merge_that_has_no_effect_is_reported(tmp_path: Path, merge: str, message: str) -> None:
    domains = "".join(f"  {name}: {{title: {name}, owner: '@a'}}\n" for name in ("services", "data", "testing"))
    root = codex_with(tmp_path, f"domains:\n{domains}delivery: {{merge: {merge}}}")
    run = codexc("check", "--root", root)
    assert message in run.out + run.err


def test_block_has_the_command_that_installs_the_skills_in_each_client(tmp_path: Path) -> None:
    bundle = tmp_path / "dist"
    setting = "delivery: {mode: block, source: https://git.example.com/acme/codex}"
    assert codexc("build", "--root", codex_with(tmp_path, setting), "--out", bundle).code == 0
    root = repository(tmp_path / "shop")
    install(root, *TARGETS, bundle=bundle)
    text = (root / "AGENTS.md").read_text()
    address = "https://git.example.com/acme/codex"
    assert f"`npx skills add {address} --skill '*' --agent codex --yes`" in text
    assert (
        f"Claude Code: `claude plugin marketplace add {address} && claude plugin install acme@acme-standards`" in text
    )


def test_a_skill_says_from_which_standards_its_rules_are(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    install(root)
    skills = root / ".agents" / "skills"
    infrastructure = (skills / "eng-infrastructure" / "SKILL.md").read_text()
    services = (skills / "eng-services" / "SKILL.md").read_text()
    assert 'Rules from "Containers" that apply to this repository (some blocking).' in infrastructure
    assert 'Rules from "HTTP APIs" and "Services" that apply to this repository (some blocking).' in services
    assert "Services: rules on APIs and events, and Services. Use when " in services


def test_a_waived_rule_is_marked_in_its_skill(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop")
    waiver = "{rule: PY-1, reason: old code, owner: '@payments', expires: 2027-03-31}"
    (root / SETTINGS).write_text(f"waivers: [{waiver}]\n")
    install(root, *TARGETS, "--as-of", "2026-12-01")
    page = (root / ".agents/skills/eng-languages/SKILL.md").read_text()
    assert re.search(r"^- PY-1: .*return type\. \(waived here until 2027-03-31\)", page, re.MULTILINE)
    assert "- PY-1:" not in (root / "AGENTS.md").read_text()


def test_every_target_refers_only_to_files_that_are_there(tmp_path: Path) -> None:
    names = [target.name for target in registry.TARGETS]
    bundle = tmp_path / "dist"
    codex = codex_with(tmp_path, f"targets: [{', '.join(names)}]")
    assert codexc("build", "--root", codex, "--out", bundle).code == 0
    every = [word for name in names for word in ("--target", name)]
    for mode in ("full", "skills", "block"):
        root = repository(tmp_path / mode)
        before = contents(root)
        install(root, *every, "--delivery", mode, bundle=bundle)
        for path, data in added(root, before).items():
            named = set(re.findall(r"`(\.(?:agents|claude)/skills/[^<`]+)`", data.decode())) if path != RULES else set()
            assert {name for name in named if not (root / name).exists()} == set(), (mode, path)


def test_a_bundle_of_an_earlier_version_is_installed_in_full(tmp_path: Path) -> None:
    bundle = tmp_path / "dist"
    subprocess.run(["cp", "-r", str(DIST), str(bundle)], check=True)
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    del manifest["delivery"], manifest["delivered"]
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    root = repository(tmp_path / "shop")
    said = install(root, *TARGETS, "--delivery", "block", bundle=bundle)
    assert "`delivery: block` requires a codex built with a newer version of codexc; using `full`" in said
    assert installed_mode(root) is None


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("It is slow.\nAnd big.", "It is slow."),
        ("A type checker skips the body of such a function, so that one missing annotation hides every mistake.", "A type checker skips the body of such a function ..."),
        ("one two three four five six seven eight nine ten `a, b` eleven twelve thirteen fourteen fifteen sixteen seventeen", None),
        ("see [the guide](https://example.com/a_b) for it", "see the guide for it"),
        ("- a list\n- of two", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_reason_is_cut_only_between_clauses(text: str, short: str | None) -> None:
    assert first_clause(text, 80) == (text if short is None else short)


def test_only_a_text_of_one_paragraph_is_put_on_a_line() -> None:
    assert single_line("one\ntwo `three`") == "one two `three`"
    assert single_line("one\n\n- two") is None
    assert single_line("1. one\n2. two") is None
