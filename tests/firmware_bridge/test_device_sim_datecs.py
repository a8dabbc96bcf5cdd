"""A simulated fiscal printer in its own process, reached as a till reaches it: a tty, a socket, JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from drivers.framing.datecs import CLASSIC, Envelope, Reader, Reply, X
from firmware_bridge import device_sim

UNP = "DT000600-OP01-0001000"
#: CMD and DATA of one sale, as the manuals write it.
SALE = {
    "bg": (
        (0x30, f"1,0000,1,{UNP}"),
        (0x31, "Кафе\tБ1.20*2"),
        (0x35, "\tP5.00"),
        (0x38, ""),
    ),
    "ua": (
        (0x6B, "PБ7,1,1.20,0000,Кава"),
        (0x30, "1,0000,1,I"),
        (0x34, "7*2"),
        (0x35, "\tP5.00"),
        (0x38, ""),
    ),
    "sy55": (
        (0x30, "1\t0000\t1\t\t"),
        (0x31, "Кафе\t2\t1.20\t2.000\t\t\t0\t"),
        (0x35, "0\t5.00\t\t"),
        (0x38, ""),
    ),
    "x": (
        (0x30, f"1\t0000\t{UNP}\t1\t\t"),
        (0x31, "Кафе\t2\t1.20\t2.000\t\t\t0\t"),
        (0x35, "0\t5.00\t\t"),
        (0x38, ""),
    ),
}


class Device:
    """The child process and its control lines."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware_bridge.device_sim", *arguments, "--speed", "20"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.ready = self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read().decode()
        result: dict[str, Any] = json.loads(line)
        return result

    def order(self, do: str, **arguments: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()


@contextmanager
def device(*arguments: str) -> Iterator[Device]:
    running = Device(*arguments)
    try:
        yield running
    finally:
        running.process.communicate(timeout=10)
        assert running.process.returncode == 0


class Line:
    """One order after the other over a tty or a socket."""

    def __init__(self, wire: serial.Serial | socket.socket, envelope: Envelope) -> None:
        self._wire = wire
        self._envelope = envelope
        self._reader = Reader(envelope)
        self._seq = 0x20

    def order(self, command: int, data: str = "") -> Reply:
        self._seq += 1
        frame = self._envelope.request(self._seq, command, data.encode("cp1251"))
        self._wire.sendall(frame) if isinstance(self._wire, socket.socket) else self._wire.write(frame)
        while True:
            read = self._wire.recv(1) if isinstance(self._wire, socket.socket) else self._wire.read(1)
            assert read, "the device did not answer"
            for found in self._reader.feed(read):
                if isinstance(found, Reply) and found.seq == self._seq:
                    return found

    def sell(self, dialect: str) -> None:
        for command, data in SALE[dialect]:
            self.order(command, data)


@pytest.mark.parametrize("dialect", ["bg", "ua", "sy55"])
def test_dialect_sells_over_a_pty_and_keeps_books(tmp_path: Path, dialect: str) -> None:
    path, paper = tmp_path / "ttyREG", tmp_path / "paper.txt"
    with (
        device("datecs", "--dialect", dialect, "--pty", str(path), "--paper", str(paper)) as register,
        serial.Serial(str(path), timeout=5) as tty,
    ):
        assert register.ready == {"pty": str(path)}
        Line(tty, CLASSIC).sell(dialect)
        books = register.order("books")
        (document,) = books["fiscal"]
        assert (document["kind"], document["total"], document["payments"]) == ("sale", 240, [["cash", 240]])
        assert (books["cash"], books["document"], books["open_receipt"]) == (240, 1, False)
        assert register.order("status")["dialect"] == dialect
    assert "2.40" in paper.read_text()
    assert paper.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert not os.path.lexists(path)


def test_x_sells_over_tcp() -> None:
    with device("datecs-x", "--tcp", "0") as register:
        with socket.create_connection(("127.0.0.1", register.ready["port"]), timeout=5) as client:
            Line(client, X).sell("x")
        (document,) = register.order("books")["fiscal"]
        assert (document["unp"], document["total"]) == (UNP, 240)
        assert document["at"].startswith("20")


def test_fault_is_set_and_ended_at_run_time(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("datecs", "--pty", str(path)) as register, serial.Serial(str(path), timeout=0.5) as tty:
        assert register.order("fault", name="deaf") == {"ok": True}
        tty.write(CLASSIC.request(0x21, 0x3E))
        assert tty.read(1) == b""
        assert register.order("fault", name="deaf", value=0) == {"ok": True}
        assert Line(tty, CLASSIC).order(0x3E).data
        assert "no fault 'fire'" in register.order("fault", name="fire")["error"]
        assert "no fault 'terminal'" in register.order("fault", name="terminal")["error"]
        assert "'value'" in register.order("fault", name="late", value="soon")["error"]


def test_faults_are_there_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    faults = ("--fault", "cover_open", "--fault", "syn_gap:50", "--fault", "nobody_closes")
    with device("datecs", "--pty", str(path), *faults) as register, serial.Serial(str(path), timeout=5) as tty:
        line = Line(tty, CLASSIC)
        reply = line.order(0x46, "100.00")
        assert (reply.status[0] & 0x40, reply.status[1] & 0x02) == (0x40, 0x02)
        register.order("close_cover")
        assert line.order(0x46, "100.00").data.startswith(b"P,")


def test_paper_ends_after_the_lines_that_were_told(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with (
        device("datecs", "--pty", str(path), "--fault", "paper_end:3") as register,
        serial.Serial(str(path), timeout=5) as tty,
    ):
        line = Line(tty, CLASSIC)
        for command, data in SALE["bg"][:2]:
            line.order(command, data)
        while not line.order(0x4A).status[2] & 0x01:
            line.order(0x36, "text")
        assert register.order("status")["lines_left"] == 0
        register.order("load_paper")
        line.order(*SALE["bg"][2])
        line.order(*SALE["bg"][3])
        assert len(register.order("books")["fiscal"]) == 1


def test_power_cut_in_the_answer_resets_the_connection_and_keeps_the_document() -> None:
    with device("datecs-x", "--tcp", "0") as register:
        address = ("127.0.0.1", register.ready["port"])
        with socket.create_connection(address, timeout=5) as client:
            line = Line(client, X)
            for command, data in SALE["x"][:3]:
                line.order(command, data)
            register.order("fault", name="power_cut_out", value=4)
            with pytest.raises((ConnectionResetError, AssertionError)):
                line.order(*SALE["x"][3])
        assert register.order("status")["powered"] is False
        register.order("power_on")
        assert [document["total"] for document in register.order("books")["fiscal"]] == [240]


def test_cable_pulled_in_the_answer_hangs_the_line_up(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("datecs", "--pty", str(path)) as register:
        with serial.Serial(str(path), timeout=2) as tty:
            register.order("fault", name="unplug_out", value=3)
            with pytest.raises((serial.SerialException, OSError, AssertionError)):
                Line(tty, CLASSIC).order(0x46, "100.00")
        status = register.order("status")
        assert (status["plugged"], status["powered"], status["cash"]) == (False, True, 10000)
        assert register.order("plug") == {"ok": True, "pty": str(path)}
        with serial.Serial(str(path), timeout=5) as tty:
            assert Line(tty, CLASSIC).order(0x3E).data


def test_drawer_hears_the_registers_pulse(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    with device("datecs", "--pty", str(path)) as register, serial.Serial(str(path), timeout=5) as tty:
        Line(tty, CLASSIC).order(0x6A, "60")
        (pulse,) = register.order("drawer")["pulses"]
        assert (pulse["seconds"], pulse["result"]) == (0.06, "opens")
        assert register.order("books")["pulses"] == [pulse]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["datecs-x", "--dialect", "ua"], "--dialect belongs to the kind datecs"),
        (["escpos", "--dialect", "bg"], "--dialect belongs to the kind datecs"),
        (["datecs", "--dialect", "ru"], "invalid choice"),
        (["datecs", "--fault", "fire"], "no fault 'fire'"),
        (["datecs", "--fault", "late:soon"], "takes no value"),
        (["datecs", "--fault", "terminal"], "has no terminal"),
        (["escpos", "--fault", "deaf"], "no fault 'deaf'"),
        (["escpos", "--fault", "paper_end:3"], "takes no value"),
    ],
)
def test_wrong_use_is_refused_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    device_sim.add_arguments(parser)
    try:
        code = device_sim.run(parser.parse_args([*arguments, "--pty", str(tmp_path / "tty")]))
        said = capsys.readouterr().err
    except argparse.ArgumentError as error:
        code, said = 2, str(error)
    assert (code, words in said) == (2, True)
    assert not os.path.lexists(tmp_path / "tty")
