"""Where audits and reviews get the rules of a repository: its rules file, checked against the lock, or a bundle."""

from collections.abc import Callable
from dataclasses import replace

from codex.resources import templates
from codex.sync.changeset import ObservedFile
from codex.sync.desired import desired
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.settings import SETTINGS, Settings, settings_of
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import schema
from codex.workflow.rules import load_rules
from codex.workflow.trust import Trust, check_repository_trust
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Profile
from skills_build.model.rules_file import InstalledRule, RulesFile, RuleWaiver
from skills_build.release.loaded_bundle import LoadedBundle

ReadFile = Callable[[str], bytes | None]
"""Returns a file of the repository by its path, None if it does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRules:
    """The rules of a repository, with its settings and its lock, if it has one."""

    rules: RulesFile
    settings: Settings
    lock: Lock | None
    notes: tuple[str, ...] = ()
    """What `--allow-...` options permitted."""
    waiver_days: int | None = None
    """The longest that a waiver may last."""


def installed_rules(read: ReadFile, day: str) -> FoundRules:
    """Read the rules file of a repository. Raises `CodexError` if it is missing, damaged or not the one of the lock."""
    data, locked = read(RULES), read(LOCK)
    if data is None:
        hint = "run `codexc install`, pass the top directory of a repository, or pass a bundle with `--bundle`"
        raise CodexError(f"there is no `{RULES}` in this repository", hint=hint)
    lock = load_lock(locked, schema=schema("lock")) if locked is not None else None
    owned = lock.files.get(RULES) if lock else None
    if owned is None:
        raise CodexError(f"`{LOCK}` does not list `{RULES}`", hint="run `codexc install` again")
    if not ObservedFile.file(data).holds(owned.blob):
        hint = f"restore `{RULES}` from Git, or run `codexc install --force`"
        raise CodexError(f"`{RULES}` was edited by hand", hint=hint)
    settings = settings_from(read)
    most = lock.waiver_days if lock else None
    rules = with_waivers(load_rules(data), settings, day, most)
    return FoundRules(rules=rules, settings=settings, lock=lock, waiver_days=most)


def bundle_rules(
    where: str, read: ReadFile, trust: Trust, day: str, detect: Callable[[Settings], Profile]
) -> FoundRules:
    """Select the rules of a bundle for a repository. `detect` returns the profile of the repository.

    Raises `CodexError` if the lock of the repository refuses the bundle, as for an installation.
    """
    settings, locked = settings_from(read), read(LOCK)
    codex = open_bundle(where, trust.with_source(settings.trust)).codex
    lock = load_lock(locked, schema=schema("lock")) if locked is not None else None
    notes = check_repository_trust(codex, lock, settings, trust)
    rules = selected_rules(codex, detect(settings), settings, day)
    most = codex.config.waivers.max_days
    return FoundRules(rules=rules, settings=settings, lock=lock, notes=notes, waiver_days=most)


def selected_rules(codex: LoadedBundle, profile: Profile, settings: Settings, day: str) -> RulesFile:
    """Return the rules of a codex that apply to a repository with this profile."""
    wanted = desired(codex, profile, settings, day=day, templates=templates())
    return load_rules(wanted.files[RULES].data)


def settings_from(read: ReadFile) -> Settings:
    """Return the settings of a repository, or the defaults without a file."""
    data = read(SETTINGS)
    names = {SETTINGS} if data is not None else set[str]()
    return settings_of(data, schema=schema("repository"), names=names)


def with_waivers(rules: RulesFile, settings: Settings, day: str, most: int | None = None) -> RulesFile:
    """Return rules with the waivers that the settings have on `day`, in place of those of the last installation.

    One that lasts longer than `most` days does not count.
    """
    waivers = {
        waiver.rule: RuleWaiver(reason=waiver.reason, owner=waiver.owner, expires=waiver.expires)
        for waiver in settings.waivers
        if waiver.holds(day, most)
    }
    standards = tuple(
        replace(standard, rules=tuple(_waived(rule, waivers.get(rule.id)) for rule in standard.rules))
        for standard in rules.standards
    )
    return replace(rules, standards=standards)


def _waived(rule: InstalledRule, waiver: RuleWaiver | None) -> InstalledRule:
    return rule if rule.waived == waiver else replace(rule, waived=waiver)
