"""The section `gateway` of codex.yaml: where questions to models go, which models may get them, and their budget."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Final

from skills_build.frozen import dataclass
from skills_build.model.config import Token
from skills_build.model.contract import NAME, REQUIRED, Constraint, Positive, Slug, Text, Words

TASKS: Final = ("review", "select", "distill")
"""The tasks of models."""
_HEADER: Final = Constraint(pattern="^[A-Za-z0-9-]{1,64}$")
HeaderText = Annotated[str, Constraint(pattern="^([\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?)?$", max_length=1000)]
Money = Annotated[float, Constraint(minimum=0, maximum=1_000_000)]
_MODELS: Final = Constraint(min_items=1, unique_items=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """What a model costs, for each million tokens, in `currency`."""

    input: Annotated[Money, REQUIRED] = 0
    """The price of a million tokens of a question."""
    output: Annotated[Money, REQUIRED] = 0
    """The price of a million tokens of a response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTasks:
    """The models of each task, in the order in which they are tried."""

    review: Annotated[Words, _MODELS] | None = None
    """For `codexc review --gateway`."""
    select: Annotated[Words, _MODELS] | None = None
    """For `codexc review --gateway`: selects rules that no changed line matches."""
    distill: Annotated[Words, _MODELS] | None = None
    """For `codexc distill`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayBudget:
    """The budget of one run. A request that could exceed it is not sent."""

    requests: Positive = 40
    """Maximum number of requests, including failed ones."""
    tokens: Positive = 400_000
    """Maximum number of tokens of questions and responses."""
    money: Money | None = None
    """Maximum cost. If it is set, every model needs a price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When a model is temporarily not used."""

    failures: Positive = 3
    """The number of consecutive failures."""
    seconds: Positive = 60
    """For how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """A gateway with the chat completions API of OpenAI, such as LiteLLM or Cloudflare AI Gateway."""

    url: Annotated[str, Constraint(pattern="^https?://[^/?#]+(/[^?#]*)?$")]
    """The base URL of the API, such as https://gateway.example.com/v1."""
    key: Token | None = None
    """Where the API key comes from. It is sent as `Authorization: Bearer`; without it, that header is not sent."""
    gateway_key: Token | None = None
    """Where the key of a Cloudflare AI Gateway comes from. It is sent as `cf-aig-authorization: Bearer`."""
    headers: Annotated[Mapping[str, HeaderText], Constraint(keys=_HEADER)] = field(default_factory=dict)
    """Headers for attribution. `{team}`, `{task}`, `{source}` and `{version}` are replaced."""
    team: Annotated[str, NAME] | None = None
    """The team to which usage is attributed."""
    ca: Text | None = None
    """A file of CA certificates to verify the gateway's certificate with (PEM); relative to this file."""
    tasks: GatewayTasks = field(default_factory=GatewayTasks)
    """The models of each task, in the order in which they are tried. A task without models is skipped."""
    classes: Annotated[Mapping[str, Words], Constraint(keys=NAME)] = field(default_factory=dict)
    """The models that may get the text of a repository, by its sensitivity class. An empty list allows none."""
    default_class: Slug | None = None
    """The class of repositories that state none with `sensitivity`. Without it, nothing from them is sent."""
    prices: Mapping[str, ModelPrice] = field(default_factory=dict)
    """What models cost, by name."""
    currency: Annotated[str, Constraint(pattern="^[A-Z]{3}$")] = "USD"
    """The currency of prices and of the budget."""
    budget: GatewayBudget = field(default_factory=GatewayBudget)
    """The budget of one run."""
    timeout: Annotated[int, Constraint(minimum=1, maximum=3600)] = 120
    """Timeout for one request and its response, in seconds."""
    max_output: Annotated[int, Constraint(minimum=100, maximum=200_000)] = 8_000
    """Maximum number of tokens of one response."""
    packet: Annotated[int, Constraint(minimum=2000, maximum=1_000_000)] = 12_000
    """Maximum number of tokens of one question."""
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    """When a model is temporarily not used."""
