"""Parses, lints and resolves a few files, for tests of single lints. Lint pages are parsed by `pages`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from codex.workflow.codex_folder import named_dialect, schema
from skills_build.diagnostics import Finding
from skills_build.lint.base import Context
from skills_build.lint.run import check_codex, check_document
from skills_build.model.codex import LockedId
from skills_build.model.config import Config, Domain
from skills_build.model.standard import Standard
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve

AS_OF = "2026-11-23"
FRONT = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: approved\n---\n\n# Services\n\n## Rules\n\n"
RULE = "### Services MUST answer in time (SVC-1)\n\n**Why:** callers give up.\n"
CONFIG = Config(domains={"services": Domain(title="Services", owner="@services")})


def linted(
    files: Mapping[str, str],
    *,
    config: Config = CONFIG,
    as_of: str = AS_OF,
    locked: tuple[LockedId, ...] = (),
    names: Iterable[str] = (),
) -> tuple[tuple[Finding, ...], tuple[Standard, ...]]:
    """Run every stage up to the codex on these files; return the findings and the standards.

    `names` are other files of the codex that are not read.
    """
    context = Context(config=config, as_of=as_of, check_schema=schema("check"))
    canonical = named_dialect("canonical", Path())
    findings: list[Finding] = []
    standards = []
    for path, text in sorted(files.items()):
        reading = parse_standard(path, text.encode(), canonical, config, schema=schema("front-matter"))
        findings += reading.findings
        if reading.document:
            findings += check_document(reading.document, context)
            standards.append(reading.document.standard)
    codex = resolve(standards, locked=locked, files=frozenset((*files, *names)), texts=files)
    return (*findings, *check_codex(codex, context)), codex.standards


def messages_of(code: str, text: str, *, config: Config = CONFIG, as_of: str = AS_OF) -> list[str]:
    """Return the messages of one lint for a standard with this text below its front matter and `## Rules`."""
    findings, _ = linted({"a.md": FRONT + text}, config=config, as_of=as_of)
    return [f.message for f in findings if f.code == code]
