"""Which rules are said in a package, and which at the root."""

from collections.abc import Mapping

from skills_build.compile.nesting import hosted_folders, nested_folders
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Parts, Profile
from tests.support.compiling import compiled, standard

PYTHON, TYPESCRIPT = Profile(languages=("python",)), Profile(languages=("typescript",))


def rules() -> tuple[PlacedRule, ...]:
    """One for all, one for Python, one for TypeScript, one for a folder."""
    scopes = {"SVC-1": "", "SVC-2": "languages: python", "SVC-3": "languages: typescript", "SVC-4": "paths: gen/**"}
    text = "".join(
        f"### {identity} MUST hold ({identity})\n\n" + (f"**Applies to:** {scope}\n\n" if scope else "Text.\n\n")
        for identity, scope in scopes.items()
    )
    result = compiled({"a.md": standard(text)})
    return tuple(rule for skill in result.plan.skills for rule in skill.rules)


def parts(packages: Mapping[str, Profile], own: Profile | None = None, hosts: tuple[str, ...] = ()) -> Parts:
    return Parts(own=own or Profile(), packages=packages, hosts=hosts)


def test_without_parts_only_paths_count() -> None:
    assert nested_folders(rules(), None) == {"SVC-4": ("gen",)}


def test_a_rule_for_some_packages_is_at_home_there() -> None:
    folders = nested_folders(rules(), parts({"api": PYTHON, "web": TYPESCRIPT}))
    assert folders == {"SVC-2": ("api",), "SVC-3": ("web",), "SVC-4": ("gen",)}


def test_rules_of_the_root_or_of_most_packages_are_at_the_root() -> None:
    assert "SVC-2" not in nested_folders(rules(), parts({"api": PYTHON, "web": TYPESCRIPT}, own=PYTHON))
    folders = nested_folders(rules(), parts({"a": PYTHON, "b": PYTHON, "web": TYPESCRIPT}))
    assert ("SVC-2" in folders, folders["SVC-3"]) == (False, ("web",))
    many = {f"p{n:02}": PYTHON if n < 9 else TYPESCRIPT for n in range(30)}
    assert "SVC-2" not in nested_folders(rules(), parts(many))
    fewer = {f"p{n:02}": PYTHON if n < 8 else TYPESCRIPT for n in range(30)}
    assert len(nested_folders(rules(), parts(fewer))["SVC-2"]) == 8


def test_hosts_say_what_applies_there() -> None:
    folders = hosted_folders(rules(), parts({"api": PYTHON, "web": TYPESCRIPT}, hosts=("api", "docs")))
    assert folders == {"SVC-2": ("api", "docs"), "SVC-3": ("docs",)}
    assert hosted_folders(rules(), parts({"api": PYTHON})) == {}
