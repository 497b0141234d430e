"""Compiles standards from text with the real stages, for the tests of planning and emitting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from codex.resources import data_root
from skills_build.compile.plan import make_plan
from skills_build.diagnostics import Finding
from skills_build.emit.emit import emit
from skills_build.emit.registry import with_needed
from skills_build.model.bundle import Artifact, ClientLimits, Plan
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.source.configuration import load_config
from skills_build.source.dialect import Dialect, load_dialect
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve

DAY = "2026-11-23"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The results of the stages for some standards."""

    codex: Codex
    config: Config
    plan: Plan
    artifacts: tuple[Artifact, ...]

    @property
    def files(self) -> dict[str, bytes]:
        """The output files by path."""
        return {artifact.path: artifact.data for artifact in self.artifacts}

    def text(self, path: str) -> str:
        """Return one file of the output as text."""
        return self.files[path].decode()


@cache
def schema(name: str) -> str:
    """Return the text of one of our schemas."""
    return (data_root("validators") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def canonical() -> Dialect:
    """Load the canonical dialect."""
    text = (data_root("templates") / "dialects" / "canonical.toml").read_text(encoding="utf-8")
    return load_dialect(text, name="canonical", schema=schema("dialect"))


@cache
def templates() -> Mapping[str, str]:
    """Return the templates that ship, by path."""
    root = data_root("templates")
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.j2")}


def codex_of(
    files: Mapping[str, str], config: Config, *, others: Sequence[str] = (), by: Dialect | None = None
) -> Codex:
    """Parse and resolve standards, given by path; a finding fails the test. `others` are files that are no standards."""
    readings = [
        parse_standard(path, text.encode(), by or canonical(), config, schema=schema("front-matter"))
        for path, text in files.items()
    ]
    assert [finding for reading in readings for finding in reading.findings] == []
    standards = [reading.document.standard for reading in readings if reading.document]
    return resolve(standards, files=frozenset((*files, *others)))


def compiled(
    files: Mapping[str, str],
    config: Config | None = None,
    *,
    as_of: str = DAY,
    limits: Sequence[ClientLimits] = (),
    others: Sequence[str] = (),
    by: Dialect | None = None,
) -> Compiled:
    """Compile standards by path, of the canonical dialect unless another is given."""
    config = config or Config(namespace="acme", title="Acme codex")
    codex = codex_of(files, config, others=others, by=by)
    plan = make_plan(codex, config, as_of=as_of, limits=limits)
    artifacts = emit(plan, codex, config, as_of=as_of, version="0.0.0", templates=templates())
    return Compiled(codex=codex, config=config, plan=plan, artifacts=artifacts)


def compiled_folder(root: Path) -> Compiled:
    """Compile a folder with a codex.yaml."""
    config, _, findings = load_config(
        (root / "codex.yaml").read_text(encoding="utf-8"), path="codex.yaml", schema=schema("codex")
    )
    assert findings == ()
    config = replace(config, targets=with_needed(config.targets))
    files = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.md"))}
    others = tuple(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return compiled(files, config, others=others)


def standard(
    rules: str, *, identity: str = "SVC", domain: str = "services", status: str = "enforced", extra: str = ""
) -> str:
    """Return a canonical standard around some Markdown."""
    front = f"---\nid: {identity}\ntitle: {identity} standards\ndomain: {domain}\nstatus: {status}\n{extra}---\n"
    return f"{front}\n# {identity} standards\n\n{rules}\n"


def with_targets(config: Config, *targets: str) -> Config:
    """Return the configuration with other targets."""
    return replace(config, targets=targets)


def codes(findings: Sequence[Finding]) -> list[str]:
    """Return the codes of findings."""
    return [finding.code for finding in findings]
