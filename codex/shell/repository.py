"""Git repositories with a codex or a publication. Only this module imports GitPython."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex.shell.atomic import STAGING, write_file, write_link
from codex.shell.directory import scratch, spool
from codex.shell.git_folder import check_git_around
from codex.shell.git_objects import BLOB, LINK, CommitFile, commit_files, contents
from codex.shell.git_process import git_environment, hooks_folder, run_git, safe_options
from codex.shell.git_remote import RemoteGitError, listed_refs, run_remote_git
from codex.shell.reading import real_path
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact

if TYPE_CHECKING:
    from git import Repo

_COMMIT_HOOKS: Final = ("commit-msg", "post-commit", "pre-commit", "prepare-commit-msg")
"""https://git-scm.com/docs/githooks"""
_UNFINISHED: Final = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}
"""Refs during an operation in which git does not commit single files: https://git-scm.com/docs/gitrevisions"""
_LOCK: Final = re.compile(r"Unable to create '(.+\.lock)': File exists")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRepository:
    """A repository with a work tree at `root`."""

    root: Path
    git: "Repo"

    @classmethod
    def around(cls, folder: Path) -> "GitRepository | None":
        """Return the repository that contains `folder`, None if there is none. Raises `CodexError` without git."""
        try:
            from git import InvalidGitRepositoryError, NoSuchPathError, Repo
        except ImportError as error:  # GitPython looks for git at import time
            raise CodexError(f"Git cannot be run: {error}", hint="install Git, or add it to the PATH") from error
        check_git_around(real_path(folder))
        try:
            repo = Repo(real_path(folder), search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError):
            return None
        if repo.working_tree_dir is None:
            return None
        root = Path(repo.working_tree_dir)
        # The environment is added to that of this process, which may name the repository of a hook that runs codexc.
        place = {"GIT_DIR": str(repo.git_dir), "GIT_WORK_TREE": str(root), "GIT_INDEX_FILE": f"{repo.git_dir}/index"}
        repo.git.update_environment(**git_environment(fetches=True), **place)
        repo.git.set_persistent_git_options(c=safe_options(root))
        return cls(root=root, git=repo)

    def relative(self, path: Path) -> str:
        """Return a path relative to the work tree, with forward slashes; `.` is the tree itself."""
        resolved = real_path(path)
        if not resolved.is_relative_to(real_path(self.root)):
            raise CodexError(f"`{path}` is not in the repository `{self.root}`")
        return resolved.relative_to(real_path(self.root)).as_posix()

    def commit_of(self, ref: str) -> str:
        """Return the commit id of a ref. Raises `CodexError` if there is no such commit."""
        hint = "run `git fetch --tags origin`: CI often clones without history"
        commit = self._object(f"{ref}^{{commit}}")
        if commit is None:
            raise CodexError(f"`{ref}` is not a commit in this repository", hint=hint)
        return commit

    def head(self) -> str | None:
        """Return the id of the current commit, None before the first one."""
        return self.commit_of("HEAD") if self._object("HEAD") else None

    def _object(self, name: str) -> str | None:
        what = ("--verify", "--quiet", "--end-of-options", name)
        return run_git(self.root, "rev-parse", *what, accepted=(0, 1, 128)).decode().strip() or None

    def default_branch(self) -> str | None:
        """Return the default branch: that of `origin`, an existing branch with a usual name, or the current one."""
        remote = [ref for ref in self.git.refs if ref.path == "refs/remotes/origin/HEAD"]
        if remote:
            return str(remote[0].reference.name).removeprefix("origin/")
        configured = str(self.git.config_reader().get_value("init", "defaultBranch", ""))
        names = {head.name for head in self.git.heads}
        usual = next((name for name in (configured, "main", "master", "trunk") if name in names), None)
        return usual or _current_branch(self.git)

    def last_change(self, path: str) -> str | None:
        """Return the id of the last commit on this branch itself that changed a file, None if there is none."""
        with _git_errors(f"Git cannot read the history of `{path}`", None):
            return str(self.git.git.log("--first-parent", "-1", "--format=%H", "--", path)) or None

    def has_tag(self, name: str) -> bool:
        """Return whether a tag exists."""
        return self._object(f"refs/tags/{name}") is not None

    def changed(self, *, but: Path | None = None) -> tuple[str, ...]:
        """Return the paths that differ from the last commit, including untracked files, sorted.

        Paths in the directory `but` and staging directories of codexc are excluded. The index of git is not refreshed,
        so that nothing is written.
        """
        is_inside = but is not None and real_path(but).is_relative_to(real_path(self.root))
        excluded = f"{self.relative(but)}/" if but is not None and is_inside else None
        # git would run what the configuration of a submodule names to find changes in it.
        what = ("--untracked-files=all", "--no-renames", "--ignore-submodules=dirty")
        listing = self._printed("status", "--porcelain=v1", "-z", *what)
        paths = sorted(line[3:] for line in listing.split("\0") if line and not _is_staging(line[3:]))
        return tuple(path for path in paths if excluded is None or not path.startswith(excluded))

    def unfinished(self) -> str | None:
        """Return the operation, such as a merge, during which git commits no single files; None if there is none."""
        return next((name for ref, name in _UNFINISHED.items() if self._object(ref)), None)

    def unmerged(self) -> tuple[str, ...]:
        """Return the paths that a merge has left in conflict."""
        listing = self._printed("ls-files", "--unmerged", "-z")
        return tuple(dict.fromkeys(row.partition("\t")[2] for row in listing.split("\0") if row))

    def untracked(self, folder: Path) -> tuple[str, ...]:
        """Return the paths in a directory that Git does not have, including those that it ignores."""
        listing = self._printed("ls-files", "--others", "-z", "--", f":(top,literal){self.relative(folder)}")
        return tuple(path for path in listing.split("\0") if path and not _is_staging(path))

    def _printed(self, *arguments: str) -> str:
        """Return what git prints. It is not run by GitPython, which would wait without an end for a pipe."""
        return run_git(self.root, *arguments).decode("utf-8", "surrogateescape")

    def remote(self) -> str | None:
        """Return the URL of the remote `origin` without credentials, None if there is none or it is a path."""
        for remote in self.git.remotes:
            if remote.name == "origin":
                return _public(next(iter(remote.urls), ""))
        return None

    def address(self) -> str | None:
        """Return the address of the remote `origin` without credentials; for a local one its path."""
        for remote in self.git.remotes:
            if remote.name == "origin":
                address = next(iter(remote.urls), "")
                return _public(address) or address.removeprefix("file://")
        return None

    def read(self, ref: str, path: str) -> bytes | None:
        """Return the bytes of a file in a commit, None if it does not exist."""
        found = commit_files(self.root, self.commit_of(ref), path)
        files = [file for file in found if file.path == path and file.type == BLOB]
        return next((data for _, data in contents(self.root, files)), None)

    def commits_since(self, ref: str, path: str) -> tuple[str, ...]:
        """Return the commits of the current branch after `ref` that change a file, oldest first; merges count once."""
        with _git_errors("Git cannot read the history", None):
            span = f"{self.commit_of(ref)}..HEAD"
            listing = self.git.git.rev_list("--first-parent", "--reverse", "--end-of-options", span, "--", path)
        return tuple(listing.split())

    def files(self, ref: str, folder: str) -> tuple[Artifact, ...]:
        """Return the regular files below `folder` in a commit, sorted by path; none if there is no such directory."""
        files = [file for file in self._below(ref, folder) if file.type == BLOB and file.mode != LINK]
        found = [
            Artifact(path=_relative(file.path, folder), data=data, mode=file.permissions)
            for file, data in contents(self.root, files)
        ]
        return tuple(sorted(found, key=lambda artifact: artifact.path))

    def _below(self, ref: str, folder: str) -> tuple[CommitFile, ...]:
        found = commit_files(self.root, self.commit_of(ref), folder)
        return tuple(file for file in found if folder == "." or file.path.startswith(f"{folder}/"))

    def export(self, ref: str, folder: str, into: Path) -> bool:
        """Write the files below `folder` in a commit to `into`. Return False if there is no such directory.

        Submodules are left out, and so are links to targets outside of `into`.
        """
        found = self._below(ref, folder)
        for file, data in contents(self.root, [file for file in found if file.type == BLOB]):
            _write(into / _relative(file.path, folder), file, data, into)
        return bool(found) or folder == "."

    def commit(self, paths: Sequence[Path], message: str, *, hooks: bool = False) -> str:
        """Commit exactly these files and directories, including deletions, and return the commit id.

        With `hooks`, the hooks of a commit run, and may refuse it.
        """
        names = [self.relative(path) for path in paths]
        options = {"c": f"core.hooksPath={self._hooks}"} if hooks else {}
        with _git_errors("Git refused the commit", "run `git status`; the reason may be a hook or a missing identity"):
            self.git.git.add("--all", "--", *names)
            self.git.git(**options).commit("--quiet", "--message", message, "--", *names)
        return self.commit_of("HEAD")

    def commit_hooks(self) -> tuple[str, ...]:
        """Return the names of the hooks that git would run at a commit, sorted."""
        return tuple(name for name in _COMMIT_HOOKS if os.access(self._hooks / name, os.X_OK))

    @property
    def _hooks(self) -> Path:
        return hooks_folder(self.root) or Path(self.git.common_dir) / "hooks"

    def last_commit(self, path: Path) -> str:
        """Return the id of the last commit that changed a file."""
        with _git_errors(f"Git cannot find the commit of `{path}`", None):
            return str(self.git.git.log("-1", "--format=%H", "--", self.relative(path)))

    def changes_of(self, commit: str) -> tuple[str, tuple[str, ...]]:
        """Return the first parent of a commit, empty if there is none, and the paths in which they differ."""
        with _git_errors(f"Git cannot read the commit {commit}", None):
            listing = self.git.git.log("-1", "-m", "--first-parent", "--format=%P", "--name-only", "-z", commit)
        parents, _, rest = listing.partition("\0")
        paths = tuple(path for path in rest.removeprefix("\n").split("\0") if path)
        return parents.partition(" ")[0], paths

    def tag(self, name: str, message: str, commit: str) -> None:
        """Create an annotated tag of a commit."""
        with _git_errors(f"Git refused the tag `{name}`", "run `git tag --list`; the reason may be a missing identity"):
            self.git.git.tag("--annotate", "--cleanup=verbatim", "--message", message, name, commit)


def _is_staging(path: str) -> bool:
    return any(STAGING.fullmatch(part) for part in path.split("/"))


def _current_branch(repo: "Repo") -> str | None:
    """Return the branch that is checked out, also before its first commit; None for a detached HEAD."""
    try:
        return repo.active_branch.name
    except TypeError:
        return None


def _relative(path: str, folder: str) -> str:
    return path if folder == "." else path.removeprefix(f"{folder}/")


def _write(path: Path, file: CommitFile, data: bytes, into: Path) -> None:
    if file.mode != LINK:
        write_file(path, data, root=into, beside=".tmp-")
        return
    target = real_path(path.parent / data.decode("utf-8", "surrogateescape"))
    if target.is_relative_to(real_path(into)):
        write_link(path, data.decode("utf-8", "surrogateescape"), root=into)


def _public(address: str) -> str | None:
    """Return a URL without its credentials, None for a path, which other machines cannot use."""
    from urllib.parse import urlsplit, urlunsplit

    if "://" not in address:
        host, colon, _ = address.partition(":")
        return address if colon and len(host) > 1 and "/" not in host else None
    try:
        parts = urlsplit(address)
    except ValueError:  # an IPv6 address that is none
        return None
    if parts.scheme == "file":
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@contextlib.contextmanager
def _git_errors(message: str, hint: str | None) -> Iterator[None]:
    """Convert a failure of git to a `CodexError` with `message` and the message of git."""
    from git import GitCommandError, UnsafeOptionError, UnsafeProtocolError

    try:
        yield
    except (UnsafeOptionError, UnsafeProtocolError) as error:
        raise CodexError(f"{message}: the address is not a plain URL", hint=hint) from error
    except (GitCommandError, RemoteGitError) as error:
        output = str(error.stderr or "").strip().removeprefix("stderr:").strip(" '\n").splitlines()
        reasons = [line for line in output if not line.startswith(("warning:", "hint:"))] or output
        lock = _LOCK.search(output[0]) if output else None
        if lock:
            hint = f"if no other Git process uses the repository, remove `{lock[1]}`, then run the command again"
        raise CodexError(f"{message}: {reasons[0]}" if reasons else message, hint=hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRepository:
    """A remote repository. Objects are created in a temporary bare repository and pushed."""

    address: str
    git: "Repo"

    @classmethod
    @contextlib.contextmanager
    def opened(cls, address: str) -> "Iterator[RemoteRepository]":
        """Fetch the tips of all branches and tags. Raises `CodexError` if the repository cannot be read."""
        from git import Repo

        if os.path.isdir(path := address.removeprefix("file://")):
            check_git_around(Path(path))
        with scratch() as place, Repo.init(place, bare=True) as repo:
            with _git_errors(
                f"`{address}` cannot be read", "check that the repository exists and that you have read access"
            ):
                folder = Path(repo.git_dir)
                address, refs = listed_refs(folder, address)
                if refs:  # a fetch of nothing fails
                    names = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
                    options = ("--quiet", "--depth=1", "--no-tags", "--end-of-options")
                    run_remote_git(folder, address, ("fetch", *options, address, *names))
            yield cls(address=address, git=repo)

    def commit_of(self, ref: str) -> str | None:
        """Return the commit id of a full ref, None if it does not exist."""
        with self._errors():
            ids = self.git.git.for_each_ref("--format=%(objectname) %(*objectname)", ref).split()
        return str(ids[-1]) if ids else None

    def tree_of(self, commit: str) -> str:
        """Return the tree id of a commit."""
        with self._errors():
            return str(self.git.git.rev_parse(f"{commit}^{{tree}}"))

    def holds(self, commit: str, path: str) -> bool:
        """Return whether a commit contains a file."""
        with self._errors():
            return bool(self.git.git.ls_tree("--name-only", commit, "--", path))

    def _errors(self) -> contextlib.AbstractContextManager[None]:
        return _git_errors(f"the local copy of `{self.address}` cannot be read or written", "run the command again")

    def read(self, commit: str, path: str) -> bytes:
        """Return the bytes of a file in a commit. Raises `CodexError` if there is none."""
        folder = Path(self.git.git_dir)
        files = [file for file in commit_files(folder, commit, path) if file.path == path and file.type == BLOB]
        if not files:
            raise CodexError(f"`{path}` in {self.address} is not a file")
        return next(data for _, data in contents(folder, files))

    def files(self, commit: str, *, most: int) -> tuple[Artifact, ...]:
        """Return all files in a commit. Raises `CodexError` for links and submodules, or over `most` bytes."""
        folder = Path(self.git.git_dir)
        files = commit_files(folder, commit)
        for file in files:
            if file.type != BLOB or file.mode == LINK:
                hint = "bundles contain only regular files"
                raise CodexError(f"`{file.path}` in {self.address} is a link or a submodule", hint=hint)
        if sum(file.size for file in files) > most:
            hint = "pass a repository that contains a bundle"
            raise CodexError(f"{self.address} contains more than {most:,} bytes", hint=hint)
        artifacts = (Artifact(path=f.path, data=data, mode=f.permissions) for f, data in contents(folder, files))
        return tuple(sorted(artifacts, key=lambda artifact: artifact.path))

    def tree(self, files: Iterable[Artifact]) -> str:
        """Create a tree with exactly these files, byte for byte regardless of gitattributes, and return its id."""
        folder = Path(self.git.git_dir) / "publication-files"
        artifacts = list(files)
        for number, artifact in enumerate(artifacts):
            write_file(folder / str(number), artifact.data, root=folder.parent, beside=".tmp-")
        names = "".join(f"{folder / str(number)}\n" for number in range(len(artifacts)))
        blobs = self._fed(["hash-object", "-w", "--no-filters", "--stdin-paths"], names).split()
        rows = [
            f"{0o100755 if artifact.mode & 0o111 else 0o100644:o} {blob}\t{artifact.path}\0"
            for artifact, blob in zip(artifacts, blobs, strict=True)
        ]
        index = {"GIT_INDEX_FILE": f"{folder}.index"}
        self._fed(["update-index", "-z", "--index-info"], "".join(rows), index)
        with self._errors():
            return str(self.git.git.write_tree(env=index))

    def _fed(self, arguments: Sequence[str], text: str, env: Mapping[str, str] | None = None) -> str:
        """Run git with `text` as standard input."""
        with spool() as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.seek(0)
            command = ["git", "--git-dir", str(self.git.git_dir), *arguments]
            with self._errors():
                return str(self.git.git.execute(command, istream=file, env=env))

    def commit(self, tree: str, parent: str | None, message: str) -> str:
        """Create a commit and return its id."""
        parents = ("-p", parent) if parent else ()
        with _git_errors(
            "Git refused the commit", "the reason may be a missing identity: run `git config user.name NAME`"
        ):
            return str(self.git.git.commit_tree(tree, *parents, "-m", message))

    def push(self, refs: Mapping[str, str], *, known: Mapping[str, str] | None = None) -> None:
        """Set refs of the remote repository atomically. A ref that has moved is not overwritten.

        `known` has the commits of refs whose new commit was fetched without its parents, so that git cannot see that it
        follows them.
        """
        leases = [f"--force-with-lease={ref}:{commit}" for ref, commit in (known or {}).items()]
        with _git_errors(f"`{self.address}` rejected the push", "run the command again: someone else may have pushed"):
            pairs = [f"{commit}:{ref}" for ref, commit in refs.items()]
            arguments = ("push", "--quiet", "--atomic", *leases, "--end-of-options", self.address, *pairs)
            run_remote_git(Path(self.git.git_dir), self.address, arguments)
