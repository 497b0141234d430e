"""What stands in an AGENTS.md, and what is said of that which has no room."""

from dataclasses import replace

import pytest

from skills_build.compile.fragment import trigger
from skills_build.compile.prose import always_line
from skills_build.compile.ranking import always_on, in_turns
from skills_build.emit.agents_md import index_line
from skills_build.model.config import Budgets, Config, Profile
from tests.support.compiling import compiled, standard
from tests.support.generating import standards

CONFIG = Config(namespace="acme", title="Acme codex", profiles={"all": Profile()})


def test_skills_with_always_on_rules_that_do_not_fit_are_marked() -> None:
    result = compiled(standards(600, per_file=20, domains=6), CONFIG)
    fragment = result.plan.fragments[0]
    enforced = [rule for skill in result.plan.skills for rule in skill.rules if rule.blocks]
    assert {rule.rule.id for rule in (*fragment.always, *fragment.folded)} == {rule.rule.id for rule in enforced}
    assert fragment.always
    assert sum(line.folded for line in fragment.index) == len(fragment.folded)
    text = result.text("agents-md/all.md")
    assert "These rules are blocking. The skills below list more.\n" in text
    assert len(text.encode()) <= CONFIG.budgets.fragment
    for line in fragment.index:
        assert index_line(line) in text
        assert bool(line.folded) == ("(more blocking rules)" in index_line(line))


def test_rules_of_a_folder_stand_in_that_folders_file_alone() -> None:
    scope = "**Applies to:** paths: services/**, web/api/*.py"
    text = f"### A MUST hold (SVC-1)\n\nText.\n\n### B MUST hold (SVC-2)\n\n{scope}\n"
    result = compiled({"a.md": standard(text)}, CONFIG)
    shown = {(fragment.folder, rule.rule.id) for fragment in result.plan.fragments for rule in fragment.always}
    assert shown == {("", "SVC-1"), ("services", "SVC-2"), ("web/api", "SVC-2")}
    assert {path for path in result.files if path.startswith("agents-md/")} == {
        "agents-md/all.md",
        "agents-md/all/services/AGENTS.md",
        "agents-md/all/web/api/AGENTS.md",
    }


def test_a_profile_sees_only_its_skills() -> None:
    config = replace(CONFIG, profiles={"go": Profile(languages=("go",)), "none": Profile()})
    go = standard(
        "### A MUST hold (GO-1)\n\nText.\n", identity="GO", domain="go", extra="applies_to:\n  languages: [go]\n"
    )
    result = compiled({"a.md": go, "b.md": standard("### B MUST hold (SVC-1)\n\nText.\n")}, config)
    skills = {fragment.profile: [line.skill for line in fragment.index] for fragment in result.plan.fragments}
    assert skills == {"go": ["acme-go", "acme-services"], "none": ["acme-services"]}


def test_rules_with_priority_come_first_in_a_block() -> None:
    text = "".join(f"### Rule {n} MUST hold (SVC-{n})\n\nText.\n\n" for n in range(1, 12))
    result = compiled({"a.md": standard(text, extra="priority: [SVC-7]\n")}, replace(CONFIG, priority=("SVC-9",)))
    shown = [rule.rule.id for rule in result.plan.fragments[0].always]
    assert shown[:3] == ["SVC-9", "SVC-7", "SVC-1"]
    assert shown[-1] == "SVC-11"


def test_few_lines_are_kept_to() -> None:
    config = replace(CONFIG, budgets=replace(Budgets(), fragment_lines=40))
    result = compiled(standards(200, per_file=20, domains=2), config)
    assert result.text("agents-md/all.md").count("\n") <= 40


def test_without_named_profiles_there_is_one_for_all_rules() -> None:
    result = compiled({"a.md": standard("### A MUST hold (SVC-1)\n\nText.\n")}, Config(namespace="acme"))
    assert [fragment.profile for fragment in result.plan.fragments] == ["all"]


def test_the_most_specific_rules_come_first() -> None:
    scopes = {
        "ALL-1": "",
        "LANG-1": "languages: python",
        "TECH-1": "technologies: docker",
        "PATH-1": "paths: **/Dockerfile",
        "BOTH-1": "languages: python; paths: **/*.pyi",
    }
    files = {}
    for rule, scope in scopes.items():
        name = rule.partition("-")[0]
        label = f"**Applies to:** {scope}\n\n" if scope else ""
        files[f"{name.lower()}.md"] = standard(f"### {name} MUST hold ({rule})\n\n{label}Text.\n", identity=name)
    config = replace(CONFIG, profiles={}, priority=("ALL-1", "TECH-1"))
    shown = [rule.rule.id for rule in compiled(files, config).plan.fragments[0].always]
    assert shown == ["BOTH-1", "LANG-1", "TECH-1", "PATH-1", "ALL-1"]


def test_rules_of_one_folder_come_before_those_of_a_language() -> None:
    files = {
        "lang.md": standard("### A MUST hold (LANG-1)\n\n**Applies to:** languages: python\n", identity="LANG"),
        "path.md": standard("### B MUST hold (PATH-1)\n\n**Applies to:** paths: services/**\n", identity="PATH"),
    }
    fragments = compiled(files, replace(CONFIG, profiles={})).plan.fragments
    (nested,) = (fragment for fragment in fragments if fragment.folder == "services")
    assert [rule.rule.id for rule in nested.always][:1] == ["PATH-1"]


@pytest.mark.parametrize(("scope", "shown"), [("languages: go", 5), ("technologies: docker", 1)])
def test_a_language_has_five_rules_before_others_have_a_second_one(scope: str, shown: int) -> None:
    def of(name: str, label: str) -> str:
        rules = (f"### Rule {name} {n} MUST hold (R{name}-{n})\n\n{label}Text.\n\n" for n in range(1, 31))
        return standard("".join(rules), identity=f"R{name}")

    files = {"a.md": of("A", f"**Applies to:** {scope}\n\n"), "b.md": of("B", ""), "c.md": of("C", "")}
    config = replace(CONFIG, profiles={}, budgets=replace(Budgets(), fragment_lines=38))
    ids = [rule.rule.id for rule in compiled(files, config).plan.fragments[0].always]
    first_second = min(n for n, id_ in enumerate(ids) if id_ in ("RB-1", "RC-1"))
    assert ids[:first_second] == [f"RA-{n}" for n in range(1, first_second + 1)]
    assert first_second >= shown
    assert {"RB-1", "RC-1"} <= set(ids)


def test_where_few_rules_fit_each_standard_is_represented() -> None:
    many = "".join(
        f"### Go rule {n} MUST hold for every package and every program of the service (GO-{n})\n\nText.\n\n"
        for n in range(1, 90)
    )
    extra = "applies_to:\n  languages: [go]\n"
    files = {
        "go.md": standard(many, identity="GO", extra=extra),
        "sec.md": standard("### Secrets MUST NOT be committed (SEC-1)\n\nText.\n", identity="SEC"),
    }
    fragment = compiled(files, replace(CONFIG, profiles={})).plan.fragments[0]
    shown = [rule.rule.id for rule in fragment.always]
    assert fragment.folded
    assert shown[:3] == ["GO-1", "GO-2", "GO-3"]
    assert shown[-1] == "SEC-1"


def test_the_root_names_nested_files_with_the_rules_that_block_there() -> None:
    text = "### A MUST hold (SVC-1)\n\nText.\n\n### B MUST hold (SVC-2)\n\n**Applies to:** paths: services/**\n"
    result = compiled({"a.md": standard(text)}, CONFIG)
    root = result.text("agents-md/all.md")
    assert "- Before you work in `services`, read `services/AGENTS.md`. Blocking there: SVC-2.\n" in root
    assert "- SVC-2: B MUST hold (`services/**`)\n" in root
    assert root.index("SVC-1: A MUST hold") < root.index("Before you work in `services`") < root.index("### Skills")


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Go rules. Use when writing or reviewing Go code.", "writing or reviewing Go code"),
        ("Use this skill when a review cites an id.", "a review cites an id"),
        ("Rules for people. use whenever Go is written, or tests.", "Go is written, or tests"),
        ("Apply the Go standards.", ""),
    ],
)
def test_the_trigger_is_what_the_description_says_of_when(description: str, expected: str) -> None:
    assert trigger(description) == expected


@pytest.mark.parametrize(
    ("paths", "note"),
    [
        ("a/*", " (`a/*`)"),
        ("a/*, b/*, c/*, d/*", " (`a/*`, `b/*`, `c/*`, `d/*`)"),
        ("a/*, b/*, c/*, d/*, e/*", " (`a/*`, `b/*`, `c/*` and 2 more)"),
        ("**/*", ""),
        ("a/*, **/*", ""),
    ],
)
def test_a_line_names_the_first_files_that_its_rule_is_about(paths: str, note: str) -> None:
    text = f"### A MUST hold (SVC-1)\n\n**Applies to:** paths: {paths}\n"
    result = compiled({"a.md": standard(text)}, CONFIG)
    (placed,) = [rule for skill in result.plan.skills for rule in skill.rules]
    assert always_line(placed) == f"- SVC-1: A MUST hold{note}"


@pytest.mark.parametrize(
    ("languages", "paths", "first"),
    [
        (("rust", "python"), ("src/a.rs",), "RS-1"),
        (("python", "rust"), ("src/a.rs",), "PY-1"),
        (("rust", "python"), (), "PY-1"),
        (("go", "rust", "python"), ("a.go",), "PY-1"),
    ],
)
def test_rules_for_the_main_language_of_a_repository_lead(
    languages: tuple[str, ...], paths: tuple[str, ...], first: str
) -> None:
    profile = Profile(languages=languages, paths=paths)
    files = {
        f"{name}.md": standard(
            f"### A MUST hold ({identity}-1)\n\nText.\n",
            identity=identity,
            domain=name.lower(),
            extra=f"applies_to:\n  languages: [{name.lower()}]\n",
        )
        for identity, name in (("PY", "Python"), ("RS", "Rust"))
    }
    result = compiled(
        {**files, "b.md": standard("### B MUST hold (SVC-1)\n\nText.\n")}, replace(CONFIG, profiles={"a": profile})
    )
    shown = [rule.rule.id for rule in result.plan.fragments[0].always]
    assert shown[0] == first and shown[-1] == "SVC-1"


@pytest.mark.parametrize(
    ("main", "order"),
    [
        (("rust",), ["RS-1", "CI-1", "PY-1", "SVC-1"]),
        (("python",), ["PY-1", "CI-1", "RS-1", "SVC-1"]),
        (("rust", "python"), ["PY-1", "RS-1", "CI-1", "SVC-1"]),
        (("c",), ["CI-1", "PY-1", "RS-1", "SVC-1"]),
        ((), ["PY-1", "RS-1", "CI-1", "SVC-1"]),
    ],
)
def test_rules_for_the_languages_of_a_few_scripts_come_after_those_for_kinds_of_files(
    main: tuple[str, ...], order: list[str]
) -> None:
    scopes = {"PY": "languages: python", "RS": "languages: rust", "CI": "paths: **/Dockerfile", "SVC": ""}
    files = {
        f"{identity}.md": standard(
            f"### A MUST hold ({identity}-1)\n\n" + (f"**Applies to:** {scope}\n\n" if scope else "Text.\n"),
            identity=identity,
            domain=identity.lower(),
        )
        for identity, scope in scopes.items()
    }
    rules = [rule for skill in compiled(files, CONFIG).plan.skills for rule in skill.rules]
    assert [rule.rule.id for rule in always_on(rules, (), main=main)] == order
    assert [rule.rule.id for rule in in_turns(rules, (), main=main)] == order
