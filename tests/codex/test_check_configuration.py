"""`codexc check` of codex.yaml: its names, globs and settings."""

import json
from pathlib import Path

import pytest

from tests.codex.checking import CLEAN, CONFIG, HEAD, RULE, UNREASONED, WRONG, check, findings_of, put, small_codex
from tests.support.running import codexc


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    return small_codex(tmp_path)


def test_a_wrong_codex_yaml_is_a_finding_with_a_place(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + "namespce: acme\nlint:\n  select: CX3\n")
    code, rows = check(codex)
    assert (code, rows[:2]) == (1, [("CX006", "codex.yaml", 4), ("CX007", "codex.yaml", 6)])


def test_a_standard_that_is_excluded_names_the_setting(codex: Path) -> None:
    assert codexc("build", "--out", "../dist", cwd=codex).code == 0
    put(codex / "codex.yaml", CONFIG + "exclude: [services.md]\n")
    assert "remove the file from `exclude`" in codexc("check", cwd=codex).out


NAMED = {
    "lint:\n  ignore: [missing-rational]\n": ("CX007", 5, 12, "did you mean `missing-rationale`?"),
    "lint:\n  select:\n    - CX3\n    - CX99\n": ("CX007", 7, 7, "`codexc explain` lists all lints"),
    "lint:\n  severity: {misisng-owner: info}\n": ("CX007", 5, 14, "did you mean `missing-owner`?"),
    "lint:\n  per_path:\n    '**': [CX303, missing-onwer]\n": ("CX007", 6, 19, "did you mean `missing-owner`?"),
    "dialects:\n  - {use: cannonical, paths: ['services.md']}\n": ("CX007", 5, 11, "did you mean `canonical`?"),
    "dialects:\n  - use: ours.toml\n": ("CX007", 5, 10, "use a TOML file next to codex.yaml"),
    "skills:\n  servces: {title: Services}\n": ("CX041", 5, 3, "did you mean `services`?"),
    "skills:\n  other: {title: Others}\n": ("CX041", 5, 3, "the skills are `services`"),
    "languages: [pyhton, go]\n": ("CX115", 4, 13, "did you mean `python`?"),
    "languages: [all]\n": ("CX115", 4, 13, "list the languages, or leave out `languages`"),
    "technologies: [dokcer]\n": ("CX115", 4, 16, "did you mean `docker`?"),
    "audit:\n  campaigns:\n    - {name: a, rules: [SVC-9], until: 2027-01-01}\n": ("CX042", 6, 25, "use the id of"),
    "sync:\n  windows: [{zone: Europe/Berln}]\n": ("CX041", 5, 20, "did you mean `Europe/Berlin`?"),
    "waves: [{name: a, percent: 5, windows: [{zone: US/Pacfic}]}]\n": ("CX041", 4, 48, "did you mean `US/Pacific`?"),
    "licence: Apache 2\n": ("CX041", 4, 10, "did you mean `Apache-2.0`?"),
    "technologies: [kafka, Foo DB]\n": ("CX115", 4, 23, "write the name as one word, such as `foo-db`"),
}


@pytest.mark.parametrize("text", NAMED)
def test_a_name_in_codex_yaml_that_names_nothing_is_a_finding_with_a_place(codex: Path, text: str) -> None:
    put(codex / "codex.yaml", CONFIG + text)
    code, line, column, help_ = NAMED[text]
    run = codexc("check", "--format", "json", cwd=codex)
    (row,) = (row for row in json.loads(run.out)["diagnostics"] if row["path"] == "codex.yaml")
    assert (row["code"], row["span"]["line"], row["span"]["column"]) == (code, line, column)
    assert row["help"].startswith(help_)


@pytest.mark.parametrize(
    "text",
    [
        "languages: [cobol77, go]\n",
        "technologies: [kafkaesque, redis8]\n",
        "licence: (Apache-2.0 or MIT) AND LicenseRef-acme\n",
        "sync:\n  windows: [{zone: Europe/Berlin}]\n",
        "audit:\n  campaigns:\n    - {name: a, rules: [SVC-1], until: 2027-01-01}\n",
        "budgets: {fragment: 8000, fragment_hard: 8000}\n",
        "budgets: {fragment_hard: 4000}\n",
        "waves:\n  - {name: a, percent: 10}\n  - {name: b, percent: 10, names: [x/*]}\n  - {name: c, percent: 100}\n",
        "audit:\n  levels: [{name: a, compliant: 90, blocking: 0}, {name: b, compliant: 90}, {name: c}]\n",
        'gateway: {url: "https://models.acme.dev/v1", budget: {tokens: 20000}}\n',
    ],
)
def test_settings_that_agree_are_no_findings(codex: Path, text: str) -> None:
    put(codex / "codex.yaml", CONFIG + text)
    assert check(codex) == (0, [])


WITHOUT_EFFECT = {
    "budgets: {fragment: 9000}\n": (4, 21, "`budgets.fragment` (9000) is more than `budgets.fragment_hard` (8192)"),
    "budgets: {description: 900, catalogue: 500}\n": (4, 24, "`budgets.description` (900) is more than"),
    "forge: {kind: local, root: a, limits: {writes_per_minute: 9, writes_per_hour: 8}}\n": (
        4,
        59,
        "`writes_per_minute` (9) is more than `writes_per_hour` (8)",
    ),
    "catalog: {kind: folder, path: a, limits: {writes_per_minute: 9, requests_per_minute: 8}}\n": (
        4,
        62,
        "`writes_per_minute` (9) is more than `requests_per_minute` (8)",
    ),
    "waves:\n  - {name: a, percent: 50}\n  - {name: b, percent: 20}\n": (6, 24, "the wave `b` reaches only"),
    "waves:\n  - {name: a, percent: 50}\n  - {name: a, percent: 60}\n": (6, 12, "two waves have the name `a`"),
    "waves: [{name: a}]\n": (4, 9, "the wave `a` reaches no repository"),
    "audit:\n  levels: [{name: a, compliant: 50}, {name: b, compliant: 80}]\n": (
        5,
        38,
        "no repository gets the level `b`",
    ),
    'gateway: {url: "https://models.acme.dev/v1", budget: {tokens: 1000}}\n': (4, 63, "`gateway.packet` + "),
}


@pytest.mark.parametrize("text", WITHOUT_EFFECT)
def test_a_setting_that_another_one_makes_useless_is_a_warning_at_its_place(codex: Path, text: str) -> None:
    put(codex / "codex.yaml", CONFIG + text)
    run = codexc("check", "--format", "json", cwd=codex)
    (row,) = json.loads(run.out)["diagnostics"]
    line, column, message = WITHOUT_EFFECT[text]
    assert (run.code, row["code"], row["span"]["line"], row["span"]["column"]) == (0, "CX041", line, column)
    assert row["message"].startswith(message)


@pytest.mark.parametrize("name", ["codex.yml", "a/codex.yaml", "Codex.yaml", "codex.local.yaml"])
def test_a_second_configuration_is_reported(codex: Path, name: str) -> None:
    put(codex / name, CONFIG)
    assert check(codex) == (0, [("CX037", name, 1)])


@pytest.mark.parametrize(("name", "text"), [("a/codex.yml", "on: push\n"), ("codex.example.yaml", CONFIG)])
def test_other_files_with_such_names_are_no_configurations(codex: Path, name: str, text: str) -> None:
    put(codex / name, text)
    assert check(codex) == (0, [])


def test_an_excluded_configuration_is_not_reported(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + "exclude: [examples/**]\n")
    put(codex / "examples" / "codex.yaml", CONFIG)
    assert check(codex) == (0, [])


@pytest.mark.parametrize("name", ["codex.yml", "Codex.yaml", "standards/codex.yml"])
def test_a_configuration_with_another_name_is_named(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, CONFIG)
    assert f"rename `{tmp_path / name}` to `codex.yaml`" in codexc("check", cwd=tmp_path).err


@pytest.mark.parametrize(
    ("skill", "reported"), [("servcies", True), ("service", False), ("services2", False), ("web", False)]
)
def test_a_skill_that_is_written_almost_like_another_is_reported(codex: Path, skill: str, reported: bool) -> None:
    put(codex / "c.md", CLEAN.format(id="C").replace("status:", f"skill: {skill}\nstatus:"))
    _, rows = check(codex)
    assert (("CX041", "c.md") in [row[:2] for row in rows]) is reported


@pytest.mark.parametrize(("skill", "reported"), [("api-http", True), ("httpapi", True), ("http-apis2", False)])
def test_a_skill_with_the_words_of_another_is_reported(codex: Path, skill: str, reported: bool) -> None:
    for name, own in (("C", "http-api"), ("D", "http-api"), ("E", skill)):
        put(codex / f"{name}.md", CLEAN.format(id=name).replace("status:", f"skill: {own}\nstatus:"))
    _, rows = check(codex)
    assert (("CX041", "E.md") in [row[:2] for row in rows]) is reported


def test_a_wrong_codex_yaml_makes_no_standard_wrong(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + "namespce: acme\n")
    assert check(codex) == (1, [("CX006", "codex.yaml", 4)])


def test_severities_come_from_codex_yaml_the_closest_name_first(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + "lint:\n  severity: {CX303: error, CX3: off, rule-without-id: info}\n")
    put(codex / "services.md", (WRONG + "\n" + UNREASONED.replace("{n}", "3")).format(id="SVC"))
    run = codexc("check", "--format", "json", cwd=codex)
    rows = [(row["code"], row["severity"]) for row in json.loads(run.out)["diagnostics"]]
    assert (run.code, rows) == (1, [("CX101", "info"), ("CX303", "error")])


def test_lints_are_off_where_codex_yaml_ignores_them(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + 'lint:\n  per_path:\n    "legacy/**": [CX1]\n')
    put(codex / "legacy" / "old.md", WRONG.format(id="OLD"))
    put(codex / "fresh" / "new.md", WRONG.format(id="NEW"))
    assert check(codex) == (1, [("CX101", "fresh/new.md", 16)])


def test_invalid_globs_of_codex_yaml_are_findings_with_their_place(codex: Path) -> None:
    more = (
        'exclude: ["drafts/{a,b", "**.tmp"]\n'
        "lint:\n  per_path:\n"
        '    "legacy/[": [CX1]\n'
        'waves:\n  - {name: pilots, names: ["payments/[z-a]"]}\n'
        'catalog: {kind: folder, path: fleet, select: {names: ["a//b"], exclude: ["{1..3}"]}}\n'
        'dialects:\n  - {use: canonical, paths: ["../x"]}\n'
        'profiles:\n  api: {paths: ["a\\\\"]}\n'
    )
    put(codex / "codex.yaml", CONFIG + more)
    code, rows = check(codex)
    assert code == 1
    globs = [("CX021", "codex.yaml", line) for line in (4, 4, 7, 9, 10, 10, 12, 14)]
    assert sorted(rows) == sorted([*globs, ("CX060", "codex.yaml", 12)])


def test_invalid_globs_of_a_standard_are_findings_with_their_place(codex: Path) -> None:
    head = HEAD.format(id="SVC").replace("status:", 'applies_to: {paths: ["src/[ab"]}\nstatus:')
    put(codex / "services.md", f"{head}{RULE.format(id='SVC')}\n**Applies to:** paths: **/*.{{ts,tsx}}, a//b\n")
    assert check(codex) == (1, [("CX021", "services.md", 5), ("CX021", "services.md", 17)])


def test_globs_that_match_no_file_of_the_codex_are_reported(codex: Path) -> None:
    own = 'description = "ours"\n[files]\ninclude = ["**/*.md"]\nexclude = ["**/gone-*.md", \'old/**\']\n[[rule]]\nat = "heading"\n'
    put(codex / "ours.toml", own)
    more = 'exclude:\n  - "legacy/**"\n  - "drafts/**"\ndialects:\n  - use: ours.toml\n    paths: ["guides/**"]\n'
    put(codex / "codex.yaml", CONFIG + more)
    put(codex / "legacy" / "old.md", "text")
    globs = [("CX022", "codex.yaml", line) for line in (6, 9)] + [("CX022", "ours.toml", 4)] * 2
    code, rows = check(codex)
    assert (code, [row for row in rows if row[0] == "CX022"]) == (1, globs)
    assert {row[0] for row in rows} == {"CX022", "CX060"}


@pytest.mark.parametrize("globs", ['"**/*.md"', '"*.md", "**/*.md"', '"**"'])
def test_an_exclude_that_leaves_no_standard_is_reported(codex: Path, globs: str) -> None:
    put(codex / "codex.yaml", f"{CONFIG}exclude: [{globs}]\n")
    assert ("CX022", "codex.yaml", 4) in check(codex)[1]


def test_an_exclude_with_many_stars_and_a_deep_file_is_matched(codex: Path) -> None:
    """A matcher that backtracks needs more steps here than a test can wait for."""
    put(codex / "codex.yaml", CONFIG + f'exclude: ["{"**/a/" * 25}x.md"]\n')
    put(codex / "/".join("a" * 60) / "y.txt", "text")
    assert check(codex) == (0, [("CX022", "codex.yaml", 4)])


@pytest.mark.parametrize(
    ("glob", "reported"),
    [
        ("legacy/**", True),
        ("**/legacy/*.md", True),
        ("servces.md", True),
        ("services.md", False),
        ("**/*.md", False),
        ("skills/acme-services/**", False),
        ("**/SKILL.md", False),
        ("**/references/*.md", False),
        ("a[", False),
    ],
)
def test_a_lint_path_that_matches_no_file_is_reported_at_its_line(codex: Path, glob: str, reported: bool) -> None:
    put(codex / "codex.yaml", f'{CONFIG}lint:\n  per_path:\n    "{glob}": [CX303]\n')
    found = findings_of(codexc("check", "--root", codex, "--format", "json"))
    assert [row for row in found if row[0] == "CX141"] == ([("CX141", "codex.yaml", 6)] if reported else [])


FOLDED = {
    "a value that is not closed": (CONFIG.replace("acme", '"acme'), "CX004", 1),
    "an owner without quotes": (CONFIG.replace('"@a"', "@a"), "CX004", 3),
    "an unknown key": (CONFIG.replace("domains:", "domians:"), "CX006", 2),
    "a list of domains": (CONFIG.replace("  services:", "  - services:"), "CX007", 3),
    "an owner that is a number": (CONFIG.replace('"@a"', "5"), "CX007", 3),
}


@pytest.mark.parametrize("text", [text for text, _, _ in FOLDED.values()], ids=FOLDED)
def test_standards_without_an_owner_follow_from_a_fault_in_codex_yaml(codex: Path, text: str) -> None:
    put(codex / "more.md", CLEAN.format(id="MORE"))
    put(codex / "codex.yaml", text)
    (row,) = json.loads(codexc("check", "--format", "json", cwd=codex).out)["diagnostics"]
    assert (text, row["code"], row["span"]["line"]) in FOLDED.values()
    assert [one["message"] for one in row["consequences"]] == ["`MORE` has no owner", "`SVC` has no owner"]


def test_a_consequence_in_another_file_has_its_place_and_many_are_counted(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG.replace("domains:", "domians:"))
    assert "note: because of this, services.md:4: `SVC` has no owner\n" in codexc("check", cwd=codex).out
    for number in range(12):
        put(codex / f"more-{number}.md", CLEAN.format(id=f"M{number}"))
    text = codexc("check", cwd=codex).out
    assert text.count("has no owner") == 10
    assert "note: because of this, 3 more findings\n" in text


def test_a_missing_owner_does_not_follow_from_another_fault_in_codex_yaml(codex: Path) -> None:
    put(codex / "codex.yaml", 'namespace: Acme!\ndomains:\n  services: {title: Services}\nowner: "@a"\n')
    assert ("CX105", "services.md", 4) in check(codex)[1]


@pytest.mark.parametrize("key", ["dialect", "dialects: [x]\nmore"])
def test_a_file_of_another_dialect_follows_from_a_fault_in_dialects(codex: Path, key: str) -> None:
    put(codex / "guides" / "a.md", "# A\n\n- Services MUST log\n")
    put(codex / "codex.yaml", f"{CONFIG}{key}:\n  - use: agents-md\n    paths: ['guides/**']\n")
    rows = json.loads(codexc("check", "--format", "json", cwd=codex).out)["diagnostics"]
    assert {row["path"] for row in rows} == {"codex.yaml"}
    codes = [one["code"] for row in rows for one in row["consequences"]]
    assert sorted(codes) == ["CX018", "CX101"]


def test_a_technology_follows_from_a_fault_in_the_list_of_technologies(codex: Path) -> None:
    scope = "status: enforced\napplies_to: {technologies: [frobnicator]}"
    put(codex / "services.md", CLEAN.format(id="SVC").replace("status: enforced", scope))
    put(codex / "codex.yaml", f"{CONFIG}technolgies: [frobnicator]\n")
    (row,) = json.loads(codexc("check", "--format", "json", cwd=codex).out)["diagnostics"]
    assert (row["code"], [one["code"] for one in row["consequences"]]) == ("CX006", ["CX115"])
