"""The time of what is made without the fiscaliser: whose clock counts, and when nobody's does."""

from __future__ import annotations

import ctypes
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge import fiscal_time
from firmware_bridge.fiscal_time import KEPT_EVERY_S, FiscalTime, Memory
from statemachines.offline import FiscalClock

NOW = 1_782_900_000_000
UNTRUSTED = FiscalClock(0, trusted=False)


@dataclass
class Clocks:
    """The till's clocks, set by hand."""

    wall: int = NOW
    mono: float = 100.0

    def utc_ms(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def pass_s(self, seconds: float) -> None:
        self.wall += int(seconds * 1000)
        self.mono += seconds


@dataclass
class Vendor:
    now: int | None = None

    def server_now_ms(self) -> int | None:
        return self.now


def time_of(
    clocks: Clocks, *, synchronised: bool = False, vendor: Vendor | None = None, memory: Memory | None = None
) -> FiscalTime:
    made = FiscalTime(clocks, lambda: synchronised, memory)
    if vendor is not None:
        made.follow(vendor)
    return made


# --- whose clock ----------------------------------------------------------------------------------------------------


def test_the_fiscalisers_clock_counts_whatever_the_tills_own_shows() -> None:
    vendor = Vendor(NOW + 90_000)
    assert time_of(Clocks(), vendor=vendor).read(0) == FiscalClock(90_000, trusted=True)
    behind = Clocks(wall=NOW - 86_400_000)
    assert time_of(behind, vendor=vendor).read(NOW) == FiscalClock(86_490_000, trusted=True)


def test_a_synchronised_clock_counts_as_it_is_until_the_fiscaliser_has_told_its_own() -> None:
    vendor = Vendor()
    found = time_of(Clocks(), synchronised=True, vendor=vendor)
    assert found.read(NOW - 1) == FiscalClock(0, trusted=True)
    vendor.now = NOW + 7
    assert found.read(NOW - 1) == FiscalClock(7, trusted=True)


def test_a_clock_that_nobody_has_set_is_a_guess() -> None:
    assert time_of(Clocks(), vendor=Vendor()).read(0) == UNTRUSTED
    assert time_of(Clocks()).read(0) == UNTRUSTED


def test_a_clock_that_went_back_behind_the_journal_is_a_guess() -> None:
    found = time_of(Clocks(), synchronised=True)
    assert found.read(NOW).trusted
    assert found.read(NOW + 1) == UNTRUSTED


def test_a_fiscaliser_that_tells_no_time_is_none_to_learn_from() -> None:
    found = time_of(Clocks(), synchronised=True)
    found.follow(object())
    assert found.read(0) == FiscalClock(0, trusted=True)


# --- what outlives the process --------------------------------------------------------------------------------------


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "clock", "boot-1")


def test_what_was_learned_outlives_the_process_and_a_step_of_the_wall_clock(memory: Memory) -> None:
    clocks = Clocks()
    time_of(clocks, vendor=Vendor(NOW + 5000), memory=memory).read(0)
    clocks.pass_s(3600)
    clocks.wall -= 7_200_000  # somebody has set it back by two hours
    again = time_of(clocks, vendor=Vendor(), memory=memory)
    assert again.read(0) == FiscalClock(7_205_000, trusted=True)


def test_what_was_learned_before_the_machine_was_restarted_counts_for_nothing(memory: Memory) -> None:
    clocks = Clocks()
    time_of(clocks, vendor=Vendor(NOW), memory=memory).read(0)
    assert time_of(clocks, memory=memory).read(0).trusted, "the same run of the machine"
    assert time_of(clocks, memory=Memory(memory.path, "boot-2")).read(0) == UNTRUSTED
    assert time_of(clocks, memory=Memory(memory.path, "")).read(0) == UNTRUSTED


def test_it_is_written_down_now_and_then_only(memory: Memory) -> None:
    clocks, vendor = Clocks(), Vendor(NOW)
    found = time_of(clocks, vendor=vendor, memory=memory)
    found.read(0)
    first = memory.path.read_text()
    clocks.pass_s(KEPT_EVERY_S - 1)
    vendor.now = NOW + 1
    found.read(0)
    assert memory.path.read_text() == first
    clocks.pass_s(1)
    found.read(0)
    assert json.loads(memory.path.read_text())["server_ms"] == NOW + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"boot": "boot-1", "server_ms": "1", "monotonic_ms": 1}',
        '{"boot": "boot-1", "server_ms": 1.5, "monotonic_ms": 1}',
        '{"boot": "boot-1", "server_ms": true, "monotonic_ms": 1}',
        '{"boot": "boot-1", "server_ms": 1, "monotonic_ms": 100001}',
        '{"boot": "boot-1", "server_ms": -5, "monotonic_ms": 1}',
        "\x80",
    ],
)
def test_what_is_not_whole_is_left_aside(memory: Memory, text: str) -> None:
    memory.path.write_text(text, "utf-8")
    assert time_of(Clocks(), memory=memory).read(0) == UNTRUSTED


def test_a_place_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    nowhere = Memory(tmp_path / "none" / "clock", "boot-1")
    found = time_of(Clocks(), vendor=Vendor(NOW + 1), memory=nowhere)
    assert found.read(0) == FiscalClock(1, trusted=True)


# --- this machine ---------------------------------------------------------------------------------------------------


def test_the_kernel_is_asked_and_the_buffer_is_large_enough() -> None:
    assert isinstance(fiscal_time.synchronised(), bool)
    assert fiscal_time.boot_id() == fiscal_time.boot_id() != ""


@pytest.mark.parametrize(
    ("state", "mark", "found"), [(0, False, True), (5, True, False), (-1, True, True), (-1, False, False)]
)
def test_the_kernels_word_counts_and_systemds_mark_only_where_it_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: int, mark: bool, found: bool
) -> None:
    class Library:
        def __init__(self, _: object, **__: object) -> None:
            pass

        def adjtimex(self, _: object) -> int:
            return state

    if mark:
        (tmp_path / "synchronized").touch()
    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert fiscal_time.synchronised(tmp_path / "synchronized") is found
