"""Rust: Cargo.toml, its workspace, aliases of .cargo/config.toml, the toolchain file."""

from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, Member, PackageManager, Rank, Runtime, TaskTarget, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str, as_strs, as_table, get

_DEPENDENCIES: Final = (("dependencies",), ("dev-dependencies",), ("workspace", "dependencies"))
_DEFAULTS: Final = (
    (CommandKind.BUILD, "cargo build"),
    (CommandKind.TEST, "cargo test"),
    (CommandKind.LINT, "cargo clippy"),
    (CommandKind.FORMAT, "cargo fmt"),
)
_CONFIGURED: Final = (
    ("clippy.toml", CommandKind.LINT, "cargo clippy"),
    (".clippy.toml", CommandKind.LINT, "cargo clippy"),
    ("rustfmt.toml", CommandKind.FORMAT, "cargo fmt"),
    (".rustfmt.toml", CommandKind.FORMAT, "cargo fmt"),
    (".config/nextest.toml", CommandKind.TEST, "cargo nextest run"),
    ("deny.toml", CommandKind.LINT, "cargo deny check"),
)


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the Rust files in a folder."""
    yield from _toolchain(folder)
    if not folder.has("Cargo.toml"):
        return
    manifest, evidence = folder.toml("Cargo.toml"), folder.at("Cargo.toml")
    yield PackageManager(name="cargo", evidence=evidence)
    name = as_str(manifest, "package", "name")
    if name:
        yield Title(name=name)
    # https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields
    yield from (Member(glob=glob) for glob in as_strs(manifest, "workspace", "members"))
    yield from (Member(glob=f"!{glob}") for glob in as_strs(manifest, "workspace", "exclude"))
    for keys in _DEPENDENCIES:
        yield from of_dependencies(as_table(manifest, *keys), f"{evidence}#{'.'.join(keys)}")
    yield from _aliases(folder)
    for file, kind, line in _CONFIGURED:
        if folder.has(file):
            fit = 1 if "deny" in line else 0
            yield Command(kind=kind, line=line, evidence=folder.at(file), rank=Rank.CONFIGURATION, fit=fit)
    if as_table(manifest, "lints", "clippy") or as_table(manifest, "workspace", "lints", "clippy"):
        line, key = "cargo clippy", f"{evidence}#{'lints' if get(manifest, 'lints') else 'workspace.lints'}.clippy"
        yield Command(kind=CommandKind.LINT, line=line, evidence=key, rank=Rank.CONFIGURATION)
    is_fuzzer = get(manifest, "package", "metadata", "cargo-fuzz") is True  # its targets run without end
    # At a package that is the root of a workspace, Cargo tests only this package:
    # https://doc.rust-lang.org/cargo/reference/workspaces.html#package-selection
    is_root_package = name is not None and get(manifest, "workspace", "members") is not None
    is_narrow = is_root_package and get(manifest, "workspace", "default-members") is None
    for kind, line in _DEFAULTS:
        if is_fuzzer and kind is CommandKind.TEST:
            continue
        line = f"{line} --workspace" if is_narrow and kind is CommandKind.TEST else line
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _aliases(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    # The name without an ending is older, and an alias is a string or a list:
    # https://doc.rust-lang.org/cargo/reference/config.html#alias
    name = folder.first(".cargo/config.toml", ".cargo/config")
    if name is None:
        return
    for alias, value in as_table(folder.toml(name), "alias").items():
        body = value if isinstance(value, str) else " ".join(as_strs(value))
        yield TaskTarget(
            runner="cargo",
            name=alias,
            line=f"cargo {alias}",
            evidence=f"{folder.at(name)}#alias.{alias}",
            body=(f"cargo {body}",),
        )


def _toolchain(folder: EvidenceFolder) -> Iterator[Runtime]:
    # The file without an ending may hold only the channel: https://rust-lang.github.io/rustup/overrides.html
    name = folder.first("rust-toolchain.toml", "rust-toolchain")
    if name is None:
        return
    channel = as_str(folder.toml(name), "toolchain", "channel") if name.endswith(".toml") else None
    channel = channel or folder.text(name).strip()
    if channel and "\n" not in channel and "[" not in channel:
        key = "#toolchain.channel" if name.endswith(".toml") else ""
        yield Runtime(name="rust", version=channel, evidence=f"{folder.at(name)}{key}")
