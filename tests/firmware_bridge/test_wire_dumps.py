"""An exchange that fails leaves what passed the wire last: once, masked, bounded; a good day leaves nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.ports.recorded import load
from drivers.ports.recording import Entry
from drivers.ports.ring import FRAME_BYTES, FRAMES, RingPort
from drivers.printers.datecs.driver import DatecsRegister
from firmware_bridge.logs import Redactor
from firmware_bridge.wire_command import main as wire
from firmware_bridge.wire_dumps import BURST, PAUSE_S, Failure, masked
from firmware_bridge.wire_failures import WireWatch
from statemachines.vocabulary.effects import Ask
from statemachines.vocabulary.events import (
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
    ReceiptFiscalised,
    ReceiptPrinted,
)
from tests.drivers.printers.escpos import rig as escpos
from tests.support.datecs_rig import Rig, receipt
from tests.support.wire_lane import NOON_MS, WireLane, files, said

PAN = b"4111111111111111"
SECRET = "каса-7/+"


class Fiscal:
    """A fiscal printer with a shift open, its lane and its dumps."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig()
        self.rig.working()
        self.lane = WireLane(folder, self.rig.port, self.rig.clock, "datecs")
        self.till = DatecsRegister(
            self.lane.ring, self.rig.settings, self.rig.events.append, zone=UTC, utc_ms=self.rig.utc_ms,
            drawer_id="main", wait=self.rig.pass_time,
        )  # fmt: skip
        assert self.till.connect()

    def sell(self, name: str) -> object:
        order = self.rig.sell(receipt(name))
        return self.lane.order(order, lambda _: self.rig.give(self.till, order))

    def dies_while_selling(self) -> None:
        self.rig.at(0.15, lambda: self.rig.device.fault("deaf"))
        assert isinstance(self.sell("s-7"), FiscalisationDoubtful)


def test_device_that_falls_silent_leaves_one_dump_with_its_last_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Fiscal(tmp_path)
    desk.dies_while_selling()
    passed = bytes(desk.rig.wire)
    for _ in range(5):  # it stays away
        desk.lane.trouble("it does not answer")
        desk.till.connect()
    (path,) = desk.lane.settle()
    found = load(path)
    sent, told = said(found, "out"), said(found, "in")
    assert len(sent) > 50
    assert passed.endswith(sent), "what it holds is what passed the wire last"
    silent_from = max(entry.t for entry in found.entries if entry.dir == "in")
    unanswered = b"".join(entry.data for entry in found.entries if entry.dir == "out" and entry.t > silent_from)
    assert told
    assert unanswered, "and with it what was sent into the silence"
    assert found.entries[-1].note.startswith("failed: ")
    assert (found.header.driver, found.header.port) == ("datecs", "memory:fiscal")
    assert wire(["show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "(31h, seq " in shown or "(30h, seq " in shown
    assert "no frame" not in shown


def test_a_good_day_leaves_nothing(tmp_path: Path) -> None:
    desk = Fiscal(tmp_path)
    for number in range(10):
        assert isinstance(desk.sell(f"s-{number}"), ReceiptFiscalised)
        desk.till.watch(1.0)
    assert desk.lane.settle() == []
    assert not desk.lane.dumps.folder.exists()


def test_storm_of_nak_and_a_cable_that_is_pulled_are_failures(tmp_path: Path) -> None:
    desk = Fiscal(tmp_path)
    desk.rig.device.fault("wrong_dialect")
    assert isinstance(desk.sell("s-1"), FiscalisationRefused)
    desk.lane.trouble("it does not answer any more")
    assert len(desk.lane.settle()) == 1, "the order and the connection that it ended are one failure"
    other = Fiscal(tmp_path / "other")
    other.sell("s-1")
    other.rig.port.unplug()
    other.till.watch(1.0)
    other.lane.trouble()
    assert other.lane.only().entries[-1].note == "failed: it is unplugged; plug it in again."


def test_question_about_a_doubtful_document_and_the_end_of_the_till_are_none(tmp_path: Path) -> None:
    desk = Fiscal(tmp_path)
    desk.rig.device.fault("deaf")
    order = desk.rig.sell(receipt("s-9"))
    assert isinstance(desk.lane.order(Ask(order), lambda _: desk.till.ask(order)), FiscalisationDoubtful)
    outcome = desk.lane.order(order, lambda _: FiscalisationDoubtful("s-9", "the till is being stopped"), stopping=True)
    assert isinstance(outcome, FiscalisationDoubtful)
    assert desk.lane.settle() == []


def test_device_that_was_never_heard_is_dumped_once(tmp_path: Path) -> None:
    rig = Rig()
    rig.device.fault("deaf")
    lane = WireLane(tmp_path, rig.port, rig.clock, "datecs")
    till = DatecsRegister(
        lane.ring, rig.settings, rig.events.append, zone=UTC, utc_ms=rig.utc_ms, drawer_id="", wait=rig.pass_time
    )
    for _ in range(4):
        assert not till.connect()
        lane.trouble("")
    assert said(lane.only(), "out")


def test_port_that_cannot_be_opened_has_nothing_to_tell(tmp_path: Path) -> None:
    rig = Rig()
    rig.port.unplug()
    lane = WireLane(tmp_path, rig.port, rig.clock, "datecs")
    with pytest.raises(Exception, match="unplugged"):
        lane.ring.open()
    lane.trouble("it is unplugged")
    assert lane.settle() == []


def test_receipt_printer_that_loses_its_power_in_a_receipt_leaves_a_dump_that_wire_show_decodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = escpos.Rig()
    lane = WireLane(tmp_path, rig.port, rig.clock, "escpos")
    rig.port = lane.ring  # type: ignore[assignment]  # the driver takes any port
    till = rig.driver()
    assert till.connect()
    job = escpos.job("AB12")
    assert isinstance(lane.order(job, lambda _: till.print(job)), ReceiptPrinted)
    assert files(lane.dumps.folder) == []
    inner = lane.port
    assert isinstance(inner, MemoryPort)
    inner.cut_after(120, then=rig.printer.power_off)
    second = escpos.job("AB13")
    assert isinstance(lane.order(second, lambda _: till.print(second)), PrintDoubtful)
    (path,) = lane.settle()
    assert said(load(path), "out") in bytes(rig.wire)
    assert wire(["show", str(path)]) == 0
    assert "DLE EOT 1 (status in real time" in capsys.readouterr().out


# --- bounds -----------------------------------------------------------------------------------------------------------


def flap(lane: WireLane, times: int, every_s: float) -> None:
    for _ in range(times):
        lane.clock.advance(every_s)
        lane.dumps.failed(Failure("register", "serial:x", "none", "it flaps", lane.ring.frames(), 0.0))


def test_device_that_flaps_is_dumped_a_few_times_and_then_seldom(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig()
    lane = WireLane(tmp_path, rig.port, rig.clock, "datecs")
    flap(lane, 100, 0.1)
    lane.clock.advance(PAUSE_S)
    flap(lane, 1, 0.0)
    assert len(lane.settle()) == BURST + 1
    told = [record.getMessage() for record in caplog.records if "an exchange failed" in record.getMessage()]
    assert "(97 more failures of it before were not written down)" in told[-1]


def test_number_and_size_are_bounded_over_restarts_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    rig = Rig()
    most, room = 6, 50_000
    frames = tuple(Entry(float(number), "out", bytes(FRAME_BYTES)) for number in range(2))
    sizes, names = [], []
    for start in range(7):
        lane = WireLane(tmp_path, rig.port, rig.clock, "none", files=most, size=room)
        lane.dumps.folder.mkdir(exist_ok=True)
        (lane.dumps.folder / "notes.txt").write_text("the technician's")
        for number in range(3):
            rig.clock.advance(1.0)
            big = frames if start < 3 else ()
            lane.dumps.failed(Failure(f"d{3 * start + number}", "serial:x", "none", "x", big, 0.0))
        found = lane.settle()
        names = [path.name for path in found if path.suffix == ".jsonl"]
        sizes.append(sum(path.stat().st_size for path in found))
        assert "notes.txt" in {path.name for path in found}
        assert f"-d{3 * start + 2}-" in names[-1], "the newest stays"
        assert sizes[-1] <= room + len("the technician's")
    assert max(sizes) > room - 20_000, "the bound was met"
    assert len(names) == most


def test_ring_keeps_the_last_frames_and_joins_what_comes_byte_by_byte() -> None:
    class Talker:
        def __init__(self) -> None:
            self.left = bytearray(b"a" * (2 * FRAME_BYTES + 10))

        def accept(self, data: bytes) -> int:
            return len(data)

        def output(self) -> bytes:
            return bytes((self.left.pop(),)) if self.left else b""

        def run_until(self, now: float) -> None: ...

        def next_change(self) -> float | None:
            return None

    clock = VirtualClock(5.0)
    ring = RingPort(MemoryPort(Talker(), clock))
    ring.open()
    while ring.read(0.0):
        clock.advance(0.001)
    sizes = [len(frame.data) for frame in ring.frames() if frame.dir == "in"]
    assert sizes == [FRAME_BYTES, FRAME_BYTES, 10]
    for number in range(3 * FRAMES):
        clock.advance(1.0)
        ring.write(b"%d" % number, 1.0)
    assert [frame.data for frame in ring.frames()] == [b"%d" % number for number in range(2 * FRAMES, 3 * FRAMES)]
    assert ring.counts.writes == 3 * FRAMES
    assert (ring.counts.online, ring.counts.failed, ring.counts.bytes_in) == (1, 0, 2 * FRAME_BYTES + 10)


# --- what must not get out --------------------------------------------------------------------------------------------


def dumped(folder: Path, redactor: Redactor) -> bytes:
    rig = Rig()
    lane = WireLane(folder, rig.port, rig.clock, "none", redactor)
    frames = (
        Entry(1.0, "out", b"card 411111"),
        Entry(1.1, "in", b"\x06"),
        Entry(1.2, "out", b"1111111111 end" + SECRET.encode("cp1251")[:3]),
        Entry(1.3, "out", SECRET.encode("cp1251")[3:] + b" " + SECRET.encode()),
        Entry(1.4, "in", b"Bearer abcdefghijklmnop", f"note {SECRET}"),
    )
    lane.dumps.failed(Failure("register", f"tcp:{SECRET}", "none", f"no {SECRET} {PAN.decode()}", frames, 2.0))
    recording = lane.only()
    assert [len(entry.data) for entry in recording.entries[:-1]] == [len(frame.data) for frame in frames]
    told = "".join((recording.header.port, *(entry.note for entry in recording.entries)))
    return b"|".join((said(recording, "out"), said(recording, "in"), told.encode()))


def test_cards_and_secrets_are_masked_across_frames_and_every_byte_keeps_its_place(tmp_path: Path) -> None:
    leaks: Callable[[bytes], list[bytes]] = lambda data: [  # noqa: E731 - read twice below
        each for each in (PAN, SECRET.encode(), SECRET.encode("cp1251"), b"abcdefghijklmnop") if each in data
    ]
    redactor = Redactor()
    redactor.add(SECRET)
    assert leaks(dumped(tmp_path / "a", redactor)) == []
    assert b"************1111 end" in dumped(tmp_path / "b", redactor)
    assert SECRET.encode() in dumped(tmp_path / "c", Redactor()), "control: a secret that nobody registered is seen"


def test_mask_of_frames_without_secrets_changes_nothing() -> None:
    frames = [Entry(0.0, "out", bytes(range(256))), Entry(0.1, "in", b"4111111111111112"), Entry(0.2, "lost", note="x")]
    assert masked(frames, Redactor().blot) == frames


def test_log_tells_commands_and_facts_but_nothing_that_was_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Fiscal(tmp_path)
    with caplog.at_level(logging.WARNING):
        desk.dies_while_selling()
        desk.lane.settle()
    lines = [record for record in caplog.records if record.name == "till.wire"]
    assert vars(lines[0])["device"] == "register"
    assert vars(lines[0])["receipt"] == "s-7"
    assert vars(lines[0])["kind"] == "exchange-failed"
    text = "\n".join(record.getMessage() for record in lines)
    assert "h, seq " in text
    assert "Хляб" not in text
    assert "Сирене" not in text
    assert len(lines) <= 13


def test_folder_that_cannot_be_made_is_said_and_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "journal.wire").write_text("a file")
    desk = Fiscal(tmp_path)
    desk.dies_while_selling()
    desk.lane.settle()
    assert "nowhere" in "\n".join(record.getMessage() for record in caplog.records)


def test_name_tells_the_time_and_the_device(tmp_path: Path) -> None:
    rig = Rig()
    lane = WireLane(tmp_path, rig.port, rig.clock, "none")
    evil = Failure("a/../b\n\x1b", "serial:x", "none", "x", (), rig.clock.monotonic())
    WireWatch("x", lane.ring, lane.dumps)
    lane.dumps.failed(evil)
    (path,) = lane.settle()
    assert path.name == "20260720T115450.250Z-a_.._b__-0001.jsonl", NOON_MS
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
