"""What a sale, a return and a closing are on the wire of each dialect, command by command, as its manual writes it.

Sources: P v1.00BG, commands by number; FP-3530T and FPU-550: 6Bh (107), 34h (52), 55h (85), 45h (69) with password;
PF-500/550 v1.36: 55h and 56h, no cancel; the recorded sale of a PF-500; X v2.02, every field followed by a TAB.
"""

from __future__ import annotations

import re

import pytest

from drivers.framing.datecs import Request, RequestReader
from drivers.printers.datecs.commands import language
from firmware_bridge.wire_datecs import command_names
from statemachines.vocabulary.events import FiscalisationRefused
from tests.support.datecs_rig import BREAD, CHEESE, Rig, receipt, stamped, taken_back

#: Questions; what is left are orders.
ASKING = frozenset({0x3E, 0x41, 0x4A, 0x4C, 0x53, 0x5A, 0x6E, 0x71, 0x77, 0x7B, 0x7D, 0xFF})
UNP = "DT000600-OP01-0000001"
SALE = receipt(given=2000)


def orders(rig: Rig, begun: int) -> list[tuple[int, str]]:
    """Command and data of all orders since then; the numbers of programmed items, which are worked out, as #."""
    found = RequestReader(rig.settings.dialect.envelope).feed(bytes(rig.wire[begun:]))
    told = [(one.command, one.data.decode("cp1251")) for one in found if isinstance(one, Request)]
    acting = [(command, data) for command, data in told if command not in ASKING and not _asks_for_cash(command, data)]
    return [(command, _numberless(command, data)) for command, data in acting]


def _asks_for_cash(command: int, data: str) -> bool:
    return command == 0x46 and data in ("", "0\t0.00\t")


def _numberless(command: int, data: str) -> str:
    if command == 0x6B and data.startswith("P"):
        return re.sub(r"^(P.)\d+,", r"\1#,", data)
    return re.sub(r"^\d+\*", "#*", data) if command == 0x34 else data


def played(dialect: str) -> tuple[list[tuple[int, str]], ...]:
    """The orders of a sale, of its return and of the Z report."""
    rig = Rig(dialect)
    till = rig.working()
    begun = len(rig.wire)
    stamp = stamped(rig.give(till, rig.sell(SALE)))
    sale = orders(rig, begun)
    begun = len(rig.wire)
    stamped(rig.give(till, rig.sell(taken_back(SALE, stamp))))
    back = orders(rig, begun)
    begun = len(rig.wire)
    stamped(rig.give(till, rig.report()))
    return sale, back, orders(rig, begun)


def test_a_bulgarian_printer() -> None:
    sale, back, closing = played("bg")
    assert sale == [
        (0x30, f"1,0000,1,{UNP}"),
        (0x31, f"{BREAD.name}\tБ4.10*2.000"),
        (0x31, f"{CHEESE.name}\tБ5.23*1.000"),
        (0x33, "00"),
        (0x35, "\tP20.00"),
        (0x38, ""),
    ]
    assert back[0] == (0x2E, f"1,0000,1,DT000600-OP01-0000002,R2,{UNP},200726105311,02000600")
    assert back[1:] == [*sale[1:4], (0x35, "\tP13.43"), (0x38, "")]
    assert closing == [(0x45, "0")]


def test_a_bulgarian_cash_register_wants_the_sale_s_number_before_the_till_s() -> None:
    sale, back, closing = played("c")
    assert sale[0] == (0x30, "1,1,DT150001-OP01-0000001,1")
    assert sale[-2:] == [(0x35, "\tP20.00"), (0x38, "")]
    assert back[0] == (0x2E, "1,1,DT150001-OP01-0000002,1,1,2,200726105311,02150001")
    assert closing == [(0x45, "0")]


def test_a_ukrainian_register_sells_programmed_items_and_takes_goods_back_with_55h() -> None:
    sale, back, closing = played("ua")
    assert sale == [
        (0x6B, f"PА#,1,4.10,0000,{BREAD.name}"),
        (0x6B, f"PА#,1,5.23,0000,{CHEESE.name}"),
        (0x30, "1,0000,1,I"),
        (0x34, "#*2.000"),
        (0x34, "#*1.000"),
        (0x33, "00"),
        (0x35, "\tP20.00"),
        (0x38, ""),
    ]
    assert back == [(0x55, "1,0000,1,I"), *sale[3:6], (0x35, "\tP13.43"), (0x38, "")]
    assert closing == [(0x45, "0000,0"), (0x6B, "DA,0000")]


def test_a_macedonian_register_closes_a_return_with_56h() -> None:
    sale, back, closing = played("mk")
    assert sale == [
        (0x30, "1,0000,1"),
        (0x31, f"{BREAD.name}\tА4.10*2.000"),
        (0x31, f"{CHEESE.name}\tА5.23*1.000"),
        (0x33, "00"),
        (0x35, "\tP20.00"),
        (0x38, ""),
    ]
    assert back == [(0x55, "1,0000,1"), *sale[1:4], (0x35, "\tP13.43"), (0x56, "")]
    assert closing == [(0x45, "0")]


def test_an_x_device_has_a_tab_behind_every_field() -> None:
    sale, back, closing = played("x")
    unp = UNP.replace("DT000600", "DT700001")
    assert sale == [
        (0x30, f"1\t0000\t{unp}\t1\t\t"),
        (0x31, f"{BREAD.name}\t2\t4.10\t2.000\t\t\t0\t"),
        (0x31, f"{CHEESE.name}\t2\t5.23\t1.000\t\t\t0\t"),
        (0x33, "0\t0\t\t\t"),
        (0x35, "0\t20.00\t\t"),
        (0x38, ""),
    ]
    number = "DT700001-OP01-0000002"
    assert back[0] == (0x2B, f"1\t0000\t1\t1\t2\t20-07-26 10:53:11\t02700001\t\t\t\t{number}\t")
    assert closing == [(0x45, "Z\t")]


def test_a_ukrainian_register_is_told_an_item_once_a_day() -> None:
    rig = Rig("ua")
    till = rig.working()
    for number in (1, 2):
        rig.give(till, rig.sell(receipt(f"s-{number}", number=f"00000{number}")))
    assert [command for command, _ in orders(rig, 0)].count(0x6B) == 2
    rig.give(till, rig.report())
    begun = len(rig.wire)
    rig.give(till, rig.sell(receipt("s-3", number="000003")))
    assert [command for command, _ in orders(rig, begun)].count(0x6B) == 2


@pytest.mark.parametrize("dialect", ["bg", "c"])
def test_a_storno_of_a_receipt_that_the_device_does_not_know_is_refused_in_its_words(dialect: str) -> None:
    """Devices of group A answer F to a storno of another device's document, without any error bit."""
    rig = Rig(dialect)
    till = rig.working()
    stamp = stamped(rig.give(till, rig.sell(SALE)))
    real = rig.device.output
    rig.device.output = lambda: _says_f(rig, real())  # type: ignore[method-assign]  # a firmware of that kind
    outcome = rig.give(till, rig.sell(taken_back(SALE, stamp)))
    assert isinstance(outcome, FiscalisationRefused), outcome
    assert "does not know the receipt that comes back" in outcome.reason
    assert sum(one.kind == "return" for one in rig.device.books.fiscal) == 0


def _says_f(rig: Rig, data: bytes) -> bytes:
    """Its answer to 2Eh becomes F, and what it had opened is gone."""
    at = data.find(b"\x2e", 3, 4)
    if not data.startswith(b"\x01") or at != 3:
        return data
    rig.device.fault("ram_reset", 1)
    rig.device.fault("clock_unset", 0)
    seq, status = data[2], b"\x80\x80\x80\x80\x86\x9a"
    return rig.settings.dialect.envelope.reply(seq, 0x2E, b"F", status)


@pytest.mark.parametrize("dialect", ["bg", "c", "ua", "mk", "sy55", "x"])
def test_whoever_reads_a_recording_finds_a_name_for_every_command_of_a_day(dialect: str) -> None:
    rig = Rig(dialect)
    till = rig.working()
    stamp = stamped(rig.give(till, rig.sell(receipt(header="Добър ден"))))
    rig.give(till, rig.sell(taken_back(SALE, stamp)))
    till.print(rig.slip())
    till.kick(rig.kick())
    rig.give(till, rig.report("x_report", "x-1"))
    rig.give(till, rig.report())
    found = RequestReader(rig.settings.dialect.envelope).feed(bytes(rig.wire))
    sent = {one.command for one in found if isinstance(one, Request)}
    assert sent - command_names(language(rig.settings.dialect)).keys() == set()
