"""A register that says what SmartOne's pages show, in both profiles, and what tests of the adapter read from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from statemachines.vocabulary.events import (
    Event,
    FiscalisationRefused,
    FiscalStamp,
    ReceiptFiscalised,
)
from tests.firmware_bridge.vendors.smartone.adapter_orders import (
    ECR,
)
from tests.firmware_bridge.vendors.smartone.adapter_samples import DATA
from tests.firmware_bridge.vendors.smartone.adapter_world import Script, World, ok

OPEN = ok(shift_open=True, shift_exceeds_at="2026-03-03 09:00:00")
SHUT = ok(shift_open=False)
SOLD = ok(document_id="d-1", document_number="105", fiscal_url="https://monitoring.e-kassa.gov.az/#/index?doc=d-1")
X = ok(**DATA)
ECR_OPEN = {"code": 0, "shiftID": 5, "isShiftOpen": "true", "shiftStatus": 1, "shiftOpenAt": "2026-03-02 09:00:00"}
ECR_SHUT = {"code": 0, "isShiftOpen": "false", "shiftStatus": 2}
ECR_SOLD = {
    "code": 0,
    "documentID": 77,
    "fiscalID": "f-1",
    "fiscalNum": 105,
    "fiscalUrl": "https://x",
    "docTime": "2026-03-02 14:05:31",
    "docStatus": 1,
    "printTime": "2026-03-02 14:05:32",
}
ECR_X = {
    "code": 0,
    "shiftID": 5,
    "shiftOpenAt": "2026-03-02 09:00:00",
    "cash": 34_800,
    "saleCount": 3,
    "saleSum": 11_800,
}


def core(tmp_path: Path, **answers: Any) -> World:
    return World(Script(**{"check_shift": OPEN, "x_report": X, "sale": SOLD, "refund": SOLD, **answers}), tmp_path)


def ecr(tmp_path: Path, **answers: Any) -> World:
    known = {"check_shift": ECR_OPEN, "x_report": ECR_X, "sale": ECR_SOLD, "refund": ECR_SOLD, "status": ECR_SOLD}
    return World(Script(**{**known, **answers}), tmp_path, ECR)


def made(event: Event) -> FiscalStamp:
    assert isinstance(event, ReceiptFiscalised), event
    return event.stamp


def refused(event: Event) -> str:
    assert isinstance(event, FiscalisationRefused), event
    return event.reason
