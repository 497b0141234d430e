"""What hosts have in common whose API reads many repositories in one query."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence, Set
from typing import Final

from codex.forge.api_forge import ApiForge, Row
from codex.forge.base import HeadOrError, RepositoryHead
from codex.http.errors import TooLargeError
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
    _one_is_too_large: bool = False
    """Whether the last repository that was read alone was too large: then the size of the batch was not the reason."""

    @abstractmethod
    def _read_batch(self, targets: Sequence[Repository], branch: str) -> Sequence[Row | None] | None:
        """Read repositories; None for each that does not exist, and None alone where the host cannot read a batch.

        Raises `BatchTooLargeError` where fewer at a time may work.
        """

    @abstractmethod
    def _head_of(self, target: Repository, branch: str, row: Row | None) -> RepositoryHead:
        """The head of a repository from its row of a batch. Raises `GoneError` where there is no row."""

    @abstractmethod
    def _read_head(self, target: Repository, branch: str, error: CodexError | None) -> RepositoryHead:
        """The head of a repository without a batch; `error` is why even one repository is too large for one."""

    def heads(
        self, targets: Sequence[Repository], branch: str, *, waiting: Set[str] = frozenset()
    ) -> Iterator[HeadOrError]:
        """Yield the head of each repository, or the error of reading it, in order.

        A batch that is too large is halved. If that leads to one repository, the next batches have their size again.
        """
        rest = list(targets)
        while rest:
            batch, rest = rest[: self._batch_size], rest[self._batch_size :]
            too_large: CodexError | None = None
            try:
                rows = self._read_batch(batch, branch)
            except (BatchTooLargeError, TooLargeError) as error:
                if len(batch) > 1:
                    self._batch_size = max(1, len(batch) // 2)
                    rest = batch + rest
                    continue
                rows, too_large, self._one_is_too_large = None, error, True
            except EndingError:
                raise
            except CodexError as error:
                yield from ((target, error) for target in batch)
                continue
            else:
                if self._one_is_too_large:
                    self._batch_size, self._one_is_too_large = BATCH_SIZE, False
            for position, target in enumerate(batch):
                yield self._isolated_head(target, branch, rows, position, too_large)

    def _isolated_head(
        self,
        target: Repository,
        branch: str,
        rows: Sequence[Row | None] | None,
        position: int,
        too_large: CodexError | None,
    ) -> HeadOrError:
        def read() -> RepositoryHead:
            if rows is None:
                return self._read_head(target, branch, too_large)
            return self._head_of(target, branch, rows[position])

        head = isolated(target.path, read)
        return (target, head) if isinstance(head, CodexError) else head
