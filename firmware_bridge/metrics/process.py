"""What only this process knows: it begins at 0 with each start, as every one of these says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from aiohttp import web

from drivers.printers.tally import Amounts
from firmware_bridge.instruments import Instruments
from firmware_bridge.metrics.families import Family, Histogram, Labels, Timer, counter, gauge

SYNC_BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SINCE: Final = "since the process started"
_BEAT_S: Final = 1.0
_BEATS: Final = 30


class Overdue(Protocol):
    """A lane that knows whether its thread hangs."""

    @property
    def overdue(self) -> bool: ...


class Book(Protocol):
    """A book as gateway.status.BookStatus has it; what became of its calls since the process started."""

    @property
    def book(self) -> str: ...
    @property
    def delivered(self) -> int: ...
    @property
    def already(self) -> int: ...
    @property
    def optional_left_out(self) -> int: ...
    @property
    def repeated(self) -> int: ...


class Lateness:
    """How late the loop is: the worst of the last half minute and the one before it."""

    def __init__(self) -> None:
        self._worst = self._before = 0.0

    @property
    def seconds(self) -> float:
        return max(self._worst, self._before)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._before, self._worst = self._worst, 0.0
            for _ in range(_BEATS):
                due = loop.time() + _BEAT_S
                await asyncio.sleep(_BEAT_S)
                self._worst = max(self._worst, loop.time() - due)


class Process:
    """Filled by whoever does the work: `synced` by the journal's thread, `answered` by the API's loop."""

    def __init__(self, instruments: Instruments | None = None) -> None:
        self.instruments = instruments or Instruments()
        self.lanes: Mapping[str, Overdue] = {}
        self.syncs = Timer(SYNC_BOUNDS)
        self.lateness = Lateness()
        self.journal_errors = 0
        self._requests: Counter[tuple[str, str]] = Counter()

    def synced(self, seconds: float, *, failed: bool) -> None:
        """A commit was made, or was not."""
        self.syncs.observe(seconds)
        self.journal_errors += failed

    async def answered(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal `on_response_prepare`: an answer begins. The path is told as its template."""
        resource = request.match_info.route.resource
        path = "other" if resource is None else f"{request.method} {resource.canonical}"
        self._requests[path, str(response.status)] += 1

    def families(self) -> Iterator[Family | Histogram]:
        """All but the books'."""
        text = f"Time of a commit with its sync, {_SINCE}."
        yield Histogram("till_journal_sync_seconds", text, self.syncs.spread)
        text = f"Commits that the disk refused, {_SINCE}."
        yield counter("till_journal_errors_total", text, ((), self.journal_errors))
        yield counter(
            "till_api_requests_total",
            f"Answers of the local API by route and status, {_SINCE}; what is no HTTP is not counted.",
            *(((("route", path), ("status", status)), count) for (path, status), count in self._requests.items()),
        )
        text = "How late the till's loop was at worst in about the last minute."
        yield gauge("till_loop_lateness_seconds", text, ((), self.lateness.seconds))
        overdue = [((("device", name),), float(lane.overdue)) for name, lane in self.lanes.items()]
        yield gauge("till_port_overdue", "1 when the thread of a device's port hangs in one call.", *overdue)
        yield from self._ports()
        yield from self._papers()

    def _ports(self) -> Iterator[Family]:
        rings = {name: ring.counts for name, ring in self.instruments.rings.items()}
        told: tuple[tuple[str, str, str], ...] = (
            ("till_device_writes_total", "WriteCount: bytes handed to the port in one call", "writes"),
            ("till_device_failed_writes_total", "FailedWriteCount: such calls over which the port was lost", "failed"),
            ("till_device_ports_lost_total", "Times at which the port broke while it was open", "lost"),
            ("till_device_received_bytes_total", "What came in at the port", "bytes_in"),
            ("till_device_sent_bytes_total", "What went out at the port", "bytes_out"),
        )
        for name, text, what in told:
            samples = [((("device", device),), getattr(counts, what)) for device, counts in rings.items()]
            yield counter(name, f"{text}, {_SINCE}.", *samples)

    def _papers(self) -> Iterator[Family]:
        sums = {name: tally.sum for name, tally in self.instruments.papers.items()}
        told: tuple[tuple[str, str, str], ...] = (
            ("till_printer_paper_cuts_total", "PaperCutCount", "cuts"),
            ("till_printer_receipt_lines_total", "ReceiptLinePrintedCount", "lines"),
            ("till_printer_receipt_characters_total", "ReceiptCharacterPrintedCount", "characters"),
            ("till_printer_receipt_line_feeds_total", "ReceiptLineFeedCount", "feeds"),
            ("till_printer_barcodes_total", "BarcodePrintedCount, QR codes too", "barcodes"),
        )
        for name, text, what in told:
            samples = [(_device(device), _of(amounts, what)) for device, amounts in sums.items()]
            yield counter(name, f"{text}: of jobs that are known to be on paper, {_SINCE}.", *samples)
        writes = [(_device(device), tally.nvram_writes) for device, tally in self.instruments.papers.items()]
        text = f"NVRAMWriteCount: pictures given to the printer to keep, {_SINCE}."
        yield counter("till_printer_nvram_writes_total", text, *writes)


def _device(name: str) -> Labels:
    return (("device", name),)


def _of(amounts: Amounts, what: str) -> float:
    found: int = getattr(amounts, what)
    return float(found)


def verdicts(books: Iterable[Book], parked: Mapping[tuple[str, str], int] | None) -> Family:
    """`parked`: (book, "parked" or "resumed") -> how often, by the journal; None while that is not counted."""
    told: list[tuple[Labels, float]] = []
    for one in books:
        found = {"delivered": one.delivered - one.already, "already": one.already, "left_out": one.optional_left_out}
        found |= {} if parked is None else {each: parked.get((one.book, each), 0) for each in ("parked", "resumed")}
        told += [((("vendor", one.book), ("verdict", verdict)), count) for verdict, count in found.items()]
    text = f"What became of a book's calls: parked and resumed of all times, the others {_SINCE}."
    return counter("till_outbox_verdicts_total", text, *told)
