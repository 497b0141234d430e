"""Lint pages as tests: parses a page, runs its examples through the real pipeline, renders the findings of one lint."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from codex.report.text import render
from codex.resources import data_root, templates
from codex.shell.tree import read_tree
from codex.workflow.codex_folder import limits, named_dialect, schema
from codex.workflow.unread_files import unread_files, unread_texts
from skills_build.compile.coverage import coverage
from skills_build.compile.plan import make_plan
from skills_build.diagnostics import Diagnostic, Finding
from skills_build.emit.emit import emit
from skills_build.globs import matches
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.base import Context
from skills_build.lint.run import check_codex, check_document, check_output
from skills_build.model.bundle import Artifact, Output, PlacedRule, Plan, Skill
from skills_build.model.codex import Codex, LockedId
from skills_build.model.config import Config
from skills_build.model.standard import Scope, Standard, Status
from skills_build.source.configuration import load_config, unmatched_globs
from skills_build.source.dialect import load_dialect
from skills_build.source.dialect_faults import unread_dialect
from skills_build.source.idlock import load_id_lock
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve
from skills_build.source.text import excerpt

AS_OF = "2026-11-23"
BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """The files of one example: standards and configuration by path, output files by path, skills and files by count."""

    files: Mapping[str, bytes]
    artifacts: Mapping[str, bytes]
    links: Mapping[str, str]
    skills: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class Page:
    """The page of a lint: its title and facts, its example, the expected text, and the corrected example."""

    path: Path
    title: str
    facts: str
    example: Sample
    expected: str
    right: Sample
    fixed: Sample | None


def page(path: Path) -> Page:
    """Parse a page."""
    text = path.read_text(encoding="utf-8")
    parts = dict(zip(re.findall(r"^## (.*)$", _outside(text), re.MULTILINE), _sections(text), strict=True))
    expected = next((m["text"] for m in BLOCK.finditer(parts["Example"]) if m["info"] == "text"), "")
    fixed = parts.get("After the fix")
    return Page(
        path=path,
        title=text.split("\n")[0].removeprefix("# "),
        facts=text.split("\n")[2],
        example=_sample(parts["Example"]),
        expected=expected,
        right=_sample(parts["Write instead"]),
        fixed=_sample(fixed) if fixed else None,
    )


def _outside(text: str) -> str:
    return BLOCK.sub("", text)


def _sections(text: str) -> list[str]:
    """Return the text under each `##` heading outside fences."""
    hidden = BLOCK.sub(lambda m: m[0].replace("\n## ", "\n\0# "), text)
    return [part.replace("\0# ", "## ") for part in re.split(r"^## .*$", hidden, flags=re.MULTILINE)[1:]]


def _sample(text: str) -> Sample:
    files: dict[str, bytes] = {}
    artifacts: dict[str, bytes] = {}
    links: dict[str, str] = {}
    skills: list[dict[str, object]] = []
    for match in BLOCK.finditer(text):
        words = match["info"].split()
        options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        content = match["text"]
        if words[:1] == ["escaped"]:
            content = content.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")
        content *= int(options.get("times", 1))
        if "file" in options:
            data = content.encode("latin-1" if "bytes" in words else "utf-16" if "utf-16" in words else "utf-8")
            files[options["file"]] = data
        elif "artifact" in options:
            count = int(options.get("count", 1))
            artifacts |= {options["artifact"].replace("{n}", str(n)): content.encode() for n in range(count)}
        elif "link" in options:
            links[options["link"]] = content.strip()
        elif words[:2] == ["json", "skills"]:
            skills = json.loads(content)
    return Sample(files=files, artifacts=artifacts, links=links, skills=tuple(skills))


def rendered_findings(sample: Sample, code: str) -> str:
    """Return the findings of one lint in a sample, as a terminal shows them."""
    findings, standards, config = lint_sample(sample)
    diagnostics = to_diagnostics(findings, config.lint, standards)
    chosen: list[Diagnostic] = [d for d in diagnostics if d.code == code]
    sources = {p: excerpt(d).replace("\r\n", "\n") for p, d in sample.files.items()}
    return render(chosen, sources)


def lint_sample(sample: Sample) -> tuple[list[Finding], tuple[Standard, ...], Config]:
    """Run every stage on a sample; return the findings, the standards and the configuration."""
    config = Config()
    findings: list[Finding] = []
    if "codex.yaml" in sample.files:
        text = sample.files["codex.yaml"].decode()
        config, _, wrong = load_config(text, path="codex.yaml", schema=schema("codex"))
        findings += [*wrong, *unmatched_globs(text, sample.files, path="codex.yaml")]
    locked: tuple[LockedId, ...] = ()
    if "codex.ids.lock" in sample.files:
        locked, wrong = load_id_lock(
            sample.files["codex.ids.lock"].decode(), path="codex.ids.lock", schema=schema("ids-lock")
        )
        findings += wrong
    context = Context(config=config, as_of=AS_OF, limits=limits(), check_schema=schema("check"))
    own = sample.files.get("dialect.toml")
    by = load_dialect(own.decode(), name="own", schema=schema("dialect")) if own else named_dialect("canonical", Path())
    standards = []
    for path, data in sorted(sample.files.items()):
        if not path.endswith(".md") or not (own is None or matches(path, by.files.include)):
            continue
        reading = parse_standard(path, data, by, config, schema=schema("front-matter"))
        findings += reading.findings
        if reading.document:
            findings += check_document(reading.document, context)
            standards.append(reading.document.standard)
    unread = unread_dialect(by, "dialect.toml", standards, total=len(sample.files)) if own else None
    findings += (unread,) if unread else ()
    findings += unread_files(
        dict(unread_texts(sample.files, lambda path: path.endswith(".md"), lambda path: sample.files[path]))
    )
    texts = {path: excerpt(data) for path, data in sample.files.items() if path.endswith(".md")}
    codex = resolve(standards, locked=locked, files=frozenset(sample.files), texts=texts)
    findings += check_codex(codex, context)
    findings += check_output(_output(sample, codex, config), context)
    plan = _planned(sample, codex, config)
    findings += [*_unreadable(sample), *plan.findings]
    if not sample.artifacts and not sample.skills:
        findings += coverage(codex, plan.pages, AS_OF).findings
    return findings, codex.standards, config


def _unreadable(sample: Sample) -> tuple[Finding, ...]:
    """Return the findings of reading a real folder with the symbolic links of the sample."""
    if not sample.links:
        return ()
    with TemporaryDirectory() as folder:
        for name, goal in sample.links.items():
            (Path(folder) / name).symlink_to(goal)
        return read_tree(Path(folder), lambda path: path.endswith(".md"), limit=1000).findings


def _planned(sample: Sample, codex: Codex, config: Config) -> Plan:
    if sample.artifacts or sample.skills:
        return Plan(skills=(), fragments=())
    return make_plan(codex, config, as_of=AS_OF, limits=limits())


def _output(sample: Sample, codex: Codex, config: Config) -> Output:
    """Return the output of a sample: its own artifacts, otherwise what the compiler builds from its standards."""
    if sample.artifacts or sample.skills:
        artifacts = tuple(Artifact(path=p, data=d) for p, d in sorted(sample.artifacts.items()))
        skills = tuple(_skill(skill, codex) for skill in sample.skills)
        return Output(skills=skills, fragments=(), artifacts=artifacts, limits=limits(), files=sample.artifacts)
    plan = _planned(sample, codex, config)
    files = emit(plan, codex, config, as_of=AS_OF, version="1.0.0", templates=templates())
    return Output(
        skills=plan.skills,
        fragments=plan.fragments,
        artifacts=files,
        limits=limits(),
        files={a.path: a.data for a in files},
    )


def _skill(facts: Mapping[str, object], codex: Codex) -> Skill:
    name = str(facts["name"])
    rule_ids = facts.get("rules")
    chosen = [(s, r) for s in codex.standards for r in s.rules if isinstance(rule_ids, list) and r.id in rule_ids]
    rules = tuple(PlacedRule(rule=r, standard=s, status=Status.APPROVED, scope=Scope()) for s, r in chosen)
    description = str(facts.get("description", "Rules for services. Use when writing one."))
    return Skill(name=name, key=name, title=name, description=description, overview="", rules=rules)


def pages() -> list[Path]:
    """Return the paths of all lint pages."""
    return sorted((data_root("validators") / "lints").glob("CX*.md"))
