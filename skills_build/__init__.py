"""The compiler: standards in Markdown in, agent skills and AGENTS.md fragments out.

A pure library: values in, values out. It opens no file, starts no process, reads no clock, environment or network, and
writes no log; `codex` does all of that around it.
"""
