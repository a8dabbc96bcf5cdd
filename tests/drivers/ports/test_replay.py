"""A recording plays the device: with the same questions the same answers, and other questions are caught."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.base import Lines, PortLost
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.ports.recorded import Recording, RecordingError, load, parse
from drivers.ports.recording import Entry, RecordingPort
from drivers.ports.replay import RecordingDiffers
from drivers.ports.replay_port import ReplayPort
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.events import Event
from tests.drivers.ports.conformance import SOON, SystemClock

#: Two questions, two answers, a status that comes unasked, a loss, a vain attempt to open, and another question.
WIRE = b"""\
{"version": 1, "port": "serial:/dev/till/printer", "driver": "escpos", "begun": "2026-03-01T09:00:00Z", "seed": null}
{"t": 0.0, "dir": "open", "hex": "", "note": ""}
{"t": 0.1, "dir": "out", "hex": "100401", "note": ""}
{"t": 0.104, "dir": "in", "hex": "16", "note": ""}
{"t": 0.2, "dir": "out", "hex": "1d", "note": ""}
{"t": 0.21, "dir": "out", "hex": "4943", "note": ""}
{"t": 0.25, "dir": "in", "hex": "5f54", "note": ""}
{"t": 0.26, "dir": "in", "hex": "4d00", "note": ""}
{"t": 60.26, "dir": "in", "hex": "1400000f", "note": ""}
{"t": 61.0, "dir": "lost", "hex": "", "note": "the connection was lost; check the cable"}
{"t": 62.0, "dir": "lost", "hex": "", "note": "open: there is no device; plug it in"}
{"t": 64.0, "dir": "open", "hex": "", "note": ""}
{"t": 64.1, "dir": "out", "hex": "100404", "note": ""}
{"t": 64.11, "dir": "in", "hex": "12", "note": ""}
{"t": 65.0, "dir": "close", "hex": "", "note": ""}
"""


def wire() -> Recording:
    return parse(WIRE)


def replay(**options: Any) -> ReplayPort:
    port = ReplayPort(wire().entries, VirtualClock(500.0), **options)
    port.open()
    return port


# --- reading ----------------------------------------------------------------------------------------------------------


def test_recording_is_read_back() -> None:
    recording = wire()
    assert (recording.header.driver, recording.header.port, recording.header.seed) == (
        "escpos", "serial:/dev/till/printer", None,
    )  # fmt: skip
    assert recording.entries[1] == Entry(0.1, "out", b"\x10\x04\x01")
    assert len(recording.entries) == 14
    assert not recording.cut_off


def test_last_line_that_a_power_cut_left_unfinished_is_left_out() -> None:
    recording = parse(WIRE[:-20])
    assert recording.cut_off
    assert recording.entries == wire().entries[:-1]


BAD = [
    (b"", "line 1: there is no header"),
    (b"\n", "line 1: no JSON"),
    (b"[1]\n", "line 1: no JSON object"),
    (b'{"version": 2}\n', "line 1: version 2 is not known"),
    (b'{"version": 1, "port": 7}\n', "line 1: port is no text"),
    (b'{"version": 1, "seed": "x"}\n', "line 1: seed is no whole number"),
    (b'{"version": 1}\n{"t": -1, "dir": "in"}\n', "line 2: t is no time"),
    (b'{"version": 1}\n{"t": NaN, "dir": "in"}\n', "line 2: t is no time"),
    (b'{"version": 1}\n{"t": 1e400, "dir": "in"}\n', "line 2: t is no time"),
    (b'{"version": 1}\n{"t": true, "dir": "in"}\n', "line 2: t is no time"),
    (b'{"version": 1}\n{"dir": "in"}\n', "line 2: t is no time"),
    (b'{"version": 1}\n{"t": 1, "dir": "up"}\n', "line 2: dir is none of in, out, open, close, lost, lines"),
    (b'{"version": 1}\n{"t": 1, "dir": ["in"]}\n', "line 2: dir is no text"),
    (b'{"version": 1}\n{"t": 1, "dir": "in", "hex": "1"}\n', "line 2: hex is no hexadecimal"),
    (b'{"version": 1}\n{"t": 1, "dir": "in", "hex": 16}\n', "line 2: hex is no text"),
    (b'{"version": 1}\n{"t": 2, "dir": "in"}\n{"t": 1, "dir": "in"}\n', "line 3: 1.0 s is earlier"),
    (b'{"version": 1}\n' + b"[" * 100_000 + b"\n", "line 2: no JSON"),
    (b'{"version": 1}\n' + b" " * 1_100_000 + b"\n", "line 2: longer than 1048576 bytes"),
    (b'{"version": 1}\n\xff\xfe\n', "line 2: no JSON"),
]


@pytest.mark.parametrize(("data", "text"), BAD, ids=[text for _, text in BAD])
def test_file_that_is_no_recording_is_refused_at_its_line(data: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}, {text}")


@given(st.binary(max_size=400))
def test_noise_is_refused_and_raises_nothing_else(data: bytes) -> None:
    for tried in (data, b'{"version": 1}\n' + data + b"\n"):
        with contextlib.suppress(RecordingError):
            assert parse(tried).header.driver == ""


# --- playing ----------------------------------------------------------------------------------------------------------


def test_answers_come_after_their_questions_and_take_their_time() -> None:
    port = replay()
    began = port.clock.monotonic()
    assert port.read(1.0) == b""
    port.write(b"\x10\x04\x01", 1.0)
    assert port.read(5.0) == b"\x16"
    assert port.clock.monotonic() - began == pytest.approx(1.004)
    port.write(b"\x1dIC", 1.0)
    assert port.read(5.0) == b"\x5fT"
    assert port.clock.monotonic() - began == pytest.approx(1.044)
    assert port.read(5.0) == b"M\x00"


def test_bytes_may_be_written_in_other_pieces_than_then() -> None:
    port = replay()
    for byte in b"\x10\x04\x01":
        assert port.write(bytes([byte]), 1.0) == 1
    assert port.read(1.0) == b"\x16"


def test_status_that_came_unasked_comes_unasked_when_its_time_has_come() -> None:
    port = replay()
    port.write(b"\x10\x04\x01", 1.0)
    port.read(1.0)
    port.write(b"\x1dIC", 1.0)
    got = port.read(1.0) + port.read(1.0)
    assert got == b"\x5fTM\x00"
    before = port.clock.monotonic()
    assert port.read(30.0) == b""
    assert port.read(90.0) == b"\x14\x00\x00\x0f"
    assert port.clock.monotonic() - before == pytest.approx(60.0)


def until_lost(port: ReplayPort) -> tuple[bytes, str]:
    got = b""
    while True:
        try:
            got += port.read(100.0)
        except PortLost as lost:
            return got, lost.text


def test_loss_is_played_and_so_is_what_opening_met() -> None:
    port = replay()
    port.write(b"\x10\x04\x01\x1dIC", 1.0)
    assert until_lost(port) == (b"\x16\x5fTM\x00\x14\x00\x00\x0f", "the connection was lost; check the cable")
    with pytest.raises(PortLost, match="not open"):
        port.write(b"\x10\x04\x04", 1.0)
    with pytest.raises(PortLost, match="there is no device; plug it in") as vain:
        port.open()
    assert vain.value.port == "replay:"
    port.open()
    port.write(b"\x10\x04\x04", 1.0)
    assert port.read(1.0) == b"\x12"
    assert port.device.finished


def test_writing_where_the_connection_broke_takes_no_more_than_then() -> None:
    port = replay(pace="at once")
    assert port.write(b"\x10\x04\x01\x1dIC\x10\x04\x04", 1.0) == 6
    assert until_lost(port)[1] == "the connection was lost; check the cable"


def test_at_once_nothing_takes_time() -> None:
    port = replay(pace="at once")
    port.write(b"\x10\x04\x01", 1.0)
    assert port.read(0.0) == b"\x16"
    port.write(b"\x1dIC", 1.0)
    assert port.read(0.0) == b"\x5fTM\x00\x14\x00\x00\x0f"
    assert port.clock.monotonic() == 500.0


def test_another_byte_is_caught_at_its_offset() -> None:
    port = replay()
    port.write(b"\x10\x04\x01", 1.0)
    port.read(1.0)
    with pytest.raises(RecordingDiffers) as differs:
        port.write(b"\x1dIA", 1.0)
    assert differs.value.offset == 5
    assert port.device.difference == str(differs.value)
    assert str(differs.value) == ("byte 5 of what the till writes (behind 10 04 01 1d 49) is 41, was 43 at 0.210000 s")
    assert not port.device.finished


def test_more_than_was_recorded_is_caught() -> None:
    port = ReplayPort(wire().entries[:3])
    port.open()
    with pytest.raises(RecordingDiffers, match=r"byte 3 .* is 1D, but the recording ends before it"):
        port.write(b"\x10\x04\x01\x1d", 1.0)


def test_less_than_was_recorded_is_seen_at_the_end() -> None:
    port = replay()
    port.write(b"\x10\x04", 1.0)
    assert port.read(100.0) == b""
    assert not port.device.finished


def test_question_before_its_time_brings_what_stood_before_it() -> None:
    port = replay()
    assert port.write(b"\x10\x04\x01\x1dIC", 1.0) == 6
    assert port.read(0.0) == b"\x16"


def test_lenient_replay_takes_any_question_for_the_recorded_one() -> None:
    port = replay(strict=False)
    port.write(b"\x10\x04\x02", 1.0)
    assert port.read(1.0) == b"\x16"
    port.write(b"\x1d", 1.0)
    assert port.read(1.0) == b"\x5fT"
    assert port.read(1.0) == b"M\x00"
    assert port.device.difference == ""


def test_lenient_replay_takes_a_longer_question_for_one() -> None:
    port = replay(strict=False)
    port.write(b"\x10\x04\x01\x10\x04\x04", 1.0)
    assert port.read(1.0) == b"\x16"
    assert port.read(1.0) == b""
    port.write(b"\x1dIC", 1.0)
    assert port.read(1.0) == b"\x5fT"


def test_lines_are_played_and_end_a_watched_read() -> None:
    entries = [Entry(0, "open"), Entry(1.0, "lines", b"\x01"), Entry(3.0, "lines", b"\x02"), Entry(4.0, "in", b"\x00")]
    port = ReplayPort(entries)
    port.open()
    assert port.lines() is None
    port.watch_lines(0.05)
    assert port.read(30.0) == b""
    assert port.clock.monotonic() == pytest.approx(1.0)
    assert port.lines() == Lines(cts=True, dsr=False, dcd=False, ri=False)
    assert port.read(30.0) == b""
    assert port.clock.monotonic() == pytest.approx(3.0)
    port.watch_lines(None)
    assert port.read(30.0) == b"\x00"


def test_in_real_time_an_answer_takes_as_long_as_then() -> None:
    port = ReplayPort(wire().entries, SystemClock())
    port.open()
    port.write(b"\x10\x04\x01\x1dIC", 1.0)
    assert port.read(1.0) == b"\x16"
    before = time.monotonic()
    assert port.read(SOON) == b"\x5fT"
    assert 0.035 < time.monotonic() - before < 1.0


# --- a driver, recorded and replayed ----------------------------------------------------------------------------------


def drive(port: Any) -> list[Event]:
    seen: list[Event] = []
    driver = EscPosPrinter(port, EscPosSettings(), seen.append, None)
    assert driver.connect()
    driver.watch(30.0)
    driver.close()
    return seen


def test_recorded_session_of_the_real_driver_replays_with_the_same_events(tmp_path: Path) -> None:
    clock = VirtualClock(100.0)
    printer = SimulatedPrinter(now=100.0, drawer=SimulatedDrawer(now=100.0))
    memory = MemoryPort(printer, clock, delay=0.004)
    path = tmp_path / "wire.jsonl"
    then = drive(RecordingPort(memory, path, driver="escpos", begun="2026-03-01T09:00:00Z"))
    again = ReplayPort(load(path).entries, VirtualClock(7.0))
    assert drive(again) == then
    assert again.device.finished
    assert again.device.difference == ""


def test_replay_of_another_session_is_noticed(tmp_path: Path) -> None:
    port = ReplayPort(wire().entries, VirtualClock(7.0))
    with pytest.raises(RecordingDiffers):
        drive(port)
