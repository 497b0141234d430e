"""The objects of a repository on disk, read within limits.

dulwich inflates whole objects, whatever their size; only its indexes are used.
Source: https://git-scm.com/docs/gitformat-pack, https://git-scm.com/docs/gitformat-loose
"""

import errno
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from dulwich.object_store import BaseObjectStore, DiskObjectStore
from dulwich.objects import ObjectID, RawObjectID
from dulwich.pack import Pack, PackIndex

from codex.forge.git.inflate import (
    BLOB,
    NAMES,
    OVERSIZED,
    TREE,
    Bytes,
    DamagedError,
    PackEntry,
    check_size,
    first_bytes,
    inflated,
    object_id,
    patched,
    patched_size,
    read_entry,
)
from codex.limits import BYTES_PER_BLOB, BYTES_PER_GIT_OBJECT, DELTA_CHAIN
from codex.shell.isolation import LimitError, check_time
from skills_build.errors import CodexError

OPEN_PACKS: Final = 200
"""Packs whose index is open at the same time. Each takes two of the files that a process may open, often 1,024."""
_KINDS: Final = {name: kind for kind, name in NAMES.items()}
Found = TypeVar("Found")


class DiskStore(BaseObjectStore):
    """The objects of a repository on disk. A file that is too large is read as `OVERSIZED`."""

    def __init__(self, store: DiskObjectStore) -> None:
        super().__init__()
        self._store = store
        self._maps: dict[str, Bytes] = {}
        self._indexed: dict[int, Pack] = {}

    def close(self) -> None:
        """Unmap the packs, and close their indexes."""
        for data in self._maps.values():
            if isinstance(data, mmap.mmap):
                data.close()
        self._maps.clear()
        for pack in self._indexed.values():
            pack.close()
        self._indexed.clear()

    def __contains__(self, sha1: ObjectID) -> bool:
        raw = RawObjectID(bytes.fromhex(sha1.decode()))
        try:
            return self._find(raw, lambda pack: self._offset(pack, raw) is not None, Path.is_file)
        except KeyError:
            return False

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """Return the kind and bytes of an object by its id in hex.

        Raises `KeyError` where it is absent, and `DamagedError` where it has another id.
        """
        raw = RawObjectID(bytes.fromhex(name.decode()))
        kind, data = self._find(raw, lambda pack: self._packed(pack, raw), self._loose)
        if data is not OVERSIZED and object_id(kind, data) != raw:
            raise DamagedError(f"object {name.decode()} does not match its id")
        return kind, data

    def _find(self, raw: RawObjectID, packed: Callable[[Pack], Found], loose: Callable[[Path], Found]) -> Found:
        """Return what `packed` or `loose` makes of the place of an object. Raises `KeyError` where it is absent."""
        name = raw.hex()
        for store in (self._store, *self._store.alternates):
            assert isinstance(store, DiskObjectStore)
            try:
                return store._lookup_in_packs(packed)
            except KeyError:
                path = Path(store.path) / name[:2] / name[2:]
                if path.is_file():
                    return loose(path)
        raise KeyError(name)

    def _index(self, pack: Pack) -> PackIndex:
        """Return the index of a pack, which is closed again once many others have been opened."""
        check_time()
        if id(pack) not in self._indexed:
            if len(self._indexed) >= OPEN_PACKS:
                self._indexed.pop(next(iter(self._indexed))).close()
            self._indexed[id(pack)] = pack
        return pack.index

    def _offset(self, pack: Pack, name: RawObjectID) -> int | None:
        """Return where an object starts in a pack. Raises `KeyError` where the pack does not have it."""
        with _index_errors():
            return self._index(pack).object_offset(name)

    def _loose(self, path: Path) -> tuple[int, bytes]:
        """Return the kind and the content of a loose object; for a blob over the limit, `OVERSIZED`."""
        data = _mapped(path)
        try:
            head, zero, _ = first_bytes(data, 0).partition(b"\0")
            name, _, size = head.partition(b" ")
            if not zero or name not in _KINDS or not size.isdigit():
                raise DamagedError(f"`{path.name}` is not an object")
            kind = _KINDS[name]
            if kind == BLOB and int(size) > BYTES_PER_BLOB:
                return kind, OVERSIZED
            check_size(kind, int(size))
            whole, _ = inflated(data, 0, len(head) + 1 + int(size))
            return kind, whole[len(head) + 1 :]
        finally:
            if isinstance(data, mmap.mmap):
                data.close()

    def _packed(self, pack: Pack, name: RawObjectID) -> tuple[int, bytes]:
        """Return an object of a pack. Raises `KeyError` where the pack does not have it."""
        at = self._offset(pack, name)
        data = self._map(pack._data_path)  # `Pack.data` maps the file a second time
        chain: list[PackEntry] = []
        while at is not None:
            entry = read_entry(data, at)
            chain.append(entry)
            if len(chain) > DELTA_CHAIN:
                raise LimitError(f"Git stores an object as a chain of more than {DELTA_CHAIN:,} deltas")
            base = entry.base
            at = self._offset(pack, RawObjectID(base)) if isinstance(base, bytes) else base
        kind = chain[-1].kind
        if kind == BLOB and self._size(data, chain[0]) > BYTES_PER_BLOB:
            return kind, OVERSIZED
        content = b""
        for entry in reversed(chain):
            check_size(TREE, entry.size)
            part, _ = inflated(data, entry.start, entry.size)
            content = part if entry.base is None else patched(content, part, BYTES_PER_GIT_OBJECT)
        return kind, content

    @staticmethod
    def _size(data: Bytes, entry: PackEntry) -> int:
        """The size of an object; of a delta, that of its result."""
        return entry.size if entry.base is None else patched_size(first_bytes(data, entry.start))

    def _map(self, path: str) -> Bytes:
        if path not in self._maps:
            self._maps[path] = _mapped(Path(path))
        return self._maps[path]


def _mapped(path: Path) -> Bytes:
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            return b""
        except OSError as error:
            if error.errno != errno.ENOMEM:
                raise
            hint = "increase `sync.worker_memory` in codex.yaml"
            raise LimitError(f"`{path}` is larger than the memory that codexc may use", hint=hint) from error


@contextmanager
def _index_errors() -> Iterator[None]:
    """Raise what dulwich makes of a damaged index, such as an `AssertionError`, as `DamagedError`."""
    try:
        yield
    except (CodexError, KeyError, MemoryError, OSError):
        raise
    except Exception as error:
        raise DamagedError("the index of a pack is invalid") from error
