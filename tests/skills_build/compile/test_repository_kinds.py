"""Rules for kinds of packages: read, selected, shown, and compared between releases."""

from pathlib import Path

from skills_build.model.standard import Scope
from skills_build.release.classify import covers
from tests.support.running import codexc

CONFIG = 'namespace: acme\ndomains:\n  services: {title: Services, owner: "@s"}\n'
PAGE = """\
---
id: SVC
title: Services
domain: services
status: enforced
---

# Services

## Rules

### Services MUST answer in time (SVC-1)

**Applies to:** kinds: service

**Why:** callers give up.

### Changes MUST have tests (SVC-2)

**Why:** they break.
"""


def codex_in(root: Path, page: str = PAGE) -> Path:
    (root / "services").mkdir(parents=True)
    (root / "codex.yaml").write_text(CONFIG)
    (root / "services" / "services.md").write_text(page)
    return root


def shown(root: Path, profile: str) -> list[str]:
    out = codexc("preview", "--profile", profile, "--root", root).out
    return [line.split(":")[0].removeprefix("- ") for line in out.split("\n") if line.startswith("- SVC-")]


def test_a_rule_for_services_is_shown_to_services_only(tmp_path: Path) -> None:
    root = codex_in(tmp_path / "codex")
    assert codexc("check", "--root", root).code == 0
    assert shown(root, "service") == ["SVC-2", "SVC-1"] or shown(root, "service") == ["SVC-1", "SVC-2"]
    assert shown(root, "library") == ["SVC-2"]


def test_an_unknown_kind_leaves_such_rules_to_the_skills(tmp_path: Path) -> None:
    root = codex_in(
        tmp_path / "codex", PAGE.replace("status: enforced", "status: enforced\napplies_to: {languages: [go]}")
    )
    assert shown(root, "go") == ["SVC-2"]
    assert shown(root, "go,cli") == ["SVC-2"]
    assert sorted(shown(root, "go,service")) == ["SVC-1", "SVC-2"]


def test_words_for_kinds_are_checked(tmp_path: Path) -> None:
    page = PAGE.replace("kinds: service", "kinds: servers")
    run = codexc("check", "--root", codex_in(tmp_path / "codex", page))
    assert "`servers` is not one of the supported kinds" in run.out
    alias = codexc("check", "--root", codex_in(tmp_path / "other", PAGE.replace("kinds: service", "kinds: backend")))
    assert "`backend` is read as `service`" in alias.out


def test_a_rule_for_fewer_kinds_covers_less() -> None:
    service, both = Scope(kinds=("service",)), Scope(kinds=("service", "cli"))
    assert covers(both, service) and covers(Scope(), service)
    assert not covers(service, both) and not covers(service, Scope())
