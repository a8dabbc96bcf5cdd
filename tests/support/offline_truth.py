"""What must be true of a till that sells without its register, whatever happens: read from its journal and the model.

Nothing here knows how the rules do it. `Truth` is told of every event as it is journalled; `at_rest` compares the whole
journal with the register's books once everything has been delivered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from statemachines.document import FISCAL_DOUBT, FISCALISING
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    Event,
    ReceiptFiscalised,
    SaleCompleted,
    SaleRefused,
    ShiftClosed,
    ShiftOpened,
)
from statemachines.vocabulary.offline_events import (
    FiscalModeChanged,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineDocumentRefused,
)
from tests.support.money_model import Wrong, hold
from tests.support.offline_line import SKEW_MS
from tests.support.offline_world import World

AHEAD_MS: Final = 36_000
"""So far ahead of the true time a document may be dated: a session begins up to half a minute after what the register
may still make, and clocks are known to the second."""


@dataclass(slots=True)
class Stamped:
    """One document that the till has made lawful itself. `place`: when it was dated, among all."""

    name: str
    at: int
    code: str
    place: int


@dataclass
class Truth:
    """`kept`: documents for which a code and a date are reserved. `codes`: whose each code is; `holds`: which each has.
    `names`: of those that were stamped."""

    world: World
    stamped: list[Stamped] = field(default_factory=list)
    kept: dict[str, OfflineCodeBound] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    holds: dict[str, set[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    latest: int = 0
    places: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)

    def heard(self, event: Event) -> None:
        match event:
            case OfflineCodeBound():
                self._bound(event)
            case OfflineCodeReleased(document_id=name, code=code):
                hold(self.codes.pop(code.value, "") == name, f"code {code.value} was not kept for {name}")
                self.holds[name].discard(code.value)
                self.kept.pop(name, None)
            case ReceiptFiscalised(document_id=name, stamp=stamp) if stamp.offline and not stamp.complete:
                self._stamped(name, stamp.at, stamp.number)
            case SaleCompleted() | CashMoved():
                hold(event.document_id not in self.done, f"{event.document_id} is certain twice")
                self.done.add(event.document_id)
            case SaleRefused() | CashMoveRefused():
                self.refused.add(event.document_id)
            case FiscalModeChanged(to="jammed", reason=reason):
                raise Wrong(f"the till calls the register jammed: {reason}")
            case OfflineDocumentRefused(reason=reason):
                raise Wrong(f"the register refuses what is lawful: {reason}")
            case FiscalModeChanged(to="offline_manual", session_id=name) if name:
                self.counted["sessions"] += 1
            case ShiftOpened() | ShiftClosed():
                self.counted[type(event).__name__] += 1

    def _bound(self, event: OfflineCodeBound) -> None:
        name, code = event.document_id, event.code.value
        holder = self.codes.setdefault(code, name)
        hold(holder == name, f"code {code} is on {holder} and on {name}")
        held = self.holds.setdefault(name, set())
        own = sorted(held - {code})
        held.add(code)
        hold(not own or name.startswith("offline-"), f"{name} has the codes {own} and {code}")
        if name in self.kept:
            kept = self.kept.pop(name)
            hold(kept.fiscal_at == event.fiscal_at, f"{name} lost the date that was kept for it")
        elif not own:
            self._dated(name, event.fiscal_at)
        if event.reserved:
            self.kept[name] = event

    def _dated(self, name: str, at: int) -> None:
        truth, pool = self.world.t + SKEW_MS, self.world.state.pool
        hold(self.world.clock().trusted, f"{name} was dated and nobody knows what time it is")
        hold(at % 1000 == 0, f"{name} is dated {at}, which is no whole second")
        hold(at >= self.latest, f"{name} is dated before what was made before it")
        hold(at >= truth, f"{name} is dated {truth - at} ms before it was made")
        floor = max(self.latest, pool.asked_at, pool.last_fiscal_at)
        hold(at <= max(truth + AHEAD_MS, floor + 1_000), f"{name} is dated {at - truth} ms in the future")
        self.latest = at
        self.places[name] = len(self.places)

    def _stamped(self, name: str, at: int, code: str) -> None:
        self.counted["stamped"] += 1
        hold(name not in self.names, f"{name} was stamped twice")
        self.names.add(name)
        if not code:
            self._dated(name, at)
        self.stamped.append(Stamped(name, at, code, self.places[name]))

    # --- when everything is over --------------------------------------------------------------------------------------

    def resting(self) -> bool:
        """Is there nothing left to be done?"""
        world, state = self.world, self.world.state
        open_ones = [one for one in state.documents.values() if one.state in (FISCALISING, FISCAL_DOUBT)]
        busy = world.mailbox or world.exchange is not None or world.register.late
        return state.mode.state == "online" and not (state.offline.queue or open_ones or busy)

    def at_rest(self, asked: list[str]) -> None:
        """Nothing lost, nothing doubled, all in order, each under its own code and date."""
        self.world.same_from_records()
        register = self.world.register
        hold(register.mode == "online", f"the register is still {register.mode}")
        hold(not register.waiting, f"{len(register.waiting)} documents have not reached the tax service")
        for one in self.stamped:
            self._arrived(one)
        ours = {self.world.ids[one.name][-1] for one in self.stamped}
        order = [self.world.ids[one.name][-1] for one in sorted(self.stamped, key=lambda one: (one.at, one.place))]
        came = [name for name in register.arrivals if name in ours]
        hold(came == order, f"delivered out of order: {came} for {order}")
        for name in asked:
            self._one_fate(name)
        bound = [code.document_id for code in self.world.state.pool.codes.values() if code.state == "bound"]
        hold(not bound, f"codes are still bound to {bound}")
        hold(
            (register.shift is None) == (self.world.state.shift.state in ("closed", "refused")),
            f"the till's shift is {self.world.state.shift.state}, and the register's is not",
        )

    def _arrived(self, one: Stamped) -> None:
        register, (*_, fiscal) = self.world.register, self.world.ids[one.name]
        if fiscal in register.moves:
            hold(register.moves[fiscal] == one.at, f"{one.name} arrived with another date")
            return
        entry = register.documents.get(fiscal)
        hold(entry is not None, f"{one.name} was lost: the register does not have it")
        if entry is not None:
            hold((entry.date, entry.code) == (one.at, one.code), f"{one.name} is there under another code or date")
            hold(entry.delivered, f"{one.name} has not reached the tax service")

    def _one_fate(self, name: str) -> None:
        register = self.world.register
        there = [one for one in self.world.ids[name] if one in register.documents or one in register.moves]
        hold((name in self.done) != (name in self.refused), f"{name} is neither certain nor refused, or both")
        hold(len(there) == (name in self.done), f"{name} is {len(there)} times in the register")
