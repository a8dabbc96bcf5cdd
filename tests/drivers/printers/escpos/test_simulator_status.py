"""What the simulated printer says: every answer against the manual's bytes, written here by hand."""

from __future__ import annotations

import pytest

from drivers.drawers.simulator import SimulatedDrawer
from drivers.printers.escpos.simulator import SimulatedPrinter

PROCESS_ID = b"\x1d(H\x06\x0000ab12"
ID_ANSWER = b"7\x22ab12\x00"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
LIST_RAM = b"\x1d(L\x04\x000PKC"


def define(key: bytes) -> bytes:
    """Function 83: one dot under `key`."""
    return b"\x1d(L\x0c\x000S0" + key + b"\x01\x01\x00\x01\x001\x80"


def ask(printer: SimulatedPrinter, data: bytes, seconds: float = 10.0) -> bytes:
    assert printer.accept(data) == len(data)
    printer.run_until(printer.now + seconds)
    return printer.output()


def real_time(printer: SimulatedPrinter) -> list[int]:
    assert printer.accept(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04") == 12
    return list(printer.output())


def test_healthy_printer_answers_twelve_and_sixteen_without_drawer() -> None:
    assert real_time(SimulatedPrinter()) == [0x16, 0x12, 0x12, 0x12]
    assert real_time(SimulatedPrinter(drawer=SimulatedDrawer())) == [0x12, 0x12, 0x12, 0x12]


def test_open_cover_in_real_time_and_automatic_status() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    assert ask(printer, b"\x1da\x0f") == b"\x10\x00\x00\x0f"
    printer.open_cover()
    assert printer.output() == b"\x38\x00\x00\x0f"
    assert real_time(printer) == [0x1A, 0x16, 0x12, 0x12]
    printer.close_cover()
    assert printer.output() == b"\x10\x00\x00\x0f"


def test_paper_near_end_and_end() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer(), roll_lines=41)
    ask(printer, b"\x1da\x08")
    assert ask(printer, b"a\n") == b"\x10\x00\x03\x0f"
    assert real_time(printer) == [0x12, 0x12, 0x12, 0x1E]
    assert ask(printer, b"a\n" * 40) == b"\x18\x00\x0f\x0f"
    assert real_time(printer) == [0x1A, 0x32, 0x12, 0x7E]


def test_feed_button_puts_it_offline_for_a_moment() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    ask(printer, b"\x1da\x02")
    printer.press_feed(4)
    assert printer.output() == b"\x58\x02\x00\x0f"
    assert real_time(printer) == [0x5A, 0x1A, 0x12, 0x12]
    printer.run_until(printer.now + 1)
    assert printer.output() == b"\x10\x00\x00\x0f"


@pytest.mark.parametrize(
    ("fault", "second", "third"),
    [("mechanical_error", 0x04, 0x16), ("unrecoverable", 0x20, 0x32), ("overheat", 0x40, 0x52)],
)
def test_errors_are_named(fault: str, second: int, third: int) -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    ask(printer, b"\x1da\x04")
    getattr(printer, fault)()
    assert printer.output() == bytes((0x18, second, 0, 0x0F))
    assert real_time(printer) == [0x1A, 0x52, third, 0x12]


def test_automatic_status_only_for_what_was_asked() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    ask(printer, b"\x1da\x01")
    printer.open_cover()
    assert printer.output() == b""
    printer.close_cover()
    assert ask(printer, b"\x1da\x00") == b""


def test_printer_with_automatic_status_by_default_speaks_unasked() -> None:
    printer = SimulatedPrinter("asb_default_on", drawer=SimulatedDrawer())
    assert printer.output() == b"\x10\x00\x00\x0f"
    printer.power_off()
    printer.power_on()
    assert printer.output() == b"\x10\x00\x00\x0f"


def test_initialize_ends_automatic_status_only_on_the_make_that_does_so() -> None:
    for personality, answer in (("epson", b"\x38\x00\x00\x0f"), ("initialize_ends_asb", b"")):
        printer = SimulatedPrinter(personality, drawer=SimulatedDrawer())
        ask(printer, b"\x1da\x0f\x1b@")
        printer.open_cover()
        assert printer.output() == answer


@pytest.mark.parametrize("level", ["high", "low"])
def test_drawer_pin_is_the_same_in_all_three_answers(level: str) -> None:
    drawer = SimulatedDrawer(open_level=level)  # type: ignore[arg-type]  # parametrised literal
    printer = SimulatedPrinter(drawer=drawer)
    for forced in (False, True):
        if forced:
            drawer.force_open()
        high = drawer.is_open == (level == "high")
        asb = ask(printer, b"\x1da\x0f")[-4]
        status = ask(printer, b"\x10\x04\x01")[0]
        ordered = ask(printer, b"\x1dr\x02")[0]
        assert (bool(asb & 4), bool(status & 4), bool(ordered & 1)) == (high, high, high)


def test_ordered_status_and_identification() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    assert ask(printer, b"\x1dr\x01\x1dr1\x1dr\x02") == b"\x00\x00\x00"
    assert ask(printer, b"\x1dI\x01\x1dI\x02\x1dI\x03") == b"\x20\x02\x0a"
    assert ask(printer, b"\x1dIA\x1dIB\x1dIC\x1dID") == (b"_10.05 ESC/POS\x00_EPSON\x00_TM-T88V\x00_J5NF012345\x00")


def test_ordered_answers_wait_while_offline_and_real_time_ones_do_not() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    printer.open_cover()
    assert ask(printer, b"\x1dr\x01" + PROCESS_ID) == b""
    assert ask(printer, b"\x10\x04\x02") == b"\x16"
    printer.close_cover()
    printer.run_until(printer.now + 1)
    assert printer.output() == b"\x00" + ID_ANSWER


def test_process_id_comes_only_after_paper_and_cut() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"a\nb\n\x1dVB\x00" + PROCESS_ID)
    while not (answer := printer.output()):
        assert len(printer.pieces) == 0 or printer.pieces[-1].ending == "in_printer"
        due = printer.next_change()
        assert due is not None
        printer.run_until(due)
    assert answer == ID_ANSWER
    assert [piece.text_lines for piece in printer.pieces] == [("a", "b")]
    assert printer.now == pytest.approx(0.2 + 110 / 300 + 0.3)


def test_barrier_overtakes_the_paper_on_a_printer_that_runs_ahead_and_the_process_id_does_not() -> None:
    for personality, early in (("epson", False), ("epson_runs_ahead", True)):
        printer = SimulatedPrinter(personality, speed_lines_per_s=10)
        printer.accept(b"a\n\x1dr\x01" + PROCESS_ID)
        assert bool(printer.output()) is early
        assert printer.pieces == ()
        printer.run_until(1)
        assert printer.output().endswith(ID_ANSWER)


def test_only_the_newest_process_id_is_sent() -> None:
    printer = SimulatedPrinter("epson_runs_ahead", speed_lines_per_s=10)
    assert ask(printer, b"a\n" + PROCESS_ID + b"\x1d(H\x06\x0000zzzz") == b"7\x22zzzz\x00"


def test_process_id_is_ignored_by_a_clone_without_desynchronising() -> None:
    printer = SimulatedPrinter("no_process_id")
    assert ask(printer, PROCESS_ID + b"x\n\x1dr\x01") == b"\x00"
    assert printer.paper_text() == "x\n"


@pytest.mark.parametrize("body", [b"00ab1\x1f", b"00ab1\x7f"])
def test_process_id_out_of_range_is_not_answered(body: bytes) -> None:
    assert ask(SimulatedPrinter(), b"\x1d(H\x06\x00" + body) == b""


def test_clear_empties_the_buffer_drops_the_id_and_answers() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"one\ntwo\nthree\n" + PROCESS_ID)
    printer.run_until(0.15)
    assert ask(printer, CLEAR) == b"7\x25\x00"
    # the line that was being printed is finished, the rest is gone
    assert printer.paper_text() == "one\ntwo\n"
    assert printer.buffered == 0


def test_clear_is_answered_only_when_the_movement_has_ended() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"one\n")
    printer.accept(CLEAR)
    assert printer.output() == b""
    printer.run_until(0.1)
    assert printer.output() == b"7\x25\x00"


def test_printer_without_clear_goes_on_printing() -> None:
    printer = SimulatedPrinter("no_clear", speed_lines_per_s=10)
    assert ask(printer, b"one\n" + CLEAR + b"two\n") == b""
    assert printer.paper_text() == "one\ntwo\n"


def test_cutter_jam_is_recovered_and_the_cut_is_tried_again() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer())
    printer.cutter_jam()
    assert ask(printer, b"a\n\x1dVB\x00" + PROCESS_ID) == b""
    assert real_time(printer) == [0x1A, 0x52, 0x1A, 0x12]
    assert ask(printer, b"\x10\x05\x01") == ID_ANSWER
    assert [piece.ending for piece in printer.pieces] == ["partial_cut"]
    assert printer.cuts == 1


def test_recovery_with_clearing_drops_the_job_and_its_id() -> None:
    printer = SimulatedPrinter()
    printer.cutter_jam()
    ask(printer, b"a\n\x1dVB\x00b\n" + PROCESS_ID)
    assert ask(printer, b"\x10\x05\x02") == b""
    assert printer.paper_text() == "a\n"
    assert printer.cuts == 0


def test_recovery_request_without_error_changes_nothing() -> None:
    printer = SimulatedPrinter(speed_lines_per_s=10)
    printer.accept(b"one\ntwo\n")
    ask(printer, b"\x10\x05\x02")
    assert printer.paper_text() == "one\ntwo\n"


def test_unrecoverable_error_ends_only_with_power() -> None:
    printer = SimulatedPrinter()
    printer.unrecoverable()
    ask(printer, b"lost\n\x10\x05\x01")
    assert printer.status.unrecoverable
    printer.power_off()
    printer.power_on()
    assert not printer.status.offline
    assert printer.paper_text() == ""


def test_overheated_head_recovers_by_itself_and_goes_on() -> None:
    printer = SimulatedPrinter()
    printer.overheat(5.0)
    printer.accept(b"a\n")
    printer.run_until(4.9)
    assert printer.paper_text() == ""
    printer.run_until(6)
    assert printer.paper_text() == "a\n"


def test_odometers_answer_digits_after_everything_before_is_done() -> None:
    printer = SimulatedPrinter(lines=1000, cuts=70)
    assert ask(printer, b"a\nb\n\x1dVB\x00\x1dg2\x00\xb2\x00\x1dg2\x00\x94\x00") == b"_71\x00_1005\x00"


def test_resettable_odometer_is_reset_and_the_cumulative_one_is_not() -> None:
    printer = SimulatedPrinter(cuts=70)
    assert ask(printer, b"\x1dg0\x00\x32\x00\x1dg0\x00\xb2\x00\x1dVB\x00\x1dg2\x00\x32\x00\x1dg2\x00\xb2\x00") == (
        b"_1\x00_71\x00"
    )
    assert ask(printer, b"\x1dg2\x00\x99\x00") == b""


def test_odometers_survive_power_and_the_lagging_ones_fall_back() -> None:
    for personality, cuts in (("no_process_id", b"_2\x00"), ("odometer_lags", b"_1\x00")):
        printer = SimulatedPrinter(personality)
        ask(printer, b"\x1dVB\x00\x1dVB\x00")
        printer.power_off()
        printer.power_on()
        assert ask(printer, b"\x1dg2\x00\xb2\x00") == cuts


def test_downloaded_graphics_list_waits_for_the_acknowledgement() -> None:
    printer = SimulatedPrinter()
    assert ask(printer, LIST_RAM) == b"7s@\x00"
    assert ask(printer, b"\x06" + define(b"K1") + define(b"K2") + LIST_RAM) == b"7s@K1K2\x00"
    assert ask(printer, b"\x15") == b"7s@K1K2\x00"
    assert ask(printer, b"\x06a\n") == b""
    assert printer.paper_text() == "a\n"


def test_any_other_byte_cancels_the_list_and_is_eaten() -> None:
    printer = SimulatedPrinter()
    ask(printer, LIST_RAM + b"ab\n")
    assert printer.paper_text() == "b\n"


def test_forty_one_keys_come_in_two_blocks() -> None:
    printer = SimulatedPrinter()
    keys = [b"k" + bytes((0x30 + n,)) for n in range(41)]
    assert ask(printer, b"".join(map(define, keys)) + LIST_RAM) == b"7sA" + b"".join(keys[:40]) + b"\x00"
    assert ask(printer, b"\x06") == b"7s@" + keys[40] + b"\x00"
    assert ask(printer, b"\x06\x1dr\x01") == b"\x00"


def test_downloaded_graphics_are_deleted_one_or_all_and_printed() -> None:
    printer = SimulatedPrinter()
    ask(printer, define(b"K1") + define(b"K2") + b"\x1d(L\x04\x000RK1")
    assert list(printer.downloaded_keys) == [b"K2"]
    ask(printer, b"\x1d(L\x06\x000UK2\x01\x01")
    assert printer.paper_text() == "[IMAGE 1x1]\n"
    ask(printer, b"\x1d(L\x05\x000QCLR")
    assert list(printer.downloaded_keys) == []


def test_initialize_and_power_empty_ram_graphics_and_nv_graphics_stay() -> None:
    nv = b"\x1d(L\x0c\x000C0LG\x01\x01\x00\x01\x001\x80"
    for lose in (lambda p: ask(p, b"\x1b@"), lambda p: (p.power_off(), p.power_on())):
        printer = SimulatedPrinter()
        ask(printer, define(b"K1") + nv)
        assert list(printer.downloaded_keys) == [b"K1"]
        lose(printer)
        assert list(printer.downloaded_keys) == []
        assert ask(printer, b"\x1d(L\x04\x000@KC") == b"7r@LG\x00"


def test_offline_response_names_the_cause_when_asked_to() -> None:
    printer = SimulatedPrinter()
    ask(printer, b"\x1d(H\x03\x00102")
    printer.open_cover()
    assert printer.output() == b"7\x23\x41\x00"


def test_mute_printer_prints_and_says_nothing() -> None:
    printer = SimulatedPrinter("mute")
    assert ask(printer, b"a\n\x10\x04\x01\x1dr\x01\x1da\x0f\x1dIB\x1dg2\x00\xb2\x00" + PROCESS_ID + CLEAR) == b""
    assert printer.paper_text() == "a\n"


def test_barrier_only_printer_answers_the_barrier_and_real_time_status() -> None:
    printer = SimulatedPrinter("barrier_only")
    assert ask(printer, b"\x1dg2\x00\xb2\x00\x1dIB" + PROCESS_ID + LIST_RAM + CLEAR + b"\x1dr\x01") == b"\x00"
    assert ask(printer, b"\x10\x04\x04") == b"\x12"


def test_xoff_is_interleaved_in_the_status_packet() -> None:
    printer = SimulatedPrinter(drawer=SimulatedDrawer(), xonxoff=True, busy_when_offline=True)
    ask(printer, b"\x1da\x0f")
    printer.open_cover()
    assert printer.output() == b"\x38\x13\x00\x00\x0f"
    printer.close_cover()
    assert printer.output() == b"\x10\x11\x00\x00\x0f"
