"""Every fault that the simulated device knows, set before a sale on every dialect: how the sale ends.

`made`: one document at once. `later`: in doubt, and the question makes it one document when the fault is over.
`refused`: none. What was made is counted in the fiscal memory, and afterwards the next sale must be possible.
"""

from __future__ import annotations

from typing import Literal

import pytest

from drivers.printers.datecs.simulator import FAULTS
from statemachines.vocabulary.events import (
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationUnknown,
    ReceiptFiscalised,
)
from tests.support.datecs_rig import Rig, receipt

DIALECTS = ("bg", "ua", "mk", "x")
End = Literal["made", "made or later", "refused"]

#: Fault, value -> end.
TABLE: dict[tuple[str, int | None], End] = {
    ("dribble", None): "made",
    ("garbage", None): "made",
    ("deaf", None): "refused",
    ("late", 400): "made",
    ("late", 700): "made",
    ("lost_answer", 3): "made",
    ("drop_request", 3): "made",
    ("bad_checksum", 3): "made",
    ("duplicate_answer", None): "made",
    ("stale_answer", None): "made",
    ("nak_storm", 6): "made",
    ("nak_storm", 50): "refused",
    ("syn_gap", 2900): "made",
    ("silence", 1400): "made",
    ("silence", 2500): "made or later",
    ("wrong_dialect", None): "refused",
    ("wrong_speed", None): "refused",
    ("error", 111003): "refused",
    ("terminal", 111028): "made",  # no card is paid through it here
    ("power_cut_in", 20): "made or later",
    ("power_cut_in", 130): "made or later",
    ("power_cut_out", 60): "made or later",
    ("unplug_in", 20): "made or later",
    ("unplug_in", 130): "made or later",
    ("unplug_out", 60): "made or later",
    ("paper_end", None): "refused",
    ("near_end", None): "made",
    ("cover_open", None): "refused",
    ("cutter_jam", None): "made",
    ("overheat", 5): "refused",
    ("fm_full", None): "refused",
    ("ej_full", None): "refused",
    ("ej_near_end", None): "made",
    ("clock_unset", None): "refused",
    ("day_exceeded", None): "refused",
    ("ram_reset", None): "refused",
    ("power_off", None): "refused",
}
#: Early enough, these leave nothing begun.
OF_THE_WIRE = ("power_cut_in", "power_cut_out", "unplug_in", "unplug_out")


def over(rig: Rig, fault: str) -> None:
    """The fault is put right by whoever puts such things right."""
    rig.device.fault(fault, 0)
    if fault == "paper_end":
        rig.device.load_paper()
    rig.device.power_on()
    rig.port.plug()
    rig.device.clear_jam()
    rig.pass_time(20)


@pytest.mark.parametrize(
    ("dialect", "fault", "value"),
    [(dialect, *key) for dialect in DIALECTS for key in TABLE if key[0] != "terminal" or dialect == "x"],
)
def test_every_fault_ends_as_one_document_or_none(dialect: str, fault: str, value: int | None) -> None:
    rig = Rig(dialect)
    till = rig.working()
    rig.pass_time(5)
    rig.device.on_unplug = rig.port.unplug
    rig.device.fault(fault, value)
    order = rig.sell()
    outcome: Event = rig.give(till, order)
    over(rig, fault)
    assert till.connected or till.connect()
    end = TABLE[fault, value]
    if end == "made or later" and isinstance(outcome, FiscalisationDoubtful):
        assert not outcome.person_needed
        outcome = rig.ask(till, order)
        if isinstance(outcome, FiscalisationUnknown):
            outcome = rig.give(till, order)
    if end == "refused" or (isinstance(outcome, FiscalisationRefused) and fault in OF_THE_WIRE):
        assert isinstance(outcome, FiscalisationRefused), outcome
        assert len(rig.device.books.fiscal) == 0
    else:
        assert isinstance(outcome, ReceiptFiscalised), outcome
        assert len(rig.device.books.fiscal) == 1
    assert not rig.device.books.open_receipt
    if fault == "ram_reset":  # its clock wants to be set first
        return
    before = len(rig.device.books.fiscal)
    assert isinstance(rig.give(till, rig.sell(receipt("next", number="000009"))), ReceiptFiscalised)
    assert len(rig.device.books.fiscal) == before + 1


def test_no_fault_of_the_device_is_left_out() -> None:
    assert {fault for fault, _ in TABLE} == set(FAULTS)
