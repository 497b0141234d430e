"""Limits for what repositories, hosts and bundles send. Names contain the unit; docs/limits.md lists them.

Exceeding a limit fails one repository, entity or response, with the limit in the reason; the run continues.
"""

from typing import Final

BYTES_PER_BLOB: Final = 8 * 1024 * 1024
"""Bytes of one file that is read from a repository: instructions, settings and manifests."""
BYTES_PER_FILE: Final = 64 * 1024 * 1024
"""Bytes of any other file that is read whole, such as a lock, a record of releases, a baseline or a changelog."""
BYTES_PER_SETTINGS: Final = 1024 * 1024
"""Bytes of a `codex.yaml`, a dialect or a file of gateway settings. A real `codex.yaml` has a few thousand."""
BYTES_PER_GIT_OBJECT: Final = 64 * 1024 * 1024
"""Bytes of one Git commit or tree, inflated. A tree of a million files is smaller."""
BYTES_PER_REPOSITORY: Final = 512 * 1024 * 1024
"""Bytes inflated for one repository in a run: all commits, trees and files that are read."""
BYTES_PER_RESPONSE: Final = 64 * 1024 * 1024
"""Bytes of one API response, decompressed and counted while they arrive."""
VALUES_PER_RESPONSE: Final = 2_000_000
"""Commas and opening brackets in the JSON of one API response, outside of strings. A page of a hundred merge requests
has about 20,000."""
VALUES_PER_CATALOG_PAGE: Final = 8_000_000
"""Commas and opening brackets in one page of a catalog, whose entries are parsed one by one."""
VALUES_PER_CATALOG_ENTRY: Final = 100_000
"""Commas and opening brackets in one catalog entry, such as a repository or a Backstage entity."""
BYTES_PER_CATALOG: Final = 128 * 1024 * 1024
"""Bytes of what is kept of all entries of a catalog, as JSON. A hundred thousand repositories have about 30 MB."""
BYTES_PER_REFS: Final = 64 * 1024 * 1024
"""Bytes of a file in which a local repository lists refs or commits, such as `packed-refs`. Half a million refs fit."""
BYTES_PER_LISTING: Final = 4 * 1024 * 1024
"""Bytes of a site's list of versions, and of the manifest and the tags of an OCI artifact. Registries limit both."""
BYTES_PER_PACK: Final = 256 * 1024 * 1024
"""Bytes of one git response as sent. The trees of half a million files fit within this limit."""
OBJECTS_PER_PACK: Final = 2_000_000
"""Commits, trees and files in one git response. A commit of half a million files has fewer trees than files."""
PACKS_PER_REPOSITORY: Final = 1_000
"""Packs of a local repository. Git itself repacks them once there are 50."""
ENTRIES_PER_TREE: Final = 500_000
"""Files and folders of one commit. The largest known repositories have about this many."""
TREE_DEPTH: Final = 128
"""Nested folders. Deeper paths exceed the limits of operating systems."""
BYTES_PER_PATH: Final = 4096
"""Bytes of one path, as on Linux."""
DELTA_CHAIN: Final = 4096
"""Length of a chain of git deltas, git's own maximum."""
PAGES_PER_LIST: Final = 2_000
"""Pages of one list. A hundred thousand repositories fit, even in small pages."""
REDIRECTS: Final = 5
"""Redirects of one request. Browsers follow twenty, but an API needs one or two."""
SECONDS_PER_READ: Final = 30.0
"""Seconds without a byte from a host."""
SECONDS_PER_EXCHANGE: Final = 300.0
"""Seconds of one request and its response, from connecting to the last byte."""
SECONDS_OF_SILENCE: Final = 120.0
"""Seconds of pauses that a host may request in a command that does not report them: all but `sync` and `catalog`."""
SECONDS_PER_REPOSITORY: Final = 900.0
"""Seconds of work on one repository, excluding pauses that a host requests."""
MEBIBYTES_PER_WORKER: Final = 4096
"""Address space of one worker process, in MiB; `sync.worker_memory` in codex.yaml changes it."""
HOST_FAILURES: Final = 10
"""Consecutive failures of a host, on different repositories, after which a run ends if the host does not answer."""
HOST_FAILURES_OF_REPOSITORIES: Final = 50
"""Consecutive failures of a host, on different repositories, after which a run ends even if the host answers."""
TEXT_PER_FIELD: Final = 1024 * 1024
"""Characters of one field of a response. Hosts limit merge request descriptions to about a million characters."""
