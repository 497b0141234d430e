"""Dart and Flutter: pubspec.yaml. Flutter's packages have commands of their own."""

from collections.abc import Iterator

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, Member, PackageManager, Rank, Title
from codex.profile.untyped import as_str, as_strs, get


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of a folder's pubspec.yaml."""
    if not folder.has("pubspec.yaml"):
        return
    data, evidence = folder.yaml("pubspec.yaml"), folder.at("pubspec.yaml")
    yield PackageManager(name="pub", evidence=evidence)
    name = as_str(data, "name")
    if name:
        yield Title(name=name)
    # https://dart.dev/tools/pub/workspaces
    yield from (Member(glob=glob) for glob in as_strs(data, "workspace"))
    members = [folder.at(f"{member}/pubspec.yaml") for member in as_strs(data, "workspace")]
    uses_flutter = any(map(_depends_on_flutter, (data, *map(folder.sources.yaml, members))))
    program = "flutter" if uses_flutter else "dart"
    lines = [(CommandKind.INSTALL, f"{program} pub get"), (CommandKind.LINT, f"{program} analyze")]
    if folder.sources.under(folder.at("test")):
        lines.append((CommandKind.TEST, f"{program} test"))
    for kind, line in (*lines, (CommandKind.FORMAT, "dart format .")):
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True, fit=1)


def _depends_on_flutter(data: object) -> bool:
    """Return whether a package needs Flutter's SDK; pub resolves the members of a workspace together."""
    return get(data, "dependencies", "flutter") is not None
