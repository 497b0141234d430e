"""Answers of earlier runs, one JSON file each, which can be reviewed and committed.

The name of a file is the digest of everything that was asked, with the model and the version of the prompt. An entry
whose content does not have the digest of its name is an error. The answer in it is verified like any other.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from codex.gateway.question import Answer, GatewayError, Question, Tokens
from codex.shell.atomic import keep_file, write_file
from codex.shell.cache import key
from codex.shell.reading import read_file
from skills_build.emit.json import document, dumps
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.contract import Constraint, Count, Sha256, Text
from skills_build.model.gateway import TASKS

SCHEMA: Final = "urn:codexc:schema:answer:1"
MAX_ENTRY: Final = 32 * 1024 * 1024
"""Maximum size of a stored response, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One answer of a model, with what was asked."""

    key: Sha256
    """The digest of the model and of everything that was asked; also the name of the file."""
    task: Annotated[str, Constraint(choices=TASKS)]
    """What the model was asked for."""
    version: Count
    """The version of the prompt."""
    model: Text
    """The name of the model at the gateway."""
    input_tokens: Count
    """Tokens of the question."""
    output_tokens: Count
    """Tokens of the answer."""
    answer: Mapping[str, Any]
    """What the model answered. It is verified whenever it is used."""
    instructions: str
    """The instructions."""
    context: Mapping[str, Any]
    """The trusted part of the question, such as rules."""
    data: Mapping[str, Any]
    """The part of the question that anyone may have written, such as a change."""


def key_of(question: Question, model: str) -> str:
    """Return the digest of a question to a model."""
    parts = (question.instructions, *map(_canonical, (question.context, question.data, question.schema)))
    return key(question.task, str(question.version), model, *parts)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


class Answers:
    """A directory of answers. `shared`: it is meant to be reviewed and committed, so its files are not private."""

    def __init__(self, folder: Path | None, *, shared: bool) -> None:
        self._folder = folder
        self._shared = shared

    def get(self, question: Question, model: str) -> Answer | None:
        """Return an earlier answer. Raises `GatewayError` if its file is damaged."""
        path = self._path(question, model)
        if path is None:
            return None
        try:
            data = read_file(path, max_bytes=MAX_ENTRY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GatewayError(f"`{path}` cannot be read: {error.strerror or error}") from error
        return Answer(value=_answer(data, question, path), model=model, cached=True)

    def put(self, question: Question, answer: Answer, tokens: Tokens) -> None:
        """Keep an answer."""
        path = self._path(question, answer.model)
        if path is None:
            return
        entry = Entry(
            key=path.stem,
            task=question.task,
            version=question.version,
            model=answer.model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            answer=answer.value,
            instructions=question.instructions,
            context=question.context,
            data=question.data,
        )
        try:
            (write_file if self._shared else keep_file)(path, dumps(document(SCHEMA, entry), depth=4))
        except OSError as error:
            hint = "pass another directory with `--answers`"
            raise GatewayError(f"`{path}` cannot be written: {error.strerror or error}", hint=hint) from error

    def _path(self, question: Question, model: str) -> Path | None:
        return self._folder / question.task / f"{key_of(question, model)}.json" if self._folder else None


def _answer(data: bytes, question: Question, path: Path) -> Mapping[str, Any]:
    hint = "remove the file, or restore it from Git"
    try:
        entry = parse_json(data)
        asked = [_canonical(entry[name]) for name in ("instructions", "context", "data")]
        value = entry["answer"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise GatewayError(f"`{path}` is not a stored response", hint=hint) from error
    if not isinstance(value, dict):
        raise GatewayError(f"`{path}` is not a stored response: `answer` is not an object", hint=hint)
    expected = (question.instructions, question.context, question.data)
    if asked != [_canonical(one) for one in expected]:
        raise GatewayError(f"`{path}` is the response to a different question", hint=hint)
    return value
