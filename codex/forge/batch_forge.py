"""What hosts have in common whose API reads many repositories in one query."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence, Set
from typing import Final

from codex.forge.api_forge import ApiForge, Row
from codex.forge.base import HeadOrError, RepositoryHead
from codex.shell.isolation import EndingError, isolated
from codex.sync.repository import Repository
from skills_build.errors import CodexError

BATCH_SIZE: Final = 50
"""Repositories in one GraphQL document. GitLab accepts at most 50 full paths:
https://docs.gitlab.com/api/graphql/reference/#queryprojects."""


class BatchTooLargeError(CodexError):
    """More repositories than a host can read in one query."""


class BatchForge(ApiForge):
    """A host whose API reads many repositories in one query."""

    _batch_size: int = BATCH_SIZE

    @abstractmethod
    def _read_batch(self, targets: Sequence[Repository], branch: str) -> Sequence[Row | None] | None:
        """Read repositories; None for each that does not exist, and None alone where the host cannot read a batch.

        Raises `BatchTooLargeError` where fewer at a time may work.
        """

    @abstractmethod
    def _head_of(self, target: Repository, branch: str, row: Row | None) -> RepositoryHead:
        """The head of a repository from its row of a batch. Raises `GoneError` where there is no row."""

    @abstractmethod
    def _read_head(self, target: Repository, branch: str, error: BatchTooLargeError | None) -> RepositoryHead:
        """The head of a repository without a batch; `error` is why even one repository is too large for one."""

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order."""
        rest = list(targets)
        while rest:
            batch, rest = rest[: self._batch_size], rest[self._batch_size :]
            too_large = None
            try:
                rows = self._read_batch(batch, branch)
            except BatchTooLargeError as error:
                if len(batch) > 1:
                    self._batch_size = max(1, len(batch) // 2)
                    rest = batch + rest
                    continue
                rows, too_large = None, error
            except EndingError:
                raise
            except CodexError as error:
                yield from ((target, error) for target in batch)
                continue
            for position, target in enumerate(batch):
                yield self._isolated_head(target, branch, rows, position, too_large)

    def _isolated_head(
        self,
        target: Repository,
        branch: str,
        rows: Sequence[Row | None] | None,
        position: int,
        too_large: BatchTooLargeError | None,
    ) -> HeadOrError:
        def read() -> RepositoryHead:
            if rows is None:
                return self._read_head(target, branch, too_large)
            return self._head_of(target, branch, rows[position])

        head = isolated(target.path, read)
        return (target, head) if isinstance(head, CodexError) else head
