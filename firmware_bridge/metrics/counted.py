"""The counters that the journal knows: lifetime values, as in UnifiedPOS, that no restart sets back.

Names follow JposStatisticsConst where it has one. In seconds where it counts hours: a metric has base units. Left out,
because nothing here can count it truly: what a fiscal printer laid out and cut by itself (lines, characters, cuts), the
hours of a drawer, whose silence is no news, and failed cuts of a printer that does not tell of its knife.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from firmware_bridge.metrics.families import Family, Histogram, Labels, counter
from firmware_bridge.metrics.tallies import FAULT_KINDS, Tallies

#: metric -> (what it says, labels of a sample -> the class of records that is counted in it)
_CLASSES: Final[Mapping[str, tuple[str, Mapping[Labels, str]]]] = {
    "till_printer_jobs_total": ("Print jobs, at work or done.", {(): "Print"}),
    "till_printer_receipt_cover_opens_total": ("ReceiptCoverOpenCount.", {(): "PrinterCoverOpen"}),
    "till_printer_receipt_paper_ends_total": ("Ends of the receipt paper.", {(): "PrinterPaperEnd"}),
    "till_documents_total": (
        "Documents at their end.",
        {
            (("kind", "receipt"), ("outcome", "completed")): "SaleCompleted",
            (("kind", "receipt"), ("outcome", "refused")): "SaleRefused",
            (("kind", "cash_move"), ("outcome", "completed")): "CashMoved",
            (("kind", "cash_move"), ("outcome", "refused")): "CashMoveRefused",
            (("kind", "report"), ("outcome", "completed")): "ReportTaken",
            (("kind", "report"), ("outcome", "refused")): "ReportRefused",
            (("kind", "slip"), ("outcome", "completed")): "SlipIssued",
            (("kind", "slip"), ("outcome", "refused")): "SlipRefused",
        },
    ),
    "till_receipts_fiscalised_total": ("Documents that the fiscaliser made lawful.", {(): "ReceiptFiscalised"}),
    "till_doubts_total": (
        "Times at which nobody knew whether it was done.",
        {(("about", "fiscal"),): "FiscalisationDoubtful", (("about", "paper"),): "PrintDoubtful"},
    ),
    "till_offline_sessions_total": ("Times at which the till went off line.", {(): "WentOffline"}),
    "till_starts_total": ("Starts of the till.", {(): "TillStarted"}),
}
#: metric -> (what it says, the class of records that is counted in it for each drawer)
_DRAWERS: Final[Mapping[str, tuple[str, str]]] = {
    "till_drawer_good_opens_total": (
        "DrawerGoodOpenCount: openings that a switch saw, or that are taken for done.",
        "DrawerOpened",
    ),
    "till_drawer_failed_opens_total": ("DrawerFailedOpenCount: commands that opened none.", "DrawerOpenFailed"),
    "till_drawer_forced_opens_total": ("Openings without a command.", "DrawerForced"),
    "till_drawer_left_open_total": ("Times for which it stood open for too long.", "DrawerLeftOpen"),
}
_EVIDENCE: Final = ("process_id", "odometer", "barrier", "read_back", "assumed", "person", "none")
CLASSES: Final = frozenset(name for _, of in _CLASSES.values() for name in of.values()) | frozenset(
    name for _, name in _DRAWERS.values()
)
"""Classes of records that are counted."""


def families(of: Tallies, drawers: Iterable[str], now: int) -> Iterator[Family | Histogram]:
    """Every counter, at 0 where nothing of its kind ever happened. `drawers`: the configured ones; `now`: UTC ms."""
    counts = of.counts
    for name, (text, samples) in _CLASSES.items():
        yield counter(name, text, *((labels, counts["class", one]) for labels, one in samples.items()))
    yield from _of_drawers(of, sorted({*drawers, *(key[2] for key in counts if key[0] == "drawer")}))
    yield from _of_printer(of, now)
    yield counter(
        "till_receipts_printed_total",
        "Papers that are known to be complete, by what proves it.",
        *(
            ((("copy", copy), ("proof", one)), counts["proof", copy, one])
            for copy in ("no", "yes")
            for one in _EVIDENCE
        ),
    )
    yield counter(
        "till_pin_entries_total",
        "ValidPINEntryCount, InvalidPINEntryCount: people who signed in with a PIN; slowed = nothing was compared.",
        *(((("result", one),), counts["signed", "pin", one]) for one in ("valid", "invalid", "slowed")),
    )
    total = sum(count for key, count in counts.items() if key[0] == "class")
    yield counter("till_journal_records_total", "Records of the journal.", ((), total))
    text = "From a sale's request to its paper, by the journal's own times; over restarts too."
    yield Histogram("till_receipt_seconds", text, of.receipts)


def _of_drawers(of: Tallies, drawers: Iterable[str]) -> Iterator[Family]:
    known = tuple(drawers)
    for name, (text, one) in _DRAWERS.items():
        yield counter(name, text, *(((("device", each),), of.counts["drawer", one, each]) for each in known))
    silent = [((("device", each), ("kind", "silent")), of.counts["drawer", "DrawerSilent", each]) for each in known]
    printer: Labels = (("device", "printer"), ("kind", "silent"))
    yield counter(
        "till_device_communication_errors_total",
        "CommunicationErrorCount: times at which a device answered no more.",
        (printer, of.counts["class", "PrinterSilent"]),
        *silent,
    )
    back = [((("device", each),), of.counts["drawer", "DrawerReady", each]) for each in known]
    yield counter(
        "till_device_online_transitions_total",
        "OnlineTransitionCount: times at which a device answered that had not; of a drawer, again.",
        ((("device", "printer"),), of.counts["online", "printer"]),
        *back,
    )


def _of_printer(of: Tallies, now: int) -> Iterator[Family]:
    faults = {kind: of.counts["fault", kind] for kind in FAULT_KINDS}
    yield counter(
        "till_printer_faults_total",
        "PrinterFaultCount.",
        *(((("kind", kind),), count) for kind, count in faults.items()),
    )
    text = "MaximumTempReachedCount: times at which the head was too hot."
    yield counter("till_printer_overheats_total", text, ((), faults["overheat"]))
    text = "FailedPaperCutCount: times at which a receipt printer said that its cutter was stuck."
    yield counter("till_printer_failed_paper_cuts_total", text, ((), faults["cutter"]))
    yield counter(
        "till_device_powered_seconds_total",
        "HoursPoweredCount in seconds: the time for which a device was known to answer.",
        ((("device", "printer"),), of.powered_until(now)),
    )
