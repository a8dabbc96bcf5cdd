"""A simulated trigger box in its own process, reached as a till reaches it: a tty, JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.drawers.trigger_box.boxes import BOXES
from drivers.ports.base import Lines
from drivers.ports.serial import SerialPort
from firmware_bridge.clock import SystemClock
from firmware_bridge.drawer_hardware import DrawerHardware, build
from firmware_bridge.drawer_lane import DrawerLane
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    DrawerReady,
    DrawerSensed,
    DrawerSilent,
)
from tests.support.inbox import PATIENCE, Heard

FOR_EVER = 10**15


class Device:
    """The child process and its control lines."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware_bridge.device_sim", "drawer-box", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lock = threading.Lock()
        self.ready = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read().decode()
        result: dict[str, Any] = json.loads(line)
        return result

    def do(self, what: str, **arguments: object) -> dict[str, Any]:
        return self.line(json.dumps({"do": what, **arguments}).encode())

    def line(self, line: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None
        with self._lock:
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()
            return self._answer()

    def results(self, number: int = 1) -> list[str]:
        return [pulse["result"] for pulse in self.do("drawer", number=number)["pulses"]]

    def stop(self) -> int:
        self.process.communicate(timeout=10)
        return self.process.returncode


@contextmanager
def device(*arguments: str) -> Iterator[Device]:
    running = Device(*arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            assert running.stop() == 0


def refused(*arguments: str) -> str:
    command = [sys.executable, "-m", "firmware_bridge.device_sim", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def kicked(lane: DrawerLane, heard: Heard, drawer_id: str = "main") -> None:
    """Order until the coil has rested; then it is kicked once. What the switch tells meanwhile is dropped."""
    while True:
        lane.order(Kick(drawer_id, 100, FOR_EVER))
        while isinstance(event := heard.next(), DrawerSensed):
            pass
        if event == DrawerKicked(drawer_id, 1):
            return
        assert isinstance(event, DrawerKickDropped)
        assert "the coil must rest" in event.reason


@contextmanager
def lane(drawers: list[DrawerHardware], heard: Heard) -> Iterator[DrawerLane]:
    clock = SystemClock()
    made = DrawerLane(("main",), build(drawers, clock, heard.post), heard.post, clock)
    made.start()
    try:
        yield made
    finally:
        made.close()


def until(happened: Callable[[], bool]) -> None:
    """Look until it is so; what happens in another process or thread has no other way to be waited for."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.005)


def hardware(path: Path, box: str, **particulars: Any) -> DrawerHardware:
    code = "" if BOXES[box].kicks else "1b7030"
    return DrawerHardware("main", "trigger_box", f"serial:{path}", box, code, **particulars)


@pytest.mark.parametrize("box", ["acode-at10u3", "ibm-4840", "posiflex-cr4000"])
def test_till_opens_the_drawer_and_hears_it_through_a_tty(tmp_path: Path, box: str) -> None:
    path, heard = tmp_path / "ttyBOX", Heard()
    with device("--box", box, "--pty", str(path), "--drawer-closes-after", "0.5") as there:
        assert there.ready == {"pty": str(path)}
        with lane([hardware(path, box, sense_open_level="high", gap_ms=1)], heard) as running:
            assert heard.next() == DrawerSensed("main", open=False)
            kicked(running, heard)
            assert heard.next() == DrawerSensed("main", open=True)
            assert heard.next() == DrawerSensed("main", open=False)
        assert there.results() == ["opens"]


def test_box_without_a_switch_opens(tmp_path: Path) -> None:
    path, heard = tmp_path / "ttyBOX", Heard()
    with (
        device("--box", "safescan-uc100", "--pty", str(path)) as there,
        lane([hardware(path, "safescan-uc100")], heard) as running,
    ):
        kicked(running, heard)
        until(lambda: bool(there.do("status")["written"]))
        assert (there.do("status")["written"], there.results()) == ("07", ["opens"])


def test_second_drawer_of_a_box_has_its_own_kick(tmp_path: Path) -> None:
    path, heard = tmp_path / "ttyBOX", Heard()
    drawers = [
        hardware(path, "ibm-4840"),
        DrawerHardware("other", "trigger_box", f"serial:{path}", "ibm-4840", number=2, sense_open_level="high"),
    ]
    with device("--box", "ibm-4840", "--drawers", "2", "--pty", str(path)) as there, lane(drawers, heard) as running:
        kicked(running, heard, "other")
        assert heard.next() == DrawerSensed("other", open=True)
        assert (there.results(1), there.results(2)) == ([], ["opens"])


def test_pulled_out_box_is_told_and_works_again_when_it_is_back(tmp_path: Path) -> None:
    path, heard = tmp_path / "ttyBOX", Heard()
    with device("--box", "safescan-uc100", "--pty", str(path)) as there:
        with lane([hardware(path, "safescan-uc100")], heard) as running:
            kicked(running, heard)
            until(lambda: there.results() == ["opens"])  # what is still on the wire would be lost with the cable
            assert there.do("unplug") == {"ok": True}
            until(lambda: bool(running.trouble))
            running.order(Kick("main", 100, FOR_EVER))
            told = heard.upto(DrawerKickDropped)
            assert {type(event) for event in told[:-1]} <= {DrawerSilent}
            assert "nothing was sent" in getattr(told[-1], "reason", "")
            assert there.do("plug")["ok"] is True
            assert {type(event) for event in heard.upto(DrawerReady)[:-1]} <= {DrawerSilent}
            assert not running.trouble
            kicked(running, heard)
        until(lambda: len(there.results()) == 2)
        assert there.do("drawer")["burnt"] is False


def test_lines_are_read_beside_the_cable(tmp_path: Path) -> None:
    path = tmp_path / "ttyBOX"

    class BesideTheCable(SerialPort):
        """The documented way to give a pseudo terminal its lines."""

        def lines(self) -> Lines:
            found = there.do("lines")
            return Lines(**{name: found[name] for name in ("cts", "dsr", "dcd", "ri")})

    with device("--box", "apg-212a", "--pty", str(path), "--fault", "nobody_closes") as there:
        port = BesideTheCable(str(path), 9600, SystemClock(), dtr=True, rts=True)
        port.open()
        try:
            assert not port.lines().cts
            assert port.write(b"\x1bp0", 1.0) == 3
            until(lambda: port.lines().cts)
            assert there.do("close_drawer") == {"ok": True}
            until(lambda: not port.lines().cts)
        finally:
            port.close()
        assert there.do("force_drawer") == {"ok": True}
        assert there.do("lines")["cts"] is True


def test_box_that_lives_from_its_lines_needs_them(tmp_path: Path) -> None:
    with device("--box", "apg-484a", "--pty", str(tmp_path / "tty")) as there:
        assert there.do("host_lines", dtr=False, rts=False) == {"ok": True}
        assert there.do("strange_bytes", hex="07") == {"ok": True}
        assert there.results() == []


def test_what_another_program_writes_opens_a_box_that_takes_any_byte(tmp_path: Path) -> None:
    with device("--box", "safescan-uc100", "--pty", str(tmp_path / "tty")) as there:
        assert there.do("strange_bytes", hex="41540d") == {"ok": True}
        assert there.results()[0] == "opens"
        assert len(there.results()) == 3


def test_drawer_is_locked_and_unlocked(tmp_path: Path) -> None:
    with device("--box", "safescan-uc100", "--pty", str(tmp_path / "tty"), "--fault", "drawer_locked") as there:
        there.do("strange_bytes", hex="07")
        assert there.do("unlock_drawer") == {"ok": True}
        there.do("strange_bytes", hex="07")
        assert there.results() == ["locked", "opens"]
        assert 0 < there.do("drawer")["temperature"] < 1


@pytest.mark.parametrize(("fault", "results"), [("deaf", []), ("no_power", []), ("wrong_voltage", ["weak"])])
def test_faults_at_the_start(tmp_path: Path, fault: str, results: list[str]) -> None:
    with device("--box", "safescan-uc100", "--pty", str(tmp_path / "tty"), "--fault", fault) as there:
        there.do("strange_bytes", hex="07")
        assert there.results() == results


def test_faults_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("--box", "safescan-uc100", "--pty", str(path)) as there:
        there.do("fault", name="deaf")
        there.do("strange_bytes", hex="07")
        there.do("fault", name="deaf", value=0)
        there.do("strange_bytes", hex="07")
        assert there.results() == ["opens"]
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        try:
            there.do("noise", hex="00ff")
            assert os.read(fd, 10) == b"\x00\xff"
        finally:
            os.close(fd)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"nonsense", "not a JSON line"),
        (b"[]", "an order is an object"),
        (b'{"do":"paper"}', "unknown order; known are"),
        (b'{"do":"drawer","number":2}', "no drawer 2"),
        (b'{"do":"drawer","number":true}', "no value that it takes"),
        (b'{"do":"host_lines","dtr":1}', "no value that it takes"),
        (b'{"do":"strange_bytes","hex":"4"}', "hexadecimal"),
        (b'{"do":"fault","name":"fire"}', "no fault 'fire'"),
        (b'{"do":"plug"}', "plugged in already"),
    ],
)
def test_order_that_is_not_understood_does_nothing_and_says_why(tmp_path: Path, line: bytes, text: str) -> None:
    with device("--box", "safescan-uc100", "--pty", str(tmp_path / "tty")) as there:
        assert text in there.line(line)["error"]
        assert there.results() == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["drawer-box", "--tcp", "0"], "needs --box"),
        (["drawer-box", "--tcp", "0", "--box", "ibm-4840", "--drawers", "3"], "takes 1 to 2 drawers"),
        (["drawer-box", "--tcp", "0", "--box", "safescan-uc100", "--drawers", "2"], "takes 1 to 1 drawers"),
        (["drawer-box", "--tcp", "0", "--box", "ibm-4840", "--code", "07"], "--code 07 is not possible"),
        (["drawer-box", "--tcp", "0", "--box", "apg-212a", "--code", "xy"], "--code xy is not possible"),
        (["drawer-box", "--tcp", "0", "--box", "apg-212a", "--paper", "p.txt"], "has no paper"),
        (["drawer-box", "--tcp", "0", "--box", "apg-212a", "--fault", "paper_end"], "no fault 'paper_end'"),
        (["escpos", "--tcp", "0", "--box", "apg-212a"], "belongs to the kind drawer-box"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments: list[str], text: str) -> None:
    assert text in refused(*arguments)
