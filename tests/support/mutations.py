"""Rules that are broken on purpose, one breakage at a time, in memory: what the soak is worth is what it catches.

`python -m tests.support.mutations` prints for each: what was broken, after how many steps it was caught, and by what.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from firmware_bridge.progress import on_terminal
from statemachines import (
    cash_transaction,
    closing,
    day_decisions,
    decisions,
    document_outcomes,
    drawer_day,
    drawer_table,
    gates,
    progress,
    receipt,
    returns,
    shift,
    slips,
)
from statemachines.context import Planning
from statemachines.machine import Row
from statemachines.state import TillState
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.events import (
    CashMoved,
    DrawerForced,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    SaleCompleted,
    SaleSettled,
    ShiftClosed,
)
from tests.support.money_model import Wrong
from tests.support.rules import with_rows
from tests.support.soak import KINDS, play

AnyRow = Row[Any, Any]
Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Mutation:
    """`says` is a part of what the check must say; `kinds` of fiscalisers show it."""

    name: str
    says: str
    apply: Callable[[Patch], None]
    kinds: tuple[str, ...] = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class Catch:
    """The check failed after `steps` with `message`; the till `till` of the seed replays it."""

    steps: int
    till: int
    message: str


def _rows(machine: ModuleType, event: type, **changes: Any) -> Callable[[Patch], None]:
    """All rows of `event` (in the state `source` alone, when given) with some fields replaced."""
    source = changes.pop("source", None)

    def change(row: AnyRow) -> AnyRow:
        hit = row.event is event and (source is None or row.source == source)
        return replace(row, **changes) if hit else row

    def apply(patch: Patch) -> None:
        patch.setattr(machine, "TABLE", with_rows(machine.TABLE, change))

    return apply


def _returns(owner: Any, name: str, value: Any) -> Callable[[Patch], None]:
    """A function that always says the same."""
    return lambda patch: patch.setattr(owner, name, lambda *_, **__: value)


def _unsigned(model: Any, event: SaleCompleted, context: Any) -> Iterable[Any]:
    outputs = shift._sold(model, event, context)
    model.cash += abs(event.cash_due) - event.cash_due
    return outputs


def _only_live(model: Any, event: CashMoved, context: Any) -> Iterable[Any]:
    return shift._moved(model, event, context) if isinstance(context, Planning) else ()


def _uncharged(document: Any, event: FiscalisationRefused, _: Any) -> Iterable[Any]:
    document.doubt, document.person_needed = event.reason, True
    return ()


def _blindly(document: Any, _: Any, context: Any) -> Iterable[Any]:
    return list(context.fiscalise(document))


def _print_again(document: Any, _: Any, context: Any) -> Iterable[Any]:
    return list(context.print(document))


def _sold_though_refused(document: Any, _: Any, context: Any) -> Iterable[Any]:
    return document_outcomes.completion(document, context)


def _kick_after_doubt(patch: Patch) -> None:
    planned = Planning.open_drawer

    def always(self: Planning, document: Any, point: str) -> Iterable[Any]:
        before, document.doubted = document.doubted, False
        outputs = planned(self, document, point)
        document.doubted = before
        return outputs

    patch.setattr(Planning, "open_drawer", always)


def _forget_earlier_returns(patch: Patch) -> None:
    real, worth = returns.matched, returns.taken_back
    patch.setattr(returns, "matched", lambda receipt, original, _=(): real(receipt, original, ()))
    patch.setattr(returns, "taken_back", lambda receipt, original=None, _=(): worth(receipt, original, ()))
    patch.setattr(returns, "means", lambda *_: None)


def _unseen(row: AnyRow) -> AnyRow:
    """The forced opening is recorded, and no DrawerOpened follows."""
    if row.event is not DrawerForced:
        return row

    def silent(drawer: Any, event: Any, context: Any) -> Iterable[Any]:
        assert row.then is not None
        return [output for output in row.then(drawer, event, context) if isinstance(output, NoSaleRecorded)]

    return replace(row, then=silent)


def _recorded_while_counted(patch: Patch) -> None:
    def wanted(self: Planning, drawer_id: str, *, forced: bool) -> bool:
        settings = self._settings
        return (settings.record_forced if forced else settings.record_commanded) and self.day_of(drawer_id) != ""

    patch.setattr(Planning, "records_opening", wanted)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation("expected cash without cash moves", "shift: ", _rows(shift, CashMoved, then=None)),
    Mutation("the sign of a return", "shift: ", _rows(shift, SaleCompleted, then=_unsigned)),
    Mutation("a drawer's day without its sales", "drawer |comes to", _rows(drawer_day, SaleCompleted, then=None)),
    Mutation("a completed deal stays a draft", "", _rows(cash_transaction, SaleCompleted, target="draft", then=None)),
    Mutation(
        "a refused sale is booked",
        "",
        _rows(receipt, FiscalisationRefused, source="fiscalising", then=_sold_though_refused, when=None),
        ("cloud",),
    ),
    Mutation("a row that forgets on replay", "another state", _rows(shift, CashMoved, then=_only_live)),
    Mutation("a sale without a shift", "without an open shift", _returns(gates.Gates, "no_shift", None)),
    Mutation("a sale while the shift is closed", "being closed", _returns(gates.Gates, "closing", None)),
    Mutation("cash in a drawer that is counted", "count", _returns(gates.Gates, "drawer_takes_cash", None)),
    Mutation(
        "a count that ignores drafts", "a count with drafts", _returns(day_decisions.DayDecisions, "_draft_in", None)
    ),
    Mutation("Z with a draft", "a Z report with drafts", _returns(progress, "drafts", []), ("cloud",)),
    Mutation("closing skips the count", "a Z report", _returns(progress, "uncounted", [])),
    Mutation(
        "a count behind the counts of a closing",
        "count",
        lambda patch: patch.setattr(closing, "AFTER_COUNT", ()),
    ),
    Mutation(
        "a shift closed by somebody else, and a closing that waits on",
        "",
        _rows(closing, ShiftClosed, target="drawers", then=None),
        ("cloud", "lan", "fiscal printer"),
    ),
    Mutation(
        "doubt at the fiscaliser: sent again unasked",
        "twice in the fiscaliser's books",
        _rows(receipt, FiscalisationDoubtful, source="fiscalising", target="fiscalising", then=_blindly),
        ("fiscal printer",),
    ),
    Mutation(
        "doubt at the printer: sent again unasked",
        "a second time|two unmarked|a start printed|after a doubt",
        _rows(receipt, PrintDoubtful, source="printing", target="printing", then=_print_again),
        ("none", "cloud"),
    ),
    Mutation(
        "a new document while the last one is in doubt", "", _returns(gates.Gates, "busy", None), ("fiscal printer",)
    ),
    Mutation(
        "a retry charges the card again",
        "charged twice|forgotten",
        _rows(receipt, FiscalisationRefused, source=("fiscalising", "fiscal_doubt"), then=_uncharged),
        ("lan",),
    ),
    Mutation("more returned than sold", "was returned than was sold", _forget_earlier_returns),
    Mutation("an exchange used twice", "exchanged twice", _returns(decisions.Decisions, "_exchange_refused", None)),
    Mutation("money that is put away twice", "settled twice", _rows(cash_transaction, SaleSettled, target="completed")),
    Mutation("a count over money that is not put away", "begins, and", _returns(day_decisions, "put_away", [])),
    Mutation("a day that ends over it", "ends, and", _returns(cash_transaction, "put_away", [])),
    Mutation(
        "cash in no day",
        "in day ''|moves in day|comes to",
        lambda patch: patch.setattr(TillState, "day_of", lambda *_: ""),
    ),
    Mutation(
        "a recorded opening that never ends",
        "never settled|are not settled",
        _rows(cash_transaction, NoSaleRecorded, target="settled", then=None),
    ),
    Mutation(
        "a recorded opening that nobody sees open",
        "never seen open",
        lambda patch: patch.setattr(drawer_table, "TABLE", with_rows(drawer_table.TABLE, _unseen)),
    ),
    Mutation("an opening recorded while its drawer is counted", "is counted", _recorded_while_counted),
    Mutation("a slip of a sale printed again", "was printed twice", _returns(slips, "issued_before", None)),
    Mutation("a pulse after a doubt", "opens the drawer after a doubt", _kick_after_doubt),
)


def tills(seed: int, count: Iterable[int], kinds: Sequence[str], limit: int) -> Catch | None:
    """Play till after till, up to `limit` steps; what was caught, or None."""
    made = 0
    for till in count:
        generator = random.Random(f"{seed}/{till}")
        steps = generator.choice([60, 150, 300])
        try:
            made += play(generator.choice, steps, kinds)
        except Wrong as wrong:
            return Catch(made + steps, till, str(wrong))
        if made >= limit:
            return None
    return None


def catch(mutation: Mutation, seed: int, limit: int = 60_000) -> Catch | None:
    """Break the rules and play; the rules are whole again afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        mutation.apply(patch)
        return tills(seed, itertools.count(1), mutation.kinds, limit)


def main() -> None:
    """Print what catches each mutation; SEED replays."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    sys.stdout.write(f"seed {seed}\n")
    with on_terminal() as progress, progress.pulse():
        progress.begin("breaking the rules", len(MUTATIONS), "mutations")
        for mutation in progress.over(MUTATIONS):
            found = catch(mutation, seed)
            told = "NOT CAUGHT" if found is None else f"the soak, within {found.steps:,} steps: {found.message}"
            progress.close()
            sys.stdout.write(f"{mutation.name} -> {told}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
