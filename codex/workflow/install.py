"""Installs a codex in one working tree, checks what is installed, and takes it out again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from codex.shell.tree import read_unlinked
from codex.shell.worktree import apply_changes, observe_files, sibling_paths
from codex.sync import block
from codex.sync.changeset import ChangeSet, EntryType, ObservedFile
from codex.sync.comparison import change_set, paths_of_interest
from codex.sync.desired import BlockFacts, Desired, desired, desired_nothing
from codex.sync.facts import applying, facts_of, parts_of
from codex.sync.instruction_budget import chain_notes
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.settings import SETTINGS, Settings, settings_of
from codex.workflow.build import templates
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import schema
from codex.workflow.preview import profile_of_words
from codex.workflow.trust import Trust, check_repository_trust, first_use_notes
from skills_build.emit.registry import with_needed
from skills_build.errors import CodexError
from skills_build.model.config import Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle
from skills_build.release.verify import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTree:
    """A repository's working tree, what its people ask for, and what is installed in it."""

    root: Path
    name: str
    settings: Settings
    lock: Lock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What an installation does, before any of it is done. `before` are the bytes of what will be written."""

    tree: WorkingTree
    codex: str
    version: str
    work: ChangeSet
    before: dict[str, bytes]
    skills: int = 0
    rules: int = 0
    said: str = ""
    """Why nothing is done, where that is somebody's decision."""


def open_working_tree(folder: Path | None) -> WorkingTree:
    """Read a repository's settings and lock; without a folder, of the repository around the working directory.

    Raises `CodexError` where they are damaged.
    """
    root = _top(Path()) if folder is None else folder
    if not root.is_dir():
        raise CodexError(f"`{root}` is not a folder", hint="name the folder of a repository with `--into`")
    data, lock = read_unlinked(root, SETTINGS), read_unlinked(root, LOCK)
    return WorkingTree(
        root=root,
        name=root.resolve().name or "Repository",
        settings=settings_of(data, schema=schema("repository"), names={path.name for path in root.iterdir()}),
        lock=load_lock(lock, schema=schema("lock")) if lock is not None else None,
    )


def _top(folder: Path) -> Path:
    """The top of the working tree around a folder, or the folder itself where there is no git."""
    around = (folder.resolve(), *folder.resolve().parents)
    return next((one for one in around if (one / ".git").exists()), folder)


def install(
    where: str,
    tree: WorkingTree,
    trust: Trust,
    *,
    targets: Sequence[str] = (),
    words: str | None = None,
    force: bool = False,
    day: str = "",
) -> Installation:
    """Plan the installation of a bundle; `words` name a profile or list languages and technologies.

    Without words, what the repository is follows from its files and its settings.
    """
    settings = tree.settings
    if settings.opt_out is not None:
        said = f"this repository opted out: {settings.opt_out.reason}"
        bare = ChangeSet(changes=(), lock=tree.lock)
        return Installation(tree=tree, codex="", version="", work=bare, before={}, said=said)
    codex = open_bundle(where, trust.and_of(settings.trust)).codex
    notes = (
        *check_repository_trust(codex, tree.lock, settings, trust),
        *first_use_notes(codex, tree.lock, settings, trust),
    )
    _pinned(codex, settings, force=force)
    profile, facts, parts = _profile(tree, codex, words)
    wanted = desired(
        codex,
        profile,
        settings,
        day=day or date.today().isoformat(),
        templates=templates(),
        targets=targets,
        facts=facts,
        parts=parts,
    )
    made = _planned(tree, _where_folders_are(wanted, tree.root), force=force)
    return replace(made, work=replace(made.work, notes=(*notes, *made.work.notes)))


def _pinned(codex: LoadedBundle, settings: Settings, *, force: bool) -> None:
    if settings.pin is not None and settings.pin != codex.version and not force:
        hint = f"install {settings.pin}, or change `pin` in {SETTINGS}"
        raise CodexError(f"this repository is pinned to {settings.pin}; the bundle is {codex.version}", hint=hint)


def _profile(tree: WorkingTree, codex: LoadedBundle, words: str | None) -> tuple[Profile, BlockFacts, Parts | None]:
    """What the repository is: found in its files, or a named profile, or one made of words; and what is said of it."""
    from codex.workflow.profile import profile_of

    found = profile_of(tree.root, without=(LOCK, *(tree.lock.files if tree.lock else ())))
    parts = None
    if words is None:
        chosen = applying(found, tree.settings)
        parts = parts_of(found, chosen, tree.settings)
    elif words in codex.config.profiles:
        chosen = codex.config.profiles[words]
    else:
        scopes = [rule.scope for skill in codex.shelf.skills for rule in skill.rules]
        languages = frozenset(word.lower() for scope in scopes for word in scope.languages)
        technologies = frozenset(word.lower() for scope in scopes for word in scope.technologies)
        chosen = profile_of_words(words, (languages, technologies), codex.config.profiles)
    facts = facts_of(found, chosen, tree.settings)
    if words in codex.config.profiles:
        facts = replace(facts, words=words or "")
    return chosen, facts, parts


def _where_folders_are(wanted: Desired, root: Path) -> Desired:
    """Without the fragments of folders that the repository does not have."""
    blocks = {
        path: text
        for path, text in wanted.blocks.items()
        if not path.endswith("/AGENTS.md") or _is_folder(root, path.rpartition("/")[0])
    }
    return replace(wanted, blocks=blocks)


def _is_folder(root: Path, folder: str) -> bool:
    """Whether a folder of a repository is there, and leads through no link out of it."""
    whole = root / folder
    return whole.is_dir() and whole.resolve().is_relative_to(root.resolve())


def _planned(tree: WorkingTree, wanted: Desired, *, force: bool) -> Installation:
    paths = paths_of_interest(wanted, tree.lock)
    seen = observe_files(tree.root, paths)
    names = sibling_paths(tree.root, wanted.blocks)
    made = change_set(wanted, seen, tree.lock, name=tree.name, names=names, restore=force, take=force)
    made = replace(made, notes=(*made.notes, *chain_notes(made.changes, seen)))
    before = {write.path: seen[write.path].data or b"" for write in made.writes if write.path in seen}
    return Installation(
        tree=tree,
        codex=wanted.codex,
        version=wanted.version,
        work=made,
        before=before,
        skills=len(wanted.selection.skills),
        rules=len(wanted.rules),
    )


def uninstall(tree: WorkingTree, *, force: bool = False) -> Installation:
    """Plan the removal of all that is installed."""
    if tree.lock is None:
        raise CodexError(f"nothing is installed: there is no {LOCK}", hint="name the repository with `--into`")
    return _planned(tree, desired_nothing(tree.lock.codex, tree.lock.version, tree.lock.tree), force=force)


def apply_installation(installation: Installation) -> None:
    """Do what was planned. The lock comes last, so that an interrupted run is continued by the next."""
    apply_changes(installation.tree.root, installation.work.writes)


def installed_faults(tree: WorkingTree, *, frozen: bool, day: str = "") -> Iterator[Fault]:
    """Yield how what is in a repository differs from its lock, and with `frozen` from what its settings ask for."""
    if tree.lock is None:
        if frozen:
            yield Fault(path=LOCK, message="is missing")
        return
    for note in tree.lock.notes:
        yield Fault(path=LOCK, message=note)
    seen = observe_files(tree.root, (*tree.lock.blocks, *tree.lock.files))
    for path, owned in sorted(tree.lock.files.items()):
        found = seen.get(path)
        if found is None:
            yield Fault(path=path, message="is missing")
        elif found.sort is not EntryType.FILE:
            yield Fault(path=path, message=f"is a {found.sort}")
        elif found.blob != owned.blob:
            yield Fault(path=path, message="was changed by hand")
        elif found.mode != owned.mode:
            yield Fault(path=path, message=f"has mode {found.mode}, not {owned.mode}")
    for path, wanted in sorted(tree.lock.blocks.items()):
        yield from _block_faults(path, seen.get(path), wanted)
    if frozen:
        yield from _frozen_faults(tree, tree.lock, day or date.today().isoformat())


def _block_faults(path: str, found: ObservedFile | None, wanted: str) -> Iterator[Fault]:
    if found is None or found.sort is not EntryType.FILE:
        yield Fault(path=path, message="is missing" if found is None else f"is a {found.sort}")
        return
    there = block.find_block(found.data or b"")
    if there is None:
        yield Fault(path=path, message="has no block of codexc")
    elif isinstance(there, block.UnusableFile):
        yield Fault(path=path, message=f"cannot be read: {there.reason}")
    elif block.block_digest(there.text) != wanted:
        yield Fault(path=path, message="was changed by hand inside the block")


def _frozen_faults(tree: WorkingTree, lock: Lock, day: str) -> Iterator[Fault]:
    settings = tree.settings
    if settings.opt_out is not None:
        yield Fault(path=SETTINGS, message="opts out, but a codex is installed: run `codexc uninstall`")
    if settings.targets is not None and tuple(sorted(with_needed(settings.targets))) != lock.selection.targets:
        yield Fault(path=SETTINGS, message="asks for other targets than are installed: run `codexc install`")
    held = tuple(sorted({waiver.rule for waiver in settings.waivers if waiver.holds(day)}))
    if held != lock.selection.waived:
        yield Fault(path=SETTINGS, message="has other waivers than are installed, or one has ended: install again")
    if settings.pin is not None and settings.pin != lock.version:
        yield Fault(path=SETTINGS, message=f"is pinned to {settings.pin}, but {lock.version} is installed")
    for path in _strangers(tree, lock):
        yield Fault(path=path, message="lies in a folder of codexc and is not its file")


def _strangers(tree: WorkingTree, lock: Lock) -> Iterator[str]:
    """Yield files in the folders of skills that are ours, of which the lock knows nothing."""
    folders = {
        path.partition(f"/{name}/")[0] + f"/{name}"
        for path in lock.files
        for name in lock.selection.skills
        if f"/{name}/" in path
    }
    for folder in sorted(folders):
        for child in sorted((tree.root / folder).rglob("*")):
            path = child.relative_to(tree.root).as_posix()
            if not child.is_dir() and path not in lock.files:
                yield path
