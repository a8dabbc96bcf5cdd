"""Whatever comes back over the wire, the driver answers every order with one outcome, and in bounded time."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.printer_kick import PrinterKick
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.settings import EscPosSettings, Times
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
from tests.drivers.printers.escpos.rig import SET_UP, job

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
ANSWERS = st.lists(st.one_of(REPLIES, st.binary(max_size=6)), max_size=60)


class Babbler:
    """Takes everything, and answers each write with whatever comes next; says nothing more when that is all."""

    powered = True

    def __init__(self, answers: list[bytes]) -> None:
        self._answers: Iterator[bytes] = iter(answers)
        self._out = b""

    def accept(self, data: bytes) -> int:
        self._out += next(self._answers, b"")
        return len(data)

    def output(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def run_until(self, now: float) -> None:
        pass

    def next_change(self) -> float | None:
        return None


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.booleans())
def test_every_order_has_its_outcome_whatever_is_answered(answers: list[bytes], split: bool) -> None:
    clock = VirtualClock(100.0)
    events: list[Event] = []
    quick = Times(confirmation=3.0, heartbeat=1.0, write_stall=1.0, idle=2.0)
    till = EscPosPrinter(
        MemoryPort(Babbler(answers), clock, split=split),
        EscPosSettings(columns=32, times=quick, **SET_UP),
        events.append,
        PrinterKick("drawer-1", 2, "high"),
    )
    order = job(before=Counters(1, 2))
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
