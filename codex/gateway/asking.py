"""Asks the questions of one run in turn, and keeps what to say about the answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from codex.gateway.gateway import Gateway
from codex.gateway.question import BadAnswerError, GatewayError, Question, UnknownAnswerError
from skills_build.counts import counted


class Asking:
    """The questions of one run. Once no model responds, no more are asked."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._models: Counter[str] = Counter()
        self._failures: list[str] = []
        self._stopped = False

    def may_ask(self, task: str) -> bool:
        """Return whether a model is allowed for a task, and the last question did not fail."""
        return self._gateway.may_ask(task) and not self._stopped

    def rows(self, question: Question) -> tuple[Sequence[Any], str]:
        """Return the list of an answer and the model; an empty list and an empty text if there is no answer.

        Raises `UnknownAnswerError` if an earlier answer is required and missing.
        """
        if self._stopped:
            return (), ""
        try:
            answer = self._gateway.ask(question)
        except UnknownAnswerError:
            raise
        except BadAnswerError as error:
            self._failures.append(f"a response was rejected: {error.message}")
        except GatewayError as error:
            self._stopped = True
            self._failures.append(f"no more requests were sent to models: {error.message}")
        else:
            self._models[answer.model] += 1
            return question.rows(answer.value), answer.model
        return (), ""

    def notes(self) -> Iterator[str]:
        """Yield which models answered, and what went wrong. Earlier answers count too: they make the same review."""
        for model, count in self._models.items():
            yield f"{counted(count, 'answer')} from model {model}"
        yield from self._failures
