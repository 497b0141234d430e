"""A link to a file that does not exist, or an origin that does not."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.link_targets import MAIL, cited_rule, exists, folders_of, link_target, may_be_on_site, rule_ids
from skills_build.lint.origin_places import links_of, origins
from skills_build.model.codex import Codex
from skills_build.source.origins import is_url

_ORIGIN: Final = "write a URL, or the relative path of a file in the standards repository"


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each relative link whose file is not in the codex, and for each missing origin."""
    folders = folders_of(codex.files)
    names = tuple(codex.files)
    ids = rule_ids(codex)
    for standard in codex.standards:
        for link in links_of(standard):
            goal = link_target(standard, link)
            if goal is None or goal.path.startswith("..") or exists(goal.path, codex.files, folders):
                continue
            if may_be_on_site(standard, link, goal.path, folders):
                continue
            yield Finding(
                code="CX401",
                message=f"file `{goal.path}` does not exist",
                path=standard.path,
                span=link.span,
                help=cited_rule(goal.path.rsplit("/", 1)[-1], ids) or _help(link.target, goal.path, names),
            )
        for origin, span in origins(standard):
            file = origin.partition("#")[0]
            if not (is_url(origin) or file in codex.files or file in folders):
                message = f"the file `{file}` in `Origin` does not exist"
                yield Finding(code="CX401", message=message, path=standard.path, span=span, help=_ORIGIN)


def _help(written: str, path: str, names: Sequence[str]) -> str:
    if written.lower().startswith("www."):
        return f"did you mean `https://{written}`?"
    if MAIL.fullmatch(written):
        return f"did you mean `mailto:{written}`?"
    near = [name for name in names if name.rsplit("/", 1)[-1] == path.rsplit("/", 1)[-1]]
    return f"did you mean `{min(near)}`?" if near else "fix or remove the link"


LINT: Final = Lint(code="CX401", name="broken-link", severity=Severity.ERROR, foreign=Severity.WARNING, codex=check)
