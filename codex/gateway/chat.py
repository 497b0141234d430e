"""One request to the chat completions API of OpenAI, and what its response contains.

The API: https://platform.openai.com/docs/api-reference/chat/create. LiteLLM and Cloudflare AI Gateway offer the same.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from codex.gateway.question import BadAnswerError, Question, Tokens
from codex.http.response import Response

PATH: Final = "chat/completions"
MAX_RESPONSE: Final = 8 * 1024 * 1024
"""Maximum size of a response, in bytes."""
MAX_TOKENS: Final = 100_000_000
"""A response that reports more tokens than this is not trusted."""
MAX_DEPTH: Final = 32
"""Maximum number of levels in an answer. The schemas of answers have four."""
RETRYABLE: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""HTTP statuses after which another model may succeed. After others, such as 400 or 401, every model would fail."""
_ENDINGS: Final = {
    "length": "the text was truncated at the token limit",
    "content_filter": "a content filter removed the text",
}


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class Completion(msgspec.Struct, frozen=True):
    """The part of a response that is used."""

    choices: list[_Choice]
    usage: _Usage | None = None


def body(question: Question, model: str, max_output: int) -> dict[str, Any]:
    """Return the body of a request. The boundary of the data is random, so that no text can end it."""
    return {
        "model": model,
        "messages": question.messages(secrets.token_hex(12)),
        "max_completion_tokens": max_output,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": question.task, "strict": True, "schema": strict(question.schema)},
        },
    }


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in the subset that strict structured outputs take: all keys required, optional ones nullable.

    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    kept = {key: value for key, value in schema.items() if key not in ("minLength", "maxLength", "minimum", "maxItems")}
    if "items" in kept:
        kept["items"] = strict(kept["items"])
    if "enum" in kept:
        kept.setdefault("type", "string")
    properties = kept.get("properties")
    if properties is None:
        return kept
    required = kept.get("required", ())
    rows = {name: strict(value) for name, value in properties.items()}
    kept["properties"] = {name: row if name in required else _nullable(row) for name, row in rows.items()}
    return {**kept, "required": list(properties), "additionalProperties": False}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **values}


def tokens_of(response: Response, most: Tokens) -> Tokens:
    """Return the tokens that a response reports, or `most` if it reports none."""
    try:
        usage = msgspec.json.decode(response.body, type=Completion).usage
    except (msgspec.MsgspecError, ValueError, RecursionError):
        usage = None
    if usage is None or usage.prompt_tokens <= 0:
        return Tokens(input=most.input, output=most.output, estimated=True)
    counts = (min(max(count, 0), MAX_TOKENS) for count in (usage.prompt_tokens, usage.completion_tokens))
    first, last = counts
    return Tokens(input=first, output=last)


def value_of(response: Response) -> Mapping[str, Any]:
    """Return the JSON object that a model answered. Raises `BadAnswerError` if there is none."""
    try:
        completion = msgspec.json.decode(response.body, type=Completion)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadAnswerError("the response is not a chat completion") from error
    choice = completion.choices[0] if completion.choices else None
    if choice is None:
        raise BadAnswerError("the response does not contain a choice")
    if choice.finish_reason in _ENDINGS:
        raise BadAnswerError(f"the response is incomplete: {_ENDINGS[choice.finish_reason]}")
    if choice.message.refusal or not choice.message.content:
        raise BadAnswerError("the model refused to answer" if choice.message.refusal else "the response is empty")
    try:
        value = msgspec.json.decode(choice.message.content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadAnswerError("the content of the response is not JSON") from error
    if not isinstance(value, dict):
        raise BadAnswerError("the content of the response is not a JSON object")
    if _is_deep(value):
        raise BadAnswerError(f"the content of the response is nested deeper than {MAX_DEPTH} levels")
    return value


def _is_deep(value: object) -> bool:
    """Return whether a value is nested so deeply that it may not be possible to write it again."""
    layer = [value]
    for _ in range(MAX_DEPTH):
        layer = [below for one in layer for below in _parts(one)]
        if not layer:
            return False
    return True


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
