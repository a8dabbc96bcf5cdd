"""The shop's logo: kept in the printer, written rarely, never at the cost of a sale."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from drivers.ports.memory import MemoryPort
from drivers.printers import dots
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.logo import MOST_ROWS, WRITES_A_DAY, LogoKeeper, Prepared, key_of
from drivers.printers.escpos.means import Means
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.paper import PrintedImage, PrintedLine
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.events import ReceiptPrinted
from statemachines.vocabulary.paper import Image
from tests.drivers.printers.escpos.rig import Rig, TillCut, connected, job

LOGO = dots.bits([[x * x + y * y < 3000 for x in range(200)] for y in range(60)])
AUTO = EscPosSettings(columns=32, logo=LOGO)
KEY = Prepared.of(LOGO, 384).key
DEFINE = b"\x1d(L"
LIST = bytes.fromhex("1D 28 4C 04 00 30 40 4B 43")
PRINT = bytes.fromhex("1D 28 4C 06 00 30 45") + KEY.encode()


def definitions(rig: Rig) -> int:
    return bytes(rig.wire).count(b"0C0" + KEY.encode() + b"\x01")


def idle(till: EscPosPrinter, seconds: float = 40.0) -> None:
    till.watch(seconds)


def state(till: EscPosPrinter) -> str:
    return till.logo.state


def printed_types(rig: Rig, piece: int = -1) -> list[type]:
    return [type(mark) for mark in rig.printer.pieces[piece].printed]


def test_key_is_two_visible_characters_made_of_the_dots() -> None:
    other = dots.bits([[x * x + y * y < 2900 for x in range(200)] for y in range(60)])
    assert key_of(LOGO) == key_of(Image(LOGO.width, LOGO.data))
    assert key_of(LOGO) != key_of(other)
    assert len(key_of(LOGO)) == 2
    assert all("!" <= char <= "~" for char in key_of(LOGO))


def test_first_receipts_have_the_text_heading_then_the_logo_is_written_in_a_pause_and_used() -> None:
    rig = Rig(settings=AUTO)
    till = connected(rig)
    assert state(till) == "missing"
    assert isinstance(till.print(job("K7Q1")), ReceiptPrinted)
    assert PrintedImage not in printed_types(rig)
    assert definitions(rig) == 0
    idle(till)
    assert state(till) == "stored"
    assert rig.printer.stored_keys == (KEY.encode(),)
    assert rig.printer.nv_writes == 1
    printed = till.print(job("K7Q2"))
    assert isinstance(printed, ReceiptPrinted)
    assert printed.evidence == "process_id"
    logo, title = rig.printer.pieces[-1].printed[:2]
    assert isinstance(logo, PrintedImage)
    assert (logo.width, logo.height) == (200, 60)
    assert b"".join(logo.rows) == LOGO.data
    assert isinstance(title, PrintedLine)
    assert title.text == "Магазин «Соняшник»"


def test_logo_that_the_printer_has_is_never_written_again() -> None:
    rig = Rig(settings=AUTO)
    idle(connected(rig))
    for _ in range(5):
        rig.printer.power_off()
        rig.pass_time(1.0)
        rig.printer.power_on()
        rig.new_port()
        till = connected(rig)
        assert state(till) == "stored"
        assert isinstance(till.print(job()), ReceiptPrinted)
        assert printed_types(rig)[0] is PrintedImage
        idle(till)
    assert rig.printer.nv_writes == 1


def test_selling_comes_first() -> None:
    rig = Rig(settings=AUTO)
    till = connected(rig)
    for number in range(8):
        till.watch(20.0)
        assert isinstance(till.print(job(f"K7Q{number}")), ReceiptPrinted)
    assert definitions(rig) == 0
    idle(till)
    assert definitions(rig) == 1


@pytest.mark.parametrize("trouble", ["open_cover", "unrecoverable"])
def test_printer_in_trouble_is_not_written_to(trouble: str) -> None:
    rig = Rig(settings=AUTO)
    till = connected(rig)
    getattr(rig.printer, trouble)()
    idle(till, 100.0)
    assert definitions(rig) == 0


def test_another_logo_gets_another_key_and_the_old_one_stays() -> None:
    rig = Rig(settings=AUTO)
    idle(connected(rig))
    other = dots.bits([[True] * 80] * 40)
    rig.settings = replace(AUTO, logo=other)
    rig.new_port()
    till = connected(rig)
    idle(till)
    assert set(rig.printer.stored_keys) == {KEY.encode(), Prepared.of(other, 384).key.encode()}


@pytest.mark.parametrize(
    ("personality", "settings"),
    [
        (PERSONALITIES["no_process_id"], AUTO),
        (replace(PERSONALITIES["epson"], nv_graphics=False), AUTO),
        (PERSONALITIES["epson"], replace(AUTO, profile="POS-5890")),
    ],
    ids=["unknown model", "no memory", "profile without graphics"],
)
def test_printer_without_such_memory_gets_the_dots_with_every_paper(personality: object, settings: object) -> None:
    rig = Rig(personality, settings)  # type: ignore[arg-type]  # a table of both
    till = connected(rig)
    assert state(till) == "drawn"
    assert isinstance(till.print(job()), ReceiptPrinted)
    marks = [mark for mark in rig.printer.pieces[0].printed if isinstance(mark, PrintedImage)]
    assert b"".join(b"".join(mark.rows) for mark in marks[:3]) == LOGO.data
    idle(till)
    assert rig.printer.nv_writes == 0


def test_mute_printer_gets_the_dots() -> None:
    rig = Rig("mute", replace(AUTO, confirm="none"))
    till = connected(rig)
    assert isinstance(till.print(job()), ReceiptPrinted)
    rig.pass_time(10.0)
    assert printed_types(rig, 0)[0] is PrintedImage
    assert LIST not in rig.wire


def test_printer_that_forgets_is_written_ten_times_a_day_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    class Forgets(Rig):
        """Its flash is worn out: what is written is not there."""

        def new_port(self) -> MemoryPort:
            port = super().new_port()
            given = port.on_bytes

            def seen(total: int, data: bytes) -> None:
                if given is not None:
                    given(total, data)
                self.printer.accept(b"\x1d(L\x05\x000ACLR")

            port.on_bytes = seen
            return port

    rig = Forgets(settings=AUTO)
    till = connected(rig)
    with caplog.at_level(logging.INFO):
        for _ in range(30):
            idle(till)
    assert rig.printer.nv_writes == WRITES_A_DAY
    assert state(till) == "worn"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "10 times within a day" in warnings[0]
    assert till.logo.heading is None


def test_count_of_writes_ends_after_a_day() -> None:
    keeper = LogoKeeper(LOGO)
    keeper.fit(Means(dots=384))
    keeper.learnt(frozenset())
    for number in range(WRITES_A_DAY):
        assert keeper.due(100.0 + number)
        keeper.written(100.0 + number)
    assert not keeper.due(200.0)
    assert not keeper.due(86_499.0)
    assert keeper.due(86_500.0)
    assert keeper.writes == WRITES_A_DAY - 1


def test_half_a_logo_of_a_dead_till_is_deleted_and_written_whole() -> None:
    rig = Rig("no_clear", AUTO)
    till = connected(rig)
    start = rig.port.handed
    idle(till, 29.0)
    rig.port.cut_after(rig.port.handed - start + 700, error=TillCut())
    with pytest.raises(TillCut):
        idle(till)
    rig.new_port()
    till = connected(rig)
    assert isinstance(till.print(job("K7Q1")), ReceiptPrinted), "the rest of the logo is filled up and the sale goes on"
    assert printed_types(rig)[0] is PrintedLine
    idle(till)
    assert state(till) == "stored"
    assert isinstance(till.print(job("K7Q2")), ReceiptPrinted)
    logo = rig.printer.pieces[-1].printed[0]
    assert isinstance(logo, PrintedImage)
    assert b"".join(logo.rows) == LOGO.data


def test_logo_is_at_most_sixty_millimetres_high_and_as_wide_as_the_paper() -> None:
    prepared = Prepared.of(dots.bits([[True] * 500] * 1000), 384)
    assert prepared.image.width == 384
    assert prepared.image.height == MOST_ROWS


def test_lists_of_many_keys_are_read_in_all_their_blocks() -> None:
    rig = Rig(settings=AUTO)
    for number in range(95):
        tail = chr(33 + number % 94) + chr(33 + number // 94)
        rig.printer.accept(b"\x1d(L\x0c\x000C0" + tail.encode() + b"\x01\x08\x00\x01\x001\xff")
    rig.pass_time(1.0)
    idle(connected(rig))
    rig.new_port()
    assert state(connected(rig)) == "stored"
    assert len(rig.printer.stored_keys) in (95, 96)
