"""One fault at one point of one document on one device: what the till is told, what it finds, and what is true.

The truth is counted in the simulated device's fiscal memory and on its paper, never taken from the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from drivers.framing.datecs import Request, RequestReader
from drivers.printers.datecs.driver import DatecsRegister
from firmware_bridge.register_lane import HardwareRegister
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import (
    Declined,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.support.datecs_bench import configured
from tests.support.datecs_rig import Rig, receipt, stamped, taken_back

What = Literal["sale", "mixed", "return", "cash in", "Z"]
WHATS: tuple[What, ...] = ("sale", "mixed", "return", "cash in", "Z")
DIALECTS = ("bg", "c", "ua", "mk", "sy55", "x")
#: When a fault begins: before the document, right before the frame that begins it, that pays first, that ends it.
Place = Literal["before", "open", "pay", "close"]
End = Literal[
    "printed", "refused", "doubtful: made", "doubtful: not made", "doubtful: gone on with", "person", "declined"
]
"""What the till is told of a document; after a doubt also what the question finds when the fault is over: that it was
made, that it was not, or an open receipt that is gone on with to its end."""

Driver = Callable[[HardwareRegister], HardwareRegister]
#: Frames that only ask; a document begins with another one.
_ASKING = frozenset(
    {0x20, 0x32, 0x33, 0x3E, 0x41, 0x44, 0x4A, 0x4C, 0x53, 0x5A, 0x6B, 0x6E, 0x71, 0x77, 0x7B, 0x7D, 0xFF}
)
_IN_THE_ANSWER = frozenset({"power_cut_out", "unplug_out", "bad_checksum"})
_PAYS = 0x35
_CASH = 0x46
_LATER_S = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` and `value` as the simulator has them; `put_right`: seconds until somebody does so meanwhile, 0: nobody.

    `byte`: of the faults that strike after a byte, which one of the frame or of its answer (-1: the last one).
    """

    name: str
    value: int | None = None
    place: Place = "before"
    put_right: float = 0.0
    byte: int | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" {self.value}"
        byte = "" if self.byte is None else ", last byte" if self.byte < 0 else f", byte {self.byte}"
        where = "" if self.place == "before" else f" at {self.place}"
        return f"{self.name}{value}{where}{byte}" + (", put right" if self.put_right else "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sins`: where what was told or found is not what the fiscal memory and the paper say."""

    end: End
    sins: tuple[str, ...]


def judge(dialect: str, what: What, fault: Fault, broken: Driver = lambda register: register) -> Verdict:
    """Play it."""
    rig, register, order = _prepared(dialect, what, by_device=fault.name == "terminal")
    till = broken(register)
    already = made(rig, what)
    frame = _frame(dialect, what, fault.place)
    _arm(rig, frame, fault, _length(dialect, what, frame))
    told = till.fiscalise(order)
    sins = list(_told_and_true(rig, what, told, already))
    end, found = _afterwards(rig, till, order, told, fault)
    now = made(rig, what) - already
    if isinstance(found, FiscalisationUnknown):
        sins += [f"not made, says the driver, and it was made {now} times"] if now else []
        again = till.fiscalise(order)
        sins += [] if isinstance(again, ReceiptFiscalised) else [f"ordered anew, it ends as {type(again).__name__}"]
    elif isinstance(found, ReceiptFiscalised) and now != 1:
        sins.append(f"made, says the driver, and it was made {now} times")
    if made(rig, what) - already > 1:
        sins.append(f"made {made(rig, what) - already} times")
    if end != "person":
        sins += _left_behind(rig, fault)
    return Verdict(end, tuple(sins))


def made(rig: Rig, what: What) -> int:
    """How often the device has made it, by its memory."""
    books = rig.device.books
    match what:
        case "sale" | "mixed":
            return sum(one.kind == "sale" for one in books.fiscal)
        case "return":
            return sum(one.kind == "return" for one in books.fiscal)
        case "cash in":
            return sum(one.kind == "cash_in" for one in books.journal)
        case "Z":
            return len(books.closures)


# --- the document -------------------------------------------------------------------------------------------------


def _prepared(dialect: str, what: What, *, by_device: bool = False) -> tuple[Rig, DatecsRegister, Fiscalise]:
    """A shift with a sale behind it, everything on paper, and the order. `by_device`: it charges the card itself."""
    rig = Rig(dialect, change=lambda settings: replace(settings, pinpad=by_device))
    register = rig.working()
    sale = receipt("s-0", number="000001")
    stamp = stamped(rig.give(register, rig.sell(sale)))
    rig.pass_time(_LATER_S)
    orders: dict[What, Callable[[], Fiscalise]] = {
        "sale": lambda: rig.sell(receipt("s-1", number="000002")),
        "mixed": lambda: rig.sell(receipt("s-1", number="000002", card=500, given=1000, by_device=by_device)),
        "return": lambda: rig.sell(taken_back(sale, stamp)),
        "cash in": lambda: rig.cash("in", 2_500, "m-2"),
        "Z": rig.report,
    }
    return rig, register, orders[what]()


@cache
def _frames(dialect: str, what: What) -> tuple[Request, ...]:
    """All frames of one document that nothing happens to."""
    rig, register, order = _prepared(dialect, what)
    begun = len(rig.wire)
    stamped(register.fiscalise(order))
    found = RequestReader(rig.settings.dialect.envelope).feed(bytes(rig.wire[begun:]))
    return tuple(one for one in found if isinstance(one, Request))


@cache
def _frame(dialect: str, what: What, place: Place) -> int:
    """Which frame of the document it is."""
    frames = _frames(dialect, what)
    if place == "before":
        return 0
    acting = [at for at, one in enumerate(frames) if one.command not in _ASKING and not _asks_for_cash(one)]
    paying = [at for at in acting if frames[at].command == _PAYS]
    return {"open": acting[0], "pay": (paying or acting)[0], "close": acting[-1]}[place]


def _asks_for_cash(one: Request) -> bool:
    return one.command == _CASH and one.data in (b"", b"0\t0.00\t")


# --- the fault ----------------------------------------------------------------------------------------------------


def _arm(rig: Rig, frame: int, fault: Fault, length: int) -> None:
    """Set it when the last frame before that one is out; what strikes in its answer when the frame itself is out."""
    rig.device.on_unplug = rig.port.unplug
    reader, seen = RequestReader(rig.settings.dialect.envelope), [0]
    due = frame + (fault.name in _IN_THE_ANSWER)

    def strike() -> None:
        value = fault.value
        if fault.byte is not None:
            value = length if fault.byte < 0 else fault.byte
        rig.device.fault(fault.name, value)
        if fault.put_right:
            rig.at(fault.put_right, lambda: _put_right(rig, fault))

    def watch(_: int, data: bytes) -> None:
        rig.wire.extend(data)
        seen[0] += len(reader.feed(data))
        if seen[0] >= due:
            rig.port.on_bytes = lambda _, more: rig.wire.extend(more)
            strike()

    if due:
        rig.port.on_bytes = watch
    else:
        strike()


def _length(dialect: str, what: What, frame: int) -> int:
    one = _frames(dialect, what)[frame]
    envelope = configured(dialect).dialect.envelope
    return len(envelope.request(one.seq, one.command, one.data))


def _put_right(rig: Rig, fault: Fault) -> None:
    """By whoever puts such things right."""
    rig.device.fault(fault.name, 0)
    if fault.name == "paper_end":
        rig.device.load_paper()
    rig.device.power_on()
    rig.port.plug()
    rig.device.clear_jam()


# --- what comes of it ---------------------------------------------------------------------------------------------


def _told_and_true(rig: Rig, what: What, told: Event, already: int) -> Iterator[str]:
    """What is told at once must be so at once."""
    now = made(rig, what) - already
    if isinstance(told, ReceiptFiscalised) and now != 1:
        yield f"printed, says the driver, and it was made {now} times"
    if isinstance(told, FiscalisationRefused | Declined):
        if now:
            yield f"refused, says the driver, and it was made {now} times"
        if rig.device.books.open_receipt:
            yield "refused, says the driver, and a receipt is open"


def _afterwards(
    rig: Rig, till: HardwareRegister, order: Fiscalise, told: Event, fault: Fault
) -> tuple[End, Event | None]:
    """The fault is over; a doubt is asked about."""
    _put_right(rig, fault)
    rig.pass_time(_LATER_S)
    if fault.name == "ram_reset":
        rig.by_hand(rig.speak.set_clock(rig.device.books.journal[-1].at))
    if not till.connected and not till.connect():
        return "person", None
    match told:
        case ReceiptFiscalised():
            return "printed", None
        case Declined():
            return "declined", None
        case FiscalisationRefused():
            return "refused", None
    was_open, found = rig.device.books.open_receipt, told
    if isinstance(told, FiscalisationDoubtful) and not told.person_needed:
        found = till.ask(order)
    match found:
        case ReceiptFiscalised():
            return "doubtful: gone on with" if was_open else "doubtful: made", found
        case FiscalisationUnknown():
            return "doubtful: not made", found
        case FiscalisationRefused():
            return "refused", found
        case _:
            return "person", found


def _left_behind(rig: Rig, fault: Fault) -> Iterator[str]:
    rig.pass_time(_LATER_S)
    books = rig.device.books
    if books.open_receipt:
        yield "a receipt was left open"
    torn = [paper.kind for paper in books.papers if not paper.complete]
    if torn and fault.name != "ram_reset":  # with its memory it forgets what it was about to print
        yield f"not all on paper: {', '.join(torn)}"
