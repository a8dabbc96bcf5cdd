"""Something is cut after every byte of a receipt, then the printer is asked. The paper is the judge.

A verdict is wrong when it says "printed" and no whole receipt was cut off, or "proven missing" and one was.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import pytest

from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.simulated.personality import PERSONALITIES
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import (
    Event,
    PrintDoubtful,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from tests.drivers.printers.escpos.rig import Rig, TillCut, expected_lines, job, settings_for

Fault = Literal["till", "printer", "both", "unplugged", "without_port", "blink"]


class NeverAsks(EscPosPrinter):
    """The negative control: a till that calls an interrupted receipt missing without looking."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        return PrintFoundMissing(intention.document_id, intention.job_id, True, True, "guessed")  # noqa: FBT003 - a lie


class BelievesTheCounter(EscPosPrinter):
    """Another one: what the counter of cuts does not show is called proven, even after a loss of power."""

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        found = super().ask(intention, end_sent)
        if isinstance(found, PrintFoundMissing):
            return PrintFoundMissing(found.document_id, found.job_id, True, found.fragment, "")  # noqa: FBT003 - a lie
        return found


@dataclass
class Outcome:
    first: Event | None
    last: Event
    rig: Rig
    intention: Print


def cut(
    personality: str,
    fault: Fault,
    after: int,
    *,
    driver: type[EscPosPrinter] = EscPosPrinter,
    speed: float = 40.0,
    void: bool = False,
    pause: float = 0.5,
) -> Outcome | None:
    """Print one receipt, then the second with `fault` after so many bytes; None when it ended before."""
    rig = Rig(
        personality,
        settings_for(personality),
        speed=speed,
        buffer_bytes=256,
        with_drawer=False,
        lost_without_power=fault == "without_port",
    )
    till = driver(rig.port, rig.settings, rig.events.append)
    assert till.connect()
    before = till.print(job("K7Q1"))
    assert isinstance(before, ReceiptPrinted)
    intention = job("K7Q2", before=before.counters, void=void)
    start = rig.port.handed
    rig.port.cut_after(
        after,
        error=TillCut() if fault in {"till", "both"} else None,
        then={
            "till": None,
            "printer": rig.printer.power_off,
            "both": rig.printer.power_off,
            "without_port": rig.printer.power_off,
            "unplugged": rig.port.unplug,
            "blink": lambda: blink(rig),
        }[fault],
    )
    first: Event | None = None
    try:
        first = till.print(intention)
    except TillCut:
        till = driver(rig.new_port(), rig.settings, rig.events.append)
    if rig.port.handed - start < after and fault not in {"till", "both"}:
        return None
    last = first if first is not None and not isinstance(first, PrintDoubtful) else None
    if last is None:
        rig.pass_time(pause)
        rig.printer.power_on()
        rig.port.plug()
        last = asked(till, intention, first)
    for _ in range(30):
        rig.pass_time(1.0)
    return Outcome(first, last, rig, intention)


def blink(rig: Rig) -> None:
    rig.printer.power_off()
    rig.printer.power_on()


def asked(till: EscPosPrinter, intention: Print, first: Event | None) -> Event:
    end_sent = first.end_sent if isinstance(first, PrintDoubtful) else None
    for _ in range(5):
        if till.connect():
            found = till.ask(intention, end_sent)
            if not isinstance(found, PrintUnresolved) or found.person_needed:
                return found
    raise AssertionError("the printer is back and was never ready to be asked")


def wrong(outcome: Outcome) -> str:
    """What is wrong with the verdict, "" when nothing is."""
    verdict, rig = outcome.last, outcome.rig
    whole = sum(is_whole(piece.text_lines, outcome) for piece in rig.printer.pieces if piece.ending != "in_printer")
    if isinstance(verdict, ReceiptPrinted) and whole != 1:
        return f"called printed by {verdict.evidence}, and {whole} whole receipts came out"
    if isinstance(verdict, PrintRefused | PrintOutdated) and whole:
        return "called not begun and is on paper"
    if isinstance(verdict, PrintFoundMissing):
        if verdict.proven and whole:
            return "called proven missing and is on paper"
        if not verdict.fragment and rig.printer.pieces[-1].ending == "in_printer":
            return "called without fragment, and a fragment hangs in the printer"
    return ""


def is_whole(lines: tuple[str, ...], outcome: Outcome) -> bool:
    """Everything stands there; a loss of power before the first line may have left a smudge in front of it."""
    expected = expected_lines(outcome.intention)
    return len(lines) == len(expected) and lines[0].endswith(expected[0]) and lines[1:] == expected[1:]


def every_byte(
    personality: str,
    fault: Fault,
    step: int = 1,
    *,
    start: int = 0,
    driver: type[EscPosPrinter] = EscPosPrinter,
    speed: float = 40.0,
    void: bool = False,
) -> tuple[list[str], Counter[str]]:
    """Wrong verdicts, and how often each kind of verdict came; every `step`-th byte from `start` on."""
    verdicts: list[str] = []
    kinds: Counter[str] = Counter()
    for after in range(start, 2000, step):
        outcome = cut(personality, fault, after, driver=driver, speed=speed, void=void)
        if outcome is None:
            break
        kinds[type(outcome.last).__name__] += 1
        if text := wrong(outcome):
            verdicts.append(f"{personality}, {fault} after {after} bytes: {text}")
        if fault in {"till", "both"} and outcome.first is not None:
            break
    return verdicts, kinds


FAULTS: tuple[Fault, ...] = ("till", "printer", "both", "unplugged", "without_port")


def slice_of(
    personality: str, fault: Fault, step: int, seed: int, *, speed: float = 40.0, void: bool = False
) -> tuple[list[str], Counter[str]]:
    """Every `step`-th byte, begun at another one each time."""
    return every_byte(personality, fault, step, start=random.Random(seed).randrange(step), speed=speed, void=void)


@pytest.mark.parametrize("fault", ["till", "printer", "both"])
def test_no_verdict_is_wrong_after_a_cut(fault: Fault, seed: int) -> None:
    verdicts, kinds = slice_of("epson", fault, 7, seed)
    assert verdicts == []
    assert kinds.total() > 50


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("personality", sorted(set(PERSONALITIES) - {"mute"}))
def test_no_verdict_of_any_kind_of_printer_is_wrong(personality: str, fault: Fault, seed: int) -> None:
    verdicts, kinds = slice_of(personality, fault, 43, seed)
    assert verdicts == []
    assert kinds.total() > 5


#: A printer that keeps no marks in its RAM has forgotten, when it is asked, that its power went and came at once.
CELLS: list[tuple[str, Fault]] = [
    (name, fault)
    for name, row in PERSONALITIES.items()
    for fault in (*FAULTS, *(("blink",) if row.ram_graphics else ()))
    if row.answers
]


@pytest.mark.campaign
@pytest.mark.parametrize(("personality", "fault"), CELLS)
def test_no_verdict_of_any_kind_of_printer_is_wrong_after_any_byte(personality: str, fault: Fault) -> None:
    verdicts, kinds = every_byte(personality, fault)
    assert verdicts == []
    assert kinds.total() > 300


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("personality", ["epson_runs_ahead", "odometer_lags"])
def test_no_verdict_is_wrong_when_the_job_voids_a_fragment_first(personality: str, fault: Fault, seed: int) -> None:
    verdicts, _ = slice_of(personality, fault, 31, seed, void=True)
    assert verdicts == []


@pytest.mark.parametrize("fault", FAULTS)
def test_no_verdict_is_wrong_on_a_printer_that_still_works_off_its_buffer(fault: Fault, seed: int) -> None:
    verdicts, _ = slice_of("epson_runs_ahead", fault, 29, seed, speed=4.0)
    assert verdicts == []


def test_printer_that_blinked_in_the_middle_is_never_called_printed() -> None:
    """Its power came back at once and it went on with the tail, end and process id included."""
    verdicts, kinds = every_byte("epson", "blink", 5)
    assert verdicts == []
    assert kinds["PrintUnresolved"] > 30


def test_till_that_comes_back_needs_no_person_where_the_printer_can_prove() -> None:
    _, kinds = every_byte("epson", "till", 13)
    assert kinds["PrintUnresolved"] == 0
    assert set(kinds) == {"PrintFoundMissing", "ReceiptPrinted"}


@pytest.mark.parametrize("fault", ["till", "unplugged"])
def test_the_judge_catches_a_driver_that_never_asks(fault: Fault) -> None:
    verdicts, _ = every_byte("epson", fault, 11, driver=NeverAsks)
    assert any("proven missing and is on paper" in text for text in verdicts)


def test_the_judge_catches_a_driver_that_believes_a_counter_after_a_loss_of_power() -> None:
    rig = Rig("odometer_lags", with_drawer=False)
    wrongs = []
    for driver in (EscPosPrinter, BelievesTheCounter):
        rig = Rig("odometer_lags", with_drawer=False)
        till = driver(rig.port, rig.settings, rig.events.append)
        assert till.connect()
        before = rig.counters()
        intention = job("K7Q2", before=before)
        assert isinstance(till.print(intention), ReceiptPrinted)
        # The answer is lost with the till, and the printer's last cut with its power.
        rig.printer.power_off()
        rig.pass_time(1.0)
        rig.printer.power_on()
        till = driver(rig.new_port(), rig.settings, rig.events.append)
        last = asked(till, intention, None)
        wrongs.append(wrong(Outcome(None, last, rig, intention)))
    assert wrongs == ["", "called proven missing and is on paper"]
