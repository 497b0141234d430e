"""The drafts of a run, and what was left out of them."""

from codex.distill.compaction import Refusal
from codex.distill.compare import Relation
from codex.distill.page import DraftPage
from codex.distill.sentences import Demand, Reading
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft of one document, for the file `path`. `text` is empty if the document has no new demands.

    `covered` maps the number of each demand that already exists to the existing rule. `unanswered` are the demands for
    which a model was asked, and gave no response.
    """

    path: str
    page: DraftPage
    text: str
    reading: Reading
    covered: tuple[Relation, ...]
    contradictions: tuple[Relation, ...]
    refused: tuple[Refusal, ...]
    unanswered: tuple[Demand, ...] = ()

    @property
    def source(self) -> str:
        """How the document is cited."""
        return self.page.source

    @property
    def shortened(self) -> int:
        """The number of rules with a compaction."""
        return sum(rule.compaction is not None for rule in self.page.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distilled:
    """The drafts of a run. `notes` are about the models, if they were asked."""

    drafts: tuple[Draft, ...]
    notes: tuple[str, ...]
