"""What a commit has done to money and state stands in the log: once, after it is on the disk, without a name."""

from __future__ import annotations

import logging

import pytest

from firmware_bridge.journal.codec import Unknown
from firmware_bridge.journal.records import Record
from firmware_bridge.log_queue import FACTS
from firmware_bridge.told import tell
from statemachines.vocabulary.events import (
    CashMoved,
    DrawerForced,
    DrawerKicked,
    Event,
    FiscalisationDoubtful,
    Occurred,
    PrintDoubtful,
    PrinterFault,
    PrinterReady,
    SaleCompleted,
    SaleRefused,
)
from statemachines.vocabulary.people_events import SignedIn, SignInRefused
from statemachines.vocabulary.receipt import Person

ANN = Person("7", "Ганна", "cashier")
ACT = ("act-1", "Ганна", "cashier", "page", "2026-11-21T09:00:00Z", "console")


def record(event: Event) -> Record:
    return Record(17, 1, "s-1", type(event).__name__, Occurred(1, 1, event, ANN), b"")


@pytest.mark.parametrize(
    ("event", "level", "facts"),
    [
        (
            SaleCompleted("s-1", 100, 100, 0, drawer_id="main", number="000412"),
            logging.INFO,
            {"sale": "s-1", "receipt": "000412", "drawer": "main", "outcome": "done", "record": 17},
        ),
        (SaleRefused("s-1", "no paper"), logging.INFO, {"sale": "s-1", "outcome": "refused", "record": 17}),
        (
            CashMoved("m-1", "cash_pull", "out", 500, drawer_id="main"),
            logging.INFO,
            {"sale": "m-1", "drawer": "main", "outcome": "done", "record": 17},
        ),
        (PrintDoubtful("s-1", "0001", "silence"), logging.WARNING, {"sale": "s-1", "outcome": "doubtful"}),
        (
            FiscalisationDoubtful("s-1", "another device", person_needed=True),
            logging.ERROR,
            {"sale": "s-1", "outcome": "doubtful"},
        ),
        (PrinterFault("it is broken", recoverable=False), logging.ERROR, {"device": "printer"}),
        (PrinterFault("it is hot", recoverable=True), logging.WARNING, {"device": "printer"}),
        (PrinterReady(serial="J4EK"), logging.INFO, {"device": "printer", "record": 17}),
        (DrawerForced("main"), logging.WARNING, {"drawer": "main"}),
        (SignInRefused(*ACT, "pin", 3), logging.WARNING, {"client": "console", "outcome": "refused"}),  # type: ignore[arg-type]
        (SignedIn(*ACT, "pin"), logging.INFO, {"client": "console", "record": 17}),  # type: ignore[arg-type]
    ],
)
def test_fact_is_told_at_its_level_with_what_it_is_about(
    event: Event, level: int, facts: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        tell([record(event)])
    (line,) = caplog.records
    assert line.levelno == level
    assert {name: value for name in FACTS if (value := getattr(line, name, None)) is not None} == facts
    assert vars(line)["kind"]
    assert "Ганна" not in line.getMessage()
    assert "J4EK" not in line.getMessage()


def test_steps_and_records_of_another_release_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    unknown = Record(3, 1, "", "Unheard", Unknown("event", "Unheard", b"", "newer"), b"")
    with caplog.at_level(logging.DEBUG):
        tell([record(DrawerKicked("main", 1)), unknown])
    assert caplog.records == []
