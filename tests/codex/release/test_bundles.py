"""`codexc bundle`: the bundle of a release, from any clone."""

import json
import shutil
import tarfile

import pytest

from skills_build.emit.registry import BY_NAME
from tests.support.releasing import CONFIG, SERVICES, Codex, contents, git, listing
from tests.support.running import codexc


def clone(codex: Codex, name: str, ref: str) -> Codex:
    root = codex.root.parent / name
    git(codex.root.parent, "clone", "--quiet", "--branch", ref, str(codex.root), str(root))
    return Codex(root)


def test_a_clone_at_the_tag_makes_the_same_bundle(released: Codex) -> None:
    released.git("remote", "add", "origin", "https://someone:secret@git.example.org/acme/codex.git")
    released.changed("services.md", "callers", "clients")
    released.release("--tag")
    released.changed("services.md", "clients", "users")
    for version in ("1.0.0", "1.0.1"):
        other = clone(released, f"at {version}", f"codex-v{version}")
        other.git("remote", "set-url", "origin", "https://git.example.org/acme/codex.git")
        run = other.run("bundle", as_of=None)
        assert (run.code, run.out.strip()) == (0, str(other.bundle(version))), run.err
        assert run.err == f"{len(contents(other.bundle(version))):,} files of {version}\n"
        assert other.git("status", "--short") == ""
        mine, theirs = contents(released.bundle(version)), contents(other.bundle(version))
        if version == "1.0.0":  # there was no remote yet
            del mine["provenance.json"], theirs["provenance.json"]
        assert mine == theirs
    statement = json.loads((released.bundle("1.0.1") / "provenance.json").read_bytes())
    assert b"secret" not in (released.bundle("1.0.1") / "provenance.json").read_bytes()
    assert statement["predicate"]["buildDefinition"]["resolvedDependencies"] == [
        {
            "uri": "git+https://git.example.org/acme/codex.git",
            "digest": {"gitCommit": released.git("rev-parse", "codex-v1.0.1~1")},
        }
    ]


def test_a_bundle_is_compared_and_never_changed(released: Codex) -> None:
    before = contents(released.bundle("1.0.0"))
    assert released.run("bundle").code == 0
    assert contents(released.bundle("1.0.0")) == before
    archive = released.bundle("1.0.0") / "acme-data-1.0.0.tar.gz"
    archive.write_bytes(before[archive.name] + b"\0")
    existing = listing(released.bundle("1.0.0"))
    run = released.run("bundle")
    assert run.code == 1
    assert "contains 1.0.0 with a different acme-data-1.0.0.tar.gz" in run.err
    assert listing(released.bundle("1.0.0")) == existing


def test_the_provenance_of_the_first_build_is_kept(released: Codex) -> None:
    assert released.run("bundle", CODEXC_BUILDER="https://ci.example.org/1").code == 0
    assert b"urn:codexc:builder:local" in (released.bundle("1.0.0") / "provenance.json").read_bytes()
    shutil.rmtree(released.bundle("1.0.0"))
    assert released.run("bundle", CODEXC_BUILDER="https://ci.example.org/1").code == 0
    assert b"https://ci.example.org/1" in (released.bundle("1.0.0") / "provenance.json").read_bytes()


def test_signatures_of_others_stay_with_a_bundle(released: Codex) -> None:
    signature = released.bundle("1.0.0") / "manifest.json.sigstore.json"
    signature.write_text("{}")
    assert released.run("bundle").code == 0
    assert signature.read_text() == "{}"
    run = codexc("verify", released.bundle("1.0.0"))
    assert run.code == 1
    assert "manifest.json: the sigstore signature is invalid" in run.out


@pytest.mark.parametrize(
    ("origin", "uri"),
    [
        ("https://someone:secret@git.example.org/acme/codex.git", "git+https://git.example.org/acme/codex.git"),
        ("ssh://git@git.example.org/acme/codex.git", "git+ssh://git.example.org/acme/codex.git"),
        ("git@git.example.org:acme/codex.git", "git+git@git.example.org:acme/codex.git"),
        ("/srv/acme/codex.git", "urn:codexc:codex:acme"),
        ("../acme:codex.git", "urn:codexc:codex:acme"),
        ("C:/acme/codex.git", "urn:codexc:codex:acme"),
        ("file:///srv/acme/codex.git", "urn:codexc:codex:acme"),
    ],
)
def test_the_provenance_names_addresses_that_others_can_use(codex: Codex, origin: str, uri: str) -> None:
    codex.git("remote", "add", "origin", origin)
    codex.release("--quiet")
    statement = json.loads((codex.bundle("1.0.0") / "provenance.json").read_bytes())
    (source,) = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["uri"] == uri
    assert codexc("verify", codex.bundle("1.0.0")).code == 0


def test_a_bundle_of_other_standards_is_refused(released: Codex) -> None:
    released.changed("services.md", "callers", "clients")
    shutil.rmtree(released.root / "build")
    run = released.run("bundle")
    assert run.code == 2
    assert "the standards differ from the standards in release 1.0.0" in run.err
    assert "check out `codex-v1.0.0`" in run.err
    assert not (released.root / "build").exists()


def test_there_is_no_bundle_before_a_release(codex: Codex) -> None:
    run = codex.run("bundle")
    assert run.code == 2
    assert "there is no release yet" in run.err


def test_a_codex_whose_names_are_as_long_as_they_may_be_is_released(codex: Codex) -> None:
    config = codex.standards / "codex.yaml"
    targets = ", ".join(BY_NAME)
    config.write_text(
        f"{CONFIG}targets: [{targets}]\nbudgets: {{reference: 3000}}\n".replace("acme\n", f"{'n' * 24}\n", 1)
    )
    rules = "\n".join(
        f"## {'Section ' * 8}{number}\n\n### {'Services ' * 9}MUST {number} (SVC-{number})\n\n{'They wait. ' * 60}\n"
        for number in range(3, 12)
    )
    name = f"{'services-' * 10}.md"
    text = SERVICES.replace("domain: services\n", f"domain: services\nskill: {'key-' * 11}keys\n")
    (codex.standards / name).write_text(f"{text}\n{rules}")
    (codex.standards / "services.md").unlink()
    codex.commit()
    codex.release("--tag")
    bundle = codex.root / "build" / "bundles" / f"{'n' * 24}-1.0.0"
    with tarfile.open(bundle / f"{bundle.name}.tar.gz") as opened:
        packed = opened.getnames()
    assert max(map(len, packed)) > 120
    assert codexc("verify", bundle).code == 0
