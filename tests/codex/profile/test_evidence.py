"""Which files are read: evidence only, few and small, and never through links."""

from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import LINK, SUBMODULE, ListingEntry


def evidence_among(*paths: str) -> tuple[str, ...]:
    return evidence_paths({path: ListingEntry(size=10) for path in paths})


def test_the_most_informative_evidence_comes_first() -> None:
    assert evidence_among(
        "src/a.py",
        "a/b/.gitattributes",
        "make/x.mk",
        "a/package.json",
        ".github/workflows/ci.yml",
        "Makefile",
        ".github/CODEOWNERS",
        ".gitattributes",
        "README.md",
        "examples/a/package.json",
    ) == (
        ".gitattributes",
        ".github/CODEOWNERS",
        "Makefile",
        ".github/workflows/ci.yml",
        "a/package.json",
        "a/b/.gitattributes",
        "make/x.mk",
        "examples/a/package.json",
    )


def test_vendored_generated_and_test_files_are_not_read() -> None:
    assert evidence_among("vendor/a/go.mod", "node_modules/a/package.json", "gen/pom.xml", "tests/a/Cargo.toml") == ()


def test_lock_files_are_never_read() -> None:
    assert evidence_among("uv.lock", "package-lock.json", "Cargo.lock", "go.sum") == ()


def test_large_files_links_and_submodules_are_not_read() -> None:
    listing = {
        "Makefile": ListingEntry(size=256 * 1024 + 1),
        "package.json": ListingEntry(size=5, mode=LINK),
        "pom.xml": ListingEntry(size=0, mode=SUBMODULE),
        "go.mod": ListingEntry(size=None),
        "Cargo.toml": ListingEntry(size=256 * 1024),
    }
    assert evidence_paths(listing) == ("Cargo.toml", "go.mod")


def test_an_oversized_manifest_is_a_note() -> None:
    large = ListingEntry(size=256 * 1024 + 1)
    listing = {"Makefile": large, ".github/workflows/ci.yml": large, "src/a.py": large, "bin/tool": large}
    assert [(note.path, note.message) for note in build_profile(listing, {}).notes] == [
        (".github/workflows/ci.yml", "larger than 256 KiB"),
        ("Makefile", "larger than 256 KiB"),
    ]


def test_executables_are_selected_by_their_mode() -> None:
    scripts = {f"bin/s{n:02}": ListingEntry(size=1, mode=0o100755) for n in range(30)}
    assert evidence_paths(scripts) == tuple(f"bin/s{n:02}" for n in range(20))
    assert evidence_paths({"bin/a.sh": ListingEntry(size=1, mode=0o100755), "bin/b": ListingEntry(size=1)}) == ()


def test_at_most_two_hundred_files() -> None:
    listing = {f"p{n}/package.json": ListingEntry(size=1) for n in range(500)} | {
        ".github/workflows/a.yml": ListingEntry(size=1)
    }
    paths = evidence_paths(listing)
    assert len(paths) == 200
    assert paths[0] == ".github/workflows/a.yml"
