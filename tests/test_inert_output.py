"""No template and no code that writes for others shows foreign text but through `inert`: read off their syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import jinja2
import pytest
from jinja2 import nodes

from skills_build.emit.render import FILTERS

ROOT: Final = Path(__file__).parent.parent
TEMPLATES: Final = sorted((ROOT / "templates").rglob("*.j2"))

FINISHED: Final = {
    # lines that code wrote through `inert` (facts_of, always_line, index_line), or whole pages of our own
    "repository/block.md.j2": {"line", "title"},
    "agents-md/fragment.md.j2": {"line", "places", "folded", "repository"},
    "agents-md/nested.md.j2": {"line", "places", "folded", "repository"},
    "skills/SKILL.md.j2": {"line"},
    "skills/short.md.j2": {"title", "line"},
    "skills/reference.md.j2": {"line", "body"},
    "skills/index.md.j2": {"skill.for_people|join(', ')"},
    "people/page.md.j2": {"line", "body"},
    "copilot/instructions.md.j2": {"line"},
    "cursor/rule.mdc.j2": {"line"},
    "fleet/status.html.j2": {
        "bar(one.percent)",
        "bar(percent)",
        "shares('Wave', waves)",
        "shares('Owner', Getitem)",  # macros of the template
        "count",
        "curve.width",
        "curve.height",
        "curve.line",
        "curve.area",
        "digest",
        "script",  # numbers, and our script
    },
}
"""By template, what is safe already when it gets there."""
STANDARD: Final = {
    # text of the standards themselves, which the compiler has read, checked and freed of HTML and hidden characters
    "codex.title", "example", "finder", "fragment.finder", "skill.title", "skill.overview", "skill.owner", "skill.name",
    "route.topic", "route.path", "route.name", "check.id", "check.text", "reference.title", "reference.read_when", "rules",
}  # fmt: skip
"""What authors of the codex wrote, in files of the codex."""
SCAFFOLD: Final = {
    # what the person who runs `codexc init` or `new` typed, checked by the command
    "schema", "id", "yaml.title", "yaml.owner", "title", "domain", "status", "today", "namespace", "source_url",
    "owner", "clients", "source", "yaml.source", "branch", "yaml.branch", "sigstore",
}  # fmt: skip
PAGE: Final = {
    "loop.index",
    "'%.1f'|format(cell.share)",
    "'{:,}'.format(table.more)",
    "highlights|length",
    "skill.rules|length",
}


def _name(node: nodes.Node) -> str:
    """An expression as it is written, near enough to be listed."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{_name(node.node)}.{node.attr}"
        case nodes.Const():
            return repr(node.value)
        case nodes.Filter():
            inner = _name(node.node) if node.node else ""
            arguments = f"({', '.join(_name(arg) for arg in node.args)})" if node.args else ""
            return f"{inner}|{node.name}{arguments}"
        case nodes.Call():
            return f"{_name(node.node)}({', '.join(_name(arg) for arg in node.args)})"
        case _:
            return type(node).__name__


def _outputs(path: Path) -> Iterator[nodes.Expr]:
    tree = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
    for output in tree.find_all(nodes.Output):
        yield from (node for node in output.nodes if not isinstance(node, nodes.TemplateData))


def _loose(path: Path) -> list[str]:
    name = path.relative_to(ROOT / "templates").as_posix()
    trusted = FINISHED.get(name, set()) | STANDARD | PAGE | (SCAFFOLD if name.startswith("scaffold/") else set())
    return [
        _name(output)
        for output in _outputs(path)
        if not (isinstance(output, nodes.Filter) and output.name in FILTERS) and _name(output) not in trusted
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_show_foreign_text_through_a_filter(path: Path) -> None:
    assert _loose(path) == []


def test_a_template_that_shows_it_raw_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "templates" / "repository" / "block.md.j2"
    path.parent.mkdir(parents=True)
    path.write_text("{{ one.reason }} {{ one.owner | text }} {{ one.rule | upper }}")
    monkeypatch.setattr("tests.test_inert_output.ROOT", tmp_path)
    assert _loose(path) == ["one.reason", "one.rule|upper"]


WRITERS: Final = (
    "codex/sync/request_text.py", "codex/sync/facts.py", "codex/sync/decision_table.py", "codex/sync/comparison.py", "codex/sync/desired.py",
    "codex/report/fleet.py", "codex/report/changes.py", "codex/report/page.py", "codex/rollout/close.py",
)  # fmt: skip
"""The modules that write for merge requests, blocks and reports."""


def _in_backticks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each value that an f-string puts between backticks of its own: a code span that it could leave."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        before = ""
        for value in node.values:
            if (
                isinstance(value, ast.FormattedValue)
                and before.endswith("`")
                and not isinstance(value.value, ast.Constant)
            ):
                yield value.lineno, ast.unparse(value.value)
            before = str(value.value) if isinstance(value, ast.Constant) else ""


OURS: Final = {"SETTINGS", "SCHEMA"}
"""Names of files of our own."""


@pytest.mark.parametrize("path", WRITERS)
def test_no_value_is_put_between_backticks_by_hand(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    known = {
        "codex/sync/desired.py": {"target", "name", "path", "artifact.path"}
    }  # an error for the terminal; the start of a line to compare with
    assert [text for _, text in _in_backticks(tree) if text not in OURS | known.get(path, set())] == []


FOREIGN: Final = {
    "path", "why", "owner", "reason", "title", "evidence", "line", "folder", "system", "subject", "name", "origin", "tree",
    "hold", "retry", "takeover", "branch", "target", "depends_on", "expires", "rule",
}  # fmt: skip
"""Fields that hold text of others."""


def _unsafe_fields(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each foreign field that an f-string of a request or block shows as it is."""
    for node in ast.walk(tree):
        shown = node.value if isinstance(node, ast.FormattedValue) else None
        if isinstance(shown, ast.Attribute) and shown.attr in FOREIGN:
            yield shown.lineno, ast.unparse(shown)


@pytest.mark.parametrize("path", ["codex/sync/request_text.py", "codex/sync/facts.py"])
def test_requests_and_facts_show_no_foreign_field_as_it_is(path: str) -> None:
    found = {text for _, text in _unsafe_fields(ast.parse((ROOT / path).read_text(encoding="utf-8")))}
    raw = {"news.title", "package.folder"}  # a title is made safe as a whole, a folder is only compared
    assert found <= raw, found - raw


def test_the_command_line_prints_through_one_door() -> None:
    """Every `click.echo` prints JSON, a report that is safe by itself, or text through `terminal`."""
    loose = []
    for path in sorted((ROOT / "codex" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.echo" and not _is_safe(node.args[0]):
                loose.append(f"{path.name}: {ast.unparse(node.args[0])}")
    assert loose == []


SAFE_CALLS: Final = {
    "json_text", "text", "terminal", "terminal_line", "commandless_page", "on_one_line", "text.render", "as_text", "changes.as_text", "click.style", "_color",
    "self._so_far", "self._left", "type", "schemas[name].read_text", "printable_line", "profile_as_text",
    "completion(cli, {}, 'codexc', '_CODEXC_COMPLETE').source",
    "'\\n'.join", "len",
}  # fmt: skip
SAFE_NAMES: Final = {
    "mark",
    "check.name",
    "message",
    "where",
    "line",
    "help_",
    "report",
    "text",
    "listed",
    "page",
    "file.name",
    "one.name",
}
"""Values that were made by one of these calls a few lines above, or are names of our own."""


def _is_safe(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Call():
            return ast.unparse(node.func) in SAFE_CALLS
        case ast.JoinedStr():
            return all(_is_safe(value) for value in node.values)
        case ast.FormattedValue():
            return _is_safe(node.value)
        case ast.IfExp():
            return _is_safe(node.body) and _is_safe(node.orelse)
        case ast.Subscript():
            return _is_safe(node.value)
        case ast.Name() | ast.Attribute():
            return ast.unparse(node) in SAFE_NAMES or ast.unparse(node) == "type(error).__name__"
        case _:
            return False
