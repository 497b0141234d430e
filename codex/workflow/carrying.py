"""Looks at some repositories and writes those that may be written: what one worker does, here or elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codex.shell.isolation import isolated
from codex.shell.journal import Journal
from codex.sync.fleet import Target
from codex.sync.table import Step
from codex.workflow.acting import carry_out, settle
from codex.workflow.brakes import Brakes
from codex.workflow.plans import Held
from codex.workflow.run import Item, Run, failed
from codex.workflow.sync import plan
from skills_build.errors import CodexError

ANY = Held()
"""Any decision is carried out, for there is no plan to hold it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done: only looked at (`write` is False), or written unless `stopped` says why not yet.

    `held` holds decisions to a plan that was saved before.
    """

    write: bool = True
    stopped: str | None = None
    held: Held = ANY


def carry(
    run: Run, targets: Sequence[Target], journal: Journal, *, order: Order, brakes: Brakes, workers: int
) -> Iterator[Item]:
    """Yield each repository as it is done, in order."""
    if not order.write:
        return plan(run, targets, journal, workers=workers, then=_counting(brakes), late=lambda: brakes.broken)
    return plan(
        run,
        targets,
        journal,
        workers=workers,
        then=_carrying(run, journal, order, brakes),
        after=lambda items: settle(run, items, journal),
        late=lambda: brakes.late,
    )


def _counting(brakes: Brakes) -> Callable[[Item], Item]:
    def then(item: Item) -> Item:
        brakes.saw(item)
        return item

    return then


def _carrying(run: Run, journal: Journal, order: Order, brakes: Brakes) -> Callable[[Item], Item]:
    def wait(item: Item) -> str | None:
        proposes = Step.COMMIT in item.decision.steps or Step.OPEN in item.decision.steps
        return (order.stopped if proposes else None) or brakes.wait(item)

    def then(item: Item) -> Item:
        held = isolated(item.target.path, lambda: order.held(item))
        done = failed(item.target, held) if isinstance(held, CodexError) else held
        done = carry_out(run, done, journal, wait=wait)
        brakes.saw(done)
        return done

    return then
