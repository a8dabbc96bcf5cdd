"""A port that is recorded is the same port, and the file says what passed, to its owner alone."""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from drivers.ports.base import Lines, PortLost
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.ports.observed import pack_lines, unpack_lines
from drivers.ports.recorded import load
from drivers.ports.recorder import plain_open
from drivers.ports.recording import Entry, Header, RecordingPort
from tests.drivers.ports.benches import Wire
from tests.drivers.ports.conformance import SOON

BEGUN = "2026-03-01T09:00:00+02:00"


class LinedPort(MemoryPort):
    """A memory port with modem lines."""

    now = Lines(cts=False, dsr=True, dcd=False, ri=False)
    watched: float | None = None

    def lines(self) -> Lines | None:
        return self.now

    def watch_lines(self, period: float | None) -> None:
        self.watched = period


def rig(tmp_path: Path, kind: type[MemoryPort] = MemoryPort, **options: Any) -> tuple[RecordingPort, Wire, MemoryPort]:
    wire = Wire(room=1 << 30)
    memory = kind(wire, VirtualClock(1000.0), name="serial:/dev/till/printer")
    options = {"driver": "escpos", "begun": BEGUN} | options
    return RecordingPort(memory, tmp_path / "wire.jsonl", **options), wire, memory


def test_file_holds_a_header_and_what_passed(tmp_path: Path) -> None:
    port, wire, memory = rig(tmp_path, seed=42)
    port.open()
    port.clock.advance(0.5)  # type: ignore[attr-defined]  # it is virtual
    port.write(b"\x10\x04\x01", 1.0)
    wire.to_say += b"\x16"
    port.read(1.0)
    port.read(0.25)
    memory.unplug()
    with pytest.raises(PortLost):
        port.read(1.0)
    port.close()
    assert [json.loads(line) for line in (tmp_path / "wire.jsonl").read_text().splitlines()] == [
        {
            "version": 1, "port": "serial:/dev/till/printer", "driver": "escpos", "begun": BEGUN, "seed": 42,
            "holds": "customers' receipts, as confidential as the receipts themselves",
        },
        {"t": 0.0, "dir": "open", "hex": "", "note": ""},
        {"t": 0.5, "dir": "out", "hex": "100401", "note": ""},
        {"t": 0.5, "dir": "in", "hex": "16", "note": ""},
        {"t": 0.75, "dir": "lost", "hex": "", "note": "it is unplugged; plug it in again."},
        {"t": 0.75, "dir": "close", "hex": "", "note": ""},
    ]  # fmt: skip


def test_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        port, _, _ = rig(tmp_path)
        port.open()
        port.close()
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "wire.jsonl").stat().st_mode) == 0o600


def test_only_what_was_taken_is_recorded(tmp_path: Path) -> None:
    port, wire, _ = rig(tmp_path)
    wire.room = 4
    port.open()
    assert port.write(b"receipt", 0.1) == 4
    wire.room = 100
    assert port.write(b"ipt", 0.1) == 3
    port.close()
    assert [entry.data for entry in load(tmp_path / "wire.jsonl").entries if entry.dir == "out"] == [b"rece", b"ipt"]


def test_port_that_is_opened_again_is_recorded_on(tmp_path: Path) -> None:
    port, _, _ = rig(tmp_path)
    for text in (b"one", b"two"):
        port.open()
        port.write(text, 1.0)
        port.close()
    entries = load(tmp_path / "wire.jsonl").entries
    assert [(entry.dir, entry.data) for entry in entries] == [
        ("open", b""), ("out", b"one"), ("close", b""), ("open", b""), ("out", b"two"), ("close", b""),
    ]  # fmt: skip


def test_recording_that_is_there_already_is_kept(tmp_path: Path) -> None:
    for driver in ("first", "second", "third"):
        port, _, _ = rig(tmp_path, driver=driver)
        port.open()
        port.close()
    assert load(tmp_path / "wire.jsonl").header.driver == "third"
    assert load(tmp_path / "wire.jsonl.1").header.driver == "second"


def test_same_failure_to_open_is_recorded_once(tmp_path: Path) -> None:
    port, _, memory = rig(tmp_path)
    memory.unplug()
    for _ in range(50):
        with pytest.raises(PortLost):
            port.open()
    memory.plug()
    port.open()
    port.close()
    assert [(entry.dir, entry.note) for entry in load(tmp_path / "wire.jsonl").entries] == [
        ("lost", "open: it is unplugged; plug it in again."), ("open", ""), ("close", ""),
    ]  # fmt: skip


def test_recording_ends_at_its_bound_with_a_note(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port, _, _ = rig(tmp_path, limit=2000)
    port.open()
    for _ in range(100):
        assert port.write(b"0123456789", 1.0) == 10
    port.close()
    file = tmp_path / "wire.jsonl"
    assert file.stat().st_size <= 2000
    recording = load(file)
    assert recording.entries[-1].dir == "close"
    assert recording.entries[-1].note == "the recording is cut here: it may have 2000 bytes"
    assert [record.message for record in caplog.records] == [
        f"the recording {file} ends: it has reached 2000 bytes; the port goes on"
    ]


def full(path: Path, flags: int) -> int:
    """A disk with no room left, as the kernel plays it."""
    return os.open("/dev/full", os.O_WRONLY)


def test_full_disk_ends_the_recording_and_not_the_port(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port, wire, _ = rig(tmp_path, opener=full)
    port.open()
    for _ in range(100):
        assert port.write(b"receipt", 1.0) == 7
    port.close()
    port.open()
    assert port.write(b"receipt", 1.0) == 7
    port.close()
    assert len(wire.received) == 101 * 7
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "No space left on device; the port goes on" in caplog.text


def test_folder_that_is_not_there_ends_the_recording_and_not_the_port(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, wire, _ = rig(tmp_path / "gone")
    port.open()
    assert port.write(b"receipt", 1.0) == 7
    port.close()
    assert wire.received == b"receipt"
    assert "No such file or directory" in caplog.text


def test_symbolic_link_and_device_are_not_written_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "wire.jsonl").symlink_to(victim)
    port, _, _ = rig(tmp_path)
    port.open()
    port.close()
    assert victim.read_text() == "precious"
    assert (tmp_path / "wire.jsonl").is_symlink()
    assert "is no file" in caplog.text


def test_disk_that_hangs_holds_no_byte_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    free = threading.Event()

    def slow(path: Path, flags: int) -> int:
        free.wait(SOON)
        return plain_open(path, flags)

    port, wire, _ = rig(tmp_path, opener=slow)
    port.open()
    before = time.monotonic()
    for _ in range(12_000):
        port.write(b"x", 1.0)
    assert time.monotonic() - before < SOON
    assert len(wire.received) == 12_000
    assert "the disk is too slow" in caplog.text
    free.set()
    port.close()


def test_changes_of_the_lines_are_recorded(tmp_path: Path) -> None:
    port, _, memory = rig(tmp_path, LinedPort)
    assert isinstance(memory, LinedPort)
    port.open()
    port.watch_lines(0.05)
    assert memory.watched == 0.05
    for _ in range(3):
        assert port.lines() == Lines(cts=False, dsr=True, dcd=False, ri=False)
    memory.now = Lines(cts=True, dsr=True, dcd=True, ri=True)
    port.lines()
    port.close()
    found = [entry.data for entry in load(tmp_path / "wire.jsonl").entries if entry.dir == "lines"]
    assert found == [b"\x02", b"\x0f"]


def test_port_without_lines_has_none_when_recorded(tmp_path: Path) -> None:
    port, _, _ = rig(tmp_path)
    port.open()
    port.watch_lines(0.05)
    assert port.lines() is None
    port.close()


@pytest.mark.parametrize("bits", range(16))
def test_lines_are_packed_as_described(bits: int) -> None:
    lines = Lines(cts=bool(bits & 1), dsr=bool(bits & 2), dcd=bool(bits & 4), ri=bool(bits & 8))
    assert pack_lines(lines) == bytes([bits])
    assert unpack_lines(bytes([bits])) == lines


def test_lines_of_the_file_are_plain_ascii() -> None:
    assert Header("usb:printer", "escpos", BEGUN).line().isascii()
    assert Entry(0.1234567, "lost", note="кабель\x1b[31m\n").line() == (
        b'{"t": 0.123457, "dir": "lost", "hex": "", '
        b'"note": "\\u043a\\u0430\\u0431\\u0435\\u043b\\u044c\\u001b[31m\\n"}\n'
    )
