"""What GET /v1/status says, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from firmware_bridge.metrics.families import Family, Labels, gauge
from statemachines import drawer, fiscal_mode, printer
from statemachines import shift as shifts

View = Mapping[str, Any]


def open_drawers(status: View, since: Mapping[str, int], now: int) -> Family:
    """For how long each stands open. `since`: by the journal, UTC ms, as is `now`."""
    text = "For how long a drawer stands open; 0 when it is shut."
    ages = [
        (one["id"], max(0, now - since[one["id"]]) / 1000 if one["opened"] and one["id"] in since else 0.0)
        for one in status["drawers"]
    ]
    return gauge("till_drawer_open_seconds", text, *(((("device", name),), age) for name, age in ages))


def _one_hot(device: str, state: str, states: Iterable[str]) -> Iterator[tuple[Labels, float]]:
    for one in states:
        yield (("device", device), ("state", one)), float(one == state)


def gauges(status: View, books: Iterable[View], now: int) -> Iterator[Family]:
    """What GET /v1/status says, as numbers. `now`: UTC ms."""
    yield gauge("till_can_sell", "1 when a sale would be taken.", ((), float(status["can_sell"])))
    devices = [*_one_hot("printer", status["printer"]["state"], printer.STATES)]
    for one in status["drawers"]:
        devices += _one_hot(one["id"], one["state"], drawer.STATES)
    yield gauge("till_device_state", "1 for the state that a device is in.", *devices)
    doubtful = sum(1 for one in status["unfinished"] if one["doubt"])
    yield gauge("till_receipts_doubtful", "Documents of which it is not known whether they were done.", ((), doubtful))
    person = sum(1 for one in status["unfinished"] if one["person_needed"])
    yield gauge("till_documents_waiting_for_person", "Documents that only a person can answer.", ((), person))
    yield from _of_shift(status["shift"], now)
    yield from _of_register(status["fiscal"])
    waiting, parked = [], []
    for book in books:
        label = (("vendor", book["book"]),)
        waiting.append((label, book["lags"]))
        parked.append((label, book["parked"]))
    yield gauge("till_outbox_waiting", "Cash facts that a book does not have yet.", *waiting)
    yield gauge("till_outbox_parked", "Records that are set aside for a person.", *parked)


def _of_shift(shift: View | None, now: int) -> Iterator[Family]:
    since = shift["opened_at"] if shift is not None and shift["state"] in shifts.STANDING else None
    age = 0.0 if since is None else max(0.0, now / 1000 - datetime.fromisoformat(since).timestamp())
    yield gauge("till_shift_open_seconds", "Age of the open shift; 0 when none is open.", ((), age))


def _of_register(fiscal: View | None) -> Iterator[Family]:
    if fiscal is None:
        return
    modes = [((("mode", one),), float(one == fiscal["mode"])) for one in fiscal_mode.STATES]
    yield gauge("till_fiscal_mode", "1 for the mode that the register is in.", *modes)
    if "offline" not in fiscal:
        return
    time = fiscal["offline"]
    left = [
        ((("meter", meter),), max(0, time[f"{meter}_limit_s"] - time[f"{meter}_s"])) for meter in ("session", "month")
    ]
    yield gauge("till_fiscal_offline_seconds_left", "Time off line that the law leaves.", *left)
    yield gauge("till_fiscal_codes_left", "Codes for documents without the register.", ((), fiscal["codes"]["free"]))
    waiting = fiscal["waiting"]["count"]
    yield gauge("till_fiscal_documents_waiting", "Documents to be handed over to the register.", ((), waiting))
    clock = fiscal["clock"]
    yield gauge("till_clock_trusted", "1 when it is known what time it is.", ((), float(clock["trusted"])))
    offset = None if clock["offset_ms"] is None else clock["offset_ms"] / 1000
    yield gauge("till_clock_offset_seconds", "The register's clock against the till's.", ((), offset))
