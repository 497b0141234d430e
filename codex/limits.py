"""What the program takes of repositories, hosts and bundles at most. Names say the unit; docs/limits.md lists them.

A limit that is exceeded fails one repository, entity or response, with the limit in the reason; the run goes on.
"""

from typing import Final

BYTES_PER_BLOB: Final = 8 * 1024 * 1024
"""Bytes of one file of a repository that are read. The files read are instructions, settings and manifests."""
BYTES_PER_GIT_OBJECT: Final = 64 * 1024 * 1024
"""Bytes of one commit or one folder of git, inflated. A folder of a million files has fewer."""
BYTES_PER_REPOSITORY: Final = 512 * 1024 * 1024
"""Bytes inflated for one repository in a run: all its commits, folders and files that are read."""
BYTES_PER_RESPONSE: Final = 64 * 1024 * 1024
"""Bytes of one response of an API, decompressed and counted while they arrive."""
BYTES_PER_PACK: Final = 256 * 1024 * 1024
"""Bytes of one response of git as it is sent. The folders of half a million files fit."""
ENTRIES_PER_TREE: Final = 500_000
"""Files and folders of one commit. The largest repositories in use have about that many."""
TREE_DEPTH: Final = 128
"""Folders inside each other. Paths that deep are longer than operating systems take."""
BYTES_PER_PATH: Final = 4096
"""Bytes of one path, as Linux has it."""
DELTA_CHAIN: Final = 4096
"""Deltas of git on top of each other, git's own maximum."""
PAGES_PER_LIST: Final = 2_000
"""Pages of one list. A hundred thousand repositories in the smallest pages fit."""
REDIRECTS: Final = 5
"""Redirections of one request. Browsers follow twenty, but an API needs one or two."""
SECONDS_PER_READ: Final = 30.0
"""Seconds without a single byte from a host."""
SECONDS_PER_EXCHANGE: Final = 300.0
"""Seconds of one request and its response: connecting, headers and body together."""
SECONDS_PER_REPOSITORY: Final = 900.0
"""Seconds of work on one repository, without the pauses that a host asks for."""
MEBIBYTES_PER_WORKER: Final = 4096
"""Address space of one worker process, in MiB; `sync.worker_memory` in codex.yaml changes it."""
HOST_FAILURES: Final = 10
"""Failures of the host in a row, on different repositories, after which a run ends."""
TEXT_PER_FIELD: Final = 1024 * 1024
"""Characters of one field of a response. Merge requests have at most about a million."""
