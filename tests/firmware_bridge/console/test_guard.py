"""A change that may cut off whoever makes it is taken back, unless it was kept, whatever becomes of the session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.console import guard

BEFORE, AFTER = "a = 1\n", "a = 2\n"


@dataclass(slots=True)
class Boot:
    """Seconds since the machine started; waiting lets them pass."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "till.toml"
    path.write_text(AFTER, "utf-8")
    return path


@pytest.fixture
def tool(tmp_path: Path) -> tuple[str, ...]:
    """Stands for systemctl; writes down what it was told."""
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/orders\n')
    program.chmod(0o755)
    return (str(program), "restart", "till.service")


def orders(config: Path) -> str:
    place = config.with_name("orders")
    return place.read_text("utf-8") if place.exists() else ""


def test_what_is_not_kept_in_time_is_taken_back_to_the_byte(config: Path, tool: tuple[str, ...]) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    guard.watch(config, boot.monotonic, boot.sleep)
    assert 1060.0 <= boot.now <= 1061.0
    assert config.read_text("utf-8") == BEFORE
    assert orders(config) == "", "a till that was not started with it is left alone"
    assert sorted(one.name for one in config.parent.iterdir()) == ["systemctl", "till.toml"]


def test_what_is_kept_stays(config: Path, tool: tuple[str, ...]) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)

    def kept_after_a_while(seconds: float) -> None:
        boot.sleep(seconds)
        if boot.now > 1030.0:
            guard.keep(config)

    guard.watch(config, boot.monotonic, kept_after_a_while)
    assert boot.now < 1035.0, "who watches goes home"
    assert config.read_text("utf-8") == AFTER
    assert not guard.keep(config), "there is nothing more to keep"


def test_a_till_that_was_started_with_it_is_tried_from_then_on_and_started_again(
    config: Path, tool: tuple[str, ...]
) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    boot.now += 50
    guard.started(config, boot.monotonic)
    guard.watch(config, boot.monotonic, boot.sleep)
    assert 1110.0 <= boot.now <= 1111.0
    assert config.read_text("utf-8") == BEFORE
    assert orders(config) == "restart till.service\n"


def test_a_second_change_is_taken_back_with_the_first(config: Path, tool: tuple[str, ...]) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    config.write_text("a = 3\n", "utf-8")
    guard.begin(config, "printer.page", AFTER, 60, tool, boot.monotonic)
    found = guard.read(config)
    assert found is not None
    assert found.what == "printer.port, printer.page"
    guard.watch(config, boot.monotonic, boot.sleep)
    assert config.read_text("utf-8") == BEFORE


def test_a_change_that_was_cut_off_in_the_middle_is_taken_back_whatever_it_was(
    config: Path, tool: tuple[str, ...]
) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    config.write_text("a = 7\n", "utf-8")
    guard.watch(config, boot.monotonic, boot.sleep)
    assert config.read_text("utf-8") == BEFORE


def test_a_file_that_somebody_wrote_meanwhile_is_theirs(config: Path, tool: tuple[str, ...]) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    guard.changed(config)
    config.write_text("# by hand\n", "utf-8")
    guard.watch(config, boot.monotonic, boot.sleep)
    assert config.read_text("utf-8") == "# by hand\n"
    assert guard.read(config) is None


def test_after_a_restart_of_the_machine_its_time_is_over(config: Path, tool: tuple[str, ...]) -> None:
    boot = Boot()
    guard.begin(config, "printer.port", BEFORE, 60, tool, boot.monotonic)
    place = guard.place(config)
    place.write_text(json.dumps({**json.loads(place.read_text("utf-8")), "boot": "another"}), "utf-8")
    guard.watch(config, boot.monotonic, boot.sleep)
    assert boot.now == 1000.0
    assert config.read_text("utf-8") == BEFORE


def test_a_damaged_note_changes_nothing(config: Path) -> None:
    guard.place(config).write_text("{", "utf-8")
    boot = Boot()
    guard.watch(config, boot.monotonic, boot.sleep)
    assert config.read_text("utf-8") == AFTER


def test_whoever_watches_outlives_the_one_who_asked_for_it_and_loads_next_to_nothing(
    config: Path, tool: tuple[str, ...]
) -> None:
    guard.begin(config, "printer.port", BEFORE, 3600, tool)
    guard.have_it_watched(config)
    stat = _watcher(config)
    assert stat.split()[1] == str(_reaper(stat)), "it is nobody's child who may be killed with it"
    guard.keep(config)
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, firmware_bridge.console.guard as g; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert not {"msgspec", "asyncio", "serial", "ssl", "sqlite3"} & set(loaded)


def _watcher(config: Path) -> str:
    """Fields 3 and on of the watching process's /proc/PID/stat: state, parent …"""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
            if str(config).encode() in words and b"firmware_bridge.console.guard" in words:
                return place.with_name("stat").read_text("utf-8").rpartition(")")[2].strip()
        except OSError:
            continue
    raise AssertionError("nobody watches")


def _reaper(stat: str) -> int:
    """Who gets orphans here: not us."""
    parent = int(stat.split()[1])
    assert parent != os.getpid()
    return parent
