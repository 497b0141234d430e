"""Dialects in use: what they read, and what they say if they read nothing."""

import json
import subprocess
from pathlib import Path

import pytest

from codex.resources import data_root
from tests.support.running import Run, codexc

RULE = '[[rule]]\nat = "list-item"\n'


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def working_directory() -> Path:
    """The working directory of `codexc(...)`."""
    return Path(__file__).resolve().parents[2]


def run(tmp_path: Path, command: str, dialect: str) -> Run:
    (tmp_path / "d.toml").write_text(dialect)
    out: list[str | Path] = ["--out", tmp_path / "out"] if command != "check" else []
    return codexc(command, "--root", tmp_path / "r", "--dialect", tmp_path / "d.toml", *out)


@pytest.mark.parametrize("command", ["check", "build", "import"])
@pytest.mark.parametrize(
    ("dialect", "code"),
    [
        ('[files]\ninclude = ["guide/*.md"]\n' + RULE, "CX060"),
        ('[files]\nexclude = ["**"]\n' + RULE, "CX060"),
        ('[[rule]]\nat = "heading"\ndepth = 5\n', "CX061"),
        ('[[rule]]\nat = "row"\ncolumns = { statement = "Rule" }\n', "CX061"),
        ('[[rule]]\nat = "list-item"\nmatch = "zebra"\n', "CX061"),
        (RULE + "[level]\nkeywords = false\n", "CX062"),
        (RULE + '[level]\nkeywords = false\n[level.verbs]\nZebra = "MUST"\n', "CX062"),
        ('[[rule]]\nat = "list-item"\nmatch = "^(?P<level>Log) "\n[level]\nkeywords = false\n', "CX062"),
    ],
)
def test_a_dialect_that_reads_nothing_says_so_and_fails(tmp_path: Path, command: str, dialect: str, code: str) -> None:
    write(tmp_path / "r", {"a.md": "# A\n\n- Log in JSON, it MUST be.\n"})
    result = run(tmp_path, command, dialect)
    assert result.code == 1, result.out + result.err
    assert code in result.out
    if command != "import":
        places = [
            line.split("--> ")[1].rpartition(":")[0].rpartition(":")[0]
            for line in result.out.split("\n")
            if "d.toml:" in line
        ]
        assert places
        assert all(Path(working_directory(), place).resolve() == (tmp_path / "d.toml").resolve() for place in places), (
            places
        )


def test_a_dialect_of_codex_yaml_that_reads_nothing_is_found_where_it_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "codex.yaml": "namespace: x\ndialects:\n  - use: otto\n  - use: d.toml\n    paths: ['a/**']\n",
            "d.toml": RULE,
            "b/x.md": "# A\n",
        },
    )
    result = codexc("check", "--root", tmp_path, "--format", "json")
    found = [(d["code"], d["path"], d["span"]["line"]) for d in json.loads(result.out)["diagnostics"]]
    assert ("CX060", "codex.yaml", 3) in found
    assert ("CX060", "codex.yaml", 4) in found
    assert result.code == 1


@pytest.mark.parametrize("command", ["check", "build", "fmt"])
def test_a_dialect_outside_the_repository_is_not_read(tmp_path: Path, command: str) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text('licence = "hunter2"\n')
    for name in ("../secret.toml", str(secret), "a/../../secret.toml"):
        write(tmp_path / "r", {"codex.yaml": f"namespace: x\ndialects:\n  - use: {name}\n", "a/x.md": "# A\n"})
        result = codexc(command, "--root", tmp_path / "r")
        assert result.code == 2
        assert f"the dialect `{name}` in codex.yaml is outside the repository of the codex" in result.err
        assert "hunter2" not in result.out + result.err


def test_a_dialect_elsewhere_in_the_repository_is_read(tmp_path: Path) -> None:
    config = "namespace: x\ndialects:\n  - use: ../d.toml\n"
    write(tmp_path, {"d.toml": RULE, "r/codex.yaml": config, "r/a.md": "# A\n\n- Logs MUST be JSON.\n"})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert codexc("check", "--root", tmp_path / "r").code == 0


def test_a_dialect_with_one_rule_is_no_fault(tmp_path: Path) -> None:
    write(tmp_path / "r", {"a.md": "# A\n\n- Logs MUST be JSON.\n", "b.md": "# B\n\nText.\n"})
    assert run(tmp_path, "check", RULE).code == 0


FILES = {
    "agents-md": {"AGENTS.md": "# Agents\n\n- Use tabs.\n", "api/AGENTS.md": "# API\n\n- Use JSON.\n"},
    "cursor-rules": {
        ".cursor/rules/go.mdc": "---\ndescription: Go\nglobs: **/*.go\nalwaysApply: false\n---\n\n- Wrap errors.\n"
    },
    "copilot-instructions": {
        ".github/copilot-instructions.md": "# Copilot\n\n- Write tests.\n",
        ".github/instructions/ts.instructions.md": '---\napplyTo: "**/*.ts"\n---\n\n# TS\n\n- Use strict mode.\n',
    },
    "mr-review-instructions": {
        ".gitlab/duo/mr-review-instructions.yaml": (
            "instructions:\n  - name: All\n    instructions: |\n      1. Name things well.\n"
        )
    },
    "adr": {
        "docs/adr/0001-use-tabs.md": (
            "# Tabs\n\n## Status\n\nAccepted\n\n## Decision\n\nWe will use tabs.\n\n## Consequences\n\nPeace.\n"
        )
    },
}
EXPECTED = {
    "agents-md": ["Use JSON.", "Use tabs."],
    "cursor-rules": ["Wrap errors."],
    "copilot-instructions": ["Use strict mode.", "Write tests."],
    "mr-review-instructions": ["Name things well."],
    "adr": ["We will use tabs."],
}
OTHER = {".github/ISSUE_TEMPLATE.md": "# Issue\n\n- Be kind.\n", "node_modules/x/AGENTS.md": "# X\n\n- Not ours.\n"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_dialect_for_instructions_of_agents_reads_them_with_the_level_of_codex_yaml(
    tmp_path: Path, name: str
) -> None:
    config = f"namespace: x\ndialects:\n  - {{ use: {name}, level: SHOULD }}\n"
    write(tmp_path, {**FILES[name], **OTHER, "codex.yaml": config})
    built = codexc("build", "--root", tmp_path, "--out", tmp_path / "dist")
    assert built.code == 0, built.out
    documents = json.loads((tmp_path / "dist/statements.json").read_text())["documents"]
    rows = sorted((row["level"], row["text"]) for document in documents for row in document["statements"])
    assert rows == [("SHOULD", sentence) for sentence in EXPECTED[name]]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_without_a_level_their_text_is_context_with_one_finding_a_file(tmp_path: Path, name: str) -> None:
    write(tmp_path, {**FILES[name], **OTHER})
    result = codexc("check", "--root", tmp_path, "--dialect", name, "--format", "json")
    found = [d for d in json.loads(result.out)["diagnostics"] if d["code"] == "CX063"]
    assert len(found) == len(FILES[name])
    assert result.code == 0
    assert codexc("build", "--root", tmp_path, "--dialect", name, "--out", tmp_path / "out").code == 0


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_import_takes_them_in_with_the_level_that_is_set(tmp_path: Path, name: str) -> None:
    root = tmp_path / "r"
    write(root, {**FILES[name], **OTHER})
    toml = (data_root("templates") / "dialects" / f"{name}.toml").read_text()
    (tmp_path / "d.toml").write_text(toml.replace("context = true", 'default = "SHOULD"'))
    result = codexc("import", "--root", root, "--dialect", tmp_path / "d.toml", "--out", tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    text = "\n".join(p.read_text() for p in (tmp_path / "imp").rglob("*.md"))
    assert all(f"SHOULD: {sentence}" in text for sentence in EXPECTED[name])


def test_hidden_folders_are_read_only_where_a_dialect_names_them(tmp_path: Path) -> None:
    write(tmp_path / "r", {**OTHER, "a.md": "# A\n\n- Tabs.\n", ".git/config.md": "# G\n\n- Git MUST stay out.\n"})
    result = run(
        tmp_path,
        "check",
        f'[files]\ninclude = ["**/*.md", ".github/*.md", ".git/*.md"]\n{RULE}[level]\ndefault = "MUST"\n',
    )
    assert ".github/ISSUE_TEMPLATE.md" in result.out
    assert ".git/config.md" not in result.out
    result = run(tmp_path, "check", f'{RULE}[level]\ndefault = "MUST"\n')
    assert ".github" not in result.out


def test_definitions_of_links_may_belong_to_a_folder(tmp_path: Path) -> None:
    files = {
        "go/a.md": "# A\n\n- Logs MUST be [JSON][j].\n",
        "ts/b.md": "# B\n\n- Logs MUST be [JSON][j].\n",
        "go/refs.md": "[j]: https://e.org/go\n",
        "ts/refs.md": "[j]: https://e.org/ts\n",
    }
    write(tmp_path / "r", files)
    by = '[files]\nexclude = ["**/refs.md"]\n' + RULE
    by += "".join(f'[[links.folders]]\nfiles = "{n}/**"\nreferences = ["{n}/refs.md"]\n' for n in ("go", "ts"))
    assert run(tmp_path, "build", by).code == 0
    skills = "\n".join(p.read_text() for p in (tmp_path / "out/skills").rglob("*.md"))
    assert "https://e.org/go" in skills
    assert "https://e.org/ts" in skills


def test_a_dialect_may_name_the_namespace(tmp_path: Path) -> None:
    write(tmp_path / "r", {"a.md": "# A\n\n- Logs MUST be JSON.\n"})
    assert run(tmp_path, "build", 'namespace = "logs"\n' + RULE).code == 0
    assert [p.name for p in (tmp_path / "out/skills").iterdir() if p.name.startswith("logs-")]


def test_tiers_select_rules_for_a_profile(tmp_path: Path) -> None:
    text = "# A\n\n| # | Rule | Level |\n| - | - | - |\n| 1 | one zebra | 1 |\n| 2 | two lions | 2 |\n| 3 | three tigers | 3 |\n"
    config = (
        "namespace: x\ndialects:\n  - use: d.toml\nprofiles:\n  plain:\n    technologies: [asvs-l2]\n"
        "technologies: [asvs-l1, asvs-l2, asvs-l3]\n"
    )
    by = "[document]\ndefault_status = 'enforced'\n[[rule]]\nat = 'row'\ncolumns = { statement = 'Rule', tier = 'Level' }\n[level]\ndefault = 'MUST'\n[tiers]\norder = ['1', '2', '3']\ntechnology = 'asvs-l{tier}'\n"
    write(tmp_path / "r", {"a.md": text, "codex.yaml": config, "d.toml": by})
    result = codexc("preview", "--root", tmp_path / "r", "--profile", "asvs-l2")
    assert "zebra" in result.out, result.out + result.err
    assert "lions" in result.out
    assert "tigers" not in result.out
