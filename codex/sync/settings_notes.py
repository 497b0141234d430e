"""Notes for the owners of a repository about settings that have no effect with this codex."""

from collections.abc import Iterator

from codex.sync.settings import Settings, WaiverState
from skills_build import inert
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.source.similar import nearest
from skills_build.vocabulary import known


def settings_notes(codex: LoadedBundle, settings: Settings, day: str) -> Iterator[str]:
    """Yield a note for each waiver that is not in force, and each name in the settings that no rule has."""
    yield from _waivers(codex, settings, day)
    yield from _domains(codex, settings)
    yield from _names(codex, settings)


def _waivers(codex: LoadedBundle, settings: Settings, day: str) -> Iterator[str]:
    most = codex.config.waivers.max_days
    waived = {waiver.rule for waiver in settings.waivers if waiver.holds(day, most)}
    for waiver in settings.waivers:
        if waiver.rule not in codex.skill_index.home:
            yield f"the waiver for {inert.text(waiver.rule)} is for a rule that is not in this codex: remove the waiver"
        elif waiver.state(day, most) is WaiverState.TOO_LONG:
            yield (
                f"the waiver for {inert.text(waiver.rule)} lasts until {inert.text(waiver.expires)}, longer than the "
                f"{most:,} days that the codex allows: it counts as expired; set an earlier `expires` "
                f"(waiver owner: {inert.text(waiver.owner)})"
            )
        elif waiver.rule not in waived:
            yield (
                f"the waiver for {inert.text(waiver.rule)} expired on {inert.text(waiver.expires)}: "
                f"the rule applies again (waiver owner: {inert.text(waiver.owner)})"
            )


def _domains(codex: LoadedBundle, settings: Settings) -> Iterator[str]:
    domains = {rule.standard.domain for skill in codex.skill_index.skills for rule in skill.rules}
    for domain in settings.profile.domains:
        if domain not in domains:
            available = ", ".join(sorted(domains))
            yield f"`domains` names {inert.code(domain)}, which is not in this codex: it has {available}"


def _names(codex: LoadedBundle, settings: Settings) -> Iterator[str]:
    scopes = [rule.scope for skill in codex.skill_index.skills for rule in skill.rules]
    for kind in ("languages", "technologies", "kinds"):
        used = {word.lower() for scope in scopes for word in getattr(scope, kind)}
        for word in getattr(settings.profile, kind):
            if word.lower() not in used and word not in known(kind):
                near = nearest(word, (*used, *sorted(known(kind))))
                meant = f"did you mean {inert.code(near)}?" if near else "no rule applies to it"
                yield f"`profile.{kind}` names {inert.code(word)}, which is unknown: {meant}"
