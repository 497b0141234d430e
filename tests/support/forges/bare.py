"""A bare repository on disk, read and written in this process; what git itself does to it is seen at once.

It has no merge requests or users. Objects are loose files, so that thousands of repositories need no process.
"""

import contextlib
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dulwich.errors import RefFormatError as BadNameError
from dulwich.graph import find_merge_base
from dulwich.index import commit_tree
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

__all__ = ["Author", "BadNameError", "Bare", "Entry", "make_bare"]

CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tfsync = none
[gc]
\tauto = 0
[http]
\treceivepack = true
[receive]
\tautogc = false
\tadvertisePushOptions = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[repack]
\twriteBitmaps = false
"""

FILE_MODE = 0o100644


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a tree, or a folder of it."""

    mode: int
    oid: str

    @property
    def kind(self) -> str:
        return {0o040000: "tree", 0o160000: "commit"}.get(self.mode, "blob")

    @property
    def octal(self) -> str:
        return f"{self.mode:06o}"


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit."""

    name: str
    email: str

    @property
    def line(self) -> bytes:
        return f"{self.name} <{self.email}>".encode()


class Bare:
    """One bare repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._open: Repo | None = None
        self._listings: dict[str, dict[str, Entry]] = {}

    @property
    def _repo(self) -> Repo:
        if self._open is None:
            self._open = Repo(str(self.folder))
        return self._open

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def heads(self) -> dict[str, str]:
        """Every branch and its tip."""
        with self._lock:
            refs = self._repo.refs.as_dict(Ref(b"refs/heads"))
            return {name.decode(): oid.decode() for name, oid in sorted(refs.items())}

    def ref(self, name: str) -> str | None:
        """What a full name (`refs/heads/main`) points at."""
        with self._lock:
            try:
                return self._repo.refs[Ref(name.encode())].decode()
            except (KeyError, ValueError):
                return None

    def tip(self, branch: str) -> str | None:
        return self.ref(f"refs/heads/{branch}")

    def set_ref(self, name: str, new: str | None, old: str | None = None) -> bool:
        """Move, create or delete (`new=None`) a name; with `old`, only if it still points there."""
        key = Ref(name.encode())
        before = ObjectID(old.encode()) if old is not None else None
        with self._lock:
            if new is None:
                return self._repo.refs.remove_if_equals(key, before)
            return self._repo.refs.set_if_equals(key, before, ObjectID(new.encode()))

    def create_ref(self, name: str, new: str) -> bool:
        """Create a name; false where it exists."""
        with self._lock:
            with contextlib.suppress(NotADirectoryError):  # a branch of the name of a folder above
                return self._repo.refs.add_if_new(Ref(name.encode()), ObjectID(new.encode()))
        return False

    def fetch(self, other: "Bare", source: str, target: str = "") -> None:
        """Copy a name of another repository with all that it needs, whatever it was here before."""
        names = f"+{source}:{target or source}"
        command = ["git", "--git-dir", str(self.folder), "fetch", "--quiet", "--no-tags", str(other.folder), names]
        subprocess.run(command, check=True, capture_output=True)

    def plant(self, branch: str, new: str) -> None:
        """The first branch of a repository that no other process uses yet: written without waiting for the disk."""
        place = self.folder / "refs" / "heads" / branch
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{new}\n", encoding="utf-8")

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, a full name, `HEAD` or an id names."""
        if revision == "HEAD":
            return self.ref("HEAD")
        commit = self.tip(revision) or self.ref(revision) or self.ref(f"refs/{revision}")
        if commit or len(revision) != 40:
            return commit
        return revision if isinstance(self.object(revision), Commit) else None

    def object(self, oid: str) -> ShaFile | None:
        with self._lock:
            try:
                return self._repo.object_store[ObjectID(oid.encode())]
            except (KeyError, ValueError, AssertionError):
                return None

    def commit_object(self, oid: str) -> Commit:
        git_object = self.object(oid)
        assert isinstance(git_object, Commit), oid
        return git_object

    def tree_of(self, oid: str) -> str:
        """The tree of a commit; of a tree, itself."""
        git_object = self.object(oid)
        return git_object.tree.decode() if isinstance(git_object, Commit) else oid

    def read(self, oid: str) -> bytes:
        git_object = self.object(oid)
        assert isinstance(git_object, Blob), oid
        return git_object.data

    def files(self, commit: str | None) -> dict[str, Entry]:
        """Every file of a commit, by path. Do not change it: it is kept."""
        if commit is None:
            return {}
        tree = self.tree_of(commit)
        if tree not in self._listings:
            with self._lock:
                entries = iter_tree_contents(self._repo.object_store, ObjectID(tree.encode()))
                self._listings[tree] = {
                    entry.path.decode("utf-8", "surrogateescape"): Entry(entry.mode, entry.sha.decode())
                    for entry in entries
                    if entry.path is not None and entry.mode is not None and entry.sha is not None
                }
        return self._listings[tree]

    def folder_of(self, commit: str, path: str) -> dict[str, Entry] | None:
        """The direct entries of a folder of a commit (`""` is the root); `None` where there is none."""
        oid = self.tree_of(commit)
        for part in PurePosixPath(path).parts:
            inside = self._entries(oid)
            if inside is None or part not in inside or inside[part].kind != "tree":
                return None
            oid = inside[part].oid
        return self._entries(oid)

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file or folder at a path of a commit."""
        pure = PurePosixPath(path)
        if str(pure) in ("", "."):
            return Entry(0o040000, self.tree_of(commit))
        entry = self.files(commit).get(str(pure))
        if entry is not None:
            return entry
        inside = self.folder_of(commit, "" if str(pure.parent) == "." else str(pure.parent))
        return (inside or {}).get(pure.name)

    def _entries(self, oid: str) -> dict[str, Entry] | None:
        git_object = self.object(oid)
        if not isinstance(git_object, Tree):
            return None
        return {
            item.path.decode("utf-8", "surrogateescape"): Entry(item.mode, item.sha.decode())
            for item in git_object.items()
            if item.path is not None and item.mode is not None and item.sha is not None
        }

    def last_commit(self, commit: str, path: str) -> str:
        """The last commit, along first parents, that changed a file."""
        entry = self.files(commit).get(path)
        while parents := self.commit_object(commit).parents:
            before = parents[0].decode()
            if self.files(before).get(path) != entry:
                break
            commit = before
        return commit

    def add_blob(self, data: bytes) -> str:
        blob = Blob.from_string(data)
        with self._lock:
            self._repo.object_store.add_object(blob)
        return blob.id.decode()

    def add_tree(self, files: Mapping[str, Entry]) -> str:
        """Write the trees of a complete listing."""
        rows = [
            (path.encode("utf-8", "surrogateescape"), ObjectID(entry.oid.encode()), entry.mode)
            for path, entry in files.items()
        ]
        with self._lock:
            return commit_tree(self._repo.object_store, rows).decode()

    def add_commit(
        self, tree: str, parents: tuple[str, ...], message: str, author: Author, committer: Author | None = None
    ) -> str:
        commit = Commit()
        commit.tree = ObjectID(tree.encode())
        commit.parents = [ObjectID(parent.encode()) for parent in parents]
        commit.author, commit.committer = author.line, (committer or author).line
        commit.author_time = commit.commit_time = int(time.time())
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        commit.message = message.encode()
        with self._lock:
            self._repo.object_store.add_object(commit)
        return commit.id.decode()

    def changed(self, base: str | None, changes: Mapping[str, bytes | None], message: str, author: Author) -> str:
        """A commit on `base` in which these files are written (or removed: `None`); no branch moves."""
        files = dict(self.files(base))
        for path, data in changes.items():
            if data is None:
                files.pop(path, None)
            else:
                mode = files[path].mode if path in files else FILE_MODE
                files[path] = Entry(mode, self.add_blob(data))
        return self.add_commit(self.add_tree(files), (base,) if base else (), message, author)

    def merge_base(self, first: str, other: str) -> str | None:
        with self._lock:
            base = find_merge_base(self._repo, [ObjectID(first.encode()), ObjectID(other.encode())])
        return base[0].decode() if base else None

    def count_between(self, base: str | None, head: str) -> int:
        """How many commits of `head` are not in `base`."""
        return len(self.commits_between(base, head))

    def commits_between(self, base: str | None, head: str) -> list[str]:
        """The commits of `head` that are not in `base`, newest first."""
        with self._lock:
            exclude = [ObjectID(base.encode())] if base else []
            walker = self._repo.get_walker(include=[ObjectID(head.encode())], exclude=exclude)
            return [step.commit.id.decode() for step in walker]

    def paths_between(self, base: str, head: str) -> set[str]:
        """The paths in which two commits differ."""
        old, new = self.files(base), self.files(head)
        return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}

    def merged_tree(self, target: str, source: str) -> str | None:
        """The tree of a merge; `None` where it conflicts. Git is asked only if both sides touched a file."""
        base = self.merge_base(target, source)
        if base is None:
            return None
        theirs, ours = self.paths_between(base, source), self.paths_between(base, target)
        if theirs & ours:
            return self._git_merge_tree(target, source)
        files, new = dict(self.files(target)), self.files(source)
        for path in theirs:
            files.pop(path, None)
            if path in new:
                files[path] = new[path]
        return self.add_tree(files)

    def _git_merge_tree(self, target: str, source: str) -> str | None:
        run = subprocess.run(
            ["git", "--git-dir", str(self.folder), "merge-tree", "--write-tree", target, source],
            capture_output=True,
            check=False,
            text=True,
        )
        return run.stdout.split()[0] if run.returncode == 0 else None


def make_bare(folder: Path, default_branch: str) -> Bare:
    """Create an empty bare repository, as `git init --bare` would, without a process."""
    for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / part).mkdir(parents=True)
    (folder / "config").write_text(CONFIG, encoding="utf-8")
    (folder / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n", encoding="utf-8")
    return Bare(folder)
