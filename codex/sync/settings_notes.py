"""Notes for the owners of a repository about settings that have no effect with this codex."""

from collections.abc import Container, Iterator
from itertools import zip_longest

from codex.sync.settings import SETTINGS, Settings, Waiver, WaiverState
from skills_build import inert
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.source.similar import nearest
from skills_build.vocabulary import known


def settings_notes(codex: LoadedBundle, settings: Settings, day: str) -> Iterator[str]:
    """Yield a note for each waiver that is not in force, and each name in the settings that no rule has."""
    yield from waiver_notes(settings, codex.skill_index.home, day, codex.config.waivers.max_days)
    yield from _domains(codex, settings)
    yield from _names(codex, settings)


def waiver_notes(settings: Settings, rules: Container[str], day: str, most: int | None) -> Iterator[str]:
    """Yield a note for each waiver without effect, with its place. `rules` are the ids that can be waived.

    A waiver that lasts longer than `most` days has no effect. An expired one is not reported if a later one holds.
    """
    waived = {waiver.rule for waiver in settings.waivers if waiver.holds(day, most)}
    for waiver, line in zip_longest(settings.waivers, settings.waiver_lines):
        problem = waiver_problem(waiver, rules, day, most)
        if problem and (waiver.rule not in waived or waiver.state(day, most) is not WaiverState.EXPIRED):
            place = f"{SETTINGS}:{line}: " if line else ""
            yield f"{place}{problem} (waiver owner: {inert.text(waiver.owner)})"


def waiver_problem(waiver: Waiver, rules: Container[str], day: str, most: int | None) -> str:
    """Return why a waiver has no effect, and what to do; empty if it is in force."""
    state, expires = waiver.state(day, most), inert.text(waiver.expires)
    subject = f"the waiver for {inert.text(waiver.rule)}"
    if waiver.rule not in rules:
        return f"{subject} has no effect: no rule for this repository has this id; correct `rule`, or remove the waiver"
    if state is WaiverState.TOO_LONG:
        return (
            f"{subject} lasts until {expires}, longer than the {most:,} days that the codex "
            "allows, so it counts as expired: "
            "set an earlier `expires`"
        )
    if state is WaiverState.EXPIRED:
        return f"{subject} expired on {expires}, so the rule applies again: remove the waiver, or set a later `expires`"
    return ""


def _domains(codex: LoadedBundle, settings: Settings) -> Iterator[str]:
    domains = {rule.standard.domain for skill in codex.skill_index.skills for rule in skill.rules}
    for domain in settings.profile.domains:
        if domain not in domains:
            available = ", ".join(sorted(domains))
            yield f"`domains` contains {inert.code(domain)}, which is not in this codex; available domains: {available}"


def _names(codex: LoadedBundle, settings: Settings) -> Iterator[str]:
    scopes = [rule.scope for skill in codex.skill_index.skills for rule in skill.rules]
    for kind in ("languages", "technologies", "kinds"):
        used = {word.lower() for scope in scopes for word in getattr(scope, kind)}
        for word in getattr(settings.profile, kind):
            if word.lower() not in used and word not in known(kind):
                near = nearest(word, (*used, *sorted(known(kind))))
                meant = f"did you mean {inert.code(near)}?" if near else "no rule applies to this value"
                yield f"`profile.{kind}` contains {inert.code(word)}, which is unknown: {meant}"
