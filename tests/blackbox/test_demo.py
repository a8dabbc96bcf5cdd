"""The demo day and its two controls, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmware_bridge.journal.verify import verify


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware_bridge", "demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_a_day_with_every_trouble_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "day"
    done = demo("--seed", "1", "--json", "--keep", str(kept))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures == {"sales": 63, "printed": 63, "fiscalised": 0, "delivered": 0, "lost": 0, "duplicated": 0}
    assert verify(kept / "journal.sqlite").ok
    assert "Звіт зміни" in (kept / "paper.txt").read_text(encoding="utf-8")
    assert (kept / "paper.png").read_bytes().startswith(b"\x89PNG")


def test_controls_a_till_that_sends_twice_and_one_that_drops_a_record_are_caught_by_their_paper() -> None:
    with ThreadPoolExecutor(2) as together:  # most of a day is waiting for the printer
        double = together.submit(demo, "--fault", "double-send")
        dropped = together.submit(demo, "--fault", "drop-record", "--json")
    assert (double.result().returncode, dropped.result().returncode) == (1, 1)
    line = double.result().stdout.strip().splitlines()[-1]
    assert line.startswith("demo: sales=")
    figures = dict(part.split("=") for part in line.removeprefix("demo: ").split())
    assert int(figures["duplicated"]) >= 1
    assert int(figures["lost"]) == 0
    assert json.loads(dropped.result().stdout)["lost"] >= 1
