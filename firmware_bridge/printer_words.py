"""What `firmware-bridge printer …` says: plain words for a person, the same facts as JSON for a program."""

from __future__ import annotations

from typing import Any, Final

from drivers.printers.escpos import choosing
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.logo import WRITES_A_DAY, LogoKeeper
from drivers.printers.escpos.preparation import Known
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.status import PrinterStatus
from statemachines.vocabulary.events import Event, PrintDoubtful, PrinterReady, ReceiptPrinted
from statemachines.vocabulary.evidence import PrintEvidence

HOW_TO_READ_PAGES: Final = "\n".join(
    (
        (
            "Find the line that reads exactly like the one on top (points stand for letters that its encoding does not "
            "have), and put its two words into the configuration:"
        ),
        "  [printer]",
        '  encoding = "cp1251"',
        "  page = 46",
        "If there is none, leave both out: lines that need other letters are drawn.",
    )
)
_PROOF: Final[dict[PrintEvidence, str]] = {
    "process_id": "the printer confirmed the job's own number after printing it: the best proof there is",
    "odometer": "the printer's counter of cuts moved by exactly this job",
    "barrier": "the printer processed everything; whether it is on paper it cannot tell",
    "assumed": "the printer never answers; it is assumed to be on paper",
}


def status(known: Known, state: PrinterStatus, settings: EscPosSettings, keeper: LogoKeeper) -> dict[str, object]:
    """Everything that a look at the printer shows; keys are stable."""
    who = known.identity or Identity()
    ready = isinstance(state.condition(), PrinterReady)
    means = known.means
    return {
        "ready": ready,
        "condition": _ready(state) if ready else state.why_offline(),
        "maker": who.maker,
        "model": who.model,
        "serial": who.serial,
        "firmware": who.firmware,
        "profile": known.profile.name,
        "columns": settings.columns,
        "dots": means.dots,
        "encoding": means.page.encoding if means.page is not None else "",
        "page": means.page.number if means.page is not None else None,
        "own_qr_codes": means.qr,
        "own_bar_codes": means.barcodes,
        "pictures": means.draws,
        "knife": means.knife.cut,
        "cuts": None if known.counters is None else known.counters.cuts,
        "lines": None if known.counters is None else known.counters.lines,
        "drawer_switch": {None: "not seen", True: "high", False: "low"}[state.pin3_high],
        "logo": keeper.state,
        "advice": choosing.advice(known.profile, means, settings) if known.identity is not None else [],
    }


def _ready(state: PrinterStatus) -> str:
    return "ready, and the paper is nearly at its end" if state.near_end else "ready"


def lines(found: dict[str, Any]) -> str:
    """`status` for a person."""
    name = f"{found['maker']} {found['model']}".strip() or "it does not say"
    serial = f", serial number {found['serial']}" if found["serial"] else ""
    firmware = f", firmware {found['firmware']}" if found["firmware"] else ""
    page = f"page {found['page']} ({found['encoding']})" if found["page"] is not None else "ASCII, the rest drawn"
    codes = ", ".join(
        f"{what} {'its own' if found[key] else 'drawn'}"
        for what, key in (("QR codes", "own_qr_codes"), ("bar codes", "own_bar_codes"))
    )
    counted = "it has none" if found["cuts"] is None else f"{found['cuts']} cuts, {found['lines']} lines"
    rows = [
        ("condition", found["condition"]),
        ("printer", f"{name}{serial}{firmware}"),
        ("profile", found["profile"] or "none"),
        ("paper", f"{found['columns']} columns, {found['dots']} dots"),
        ("letters", page),
        ("codes", codes),
        ("counters", counted),
        ("drawer switch", f"its line is {found['drawer_switch']}"),
    ]
    if found["logo"] != "none":
        rows.append(("logo", found["logo"]))
    told = [f"{what + ':':<15}{text}" for what, text in rows]
    return "\n".join([*told, *(f"  - {sentence}" for sentence in found["advice"])])


def outcome(event: Event) -> dict[str, object]:
    """What became of a test page."""
    if isinstance(event, ReceiptPrinted):
        return {"printed": True, "evidence": event.evidence, "interrupted": event.interrupted}
    reason = event.reason if isinstance(event, PrintDoubtful) else type(event).__name__
    return {"printed": None, "evidence": "none", "reason": reason}


def sentence(event: Event) -> str:
    """The same for a person."""
    if isinstance(event, ReceiptPrinted):
        pieces = " Its paper is in two pieces." if event.interrupted else ""
        return f"Printed: {_PROOF.get(event.evidence, event.evidence)}.{pieces}"
    reason = event.reason if isinstance(event, PrintDoubtful) else type(event).__name__
    return f"It is not certain that the page is whole: {reason}. Look at the paper."


def logo(keeper: LogoKeeper) -> dict[str, object]:
    """Where the logo is, with the words for it under `text`."""
    key = keeper.prepared.key if keeper.prepared is not None else ""
    words = {
        "stored": f"The printer keeps the logo (key {key}): receipts print it from there.",
        "missing": f"The printer does not keep the logo yet (key {key}). An idle till writes it; --write does so now.",
        "drawn": "This printer keeps no pictures: the logo is sent with every receipt, which takes longer.",
        "worn": f"The logo was written {WRITES_A_DAY} times and is not kept: the printer's memory may be worn out.",
        "unknown": "The printer could not be asked: it is offline or busy.",
        "none": "No logo is configured.",
    }
    return {"state": keeper.state, "key": key, "writes": keeper.writes, "text": words[keeper.state]}


def advice_of_port(port: str) -> str:
    """Where to look when nothing answers, by how the printer hangs there."""
    return {
        "serial": "check its power and cable, and that speed and flow control are as on the printer's self-test page",
        "tcp": "check its power and network address, and that no other program holds its one connection",
        "usb": "check its power and cable, and that no other program has it (CUPS, usblp)",
    }.get(port.partition(":")[0], "check its power and cable")
