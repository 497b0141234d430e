"""Asks models: earlier answers first, then each allowed model in order, within the budget of the run.

The next model is only asked after a failure that may not affect it: no response, a limit, a fault of the host. A bad
answer is not such a failure: it costs money, and it is reported.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from codex.gateway.answers import Answers
from codex.gateway.breaker import Breaker
from codex.gateway.budget import Budget, estimated_tokens
from codex.gateway.chat import MAX_RESPONSE, PATH, RETRYABLE, body, tokens_of, value_of
from codex.gateway.ledger import Ledger, UsageRow
from codex.gateway.question import Answer, BadAnswerError, GatewayError, Question, Tokens, UnknownAnswerError
from codex.http.client import Client
from codex.http.errors import HttpError, UncertainError
from codex.http.rate_limit import Clock, SystemClock, retry_after
from codex.http.response import Response
from skills_build.frozen import dataclass
from skills_build.model.gateway import GatewaySettings

PATIENCE: Final = 30.0
"""Maximum pause requested by a host after which the same model is asked again, in seconds."""
_NOTHING: Final = Tokens(input=0, output=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The caller: the fields that every row of the ledger has. `at` returns the time (RFC 3339)."""

    id: str
    source: str
    codex: str
    at: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The files of a run. `frozen`: only earlier answers may be used, and nothing is sent."""

    answers: Answers
    ledger: Ledger
    frozen: bool = False


class _Failure(Exception):  # noqa: N818
    """A request failed in a way that may not affect another model."""


class Gateway:
    """The gateway of one run, and the models that it may ask, in order, for each task.

    `connect` opens the connection when needed.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        models: Mapping[str, Sequence[str]],
        connect: Callable[[], Client],
        records: Records,
        run: Run,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._models = models
        self._connect = connect
        self._client: Client | None = None
        self._records = records
        self._run = run
        self._clock = clock or SystemClock()
        self._breaker = Breaker(settings.breaker, self._clock.now)
        self.budget = Budget(settings.budget, settings.prices)

    def may_ask(self, task: str) -> bool:
        """Return whether a model is allowed for a task."""
        return task in self._models

    def ask(self, question: Question) -> Answer:
        """Return the answer to a question. Raises `GatewayError` if there is none, with the reason of each model."""
        models = self._models[question.task]
        for model in models:
            earlier = self._records.answers.get(question, model)
            if earlier is not None and _has_rows(question, earlier):
                self._note(question, model, "cached", _NOTHING)
                return earlier
        if self._records.frozen:
            hint = "run the command once without `--frozen`, review the new files and commit them"
            raise UnknownAnswerError("there is no earlier response to this question", hint=hint)
        failures = []
        for model in models:
            if self._breaker.is_open(model):
                failures.append(f"`{model}` is not used because of repeated failures")
                continue
            try:
                return self._asked(question, model)
            except _Failure as failure:
                self._breaker.failed(model)
                failures.append(f"`{model}`: {failure}")
        raise GatewayError(f"no model responded: {'; '.join(failures)}", hint="try again later")

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()

    def _asked(self, question: Question, model: str) -> Answer:
        self._records.ledger.require_writable()
        content = msgspec.json.encode(body(question, model, self._settings.max_output))
        most = Tokens(input=estimated_tokens(content), output=self._settings.max_output, estimated=True)
        response = self._sent(question, model, content, most)
        self._breaker.succeeded(model)
        tokens = tokens_of(response, most)
        self.budget.spend(model, tokens)
        try:
            answer = Answer(value=value_of(response), model=model)
            question.rows(answer.value)
        except BadAnswerError as error:
            self._note(question, model, "refused", tokens, response.status)
            raise BadAnswerError(f"`{model}`: {error.message}", hint=error.hint) from error
        self._note(question, model, "answered", tokens, response.status)
        self._records.answers.put(question, answer, tokens)
        return answer

    def _sent(self, question: Question, model: str, content: bytes, most: Tokens) -> Response:
        """Send a question, once more after a short pause if the host asks for one. Raises `_Failure` or `HttpError`."""
        waited = False
        while True:
            self.budget.require(model, most)
            response = self._exchanged(question, model, content, most)
            if response.status < 400:
                return response
            self.budget.spend(model, _NOTHING)
            self._note(question, model, "failed", _NOTHING, response.status)
            error = self._connection().refused(response)
            if response.status not in RETRYABLE:
                raise GatewayError(error.message, hint=error.hint) from error
            pause = retry_after(response.headers.get("retry-after", ""), self._clock.now())
            if waited or pause is None or pause > PATIENCE:
                raise _Failure(error.message)
            waited = True
            self._clock.sleep(pause)

    def _exchanged(self, question: Question, model: str, content: bytes, most: Tokens) -> Response:
        headers, client = self._headers(question.task), self._connection()
        try:
            return client.send_once(PATH, content, headers=headers, max_bytes=MAX_RESPONSE)
        except HttpError as error:
            lost = isinstance(error, UncertainError)
            tokens = most if lost else _NOTHING  # the gateway may have charged for a response that was lost
            self.budget.spend(model, tokens)
            self._note(question, model, "failed", tokens)
            if error.is_host_fault:
                raise _Failure(error.message) from error
            raise GatewayError(error.message, hint=error.hint) from error

    def _connection(self) -> Client:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _headers(self, task: str) -> dict[str, str]:
        """Return the headers for attribution. Their values come from the settings and from a fixed set of words."""
        words = {
            "team": self._settings.team or "",
            "task": task,
            "source": self._run.source,
            "version": self._run.codex.partition(" ")[2],
        }
        headers = {}
        for name, text in self._settings.headers.items():
            for word, value in words.items():
                text = text.replace(f"{{{word}}}", value)
            headers[name] = text
        return headers

    def _note(self, question: Question, model: str, outcome: str, tokens: Tokens, status: int = 0) -> None:
        self._records.ledger.add(
            UsageRow(
                at=self._run.at(),
                run=self._run.id,
                task=question.task,
                model=model,
                outcome=outcome,
                team=self._settings.team or "",
                source=self._run.source,
                codex=self._run.codex,
                rules=question.rules,
                status=status,
                input_tokens=tokens.input,
                output_tokens=tokens.output,
                estimated=tokens.estimated,
                cost=self.budget.cost_of(model, tokens),
                currency=self._settings.currency,
            )
        )


def _has_rows(question: Question, earlier: Answer) -> bool:
    """Return whether an earlier answer has the form that is asked for; earlier versions kept others too."""
    try:
        question.rows(earlier.value)
    except BadAnswerError:
        return False
    return True
