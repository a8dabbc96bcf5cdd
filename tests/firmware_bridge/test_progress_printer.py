"""A technician's print over a slow line tells how much of it has left, and when the rest will have."""

from __future__ import annotations

import re
from pathlib import Path

from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge import printer_command
from firmware_bridge.progress import Progress
from tests.firmware_bridge.test_printer_command import configured, words
from tests.support.slow_line import SlowLine

_SENDING = re.compile(r"sending: (\d+) %, (\d+) s left \(([\d ]+) of ([\d ]+) bytes, ([\d ]+)/s\)")


def printed(folder: Path, bytes_per_s: float, *arguments: str) -> tuple[list[str], list[str]]:
    """What the command says in the end, and on its way."""
    clock = VirtualClock(100.0)
    line = SlowLine(SimulatedPrinter("epson", now=100.0, columns=42), 512, bytes_per_s)
    said: list[str] = []
    told: list[str] = []
    progress = Progress(told.append, clock.monotonic)
    code = printer_command.run(
        configured(folder),
        words(*arguments),
        said.append,
        clock=clock,
        port=lambda _config, _clock: MemoryPort(line, clock),
        progress=progress,
    )
    assert code == 0
    return said, told


def test_the_sheet_of_code_pages_at_9600_bps_tells_bytes_rate_and_time_left(tmp_path: Path) -> None:
    said, told = printed(tmp_path, 960, "codepages", "--pages", "0-127")
    found = [
        [int(part.replace(" ", "")) for part in match.groups()] for match in map(_SENDING.fullmatch, told) if match
    ]
    assert len(found) >= 2
    assert [row[2] for row in found] == sorted(row[2] for row in found)
    assert all(900 <= row[4] <= 1300 for row in found)
    assert len({row[3] for row in found}) == 1
    assert len(said) == 1


def test_a_page_that_is_out_in_two_seconds_says_its_result_alone(tmp_path: Path) -> None:
    said, told = printed(tmp_path, 100_000, "codepages", "--pages", "0-3")
    assert told == []
    assert len(said) == 1
