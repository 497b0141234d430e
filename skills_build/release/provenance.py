"""The origin of a bundle, as an in-toto statement with a SLSA provenance predicate.

Formats: in-toto Attestation Framework, Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md), and SLSA
Provenance v1 (slsa.dev/spec/v1.0/provenance). It contains no time, so that the same release has the same bytes.
"""

from collections.abc import Mapping
from typing import Any, Final

from skills_build.emit.json import dumps
from skills_build.frozen import dataclass

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:codexc:build:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The inputs of a bundle: a commit, the address of its repository, and the builder."""

    commit: str | None = None
    repository: str | None = None
    builder: str = "urn:codexc:builder:local"
    generator: str = ""
    """The version of codexc."""


def provenance(manifest: Mapping[str, Any], digests: Mapping[str, str], origin: Origin) -> bytes:
    """Write the statement for files, given as sha256 by name."""
    sources: list[dict[str, object]] = []
    if origin.commit:
        address = f"git+{origin.repository}" if origin.repository else f"urn:codexc:codex:{manifest['namespace']}"
        sources.append({"uri": address, "digest": {"gitCommit": origin.commit}})
    data = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "namespace": manifest["namespace"],
                    "version": manifest["version"],
                    "as_of": manifest["as_of"],
                },
                "internalParameters": {"tree": manifest["tree"]},
                "resolvedDependencies": sources,
            },
            "runDetails": {
                "builder": {"id": origin.builder, "version": {"codexc": origin.generator}},
                "metadata": {},
            },
        },
    }
    return dumps(data, depth=4)
