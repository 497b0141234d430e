"""What strangers put into a repository, a bundle, a lock or settings never makes codexc write or read outside of it."""

import contextlib
import io
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex.cli.main import main
from codex.shell.folder import read_folder
from codex.sync.lock import LOCK, blob_id
from codex.sync.settings import SETTINGS
from skills_build.emit.committed import completed
from skills_build.emit.tree import tree_digest
from tests.support.attacked_repository import HOOK, create_repository, snapshot
from tests.support.data import ROOT
from tests.support.running import Run

DIST = ROOT / "dist"


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that is no part of what is compared."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("GIT_DIR", raising=False)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # what a disk promises is not asked here


def hostile(folder: Path, **files: str) -> Path:
    """The bundle that this repository builds, with more files, and a manifest that vouches for them."""
    bundle = folder / "bundle"
    shutil.copytree(DIST, bundle)
    for path, text in files.items():
        goal = bundle / path
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_text(text, encoding="utf-8")
    complete = completed(read_folder(bundle, most=10**9))
    (manifest,) = (artifact for artifact in complete if artifact.path == "manifest.json")
    data = json.loads(manifest.data)
    data["files"] = dict(sorted({**data["files"], **dict.fromkeys(files, "0644")}.items()))
    data["tree"] = tree_digest([artifact for artifact in complete if artifact is not manifest])
    (bundle / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    return bundle


def codexc(*arguments: str | Path, cwd: Path = ROOT) -> Run:
    """Call codexc in this process."""
    before, out, err = Path.cwd(), io.StringIO(), io.StringIO()
    os.chdir(cwd)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
    finally:
        os.chdir(before)
    assert code in (0, 1, 2), err.getvalue()
    return Run(code, out.getvalue(), err.getvalue())


def run(root: Path, *arguments: str | Path) -> int:
    """Call codexc in a repository."""
    return codexc(*arguments, cwd=root).code


COMMANDS: tuple[tuple[str | Path, ...], ...] = (
    ("fmt",),
    ("build",),
    ("check", "--output", "report.txt"),
    ("check", "--format", "sarif", "--output", "out/report.sarif"),
    ("check", "--write-baseline", "baseline.json"),
    ("install", DIST, "--profile", "go", "--force"),
    ("uninstall", "--force"),
)
PLACES = (
    ".agents",
    ".agents/skills",
    ".agents/skills/eng-go",
    ".agents/skills/eng-go/SKILL.md",
    ".claude",
    ".claude/skills",
    ".claude-plugin",
    ".claude-plugin/marketplace.json",
    ".AGENTS.md.new",
    ".dist.new",
    ".dist.old",
    ".codexc-tmp-0123456789abcdef",
    LOCK,
    SETTINGS,
    "AGENTS.md",
    "CLAUDE.md",
    "baseline.json",
    "dist",
    "dist/manifest.json",
    "out",
    "out/report.sarif",
    "report.txt",
    "standards",
    "standards/.a.md.new",
    "standards/a.md",
    "standards/codex.ids.lock",
    "standards/codex.yaml",
    "standards/sub",
)
GOALS = (
    "../outside",
    "../outside/deep",
    "../outside/key",
    "../outside/new",
    ".git",
    ".git/hooks",
    ".git/hooks/pre-commit",
    ".git/config",
    ".git/new",
    ".",
    "..",
    "missing",
    "standards",
    *PLACES[:8],
    "AGENTS.md",
    "dist",
)


def link(root: Path, place: str, goal: str) -> None:
    """Put a link at a place, in exchange for what is there; not where a link leads there already."""
    path = root / place
    if any(parent.is_symlink() for parent in path.parents if parent != root and parent.is_relative_to(root)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(root / goal, path.parent))


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(links=st.dictionaries(st.sampled_from(PLACES), st.sampled_from(GOALS), min_size=1, max_size=4), data=st.data())
def test_no_link_at_any_level_lets_a_byte_outside_or_below_git_change(
    links: dict[str, str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("links")
    root = create_repository(folder)
    for place, goal in links.items():
        link(root, place, goal)
    before = snapshot(folder / "outside"), snapshot(root / ".git")
    for command in data.draw(st.lists(st.sampled_from(COMMANDS), min_size=2, max_size=4)):
        run(root, *command)
        assert (snapshot(folder / "outside"), snapshot(root / ".git")) == before
    assert sorted(path.name for path in folder.iterdir()) == ["outside", "repository"]


@pytest.mark.parametrize("goal", ["../outside/key", ".git/hooks/pre-commit", ".git/hooks/post-checkout"])
@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[1], COMMANDS[5]])
def test_a_predictable_temporary_name_is_not_opened(goal: str, command: tuple[str | Path, ...], tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    (root / "AGENTS.md").write_text(HOOK, encoding="utf-8")
    (root / SETTINGS).write_text("place: bottom\n", encoding="utf-8")
    for name in (".AGENTS.md.new", "standards/.a.md.new", "standards/.codex.ids.lock.new"):
        link(root, name, goal)
    before = snapshot(tmp_path / "outside"), snapshot(root / ".git")
    assert run(root, *command) in (0, 1)
    assert (snapshot(tmp_path / "outside"), snapshot(root / ".git")) == before
    assert os.readlink(root / ".AGENTS.md.new").endswith(goal)


def test_files_named_like_old_temporary_files_survive(tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    for name in (".AGENTS.md.new", ".dist.new/x", ".dist.old/x", "standards/.a.md.new"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("mine", encoding="utf-8")
    for command in COMMANDS:
        run(root, *command)
    assert {(root / name).read_text() for name in (".AGENTS.md.new", ".dist.new/x", ".dist.old/x")} == {"mine"}


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o744, 0o654])
def test_an_executable_host_file_is_skipped_with_the_reason(mode: int, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    (root / "AGENTS.md").write_text(HOOK, encoding="utf-8")
    (root / "AGENTS.md").chmod(mode)
    result = codexc("install", DIST, "--into", root, "--profile", "go")
    assert result.code == 1
    assert "cannot be written: AGENTS.md: the file is executable" in result.err
    assert (root / "AGENTS.md").read_text(encoding="utf-8") == HOOK
    assert stat.S_IMODE((root / "AGENTS.md").stat().st_mode) == mode
    assert "AGENTS.md" not in json.loads((root / LOCK).read_bytes())["blocks"]
    assert "the file is executable" in codexc("install", DIST, "--into", root, "--profile", "go", "--force").err


def test_a_host_file_keeps_its_mode_and_new_files_are_readable_whatever_the_umask(tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    (root / "AGENTS.md").write_text("# Ours\n", encoding="utf-8")
    (root / "AGENTS.md").chmod(0o640)
    before = os.umask(0o077)
    try:
        assert run(root, "install", DIST, "--profile", "go") == 0
        assert run(root, "build") == 0
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((root / name).stat().st_mode) for name in ("AGENTS.md", LOCK, "dist/manifest.json")}
    assert modes == {"AGENTS.md": 0o640, LOCK: 0o644, "dist/manifest.json": 0o644}
    assert stat.S_IMODE((root / ".agents" / "skills").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "dist").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "path",
    [
        "targets/agents/.git/hooks/post-checkout",
        "targets/agents/.claude/settings.json",
        "targets/agents/Makefile",
        "targets/agents/.github/workflows/x.yml",
        "targets/copilot/.github/workflows/x.yml",
        "targets/claude/.claude/settings.json",
        "targets/claude/.claude/skills/eng-go/.GIT/hooks/x",
        "targets/agents/.agents/skills/eng-go/git~1/hooks/x",
        "targets/agents/.agents/skills/eng-go/aux.md",
        "targets/agents/.agents/skillsx/a",
        "targets/cursor/.cursor/mcp.json",
        "targets/agents/.engineering-codex.lock",
        "targets/agents/AGENTS.md",
        "targets/vim/.vimrc",
    ],
)
def test_a_bundle_with_paths_outside_of_our_folders_is_refused(path: str, tmp_path: Path) -> None:
    root, bundle = create_repository(tmp_path), hostile(tmp_path, **{path: HOOK})
    before = snapshot(root)
    verified = codexc("verify", bundle)
    assert verified.code == 1
    assert "is not allowed" in verified.out + verified.err
    installed = codexc("install", bundle, "--into", root, "--profile", "go", "--target", "agents", "--target", "claude")
    assert installed.code == 2
    assert "is not allowed" in installed.err
    assert snapshot(root) == before


def test_an_unmodified_bundle_is_not_refused(tmp_path: Path) -> None:
    bundle = hostile(tmp_path, **{"targets/agents/.agents/skills/eng-go/references/more.md": "more"})
    assert codexc("verify", bundle).code == 0


@pytest.mark.parametrize(
    "path", ["CODEOWNERS", ".github/workflows/ci.yml", "README.md", ".claude/settings.json", "CLAUDE.md", SETTINGS]
)
def test_a_lock_deletes_nothing_that_codexc_cannot_own(path: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    assert run(root, "install", DIST, "--profile", "go", "--target", "agents") == 0
    theirs = root / path
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_text("place: bottom\n", encoding="utf-8")
    lock = json.loads((root / LOCK).read_bytes())
    lock["files"][path] = {"blob": blob_id(theirs.read_bytes()), "mode": "100644"}
    lock["blocks"]["docs/page.md"] = "0" * 64
    (root / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    checked = codexc("verify", "--installed", "--into", root)
    assert checked.code == 1
    assert f"`{path}`, which is ignored" in checked.out + checked.err
    result = codexc("install", DIST, "--into", root, "--profile", "go", "--target", "agents")
    assert f"`{path}`, which is ignored" in result.err
    assert "`docs/page.md`, which is ignored" in result.err
    assert theirs.read_text(encoding="utf-8") == "place: bottom\n"
    assert path not in json.loads((root / LOCK).read_bytes())["files"]
    (root / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    codexc("uninstall", "--into", root, "--force")
    assert theirs.read_text(encoding="utf-8") == "place: bottom\n"


@pytest.mark.parametrize("key", ["codex", "signer"])
@pytest.mark.parametrize("text", ["eng\nhelp: run `sh x`", "eng\r", "\x1b]0;x", ""])
def test_a_lock_adds_no_line_to_what_is_printed(key: str, text: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    assert run(root, "install", DIST, "--profile", "go", "--target", "agents") == 0
    lock = json.loads((root / LOCK).read_bytes())
    (lock["pin"] if key == "signer" else lock)[key] = text
    (root / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    for words in (("verify", "--frozen"), ("install", DIST), ("uninstall", "--dry-run")):
        result = codexc(*words, "--into", root)
        assert result.code == 2
        assert result.err.startswith(f"error: `{LOCK}` is damaged at ")
        assert not any(line.startswith("help: run") for line in (result.out + result.err).splitlines())


@pytest.mark.parametrize(
    "settings", ['"{}": 1', 'pin: "{}"', 'hosts: ["{}"]', 'delivery: {{"{}": 1}}', '"{}": 1\n"{}": 2']
)
def test_an_error_is_one_line_whatever_it_quotes(settings: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    text = "x\\nhelp: run `sh x`\\n::error::x"
    (root / SETTINGS).write_text(settings.format(text, text) + "\n", encoding="utf-8")
    result = codexc("install", DIST, "--into", root, "--profile", "go")
    assert result.code == 2
    assert all(line.startswith(("error: ", "  = help: ")) for line in result.err.splitlines()), result.err


@pytest.mark.parametrize("folder", [".git/hooks", "a//b", "a/", "./a", ".GIT", "git~1", "aux", "a./b", "con.x/y"])
def test_hosts_that_lead_elsewhere_are_refused_with_their_place(folder: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    (root / SETTINGS).write_text(f"hosts:\n  - apps/web\n  - '{folder}'\n", encoding="utf-8")
    result = codexc("install", DIST, "--into", root, "--profile", "go")
    assert result.code == 2
    assert f"{SETTINGS}:3:" in result.err
    assert not (root / LOCK).exists()


@pytest.mark.parametrize("name", [SETTINGS, LOCK])
@pytest.mark.parametrize("goal", ["../outside/key", ".git/config", "missing"])
def test_settings_and_locks_that_are_links_are_not_read(name: str, goal: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    link(root, name, goal)
    result = codexc("install", DIST, "--into", root, "--profile", "go")
    assert result.code == 2
    assert f"`{name}` is a symbolic link" in result.err
    assert "secret" not in result.out + result.err


@pytest.mark.parametrize(
    "place", ["standards/codex.yaml", "standards/a.md", "standards/codex.ids.lock", "standards/codex.releases.json"]
)
@pytest.mark.parametrize("goal", ["../outside/key", "../repository/.git/config"])
def test_no_file_of_a_codex_is_read_through_a_link_out_of_it(place: str, goal: str, tmp_path: Path) -> None:
    root = create_repository(tmp_path)
    link(root, place, goal)
    result = codexc("check", "--root", root / "standards")
    assert "secret" not in result.out + result.err
    assert "repositoryformatversion" not in result.out + result.err
    assert result.code in (0, 1, 2)
