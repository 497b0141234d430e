"""A `check` block is read where it is, never reaches a reader, and all that is wrong with it has its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.workflow.codex_folder import named_dialect, schema
from skills_build.checks.read import _EXAMPLES, check_of, check_rows, read_checks
from skills_build.diagnostics import Finding
from skills_build.model.config import Config, Domain
from skills_build.model.plain import plain
from skills_build.model.standard import Rule
from skills_build.source.parse import parse_standard

FRONT = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\n---\n\n# Services\n\n## Rules\n\n"


def parsed(body: str) -> Rule:
    from pathlib import Path

    config = Config(namespace="eng", domains={"services": Domain(title="Services")})
    text = f"{FRONT}### Services MUST answer (SVC-1)\n\n{body}"
    dialect = named_dialect("canonical", Path())
    document = parse_standard("a.md", text.encode(), dialect, config, schema=schema("front-matter")).document
    assert document is not None
    return document.standard.rules[0]


def findings(block: str) -> tuple[Finding, ...]:
    return read_checks(parsed(f"**Check:**\n\n```yaml check\n{block}\n```\n"), schema("check"), "a.md").findings


@pytest.mark.parametrize(
    "block",
    [
        "linter: ruff\nrules: [B006, B008]",
        "ast-grep: {language: rust, rule: {pattern: $E.unwrap()}, not-inside: tests}\nfiles: ['**/*.rs']\nignore: [build.rs]",
        "file: {exists: [uv.lock, poetry.lock, pdm.lock]}",
        "config: {file: pyproject.toml, at: tool.ruff.lint.select, contains: DTZ}",
        "regex: {match: '^FROM \\S+', unless: '^FROM (scratch|\\S+@sha256:[0-9a-f]{64})', files: ['**/Dockerfile*']}",
        "forge: {setting: default_branch.protected, equals: true}",
        "commit: {message: '^(feat|fix)'}",
        "diff: {with: ['tests/**'], when: '^fix'}\nfiles: ['src/**']",
        "judgement: true",
        "judgement: Is the object checked?\nrollout: block from 2027-01-01",
    ],
)
def test_each_kind_is_read_and_written_and_read_again(block: str) -> None:
    rule = parsed(f"**Check:**\n\n```yaml check\n{block}\n```\n")
    reading = read_checks(rule, schema("check"), "a.md")
    assert reading.findings == ()
    (check,) = reading.checks
    (row,) = check_rows(rule, "a.md")
    written = plain(row)
    assert check_of("SVC-1", 1, written) == check
    assert written["kind"] in block and written["digest"] == check.digest


@pytest.mark.parametrize(
    ("block", "line", "column", "words"),
    [
        ("regex: {match: 'a(?!b)'}", 17, 16, "invalid perl operator"),
        ("regex: {match: 'a', unles: b}", 17, 21, "unknown key `unles`"),
        ("regex: {match: 'x*'}", 17, 16, "matches an empty line"),
        ("regexp: {match: a}", 17, 1, "unknown key `regexp`"),
        ("files: [a.py]", 17, 1, "the check has no kind"),
        ("judgement: true\nlinter: ruff\nrules: [B006]", 17, 1, "the check has two kinds"),
        ("judgement: false", 17, 12, "`judgement` must be `true` or a question"),
        ("judgement:", 17, 11, "`judgement` must be `true` or a question"),
        ("- judgement: true", 16, 1, "write a check as a YAML mapping"),
        ("linter: ruff", 17, 9, "`rules` is missing"),
        ("rules: [B006]\njudgement: true", 17, 1, "`rules` requires `linter`"),
        ("ast-grep: {language: pyton, rule: {pattern: a}}", 17, 22, "does not support the language `pyton`"),
        ("ast-grep: {language: python, rule: {patern: a}}", 17, 37, "unknown key `patern`"),
        ("ast-grep: {language: python, rule: {kind: nothing}}", 17, 36, "ast-grep rejects the rule"),
        ("config: {file: a.toml, at: tool}", 17, 9, "does not restrict"),
        ("config: {file: 'a[', at: tool, exists: true}", 17, 16, "is invalid"),
        ("file: {name: '[a-z]+'}", 17, 14, "requires `files`"),
        ("commit: {}", 17, 9, "does not require anything"),
        ("diff: {}", 17, 7, "does not require anything"),
        ("regex: {match: a}\nrollout: block from tomorrow", 18, 10, "rollout"),
        ("judgement: true\nrollout: block from 2027-13-01", 18, 10, "`2027-13-01` is not a valid date"),
        ("judgement: true\nrollout: comment from 2027-02-30", 18, 10, "`2027-02-30` is not a valid date"),
        ("judgement: true\nrollout: blocking", 18, 10, "is not `monitor`, `comment` or `block`"),
        ("linter: Ruff\nrules: [B006]", 17, 9, "is not the lower-case name of a linter"),
        ("commit: {trailer: 'Signed-off-by:'}", 17, 19, "is not a trailer name without a colon"),
        ("config: {file: a.toml, at: a..b, exists: true}", 17, 28, "is not keys separated by dots"),
        ("forge: {setting: default_branch.protcted, equals: true}", 17, 18, "unknown setting"),
        ("forge: {setting: squash, equals: true}", 17, 18, "unknown setting `squash`"),
        ("regex: [", 17, 8, "invalid YAML"),
        ("regex: &a {match: a}", 17, 8, "anchors"),
    ],
)
def test_what_is_wrong_with_a_block_has_its_line_and_column(block: str, line: int, column: int, words: str) -> None:
    found = findings(block)
    assert found and words in found[0].message
    assert (found[0].span.line, found[0].span.column) == (line, column)
    assert {finding.code for finding in found} == {"CX801"}


@pytest.mark.parametrize(
    ("at", "dotted"),
    [
        ("jobs[0].name", "jobs.0.name"),
        ("jobs[*].permissions", "jobs.*.permissions"),
        ("$.jobs", "jobs"),
        ("$", "*"),
        ("$.jobs[0]['runs-on']", "jobs.0.runs-on"),
        ('jobs["build"].steps', "jobs.build.steps"),
        ("/jobs/0/name", "jobs.0.name"),
    ],
)
def test_keys_in_another_notation_are_shown_in_the_dotted_form(at: str, dotted: str) -> None:
    quoted = at.replace("'", "''")
    (finding,) = findings(f"config: {{file: a.yaml, at: '{quoted}', exists: true}}")
    assert (finding.message, finding.help) == (f"`{at}` is not a dotted path", f"write `{dotted}`")
    assert findings(f"config: {{file: a.yaml, at: '{dotted}', exists: true}}") == ()


@pytest.mark.parametrize("at", ["$defs.a", "$schema", "*-md.indent", "[*-{py,md}].tab", "a[b].c", "jobs.*", "a.$ref"])
def test_a_key_with_signs_of_its_own_is_kept(at: str) -> None:
    assert findings(f"config: {{file: a.json, at: '{at}', exists: true}}") == ()


@pytest.mark.parametrize(
    "file", ["README.md", "pom.xml", "**/pom.xml", "*.xml", "docs/**/*.md", "Dockerfile", "build.gradle.kts"]
)
def test_a_configuration_file_that_no_reader_reads_is_reported(file: str) -> None:
    (finding,) = findings(f"config: {{file: '{file}', at: a, exists: true}}")
    assert finding.message.startswith(f"codexc cannot read files that match `{file}`")
    assert finding.help == "match TOML, JSON, YAML or INI files, or write a `regex` check"


@pytest.mark.parametrize(
    "file",
    ["pyproject.toml", "**/Package.JSON", "*rc", ".eslintrc*", "**", "*.y?ml", "*.{yml,yaml}", "Pipfile", "setup.cfg",
     ".editorconfig", "uv.lock", "**/.clang-*", ".clang-format", "a/*", "[ab].md"],
)  # fmt: skip
def test_a_glob_that_may_match_a_readable_file_is_kept(file: str) -> None:
    assert findings(f"config: {{file: '{file}', at: a, exists: true}}") == ()


def test_a_missing_key_comes_with_an_example() -> None:
    whole = json.loads(schema("check"))
    types = {kind: value["$ref"].rpartition("/")[2] for kind, value in whole["properties"].items() if "$ref" in value}
    required = {f"{kind}.{key}" for kind, name in types.items() for key in whole["$defs"][name].get("required", ())}
    assert required == set(_EXAMPLES)
    for name, example in _EXAMPLES.items():
        kind, _, key = name.partition(".")
        missing = next(one for one in findings(f"{kind}: {{}}") if one.message == f"`{name}` is missing")
        assert missing.help == f"add the key, such as `{example}`"
        others = [text for other, text in _EXAMPLES.items() if other.startswith(f"{kind}.")]
        value = ["exists: true"] if kind in ("config", "forge") else []
        block = "\n  ".join((f"{kind}:", *others, *value))
        assert example.startswith(f"{key}: ") and findings(block) == ()


@pytest.mark.parametrize(
    ("block", "cured"),
    [
        ('regex: {match: "eval\\("}', 'regex: {match: "eval\\\\("}'),
        ('regex: {match: a, unless: "eval\\("}', 'regex: {match: a, unless: "eval\\\\("}'),
        ("regex: {match: eval: x}", 'regex: {match: "eval: x"}'),
        ("regex: {match: eval: x, unless: b}", 'regex: {match: "eval: x", unless: b}'),
        ("file: {absent: [**/*.env]}", 'file: {absent: ["**/*.env"]}'),
    ],
)
def test_a_mapping_in_braces_that_is_invalid_yaml_is_cured_and_stays_a_mapping(block: str, cured: str) -> None:
    (finding,) = findings(block)
    assert finding.fix is not None and f"{block.partition(' ')[0]} {finding.fix.edits[0].text}" == cured
    assert findings(cured) == ()


def test_columns_count_the_indentation_of_a_list_item() -> None:
    body = "- Part MUST hold (SVC-2)\n\n  **Check:**\n\n  ```yaml check\n  regex:\n    match: 'a('\n  ```\n"
    from pathlib import Path

    config = Config(namespace="eng", domains={"services": Domain(title="Services")})
    dialect = named_dialect("canonical", Path())
    document = parse_standard("a.md", (FRONT + body).encode(), dialect, config, schema=schema("front-matter")).document
    assert document is not None
    (finding,) = read_checks(document.standard.rules[0], schema("check"), "a.md").findings
    assert (finding.span.line, finding.span.column) == (18, 12)


def test_a_block_below_another_label_is_reported_and_still_read() -> None:
    rule = parsed("**Why:** a.\n\n**Good:**\n\n```yaml check\njudgement: true\n```\n")
    reading = read_checks(rule, schema("check"), "a.md")
    assert [finding.message for finding in reading.findings] == ["a `check` block is below `Good`"]
    assert len(reading.checks) == 1 and rule.examples == ()


def test_the_words_of_a_block_are_in_no_part_of_the_rule() -> None:
    rule = parsed(
        "**Check:** Ask ruff.\n\n```yaml check\nlinter: ruff\nrules: [S113]\n```\n\n**Bad:**\n\n```python\na\n```\n"
    )
    assert rule.label("check") == "Ask ruff."
    assert "linter" not in rule.body and "S113" not in rule.body


def test_a_label_with_nothing_but_a_block_is_no_label() -> None:
    rule = parsed("**Why:** a.\n\n**Check:**\n\n```yaml check\njudgement: true\n```\n")
    assert rule.label("check") is None and "Check" not in rule.body


def test_an_ordinary_yaml_block_is_text() -> None:
    rule = parsed("**Check:** as follows.\n\n```yaml\ncheck: true\n```\n")
    assert rule.checks == () and "check: true" in (rule.label("check") or "")


_SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8)
_VALUES = st.recursive(
    _SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    [
        "linter",
        "rules",
        "ast-grep",
        "regex",
        "file",
        "config",
        "forge",
        "commit",
        "diff",
        "judgement",
        "files",
        "rollout",
    ]
)


@given(data=st.dictionaries(_KEYS, _VALUES, max_size=3))
def test_no_value_is_a_traceback(data: dict[str, object]) -> None:
    import json

    text = json.dumps(data, ensure_ascii=False)
    rule = parsed(f"**Check:**\n\n```yaml check\n{text}\n```\n")
    reading = read_checks(rule, schema("check"), "a.md")
    assert bool(reading.checks) is not bool(reading.findings) or not rule.checks
    check_rows(rule, "a.md")
