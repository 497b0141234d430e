"""Previews what an agent reads in a repository with a given profile. Writes nothing."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from codex.workflow.build import BuildOptions, build
from codex.workflow.codex_folder import CodexFolder, default_out
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Config, Profile
from skills_build.model.standard import Scope
from skills_build.source.similar import misspelt, nearest
from skills_build.vocabulary import canonical, known

NAME = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePreview:
    """The fragments by folder (`""` is the root), and the skills with their descriptions.

    `notes` name the terms of the profile that no rule has.
    """

    profile: Profile
    fragments: dict[str, str]
    skills: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def profile_named(words: str, config: Config, scopes: Iterable[Scope]) -> tuple[Profile, tuple[str, ...]]:
    """Return the profile of this name in codex.yaml, or one made of terms such as `python,docker`, with its notes.

    `scopes` are those of the rules. A term is a kind, a language or a technology; a note names those that no rule has.
    Raises `CodexError` for an unknown term.
    """
    named = config.profiles.get(words)
    if named is not None:
        return named, ()
    used = tuple(scopes)
    languages = {word.lower() for scope in used for word in scope.languages} | set(config.languages)
    technologies = {word.lower() for scope in used for word in scope.technologies} | set(config.technologies)
    written = [word.strip().lower() for word in words.split(",") if word.strip()]
    terms = [_term(word, languages, technologies, tuple(config.profiles)) for word in written]
    by_kind = {kind: tuple(term for of, term in terms if of == kind) for kind in ("languages", "technologies", "kinds")}
    unused = (term for kind, term in terms if kind != "kinds" and term not in languages | technologies)
    notes = tuple(f"no rule is specific to `{term}`, so this term selects no additional rules" for term in unused)
    return Profile(**by_kind), notes


def _term(word: str, languages: Set[str], technologies: Set[str], names: Sequence[str]) -> tuple[str, str]:
    """Return the kind of a word (`languages`, `technologies` or `kinds`), and the term that it is read as.

    Words that rules use come first: their meaning is that of the rules.
    """
    for reading in (word, canonical("technologies", word), canonical("languages", word)):
        for kind, terms in (("languages", languages), ("technologies", technologies)):
            if reading in terms:
                return kind, reading
    for kind in ("kinds", "technologies", "languages"):
        if (term := canonical(kind, word)) in known(kind):
            return kind, term
    used = tuple(sorted(languages | technologies))
    published = tuple(sorted(known("kinds") | known("technologies") | known("languages")))
    suggestion = nearest(word, (*used, *names)) or misspelt(word, published)
    others = f"the rules use: {', '.join(used)}" if used else "`codexc explain --technologies` lists the technologies"
    raise CodexError(f"unknown profile term `{word}`", hint=f"did you mean `{suggestion}`?" if suggestion else others)


def preview(place: CodexFolder, words: str) -> ProfilePreview:
    """Build the fragments and skills of one profile in memory."""
    from codex.workflow.parsing import parse_all

    standards = parse_all(place).codex.standards
    scopes = [s.scope for s in standards] + [r.scope for s in standards for r in s.rules]
    profile, notes = profile_named(words, place.config, scopes)
    config = replace(place.config, profiles={NAME: profile}, targets=())
    built = build(replace(place, config=config), config.lint, BuildOptions(out=default_out(place.root)))
    if built.plan is None:
        raise CodexError("the standards have errors", hint="run `codexc check` to list the errors")
    start = f"agents-md/{NAME}"
    texts = {a.path: a.data.decode() for a in built.artifacts if a.path.startswith(start)}
    folders = {
        p.removeprefix(start).removesuffix("AGENTS.md").removesuffix(".md").strip("/"): t for p, t in texts.items()
    }
    needed = {line.skill for f in built.plan.fragments for line in f.index} | {f.finder for f in built.plan.fragments}
    skills = tuple((s.name, s.description) for s in built.plan.skills if s.name in needed)
    return ProfilePreview(profile=profile, fragments=folders, skills=skills, notes=notes)
