"""Measures how the cost of hostile inputs grows: twice the input, at most 2.2 times the CPU time.

`python -m benchmarks.growth [--only NAME] [--write]`. Each input is enlarged until the program needs a second beyond
its start-up, or until it is half as large as codexc reads at most; then it is doubled. Everything happens in
a temporary directory, since git ignores what is in `build/`.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench import CODEXC, ROOT
from benchmarks.page import write_figures

MOST: Final = 2.2
RUNS: Final = 5
ENOUGH_SECONDS: Final = 1.0
START_SIZE: Final = 30_000
MAX_SIZE: Final = 480_000
"""Half of the largest standard that is read by default."""
_CONFIG: Final = "namespace: acme\ntitle: Acme\ndomains:\n  services: {title: Services, owner: '@a'}\n"
_FRONT: Final = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\n---\n\n# Services\n\n## Rules\n\n"
_RULE: Final = "### Services MUST answer in time (SVC-{})\n\n**Why:** callers give up.\n\n"
_ORIGIN: Final = "https://example.org/1"
_SENTENCE: Final = "Services MUST answer request {} in time. "
_BLOCK: Final = f"<!-- codex:begin version=1.2.0 sha256={'0' * 64} -->\n"


@dataclass(frozen=True, slots=True)
class Case:
    """An input of about `size` bytes in a folder, and the command that reads it."""

    write: Callable[[Path, int], None]
    command: tuple[str, ...]


def _page(unit: str, *, before: str = "", after: str = "\n") -> Case:
    """A standard with a text that repeats `unit` behind its first rule."""

    def write(folder: Path, size: int) -> None:
        text = f"{_FRONT}{_RULE.format(1)}{before}{unit * (size // len(unit))}{after}"
        (folder / "codex.yaml").write_text(_CONFIG, encoding="utf-8")
        (folder / "services.md").write_text(text, encoding="utf-8")

    return Case(write, ("check", "--root", ".", "--no-cache", "-q"))


def _rules(rule: Callable[[int], str]) -> Case:
    def write(folder: Path, size: int) -> None:
        count = size // len(rule(1_000))
        (folder / "codex.yaml").write_text(_CONFIG, encoding="utf-8")
        (folder / "services.md").write_text(_FRONT + "".join(map(rule, range(1, count))), encoding="utf-8")

    return Case(write, ("check", "--root", ".", "--no-cache", "-q"))


def _host(unit: str, *, before: str = "# T\n\n", after: str = "\n\n## B\n") -> Case:
    """A repository whose AGENTS.md repeats `unit`, in which a codex is installed."""

    def write(folder: Path, size: int) -> None:
        (folder / "AGENTS.md").write_text(before + unit * (size // len(unit)) + after, encoding="utf-8")

    return Case(write, ("install", str(ROOT / "dist"), "--into", ".", "--dry-run", "-q"))


def _repository(name: str, unit: str, before: str = "") -> Case:
    def write(folder: Path, size: int) -> None:
        (folder / name).write_text(before + unit * (size // len(unit)), encoding="utf-8")

    return Case(write, ("profile", "."))


def _archive(folder: Path, size: int) -> None:
    """An archive with a PAX header whose length has `size` digits: tarfile of old Pythons needs quadratic time."""
    import gzip
    import tarfile

    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    data = b"1" * size
    header.size = len(data)
    (folder / "acme-1.0.0.tar.gz").write_bytes(gzip.compress(header.tobuf() + data + b"\0" * (1024 - size % 512)))


def _prose(sentence: str, *command: str) -> Case:
    """A document of numbered sentences, next to a codex with one rule."""

    def write(folder: Path, size: int) -> None:
        (folder / "standards").mkdir()
        _page("x").write(folder / "standards", 100)
        (folder / "docs").mkdir()
        text = "".join(sentence.format(number) for number in range(size // len(sentence)))
        (folder / "docs" / "page.md").write_text(f"# Title\n\n{text}\n", encoding="utf-8")

    return Case(write, (*command, "-q"))


def _editions(rule: Callable[[int], str], *, old: Callable[[int], str] = _RULE.format) -> Case:
    """Two editions of a standard whose rules differ."""

    def write(folder: Path, size: int) -> None:
        for name, edition in (("old", old), ("new", rule)):
            text = _FRONT + "".join(map(edition, range(1, size // len(old(1_000)))))
            (folder / name).mkdir()
            (folder / name / "codex.yaml").write_text(_CONFIG, encoding="utf-8")
            (folder / name / "services.md").write_text(text, encoding="utf-8")

    return Case(write, ("diff", "--root", "new", "--against", "old", "--no-cache", "-q"))


def _verified(folder: Path, size: int) -> None:
    """The output of a build whose manifest lists files that do not exist."""
    import json
    import shutil

    shutil.copytree(ROOT / "dist", folder / "dist")
    path = folder / "dist" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"] |= {f"skills/eng-{number}/SKILL.md": "0644" for number in range(size // 40)}
    path.write_text(json.dumps(manifest), encoding="utf-8")


def _forged_archive(header: Callable[[int], bytes], *, gzip_each: bool = False) -> Case:
    """An archive of forged headers, which `header` returns by their number; each can be a gzip stream of its own."""

    def write(folder: Path, size: int) -> None:
        import gzip

        headers = [header(number) for number in range(max(1, size // len(header(0))))]
        whole = b"".join(headers) + b"\0" * 1024
        data = b"".join(gzip.compress(one) for one in headers) if gzip_each else gzip.compress(whole)
        (folder / "acme-1.0.0.tar.gz").write_bytes(data)

    return Case(write, ("verify", "acme-1.0.0.tar.gz"))


def _header(name: str, kind: bytes = b"0") -> bytes:
    import tarfile

    made = tarfile.TarInfo(name)
    made.type = kind
    return made.tobuf(tarfile.USTAR_FORMAT)


def _edited(folder: Path, size: int) -> None:
    """A checkout with a codex of several skills whose installed text is edited everywhere."""
    import subprocess

    def run(*command: str | Path, cwd: Path = folder) -> None:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True)

    codex, checkout = folder / "codex", folder / "checkout"
    codex.mkdir()
    count = max(1, size // (100 * len(_RULE.format(100))))
    owned = "".join(f"  d{number}: {{title: D{number}, owner: '@a'}}\n" for number in range(count))
    (codex / "codex.yaml").write_text(f"namespace: acme\ntitle: Acme\ndomains:\n{owned}", encoding="utf-8")
    for number in range(count):
        text = (_FRONT + "".join(map(_RULE.format, range(1, 101)))).replace("domain: services", f"domain: d{number}")
        text = text.replace("SVC", f"S{number}").replace("Services MUST", f"Service {number} MUST")
        (codex / f"{number}.md").write_text(text, encoding="utf-8")
    run(CODEXC, "build", "-q", "--root", "codex", "--out", "out")
    run("git", "init", "-q", "checkout")
    run(CODEXC, "install", "out", "--into", "checkout", "-q")
    run("git", "add", "--all", cwd=checkout)
    run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "Install", cwd=checkout)
    for page in checkout.glob(".agents/**/*.md"):
        page.write_text(page.read_text(encoding="utf-8").replace("in time", "soon"), encoding="utf-8")


def _globs(folder: Path, size: int) -> None:
    _page("x").write(folder, 100)
    count = size // 800
    globs = "".join(f"  - '{'**/' * 300}{number}'\n" for number in range(count))
    with (folder / "codex.yaml").open("a", encoding="utf-8") as file:
        file.write(f"exclude:\n{globs}")


CASES: Final[Mapping[str, Case]] = {
    "findings on one line": _page("the [a](nowhere.md) ", after="\n"),
    "starts of comments": _page("<!-- "),
    "allow comments": _page("<!-- codexc: allow vague-statement: x -->\n"),
    "starts of images": _page("![["),
    "links without an end": _page("[a]("),
    "brackets": _page("["),
    "code spans": _page("` `` "),
    "emphasis": _page("*a **a "),
    "spaces": _page(" ", before="a", after="b\n"),
    "tags": _page("<a b"),
    "table rows": _page("| a | b |\n", before="| a | b |\n| - | - |\n"),
    "list items": _page("- a\n"),
    "liquid": _page("{% "),
    "levels": _page("MUST NOT SHOULD "),
    "definitions": _page("[a]: b\n"),
    "rules": _rules(lambda number: _RULE.format(number)),
    "rules that refer to others": _rules(lambda number: _RULE.format(number) + f"See SVC-{number + 1}.\n\n"),
    "rules with the same words": _rules(lambda number: f"### Do the same thing every day MUST hold (SVC-{number})\n\n"),
    "globs": Case(_globs, ("check", "--root", ".", "--no-cache", "-q")),
    "AGENTS.md of images": _host("![["),
    "AGENTS.md of list items": _host("- a\n"),
    "AGENTS.md of block starts in code": _host(_BLOCK, before="# T\n\n```\n"),
    "AGENTS.md of lone CR": _host("a\r"),
    "Makefile of targets": _repository("Makefile", "a b:\n\techo\n"),
    "Jenkinsfile of comments": _repository("Jenkinsfile", "/* sh 'a"),
    "tox.ini of sections": _repository("tox.ini", "[a]\n\n"),
    "go.mod of dots": _repository("go.mod", "a.", before="module x\nrequire "),
    "package.json of braces": _repository("package.json", '{"a":'),
    "CODEOWNERS": _repository("CODEOWNERS", "/a/*/b @a @b\n"),
    "import of sentences": _prose(_SENTENCE, "import", "--root", "docs", "--out", "new", "--dry-run", "--no-cache"),
    "import of list items": _prose("- a {}\n", "import", "--root", "docs", "--out", "new", "--dry-run", "--no-cache"),
    "distill of sentences": _prose(_SENTENCE, "distill", "docs/page.md", "--root", "standards", "--dry-run"),
    "incident of sentences": _prose(
        _SENTENCE, "propose", "--from", "docs/page.md", "--codex", "standards", "--origin", _ORIGIN, "--dry-run"
    ),
    "diff of reworded rules": _editions(lambda number: _RULE.format(number).replace("in time", f"quickly {number}")),
    "diff of renumbered rules": _editions(lambda number: _RULE.format(number + 100_000)),
    "stats of rules": Case(_rules(_RULE.format).write, ("stats", "--root", ".", "--no-cache", "-q")),
    "coverage of rules": Case(_rules(_RULE.format).write, ("stats", "--coverage", "--root", ".", "--no-cache", "-q")),
    "manifest of missing files": Case(_verified, ("verify", "dist", "-q")),
    "propose of edited skills": Case(_edited, ("propose", "checkout", "--codex", "codex", "-q")),
    "archive of empty files": _forged_archive(lambda number: _header(f"f/{number:07}")),
    "archive of one name": _forged_archive(lambda _: _header("manifest.json")),
    "archive of PAX headers": _forged_archive(lambda _: _header("pax", b"x")),
    "archive of links": _forged_archive(lambda number: _header(f"f/{number:07}", b"2")),
    "archive of gzip streams": _forged_archive(lambda number: _header(f"f/{number:07}"), gzip_each=True),
    "PAX header of digits": Case(_archive, ("verify", "acme-1.0.0.tar.gz")),
}


@dataclass(frozen=True, slots=True)
class Growth:
    """The CPU seconds of an input, net of start-up, and those of one twice as large."""

    size: int
    small: float
    large: float

    @property
    def ratio(self) -> float | None:
        """How many times as long twice the input takes; None if it is too quick to say."""
        return self.large / self.small if self.large >= ENOUGH_SECONDS / 2 and self.small > 0 else None


def cpu_seconds(command: Sequence[str | Path], folder: Path) -> float:
    """Return the CPU seconds of a run. Raises `RuntimeError` for an exit code other than 0, 1 or 2."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execvp(command[0], [str(part) for part in command])
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 2):
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def _net(case: Case, name: str, size: int, runs: int, start_up: float) -> float:
    with tempfile.TemporaryDirectory(prefix=f"codexc-{name.replace(' ', '-')}-") as folder:
        case.write(Path(folder), size)
        return max(min(cpu_seconds((CODEXC, *case.command), Path(folder)) for _ in range(runs)) - start_up, 0.0)


def measure_growth(name: str, *, runs: int = RUNS) -> Growth:
    """Measure one case: enlarge its input, then compare it with twice as much."""
    case = CASES[name]
    start_up = _net(case, name, 100, runs, 0.0)
    size = START_SIZE
    while size < MAX_SIZE and _net(case, name, size, 1, start_up) < ENOUGH_SECONDS:
        size *= 2
    small = _net(case, name, size, runs, start_up)
    return Growth(size, small, _net(case, name, 2 * size, runs, start_up))


def table(figures: Mapping[str, Growth]) -> list[str]:
    """Return the lines of the table."""
    lines = ["| input | kB | CPU s | CPU s, twice the input | ratio |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, growth in figures.items():
        ratio = "-" if growth.ratio is None else f"{growth.ratio:.2f}"
        lines.append(f"| {name} | {growth.size // 1000:,} | {growth.small:.2f} | {growth.large:.2f} | {ratio} |")
    return lines


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=CASES, action="append", help="measure only this input")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--write", action="store_true", help="write the figures into docs/benchmarks.md")
    options = parser.parse_args()
    figures = {}
    for name in options.only or CASES:
        figures[name] = measure_growth(name, runs=options.runs)
        print(table({name: figures[name]})[-1], flush=True)
    slow = [name for name, growth in figures.items() if (growth.ratio or 0) > MOST]
    if options.write:
        machine = f"Measured on {os.cpu_count()} cores with Python {platform.python_version()}"
        machine += f". Each figure is the best of {options.runs} runs."
        write_figures("growth", "\n".join([machine, "", *table(figures)]))
    if slow:
        raise SystemExit(f"more than {MOST} times: {', '.join(slow)}")


if __name__ == "__main__":
    main()
