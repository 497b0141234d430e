"""The words for technologies are one list: what `codexc profile` detects, what standards name, what is published."""

import ast
import json
import tomllib
from pathlib import Path

import pytest

import codex.profile
from codex.profile import technologies
from codex.profile.ecosystems import simple
from codex.profile.language_table import EXTENSIONS, GROUPS
from codex.resources import data_root
from skills_build.technologies import TECHNOLOGIES
from skills_build.vocabulary import canonical, known
from tests.support.running import codexc
from tools.technologies import MODULE, module_text

FRONT = "---\nid: PG\ntitle: Databases\ndomain: data\nstatus: approved\napplies_to:\n  technologies: [{words}]\n---\n"
BODY = "\n# Databases\n\n## Rules\n\n### Tables MUST have a key (PG-1)\n\n**Why:** rows are found.\n"
CONFIG = 'namespace: acme\ndomains:\n  data: {title: Data, owner: "@data"}\n'


def emitted() -> set[str]:
    """Every technology that the profiler can name: in its tables, and where the code names one."""
    named = {*technologies.DEPENDENCIES.values()}
    words = {word for group in named for word in group} | {name for name, _ in technologies.PATHS}
    words |= {row.technology for row in simple.CONVENTIONS if row.technology}
    for path in Path(codex.profile.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Technology":
                words |= {
                    str(k.value.value) for k in node.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)
                }
    return {str(word) for word in words}


def test_the_published_list_is_exactly_what_the_profiler_can_detect() -> None:
    assert emitted() == set(TECHNOLOGIES)


def test_the_module_is_the_published_list() -> None:
    assert MODULE.read_text(encoding="utf-8") == module_text()
    published = tomllib.loads((data_root("validators") / "technologies.toml").read_text(encoding="utf-8"))
    assert {name: tuple(also) for name, also in published["technologies"].items()} == TECHNOLOGIES


def test_no_other_word_stands_for_two_technologies_or_is_one() -> None:
    others = [word for also in TECHNOLOGIES.values() for word in also]
    assert len(others) == len(set(others))
    assert not set(others) & set(TECHNOLOGIES)


def test_every_language_that_the_profiler_can_detect_is_known() -> None:
    terms = {name.lower() for name in EXTENSIONS.values()} | {term for terms in GROUPS.values() for term in terms}
    assert {term for term in terms if " " not in term} - known("languages") == set()


@pytest.mark.parametrize(
    ("kind", "word", "read"),
    [
        ("technologies", "postgres", "postgresql"),
        ("technologies", "K8s", "kubernetes"),
        ("technologies", "Docker", "docker"),
        ("technologies", "in-house", "in-house"),
        ("languages", "golang", "go"),
        ("languages", "js", "javascript"),
        ("languages", "bash", "shell"),
        ("languages", "cpp", "c++"),
        ("languages", "Go", "go"),
        ("languages", "klingon", "klingon"),
    ],
)
def test_other_words_are_read_as_the_one_that_repositories_have(kind: str, word: str, read: str) -> None:
    assert canonical(kind, word) == read


@pytest.fixture
def standards(tmp_path: Path) -> Path:
    (tmp_path / "codex.yaml").write_text(CONFIG)
    return tmp_path


def found(standards: Path, words: str, config: str = "") -> list[tuple[str, str, str | None]]:
    (standards / "codex.yaml").write_text(CONFIG + config)
    (standards / "data.md").write_text(FRONT.format(words=words) + BODY)
    rows = json.loads(codexc("check", "--format", "json", cwd=standards).out)["diagnostics"]
    return [(row["code"], row["severity"], row["fix"] and row["fix"]["edits"][0]["text"]) for row in rows]


def test_another_word_is_an_information_with_a_fix(standards: Path) -> None:
    assert found(standards, "postgres") == [("CX046", "info", "postgresql")]
    assert codexc("check", "--fix", cwd=standards).code == 0
    assert "technologies: [postgresql]" in (standards / "data.md").read_text()


def test_a_rule_for_another_word_reaches_the_repository_whose_profile_has_the_word(standards: Path) -> None:
    found(
        standards,
        "postgres",
        "profiles:\n  service:\n    technologies: [postgresql]\n  other:\n    technologies: [redis]\n",
    )
    assert codexc("build", "--out", "out", cwd=standards).code == 0
    texts = {name: (standards / "out" / "agents-md" / f"{name}.md").read_text() for name in ("service", "other")}
    assert ("PG-1" in texts["service"], "PG-1" in texts["other"]) == (True, False)


def test_an_unknown_word_is_a_warning_unless_the_organisation_has_it(standards: Path) -> None:
    assert found(standards, "postgresqll") == [("CX115", "warning", "postgresql")]
    assert found(standards, "in-house") == [("CX115", "warning", None)]
    assert found(standards, "in-house", "technologies: [in-house]\n") == []
    assert found(standards, "redis", "technologies: [in-house]\n") == []


@pytest.mark.parametrize(
    ("profile", "codes"),
    [
        ("languages: [python]", []),
        ("languages: [pythn]", [("CX115", "warning", "python")]),
        ("technologies: [dockr]", [("CX115", "warning", "docker")]),
        ("technologies: [k8s]", [("CX046", "info", "kubernetes")]),
        ("domains: [dat]", [("CX115", "warning", "data")]),
    ],
)
def test_the_words_of_profiles_are_checked(
    standards: Path, profile: str, codes: list[tuple[str, str, str | None]]
) -> None:
    assert found(standards, "redis", f"profiles:\n  service:\n    {profile}\n") == codes


def test_explain_lists_the_words_and_those_of_the_codex(standards: Path) -> None:
    found(standards, "redis", "technologies: [in-house]\n")
    lines = codexc("explain", "--technologies", cwd=standards).out.splitlines()
    assert "postgresql          postgres, pgsql, psql" in lines
    assert lines[-1].split() == ["in-house", "from", "codex.yaml"]
    rows = json.loads(codexc("explain", "--technologies", "--format", "json", cwd=standards.parent).out)
    assert {row["name"] for row in rows} == set(TECHNOLOGIES)
