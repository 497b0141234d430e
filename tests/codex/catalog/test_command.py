"""`codexc catalog`, as it is called."""

import json
import os
from pathlib import Path

from tests.support.listings import FLEET, GitLabList, inventory_text
from tests.support.running import codexc
from tests.support.scripted import Reply, scripted


def codex_in(folder: Path, catalog: str) -> Path:
    (folder / "codex.yaml").write_text(f"namespace: acme\ncatalog: {catalog}\n")
    return folder


def test_a_catalog_is_listed_as_text_and_as_json(tmp_path: Path) -> None:
    root = codex_in(tmp_path, "{kind: inventory, path: fleet.yaml}")
    (root / "fleet.yaml").write_text(inventory_text(FLEET, "git.example.com"))
    text = codexc("catalog", "--root", root)
    assert text.code == 0
    assert text.out == "git.example.com/acme/new       ?\ngit.example.com/acme/payments  main  Python\n"
    assert text.err == "2 repositories, 1 left out by archived\n"
    output = json.loads(codexc("catalog", "--root", root, "--format", "json", "--name", "*s", "--archived").out)
    assert [row["path"] for row in output["repositories"]] == ["acme/payments"]
    assert output["left_out"] == {"name": 2}
    assert (output["age_seconds"], output["unmapped"], output["notes"]) == (0, [], [])


def test_options_take_the_place_of_the_configured_filter(tmp_path: Path) -> None:
    root = codex_in(tmp_path, "{kind: inventory, path: fleet.yaml, select: {names: [new], archived: true}}")
    (root / "fleet.yaml").write_text(inventory_text(FLEET, "git.example.com"))
    assert codexc("catalog", "--root", root).out.startswith("git.example.com/acme/new")
    assert codexc("catalog", "--root", root, "--name", "attic").out.startswith("git.example.com/acme/attic")


def test_a_codex_without_a_catalog_gets_a_hint(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text("namespace: acme\n")
    run = codexc("catalog", "--root", tmp_path)
    assert run.code == 2
    assert "no catalog is configured" in run.err and "docs/configuration.md" in run.err


def test_an_unknown_key_is_reported_and_the_catalog_is_not_read(tmp_path: Path) -> None:
    run = codexc("catalog", "--root", codex_in(tmp_path, "{kind: gitlab, grup: acme}"))
    assert run.code == 2
    assert "`grup`" in run.err and "did you mean `group`?" in run.err


def test_a_catalog_that_is_down_is_listed_from_memory_with_a_warning(tmp_path: Path) -> None:
    down = False
    server = GitLabList(list(FLEET), token="glpat-secret-9")
    refused = Reply(status=429, headers={"Retry-After": "0"})
    with scripted(lambda request, n: refused if down else server(request, n)) as running:
        root = codex_in(tmp_path, f'{{kind: gitlab, url: "{running.url}", group: acme, token_env: TOK}}')
        first = codexc("catalog", "--root", root, TOK="glpat-secret-9")
        down = True
        again = codexc("catalog", "--root", root, TOK="glpat-secret-9")
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out != ""
    assert "429" in again.err and "using the catalog response from" in again.err
    assert "glpat-secret-9" not in first.err + again.err + first.out


def test_a_repository_whose_name_is_not_utf8_is_reported(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/fleet/b\xff/.git/"
    for folder in (b"objects", b"refs/heads"):
        os.makedirs(odd + folder)
    Path(os.fsdecode(odd), "HEAD").write_text("ref: refs/heads/main\n")
    run = codexc("catalog", "--root", codex_in(tmp_path, "{kind: folder, path: fleet}"))
    assert (run.code, run.out) == (0, "")
    assert run.err == "not mapped: b\ufffd: the path of the repository is not UTF-8\n0 repositories\n"


def test_text_that_would_steer_a_terminal_is_made_harmless(tmp_path: Path) -> None:
    root = codex_in(tmp_path, "{kind: inventory, path: fleet.yaml}")
    rows = [{"url": "https://github.com/acme/a", "owner": "x\x1b[31m"}, "bad\x1b]0;title"]
    (root / "fleet.yaml").write_text(json.dumps({"repositories": rows}))
    run = codexc("catalog", "--root", root)
    assert "\x1b" not in run.out + run.err
    assert "not mapped: bad" in run.err
