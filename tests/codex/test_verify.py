"""`codexc verify` of good, damaged and hostile bundles, and `codexc install` of what it refuses."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex.workflow.codex_folder import schema
from skills_build.model.bundle import Artifact
from skills_build.release.archive import pack, unpack
from skills_build.release.verify import BundleCheck, check_bundle
from tests.support.hostile import bomb, hostile
from tests.support.releasing import Codex, codex_in, contents, git, listing
from tests.support.running import Run, codexc

WHOLE = "acme-1.0.0.tar.gz"
ARCHIVES = ("acme-data-1.0.0.tar.gz", "acme-index-1.0.0.tar.gz", "acme-services-1.0.0.tar.gz")
NAMES = (WHOLE, *ARCHIVES, "manifest.json", "provenance.json")
SKILL = "skills/acme-services/references/services.md"
HOSTILE = hostile()


@pytest.fixture
def codex(tmp_path_factory: pytest.TempPathFactory) -> Codex:
    """A codex that was released as 1.0.0; made once, not to be changed."""
    root = tmp_path_factory.getbasetemp() / "verified"
    if not root.is_dir():
        codex_in(root).release("--tag")
    return Codex(root)


@pytest.fixture
def bundle(codex: Codex, tmp_path: Path) -> Path:
    """A copy of its bundle."""
    return Path(shutil.copytree(codex.bundle("1.0.0"), tmp_path / "acme-1.0.0"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository to install in."""
    root = tmp_path / "payments"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "AGENTS.md").write_text("# Payments\n")
    return root


def verify(where: Path, *options: str | Path) -> Run:
    return codexc("verify", where, *options)


def wrong(where: Path, *options: str | Path) -> list[str]:
    """What is wrong with a bundle, of which something has to be wrong."""
    run = verify(where, *options)
    lines = run.out.splitlines()
    assert run.code == 1, run.err
    assert lines
    count = f"{len(lines)} problems" if len(lines) > 1 else "1 problem"
    assert run.err == f"{where}: {count} found\n"
    return lines


def checked(folder: Path) -> BundleCheck:
    return check_bundle(contents(folder), schema=schema("manifest"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def inside(bundle: Path) -> tuple[Artifact, ...]:
    return unpack((bundle / WHOLE).read_bytes(), name=WHOLE)


def test_an_intact_folder_is_verified(codex: Codex, bundle: Path) -> None:
    count = len(contents(codex.out))
    run = verify(bundle)
    assert (run.code, run.out) == (0, "")
    assert run.err == f"{bundle}: verified 1.0.0 ({count} files, 3 archives, provenance)\n"
    assert verify(bundle, "--quiet") == Run(0, "", "")


def test_an_intact_archive_is_verified(codex: Codex, bundle: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "any name"
    shutil.copy(bundle / WHOLE, renamed)
    for path in (bundle / WHOLE, renamed):
        assert verify(path) == Run(0, "", f"{path}: verified 1.0.0 ({len(contents(codex.out))} files)\n")


def test_an_intact_output_is_verified(codex: Codex, tmp_path: Path) -> None:
    out = Path(shutil.copytree(codex.out, tmp_path / "dist"))
    assert verify(out).err == f"{out}: verified 1.0.0 ({len(contents(out))} files)\n"
    extra = out / "skills/acme-data/extra.md"
    extra.write_text("more\n")
    assert wrong(out) == ["skills/acme-data/extra.md: is not in the manifest"]
    extra.unlink()
    (out / SKILL).unlink()
    assert wrong(out) == [f"{SKILL}: is missing"]


def test_an_unpacked_bundle_is_verified(bundle: Path, tmp_path: Path) -> None:
    for artifact in inside(bundle):
        path = tmp_path / "unpacked" / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.data)
        path.chmod(artifact.mode)
    assert verify(tmp_path / "unpacked").code == 0
    (tmp_path / "unpacked" / SKILL).chmod(0o755)
    assert wrong(tmp_path / "unpacked") == [f"{SKILL}: has mode 0755, not 0644"]


def test_json_of_a_verification(codex: Codex, bundle: Path) -> None:
    run = verify(bundle, "--format", "json")
    assert (run.code, run.err) == (0, "")
    assert json.loads(run.out) == {
        "bundle": str(bundle),
        "version": "1.0.0",
        "files": len(contents(codex.out)),
        "archives": 3,
        "provenance": True,
        "signers": {},
        "faults": [],
    }
    (bundle / ARCHIVES[0]).unlink()
    run = verify(bundle, "--format", "json")
    assert run.code == 1
    facts = json.loads(run.out)
    assert {"path": ARCHIVES[0], "message": "is missing"} in facts["faults"]
    assert facts["version"] == "1.0.0"


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_byte_is_found_in_every_file(name: str, bundle: Path) -> None:
    path = bundle / name
    data = path.read_bytes()
    flip(path, len(data) // 2)
    lines = wrong(bundle)
    assert any(line.startswith(name) for line in lines), lines
    assert {line.partition(":")[0] for line in lines} == {name}, lines


def unsigned(data: bytes, at: int) -> bool:
    """Whether a place in a provenance is in one of the texts that nothing but a signature vouches for."""
    texts = (
        b"urn:codexc:builder:local",
        json.loads(data)["predicate"]["runDetails"]["builder"]["version"]["codexc"].encode(),
    )
    return any(data.index(text) <= at < data.index(text) + len(text) for text in texts)


def test_a_flipped_byte_is_found_anywhere(bundle: Path) -> None:
    """In every file of the bundle, at places all over it; the file is named each time."""
    files = contents(bundle)
    for name, data in contents(bundle).items():
        for at in (0, *range(1, len(data), max(1, len(data) // 30)), len(data) - 1):
            for bit in (1, 0x20, 0x80):
                files[name] = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
                faults = check_bundle(files, schema=schema("manifest")).faults
                named = [fault.path.startswith(name) for fault in faults]
                if name == "provenance.json":  # where it gives the digest of another file, both may be wrong
                    named += ["its checksum in the provenance" in fault.message for fault in faults]
                    named += ["but listed in the provenance" in fault.message for fault in faults]
                    named += [unsigned(data, at)]
                assert any(named), (name, at, bit, faults)
        files[name] = data


def test_a_flipped_byte_in_an_archive_names_the_file_in_it(bundle: Path) -> None:
    data = (bundle / WHOLE).read_bytes()
    for artifact in inside(bundle):
        at = data.index(artifact.path.encode().ljust(100, b"\0")) + 512 + len(artifact.data) // 2
        damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        (bundle / WHOLE).write_bytes(damaged)
        faults = checked(bundle).faults
        names = [fault.path for fault in faults]
        if artifact.path == "manifest.json":
            assert names == [WHOLE], faults
        else:
            assert names == [f"{WHOLE}: {artifact.path}"], faults
    (bundle / WHOLE).write_bytes(data)


def test_the_program_names_the_file_in_a_damaged_archive(bundle: Path) -> None:
    data = (bundle / WHOLE).read_bytes()
    content = next(artifact.data for artifact in inside(bundle) if artifact.path == SKILL)
    flip(bundle / WHOLE, data.index(content) + 10)
    (line,) = wrong(bundle)
    assert line.startswith(f"{WHOLE}: {SKILL}: checksum mismatch (got ")
    alone = wrong(bundle / WHOLE)
    assert alone[0].startswith(f"{WHOLE}: ")
    assert any(line.startswith(f"{SKILL}: checksum mismatch (got ") for line in alone)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(name: str, bundle: Path) -> None:
    (bundle / name).unlink()
    if name == "manifest.json":
        run = verify(bundle)
        assert run.code == 2
        assert f"`{bundle}` holds no manifest.json" in run.err
    else:
        assert wrong(bundle) == [f"{name}: is missing"]


@pytest.mark.parametrize("name", ["acme-extra-1.0.0.tar.gz", "notes.txt", "folder/notes.txt", ".hidden", "x.sig"])
def test_an_extra_file_is_named(name: str, bundle: Path) -> None:
    path = bundle / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((bundle / ARCHIVES[0]).read_bytes())
    assert f"{name}: does not belong to the bundle" in wrong(bundle)


def test_swapped_archives_are_named(bundle: Path) -> None:
    first, second = (bundle / name for name in ARCHIVES[:2])
    first.rename(bundle / "x")
    second.rename(first)
    (bundle / "x").rename(second)
    lines = wrong(bundle)
    assert [line.partition(":")[0] for line in lines] == list(ARCHIVES[:2])
    assert all("checksum mismatch" in line for line in lines)


def forged(bundle: Path, change: Callable[[dict[str, Any]], None], content: bytes | None = None) -> None:
    """Change the manifest, inside the archive too, and everything in the manifest that follows from it."""
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    change(manifest)
    data = json.dumps(manifest, indent=2).encode()
    (bundle / "manifest.json").write_bytes(data)
    kept = [artifact for artifact in inside(bundle) if artifact.path != "manifest.json"]
    (bundle / WHOLE).write_bytes(pack([*kept, Artifact(path="manifest.json", data=data)]))


def test_the_provenance_exposes_a_manifest_forged_with_its_archive(bundle: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["title"] = "Evil codex"

    forged(bundle, change)
    assert wrong(bundle) == [
        f"{WHOLE}: does not match its checksum in the provenance",
        "manifest.json: does not match its checksum in the provenance",
    ]


def test_a_manifest_next_to_the_archive_has_to_be_the_one_in_it(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    manifest["title"] = "Evil codex"
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert f"{WHOLE}: manifest.json: differs from the manifest next to the archive" in wrong(bundle)


def test_the_digests_of_skills_expose_a_forged_one(bundle: Path) -> None:
    """A file was changed, and its digest and those of the archives with it, but not those of the trees."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["release"]["files"][SKILL]["sha256"] = sha256(b"evil\n")

    kept = [artifact for artifact in inside(bundle) if artifact.path != SKILL]
    (bundle / WHOLE).write_bytes(pack([*kept, Artifact(path=SKILL, data=b"evil\n")]))
    forged(bundle, change)
    lines = wrong(bundle)
    assert any("tree digest mismatch" in line for line in lines), lines


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1", "is not an in-toto statement with a SLSA v1 predicate"),
        (
            ("predicateType",),
            "https://slsa.dev/provenance/v0.2",
            "is not an in-toto statement with a SLSA v1 predicate",
        ),
        (("subject",), [], "does not list"),
        (("subject",), None, "is not an in-toto statement"),
        (("subject",), [1], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "externalParameters", "version"), "2.0.0", "has a different version"),
        (("predicate", "buildDefinition", "externalParameters", "namespace"), "x", "has a different namespace"),
        (("predicate", "buildDefinition", "externalParameters", "as_of"), "x", "has a different as_of"),
        (("predicate", "buildDefinition", "externalParameters"), [], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "resolvedDependencies"), [], "has a different commit"),
        (("predicate", "buildDefinition", "resolvedDependencies"), [{}], "is not an in-toto statement"),
        (("predicate", "buildDefinition", "resolvedDependencies"), "git", "is not an in-toto statement"),
        (("predicate", "buildDefinition", "internalParameters", "tree"), "0" * 64, "has a different tree"),
        (("predicate", "buildDefinition", "buildType"), "urn:other", "is not in canonical form"),
        (("predicate", "buildDefinition"), "x", "is not an in-toto statement"),
        (("predicate", "runDetails", "builder", "id"), 1, "is not an in-toto statement"),
        (("predicate", "runDetails", "metadata"), {"startedOn": "2026-11-23T00:00:00Z"}, "is not in canonical form"),
        (("more",), "x", "is not in canonical form"),
        ((), [], "is not an in-toto statement"),
        ((), None, "is not an in-toto statement"),
    ],
)
def test_a_provenance_that_speaks_of_something_else_is_named(
    path: tuple[str, ...], value: Any, message: str, bundle: Path
) -> None:
    statement: Any = json.loads((bundle / "provenance.json").read_bytes())
    place: Any = statement
    for key in path[:-1]:
        place = place[key]
    if path:
        place[path[-1]] = value
    else:
        statement = value
    (bundle / "provenance.json").write_text(json.dumps(statement))
    faults = checked(bundle).faults
    assert faults
    assert all(fault.path == "provenance.json" and message in fault.message for fault in faults), faults


def test_a_provenance_of_more_than_there_is_names_what_is_missing(bundle: Path) -> None:
    statement = json.loads((bundle / "provenance.json").read_bytes())
    statement["subject"].append({"name": "other.tar.gz", "digest": {"sha256": "0" * 64}})
    (bundle / "provenance.json").write_text(json.dumps(statement))
    assert "other.tar.gz: is missing, but listed in the provenance" in wrong(bundle)


@pytest.mark.parametrize(
    "hurt",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"$schema": "urn:codexc:schema:manifest:2"}',
    ],
)
@pytest.mark.parametrize("name", ["manifest.json", "provenance.json"])
def test_what_is_no_manifest_or_provenance_is_named(name: str, hurt: bytes, bundle: Path) -> None:
    (bundle / name).write_bytes(hurt)
    (line,) = wrong(bundle)
    assert line.startswith(f"{name}: ")


@pytest.mark.parametrize("name", NAMES)
def test_a_truncated_file_is_named(name: str, bundle: Path) -> None:
    data = (bundle / name).read_bytes()
    for end in (0, 1, 100, len(data) // 2, len(data) - 1):
        (bundle / name).write_bytes(data[:end])
        faults = checked(bundle).faults
        assert any(fault.path.startswith(name) for fault in faults), (end, faults)
    lines = wrong(bundle)
    assert any(line.startswith(name) for line in lines)


def test_the_manifest_of_a_build_makes_no_bundle(codex: Codex, bundle: Path) -> None:
    shutil.copy(codex.out / "manifest.json", bundle / "manifest.json")
    assert wrong(bundle) == ["manifest.json: belongs to a build, not to a release"]


def test_names_that_reach_for_the_terminal_are_escaped(bundle: Path) -> None:
    statement = json.loads((bundle / "provenance.json").read_bytes())
    statement["subject"].append({"name": "\x1b]0;owned\x07\nmanifest.json: fine", "digest": {"sha256": "0" * 64}})
    (bundle / "provenance.json").write_text(json.dumps(statement))
    first, *rest = wrong(bundle)
    assert first == r"\x1b]0;owned\x07\nmanifest.json: fine: is missing, but listed in the provenance"
    assert all(line.isprintable() for line in rest)


def test_names_that_are_no_names_are_no_crash(bundle: Path) -> None:
    names: list[Any] = [1, None, "\ud800", [], {}, "a" * 100_000]
    for name in names:
        statement = json.loads((bundle / "provenance.json").read_bytes())
        statement["subject"].append({"name": name, "digest": {"sha256": "0" * 64}})
        (bundle / "provenance.json").write_text(json.dumps(statement))
        assert wrong(bundle)


def test_links_in_a_bundle_are_refused(bundle: Path, tmp_path: Path) -> None:
    (bundle / ARCHIVES[0]).rename(tmp_path / "elsewhere")
    (bundle / ARCHIVES[0]).symlink_to(tmp_path / "elsewhere")
    run = verify(bundle)
    assert (run.code, run.out) == (2, "")
    assert f"`{bundle}/{ARCHIVES[0]}` is a link or not a regular file" in run.err
    (bundle / ARCHIVES[0]).unlink()
    (tmp_path / "elsewhere").rename(bundle / ARCHIVES[0])
    (bundle / "more").symlink_to(tmp_path)
    assert f"`{bundle}/more` is a link or not a regular file" in verify(bundle).err
    (bundle / "more").unlink()
    os.mkfifo(bundle / "pipe")
    assert f"`{bundle}/pipe` is a link or not a regular file" in verify(bundle).err


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("nowhere", "there is no bundle `nowhere`"),
        ("/dev/null", "there is no bundle `/dev/null`"),
    ],
)
def test_a_missing_bundle_is_an_error(where: str, message: str, tmp_path: Path) -> None:
    run = codexc("verify", where, cwd=tmp_path)
    assert run.code == 2
    assert message in run.err


def test_missing_and_extra_arguments_are_errors(bundle: Path) -> None:
    assert "nothing to verify" in codexc("verify").err
    assert codexc("verify").code == 2
    assert "cannot be combined with --installed" in verify(bundle, "--installed").err


def test_an_unreachable_address_is_an_error() -> None:
    pytest.importorskip("codex.http.fetch", reason="bundles cannot be fetched yet")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/acme-1.0.0.tar.gz"
        run = codexc("verify", address)
    assert run.code == 2
    assert address in run.err


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Two keys, `ada` and `eve`, and a file `allowed` that knows ada only."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen on this machine")
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("ada", "eve"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)
    (folder / "allowed").write_text(f"ada@example.org {(folder / 'ada.pub').read_text()}")
    return folder


def signed(bundle: Path, key: Path, *, namespace: str = "codexc", names: tuple[str, ...] = ()) -> None:
    """Sign a bundle with ssh-keygen itself."""
    for name in names or ("manifest.json", "provenance.json"):
        (bundle / f"{name}.sig").unlink(missing_ok=True)
        command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", namespace, str(bundle / name)]
        subprocess.run(command, check=True, capture_output=True)


def test_a_release_signs_its_bundle(codex: Codex, keys: Path, tmp_path: Path) -> None:
    run = codex.run("bundle", "--bundles", tmp_path / "signed", "--sign", keys / "ada")
    assert run.code == 0, run.err
    bundle = tmp_path / "signed" / "acme-1.0.0"
    assert set(contents(bundle)) == {*NAMES, "manifest.json.sig", "provenance.json.sig"}
    result = verify(bundle, "--allowed-signers", keys / "allowed")
    assert result.code == 0, result.out
    assert result.err.endswith("3 archives, provenance), signed by ada@example.org\n")
    facts = json.loads(verify(bundle, "--allowed-signers", keys / "allowed", "--format", "json").out)
    assert facts["signers"] == {"manifest.json": "ada@example.org", "provenance.json": "ada@example.org"}
    assert verify(bundle).code == 0
    assert codex.run("bundle", "--bundles", tmp_path / "signed").code == 0
    assert "manifest.json.sig" in contents(bundle)


def test_signatures_that_ssh_keygen_made_hold(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    assert "signed by ada@example.org" in verify(bundle, "--allowed-signers", keys / "allowed").err


def test_a_signature_by_another_key_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "eve")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert [line.partition(": ")[0] for line in lines] == ["manifest.json", "provenance.json"]
    assert all("is not an allowed signer" in line for line in lines)
    signed(bundle, keys / "ada", names=("manifest.json",))
    (line,) = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert line.startswith("provenance.json: key SHA256:")


def test_a_signature_of_other_bytes_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    shutil.copy(bundle / "manifest.json.sig", bundle / "provenance.json.sig")
    (line,) = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert line.startswith("provenance.json: the signature does not match the content")


def test_a_manifest_that_was_changed_after_it_was_signed_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    (bundle / "manifest.json").write_bytes((bundle / "manifest.json").read_bytes() + b"\n")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert any(line.startswith("manifest.json: the signature does not match") for line in lines)


def test_a_signature_for_another_purpose_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada", namespace="git")
    lines = wrong(bundle, "--allowed-signers", keys / "allowed")
    assert [line.partition(": ")[0] for line in lines] == ["manifest.json", "provenance.json"]


def test_a_key_that_may_not_sign_bundles_is_named(bundle: Path, keys: Path) -> None:
    signed(bundle, keys / "ada")
    public = (keys / "ada.pub").read_text()
    (keys / "allowed").write_text(f'ada@example.org namespaces="git" {public}')
    assert len(wrong(bundle, "--allowed-signers", keys / "allowed")) == 2
    (keys / "allowed").write_text(f'ada@example.org namespaces="codexc,git" {public}')
    assert verify(bundle, "--allowed-signers", keys / "allowed").code == 0
    (keys / "allowed").write_text(f'ada@example.org valid-before="20200101" {public}')
    assert len(wrong(bundle, "--allowed-signers", keys / "allowed")) == 2


def test_missing_and_broken_signatures_are_named(bundle: Path, keys: Path) -> None:
    allowed = ("--allowed-signers", keys / "allowed")
    unsigned = "is not signed, and --allowed-signers requires a signature"
    assert wrong(bundle, *allowed) == [f"manifest.json: {unsigned}", f"provenance.json: {unsigned}"]
    signed(bundle, keys / "ada")
    (bundle / "provenance.json.sig").unlink()
    assert wrong(bundle, *allowed) == [f"provenance.json: {unsigned}"]
    for broken in (b"", b"hello\n", b"-----BEGIN SSH SIGNATURE-----\n", b"\0" * 1000):
        (bundle / "provenance.json.sig").write_bytes(broken)
        (line,) = wrong(bundle, *allowed)
        assert line.startswith("provenance.json: the signature does not match the content: ")


def test_an_unsigned_bundle_is_reported(codex: Codex, bundle: Path, keys: Path, tmp_path: Path) -> None:
    signed(bundle, keys / "ada")
    assert verify(bundle / WHOLE, "--allowed-signers", keys / "allowed").code == 0  # the signature is beside it
    alone = Path(shutil.copy(bundle / WHOLE, tmp_path / WHOLE))
    for unsigned in (alone, codex.out):
        (line,) = wrong(unsigned, "--allowed-signers", keys / "allowed")
        assert line == "manifest.json: is not signed, and --allowed-signers requires a signature"
    for missing in (tmp_path / "none", tmp_path):
        run = verify(bundle, "--allowed-signers", missing)
        assert run.code == 2
        assert f"there is no file `{missing}` of allowed signers" in run.err


def test_a_missing_key_is_an_error_and_nothing_is_written(codex: Codex, keys: Path, tmp_path: Path) -> None:
    for key in (tmp_path / "none", keys / "allowed"):
        run = codex.run("bundle", "--bundles", tmp_path / "out", "--sign", key)
        assert run.code == 2
        assert "there is no key" in run.err or "cannot sign" in run.err
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_named(name: str) -> None:
    result = check_bundle({"evil.tar.gz": HOSTILE[name].data}, schema=schema("manifest"), alone=True)
    assert result.files == ()
    assert any(HOSTILE[name].said in fault.message for fault in result.faults), result.faults
    assert all(fault.message.isprintable() for fault in result.faults)


def test_the_command_reports_a_hostile_archive(tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(HOSTILE["control"].data)
    (line,) = wrong(path)
    assert r"`a\x1b[2J.md` is refused: its name is not plain ASCII" in line


def with_more(bundle: Path, *more: Artifact) -> bytes:
    return pack([*inside(bundle), *more])


def in_place_of(bundle: Path, path: str, data: bytes) -> bytes:
    return pack(
        [
            Artifact(path=artifact.path, data=data if artifact.path == path else artifact.data)
            for artifact in inside(bundle)
        ]
    )


FORGED: dict[str, Callable[[Path], bytes]] = {
    "a-file-too-many": lambda bundle: with_more(bundle, Artifact(path="skills/acme-data/x.md", data=b"x")),
    "a-script-too-many": lambda bundle: with_more(bundle, Artifact(path="x.sh", data=b"#!/bin/sh\n", mode=0o755)),
    "another-content": lambda bundle: in_place_of(bundle, SKILL, b"evil\n"),
    "a-file-is-gone": lambda bundle: pack([artifact for artifact in inside(bundle) if artifact.path != SKILL]),
    "no-manifest": lambda bundle: pack([artifact for artifact in inside(bundle) if artifact.path != "manifest.json"]),
    "a-manifest-of-nothing": lambda bundle: in_place_of(bundle, "manifest.json", b"{}"),
    "executable": lambda bundle: pack([Artifact(path=a.path, data=a.data, mode=0o755) for a in inside(bundle)]),
    "cut": lambda bundle: (bundle / WHOLE).read_bytes()[:-1],
    "compressed": lambda bundle: gzip.compress(gzip.decompress((bundle / WHOLE).read_bytes()), mtime=0),
    "one-skill": lambda bundle: (bundle / ARCHIVES[0]).read_bytes(),
    "nothing": lambda _: pack([]),
    "bomb": lambda _: bomb(256 * 1024**2, "manifest.json"),
}


def not_installed(where: Path, repository: Path, *options: str) -> None:
    before = listing(repository)
    outside = {path.name for path in repository.parent.iterdir()}
    for more in options or ("--quiet", "--force"):
        run = codexc("install", where, "--into", repository, more)
        assert run.code == 2, run.err
        assert str(where) in run.err
        assert f"`codexc verify {where}` lists all faults" in run.err
        assert listing(repository) == before
    assert {path.name for path in repository.parent.iterdir()} == outside


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_installs_nothing(name: str, repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(HOSTILE[name].data)
    not_installed(path, repository, "--force")


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_archive_installs_nothing(name: str, bundle: Path, repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "evil-1.0.0.tar.gz"
    path.write_bytes(FORGED[name](bundle))
    not_installed(path, repository)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_folder_installs_nothing(name: str, bundle: Path, repository: Path) -> None:
    flip(bundle / name, 1000)
    not_installed(bundle, repository)


def test_a_good_bundle_installs_what_the_output_does(
    codex: Codex, bundle: Path, repository: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(repository, plain)
    same = tmp_path / "same"
    shutil.copytree(repository, same)
    for where, into in ((bundle, repository), (bundle / WHOLE, plain), (codex.out, same)):
        run = codexc("install", where, "--into", into)
        assert run.code == 0, run.err
    kept = [
        {path: data for path, data in contents(repository_copy).items() if not path.startswith(".git/")}
        for repository_copy in (repository, plain, same)
    ]
    assert ".agents/skills/acme-services/SKILL.md" in kept[0]
    assert kept[0] == kept[1]
    assert {path: data for path, data in kept[2].items() if "lock" not in path} == {
        path: data for path, data in kept[0].items() if "lock" not in path
    }
