"""Infrastructure and data: root modules of Terraform, Pulumi, Ansible, charts; migrations and pipelines."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds.frameworks import kind_fact
from codex.profile.model import DetectedKind, RepositoryKind

_INFRASTRUCTURE: Final = (
    "Pulumi.yaml",
    "Pulumi.yml",
    "cdk.json",
    "terragrunt.hcl",
    "ansible.cfg",
    "galaxy.yml",
    "helmfile.yaml",
)
_DATA: Final = (
    "dbt_project.yml",
    "alembic.ini",
    "dvc.yaml",
    "flyway.conf",
    "flyway.toml",
    "airflow.cfg",
    "diesel.toml",
    "sqitch.conf",
)
_MIGRATION: Final = re.compile(
    r"(?:^|/)(?:migrations/0001_\w{1,200}\.py|db/migrate/\d{8,14}_\w{1,200}\.rb|db/migration/V\d[\w.]{1,200}\.sql"
    r"|prisma/migrations/\d{8,14}_\w{1,200}/migration\.sql|migrations/\d{3,14}_[\w.-]{1,200}\.sql"
    r"|[Mm]igrations/\d{14}_\w{1,200}\.cs|priv/repo/migrations/\d{8,14}_\w{1,200}\.exs|database/migrations/\d{4}_\d\d_\d\d_\w{1,200}\.php)$"
)
"""Migrations in the names that their tools require: a folder called `migrations` alone proves nothing."""


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what the files of a folder prove."""
    modules = folder.ending(".tf", ".tofu")
    if modules:
        name = next((name for name in ("main.tf", "providers.tf", "versions.tf") if name in modules), modules[0])
        yield kind_fact(RepositoryKind.INFRASTRUCTURE, folder.at(name))
    for kind, names in ((RepositoryKind.INFRASTRUCTURE, _INFRASTRUCTURE), (RepositoryKind.DATA, _DATA)):
        found = folder.first(*names)
        if found:
            yield kind_fact(kind, folder.at(found))
    for path in folder.paths:
        if _MIGRATION.search(path):
            yield kind_fact(RepositoryKind.DATA, path)
            return
