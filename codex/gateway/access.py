"""Decides which models may get the text of a repository. Everything that is not explicitly allowed is denied."""

from codex.gateway.question import DeniedError
from skills_build.model.gateway import GatewaySettings


def allowed_models(settings: GatewaySettings, task: str, sensitivity: str | None) -> tuple[str, ...]:
    """Return the models of a task that a sensitivity class allows, in order. Raises `DeniedError` if there is none."""
    models: tuple[str, ...] = getattr(settings.tasks, task) or ()
    if not models:
        raise DeniedError(f"`gateway.tasks` has no model for {task}", hint=f"add `{task}: [MODEL]` to `gateway.tasks`")
    class_ = sensitivity or settings.default_class
    if class_ is None:
        hint = "set `sensitivity` in .engineering-codex.yaml, or set `gateway.default_class`"
        raise DeniedError("the repository has no sensitivity class, so its text must not be sent to a model", hint=hint)
    if class_ not in settings.classes:
        hint = f"add the class to `gateway.classes`: {', '.join(settings.classes) or 'none is declared'}"
        raise DeniedError(
            f"the sensitivity class `{class_}` is not declared, so no text may be sent to a model", hint=hint
        )
    allowed = tuple(model for model in models if model in settings.classes[class_])
    if not allowed:
        hint = "have a person review these rules, or allow a model in `gateway.classes`"
        raise DeniedError(f"the sensitivity class `{class_}` does not allow a model for {task}", hint=hint)
    return allowed
