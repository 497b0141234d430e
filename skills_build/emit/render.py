"""Renders page templates; the only importer of Jinja2. Nothing is escaped unless a filter does it.

The filters are those of `inert`: `{{ owner | text }}`. A test holds every template to them.
"""

from collections.abc import Mapping
from functools import lru_cache
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
"""The filters that make untrusted text safe in a template."""


class Renderer:
    """Renders templates, given as text by name. Jinja2 is imported with the first page."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = tuple(templates.items())

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Render the template `name`. Raises `CodexError` if it is missing, invalid or uses an undefined value."""
        from jinja2 import TemplateError

        try:
            return _environment(self._templates).get_template(name).render(values)
        except TemplateError as error:
            message = str(error) or type(error).__name__
            raise CodexError(
                f"template `{name}`: {message}", hint="compare the template with the built-in one"
            ) from error


@lru_cache(maxsize=4)
def _environment(templates: tuple[tuple[str, str], ...]) -> "Environment":
    """Return the environment that keeps these templates compiled: compiling one takes longer than rendering a page."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
