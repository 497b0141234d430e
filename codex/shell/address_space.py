"""Limits the address space of this process where the system can, so that a repository that needs more fails alone.

macOS has the call and does not enforce it; Windows has none. Programs that this process starts inherit its limits.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_MEBIBYTE: Final = 1024 * 1024


def limit_address_space(mebibytes: int) -> None:
    """Limit the address space from now on."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = mebibytes * _MEBIBYTE
    _set(limit if hard == resource.RLIM_INFINITY else min(limit, hard))


@contextmanager
def limited_address_space(mebibytes: int) -> Iterator[None]:
    """Limit the address space during a block."""
    try:
        import resource
    except ImportError:
        yield
        return
    before, _ = resource.getrlimit(resource.RLIMIT_AS)
    limit_address_space(mebibytes)
    try:
        yield
    finally:
        _set(before)


def _set(soft: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Limit the bytes of each file that is written during a block, where the system can."""
    try:
        import resource
    except ImportError:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    known = [limit for limit in (soft, hard, size) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(known), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
