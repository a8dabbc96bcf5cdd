"""Whatever comes back over the wire, the driver answers every order with one outcome, and in bounded time."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.printer_kick import PrinterKick
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.settings import Times
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters
from tests.drivers.printers.escpos.rig import job
from tests.drivers.printers.escpos.rig import settings as set_up

#: Replies of the manuals, whole and in pieces, and what no printer says.
REPLIES = st.sampled_from(
    [
        *(bytes.fromhex(wire) for wire in ("12", "16", "1A", "1E", "72", "00", "0C", "11", "13", "FF")),
        *(bytes.fromhex(wire) for wire in ("1000000F", "3800000F", "18000C0F", "10080000", "1000", "5F30", "37")),
        b"_12\0",
        b"_EPSON\0",
        b"_TM-T88V\0",
        b"_99999999999999999999\0",
        b"7\x22K7Q2\0",
        b"7\x22 ~? \0",
        b"7%\0",
        b"7s@ D\0",
        b"7sAQ2\0",
        b"7r@aZ\0",
        b"7s\xff",
    ]
)
#: What is answered to each write: noise, and whether the true answer comes behind it.
ANSWERS = st.lists(st.tuples(st.one_of(st.just(b""), REPLIES, st.binary(max_size=6)), st.booleans()), max_size=80)


class Babbler:
    """Takes everything; answers each write with noise, the truth or both, and with the truth when that is all."""

    powered = True

    def __init__(self, answers: list[tuple[bytes, bool]]) -> None:
        self._answers: Iterator[tuple[bytes, bool]] = iter(answers)
        self._out = b""

    def accept(self, data: bytes) -> int:
        noise, truth = next(self._answers, (b"", True))
        self._out += noise
        if truth:
            self._out += b"\x12" * data.count(b"\x10\x04") + b"\x00" * data.count(b"\x1dr\x01")
        return len(data)

    def output(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def run_until(self, now: float) -> None:
        pass

    def next_change(self) -> float | None:
        return None


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.booleans(), st.sampled_from([None, Counters(1, 2), Counters(12, 12)]))
def test_every_order_has_its_outcome_whatever_is_answered(
    answers: list[tuple[bytes, bool]], split: bool, before: Counters | None
) -> None:
    clock = VirtualClock(100.0)
    events: list[Event] = []
    quick = Times(confirmation=3.0, heartbeat=1.0, write_stall=1.0, idle=2.0)
    till = EscPosPrinter(
        MemoryPort(Babbler(answers), clock, split=split),
        set_up(times=quick),
        events.append,
        PrinterKick("drawer-1", 2, "high"),
    )
    order = job(before=before)
    for _ in range(2):
        till.connect()
        till.watch(3.0)
        printed = till.print(order)
        assert isinstance(printed, ReceiptPrinted | PrintRefused | PrintOutdated | PrintDoubtful)
        found = till.ask(order, None)
        assert isinstance(found, ReceiptPrinted | PrintFoundMissing | PrintUnresolved)
        kicked = till.kick(Kick("drawer-1", 100, int(clock.monotonic() * 1000) + 4000, 1))
        assert isinstance(kicked, DrawerKicked | DrawerKickDropped)
    till.close()
    assert clock.monotonic() < 2000.0
