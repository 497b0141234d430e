"""The only importer of Jinja2: page skeletons filled with finished text. Nothing is escaped unless a filter says so.

The filters are those of `inert`: `{{ owner | text }}`. A test holds every template to them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from skills_build import inert
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from jinja2 import Environment


FILTERS: Final = {
    "code": inert.code,
    "text": inert.text,
    "prose": inert.prose,
    "html": inert.html,
    "address": inert.address,
}
"""What makes foreign text safe in a template."""


class Renderer:
    """Fills templates, given by name as text. Jinja2 is loaded with the first page, each template compiled once."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = templates
        self._environment: Environment | None = None

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Fill the template `name`. Raises `CodexError` where it is missing or asks for what is not there."""
        from jinja2 import TemplateError

        try:
            return self._engine().get_template(name).render(values)
        except TemplateError as error:
            message = str(error) or type(error).__name__
            raise CodexError(f"template `{name}`: {message}", hint="compare it with the template that ships") from error

    def _engine(self) -> "Environment":
        if self._environment is None:
            from jinja2 import DictLoader, Environment, StrictUndefined

            self._environment = Environment(
                loader=DictLoader(dict(self._templates)),
                undefined=StrictUndefined,
                autoescape=False,
                keep_trailing_newline=True,
                trim_blocks=True,
                lstrip_blocks=True,
            )
            self._environment.filters.update(FILTERS)
        return self._environment
