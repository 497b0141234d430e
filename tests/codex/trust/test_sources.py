"""A signature is required from every source of bundles."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codex.publish.oci import OciLayoutPublisher
from codex.sync.lock import LOCK
from codex.workflow.bundles import open_bundle
from codex.workflow.publish import open_publication
from codex.workflow.trust import gather_trust
from codex.workflow.verify import verify
from skills_build.errors import CodexError
from tests.support.goals import goal
from tests.support.releasing import Codex, git
from tests.support.running import codexc
from tests.support.trusting import allowed, fault, install, public, refused, served


def test_a_required_signature_is_verified_from_every_source(
    released: Codex, keys: Path, repository: Path, tmp_path: Path
) -> None:
    """Folder, archive, site, git and OCI: signed by ada it is taken, and with eve's key alone it is refused."""
    bundle = released.bundle("2.0.0")
    places = ["folder", "well-known", "git", "oci"]
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "git"))
    who: dict[str, Any] = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    goals = [part for place in places for part in ("--to", f"{place}:{tmp_path / place}")]
    assert codexc("publish", bundle, *goals, cwd=tmp_path, **who).code == 0
    shutil.copytree(bundle, tmp_path / "well-known" / "files")
    with served(tmp_path / "well-known") as site:
        sources = [
            bundle,
            bundle / "acme-2.0.0.tar.gz",
            *(tmp_path / place for place in ("folder",)),
            *(f"{place}:{tmp_path / place}" for place in ("well-known", "git", "oci")),
            f"git:{tmp_path / 'git'}#v2.0.0",
            f"oci:{tmp_path / 'oci'}#2.0.0",
            site,
            f"well-known:{site}",
            f"{site}/files",
            f"{site}/files/manifest.json",
            f"{site}/files/acme-2.0.0.tar.gz",
        ]
        ada = allowed(tmp_path, f"ada {public(keys / 'ada')}")
        for where in sources:
            result = verify(str(where), gather_trust(allowed_signers=ada))
            assert not result.faults, (where, result.faults)
            assert result.signers is not None
            assert set(result.signers.values()) == {"ada"}
        eve = allowed(tmp_path, f"eve {public(keys / 'eve')}")
        for where in sources:
            assert "is not an allowed signer" in fault(where, eve), where
        refused(install(site, repository, "--allowed-signers", eve), "is not an allowed signer", "SHA256:")
        assert not (repository / LOCK).exists()
        for name in ("manifest.json.sig", "manifest.json"):
            (tmp_path / "well-known" / "files" / name).unlink()
            ada = allowed(tmp_path, f"ada {public(keys / 'ada')}")
            why = fault(f"{site}/files/acme-2.0.0.tar.gz", ada)
            assert "is not signed, and --allowed-signers requires a signature" in why


def test_a_registry_is_read_by_tag_or_by_its_highest_version(
    released: Codex, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, eve = (gather_trust(allowed_signers=allowed_in(tmp_path / name, keys / name)) for name in ("ada", "eve"))
    with goal("registry", tmp_path) as registry:
        for name, value in registry.env.items():
            monkeypatch.setenv(name, value)
        for version in ("2.0.0", "1.0.0"):
            offered = open_publication(str(released.bundle(version)), ada)
            assert list(registry.open().publish(offered, dry=False))
        assert open_bundle(registry.to, ada).codex.version == "2.0.0"
        assert open_bundle(f"{registry.to}:1.0.0", ada).codex.version == "1.0.0"
        with pytest.raises(CodexError, match="is not an allowed signer"):
            open_bundle(registry.to, eve)
        with pytest.raises(CodexError, match=r"has no artifact `3\.0\.0`"):
            open_bundle(f"{registry.to}:3.0.0", ada)


def allowed_in(folder: Path, key: Path) -> Path:
    folder.mkdir()
    return allowed(folder, f"{key.name} {public(key)}")


def test_another_version_than_the_one_that_was_asked_for_is_refused(
    released: Codex, keys: Path, tmp_path: Path
) -> None:
    """A host can serve an old release, which is signed too, under the tag or in the folder of another one."""
    ada = gather_trust(allowed_signers=allowed_in(tmp_path / "trusted", keys / "ada"))
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "git"))
    who: dict[str, Any] = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    goals = [part for place in ("well-known", "git", "oci") for part in ("--to", f"{place}:{tmp_path / place}")]
    assert codexc("publish", released.bundle("2.0.0"), *goals, cwd=tmp_path, **who).code == 0
    git(tmp_path / "git", "tag", "v9.9.9", "v2.0.0")
    git(tmp_path / "git", "tag", "stable", "v2.0.0")
    index = tmp_path / "oci" / "index.json"
    index.write_text(index.read_text().replace('"2.0.0"', '"9.9.9"'))
    site = tmp_path / "well-known" / ".well-known" / "agent-skills"
    (site / "releases" / "2.0.0").rename(site / "releases" / "9.9.9")
    (site / "versions.json").write_text((site / "versions.json").read_text().replace("2.0.0", "9.9.9"))
    assert open_bundle(f"git:{tmp_path / 'git'}#stable", ada).codex.version == "2.0.0"
    with served(tmp_path / "well-known") as address:
        for where in (
            f"git:{tmp_path / 'git'}#v9.9.9",
            f"oci:{tmp_path / 'oci'}#9.9.9",
            f"oci:{tmp_path / 'oci'}",
            f"well-known:{tmp_path / 'well-known'}",
            address,
            f"{address}/.well-known/agent-skills/releases/9.9.9/bundle/",
            f"{address}/.well-known/agent-skills/releases/9.9.9/bundle/acme-2.0.0.tar.gz",
        ):
            with pytest.raises(CodexError, match=r"has version 2\.0\.0, not 9\.9\.9"):
                open_bundle(where, ada)
            assert "not 9.9.9" in verify(where, ada).faults[0].message


WRONG: dict[str, Callable[[Any], object]] = {
    "a tag": lambda index: index["manifests"][0]["annotations"].update({"org.opencontainers.image.ref.name": 7}),
    "annotations": lambda index: index["manifests"][0].update(annotations=[7]),
    "a digest": lambda index: index["manifests"][0].update(digest=7),
    "an entry": lambda index: index.update(manifests=[7]),
    "entries": lambda index: index.update(manifests={"a": 7}),
    "no entries": lambda index: index.update(manifests=""),
}


def test_a_wrong_type_in_an_image_layout_is_an_error(released: Codex, keys: Path, tmp_path: Path) -> None:
    ada = gather_trust(allowed_signers=allowed_in(tmp_path / "trusted", keys / "ada"))
    layout = tmp_path / "oci"
    offered = open_publication(str(released.bundle("2.0.0")), ada)
    assert list(OciLayoutPublisher(path=layout).publish(offered, dry=False))
    before = (layout / "index.json").read_text()
    for change in WRONG.values():
        index = json.loads(before)
        change(index)
        (layout / "index.json").write_text(json.dumps(index))
        with pytest.raises(CodexError, match="is not an image layout index"):
            open_bundle(f"oci:{layout}", ada)
        with pytest.raises(CodexError, match="is not an image layout index"):
            list(OciLayoutPublisher(path=layout).publish(offered, dry=False))
