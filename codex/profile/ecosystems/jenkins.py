"""Jenkins: the `sh` steps of a Jenkinsfile, by stage. It is read as text: its Groovy is never run.

Syntax: https://www.jenkins.io/doc/book/pipeline/syntax/; `sh`:
https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/
"""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.ecosystems import scripts
from codex.profile.model import CiCommand

_TOKEN: Final = re.compile(
    r"""//[^\n]*|/\*.*?(?:\*/|\Z)
    |\bstage\s*\(\s*(?:name:\s*)?(?P<stage>'[^'\n]*'|"[^"\n]*")
    |\bdir\s*\(\s*(?P<dir>'[^'\n]*'|"[^"\n]*")\s*\)\s*(?=\{)
    |\bsh\b[\s(]*(?:\w+:\s*(?!['"])[^,\n]*,\s*)*(?:script:\s*)?(?P<sh>'{3}.*?'{3}|"{3}.*?"{3}|'[^'\n]*'|"(?:[^"\\\n]|\\.)*")
    |'[^'\n]*'|"(?:[^"\\\n]|\\.)*"|[{}]""",
    re.DOTALL | re.VERBOSE,
)


def lines(path: str, text: str) -> Iterator[CiCommand]:
    """Yield the lines of the `sh` steps; `dir` sets their folder."""
    stage, next_folder = "", ""
    folders: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["stage"]:
            stage = token["stage"][1:-1]
        elif token["dir"]:
            next_folder = token["dir"][1:-1]
        elif token[0] == "{":
            folders.append(scripts.join_folder(folders[-1] if folders else "", next_folder))
            next_folder = ""
        elif token[0] == "}":
            folders = folders[:-1]
        elif token["sh"]:
            quote = 3 if token["sh"][:3] in ("'''", '"""') else 1
            evidence = f"{path}#{stage}" if stage else path
            folder = folders[-1] if folders else ""
            yield from scripts.lines(
                [(evidence, token["sh"][quote:-quote])], folder, is_variant=scripts.names_variant(stage)
            )
