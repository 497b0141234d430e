"""The files of targets that are made for one repository: for reviewers, and for clients that attach rules to files."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from codex.sync.content import Content
from codex.sync.delivery import DeliveryRequest, applicable, framed
from skills_build.compile.ranking import by_weight
from skills_build.emit.projection import HostText, ListItems, Remark, RepositoryRules
from skills_build.emit.registry import BY_NAME
from skills_build.model.bundle import Artifact, Fragment, PlacedRule
from skills_build.release.loaded_bundle import LoadedBundle


def project(codex: LoadedBundle, request: DeliveryRequest, fragments: Sequence[Fragment]) -> Content:
    """Return the files of the chosen targets for a repository."""
    targets = tuple(name for name in request.targets if BY_NAME[name].project is not None)
    if not targets:
        return Content()
    waived = frozenset(request.waived)
    rules = tuple(rule for rule in applicable(codex, request.profile) if rule.rule.id not in waived)
    shown = frozenset(placed.rule.id for placed in fragments[0].always)
    return _projections(codex, targets, rules, shown)


@lru_cache(maxsize=64)
def _projections(
    codex: LoadedBundle, targets: tuple[str, ...], rules: tuple[PlacedRule, ...], shown: frozenset[str]
) -> Content:
    repository = RepositoryRules(
        namespace=codex.config.namespace,
        title=codex.config.title,
        rules=by_weight(rules, codex.config.priority),
        shown=shown,
        **(_checks(codex, rules) if "checks" in targets else {}),
    )
    makers = [BY_NAME[name].project for name in targets]
    made = [one for maker in makers if maker is not None for one in maker(repository)]
    return Content(
        files={one.path: one for one in made if isinstance(one, Artifact)},
        blocks={one.path: framed(one.text) for one in made if isinstance(one, HostText)},
        items=tuple(one for one in made if isinstance(one, ListItems)),
        notes=tuple(one.text for one in made if isinstance(one, Remark)),
    )


def _checks(codex: LoadedBundle, rules: Sequence[PlacedRule]) -> dict[str, Any]:
    """Return the checks and the examples of rules, by their ids."""
    from skills_build.checks.body_examples import examples_of
    from skills_build.checks.read import check_of
    from skills_build.release.rules_file import installed_standards

    wanted = {placed.rule.id for placed in rules}
    known = [rule for standard in installed_standards(codex) for rule in standard.rules if rule.id in wanted]
    return {
        "checks": {r.id: tuple(check_of(r.id, n, row) for n, row in enumerate(r.checks or (), start=1)) for r in known},
        "examples": {rule.id: examples_of(rule.body or "") for rule in known},
    }
