"""A simulated device in its own process, reached as a till reaches it: a tty with pyserial, a socket, JSON lines."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

JOB = "Чек № 000412\n".encode("cp1251")
PROCESS_ID = b"\x1d(H\x06\x0000ab12"


class Device:
    """The child process and its control lines."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware_bridge.device_sim", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.ready = self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read().decode()
        result: dict[str, Any] = json.loads(line)
        return result

    def order(self, do: str, **arguments: object) -> dict[str, Any]:
        return self.line(json.dumps({"do": do, **arguments}).encode())

    def line(self, line: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self) -> int:
        self.process.communicate(timeout=10)
        return self.process.returncode


@contextmanager
def device(*arguments: str) -> Iterator[Device]:
    running = Device("escpos", *arguments, "--speed", "20")
    try:
        yield running
    finally:
        if running.process.poll() is None:
            assert running.stop() == 0


def hung_up(tty: serial.Serial) -> None:
    """Raises when the other end of the line is gone; a line that lives reads as a time-out."""
    os.write(tty.fileno(), b"x")


def read_exactly(tty: serial.Serial, count: int) -> bytes:
    return bytes(tty.read(count))


def test_pty_prints_answers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path, paper = tmp_path / "ttyPRN", tmp_path / "paper.txt"
    with device("--pty", str(path), "--paper", str(paper)) as printer:
        assert printer.ready == {"pty": str(path)}
        with serial.Serial(str(path), timeout=5) as tty:
            tty.write(b"\x1bt\x2e" + JOB + b"\x1dVB\x00" + PROCESS_ID)
            assert read_exactly(tty, 7) == b"7\x22ab12\x00"
        # the till may go away and come back: the line is not hung up
        with serial.Serial(str(path), timeout=5) as tty:
            tty.write(b"\x10\x04\x04")
            assert read_exactly(tty, 1) == b"\x12"
        (piece,) = printer.order("paper")["pieces"]
        assert (piece["lines"], piece["ending"]) == (["Чек № 000412"], "partial_cut")
        assert paper.read_text().splitlines()[0] == "Чек № 000412"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["paper.png", "paper.txt"]
    assert (tmp_path / "paper.png").read_bytes().startswith(b"\x89PNG")


def test_drawer_opens_and_is_closed_by_the_person(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with (
        device("--pty", str(path), "--drawer-closes-after", "0.05") as printer,
        serial.Serial(str(path), timeout=5) as tty,
    ):
        tty.write(b"\x1da\x01")
        assert read_exactly(tty, 4) == b"\x10\x00\x00\x0f"
        tty.write(b"\x1bp\x00\x32\x32")
        assert read_exactly(tty, 4) == b"\x14\x00\x00\x0f"
        assert read_exactly(tty, 4) == b"\x10\x00\x00\x0f"
        (pulse,) = printer.order("drawer")["pulses"]
        assert (pulse["seconds"], pulse["result"]) == (0.1, "opens")


def test_drawer_is_forced_and_closed_by_hand(tmp_path: Path) -> None:
    with device("--pty", str(tmp_path / "tty"), "--fault", "nobody_closes") as printer:
        assert printer.order("force_drawer") == {"ok": True}
        assert printer.order("drawer")["open"] is True
        assert printer.order("close_drawer") == {"ok": True}
        assert printer.order("drawer")["open"] is False


def test_unplug_hangs_up_and_plug_makes_a_new_line(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("--pty", str(path)) as printer:
        with serial.Serial(str(path), timeout=5) as tty:
            assert printer.order("unplug") == {"ok": True}
            assert not os.path.lexists(path)
            # after a hang-up the line is readable and gives an error or nothing, at once and for ever
            with pytest.raises((serial.SerialException, OSError)):
                hung_up(tty)
        assert printer.order("status")["plugged"] is False
        assert printer.order("plug") == {"ok": True, "pty": str(path)}
        assert "already" in printer.order("plug")["error"]
        with serial.Serial(str(path), timeout=5) as tty:
            tty.write(b"\x10\x04\x04")
            assert read_exactly(tty, 1) == b"\x12"


def test_operator_at_the_printer(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("--pty", str(path), "--roll", "2") as printer, serial.Serial(str(path), timeout=5) as tty:
        tty.write(b"\x1da\x0a")
        assert read_exactly(tty, 4) == b"\x10\x00\x03\x0f"
        tty.write(b"one\ntwo\nthree\n")
        assert read_exactly(tty, 4) == b"\x18\x00\x0f\x0f"
        assert printer.order("load_paper", lines=500) == {"ok": True}
        assert read_exactly(tty, 4) == b"\x10\x00\x00\x0f"
        assert printer.order("open_cover") == {"ok": True}
        assert read_exactly(tty, 4) == b"\x38\x00\x00\x0f"
        assert printer.order("status")["cover_open"] is True
        printer.order("power_off")
        printer.order("power_on")
        status = printer.order("status")
        assert (status["powered"], status["cover_open"]) == (True, True)


def test_tcp_answers_after_the_client_has_shut_its_sending_half() -> None:
    with device("--tcp", "0") as printer:
        address = ("127.0.0.1", printer.ready["port"])
        for _ in range(2):
            with socket.create_connection(address, timeout=5) as client:
                client.sendall(b"a\n\x1dVB\x00" + PROCESS_ID)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(100) == b"7\x22ab12\x00"
        with socket.create_connection(address, timeout=5) as client:
            client.sendall(b"\x10\x04\x04")
            assert client.recv(1) == b"\x12"
            printer.order("power_off")
            with pytest.raises(ConnectionResetError):
                client.recv(1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{", "not a JSON line"),
        (b"[1]", '"do"'),
        (b'{"do":"dance"}', "unknown order"),
        (b'{"do":"load_paper","lines":"many"}', "'lines'"),
        (b'{"do":"load_paper","lines":-1}', "'lines'"),
        (b'{"do":"status","x":1}', "'x'"),
        (b"\xff\xfe", "not a JSON line"),
    ],
)
def test_order_that_is_not_understood_says_why_and_changes_nothing(tmp_path: Path, line: bytes, words: str) -> None:
    with device("--pty", str(tmp_path / "tty")) as printer:
        before = printer.order("status")
        assert words in printer.line(line)["error"]
        assert printer.order("status") == before


def test_sigterm_stops_it_and_removes_the_link(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("--pty", str(path)) as printer:
        printer.process.send_signal(signal.SIGTERM)
        assert printer.process.wait(timeout=10) == 0
        assert not os.path.lexists(path)
        printer.stop()


def test_faults_are_there_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    faults = ("--fault", "paper_end", "--fault", "cover_open", "--fault", "inverted_switch")
    with device("--pty", str(path), *faults) as printer, serial.Serial(str(path), timeout=5) as tty:
        tty.write(b"\x10\x04\x01\x10\x04\x02")
        assert read_exactly(tty, 2) == b"\x1e\x36"
        assert printer.order("drawer")["open"] is False


def test_wrong_use_is_refused_with_one_line(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("mine")
    for arguments, code, words in (
        (["--pty", str(taken)], 1, "exists already"),
        (["--pty", str(tmp_path / "x"), "--speed", "0"], 2, "--speed"),
        (["--pty", str(tmp_path / "no" / "x")], 1, "cannot make the link"),
        ([], 2, "required"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "firmware_bridge.device_sim", "escpos", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert (done.returncode, words in done.stderr.decode()) == (code, True)
        assert done.stdout == b""
    assert taken.read_text() == "mine"
