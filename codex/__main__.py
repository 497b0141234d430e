"""`python -m codex` is `codexc`."""

from codex.cli import main

raise SystemExit(main())
