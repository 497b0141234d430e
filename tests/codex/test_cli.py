"""The command line as its users meet it: real files, real processes, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex.cli.main import COMMANDS, main
from tests.support.data import ROOT
from tests.support.running import codexc

HEAD = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\n---\n\n# Services\n\n## Rules\n\n"
RULE = "### Services MUST answer in time (SVC-1)\n\n**Why:** callers give up.\n"
BAD = HEAD + "### Services MUST answer as appropriate (SVC-1)\n\nx\n\n### Calls MUST end\n"


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    """A codex of one good standard, in a repository of its own."""
    root = tmp_path / "repository" / "standards"
    root.mkdir(parents=True)
    (root / "codex.yaml").write_text('namespace: acme\ndomains:\n  services: {title: Services, owner: "@a"}\n')
    (root / "services.md").write_text(HEAD + RULE)
    return root


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def codes(out: str) -> list[str]:
    return [d["code"] for d in json.loads(out)["diagnostics"]]


def test_a_codex_without_problems_passes(codex: Path) -> None:
    run = codexc("check", cwd=codex.parent)
    assert (run.code, run.out) == (0, "no problems found in 1 file\n")


def test_all_problems_are_reported_in_one_run(codex: Path) -> None:
    (codex / "services.md").write_text(BAD)
    run = codexc("check", "--format", "json", cwd=codex)
    assert (run.code, codes(run.out)) == (1, ["CX303", "CX301", "CX101"])


def test_a_file_a_folder_and_standard_input_can_be_checked(codex: Path) -> None:
    (codex / "other.md").write_text(BAD.replace("SVC", "OTH"))
    assert codexc("check", codex / "services.md", cwd=codex.parent).code == 0
    assert codexc("check", codex / "other.md", cwd=codex.parent).code == 1
    assert codexc("check", codex, cwd=codex.parent).code == 1
    run = codexc("check", "-", "--stdin-filename", codex / "services.md", cwd=codex, stdin=BAD.encode())
    assert run.code == 1
    assert "services.md:16" in run.out
    assert (codex / "services.md").read_text() == HEAD + RULE


def test_lints_are_selected_by_code_prefix_and_name(codex: Path) -> None:
    (codex / "services.md").write_text(BAD)
    assert codes(codexc("check", "--select", "CX30", "--format", "json", cwd=codex).out) == ["CX303", "CX301"]
    chosen = codexc("check", "--ignore", "rule-without-id", "--ignore", "CX301", "--format", "json", cwd=codex)
    assert (chosen.code, codes(chosen.out)) == (0, ["CX303"])
    wrong = codexc("check", "--select", "missing-rational", cwd=codex)
    assert wrong.code == 2
    assert "did you mean `missing-rationale`?" in wrong.err


def test_settings_change_severity_and_silence_paths(codex: Path) -> None:
    (codex / "services.md").write_text(BAD)
    config = (codex / "codex.yaml").read_text()
    lint = 'lint:\n  severity: {vague-statement: error, CX101: off}\n  per_path: {"serv*": [missing-rationale]}\n'
    (codex / "codex.yaml").write_text(config + lint)
    run = codexc("check", "--format", "json", cwd=codex)
    diagnostics = [(d["code"], d["severity"]) for d in json.loads(run.out)["diagnostics"]]
    assert (run.code, diagnostics) == (1, [("CX301", "error")])


def test_warnings_fail_a_run_on_request(codex: Path) -> None:
    (codex / "services.md").write_text(HEAD + "### Services MUST answer in time (SVC-1)\n\nNow.\n")
    assert codexc("check", cwd=codex).code == 0
    assert codexc("check", "--fail-on", "warning", cwd=codex).code == 1


def test_fixes_are_applied_once_and_a_dry_run_writes_nothing(codex: Path) -> None:
    page = codex / "services.md"
    page.write_bytes(b"\xef\xbb\xbf" + (HEAD + RULE.replace("MUST", "SHALL")).replace("\n", "\r\n").encode())
    before = page.read_bytes()
    dry = codexc("check", "--fix", "--dry-run", cwd=codex)
    assert (dry.code, page.read_bytes()) == (0, before)
    assert "+### Services MUST answer" in dry.out
    assert "fixed 3 findings in 1 file" in codexc("check", "--fix", cwd=codex).err
    codexc("check", "--fix", cwd=codex)
    assert page.read_text(encoding="utf-8") == HEAD + RULE
    assert "fixed 0" in codexc("check", "--fix", cwd=codex).err


def test_a_baseline_lets_an_old_corpus_start_clean(codex: Path, tmp_path: Path) -> None:
    page, baseline = codex / "services.md", tmp_path / "old.json"
    page.write_text(BAD)
    assert codexc("check", "--write-baseline", baseline, cwd=codex).code == 0
    page.write_text(BAD.replace("## Rules\n", "Moved down.\n\n## Rules\n"))
    assert codexc("check", "--baseline", baseline, cwd=codex).out == "no problems found in 1 file\n"
    page.write_text(BAD + "\n### Queues MUST end\n")
    run = codexc("check", "--baseline", baseline, "--format", "json", cwd=codex)
    assert (run.code, codes(run.out)) == (1, ["CX101"])


def test_a_build_writes_everything_and_a_second_one_nothing(codex: Path) -> None:
    assert codexc("build", cwd=codex).code == 0
    out = codex.parent / "dist"
    assert {p.parts[0] for p in map(Path, files(out))} >= {"skills", "agents-md", "targets", "statements.json"}
    assert (codex / "codex.ids.lock").is_file()
    assert (codex.parent / ".claude-plugin" / "marketplace.json").is_file()
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    assert "is up to date" in codexc("build", cwd=codex).err
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_the_same_standards_give_the_same_bytes_anywhere(codex: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "standards"
    other.mkdir(parents=True)
    for path in sorted(codex.iterdir(), reverse=True):
        (other / path.name).write_bytes(path.read_bytes())
    first, second = tmp_path / "one", tmp_path / "two"
    same = ("--as-of", "2026-11-23", "--no-cache")
    codexc("build", "--root", codex, "--out", first, *same, TZ="Asia/Tokyo", PYTHONHASHSEED="1", LC_ALL="C")
    mask = os.umask(0o077)
    try:
        codexc(
            "build", "--root", other, "--out", second, *same, TZ="America/Lima", PYTHONHASHSEED="2", LC_ALL="C.UTF-8"
        )
    finally:
        os.umask(mask)
    assert files(first) == files(second) != {}


def test_drift_is_found_with_a_diff(codex: Path) -> None:
    codexc("build", cwd=codex)
    assert codexc("build", "--check", cwd=codex).code == 0
    skill = codex.parent / "dist" / "skills" / "acme-services" / "SKILL.md"
    skill.write_text(skill.read_text() + "more\n")
    run = codexc("build", "--check", cwd=codex)
    assert (run.code, "-more" in run.out) == (1, True)
    (codex / "services.md").write_text(HEAD + RULE.replace("in time", "within a second"))
    assert codexc("build", "--check", cwd=codex).code == 1


def test_errors_leave_the_output_unchanged(codex: Path) -> None:
    codexc("build", cwd=codex)
    before = files(codex.parent / "dist")
    (codex / "services.md").write_text(BAD)
    run = codexc("build", cwd=codex)
    assert (run.code, "CX101" in run.out, files(codex.parent / "dist")) == (1, True, before)


def test_a_dry_run_writes_nothing(codex: Path) -> None:
    run = codexc("build", "--dry-run", "--format", "json", cwd=codex)
    assert json.loads(run.out)["rules"] == 1
    assert not (codex.parent / "dist").exists()
    assert not (codex / "codex.ids.lock").exists()


def test_a_retitled_rule_keeps_its_slug_and_a_deleted_one_is_an_error(codex: Path) -> None:
    codexc("build", cwd=codex)
    (codex / "services.md").write_text(HEAD + RULE.replace("answer in time", "be quick"))
    codexc("build", cwd=codex)
    statements = json.loads((codex.parent / "dist" / "statements.json").read_bytes())
    assert statements["documents"][0]["statements"][0]["slug"] == "services-must-answer-in-time"
    (codex / "services.md").write_text(HEAD + RULE.replace("SVC-1", "SVC-2"))
    run = codexc("check", "--ignore", "CX114", "--format", "json", cwd=codex)
    assert (run.code, codes(run.out)) == (1, ["CX114"])


def test_existing_documents_are_built_and_nothing_is_written_next_to_them(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("# A\n\n## Log MUST be JSON\n\n<!-- codexc: allow CX303 -->\n\n## Text\n\nMUST\n")
    dialect = tmp_path / "theirs.toml"
    dialect.write_text('[[rule]]\nat = "heading"\ndepth = 2\n')
    assert codexc("check", "--root", corpus, "--dialect", dialect).code == 1
    run = codexc("build", "--root", corpus, "--dialect", dialect, "--out", tmp_path / "out")
    assert (run.code, list(files(corpus))) == (0, ["a.md"])
    assert len(json.loads((tmp_path / "out" / "statements.json").read_bytes())["documents"][0]["statements"]) == 1


def test_an_import_gives_a_codex_with_the_same_rules(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("# A\n\n- Use JSON\n- Avoid XML\n\nSee [below](#more).\n\n## More\n\nwords\n")
    dialect = tmp_path / "theirs.toml"
    dialect.write_text('[[rule]]\nat = "list-item"\n[level.verbs]\nUse = "SHOULD"\nAvoid = "SHOULD NOT"\n')
    new = tmp_path / "new"
    assert "2 rules" in codexc("import", "--root", corpus, "--dialect", dialect, "--out", new).err
    assert "SHOULD NOT: Avoid XML (A-2)" in (new / "a.md").read_text()
    assert codexc("check", "--root", new).code == 0
    assert json.loads(codexc("build", "--root", new, "--format", "json").out)["rules"] == 2
    assert codexc("import", "--root", corpus, "--dialect", dialect, "--out", new).code == 0
    (new / "a.md").write_text("mine\n")
    again = codexc("import", "--root", corpus, "--dialect", dialect, "--out", new)
    assert (again.code, "edited since the last import" in again.err) == (2, True)


def test_a_new_codex_checks_and_builds(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    dry = codexc("init", folder, "--dry-run")
    assert (dry.code, folder.exists()) == (0, False)
    assert codexc("init", folder, "--namespace", "acme").code == 0
    assert codexc("check", "--fail-on", "warning", cwd=folder).code == 0
    assert codexc("build", cwd=folder).code == 0
    assert codexc("init", folder).code == 2
    assert codexc("new", "standards/engineering/http-apis.md", cwd=folder).code == 0
    assert codexc("new", "--next-id", "WOW", cwd=folder).out == "WOW-3\n"
    assert codexc("check", cwd=folder).code == 0


def test_formatting_changes_no_word_and_is_idempotent(codex: Path) -> None:
    page = codex / "services.md"
    page.write_bytes(
        b"\xef\xbb\xbf" + (HEAD + RULE + "\ntext  \nmore   \n\n```sh\nx   \n```\n\n\n").replace("\n", "\r\n").encode()
    )
    assert codexc("fmt", "--check", cwd=codex).code == 1
    assert codexc("fmt", cwd=codex).code == 0
    assert page.read_text(encoding="utf-8") == HEAD + RULE + "\ntext  \nmore  \n\n```sh\nx   \n```\n"
    assert codexc("fmt", "--check", cwd=codex).code == 0


def test_lints_and_rules_are_explained(codex: Path) -> None:
    assert codexc("explain", "CX303").out == codexc("explain", "missing-rationale").out
    assert "services.md:12:5" in codexc("explain", "SVC-1", cwd=codex).out
    assert codexc("explain", "nothing-like-it", cwd=codex).code == 2
    assert len(codexc("explain").out.splitlines()) >= 60


def test_stats_and_preview_show_what_an_agent_gets(codex: Path) -> None:
    figures = json.loads(codexc("stats", "--format", "json", cwd=codex).out)
    assert (figures["levels"], len(figures["skills"])) == ({"MUST": 1}, 2)
    (codex / "services.md").write_text(
        (HEAD + RULE).replace("status: enforced", "status: enforced\napplies_to:\n  languages: [go]")
    )
    assert "SVC-1: Services MUST answer in time" in codexc("preview", "--profile", "go", cwd=codex).out
    wrong = codexc("preview", "--profile", "gp", cwd=codex)
    assert (wrong.code, "go" in wrong.err) == (2, True)


def test_every_command_has_help_and_a_wrong_one_a_suggestion() -> None:
    for name in COMMANDS:
        run = codexc(name, "--help", fresh=True)
        assert (run.code, run.out.startswith("Usage: codexc")) == (0, True)
    run = codexc("biuld")
    assert (run.code, "Did you mean 'build'?" in run.err) == (2, True)


def test_schemas_and_completion_are_printed() -> None:
    names = codexc("schema").out.split()
    assert {"codex", "front-matter", "dialect", "statements", "manifest", "ids-lock"} <= set(names)
    assert json.loads(codexc("schema", "codex").out)["title"] == "codex.yaml"
    assert "_CODEXC_COMPLETE" in codexc("completion", "bash").out


def test_colours_follow_the_environment(codex: Path) -> None:
    (codex / "services.md").write_text(BAD)
    assert "\x1b[" not in codexc("check", cwd=codex).out
    assert "\x1b[" in codexc("check", cwd=codex, FORCE_COLOR="1").out
    assert "\x1b[" not in codexc("check", cwd=codex, FORCE_COLOR="1", NO_COLOR="1").out


def test_a_bug_is_reported_with_a_file_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("codex.cli.schema.data_root", lambda _: 1 / 0)
    assert main(["schema"]) == 3
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    (report,) = tmp_path.glob("codexc-bug-*.txt")
    assert "ZeroDivisionError" in report.read_text()


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("codex.cli.schema.data_root", interrupted)
    assert main(["schema"]) == 130


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_loop_or_leave_are_findings(codex: Path) -> None:
    (codex / "loop").symlink_to(codex)
    (codex / "passwd.md").symlink_to("/etc/passwd")
    os.mkfifo(codex / "pipe.md")
    run = codexc("check", "--format", "json", cwd=codex)
    diagnostics = sorted((d["code"], d["path"]) for d in json.loads(run.out)["diagnostics"])
    assert diagnostics == [("CX409", "passwd.md"), ("CX409", "pipe.md")]


def test_the_standards_are_never_replaced_by_their_output(codex: Path) -> None:
    before = files(codex)
    for out in (codex, codex.parent, Path("/")):
        assert codexc("build", "--root", codex, "--out", out, "--force").code == 2
    assert files(codex) == before


def test_standard_input_is_never_fixed_into_its_file(codex: Path) -> None:
    before = (codex / "services.md").read_bytes()
    unsaved = (HEAD + RULE).replace("MUST", "SHALL").encode()
    run = codexc("check", "-", "--stdin-filename", codex / "services.md", "--fix", cwd=codex, stdin=unsaved)
    assert (run.code, "`--fix` cannot write" in run.err) == (2, True)
    assert (codex / "services.md").read_bytes() == before


def test_a_file_that_is_not_utf8_is_found_and_left_alone_by_fixes(codex: Path) -> None:
    (codex / "latin.md").write_bytes(HEAD.replace("SVC", "LAT").encode() + b"### Caf\xe9s SHALL close (LAT-1)\r\n")
    before = (codex / "latin.md").read_bytes()
    page = (HEAD + RULE).replace("MUST", "SHALL")
    (codex / "services.md").write_text(page)
    run = codexc("check", "--fix", cwd=codex)
    assert (run.code, "CX001" in run.out) == (1, True)
    assert (codex / "latin.md").read_bytes() == before
    assert (codex / "services.md").read_text() == HEAD + RULE


def test_a_baseline_applies_to_fixes_and_to_single_files(codex: Path, tmp_path: Path) -> None:
    page, baseline = codex / "services.md", tmp_path / "old.json"
    page.write_text(BAD)
    (codex / "other.md").write_text(BAD.replace("SVC", "OTH"))
    codexc("check", "--write-baseline", baseline, cwd=codex)
    assert codexc("check", "--baseline", baseline, "--fix", cwd=codex).code == 0
    run = codexc("check", page, "--baseline", baseline, cwd=codex)
    assert (run.code, "update the baseline" in run.err) == (0, False), run.err
    (codex / "other.md").unlink()
    assert "findings in the baseline are fixed: run" in codexc("check", "--baseline", baseline, cwd=codex).err
    baseline.write_bytes(b"\xff")
    assert codexc("check", "--baseline", baseline, cwd=codex).code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed by a shell of Unix")
def test_a_closed_standard_output_is_not_a_bug() -> None:
    command = f"exec '{sys.executable}' -m codex schema codex >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("first", ["SIG_IGN", "SIG_DFL"])
def test_sigterm_interrupts_whatever_was_inherited_and_a_second_signal_is_no_traceback(first: str) -> None:
    program = (
        "import os, signal, sys\n"
        f"signal.signal(signal.SIGTERM, signal.{first})\n"
        "import codex.cli\n"
        "top = sys.modules['codex.cli.main']\n"
        "def main():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "    except KeyboardInterrupt:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "top.main = main\n"
        "top.run()\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
