"""Beside a sale's way: the till in numbers, for a monitoring system that asks from time to time (GET /metrics).

Names follow the statistics of UnifiedPOS (JposStatisticsConst) where it has one, else they begin with `till_` likewise.
Counters are lifetime values, as there: they are counted in the journal, by class of record, so that a restart sets none
back. Text format 0.0.4 of Prometheus. No label tells of a serial number, a receipt or a person.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import Backend, Outbox
from statemachines import drawer, fiscal_mode, printer
from statemachines import shift as shifts

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
View = Mapping[str, Any]
Labels = tuple[tuple[str, str], ...]


class Journal(Protocol):
    """The part of the journal that is counted."""

    async def name_counts(self, after: int = 0) -> Mapping[str, tuple[int, int]]:
        """Per class of record behind record `after`: how many there are, and the number of the last one."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its samples by their labels."""

    name: str
    kind: Literal["counter", "gauge"]
    text: str
    samples: tuple[tuple[Labels, float], ...]

    def lines(self) -> Iterator[str]:
        """As they are sent."""
        yield f"# HELP {self.name} {self.text}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.samples:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{told}}} {value:.15g}" if told else f"{self.name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


#: metric -> (what it says, labels of a sample -> the classes of records that are counted in it)
_COUNTED: Final[Mapping[str, tuple[str, Mapping[Labels, tuple[str, ...]]]]] = {
    "till_drawer_good_opens_total": ("DrawerGoodOpenCount: openings that a switch saw.", {(): ("DrawerOpened",)}),
    "till_drawer_failed_opens_total": (
        "DrawerFailedOpenCount: commands that opened none.",
        {(): ("DrawerOpenFailed",)},
    ),
    "till_drawer_forced_opens_total": ("Openings without a command.", {(): ("DrawerForced",)}),
    "till_drawer_left_open_total": ("Drawers that stood open for too long.", {(): ("DrawerLeftOpen",)}),
    "till_printer_jobs_total": ("Print jobs, at work or done.", {(): ("Print",)}),
    "till_printer_receipt_cover_opens_total": ("ReceiptCoverOpenCount.", {(): ("PrinterCoverOpen",)}),
    "till_printer_receipt_paper_ends_total": ("Ends of the receipt paper.", {(): ("PrinterPaperEnd",)}),
    "till_printer_faults_total": ("PrinterFaultCount.", {(): ("PrinterFault",)}),
    "till_device_communication_errors_total": (
        "CommunicationErrorCount: a device answers no more.",
        {(("device", "printer"),): ("PrinterSilent",), (("device", "drawer"),): ("DrawerSilent",)},
    ),
    "till_documents_total": (
        "Documents at their end.",
        {
            (("kind", "receipt"), ("outcome", "completed")): ("SaleCompleted",),
            (("kind", "receipt"), ("outcome", "refused")): ("SaleRefused",),
            (("kind", "cash_move"), ("outcome", "completed")): ("CashMoved",),
            (("kind", "cash_move"), ("outcome", "refused")): ("CashMoveRefused",),
            (("kind", "report"), ("outcome", "completed")): ("ReportTaken",),
            (("kind", "report"), ("outcome", "refused")): ("ReportRefused",),
            (("kind", "slip"), ("outcome", "completed")): ("SlipIssued",),
            (("kind", "slip"), ("outcome", "refused")): ("SlipRefused",),
        },
    ),
    "till_receipts_printed_total": (
        "Papers that are known to be complete.",
        {(("copy", "no"),): ("ReceiptPrinted",), (("copy", "yes"),): ("ReceiptCopyPrinted",)},
    ),
    "till_receipts_fiscalised_total": ("Documents that the fiscaliser made lawful.", {(): ("ReceiptFiscalised",)}),
    "till_doubts_total": (
        "Times at which nobody knew whether it was done.",
        {(("about", "fiscal"),): ("FiscalisationDoubtful",), (("about", "paper"),): ("PrintDoubtful",)},
    ),
    "till_offline_sessions_total": ("Times at which the till went off line.", {(): ("WentOffline",)}),
    "till_starts_total": ("Starts of the till.", {(): ("TillStarted",)}),
}


class Lifetime:
    """Counts of the journal's records by class: all of them once, then only what has come since."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._lock = asyncio.Lock()

    async def counts(self) -> Mapping[str, int]:
        """As they are now. Raises JournalError."""
        async with self._lock:
            for name, (count, last) in (await self._journal.name_counts(self._seen)).items():
                self._counts[name] += count
                self._seen = max(self._seen, last)
            return dict(self._counts)


def counters(counts: Mapping[str, int]) -> Iterator[Family]:
    """Every counter, at 0 where nothing of its kind ever happened."""
    for name, (text, samples) in _COUNTED.items():
        values = tuple((labels, float(sum(counts.get(one, 0) for one in names))) for labels, names in samples.items())
        yield Family(name, "counter", text, values)
    text = "Records of the journal."
    yield Family("till_journal_records_total", "counter", text, (((), float(sum(counts.values()))),))


def _gauge(name: str, text: str, *samples: tuple[Labels, float | None]) -> Family:
    return Family(name, "gauge", text, tuple((labels, float(value)) for labels, value in samples if value is not None))


def _one_hot(device: str, state: str, states: Iterable[str]) -> Iterator[tuple[Labels, float]]:
    for one in states:
        yield (("device", device), ("state", one)), float(one == state)


def gauges(status: View, books: Iterable[View], now: int) -> Iterator[Family]:
    """What GET /v1/status says, as numbers. `now`: UTC ms."""
    yield _gauge("till_can_sell", "1 when a sale would be taken.", ((), float(status["can_sell"])))
    devices = [*_one_hot("printer", status["printer"]["state"], printer.STATES)]
    for one in status["drawers"]:
        devices += _one_hot(one["id"], one["state"], drawer.STATES)
    yield _gauge("till_device_state", "1 for the state that a device is in.", *devices)
    doubtful = sum(1 for one in status["unfinished"] if one["doubt"])
    yield _gauge("till_receipts_doubtful", "Documents of which it is not known whether they were done.", ((), doubtful))
    person = sum(1 for one in status["unfinished"] if one["person_needed"])
    yield _gauge("till_documents_waiting_for_person", "Documents that only a person can answer.", ((), person))
    yield from _of_shift(status["shift"], now)
    yield from _of_register(status["fiscal"])
    waiting, parked = [], []
    for book in books:
        label = (("vendor", book["book"]),)
        waiting.append((label, book["lags"]))
        parked.append((label, book["parked"]))
    yield _gauge("till_outbox_waiting", "Cash facts that a book does not have yet.", *waiting)
    yield _gauge("till_outbox_parked", "Records that are set aside for a person.", *parked)


def _of_shift(shift: View | None, now: int) -> Iterator[Family]:
    since = shift["opened_at"] if shift is not None and shift["state"] in shifts.STANDING else None
    age = 0.0 if since is None else max(0.0, now / 1000 - datetime.fromisoformat(since).timestamp())
    yield _gauge("till_shift_open_seconds", "Age of the open shift; 0 when none is open.", ((), age))


def _of_register(fiscal: View | None) -> Iterator[Family]:
    if fiscal is None:
        return
    modes = [((("mode", one),), float(one == fiscal["mode"])) for one in fiscal_mode.STATES]
    yield _gauge("till_fiscal_mode", "1 for the mode that the register is in.", *modes)
    if "offline" not in fiscal:
        return
    time = fiscal["offline"]
    left = [
        ((("meter", meter),), max(0, time[f"{meter}_limit_s"] - time[f"{meter}_s"])) for meter in ("session", "month")
    ]
    yield _gauge("till_fiscal_offline_seconds_left", "Time off line that the law leaves.", *left)
    yield _gauge("till_fiscal_codes_left", "Codes for documents without the register.", ((), fiscal["codes"]["free"]))
    waiting = fiscal["waiting"]["count"]
    yield _gauge("till_fiscal_documents_waiting", "Documents to be handed over to the register.", ((), waiting))
    clock = fiscal["clock"]
    yield _gauge("till_clock_trusted", "1 when it is known what time it is.", ((), float(clock["trusted"])))
    offset = None if clock["offset_ms"] is None else clock["offset_ms"] / 1000
    yield _gauge("till_clock_offset_seconds", "The register's clock against the till's.", ((), offset))


def render(families: Iterable[Family]) -> str:
    """The whole answer; a family without a sample is left out."""
    return "".join(f"{line}\n" for family in families if family.samples for line in family.lines())


class MetricsRoutes:
    """Handlers by the names of api.table. `journal` None = of a till without one no counter is told.

    `path`: of the journal's file, whose partition is looked at; `now`: UTC ms.
    """

    def __init__(
        self,
        backend: Backend,
        outbox: Outbox,
        version: str,
        now: Callable[[], int],
        journal: Journal | None = None,
        path: Path | None = None,
    ) -> None:
        self._backend = backend
        self._outbox = outbox
        self._version = version
        self._now = now
        self._lifetime = None if journal is None else Lifetime(journal)
        self._path = path
        self.handlers: dict[str, Handler] = {"metrics": self._metrics}

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        body = render(await self._families()).encode()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _families(self) -> list[Family]:
        books = await self._outbox.books()
        found = [*gauges(self._backend.status("observer"), books, self._now())]
        info: Labels = (("running", self._version),)
        found.append(_gauge("till_release_info", "The release that runs.", (info, 1.0)))
        if self._path is not None:
            free, size = await asyncio.to_thread(_disk, self._path)
            found.append(_gauge("till_disk_free_bytes", "Of the journal's partition.", ((), free)))
            found.append(_gauge("till_journal_bytes", "Size of the journal's file.", ((), size)))
        if self._lifetime is not None:
            found += counters(await self._lifetime.counts())
        return found


def _disk(path: Path) -> tuple[float, float]:
    return float(shutil.disk_usage(path.parent).free), float(path.stat().st_size)
