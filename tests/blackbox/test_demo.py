"""The demo day and its two controls, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
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


def test_control_a_till_that_sends_twice_is_caught_by_its_paper() -> None:
    done = demo("--fault", "double-send")
    assert done.returncode == 1
    line = done.stdout.strip().splitlines()[-1]
    assert line.startswith("demo: sales=")
    figures = dict(part.split("=") for part in line.removeprefix("demo: ").split())
    assert int(figures["duplicated"]) >= 1


def test_control_a_till_that_drops_a_record_is_caught_by_its_paper() -> None:
    done = demo("--fault", "drop-record", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["lost"] >= 1
