"""The commands around check and build: starting, formatting, explaining, previewing, importing; and how runs end."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import codex.cli.schema
from codex import __version__
from codex.cli.main import COMMANDS, main
from skills_build.lint.registry import LINTS
from skills_build.schema import violations
from tests.support.running import Run, codexc

HEAD = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\n{more}---\n\n# Services\n\n## Rules\n\n"
RULE = "### Services MUST answer in time (SVC-1)\n\n**Why:** callers give up.\n"
CONFIG = 'namespace: acme\ndomains:\n  services: {title: Services, owner: "@a"}\n'
SCAFFOLD = [
    ".github/workflows/codex.yml",
    ".gitignore",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    "CODEOWNERS",
    "README.md",
    "standards/allowed_signers",
    "standards/codex.schema.json",
    "standards/codex.yaml",
    "standards/engineering/ways-of-working.md",
    "standards/front-matter.schema.json",
    "templates/codex.yml",
]


@pytest.fixture
def standards(tmp_path: Path) -> Path:
    """A codex of one good standard about Go services."""
    root = tmp_path / "repository" / "standards"
    put(root / "codex.yaml", CONFIG)
    put(root / "services.md", HEAD.format(more="applies_to:\n  languages: [go]\n") + RULE)
    return root


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_new_codex_passes_its_own_check_and_build(tmp_path: Path) -> None:
    folder = tmp_path / "Acme Codex"
    run = codexc("init", folder, "--owner", "@acme/core")
    assert (run.code, names(folder)) == (0, SCAFFOLD)
    assert sorted(run.out.split("\n")[:-1]) == sorted(str(folder / name) for name in SCAFFOLD)
    assert codexc("check", "--fail-on", "warning", cwd=folder) == Run(0, "no problems found in 1 file\n", "")
    built = json.loads(codexc("build", "--format", "json", cwd=folder).out)
    assert (built["status"], built["rules"], built["errors"], built["warnings"]) == ("built", 2, 0, 0)
    assert codexc("build", "--check", cwd=folder).code == 0
    assert codexc("fmt", "--check", cwd=folder).code == 0


TITLES = ("Rules: of #acme", "The \"best\" 'rules'", "\\ns and {braces}", "- 100% &all *of !it", "yes")


@pytest.mark.parametrize("title", TITLES)
def test_titles_may_contain_yaml_syntax(title: str, tmp_path: Path) -> None:
    assert codexc("init", tmp_path, "--title", title, "--owner", title).code == 0
    assert codexc("new", "standards/engineering/c.md", "--title", title, cwd=tmp_path).code == 0
    assert codexc("check", "--select", "CX0", cwd=tmp_path).out == "no problems found in 2 files\n"
    assert codexc("build", "-q", cwd=tmp_path).code == 0
    assert json.loads((tmp_path / "dist" / "manifest.json").read_bytes())["title"] == title


def test_a_new_codex_overwrites_nothing_and_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    dry = codexc("init", folder, "--dry-run")
    assert (dry.code, len(dry.out.split("\n")[:-1]), folder.exists()) == (0, len(SCAFFOLD), False)
    put(folder / "README.md", "mine")
    run = codexc("init", folder)
    assert (run.code, len(run.out.split("\n")[:-1])) == (0, len(SCAFFOLD) - 1)
    assert f"kept {folder / 'README.md'}\n" in run.err
    assert (folder / "README.md").read_text() == "mine"


def test_a_new_standard_has_the_domain_of_its_folder_and_next_ids_count_on(standards: Path) -> None:
    put(standards / "codex.yaml", CONFIG + "  data: {title: Data, owner: '@d'}\n")
    run = codexc("new", "data/data-stores.md", cwd=standards)
    assert (run.code, run.out) == (0, "data/data-stores.md\n")
    text = (standards / "data" / "data-stores.md").read_text(encoding="utf-8")
    assert 'id: DATA-STORES\ntitle: "Data stores"\ndomain: data\nstatus: draft\n' in text
    assert codexc("check", cwd=standards).code == 0
    assert codexc("new", "--next-id", "DATA-STORES", cwd=standards).out == "DATA-STORES-3\n"
    assert codexc("new", "--next-id", "SVC", cwd=standards).out == "SVC-2\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no file given"),
        (("services.md",), "`services.md` already exists"),
        (("x.md", "--id", "SVC"), "the id `SVC` is already used by `services.md`"),
        (("x.md", "--id", "lower"), "`lower` is not a valid id of a standard"),
        (("--next-id", "NON"), "no standard has the id `NON`\n  = help: known ids: `SVC`"),
    ],
)
def test_an_invalid_new_standard_is_refused(standards: Path, arguments: tuple[str, ...], message: str) -> None:
    run = codexc("new", *arguments, cwd=standards)
    assert (run.code, run.out, message in run.err, names(standards)) == (2, "", True, ["codex.yaml", "services.md"])


def test_a_used_id_is_never_the_next_id(standards: Path) -> None:
    put(standards / "services.md", HEAD.format(more="") + RULE + "\n" + RULE.replace("SVC-1", "SVC-7"))
    assert codexc("fmt", cwd=standards).code == 0
    put(standards / "services.md", HEAD.format(more="") + RULE)
    assert codexc("new", "--next-id", "SVC", cwd=standards).out == "SVC-8\n"


def test_formatting_changes_no_word_and_no_code_and_is_idempotent(standards: Path) -> None:
    page = standards / "services.md"
    before = (
        HEAD.format(more="") + RULE + "\ntext \t\nbreak   \nnext\n\n```sh\ncode   \n\n\n```\n\n    indented  \n\n\n"
    )
    page.write_bytes(b"\xef\xbb\xbf" + before.replace("\n", "\r\n").encode())
    raw = page.read_bytes()
    check = codexc("fmt", "--check", cwd=standards)
    assert (check.code, page.read_bytes(), check.err) == (1, raw, "1 file would change\n")
    assert check.out.startswith("--- a/standards/services.md\n+++ b/standards/services.md\n")
    assert codexc("fmt", cwd=standards) == Run(0, "", "changed 1 of 1 file\n")
    after = HEAD.format(more="") + RULE + "\ntext\nbreak  \nnext\n\n```sh\ncode   \n\n\n```\n\n    indented  \n"
    assert page.read_bytes().decode() == after
    assert codexc("fmt", "--check", cwd=standards) == Run(0, "", "0 files would change\n")
    assert names(standards) == ["codex.ids.lock", "codex.yaml", "services.md"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="such names are refused there")
def test_formatting_writes_files_under_the_names_they_have(standards: Path) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(standards), b"caf\xe9.md")))
    path.write_bytes((HEAD.format(more="") + RULE).replace("SVC", "CAF").replace("\n", "\r\n").encode())
    before = sorted(standards.iterdir())
    codexc("fmt", cwd=standards)
    assert sorted(p for p in standards.iterdir() if p.name != "codex.ids.lock") == before


def test_a_lint_is_explained_by_code_and_name_and_a_rule_by_its_id(standards: Path) -> None:
    page = codexc("explain", "CX303", cwd=standards)
    assert page.out.startswith("# ")
    assert codexc("explain", "missing-rationale", cwd=standards) == codexc("explain", "cx303", cwd=standards) == page
    assert codexc("explain", "svc-1", cwd=standards).out == (
        "SVC-1  MUST, enforced\n  --> services.md:14:5\n\nServices MUST answer in time\n\n**Why:** callers give up.\n"
    )
    facts = json.loads(codexc("explain", "SVC-1", "--format", "json", cwd=standards).out)
    assert facts == {
        "id": "SVC-1",
        "level": "MUST",
        "status": "enforced",
        "statement": "Services MUST answer in time",
        "slug": "services-must-answer-in-time",
        "source": {"path": "services.md", "line": 14},
        "body": "**Why:** callers give up.",
    }
    unknown = codexc("explain", "missing-rational", cwd=standards)
    assert (unknown.code, unknown.out) == (2, "")
    assert unknown.err == (
        "error: no lint or rule named `missing-rational`\n  = help: did you mean `missing-rationale`?\n"
    )


def test_a_requirement_is_explained_by_the_rules_that_cover_it(standards: Path) -> None:
    facts = "**Maps to:** v5.0.0-1.2.4, X-1\n\n**Decided by:** diff, run time\n\n**Selected by:** `a`\n\n**Audience:** people\n"
    facts += "\n**Origin:** services.md\n"
    put(standards / "services.md", HEAD.format(more="") + f"{RULE}\n{facts}")
    page = codexc("explain", "V5.0.0-1.2.4", cwd=standards)
    assert page.out == "SVC-1  MUST, enforced: Services MUST answer in time\n  --> services.md:12:5\n"
    rows = json.loads(codexc("explain", "X-1", "--format", "json", cwd=standards).out)
    assert (rows["requirement"], [row["id"] for row in rows["rules"]]) == ("X-1", ["SVC-1"])
    rule = codexc("explain", "SVC-1", cwd=standards)
    assert rule.out.endswith(
        "maps to: v5.0.0-1.2.4, X-1\ndecided by: diff, run time\nselected by: `a`\norigin: services.md\naudience: people\n"
    )
    data = json.loads(codexc("explain", "SVC-1", "--format", "json", cwd=standards).out)
    assert (data["maps_to"], data["decided_by"], data["audience"]) == (
        ["v5.0.0-1.2.4", "X-1"],
        ["diff", "run time"],
        "people",
    )
    near = codexc("explain", "v5.0.0-1.2.5", cwd=standards)
    assert (near.code, near.err.split("\n")[1]) == (2, "  = help: did you mean `v5.0.0-1.2.4`?")


def test_all_lints_are_listed_outside_of_any_codex(tmp_path: Path) -> None:
    rows = json.loads(codexc("explain", "--format", "json", cwd=tmp_path).out)
    assert [row["code"] for row in rows] == list(LINTS)
    assert codexc("explain", "CX303", cwd=tmp_path).code == 0


def test_stats_count_what_a_build_writes(standards: Path) -> None:
    figures = json.loads(codexc("stats", "--format", "json", cwd=standards).out)
    codexc("build", cwd=standards)
    skills = standards.parent / "dist" / "skills"
    sizes = {figure["name"]: figure["bytes"] for figure in figures["skills"]}
    assert sizes == {p.name: (p / "SKILL.md").stat().st_size for p in skills.iterdir()}
    assert (figures["standards"], figures["levels"]) == (1, {"MUST": 1})
    run = codexc("stats", cwd=standards)
    assert (run.code, run.out.split("\n")[0]) == (0, "1 rule from 1 standard in 2 skills: 1 MUST")
    assert names(standards.parent / "dist") == sorted(names(standards.parent / "dist"))


def test_stats_report_that_a_codex_has_errors(standards: Path) -> None:
    put(standards / "services.md", "no front matter\n")
    assert codexc("stats", cwd=standards) == Run(
        1, "", "the standards have errors: run `codexc check` to list the errors\n"
    )


def test_a_preview_shows_what_an_agent_would_see_and_writes_nothing(standards: Path) -> None:
    put(standards / "codex.yaml", CONFIG + "profiles:\n  backend:\n    languages: [go]\n  web:\n    languages: [css]\n")
    by_word = codexc("preview", "--profile", "go", cwd=standards)
    assert "SVC-1: Services MUST answer in time" in by_word.out
    assert "==> skill catalogue <==\n\n- acme-" in by_word.out
    assert codexc("preview", "--profile", "backend", cwd=standards).out == by_word.out
    assert "SVC-1" not in codexc("preview", "--profile", "web", cwd=standards).out
    facts = json.loads(codexc("preview", "--profile", "go", "--format", "json", cwd=standards).out)
    assert (facts["profile"]["languages"], list(facts["fragments"])) == (["go"], [""])
    assert names(standards.parent) == ["standards/codex.yaml", "standards/services.md"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("goo", "did you mean `go`?"),
        ("pyhton", "did you mean `python`?"),
        ("go,kubernets", "did you mean `kubernetes`?"),
        ("gp", "the rules use: go"),
        ("qwerty", "the rules use: go"),
    ],
)
def test_a_preview_with_an_unknown_word_suggests_a_known_one(standards: Path, word: str, hint: str) -> None:
    run = codexc("preview", "--profile", word, cwd=standards)
    assert (run.code, run.out) == (2, "")
    assert run.err == f"error: unknown profile term `{word.split(',')[-1]}`\n  = help: {hint}\n"


@pytest.mark.parametrize(
    ("words", "read", "unused"),
    [
        ("cobol", ["cobol"], ["cobol"]),
        ("Go,Dockerfile,c#", ["go", "c#", "docker"], ["docker", "c#"]),
        ("go,service", ["go"], []),
    ],
)
def test_a_profile_may_name_any_published_language_or_technology(
    standards: Path, words: str, read: list[str], unused: list[str]
) -> None:
    run = codexc("preview", "--profile", words, "--format", "json", cwd=standards)
    facts = json.loads(run.out)
    notes = [f"no rule is specific to `{term}`, so this term selects no additional rules" for term in unused]
    assert ([*facts["profile"]["languages"], *facts["profile"]["technologies"]], facts["notes"]) == (read, notes)
    assert run.err == "".join(f"note: {note}\n" for note in notes)
    codexc("build", cwd=standards)
    tree = standards.parent / "tree"
    tree.mkdir()
    subprocess.run(["git", "init", "-q", tree], check=True)
    installed = codexc("install", "dist", "--into", tree, "--profile", words, cwd=standards.parent)
    assert installed.code == 0
    assert [f"note: {note}" for note in notes] == [line for line in installed.err.splitlines() if "specific" in line]


GUIDE = """\
# Logging

Logs are for people. See [levels](#levels) and [the other](other.md#other-things).

- **DO** log in JSON
- **DON'T** log personal data, such as `email`

## Levels

- **CONSIDER** sampling
- words that are no rule
"""
DIALECT = """\
[[rule]]
at = "list-item"
match = "^\\\\*\\\\*(?P<level>DO|DON'T|CONSIDER)\\\\*\\\\* (?P<statement>.*)$"

[level.map]
"DO" = "MUST"
"DON'T" = "MUST NOT"
"CONSIDER" = "MAY"
"""


def test_an_import_gives_a_codex_of_the_same_rules_without_errors(tmp_path: Path) -> None:
    corpus, new = tmp_path / "guides", tmp_path / "new"
    put(corpus / "logging.md", GUIDE)
    put(corpus / "area" / "other.md", "# Other things\n\n- **DO** name things\n")
    put(corpus / "other.md", "# Other things\n\n- **DO** rename things\n")
    put(tmp_path / "guides.toml", DIALECT)
    arguments = ("import", "--root", corpus, "--dialect", tmp_path / "guides.toml", "--out", new)
    before = names(corpus)
    dry = codexc(*arguments, "--dry-run")
    assert (dry.code, new.exists(), "would import 5 rules from 3 standards" in dry.err) == (0, False, True)
    result = json.loads(codexc(*arguments, "--format", "json").out)
    assert (len(result["ids"]), result["skipped"], result["errors"]) == (5, [], [])
    assert result["files"] == ["area/other.md", "codex.ids.lock", "codex.yaml", "logging.md", "other.md"]
    assert names(new) == [".codexc-import.json", *result["files"]]
    assert names(corpus) == before
    text = (new / "logging.md").read_text(encoding="utf-8")
    for words in ("Logs are for people.", "personal data, such as `email`", "words that are no rule"):
        assert words in text
    check = codexc("check", "--root", new, "--format", "json")
    errors = [row for row in json.loads(check.out)["diagnostics"] if row["severity"] == "error"]
    assert (check.code, errors) == (0, [])
    built = json.loads(codexc("build", "--root", new, "--out", tmp_path / "out", "--format", "json").out)
    assert built["rules"] == 5
    statements = json.loads((tmp_path / "out" / "statements.json").read_bytes())
    levels = sorted(one["level"] for document in statements["documents"] for one in document["statements"])
    assert levels == ["MAY", "MUST", "MUST", "MUST", "MUST NOT"]


def test_an_import_overwrites_nothing(tmp_path: Path) -> None:
    put(tmp_path / "guides" / "logging.md", GUIDE)
    put(tmp_path / "guides.toml", DIALECT)
    put(tmp_path / "new" / "codex.yaml", "mine")
    run = codexc("import", "--root", "guides", "--dialect", "guides.toml", "--out", "new", cwd=tmp_path)
    assert (run.code, names(tmp_path / "new")) == (2, ["codex.yaml"])
    assert run.err.startswith("error: `new` already contains `codex.yaml`\n")


def test_schemas_are_printed_and_fit_what_the_program_writes(standards: Path) -> None:
    listed = codexc("schema").out.split()
    expected = {"changes", "codex", "dialect", "front-matter", "ids-lock", "lock", "manifest", "releases", "repository"}
    assert expected | {"statements"} <= set(listed)
    codexc("build", cwd=standards)
    for name in ("changes", "manifest", "statements"):
        data = json.loads((standards.parent / "dist" / f"{name}.json").read_bytes())
        assert violations(codexc("schema", name).out, data) == ()
    unknown = codexc("schema", "codxe")
    assert (unknown.code, unknown.out) == (2, "")
    assert "error: unknown schema `codxe`\n  = help: use one of: answer, audit, changes, check, codex, " in unknown.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "_CODEXC_COMPLETE" in capsys.readouterr().out


def test_a_shell_completes_commands() -> None:
    run = codexc(_CODEXC_COMPLETE="bash_complete", COMP_WORDS="codexc b", COMP_CWORD="1")
    assert "build" in run.out


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        printed = capsys.readouterr()
        assert (printed.out.startswith(f"Usage: codexc {name} "), printed.err) == (True, "")
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    assert [name for name, text in COMMANDS.items() if name in overview and text in overview] == list(COMMANDS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"codexc, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("biuld",), "No such command 'biuld'. Did you mean 'build'?"),
        (("frobnicate",), "No such command 'frobnicate'. See 'codexc --help'."),
        (("check", "--fromat", "json"), "--fromat"),
        (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        (("import",), "Missing option '--out'"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_suggestion(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert (out, message in err) == ("", True), err


def test_a_bug_ends_with_3_and_a_report_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(name: str) -> Any:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(codex.cli.schema, "data_root", broken)
    assert main(["schema"]) == 3
    (report,) = tmp_path.iterdir()
    assert capsys.readouterr().err == (
        "bug: ZeroDivisionError: on purpose\n"
        f"  = note: this is a bug in codexc; the details are in `{report}`\n"
        "  = help: report the bug; attach the details and, if possible, the standard that caused it\n"
    )
    text = report.read_text(encoding="utf-8")
    assert text.startswith(f"codexc {__version__}, Python ")
    assert text.endswith("ZeroDivisionError: on purpose\n")


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(name: str) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(codex.cli.schema, "data_root", interrupted)
    assert main(["schema"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def test_a_full_disk_ends_with_2_and_names_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(name: str) -> Any:
        raise OSError(28, "No space left on device", "dist")

    monkeypatch.setattr(codex.cli.schema, "data_root", full)
    assert main(["schema"]) == 2
    assert capsys.readouterr() == ("", "error: dist: No space left on device\n")
