"""Ruby: Gemfile, gemspec and Rakefile, read as text, never run."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, PackageManager, Rank, Runtime, TaskTarget, Title
from codex.profile.technologies import of_dependencies

_GEM: Final = re.compile(r"""^[ \t]*(?:gem|\w+\.add_(?:\w+_)?dependency)[ (]+["']([\w-]+)["']""", re.MULTILINE)
_TASK: Final = re.compile(
    r"""^[ \t]*(?:multi)?task[ (]+(?::|["'])?([\w:-]+?)["']?(?::|[ \t]*=>|[ \t),]|$)""", re.MULTILINE
)
_NEEDS: Final = re.compile(
    r"""^[ \t]*(?:multi)?task[ (]+(?::|["'])?([\w:-]+?)["']?(?::[ \t]|[ \t]*=>)[ \t]*(?:%[wi])?([^\n]{1,300})$""",
    re.MULTILINE,
)
"""The tasks that run before a task: `task default: %w[lint test]`."""
_NEED: Final = re.compile(r"\w[\w:-]*")
_CLASS: Final = re.compile(
    r"^[ \t]*(Rake::TestTask|RSpec::Core::RakeTask|RuboCop::RakeTask|Minitest::TestTask)"
    r"\.(?:new|create)\b(?:[ (]+[:'\"]+([\w:-]+))?",
    re.MULTILINE,
)
# The default names of the tasks that these classes define: https://ruby.github.io/rake/Rake/TestTask.html,
# https://docs.rubocop.org/rubocop/integration_with_other_tools.html#rake-integration
_TASK_BY_CLASS: Final = {
    "Rake::TestTask": ("test", "minitest"),
    "Minitest::TestTask": ("test", "minitest"),
    "RSpec::Core::RakeTask": ("spec", "rspec"),
    "RuboCop::RakeTask": ("rubocop", "rubocop"),
}
_CONFIGURED: Final = (
    (".rspec", CommandKind.TEST, "rspec"),
    (".rubocop.yml", CommandKind.LINT, "rubocop"),
    (".rubocop.yml", CommandKind.FORMAT, "rubocop -a"),
    (".standard.yml", CommandKind.LINT, "standardrb"),
    (".standard.yml", CommandKind.FORMAT, "standardrb --fix"),
)
_RUBY: Final = re.compile(r"""^ruby[ (]+["']([^"'\n]{1,40})["']""", re.MULTILINE)
_SPEC_NAME: Final = re.compile(r"""\.name\s*=\s*["']([\w.-]+)["']""")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the Ruby files in a folder."""
    specs = folder.ending(".gemspec")
    has_gemfile = folder.has("Gemfile")
    if not has_gemfile and not specs and not folder.has("Rakefile"):
        return
    prefix = "bundle exec " if has_gemfile else ""
    if has_gemfile:
        evidence = folder.at(folder.first("Gemfile.lock", "Gemfile") or "Gemfile")
        yield PackageManager(name="bundler", evidence=evidence)
        yield Command(kind=CommandKind.INSTALL, line="bundle install", evidence=evidence, rank=Rank.CONFIGURATION)
    version = _RUBY.search(folder.text("Gemfile"))
    if version:
        yield Runtime(name="ruby", version=version[1], evidence=f"{folder.at('Gemfile')}#ruby")
    gems: dict[str, str] = {}
    for name in ("Gemfile", *specs):
        for gem in _GEM.findall(folder.text(name))[:500]:
            gems.setdefault(gem, folder.at(name))
    for gem, evidence in gems.items():
        yield from of_dependencies([gem], evidence)
    for name in specs[:1]:
        match = _SPEC_NAME.search(folder.text(name))
        if match:
            yield Title(name=match[1])
    yield from _configured(folder, prefix, gems)
    yield from _rake(folder, prefix)


def _configured(folder: EvidenceFolder, prefix: str, gems: dict[str, str]) -> Iterator[Command]:
    for file, kind, line in _CONFIGURED:
        if folder.has(file):
            yield Command(kind=kind, line=prefix + line, evidence=folder.at(file), rank=Rank.CONFIGURATION)
    if "rspec" in gems and not folder.has(".rspec"):
        line, evidence = f"{prefix}rspec", f"{gems['rspec']}#rspec"
        yield Command(kind=CommandKind.TEST, line=line, evidence=evidence, rank=Rank.CONFIGURATION)
    if folder.has("bin/rails"):
        line, evidence = "bin/rails test", folder.at("bin/rails")
        yield Command(kind=CommandKind.TEST, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)
        line = "bin/dev" if folder.has("bin/dev") and folder.has("Procfile.dev") else "bin/rails server"
        yield Command(kind=CommandKind.RUN, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)
    if folder.has("bin/setup"):
        line, evidence = "bin/setup", folder.at("bin/setup")
        yield Command(kind=CommandKind.INSTALL, line=line, evidence=evidence, rank=Rank.TARGET)


def _rake(folder: EvidenceFolder, prefix: str) -> Iterator[TaskTarget]:
    text, evidence = folder.text("Rakefile"), folder.at("Rakefile")
    body_by_task: dict[str, tuple[str, ...]] = {}
    for class_name, name in _CLASS.findall(text)[:200]:
        task, body = _TASK_BY_CLASS[class_name]
        if body == "rubocop" and folder.has(".standard.yml") and not folder.has(".rubocop.yml"):
            continue  # Standard configures RuboCop, which without it has other rules
        body_by_task.setdefault(name or task, (prefix + body,))
    needs = {name: tuple(_NEED.findall(value)) for name, value in _NEEDS.findall(text)[:200]}
    for name in _TASK.findall(text)[:200]:
        body_by_task.setdefault(name, ("rspec",) if name == "spec" and name not in needs else ())
    parts = {name for name in body_by_task if name.startswith(("spec:", "test:"))}
    has_whole = not {"spec", "test", "specs", "tests"}.isdisjoint(body_by_task) or len(parts) < 2
    if not has_whole and "default" in body_by_task:
        line = f"{prefix}rake"
        kind, key = CommandKind.TEST, f"{evidence}#default"
        yield TaskTarget(runner="rake", name="default", line=line, evidence=key, body=(line,), kind=kind)
    for name, lines in body_by_task.items():
        if not has_whole and (name == "default" or name in parts):
            continue  # if several tasks run a part of the tests, none of them runs all
        line, needed = f"{prefix}rake {name}".removesuffix(" default"), needs.get(name, ())
        yield TaskTarget(runner="rake", name=name, line=line, evidence=f"{evidence}#{name}", body=lines, needs=needed)
