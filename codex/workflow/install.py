"""Installs a codex in one working tree, and removes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from codex.resources import templates
from codex.shell.listing import ignored_paths
from codex.shell.reading import real_path
from codex.shell.tree import read_unlinked
from codex.shell.worktree import apply_changes, observe_files, sibling_paths
from codex.sync.block_text import BlockFacts
from codex.sync.changeset import ChangeSet
from codex.sync.comparison import change_set, paths_of_interest
from codex.sync.desired import Desired, desired, desired_nothing
from codex.sync.facts import applied_profile, facts_of, parts_of
from codex.sync.instruction_budget import chain_notes
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.owner_words import owner_notes
from codex.sync.settings import SETTINGS, Settings, settings_of
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import schema
from codex.workflow.preview import profile_named
from codex.workflow.report_paths import working_tree_root
from codex.workflow.trust import Trust, check_repository_trust, first_use_notes
from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Delivery, Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTree:
    """A repository's working tree with its settings and lock."""

    root: Path
    name: str
    settings: Settings
    lock: Lock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A planned installation. `before` are the current bytes of the files that will be written."""

    tree: WorkingTree
    codex: str
    version: str
    changes: ChangeSet
    before: dict[str, bytes]
    skills: int = 0
    rules: int = 0
    reason: str = ""
    """Why nothing is done, if the repository opted out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The profile that selects the rules, with the facts for the blocks of the repository."""

    profile: Profile
    facts: BlockFacts
    parts: Parts | None
    notes: tuple[str, ...]


def open_working_tree(folder: Path | None) -> WorkingTree:
    """Read the settings and the lock of the repository in `folder`, or around the working directory.

    Raises `CodexError` if they are damaged.
    """
    root = working_tree_root(folder)
    data, lock = read_unlinked(root, SETTINGS), read_unlinked(root, LOCK)
    return WorkingTree(
        root=root,
        name=real_path(root).name or "Repository",
        settings=settings_of(data, schema=schema("repository"), names={path.name for path in root.iterdir()}),
        lock=load_lock(lock, schema=schema("lock")) if lock is not None else None,
    )


def install(
    where: str,
    tree: WorkingTree,
    trust: Trust,
    *,
    targets: Sequence[str] = (),
    words: str | None = None,
    delivery: Delivery | None = None,
    force: bool = False,
    day: str = "",
) -> Installation:
    """Plan the installation of a bundle. `words` is the name of a profile, or a list of languages and technologies.

    Without `words`, the profile is detected from the repository's files and settings. `delivery` replaces the mode of
    the settings.
    """
    settings = replace(tree.settings, delivery=delivery or tree.settings.delivery)
    if settings.opt_out is not None:
        said = f"this repository opted out: {settings.opt_out.reason}"
        bare = ChangeSet(changes=(), lock=tree.lock)
        return Installation(tree=tree, codex="", version="", changes=bare, before={}, reason=said)
    codex = open_bundle(where, trust.with_source(settings.trust)).codex
    notes = (
        *check_repository_trust(codex, tree.lock, settings, trust),
        *first_use_notes(codex, tree.lock, settings, trust),
    )
    _pinned(codex, settings, force=force)
    chosen = _profile(tree, codex, words)
    desired_state = desired(
        codex,
        chosen.profile,
        settings,
        day=day or date.today().isoformat(),
        templates=templates(),
        targets=targets,
        facts=chosen.facts,
        parts=chosen.parts,
        installed=tree.lock.delivery if tree.lock else None,
    )
    installation = _planned(
        tree, desired_state.where_folders_exist(lambda folder: _is_folder(tree.root, folder)), force=force
    )
    notes = (*notes, *chosen.notes, *installation.changes.notes)
    return replace(installation, changes=replace(installation.changes, notes=notes))


def _pinned(codex: LoadedBundle, settings: Settings, *, force: bool) -> None:
    if settings.pin is not None and settings.pin != codex.version and not force:
        hint = f"install {settings.pin}, or change `pin` in {SETTINGS}"
        raise CodexError(f"this repository is pinned to {settings.pin}; the bundle is {codex.version}", hint=hint)


def _profile(tree: WorkingTree, codex: LoadedBundle, words: str | None) -> _Chosen:
    """The profile of the repository, detected, by name or by words, with the facts for its blocks."""
    from codex.workflow.profile import profile_of

    profile = profile_of(tree.root, without=(LOCK, *(tree.lock.files if tree.lock else ())))
    parts: Parts | None = None
    notes: tuple[str, ...] = ()
    if words is None:
        rule_profile = applied_profile(profile, tree.settings)
        parts = parts_of(profile, rule_profile, tree.settings)
    else:
        scopes = (rule.scope for skill in codex.skill_index.skills for rule in skill.rules)
        rule_profile, notes = profile_named(words, codex.config, scopes)
    facts = facts_of(profile, rule_profile, tree.settings)
    if words in codex.config.profiles:
        facts = replace(facts, words=words or "")
    return _Chosen(profile=rule_profile, facts=facts, parts=parts, notes=notes)


def _is_folder(root: Path, folder: str) -> bool:
    """Whether a folder exists in a repository and no link on its path leads out of it."""
    whole = root / folder
    return whole.is_dir() and real_path(whole).is_relative_to(real_path(root))


def _planned(tree: WorkingTree, desired_state: Desired, *, force: bool) -> Installation:
    lists = (item.path for item in desired_state.items)
    ignored = ignored_paths(tree.root, (*desired_state.blocks, *desired_state.files, *lists))
    desired_state = _without_ignored(desired_state, ignored)
    paths = paths_of_interest(desired_state, tree.lock)
    observed = observe_files(tree.root, paths)
    names = sibling_paths(tree.root, desired_state.blocks)
    changes = change_set(
        desired_state, observed, tree.lock, name=tree.name, sibling_paths=names, restore=force, overwrite_foreign=force
    )
    notes = (*changes.notes, *chain_notes(changes.changes, observed), *owner_notes(observed))
    changes = replace(changes, notes=notes)
    before = {write.path: observed[write.path].data or b"" for write in changes.writes if write.path in observed}
    return Installation(
        tree=tree,
        codex=desired_state.codex,
        version=desired_state.version,
        changes=changes,
        before=before,
        skills=len(desired_state.selection.skills),
        rules=len(desired_state.rules),
    )


def _without_ignored(desired_state: Desired, ignored: Mapping[str, str]) -> Desired:
    """The desired state without the paths that git ignores: they would be missing in every clone."""
    if not ignored:
        return desired_state
    notes = (
        f"{counted(count, 'file is', 'files are')} left out because Git ignores "
        f"{'it' if count == 1 else 'them'} ({pattern}): "
        f"remove the pattern, or list only the other `targets` in {SETTINGS}"
        for pattern, count in Counter(ignored.values()).items()
    )
    return replace(desired_state.without(ignored), notes=(*desired_state.notes, *notes))


def uninstall(tree: WorkingTree, *, force: bool = False) -> Installation:
    """Plan the removal of everything that is installed. Raises `CodexError` if nothing is."""
    if tree.lock is None:
        raise CodexError(f"no codex is installed: there is no {LOCK}", hint="pass the repository with `--into`")
    return _planned(tree, desired_nothing(tree.lock.codex, tree.lock.version, tree.lock.tree), force=force)


def apply_installation(installation: Installation) -> None:
    """Apply a planned installation. The lock is written last, so that the next run continues an interrupted one."""
    apply_changes(installation.tree.root, installation.changes.writes)
