"""A device that answers whatever it likes: every parser reads it or calls it unreadable, and no order raises.

The commands' own parsers are fuzzed in test_commands.py, the framer in drivers/framing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.base import DutyGuard
from drivers.errors import DeviceError
from drivers.framing.datecs import Envelope, Request, RequestReader
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.datecs.dialects import DIALECTS, DialectName
from drivers.printers.datecs.driver import DatecsRegister
from drivers.printers.datecs.examining import examine
from drivers.printers.datecs.readback import baseline
from drivers.printers.datecs.status import read_status
from firmware_bridge.vendors.datecs.inspection import inspect
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event, FiscalStamp
from tests.support.datecs_bench import configured
from tests.support.datecs_rig import START, Rig, receipt, stamped, taken_back

ALL = pytest.mark.parametrize("dialect", sorted(DIALECTS))
#: What answers are made of: half-sensible fields, codes, letters, and anything.
DATA = st.one_of(
    st.binary(max_size=40),
    st.text("0PFDRE-.,\t1238*URTSQ ", max_size=40).map(lambda text: text.encode("cp1251")),
    st.sampled_from(
        [
            b"0\t",
            b"0\t1\t2\t3.00\t4.00\t",
            b"P,1,2,3",
            b"0001,0001",
            b"1,0002,000000240,000000500",
            b"0\tnBon",
            b"-111024\t",
            b"FP-800,1.00BG,1A2B,0,DT000600,02000600",
            b"20-07-26 13:53:10",
            b"0\t20-07-26 13:53:10\t",
            b"0\t7\t7\t20-07-26 13:53:10\t1\t1\t",
            b"0\t7\t7\tnever\t1\t1\t",
            b"U,DT000600-OP01-0000001,1,1,0,7",
            b"*",
        ]
    ),
)
STATUS = st.lists(st.integers(0x80, 0xFF), min_size=8, max_size=8).map(bytes)
ANSWERS = st.lists(st.tuples(DATA, st.one_of(st.just(b"\x80\x80\x80\x80\x86\x9a\x80\x80"), STATUS)), min_size=1)


@dataclass
class Liar:
    """Answers every order with the next of `answers`, over and over."""

    envelope: Envelope
    answers: list[tuple[bytes, bytes]]
    now: float = 0.0
    _out: bytearray = field(default_factory=bytearray)
    _said: int = 0

    def __post_init__(self) -> None:
        self._reader = RequestReader(self.envelope)

    def accept(self, data: bytes) -> int:
        for order in self._reader.feed(data):
            if isinstance(order, Request):
                answer, status = self.answers[self._said % len(self.answers)]
                self._said += 1
                status = status[: self.envelope.status_bytes]
                self._out += self.envelope.reply(order.seq, order.command, answer, status)
        return len(data)

    def output(self) -> bytes:
        data, self._out = bytes(self._out), bytearray()
        return data

    def run_until(self, now: float) -> None:
        self.now = max(self.now, now)

    def next_change(self) -> float | None:
        return None


def orders(dialect: str) -> list[Fiscalise]:
    """One of everything, ordered where all was well before."""
    rig = Rig(dialect)
    till = rig.working()
    sale = receipt("s-0", number="000001")
    stamp = stamped(rig.give(till, rig.sell(sale)))
    return [
        rig.sell(receipt("s-1", number="000002", card=500)),
        rig.sell(taken_back(sale, stamp)),
        rig.cash("in", 2_500, "m-2"),
        rig.report(),
        rig.report("x_report", "x-1"),
        replace(rig.sell(), before=None),
    ]


ORDERS = {dialect: orders(dialect) for dialect in DIALECTS}


@ALL
@settings(max_examples=25, deadline=None)
@given(answers=ANSWERS, first=ANSWERS)
def test_no_order_raises_whatever_the_device_answers(
    dialect: DialectName, answers: list[tuple[bytes, bytes]], first: list[tuple[bytes, bytes]]
) -> None:
    clock = VirtualClock(100.0)
    good = (b"FP-800,1.00BG,1A2B,0,DT000600,02000600", b"\x80\x80\x80\x80\x86\x9a\x80\x80")
    liar = Liar(DIALECTS[dialect].envelope, [good])
    chosen = replace(configured(dialect), times=replace(configured(dialect).times, paper=2.0))
    told: list[Event] = []
    till = DatecsRegister(
        MemoryPort(liar, clock),
        chosen,
        told.append,
        zone=UTC,
        utc_ms=lambda: int(START.timestamp() * 1000),
        drawer_id="main",
        guard=DutyGuard(longest_ms=100),
        wait=clock.advance,
    )
    till.connect()
    rig = Rig(dialect)
    for part in (answers, first):
        liar.answers = part
        for order in ORDERS[dialect]:
            assert till.fiscalise(order).document_id == order.document_id  # type: ignore[attr-defined]  # an outcome
            assert till.ask(order).document_id == order.document_id  # type: ignore[attr-defined]  # an outcome
        till.kick(rig.kick())
        till.print(rig.slip())
        till.ask_print(rig.slip())
        till.watch(0.1)
        liar.answers = [good]
        till.connect()
    till.close()


@ALL
@settings(max_examples=25, deadline=None)
@given(answers=ANSWERS)
def test_a_look_at_a_device_that_lies_ends_with_what_it_said_or_with_an_error_of_the_device(
    dialect: DialectName, answers: list[tuple[bytes, bytes]]
) -> None:
    clock = VirtualClock(0.0)
    liar = Liar(DIALECTS[dialect].envelope, answers)
    with contextlib.suppress(DeviceError):
        seen = examine(MemoryPort(liar, clock), configured(dialect), wait=clock.advance)
        rows = inspect(seen, configured(dialect), START.replace(tzinfo=None))
        assert all(row.found for row in rows)


@ALL
@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=12))
def test_any_status_bytes_have_a_condition(dialect: DialectName, raw: bytes) -> None:
    status = read_status(DIALECTS[dialect], raw)
    assert status.condition() is not None
    assert status.can_print or status.condition().__class__.__name__ != "PrinterReady"


@settings(max_examples=200, deadline=None)
@given(
    control=st.text("0123456789/-,. x", max_size=40),
    numbers=st.tuples(st.text("0123456789-", max_size=9), st.text("0123456789-", max_size=9)),
)
def test_any_stamp_is_a_baseline_or_none(control: str, numbers: tuple[str, str]) -> None:
    stamp = FiscalStamp("datecs", "1", "", control=control, document_no=numbers[0], shift_no=numbers[1])
    found = baseline(stamp)
    assert found is None or found.document >= 0
