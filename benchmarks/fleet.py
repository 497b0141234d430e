"""Measures a fleet of local bare repositories, compared with all-repos and with git's own plumbing.

`python -m benchmarks.fleet [--sizes 200 1000 5000] [--peer 200] [--write]`; everything happens in `build/bench/fleet`.
"""

import argparse
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from benchmarks.all_repos_setup import all_repos
from benchmarks.bench import CODEXC, ROOT, WORK
from benchmarks.page import write_figures

HERE: Final = WORK / "fleet"
PEER: Final = "all-repos"
_GO_INTERVAL: Final = 10
"""Every tenth repository is written in Go; the second release changes a rule for Go."""
STACKS: Final[Mapping[str, Mapping[str, str]]] = {
    "python": {
        "pyproject.toml": '[project]\nname = "service"\nversion = "1"\n',
        "src/service/__init__.py": "",
        "src/service/main.py": "def main() -> None:\n    print(1)\n",
        "tests/test_main.py": "def test() -> None:\n    assert True\n",
    },
    "typescript": {
        "package.json": '{"name": "web", "scripts": {"test": "vitest"}, "devDependencies": {"typescript": "5"}}\n',
        "src/index.ts": "export const one = 1;\n",
        "src/app.ts": "export const two = 2;\n",
    },
    "go": {
        "go.mod": "module example.com/service\n\ngo 1.26\n",
        "main.go": "package main\n\nfunc main() {}\n",
        "main_test.go": "package main\n",
    },
}
COMMON: Final[Mapping[str, str]] = {
    "README.md": "# A service\n\nWhat it does.\n",
    "AGENTS.md": "# A service\n\nAsk before you touch the ledger.\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    runs-on: linux\n    steps:\n      - run: make test\n",
    "Makefile": "test:\n\ttrue\n",
    ".gitignore": "build/\n",
}
_IDENTITY: Final = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a process and its children: CPU and wall seconds, peak memory in MiB, git processes started.

    Shared memory is counted once (`Pss` of proc(5)); memory is sampled ten times a second.
    """

    cpu: float
    wall: float
    memory: float
    processes: int


def stack(number: int) -> str:
    """Return the stack of a repository."""
    if number % _GO_INTERVAL == 0:
        return "go"
    return "python" if number % 2 else "typescript"


def repositories(count: int, root: Path) -> None:
    """Make bare repositories with one commit each, all slightly different."""
    shutil.rmtree(root, ignore_errors=True)
    for number in range(count):
        path = root / f"team-{number % 20:02}" / f"service-{number:05}.git"
        path.mkdir(parents=True)
        repo = Repo.init_bare(str(path))
        files = {**COMMON, **STACKS[stack(number)], "NUMBER": f"{number}\n"}
        commit = Commit()
        commit.tree = _tree(repo, files)
        commit.author = commit.committer = b"Bench <bench@example.com>"
        commit.author_time = commit.commit_time = 1_790_000_000
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Start\n"
        repo.object_store.add_object(commit)
        repo.refs[Ref(b"refs/heads/main")] = commit.id
        repo.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(b"refs/heads/main"))
        repo.close()


def _tree(repo: Repo, files: Mapping[str, str]) -> ObjectID:
    tree = Tree()
    folders: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        first, _, rest = path.partition("/")
        if rest:
            folders.setdefault(first, {})[rest] = text
            continue
        blob = Blob.from_string(text.encode())
        repo.object_store.add_object(blob)
        tree.add(first.encode(), stat.S_IFREG | 0o644, blob.id)
    for name, children in folders.items():
        tree.add(name.encode(), stat.S_IFDIR, _tree(repo, children))
    repo.object_store.add_object(tree)
    return tree.id


_LOCAL: Final = "catalog: {kind: folder, path: ../../repositories}\nforge: {kind: local, root: ../../repositories}\n"


def release_codex(root: Path, env: Mapping[str, str], sections: str = _LOCAL) -> None:
    """Release the starter codex once; `sections` say which fleet it is for, by default the one next to it."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(ROOT / "standards", root / "standards")
    with (root / "standards" / "codex.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{sections}")
    (root / ".gitignore").write_text("build/\n", encoding="utf-8")
    subprocess.run([CODEXC, "build", "-q"], cwd=root, env=env, check=True)
    _git(root, "init", "-q", "--initial-branch", "main")
    for key, value in (("user.name", "Bench"), ("user.email", "bench@example.com")):
        _git(root, "config", key, value)
    _release(root, env, "Start")


def release_again(root: Path, env: Mapping[str, str]) -> None:
    """Release the codex again with a reworded rule for Go."""
    pages = {path: path.read_text("utf-8") for path in sorted((root / "standards").rglob("*.md"))}
    page = next(path for path, text in pages.items() if " (GO-1)\n" in text)
    page.write_text(pages[page].replace(" (GO-1)\n", ", always (GO-1)\n", 1), encoding="utf-8")
    subprocess.run([CODEXC, "build", "-q"], cwd=root, env=env, check=True)
    _release(root, env, "Reword")


def _release(root: Path, env: Mapping[str, str], message: str) -> None:
    _git(root, "add", "--all")
    _git(root, "commit", "-q", "--message", message)
    subprocess.run([CODEXC, "release", "-q", "--commit", "--tag"], cwd=root, env=env, check=True)


def _git(folder: Path, *arguments: str) -> str:
    result = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return result.stdout.strip()


def measure_cost(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> Cost:
    """Run a command and measure it; a shim on the path counts calls of `git`."""
    shims = HERE / "shims"
    calls = HERE / "calls"
    shims.mkdir(parents=True, exist_ok=True)
    shim = shims / "git"
    shim.write_text(f'#!/bin/sh\necho >> "{calls}"\nexec {shutil.which("git")} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    calls.write_bytes(b"")
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execvpe(command[0], [str(part) for part in command], {**env, "PATH": f"{shims}{os.pathsep}{env['PATH']}"})
    memory = 0.0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        memory = max(memory, sum(map(_resident, _family(pid))))
        time.sleep(0.1)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 4):
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {code}")
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.monotonic() - start,
        memory=max(memory, usage.ru_maxrss / 1024),
        processes=calls.read_bytes().count(b"\n"),
    )


def _family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(descendant for child in children for descendant in _family(int(child)))]


def _resident(pid: int) -> float:
    """Return the resident memory of a process in MiB; shared memory is divided by the number of its users."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def measure_codexc(count: int, env: Mapping[str, str]) -> dict[str, Cost]:
    """Measure every phase of a fleet's life, by its name in the table."""
    root, fleet = HERE / "codex", HERE / "repositories"
    repositories(count, fleet)
    release_codex(root, env)

    def run(*arguments: str) -> Cost:
        return measure_cost([CODEXC, "sync", *arguments, "-q"], cwd=root, env=env)

    figures = {"plan, nothing there yet": run("plan")}
    figures["apply, opens all"] = run("apply")
    figures["apply, unchanged"] = run("apply")
    release_again(root, env)
    figures["apply, a release for one in ten"] = run("apply")
    return figures


def payloads(count: int) -> dict[str, Path]:
    """Extract the files that codexc writes for each stack, to be copied by the peers."""
    by_stack: dict[str, Path] = {}
    for number in range(min(count, _GO_INTERVAL + 2)):
        name = stack(number)
        bare = HERE / "repositories" / f"team-{number % 20:02}" / f"service-{number:05}.git"
        if name not in by_stack:
            by_stack[name] = HERE / "payload" / name
            shutil.rmtree(by_stack[name], ignore_errors=True)
            by_stack[name].mkdir(parents=True)
            changed = _git(bare, "diff", "--name-only", "main", "codex/sync").split("\n")
            archive = subprocess.run(
                ["git", "archive", "codex/sync", *changed], cwd=bare, check=True, capture_output=True
            )
            subprocess.run(["tar", "-x", "-C", by_stack[name]], input=archive.stdout, check=True)
    return by_stack


_PUSH: Final = """
import collections
from all_repos import autofix_lib

Settings = collections.namedtuple("Settings", ())

def push(settings, branch_name):
    autofix_lib.run("git", "push", "--quiet", "origin", f"HEAD:{branch_name}")
"""


def measure_all_repos(count: int, env: Mapping[str, str]) -> dict[str, Cost]:
    """Measure all-repos on the same change: clone, then a commit and a push in each repository."""
    by_stack = payloads(count)
    folder = HERE / "peer"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pushing.py").write_text(_PUSH, encoding="utf-8")
    bare = {path.stem: str(path) for path in sorted((HERE / "repositories").rglob("*.git"))}
    files = {name: str(path) for name, path in by_stack.items()}
    peer = all_repos(folder, bare, files, push="pushing", push_settings={})
    peer_env = {**env, **peer.environment}
    return {
        f"{PEER}, clone": measure_cost(peer.clone, cwd=folder, env=peer_env),
        f"{PEER}, the same change": measure_cost(peer.fix, cwd=folder, env=peer_env),
        f"{PEER}, clone again, unchanged": measure_cost(peer.clone, cwd=folder, env=peer_env),
    }


_PLUMBING: Final = """
import json, os, subprocess, sys
from pathlib import Path

payloads = json.loads(os.environ["PAYLOADS"])

def git(bare, *arguments, data=None, index=None):
    env = {**os.environ, **({"GIT_INDEX_FILE": index} if index else {})}
    result = subprocess.run(["git", *arguments], cwd=bare, input=data, env=env, check=True, capture_output=True)
    return result.stdout.strip().decode()

for bare in sorted(Path(sys.argv[1]).rglob("*.git")):
    base = git(bare, "ls-remote", ".", "HEAD").split()[0]
    if len(sys.argv) > 2:
        continue
    tree = git(bare, "ls-tree", "--name-only", base)
    name = "go" if "go.mod" in tree else "python" if "pyproject.toml" in tree else "typescript"
    root = Path(payloads[name])
    files = sorted(path for path in root.rglob("*") if path.is_file())
    blobs = git(bare, "hash-object", "-w", "--stdin-paths", data="\\n".join(map(str, files)).encode()).split()
    rows = [f"100644 {blob}\\t{path.relative_to(root)}" for blob, path in zip(blobs, files, strict=True)]
    index = str(bare / "plumbing-index")
    git(bare, "read-tree", base, index=index)
    git(bare, "update-index", "--index-info", data="\\n".join(rows).encode(), index=index)
    commit = git(bare, "commit-tree", git(bare, "write-tree", index=index), "-p", base, "-m", "Codex")
    git(bare, "update-ref", "refs/heads/plumbing", commit)
"""


def measure_plumbing(count: int, env: Mapping[str, str]) -> dict[str, Cost]:
    """Measure git's own programs on the same commit, and on reading HEAD only, as a lower bound."""
    by_stack = {name: str(path) for name, path in payloads(count).items()}
    names = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    script: list[str | Path] = [sys.executable, "-c", _PLUMBING, HERE / "repositories"]
    peer_env = {**env, **names, "PAYLOADS": json.dumps(by_stack)}
    return {
        "git's plumbing, the same commit": measure_cost(script, cwd=HERE, env=peer_env),
        "git's plumbing, a look": measure_cost([*script, "look"], cwd=HERE, env=peer_env),
    }


def table(figures: Mapping[int, Mapping[str, Cost]]) -> list[str]:
    """Format the figures as Markdown."""
    lines = [
        "| repositories | what | CPU s | wall s | repositories a wall second | peak MiB | git processes |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for count, rows in figures.items():
        for phase, cost in rows.items():
            cells = (f"{cost.cpu:.1f}", f"{cost.wall:.1f}", f"{count / cost.wall:,.0f}", f"{cost.memory:.0f}")
            lines.append(f"| {count:,} | {phase} | {' | '.join(cells)} | {cost.processes:,} |")
    return lines


def main() -> None:
    """Measure and print; write the page with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1_000, 5_000])
    parser.add_argument("--peer", type=int, nargs="+", default=[200, 1_000], help="sizes at which others are measured")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    HERE.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "XDG_CACHE_HOME": str(HERE / "cache")}
    figures: dict[int, dict[str, Cost]] = {}
    for count in arguments.sizes:
        figures[count] = measure_codexc(count, env)
        if count in arguments.peer:
            figures[count] |= measure_all_repos(count, env) | measure_plumbing(count, env)
    lines = table(figures)
    for count in sorted(figures.keys() & set(arguments.peer)):
        rows = figures[count]
        peer_seconds = rows[f"{PEER}, clone"].wall + rows[f"{PEER}, the same change"].wall
        own_seconds = rows["apply, opens all"].wall
        ratio = f"{peer_seconds / own_seconds:.1f}"
        lines += ["", f"With {count:,} repositories, {PEER} takes {ratio} times as long as codexc for the same change."]
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        write_figures("fleet", text)


if __name__ == "__main__":
    main()
