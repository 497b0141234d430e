"""The usage of one run, and whether it may send another request. Money is counted in millionths, as whole numbers."""

from collections.abc import Mapping
from math import ceil
from typing import Final

from codex.gateway.question import ExhaustedError, GatewayError, Tokens
from skills_build.counts import counted
from skills_build.model.gateway import GatewayBudget, ModelPrice

BYTES_PER_TOKEN: Final = 3
"""Bytes per token in estimates before a request. Elsewhere, four are assumed; three make these estimates rather too
high.
"""
MILLIONTHS: Final = 1_000_000


def estimated_tokens(text: bytes) -> int:
    """Return about how many tokens a text has."""
    return ceil(len(text) / BYTES_PER_TOKEN)


class Budget:
    """The budget of one run."""

    def __init__(self, limits: GatewayBudget, prices: Mapping[str, ModelPrice]) -> None:
        self._limits = limits
        self._prices = prices
        self.requests = 0
        self.tokens = 0
        self.cost = 0

    def require(self, model: str, most: Tokens) -> None:
        """Raise `ExhaustedError` if a request with at most these tokens could exceed the budget."""
        limits = self._limits
        if self.requests + 1 > limits.requests:
            raise _exhausted("requests", counted(limits.requests, "request"))
        if self.tokens + most.input + most.output > limits.tokens:
            raise _exhausted("tokens", f"{counted(limits.tokens, 'token')}, {self.tokens:,} used")
        if limits.money is None:
            return
        cost = self.cost_of(model, most)
        if cost is None:
            raise GatewayError(
                f"`{model}` has no price, and the budget limits money", hint="add it to `gateway.prices`"
            )
        if self.cost + cost > limits.money * MILLIONTHS:
            raise _exhausted("money", f"{limits.money:,.2f}, {self.cost / MILLIONTHS:,.4f} used")

    def cost_of(self, model: str, tokens: Tokens) -> int | None:
        """Return what a request costs, None if the model has no price."""
        price = self._prices.get(model)
        return None if price is None else ceil(tokens.input * price.input + tokens.output * price.output)

    def spend(self, model: str, tokens: Tokens) -> None:
        """Count a request."""
        self.requests += 1
        self.tokens += tokens.input + tokens.output
        self.cost += self.cost_of(model, tokens) or 0


def _exhausted(key: str, limit: str) -> ExhaustedError:
    return ExhaustedError(f"the budget for this run is used up: {limit}", hint=f"raise `gateway.budget.{key}`")
