"""Buffers, power, paper and pulses of the simulated printer, and whatever bytes come."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.escpos.simulated.lengths import COMMANDS
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from drivers.printers.escpos.simulator import SimulatedPrinter

PROCESS_ID = b"\x1d(H\x06\x0000ab12"
JOB = b"".join(b"line %02d\n" % n for n in range(20)) + b"\x1dVB\x00" + PROCESS_ID
WANTED = tuple(f"line {n:02d}" for n in range(20))


def run(printer: SimulatedPrinter, data: bytes, seconds: float = 30.0) -> bytes:
    assert printer.accept(data) == len(data)
    printer.run_until(printer.now + seconds)
    return printer.output()


def test_full_buffer_takes_nothing_more_until_a_line_is_out() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10, buffer_bytes=100)
    data = b"0123456789\n" * 40
    taken = printer.accept(data)
    # one line is being printed, the rest of what was taken waits
    assert taken == 111
    assert printer.accept(data[taken:]) == 0
    printer.run_until(0.1)
    assert printer.accept(data[taken:]) == 11


def test_everything_arrives_once_and_in_order_through_a_small_buffer() -> None:
    printer = SimulatedPrinter(buffer_bytes=16)
    data, sent = JOB, 0
    while sent < len(data):
        sent += printer.accept(data[sent:])
        printer.run_until(printer.next_change() or printer.now)
    printer.run_until(printer.now + 10)
    assert printer.pieces[0].text_lines == WANTED
    assert printer.accepted == len(data)


def test_real_time_status_is_answered_with_a_full_buffer_and_is_not_stored() -> None:
    printer = SimulatedPrinter(buffer_bytes=64)
    printer.open_cover()
    assert printer.accept(b"x" * 100) == 64
    assert printer.accept(b"\x10\x04\x02") == 3
    assert printer.output() == b"\x16"
    assert printer.buffered == 64
    deaf = SimulatedPrinter("no_realtime_when_full", buffer_bytes=64)
    deaf.open_cover()
    deaf.accept(b"x" * 64)
    assert deaf.accept(b"\x10\x04\x02") == 0


def test_busy_when_offline_takes_only_real_time_commands() -> None:
    printer = SimulatedPrinter(busy_when_offline=True)
    printer.open_cover()
    assert printer.accept(b"abc\n") == 0
    assert printer.accept(b"\x10\x04\x02") == 3


def test_real_time_command_inside_a_picture_is_executed_and_stays_a_picture() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    answer = run(printer, b"\x1dv0\x00\x05\x00\x01\x00\x10\x14\x01\x00\x02")
    assert [pulse.seconds for pulse in printer.pulses] == [0.2]
    assert printer.paper_text() == "[IMAGE 40x1]\n"
    assert run(printer, b"\x1d(k\x06\x001P0\x10\x04\x01") == b"\x16"
    assert answer == b""


def test_real_time_command_is_recognised_across_deliveries() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    for byte in b"\x10\x10\x04\x01":
        printer.accept(bytes((byte,)))
    assert printer.output() == b"\x12"


def test_picture_that_wipes_the_buffer_in_an_error_does_so() -> None:
    printer = SimulatedPrinter()
    printer.mechanical_error()
    run(printer, b"gone\n\x1dv0\x00\x03\x00\x01\x00\x10\x05\x02after\n")
    assert printer.paper_text() == "after\n"


def test_esc_p_waits_while_offline_and_real_time_pulse_does_not() -> None:
    drawer = SimulatedDrawer()
    printer = SimulatedPrinter(drawer=drawer)
    printer.open_cover()
    run(printer, b"\x1bp\x00\x32\x32")
    assert drawer.pulses == []
    run(printer, b"\x10\x14\x01\x00\x01")
    assert [pulse.seconds for pulse in drawer.pulses] == [0.1]
    drawer.push_shut()
    printer.close_cover()
    printer.run_until(printer.now + 1)
    assert len(drawer.pulses) == 2
    assert drawer.is_open


def test_pulse_on_the_other_connector_does_not_reach_the_drawer() -> None:
    drawer = SimulatedDrawer()
    printer = SimulatedPrinter(drawer=drawer)
    run(printer, b"\x1bp\x01\x32\x32")
    assert (len(printer.pulses), drawer.pulses) == (1, [])


def test_real_time_pulse_is_ignored_while_a_pulse_runs_in_an_error_and_when_disabled() -> None:
    kick = b"\x10\x14\x01\x00\x02"
    printer = SimulatedPrinter()
    printer.accept(kick + kick)
    assert len(printer.pulses) == 1
    printer.run_until(10)
    printer.mechanical_error()
    printer.accept(kick)
    assert len(printer.pulses) == 1
    disabled = SimulatedPrinter()
    run(disabled, b"\x1d(D\x03\x00\x14\x01\x00")
    run(disabled, kick)
    assert disabled.pulses == []


def test_second_esc_p_waits_for_the_end_of_the_first_pulse() -> None:
    printer = SimulatedPrinter()
    run(printer, b"\x1bp\x00\x32\x32\x1bp\x00\x32\x32")
    assert [pulse.at for pulse in printer.pulses] == [0.0, pytest.approx(0.2)]


@pytest.mark.parametrize("end", range(20))
def test_paper_end_anywhere_stops_and_goes_on_with_the_next_line(end: int) -> None:
    printer = SimulatedPrinter(roll_lines=end)
    assert run(printer, JOB) == b""
    assert printer.status.paper_end
    printer.load_paper()
    printer.run_until(printer.now + 30)
    assert printer.output() == b"7\x22ab12\x00"
    assert sum((piece.text_lines for piece in printer.pieces), ()) == WANTED
    assert [piece.ending for piece in printer.pieces] == (["roll_end"] if end else []) + ["partial_cut"]


def test_cover_in_the_middle_loses_and_doubles_no_line() -> None:
    for at in range(0, 120, 7):
        printer = SimulatedPrinter(speed_lines_per_s=20)
        printer.accept(JOB)
        printer.run_until(at / 100)
        printer.open_cover()
        printer.run_until(5)
        assert printer.output() == b""
        printer.close_cover()
        printer.run_until(20)
        assert printer.pieces[0].text_lines == WANTED
        assert printer.output() == b"7\x22ab12\x00"


def test_power_cut_keeps_the_paper_and_loses_everything_else() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"\x1bt\x2e\x1da\x0f" + JOB)
    printer.run_until(0.55)
    printer.power_off()
    assert (printer.output(), printer.accept(b"x"), printer.buffered) == (b"", 0, 0)
    printer.power_on()
    printer.run_until(20)
    assert printer.output() == b""
    assert printer.paper_text() == "".join(f"line {n:02d}\n" for n in range(5))
    # the automatic status and the code page are those of a printer just switched on
    printer.open_cover()
    assert printer.output() == b""
    printer.close_cover()
    run(printer, b"\xb2\n")
    assert printer.paper_text().endswith("▓\n")


def test_power_cut_after_every_byte_never_answers_the_id_without_the_whole_paper() -> None:
    for cut in range(len(JOB) + 1):
        printer = SimulatedPrinter()
        printer.accept(JOB[:cut])
        printer.run_until(0.9 + cut / 400)
        answered = b"ab12" in printer.output()
        printer.power_off()
        whole = [piece.text_lines for piece in printer.pieces if piece.ending == "partial_cut"] == [WANTED]
        assert whole or not answered


def test_half_a_picture_is_half_a_picture() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"\x1dv0\x00\x01\x00\x60\x00" + b"\xff" * 96)
    printer.run_until(0.2)
    printer.power_off()
    assert printer.paper_text() == "[IMAGE 8x96, 48 rows of it]\n"


def test_tearing_off_ends_the_piece() -> None:
    printer = SimulatedPrinter()
    run(printer, b"a\n")
    printer.tear_off()
    run(printer, b"b\n")
    assert [(p.text_lines, p.ending) for p in printer.pieces] == [(("a",), "torn"), (("b",), "in_printer")]


@pytest.mark.parametrize("name", sorted(PERSONALITIES))
def test_every_personality_prints_the_job(name: str) -> None:
    printer = SimulatedPrinter(name)
    run(printer, b"\x1b@\x1c." + JOB)
    assert printer.pieces[0].text_lines == WANTED


def test_unknown_personality_is_an_error() -> None:
    with pytest.raises(KeyError):
        SimulatedPrinter("daisywheel")


_PREFIXES = [bytes((lead, letter)) for lead, rows in COMMANDS.items() for letter in rows]
_NOISE = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(_PREFIXES),
        st.sampled_from([b"\x1d(L", b"\x1d(k", b"\x1d8L", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\n", b"\x00"]),
    ),
    max_size=40,
).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(data=_NOISE, name=st.sampled_from(sorted(PERSONALITIES)), step=st.integers(1, 64))
@example(data=b"\x1d8L\xff\xff\xff\xff0p0", name="epson", step=1)
@example(data=b"\x1b*\x20\xff\xff" + b"\xff" * 30 + b"\n", name="epson", step=7)
def test_any_bytes_are_survived_with_bounded_memory(data: bytes, name: str, step: int) -> None:
    printer = SimulatedPrinter(name, roll_lines=2000, drawer=SimulatedDrawer(closes_after=0.2))
    for at in range(0, len(data), step):
        printer.accept(data[at : at + step])
        printer.run_until(printer.now + 0.01)
        assert printer.buffered <= 4096 + 16
    printer.run_until(printer.now + 100)
    printer.paper_text()


@settings(max_examples=100, deadline=None)
@given(data=_NOISE, step=st.integers(1, 50))
def test_how_the_bytes_are_cut_up_does_not_matter(data: bytes, step: int) -> None:
    whole, pieces = SimulatedPrinter(buffer_bytes=1 << 20), SimulatedPrinter(buffer_bytes=1 << 20)
    # both stand still while the bytes arrive, so that only the cutting differs
    whole.open_cover()
    pieces.open_cover()
    whole.accept(data)
    for at in range(0, len(data), step):
        pieces.accept(data[at : at + step])
    for printer in (whole, pieces):
        printer.close_cover()
        printer.run_until(200)
    assert whole.paper_text() == pieces.paper_text()
    assert whole.output() == pieces.output()


# commands that carry pictures may rightly swallow all the padding
_SHORT = [p for p in _PREFIXES if p[0] != 0x10 and p not in (b"\x1d8", b"\x1dv", b"\x1dQ", b"\x1cq", b"\x1d*")]


@settings(max_examples=150, deadline=None)
@given(prefix=st.sampled_from(_SHORT), params=st.lists(st.integers(0, 2), max_size=8).map(bytes))
def test_after_any_command_and_enough_padding_text_is_text_again(prefix: bytes, params: bytes) -> None:
    printer = SimulatedPrinter(buffer_bytes=8192)
    run(printer, prefix + params + b"\x00" * 2500 + b"\x06\x1b=\x01\x1bS\x1b@MARK\n", 100)
    assert printer.paper_text().endswith("MARK\n")
