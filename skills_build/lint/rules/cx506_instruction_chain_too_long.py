"""Instructions that a client reads only in part."""

from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.bundle import Output


def check(output: Output, context: Context) -> Iterator[Finding]:
    """Yield a finding for each profile whose root and deepest fragments together are too long.

    Codex CLI reads 32 KiB of the whole chain, root first. Managed fragments may use three quarters of it.
    """
    max_bytes = min(
        (limit.instructions_bytes for limit in output.limits if limit.instructions_bytes), default=32 * 1024
    )
    for path, data in sorted(output.files.items()):
        if not path.startswith("agents-md/") or path.count("/") != 1:
            continue
        below = [len(d) for p, d in output.files.items() if p.startswith(path.removesuffix(".md") + "/")]
        total = len(data) + max(below, default=0)
        if total > max_bytes * 3 // 4:
            yield Finding(
                code="CX506",
                message=f"root and deepest fragments total {total:,} bytes; Codex CLI reads at most {max_bytes:,}",
                path=path,
                help="move rules from paths to domains, or split the profile",
            )


LINT: Final = Lint(code="CX506", name="instruction-chain-too-long", severity=Severity.WARNING, output=check)
