"""A dead till left a command in the printer, begun and not ended: it is ended, makes nothing act, swallows no sale.

A printer in the middle of a command answers in real time like a healthy one and swallows what it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.ports.memory import MemoryPort
from drivers.printers.escpos import commands
from drivers.printers.escpos.commands import COMMANDS, raster
from drivers.printers.escpos.inquiry import COMMAND_END, PADDING, Inquiry
from drivers.printers.escpos.simulated.personality import PERSONALITIES, Personality
from drivers.printers.escpos.simulated.tokens import Command, Token, Tokenizer
from statemachines.vocabulary.events import PrintDoubtful, PrintRefused, ReceiptPrinted
from statemachines.vocabulary.paper import Image, TextLine
from tests.drivers.printers.escpos.rig import PAPER, Rig, connected, expected_lines, job

#: What a till asks first on a new connection, and what it asks to find out whether it is heard.
FIRST = b"\x10\x04\x01\x10\x04\x04\x1da\x0f"
HEARD = Command(0x1D, ord("r"), b"\x01")
KNIFE, PULSE = (0x1D, ord("V")), (0x1B, ord("p"))
#: GS V m and GS V m n of the Epson command reference.
KINDS_OF_CUT = frozenset({0, 1, 48, 49, 65, 66, 97, 98, 103, 104})
#: 80 mm paper, and the widest there is (112 mm); the highest band.
WIDEST = tuple(Image(width, bytes(width // 8 * 128)) for width in (576, 800))
BEGUN = [row.build()[:cut] for row in COMMANDS if row.when == "in order" for cut in range(1, len(row.build()))]
BEGUN += [raster(picture)[:cut] for picture in WIDEST for cut in (*range(1, 12), 500)]
CLONE = PERSONALITIES["barrier_only"]
#: GS 8 L that announces two gigabytes: nothing of ours, and nothing that any padding could end.
ENDLESS = b"\x1d8L\xff\xff\xff\x7f"


def read(tokens: Tokenizer, buffer: bytearray) -> Iterator[Token]:
    while (token := tokens.next(buffer)) is not None:
        yield token


def padding(begun: bytes, end: bytes) -> int | None:
    """How many NULs it takes until the printer reads the question as one; None when all of them do not do."""
    tokens, buffer, fed = Tokenizer(), bytearray(begun + end + FIRST + commands.BARRIER), 0
    for count in (0, *PADDING):
        fed += count
        buffer += bytes(count) + commands.BARRIER
        if HEARD in read(tokens, buffer):
            return fed
    return None


def acts(begun: bytes, end: bytes) -> bool:
    """Does what comes behind the cut make the knife cut, or a pulse long enough for a drawer, that nobody ordered?"""
    tokens, buffer = Tokenizer(), bytearray(begun + end + FIRST)
    return any(_acts(token, begun) for token in read(tokens, buffer))


def _acts(token: Token, begun: bytes) -> bool:
    if not isinstance(token, Command):
        return False
    if (token.lead, token.letter) == KNIFE:
        return token.params[0] in KINDS_OF_CUT and len(begun) < 3
    return (token.lead, token.letter) == PULSE and len(begun) < 4 and token.params[1] * 2 > 20


def test_every_command_cut_off_after_any_byte_is_ended_by_the_padding() -> None:
    assert [begun.hex(" ") for begun in BEGUN if padding(begun, COMMAND_END) is None] == []


def test_only_a_picture_whose_height_was_begun_takes_more_than_a_few_kilobytes() -> None:
    much = [begun[:8] for begun in BEGUN if (padding(begun, COMMAND_END) or 0) > 16384]
    assert {(one[:4], len(one)) for one in much} == {(b"\x1dv0\x00", 7)}


def test_no_command_cut_off_after_any_byte_acts_when_it_is_ended() -> None:
    assert [begun.hex(" ") for begun in BEGUN if acts(begun, COMMAND_END)] == []


def test_control_sizes_made_of_tabs_and_questions_are_more_than_any_padding() -> None:
    assert {begun[:4] for begun in BEGUN if padding(begun, b"\x09\x09") is None} == {b"\x1dv0", b"\x1dv0\x00"}


@pytest.mark.parametrize(("end", "letter"), [(b"", b"\x1bp"), (bytes(6), b"\x1dV")])
def test_control_without_the_tab_the_drawer_opens_or_the_knife_cuts(end: bytes, letter: bytes) -> None:
    assert letter in {begun[:2] for begun in BEGUN if acts(begun, end)}


# --- the driver -----------------------------------------------------------------------------------------------------


def stuck(who: Personality, begun: bytes) -> Rig:
    """A printer in which a dead till left this."""
    rig = Rig(who, with_drawer=False)
    rig.port.open()
    assert rig.port.write(begun, 1.0) == len(begun)
    rig.pass_time(1.0)
    rig.new_port()
    return rig


def test_a_printer_that_stays_in_a_command_is_refused_with_what_to_do_and_prints_after_switching_it_off_and_on() -> (
    None
):
    rig = stuck(CLONE, ENDLESS)
    till = connected(rig)
    refused = till.print(job())
    assert isinstance(refused, PrintRefused), refused
    assert "nothing was printed; switch it off and on" in refused.reason
    assert rig.printer.pieces == ()
    rig.printer.power_off()
    rig.pass_time(1.0)
    rig.printer.power_on()
    assert till.connect()
    assert isinstance(till.print(job()), ReceiptPrinted)
    assert rig.whole(job()) == 1


@pytest.mark.parametrize("ended", range(1, len(COMMAND_END)))
@pytest.mark.parametrize("cut", [5, 6, 7])
def test_a_till_that_dies_again_while_it_ends_the_command_says_printed_of_no_receipt_that_is_not(
    cut: int, ended: int
) -> None:
    """Two halves of an end can spell a size that no padding fills: then the next receipt is refused."""
    rig = stuck(CLONE, raster(WIDEST[0])[:cut] + COMMAND_END[:ended])
    outcome = connected(rig).print(job())
    whole = any(piece.text_lines[-5:] == expected_lines(job()) for piece in rig.printer.pieces)
    assert isinstance(outcome, ReceiptPrinted if whole else PrintRefused), outcome


def test_control_a_driver_that_takes_its_health_for_attention_says_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    def believes(dialogue: Inquiry) -> bool:
        dialogue.without_barrier()
        return True

    monkeypatch.setattr(Inquiry, "at_rest", believes)
    rig = stuck(CLONE, ENDLESS)
    outcome = connected(rig).print(job())
    assert isinstance(outcome, ReceiptPrinted)
    assert outcome.evidence == "assumed"
    assert rig.whole(job()) == 0


def test_a_printer_without_gs_r_is_believed_for_its_automatic_status_and_not_fed_with_padding() -> None:
    rig = Rig(replace(CLONE, barrier=False), with_drawer=False)
    till = connected(rig)
    for job_id in ("K7Q2", "K7Q3"):
        outcome = till.print(job(job_id))
        assert isinstance(outcome, ReceiptPrinted), outcome
        assert outcome.evidence == "assumed"
        assert rig.whole(job(job_id)) == 1
    assert bytes(64) not in rig.wire


@pytest.mark.parametrize("cut", range(5, 9))
def test_a_printer_without_gs_r_gets_out_of_a_picture_before_it_is_believed(cut: int) -> None:
    rig = stuck(replace(CLONE, barrier=False), raster(WIDEST[0])[:cut])
    outcome = connected(rig).print(job())
    assert isinstance(outcome, ReceiptPrinted), outcome
    # below what came out of the picture
    assert rig.printer.pieces[-1].text_lines[-5:] == expected_lines(job())


def test_a_printer_without_gs_r_and_automatic_status_is_refused_until_it_is_set_to_unconfirmed() -> None:
    rig = Rig(replace(CLONE, barrier=False, asb=False), with_drawer=False)
    refused = connected(rig).print(job())
    assert isinstance(refused, PrintRefused), refused
    assert "set confirm = none" in refused.reason
    rig.settings = replace(rig.settings, confirm="none")
    assert isinstance(connected(rig).print(job()), ReceiptPrinted)
    assert rig.whole(job()) == 1


BAND = Image(576, bytes(72 * 24))
UNHEARD = [build[:cut] for build in (raster(BAND), commands.qr_code(b"x" * 300, 5)) for cut in (5, 6, 7, 8, 40, 90)]


def printed_unheard(begun: bytes) -> bool:
    """Does a printer that answers nothing, with this in it, have the whole next receipt on paper?"""
    rig = stuck(PERSONALITIES["mute"], begun)
    rig.settings = replace(rig.settings, confirm="none")
    assert isinstance(connected(rig).print(job()), ReceiptPrinted)
    rig.pass_time(10.0)
    return any(piece.text_lines[-5:] == expected_lines(job()) for piece in rig.printer.pieces)


@pytest.mark.parametrize("begun", UNHEARD, ids=lambda begun: f"{begun[:4].hex()}-{len(begun)}")
def test_a_printer_that_answers_nothing_is_led_out_of_the_command_before_it_is_assumed_to_print(begun: bytes) -> None:
    assert printed_unheard(begun)


def test_control_a_printer_that_answers_nothing_swallows_the_receipt_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inquiry, "end_unheard", lambda _: None)
    assert not all(printed_unheard(begun) for begun in UNHEARD)


# --- a job that this till gave up itself -----------------------------------------------------------------------------

PICTURE = replace(PAPER, blocks=(PAPER.blocks[0], Image(48, b"\x55\xaa" * 3 * 24), TextLine("СУМА")))


class Halting(MemoryPort):
    """Takes nothing any more at `limit` bytes, and does not say why."""

    limit = 1 << 30

    def write(self, data: bytes, timeout: float) -> int:
        room = self.limit - self.handed
        if room <= 0:
            self.clock.advance(timeout)
            return 0
        return super().write(data[:room], timeout)


def given_up_in_the_header(rig: Rig, header: int) -> object:
    """Print three times: whole, to learn where the picture stands; up to `header` bytes of it; then whole again."""
    rig.port = port = Halting(rig.printer, rig.clock, on_bytes=lambda _, data: rig.wire.extend(data))
    till = connected(rig)
    starts = []
    for job_id in ("K7Q1", "K7Q2"):
        starts.append(len(rig.wire))
        assert isinstance(till.print(job(job_id, paper=PICTURE)), ReceiptPrinted)
    at = rig.wire.index(b"\x1dv0\x00", starts[1]) - starts[1]
    port.limit = port.handed + at + header
    assert isinstance(till.print(job("K7Q3", paper=PICTURE)), PrintDoubtful)
    port.limit = 1 << 30
    till.ask(job("K7Q3", paper=PICTURE), False)  # noqa: FBT003 - the port's parameter
    return till.print(job("K7Q4", paper=PICTURE))


@pytest.mark.parametrize("header", range(1, 9))
def test_a_job_given_up_in_the_middle_of_a_command_does_not_swallow_the_next(header: int) -> None:
    rig = Rig(CLONE, with_drawer=False)
    outcome = given_up_in_the_header(rig, header)
    assert isinstance(outcome, ReceiptPrinted), outcome
    lines = rig.printer.pieces[-1].text_lines
    assert (lines[0], lines[-1][:5]) == ("Магазин «Соняшник»", "#K7Q4")


def test_control_a_job_given_up_and_not_ended_swallows_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inquiry, "end_command", lambda _: None)
    assert isinstance(given_up_in_the_header(Rig(CLONE, with_drawer=False), 5), PrintRefused)
