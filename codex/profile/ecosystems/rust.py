"""Rust: Cargo.toml, its workspace, aliases of .cargo/config.toml, the toolchain file."""

from collections.abc import Iterator
from typing import Final

from codex.profile.model import Command, Fact, Kind, Manager, Member, Rank, Runtime, Target, Title
from codex.profile.shape import at, table, word, words
from codex.profile.sources import Folder
from codex.profile.technologies import of_dependencies

_DEPENDENCIES: Final = (("dependencies",), ("dev-dependencies",), ("workspace", "dependencies"))
_DEFAULTS: Final = (
    (Kind.BUILD, "cargo build"),
    (Kind.TEST, "cargo test"),
    (Kind.LINT, "cargo clippy"),
    (Kind.FORMAT, "cargo fmt"),
)
_CONFIGURED: Final = (
    ("clippy.toml", Kind.LINT, "cargo clippy"),
    (".clippy.toml", Kind.LINT, "cargo clippy"),
    ("rustfmt.toml", Kind.FORMAT, "cargo fmt"),
    (".rustfmt.toml", Kind.FORMAT, "cargo fmt"),
    (".config/nextest.toml", Kind.TEST, "cargo nextest run"),
    ("deny.toml", Kind.LINT, "cargo deny check"),
)


def facts(folder: Folder) -> Iterator[Fact]:
    """Yield what Rust's files in a folder say."""
    yield from _toolchain(folder)
    if not folder.has("Cargo.toml"):
        return
    manifest, evidence = folder.toml("Cargo.toml"), folder.at("Cargo.toml")
    yield Manager(name="cargo", evidence=evidence)
    name = word(manifest, "package", "name")
    if name:
        yield Title(name=name)
    yield from (Member(glob=glob) for glob in words(manifest, "workspace", "members"))
    yield from (Member(glob=f"!{glob}") for glob in words(manifest, "workspace", "exclude"))
    for keys in _DEPENDENCIES:
        yield from of_dependencies(table(manifest, *keys), f"{evidence}#{'.'.join(keys)}")
    yield from _aliases(folder)
    for file, kind, line in _CONFIGURED:
        if folder.has(file):
            fit = 1 if "deny" in line else 0
            yield Command(kind=kind, line=line, evidence=folder.at(file), rank=Rank.CONFIGURATION, fit=fit)
    if table(manifest, "lints", "clippy") or table(manifest, "workspace", "lints", "clippy"):
        line, key = "cargo clippy", f"{evidence}#{'lints' if at(manifest, 'lints') else 'workspace.lints'}.clippy"
        yield Command(kind=Kind.LINT, line=line, evidence=key, rank=Rank.CONFIGURATION)
    for kind, line in _DEFAULTS:
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _aliases(folder: Folder) -> Iterator[Target]:
    name = folder.first(".cargo/config.toml", ".cargo/config")
    if name is None:
        return
    for alias, value in table(folder.toml(name), "alias").items():
        body = value if isinstance(value, str) else " ".join(words(value))
        yield Target(
            runner="cargo",
            name=alias,
            line=f"cargo {alias}",
            evidence=f"{folder.at(name)}#alias.{alias}",
            body=(f"cargo {body}",),
        )


def _toolchain(folder: Folder) -> Iterator[Runtime]:
    name = folder.first("rust-toolchain.toml", "rust-toolchain")
    if name is None:
        return
    channel = word(folder.toml(name), "toolchain", "channel") if name.endswith(".toml") else None
    channel = channel or folder.text(name).strip()
    if channel and "\n" not in channel and "[" not in channel:
        key = "#toolchain.channel" if name.endswith(".toml") else ""
        yield Runtime(name="rust", version=channel, evidence=f"{folder.at(name)}{key}")
