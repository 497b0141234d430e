"""Forks: repositories that are copied from another one, and merge requests that come from them."""

from pathlib import Path

from tests.support.forges.state import MergeRequest, Repository, User, World


def make_fork(world: World, parent: Repository, owner: str, name: str, *, only: str | None = None) -> Repository:
    """Copy a repository, or its branch `only`; a slow host has copied it once it was looked at a few times."""
    fork = world.add_repository(f"{owner}/{name}", parent.default_branch)
    fork.parent = parent.id
    names = [only] if only else list(parent.bare.heads())

    def copy() -> None:
        for one in names:
            fork.bare.fetch(parent.bare, f"refs/heads/{one}")

    fork.pending = copy
    fork.looks = world.copies_after
    if not world.copies_after:
        world.find(fork.path, world.bot)
    return fork


def parent_of(world: World, repository: Repository) -> Repository | None:
    """The repository that another one is a fork of."""
    return world.numbered.get(repository.parent) if repository.parent is not None else None


def source_of(world: World, repository: Repository, request: MergeRequest) -> Repository | None:
    """The repository that a merge request comes from; None if that was deleted."""
    return repository if request.fork is None else world.numbered.get(request.fork)


def source_tip(world: World, repository: Repository, request: MergeRequest) -> str | None:
    """Where the branch of a merge request is, wherever it is."""
    source = source_of(world, repository, request)
    return source.bare.tip(request.source) if source else None


def fork_of(world: World, repository: Repository, owner: str) -> Repository | None:
    """The fork of a repository that somebody has."""
    forks = (fork for fork in world.repositories.values() if fork.parent == repository.id)
    return next((fork for fork in forks if fork.owner.lower() == owner.lower()), None)


def head_of(world: World, repository: Repository, head: str) -> tuple[Repository | None, str]:
    """The repository and the branch of `branch` or `owner:branch`; None if the owner has no fork."""
    owner, colon, branch = head.rpartition(":")
    if not colon or owner.lower() == repository.owner.lower():
        return repository, branch
    owner, _, name = owner.partition("/")
    fork = fork_of(world, repository, owner)
    return fork if fork is not None and name in ("", fork.name) else None, branch


def may_edit(world: World, repository: Repository, request: MergeRequest, user: User) -> bool:
    """Whether somebody may change a merge request: with write access, or as its author."""
    return world.may_write(repository, user) or request.author == user


def delete_repository(world: World, path: str, *, closes: bool) -> None:
    """Delete a repository; with `closes`, merge requests from it are closed."""
    gone = world.repositories.pop(path.lower())
    del world.numbered[gone.id]
    gone.bare.close()
    gone.bare.folder.rename(Path(f"{gone.bare.folder}.deleted-{gone.id}"))
    for repository in world.repositories.values():
        for request in repository.requests:
            if closes and request.fork == gone.id and request.state == "opened":
                world.set_state(request, "closed", world.bot)
