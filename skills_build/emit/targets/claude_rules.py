"""`.claude/rules`: rules for folders and files for Claude Code, also where there is no CLAUDE.md.

The files are made together with the blocks of a repository (`codex.sync.claude_rules`); the target `claude` has them
only where people have a CLAUDE.md.
"""

from typing import Final

ROOTS: Final = (".claude/rules/",)
"""The folders of a repository in which this target owns files."""
