"""Previews what an agent reads in a repository with a given profile. Writes nothing."""

from collections.abc import Iterable, Set
from dataclasses import replace

from codex.workflow.build import BuildOptions, build, default_out
from codex.workflow.codex_folder import CodexFolder
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Profile
from skills_build.source.similar import nearest
from skills_build.vocabulary import canonical, known

NAME = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePreview:
    """The fragments by folder (`""` is the root), and the skills with their descriptions."""

    profile: Profile
    fragments: dict[str, str]
    skills: tuple[tuple[str, str], ...]


def profile_named(words: str, place: CodexFolder, used: tuple[frozenset[str], frozenset[str]]) -> Profile:
    """The profile of this name in codex.yaml, or one made of terms such as `python,docker`.

    `used` are the languages and technologies in the standards. Raises `CodexError` for an unknown term.
    """
    named = place.config.profiles.get(words)
    if named is not None:
        return named
    terms = (used[0] | set(place.config.languages), used[1] | set(place.config.technologies))
    return profile_of_words(words, terms, place.config.profiles)


def profile_of_words(words: str, terms: tuple[Set[str], Set[str]], names: Iterable[str]) -> Profile:
    """A profile made of kinds, languages and technologies. Raises `CodexError` for an unknown term.

    `terms` are the languages and technologies in use, `names` those of profiles, for suggestions.
    """
    matched: tuple[list[str], list[str], list[str]] = ([], [], [])
    all_terms = (*sorted(terms[0] | terms[1]),)
    for written in (w.strip().lower() for w in words.split(",") if w.strip()):
        word = next((name for name in _readings(written) if name in all_terms), written)
        if word not in all_terms and canonical("kinds", word) in known("kinds"):
            matched[2].append(canonical("kinds", word))
            continue
        if word not in all_terms:
            suggestion = nearest(word, (*all_terms, *names))
            known_terms = ", ".join(all_terms) or "none, because no standard declares a language or technology"
            hint = f"did you mean `{suggestion}`?" if suggestion else f"known terms: {known_terms}"
            raise CodexError(f"unknown profile term `{word}`", hint=hint)
        matched[0 if word in terms[0] else 1].append(word)
    return Profile(languages=tuple(matched[0]), technologies=tuple(matched[1]), kinds=tuple(matched[2]))


def _readings(word: str) -> tuple[str, ...]:
    return word, canonical("technologies", word), canonical("languages", word)


def preview(place: CodexFolder, words: str) -> ProfilePreview:
    """Build the fragments and skills of one profile in memory."""
    from codex.workflow.parsing import parse_all

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
