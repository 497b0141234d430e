"""Stateful fakes of GitLab, GitHub, Gitea and Forgejo on loopback, with real git behind them."""

from tests.support.forges import faults
from tests.support.forges.forge import Forge, running
from tests.support.forges.log import Entry

__all__ = ["Entry", "Forge", "faults", "running"]
