"""What an agent in a repository of some profile would see, before anything is written anywhere."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from codex.workflow.build import BuildOptions, build, default_out
from codex.workflow.codex_folder import CodexFolder
from skills_build.errors import CodexError
from skills_build.model.config import Profile
from skills_build.source.schema_findings import nearest

NAME = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePreview:
    """The fragments by folder (`""` is the root), and the skills with their descriptions."""

    profile: Profile
    fragments: dict[str, str]
    skills: tuple[tuple[str, str], ...]


def profile_named(words: str, place: CodexFolder, used: tuple[frozenset[str], frozenset[str]]) -> Profile:
    """The profile that codex.yaml calls so, or one made of words such as `python,docker`.

    `used` are the languages and technologies that the standards name. Raises `CodexError` for a word nobody uses.
    """
    named = place.config.profiles.get(words)
    if named is not None:
        return named
    known = (used[0] | set(place.config.languages), used[1] | set(place.config.technologies))
    return profile_of_words(words, known, place.config.profiles)


def profile_of_words(words: str, known: tuple[Set[str], Set[str]], names: Iterable[str]) -> Profile:
    """A profile made of languages and technologies, which `known` lists. Raises `CodexError` for a word of neither.

    `names` are those of profiles, for suggestions.
    """
    chosen: tuple[list[str], list[str]] = ([], [])
    every = (*sorted(known[0] | known[1]),)
    for word in (w.strip().lower() for w in words.split(",") if w.strip()):
        if word not in every:
            near = nearest(word, (*every, *names))
            words_known = ", ".join(every) or "none: no standard names a language or technology"
            hint = f"did you mean `{near}`?" if near else f"known words: {words_known}"
            raise CodexError(f"no standard knows `{word}`", hint=hint)
        chosen[0 if word in known[0] else 1].append(word)
    return Profile(languages=tuple(chosen[0]), technologies=tuple(chosen[1]))


def preview(place: CodexFolder, words: str) -> ProfilePreview:
    """Build for one profile in memory."""
    from codex.workflow.codex_folder import parse_all

    standards = parse_all(place).codex.standards
    scopes = [s.scope for s in standards] + [r.scope for s in standards for r in s.rules]
    languages = frozenset(word for scope in scopes for word in scope.languages)
    technologies = frozenset(word for scope in scopes for word in scope.technologies)
    profile = profile_named(words, place, (languages, technologies))
    config = replace(place.config, profiles={NAME: profile}, targets=())
    built = build(replace(place, config=config), config.lint, BuildOptions(out=default_out(place.root)))
    if built.plan is None:
        raise CodexError("the standards have errors", hint="`codexc check` shows them")
    start = f"agents-md/{NAME}"
    texts = {a.path: a.data.decode() for a in built.artifacts if a.path.startswith(start)}
    folders = {
        p.removeprefix(start).removesuffix("AGENTS.md").removesuffix(".md").strip("/"): t for p, t in texts.items()
    }
    needed = {line.skill for f in built.plan.fragments for line in f.index} | {f.finder for f in built.plan.fragments}
    skills = tuple((s.name, s.description) for s in built.plan.skills if s.name in needed)
    return ProfilePreview(profile=profile, fragments=folders, skills=skills)
