"""The linters that checks may name. One row each; those that cannot list their rules have the form of one instead."""

from functools import cached_property
from typing import Final

from skills_build.checks.linter_rules import RULES


class Linter:
    """A linter. `form` is a regular expression that each of its rules matches; `prefixes`: it selects by prefix too."""

    def __init__(self, name: str, form: str, url: str, *, prefixes: bool = False) -> None:
        self.name = name
        self.form = form
        self.url = url
        self.prefixes = prefixes

    @property
    def version(self) -> str:
        """The version whose rules are known; empty if none are."""
        return RULES.get(self.name, ("", ""))[0]

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The rules of that version; none if only their form is known."""
        return tuple(RULES.get(self.name, ("", ""))[1].split())


_ROWS: Final = (
    Linter("ruff", r"[A-Z]+[0-9]*", "https://docs.astral.sh/ruff/rules/", prefixes=True),
    Linter("clippy", r"[a-z0-9_]+", "https://rust-lang.github.io/rust-clippy/stable/"),
    Linter("eslint", r"[a-z@][\w@/-]*", "https://eslint.org/docs/latest/rules/"),
    Linter("shellcheck", r"SC[1-3][0-9]{3}", "https://www.shellcheck.net/wiki/"),
    Linter("hadolint", r"DL[134][0-9]{3}|SC[1-3][0-9]{3}", "https://github.com/hadolint/hadolint#rules"),
    Linter("zizmor", r"[a-z]+(-[a-z]+)*", "https://docs.zizmor.sh/audits/"),
    Linter("squawk", r"[a-z]+(-[a-z]+)+", "https://squawkhq.com/docs/rules"),
    Linter("sqlfluff", r"[A-Z]{2}[0-9]{2}", "https://docs.sqlfluff.com/en/stable/reference/rules.html"),
    Linter("semgrep", r"[\w.-]+", "https://semgrep.dev/r"),
    Linter("trivy", r"(AVD-)?[A-Z]+-?[A-Z0-9-]*[0-9]{2,4}|CVE-[0-9]{4}-[0-9]+|[a-z-]+", "https://avd.aquasec.com/"),
    Linter("golangci-lint", r"[a-z][a-z0-9-]*", "https://golangci-lint.run/docs/linters/"),
    Linter("checkov", r"CKV2?_[A-Z0-9]+_[0-9]+", "https://www.checkov.io/5.Policy%20Index/all.html"),
    Linter("gitleaks", r"[a-z0-9-]+", "https://github.com/gitleaks/gitleaks"),
    Linter("spectral", r"[a-z0-9-]+", "https://docs.stoplight.io/docs/spectral"),
    Linter("actionlint", r"[a-z-]+", "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"),
    Linter("markdownlint", r"MD[0-9]{3}|[a-z-]+", "https://github.com/DavidAnson/markdownlint#rules--aliases"),
    Linter("yamllint", r"[a-z-]+", "https://yamllint.readthedocs.io/en/stable/rules.html"),
    Linter("kube-linter", r"[a-z0-9-]+", "https://docs.kubelinter.io/#/generated/checks"),
    Linter("tflint", r"[a-z0-9_]+", "https://github.com/terraform-linters/tflint/tree/master/docs"),
    Linter("buf", r"[A-Z0-9_]+", "https://buf.build/docs/lint/rules/"),
    Linter("axe", r"[a-z0-9-]+", "https://dequeuniversity.com/rules/axe/"),
    Linter("pmd", r"[A-Z]\w+", "https://docs.pmd-code.org/latest/pmd_rules_java.html"),
    Linter("spotbugs", r"[A-Z0-9_]+", "https://spotbugs.readthedocs.io/en/latest/bugDescriptions.html"),
    Linter("oasdiff", r"[a-z-]+", "https://github.com/oasdiff/oasdiff/blob/main/docs/BREAKING-CHANGES.md"),
)

LINTERS: Final = {linter.name: linter for linter in _ROWS}
"""Every linter by its name."""
