"""`firmware-bridge wire`: a recording in words, and a recording that plays the device, as a person types it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.wire_command import main
from firmware_bridge.wire_datecs import DatecsWords
from firmware_bridge.wire_escpos import EscPosWords
from firmware_bridge.wire_show import Bytes, Words

SOON = 5.0

Row = tuple[float, str, str] | tuple[float, str, str, str]


def record(path: Path, driver: str, *rows: Row, **header: Any) -> Path:
    """A recording as the format is written down, not as our code would write it."""
    lines = [
        {"version": 1, "port": "serial:/dev/till/printer", "driver": driver, "begun": "2026-03-01T09:00:00Z"} | header
    ]
    lines += [{"t": row[0], "dir": row[1], "hex": row[2], "note": row[3] if len(row) > 3 else ""} for row in rows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["show", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


# --- show: ESC/POS ----------------------------------------------------------------------------------------------------

ESCPOS: tuple[Row, ...] = (
    (0.0, "open", ""),
    (0.1, "out", "100401"),
    (0.104, "in", "16"),
    (0.2, "out", "100402100404"),
    (0.21, "in", "32"),
    (0.22, "in", "7e"),
    (0.3, "out", "1d610f"),
    (0.31, "in", "1400000f"),
    (0.4, "out", "1b40"),
    (0.4, "out", "1c2e1b742e"),
    (0.41, "out", "d7e5ea20b92034310a1d564218"),
    (0.42, "out", "1d284806003030"),
    (0.43, "out", "61623132"),
    (1.43, "in", "3722"),
    (1.44, "in", "6162313200"),
    (60.0, "in", "1000000f"),
    (61.0, "lost", "", "the connection was lost; check the cable"),
    (62.5, "open", ""),
    (62.6, "out", "1014080103140106020810140100011b700032321d7201"),
    (62.7, "in", "37250000"),
    (63.0, "lines", "05"),
    (64.0, "close", ""),
)


SHOWN = """\
# serial:/dev/till/printer, escpos, begun 2026-03-01T09:00:00Z, seed 42
    0.000000  -- open
    0.100000  > DLE EOT 1 (status in real time, 1 byte back)  < status 1: pin3 high  (4 ms)
    0.200000  > DLE EOT 2 (status in real time, 1 byte back); DLE EOT 4 (status in real time, 1 byte back)\
  < status 2: paper end; status 4: paper end, near end  (10 ms)
    0.300000  > GS a 15 (automatic status, 4 bytes on change)  < automatic status: pin3 high  (10 ms)
    0.400000  > ESC @ (initialise; forgets downloaded graphics); FS . (two-byte characters off); \
ESC t 46 (character table n); "Чек № 41\\n"; GS V 66 24 (feed to the knife, partial cut); \
GS ( H 48 (process id, 37 22 id 00 back)  < printed ab12  (1000 ms)
   60.000000  < automatic status: nothing the matter
   61.000000  -- lost: the connection was lost; check the cable
   62.500000  -- open
   62.600000  > DLE DC4 8 (clear all buffers, 37 25 00 back); DLE DC4 1 0 1 (drawer pulse in real time); \
ESC p 0 50 50 (drawer pulse, buffered); GS r 1 (paper status in order, 1 byte back)  \
< buffers cleared; answer 00  (100 ms)
   63.000000  -- lines: on: cts, dcd
   64.000000  -- close"""


def test_escpos_is_shown_one_line_an_exchange(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *ESCPOS, seed=42)
    assert "\n".join(shown(capsys, str(path))) == SHOWN


def decoded(data: str) -> list[str]:
    return EscPosWords("cp1251").out(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("1d763000020003000102030405064142", ["GS v 0 (raster picture)", '"AB"']),
        ("1d286b0300315130 41", ["GS ( k 81 (QR code)", '"A"']),
        ("1d284c0c00 3053 30 5132 01 0800 0100 31 00 41", ["GS ( L 83 (define a downloaded graphic)", '"A"']),
        ("1d384c0300000030410041", ["GS 8 L", '"A"']),
        ("1d6b43 0c 393633383530373431323334 41", ["GS k 67 (bar code)", '"A"']),
        ("1d6b04 313233 00 41", ["GS k 4 (bar code)", '"A"']),
        ("1b2a21 0200 010203040506 41", ["ESC * … 9 bytes", '"A"']),
        ("1b4408101800 41", ["ESC D 8 16 24 0", '"A"']),
        ("1d5600 41", ["GS V 0", '"A"']),
        ("1d673200b200", ["GS g 2 0 178 0 (maintenance counter, 5F digits 00 back)"]),
        ("1b1b4041", ["ESC 1B", '"@A"']),
        ("10", []),
        ("1b", []),
        ("", []),
    ],
)
def test_commands_of_every_shape_end_where_they_end(data: str, words: list[str]) -> None:
    assert decoded(data) == words


@pytest.mark.parametrize("cut", range(1, 26))
def test_command_cut_anywhere_is_put_together_again(cut: int) -> None:
    data = bytes.fromhex("1d763000020003000102030405061d284806003030616231321b742e")
    words = EscPosWords("cp1251")
    found = words.out(data[:cut]) + words.out(data[cut:])
    assert found == [
        "GS v 0 (raster picture)", "GS ( H 48 (process id, 37 22 id 00 back)", "ESC t 46 (character table n)",
    ]  # fmt: skip
    assert words.pending() == ""


def test_unfinished_command_is_told_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", (0.0, "out", "411d2848"))
    assert shown(capsys, str(path))[-1] == "    0.000000  -- end: unfinished 1d 28 48"


def test_text_is_decoded_by_the_page_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", (0.0, "out", "97a5aa"))
    assert shown(capsys, str(path), "--encoding", "cp866")[-1].endswith('> "Чек"')


def test_what_a_terminal_would_obey_is_never_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;pwned\x07\u202e"
    path = record(
        tmp_path / "wire.jsonl", "escpos", (0.0, "lost", "", evil), (0.1, "in", "5f5c1b5b316d00"), port=evil, begun=evil
    )
    text = "\n".join(shown(capsys, str(path)))
    assert all(char.isprintable() or char == "\n" for char in text)


# --- show: Datecs -----------------------------------------------------------------------------------------------------

#: Recorded at a Synergy PF-500 (open, sale, total, close), published by its user.
PF500: tuple[Row, ...] = (
    (0.0, "out", "012C2030312C303030302C310530313F3B03"),
    (0.06, "in", "1616"),
    (0.18, "in", "01342030303139332C30303030048080888B80BA053035393303"),
    (1.0, "out", "013A233150726F64756B74203109C032352E30302A312E3030300530363A3403"),
    (1.1, "in", "012B2331048080888B80BA0530333D3503"),
    (2.0, "out", "0125233509053030383B03"),
    (2.1, "in", "01362335442B303030303030303030048080888B80BA053036303303"),
    (3.0, "out", "01252038200530303A3203"),
    (3.05, "in", "15"),
    (3.1, "out", "01252038200530303A3203"),
    (3.2, "in", "ff01342038303139342C30303030048080808B80BA053035393403"),
)
#: Recorded at a DP-25X: a payment that fails under status bytes that look healthy.
DP25X: tuple[Row, ...] = (
    (0.0, "out", "013030333330303033353409312E3533093109053033303A03"),
    (0.1, "in", "013030333B30303033352D313131303136090480808080869A8080053037343F03"),
)


def test_classic_frames_are_shown_with_names_and_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "datecs", *PF500)
    lines = shown(capsys, str(path), "--dialect", "mk")
    assert len(lines) == 6
    assert lines[1].startswith(
        '    0.000000  > open a receipt (30h, seq 20h) "1,0000,1"  < working x 2; seq 20h "0193,0000" ['
    )
    assert "fiscal open" in lines[1]
    assert lines[1].endswith("]  (60 ms)")
    assert '> sell an item (31h, seq 23h) "Produkt 1\\tА25.00*1.000"  < seq 23h [' in lines[2]
    assert "NAK: say it again" in lines[4]
    assert "< 1 bytes outside any frame" not in lines[4]
    assert lines[5].count("1 bytes outside any frame") == 1
    assert "fiscal open" not in lines[5]


def test_x_error_code_is_shown_under_a_clean_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "datecs-x", *DP25X)
    (line,) = shown(capsys, str(path))[1:]
    assert '> pay (35h, seq 30h) "4\\t1.53\\t1\\t"' in line
    assert "refused: " in line
    assert "(-111016 ERR_" in line


def test_wrong_envelope_is_no_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "datecs-x", *DP25X)
    assert "no frame" in shown(capsys, str(path), "--as", "datecs")[1]


@pytest.mark.parametrize("dialect", ["bg", "c", "ua", "mk", "sy55"])
def test_every_dialect_is_understood(dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "datecs", *PF500)
    assert "(30h, seq 20h)" in shown(capsys, str(path), "--dialect", dialect)[1]


# --- show: anything ---------------------------------------------------------------------------------------------------


def test_unknown_language_is_shown_as_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "box", (0.0, "out", "07"), (0.5, "in", "00" * 30))
    assert shown(capsys, str(path))[1:] == [f"    0.000000  > 07  < {'00 ' * 23}00 … 30 bytes  (500 ms)"]
    assert shown(capsys, str(record(path, "escpos", (0.0, "out", "1b40"))), "--as", "none")[1:] == [
        "    0.000000  > 1b 40"
    ]


def test_json_has_the_same_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *ESCPOS[:3], (9.0, "in", "12"))
    assert [json.loads(line) for line in shown(capsys, str(path), "--json")] == [
        {"t": 0.0, "event": "open", "note": ""},
        {
            "t": 0.1, "out": ["DLE EOT 1 (status in real time, 1 byte back)"],
            "in": ["status 1: pin3 high"], "ms": 4.0,
        },
        {"t": 9.0, "out": [], "in": ["status 12 that nobody asked for"], "ms": None},
    ]  # fmt: skip


def test_line_that_is_cut_off_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *ESCPOS[:3])
    path.write_bytes(path.read_bytes()[:-5])
    assert shown(capsys, str(path))[-1] == "# the last line of the file is cut off and left out"


def test_file_that_is_no_recording_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_text("receipt\n")
    assert main(["show", str(path)]) == 1
    assert capsys.readouterr().err == f"firmware-bridge: {path}, line 1: no JSON\n"


def test_unknown_code_page_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos")
    assert main(["show", str(path), "--encoding", "koi-9"]) == 2
    assert "--encoding koi-9 is no code page" in capsys.readouterr().err


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12))
def test_noise_in_either_direction_is_shown_and_raises_nothing(parts: list[tuple[bool, bytes]]) -> None:
    decoders: list[Words] = [EscPosWords("cp1251"), DatecsWords("bg"), DatecsWords("x"), Bytes()]
    for words in decoders:
        for outward, data in parts:
            found = words.out(data) if outward else words.inward(data)
            assert all(text.isprintable() for text in found)
        assert words.pending().isprintable()


# --- replay -----------------------------------------------------------------------------------------------------------


class Player:
    """The child process."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware_bridge.wire_command", "replay", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@contextmanager
def player(*arguments: str) -> Iterator[Player]:
    running = Player(*arguments)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


@contextmanager
def client(number: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", number), timeout=SOON) as made:
        yield made


def receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            break
        data += part
    return data


TALK: tuple[Row, ...] = (
    (0.0, "open", ""), (0.1, "out", "100401"), (0.104, "in", "16"), (0.2, "out", "1d49"), (0.21, "out", "43"),
    (0.25, "in", "5f54"), (0.26, "in", "4d00"), (0.3, "close", ""),
)  # fmt: skip


def test_recorded_device_answers_at_a_tcp_port(tmp_path: Path) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *TALK)
    with player(str(path), "--tcp", "0") as device, client(device.line()["port"]) as till:
        till.sendall(b"\x10\x04\x01")
        assert receive(till, 1) == b"\x16"
        till.sendall(b"\x1dIC")
        assert receive(till, 4) == b"\x5fTM\x00"
        assert device.line() == {"finished": True, "accepted": 6}
        code, out, err = device.end()
    assert (code, err) == (0, "")
    assert json.loads(out) == {"finished": True, "accepted": 6}


def test_recorded_device_answers_at_a_pty_and_its_link_goes_with_it(tmp_path: Path) -> None:
    path, link = record(tmp_path / "wire.jsonl", "escpos", *TALK), tmp_path / "printer"
    with player(str(path), "--pty", str(link)) as device:
        assert device.line() == {"pty": str(link)}
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        os.write(fd, b"\x10\x04\x01")
        assert select.select([fd], [], [], SOON)[0]
        assert os.read(fd, 10) == b"\x16"
        device.process.send_signal(signal.SIGTERM)
        code, out, _ = device.end()
        os.close(fd)
    assert code == 0
    assert json.loads(out) == {"finished": False, "accepted": 3}
    assert not link.is_symlink()


def test_another_question_ends_a_strict_replay_with_the_place(tmp_path: Path) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *TALK)
    with player(str(path), "--tcp", "0") as device, client(device.line()["port"]) as till:
        till.sendall(b"\x10\x04\x02")
        device.process.wait(SOON)
        code, _, err = device.end()
    assert code == 1
    assert err == (
        "firmware-bridge: The till does not write what it wrote then: byte 2 of what the till writes (behind 10 04) "
        "is 02, was 01 at 0.100000 s (--lenient answers other questions too)\n"
    )


def test_another_question_is_answered_by_a_lenient_replay(tmp_path: Path) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *TALK)
    with player(str(path), "--tcp", "0", "--lenient", "--at-once") as device, client(device.line()["port"]) as till:
        till.sendall(b"\x10\x04\x02")
        assert receive(till, 1) == b"\x16"
        till.sendall(b"?")
        assert receive(till, 4) == b"\x5fTM\x00"
        assert device.end()[0] == 0


def test_recorded_loss_cuts_the_line_and_the_device_comes_back(tmp_path: Path) -> None:
    rows: tuple[Row, ...] = (
        *TALK[:3], (0.15, "lost", "", "gone"), (0.2, "lost", "", "open: still gone"), (0.4, "open", ""),
        (0.5, "out", "07"), (0.51, "in", "06"),
    )  # fmt: skip
    path = record(tmp_path / "wire.jsonl", "escpos", *rows)
    with player(str(path), "--tcp", "0") as device:
        number = device.line()["port"]
        with client(number) as till:
            till.sendall(b"\x10\x04\x01")
            assert receive(till, 1) == b"\x16"
            with contextlib.suppress(ConnectionResetError):
                assert till.recv(1) == b""
        answer, deadline = b"", time.monotonic() + SOON
        while not answer and time.monotonic() < deadline:
            with contextlib.suppress(ConnectionError), client(number) as till:
                till.sendall(b"\x07")
                answer = receive(till, 1)
        assert answer == b"\x06"
        assert device.line() == {"finished": True, "accepted": 4}


def test_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    path = record(tmp_path / "wire.jsonl", "escpos", *TALK)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        player(str(path), "--tcp", str(taken.getsockname()[1])) as device,
    ):
        code, _, err = device.end()
    assert code == 1
    assert err.startswith("firmware-bridge: cannot listen on port")


@pytest.mark.parametrize("arguments", [[], ["replay", "x"], ["show"], ["replay", "x", "--tcp", "70000"]])
def test_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err
