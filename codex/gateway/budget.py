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
            used = f"the budget for this run is used up: {counted(limits.requests, 'request')}"
            raise ExhaustedError(used, hint="raise `gateway.budget.requests`")
        if self.tokens + most.input + most.output > limits.tokens:
            needed, left = most.input + most.output, limits.tokens - self.tokens
            raise _beyond("tokens", counted(needed, "token"), f"{max(left, 0):,}", f"{limits.tokens:,}")
        if limits.money is None:
            return
        cost = self.cost_of(model, most)
        if cost is None:
            raise GatewayError(
                f"`{model}` has no price, but the budget limits the cost", hint="add its price to `gateway.prices`"
            )
        if self.cost + cost > limits.money * MILLIONTHS:
            money = max(limits.money - self.cost / MILLIONTHS, 0)
            raise _beyond("money", f"{cost / MILLIONTHS:,.4f}", f"{money:,.4f}", f"{limits.money:,.4f}")

    def cost_of(self, model: str, tokens: Tokens) -> int | None:
        """Return what a request costs, None if the model has no price."""
        price = self._prices.get(model)
        return None if price is None else ceil(tokens.input * price.input + tokens.output * price.output)

    def spend(self, model: str, tokens: Tokens) -> None:
        """Count a request."""
        self.requests += 1
        self.tokens += tokens.input + tokens.output
        self.cost += self.cost_of(model, tokens) or 0


def _beyond(key: str, needed: str, left: str, limit: str) -> ExhaustedError:
    return ExhaustedError(
        f"the next request could use up to {needed}, but only {left} of this run's budget of {limit} is left",
        hint=f"raise `gateway.budget.{key}`, or set a smaller `gateway.max_output`",
    )
