"""The published schemas, and the type that each of them describes."""

from dataclasses import dataclass
from typing import Final, Literal

from codex.audit.fleet_model import FleetAudit
from codex.audit.model import Audit
from codex.catalog.kinds.inventory import InventoryFile
from codex.gateway.answers import Entry
from codex.profile.model import RepositoryProfile
from codex.review.model import Review
from codex.rollout.plan_file import PlanFile
from codex.sync.lock import Lock
from codex.sync.settings import SettingsFile
from skills_build.model.check import CheckSpec
from skills_build.model.fleet import CodexFile
from skills_build.model.front_matter import SkillFrontMatter, StandardFrontMatter
from skills_build.model.manifest import Manifest
from skills_build.model.release import ChangesFile, ReleasesFile
from skills_build.model.rules_file import RulesFile
from skills_build.model.statements import Statements
from skills_build.model.trust import TrustSettings
from skills_build.source.dialect import Dialect
from skills_build.source.idlock import IdsLock


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A published schema. `marked`: whether the key `$schema` in its files is required, optional or not allowed."""

    name: str
    title: str
    description: str
    type: type
    marked: Literal["must", "may", "no"] = "no"


CONTRACTS: Final[tuple[Contract, ...]] = (
    Contract(
        name="answer",
        title="An answer of a model",
        description="An earlier answer of a model with what was asked, in the directory of `--answers`.",
        type=Entry,
        marked="must",
    ),
    Contract(
        name="audit",
        title="An audit of a repository",
        description="The state of each rule that applies to a repository (`codexc audit --format json`).",
        type=Audit,
        marked="must",
    ),
    Contract(
        name="changes",
        title="Changes of a codex",
        description="The changes of every release, newest first.",
        type=ChangesFile,
        marked="must",
    ),
    Contract(
        name="check",
        title="A check of a rule",
        description="A fenced block `yaml check` of a rule: how a program finds that the rule is violated.",
        type=CheckSpec,
    ),
    Contract(
        name="codex",
        title="codex.yaml",
        description="The configuration of a codex; all keys are described in docs/configuration.md.",
        type=CodexFile,
    ),
    Contract(
        name="dialect",
        title="A dialect",
        description="How a set of documents marks its rules. TOML; described in docs/dialects.md.",
        type=Dialect,
    ),
    Contract(
        name="fleet-audit",
        title="An audit of a fleet",
        description="Scorecards of repositories, health of rules, waivers and campaigns"
        " (`codexc sync audit --format json`).",
        type=FleetAudit,
        marked="must",
    ),
    Contract(
        name="front-matter",
        title="Front matter of a standard",
        description="The YAML at the top of a standard in the canonical format.",
        type=StandardFrontMatter,
    ),
    Contract(
        name="ids-lock",
        title="codex.ids.lock",
        description="All rule ids and their slugs. Written by codexc; a withdrawn id is never reused.",
        type=IdsLock,
        marked="may",
    ),
    Contract(
        name="inventory",
        title="Inventory of repositories",
        description="A file that lists the repositories of a fleet, for the catalog `inventory` of codex.yaml.",
        type=InventoryFile,
        marked="may",
    ),
    Contract(
        name="lock",
        title="Lock of an installed codex",
        description=".engineering-codex.lock: the managed files and blocks of a repository, and their release.",
        type=Lock,
        marked="must",
    ),
    Contract(
        name="manifest",
        title="Manifest of a compiled codex",
        description="The files of a build and their sources, for programs that verify, compare or select them.",
        type=Manifest,
        marked="must",
    ),
    Contract(
        name="plan",
        title="A saved plan",
        description="A plan saved by `codexc sync plan --out` and applied by `codexc sync apply --plan`.",
        type=PlanFile,
        marked="must",
    ),
    Contract(
        name="profile",
        title="Profile of a repository",
        description="A repository's profile, detected from its tree and manifests (`codexc profile --format json`)."
        " Evidence has the form `path#key`.",
        type=RepositoryProfile,
        marked="must",
    ),
    Contract(
        name="releases",
        title="Record of a codex's releases",
        description="codex.releases.json: the record of releases, written by `codexc release` and read by builds.",
        type=ReleasesFile,
        marked="must",
    ),
    Contract(
        name="repository",
        title="Settings of a repository that receives a codex",
        description=".engineering-codex.yaml: the settings of a repository for its rules, skills and files.",
        type=SettingsFile,
    ),
    Contract(
        name="review",
        title="A review of a change",
        description="The findings on a change, and what they amount to (`codexc review --format json`).",
        type=Review,
        marked="must",
    ),
    Contract(
        name="rules",
        title="Rules of a repository",
        description=".engineering-codex.rules.json: the rules that apply to a repository, in full.",
        type=RulesFile,
        marked="must",
    ),
    Contract(
        name="skill-front-matter",
        title="Front matter of an emitted SKILL.md",
        description="The keys of the Agent Skills specification, in the subset that all clients read in the same way:"
        " strings on one line.",
        type=SkillFrontMatter,
    ),
    Contract(
        name="statements",
        title="Statements of a codex",
        description="Every rule in the output, as data, without drafts and withdrawn rules.",
        type=Statements,
        marked="must",
    ),
    Contract(
        name="trust",
        title="Trust of a machine",
        description="The bundles that are trusted on this machine, for all users: /etc/codexc/trust.yaml.",
        type=TrustSettings,
    ),
)
