"""The fleet that codex.yaml describes: hosts, limits and repositories elsewhere."""

from pathlib import Path

from codex.rollout.configuration import hosts_of, load_fleet
from codex.workflow.codex_folder import SourceOptions, open_codex

CONFIG = """\
namespace: eng
catalog:
  kind: combined
  catalogs:
    - {kind: inventory, path: fleet.yaml}
    - {kind: gitea, url: "https://git.example.com", group: none, limits: {requests_per_minute: 30}}
forge:
  kind: gitea
  url: https://git.example.com/
  token: {env: FLEET_TOKEN}
  limits: {requests_per_minute: 90, writes_per_minute: 7}
"""


def codex(root: Path, text: str) -> SourceOptions:
    (root / "codex.yaml").write_text(text)
    return SourceOptions(root=root)


def test_all_sections_of_a_host_have_its_strictest_limits(tmp_path: Path) -> None:
    place = open_codex(codex(tmp_path, CONFIG))
    assert hosts_of(place).limits == {"git.example.com": {"requests_per_minute": 30, "writes_per_minute": 7}}


def test_repositories_on_another_host_are_left_out_and_counted(tmp_path: Path) -> None:
    urls = [f"https://{host}/acme/{name}" for name in ("a", "b") for host in ("git.example.com", "github.com")]
    (tmp_path / "fleet.yaml").write_text(f"repositories: [{', '.join(urls)}]\n")
    head = CONFIG.partition("catalog:")[0] + "catalog: {kind: inventory, path: fleet.yaml, limits: {concurrency: 2}}\n"
    fleet = load_fleet(open_codex(codex(tmp_path, head + "forge:" + CONFIG.partition("forge:")[2])))
    assert [target.id for target in fleet.targets] == ["git.example.com/acme/a", "git.example.com/acme/b"]
    left_out = (
        "left out 2 repositories on github.com: `forge` is git.example.com; sync each host with its own codex.yaml"
    )
    assert fleet.notes == (left_out,)
    assert fleet.section.limits is not None
    assert (fleet.section.limits.requests_per_minute, fleet.section.limits.concurrency) == (90, None)


def test_a_path_on_two_hosts_is_one_repository(tmp_path: Path) -> None:
    urls = ("https://a.example.org/ACME/a", "https://git.example.com/acme/a", "https://z.example.org/acme/a")
    (tmp_path / "fleet.yaml").write_text(f"repositories: [{', '.join(urls)}]\n")
    head = CONFIG.partition("catalog:")[0] + "catalog: {kind: inventory, path: fleet.yaml}\n"
    fleet = load_fleet(open_codex(codex(tmp_path, head + "forge:" + CONFIG.partition("forge:")[2])))
    assert [target.id for target in fleet.targets] == ["git.example.com/acme/a"]
    assert fleet.notes == (
        "left out 1 repository on a.example.org: the catalog also lists the same path on another host",
        "left out 1 repository on z.example.org: the catalog also lists the same path on another host",
    )


def test_a_host_that_may_be_the_forge_by_another_name_is_kept_and_noted(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("repositories: [https://git.example.org/acme/a]\n")
    head = CONFIG.partition("catalog:")[0] + "catalog: {kind: inventory, path: fleet.yaml}\n"
    fleet = load_fleet(open_codex(codex(tmp_path, head + "forge:" + CONFIG.partition("forge:")[2])))
    assert [target.path for target in fleet.targets] == ["acme/a"]
    assert fleet.notes == (
        "the catalog lists 1 repository on git.example.org, but codexc looks up all paths on git.example.com, the host of `forge`",
    )
