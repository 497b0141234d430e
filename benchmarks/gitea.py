"""Compares codexc with multi-gitter and all-repos on a real Gitea: the same change in the same repositories.

`python -m benchmarks.gitea [--count 200] [--write]`. `CODEX_GITEA` and `CODEX_GITEA_ASSETS` name the program and its
files (tests/support/real_gitea.py), `CODEX_MULTI_GITTER` the program multi-gitter; without them it skips. Requests are
counted by the server's own log, bytes by a proxy in front of it, CPU of the tool and of the processes that it starts.
"""

import argparse
import os
import re
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.all_repos_setup import all_repos
from benchmarks.bench import CODEXC, ROOT, WORK
from benchmarks.counting_proxy import CountingProxy, counting_proxy
from benchmarks.fleet import COMMON, STACKS, Cost, measure_cost, release_codex, stack
from benchmarks.page import write_figures
from tests.support.contract import REAL_GITEA
from tests.support.real_gitea import BOT, Server, start

HERE: Final = WORK / "gitea"
MULTI_GITTER: Final = os.environ.get("CODEX_MULTI_GITTER") or shutil.which("multi-gitter")
_REQUEST: Final = re.compile(r"completed (?:GET|POST|PUT|PATCH|DELETE|HEAD) (\S+) for [^,]+, \d+")
_PAGES: Final = "\n[api]\nMAX_RESPONSE_ITEMS = 100\n"
"""multi-gitter takes a page of fewer than 100 repositories for the last one."""
_SETTLE: Final = 2.0
"""Seconds until the server has written its log."""
_JOBS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run of a tool took, for all repositories: requests to the API and to git, bytes, and the process."""

    api: int
    git: int
    size: int
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The server, the proxy in front of it, and the environment of the tools."""

    server: Server
    proxy: CountingProxy
    env: Mapping[str, str]

    @property
    def token(self) -> str:
        """The token that all tools have."""
        return self.server.tokens[BOT]

    def measure(self, command: Sequence[str | Path], cwd: Path, more: Mapping[str, str] | None = None) -> Figures:
        """Run a tool and count what it does."""
        log, size = len(self._log()), self.proxy.size
        cost = measure_cost(command, cwd=cwd, env={**self.env, **(more or {})})
        time.sleep(_SETTLE)
        paths = [path for path in _REQUEST.findall(self._log()[log:]) if not path.startswith("/api/internal/")]
        api = sum(path.startswith("/api/v1/") for path in paths)
        return Figures(api=api, git=len(paths) - api, size=self.proxy.size - size, cost=cost)

    def _log(self) -> str:
        folder = self.server.repositories.parent
        return "".join(path.read_text() for path in sorted(folder.glob("log/*.log")))


def fill(server: Server, owner: str, count: int) -> None:
    """Make an organisation of repositories, from one template for each stack."""
    server.ask("POST", "orgs", {"username": owner})
    team = server.ask("GET", f"orgs/{owner}/teams")[0]["id"]
    server.ask("PUT", f"teams/{team}/members/{BOT}")

    def make(number: int) -> None:
        sent = {"owner": owner, "name": f"service-{number:05}", "git_content": True, "default_branch": "main"}
        server.ask("POST", f"repos/templates/{stack(number)}/generate", sent)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, range(count)))


def make_templates(server: Server) -> None:
    """Make the repositories that the others are copies of."""
    server.ask("POST", "orgs", {"username": "templates"})
    for name, files in STACKS.items():
        server.ask("POST", "orgs/templates/repos", {"name": name, "default_branch": "main", "template": True})
        changes = [
            {"operation": "create", "path": path, "content": b64encode(text.encode()).decode()}
            for path, text in {**COMMON, **files}.items()
        ]
        server.ask("POST", f"repos/templates/{name}/contents", {"branch": "main", "files": changes, "message": "Start"})


def run_codexc(stage: Stage, count: int) -> dict[str, Figures]:
    """Run codexc: all new, then unchanged."""
    fill(stage.server, "codexc", count)
    root = HERE / "codex"
    host = f"kind: gitea, url: '{stage.proxy.url}', token: {{env: GITEA_TOKEN}}"
    sections = f"catalog: {{{host}, group: codexc}}\nforge: {{{host}}}\n"
    release_codex(root, stage.env, sections)
    command: list[str | Path] = [CODEXC, "sync", "apply", "-q"]
    return {name: stage.measure(command, root, {"GITEA_TOKEN": stage.token}) for name in ("new", "unchanged")}


def payloads(stage: Stage) -> dict[str, str]:
    """Extract the files that codexc has written for each stack, for the other tools to copy."""
    folders = {}
    for number in range(11):
        folder, bare = HERE / "payload" / stack(number), stage.server.bare(f"codexc/service-{number:05}")
        if stack(number) not in folders and bare.is_dir():
            folder.mkdir(parents=True)
            names = ["git", "diff", "--name-only", "main", "codex/sync"]
            changed = subprocess.run(names, cwd=bare, check=True, capture_output=True, text=True).stdout.split("\n")
            archive = ["git", "archive", "codex/sync", *filter(None, changed)]
            tar = subprocess.run(archive, cwd=bare, check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", folder], input=tar, check=True)
            folders[stack(number)] = str(folder)
    return folders


_COPY: Final = """#!/bin/sh
if [ -e go.mod ]; then stack=go; elif [ -e pyproject.toml ]; then stack=python; else stack=typescript; fi
cp -R "{payload}/$stack/." .
"""


def run_multi_gitter(stage: Stage, count: int) -> dict[str, Figures]:
    """Run multi-gitter with its own defaults, and as many repositories at a time as the others."""
    assert MULTI_GITTER is not None
    fill(stage.server, "multi", count)
    folder = HERE / "multi"
    folder.mkdir()
    script = folder / "copy.sh"
    script.write_text(_COPY.format(payload=HERE / "payload"), encoding="utf-8")
    script.chmod(0o755)
    command = [MULTI_GITTER, "run", str(script), "--platform", "gitea", "--base-url", stage.proxy.url, "--org", "multi"]
    command += ["--branch", "codex-sync", "--concurrent", str(_JOBS), "--labels", "codex", "--plain-output"]
    command += ["--log-file", str(folder / "log"), "--output", str(folder / "output")]
    command += ["--commit-message", "Codex", "--author-name", "Bench", "--author-email", "bench@example.com"]
    figures = {}
    for name in ("new", "unchanged"):
        figures[name] = stage.measure(command, folder, {"GITEA_TOKEN": stage.token})
    return figures


def run_all_repos(stage: Stage, count: int, folders: Mapping[str, str]) -> dict[str, Figures]:
    """Run all-repos: clone, then the change, with the pusher of this folder. It has no run that skips what is done."""
    fill(stage.server, "allrepos", count)
    folder = HERE / "all-repos"
    folder.mkdir()
    shutil.copy(ROOT / "benchmarks" / "all_repos_pusher.py", folder)
    addresses = {
        name: f"{stage.proxy.url}{name}.git" for name in (f"allrepos/service-{number:05}" for number in range(count))
    }
    api = {"api": f"{stage.proxy.url}api/v1/", "token": stage.token, "base": "main"}
    peer = all_repos(folder, addresses, folders, push="all_repos_pusher", push_settings=api)
    more = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader"}
    more |= {"GIT_CONFIG_VALUE_0": f"Authorization: token {stage.token}"}
    return {"new": stage.measure(peer.fix_after_clone, folder, {**peer.environment, **more})}


def check(stage: Stage, owner: str, count: int) -> None:
    """Raise where a tool has not opened a pull request in each repository: its figures would say nothing."""
    opened = sum(len(stage.server.ask("GET", f"repos/{owner}/service-{n:05}/pulls?state=open")) for n in range(count))
    if opened != count:
        raise RuntimeError(f"{owner}: {opened} pull requests for {count} repositories")


def table(figures: Mapping[str, Mapping[str, Figures]], count: int) -> list[str]:
    """Format the figures as Markdown, for one repository; the time is that of all."""
    lines = [
        "| tool | phase | API requests | git requests | all | KiB | CPU ms | wall s (all) |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for tool, rows in figures.items():
        for phase, one in rows.items():
            cells = [f"{part / count:.2f}" for part in (one.api, one.git, one.api + one.git)]
            cells += [f"{one.size / count / 1024:,.1f}", f"{one.cost.cpu / count * 1000:,.0f}", f"{one.cost.wall:.1f}"]
            lines.append(f"| {tool} | {phase} | {' | '.join(cells)} |")
    return lines


def compare(count: int) -> str:
    """Run all tools and return the text for the page."""
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    with counting_proxy() as proxy:
        server = start(root=proxy.url, more=_PAGES)
        proxy.port = int(server.url.rstrip("/").rpartition(":")[2])
        version = server.ask("GET", "version")["version"]
        stage = Stage(server=server, proxy=proxy, env={**os.environ, "XDG_CACHE_HOME": str(HERE / "cache")})
        make_templates(server)
        figures: dict[str, dict[str, Figures]] = {}
        figures["codexc"] = run_codexc(stage, count)
        folders = payloads(stage)
        figures["multi-gitter"] = run_multi_gitter(stage, count)
        figures["all-repos, with our pusher"] = run_all_repos(stage, count, folders)
        for owner in ("codexc", "multi", "allrepos"):
            check(stage, owner, count)
    what = f"The figures are per repository, for {count:,} repositories on Gitea {version}"
    head = f"{what}. The wall time is the total for all repositories."
    return "\n".join([head, "", *table(figures, count)])


def main() -> None:
    """Measure and print; write the page with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="number of repositories")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    for name, program in (("CODEX_GITEA", REAL_GITEA), ("CODEX_MULTI_GITTER", MULTI_GITTER)):
        if not program:
            print(f"skipped: there is no {name.removeprefix('CODEX_').lower()}; set {name} to the program")
            return
    text = compare(arguments.count)
    print(text)
    if arguments.write:
        write_figures("gitea", text)


if __name__ == "__main__":
    main()
