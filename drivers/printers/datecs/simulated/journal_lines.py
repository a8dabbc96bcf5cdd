"""In a simulated fiscal printer: its journal as 77h `W` reads it, line by line.

Fields as the vendor's samples for group A devices read them: U, R, M, T, P, S, D of receipts, Z and Q of reports and
cash.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drivers.printers.datecs.simulated.memory import JournalDocument, Memory
from drivers.printers.datecs.simulated.personality import Personality
from drivers.printers.datecs.simulated.receipt import FiscalDocument

_MEANS = ("cash", "cheque", "card", "credit", "other1", "other2", "other3", "other4", "coupon", "external_coupon")


def structured(who: Personality, memory: Memory, document: JournalDocument) -> Iterator[str]:
    """The lines of one document."""
    receipt = document.receipt
    if receipt is not None:
        yield from _receipt(who, document, receipt)
    elif document.kind in {"cash_in", "cash_out"}:
        yield f"Q,{document.number},{memory.day.paid_in / 100:.2f},{memory.day.paid_out / 100:.2f}"
    elif document.kind == "z_report":
        closure = next(row for row in memory.closures if row.number == document.closure)
        last = max((doc.number for doc in memory.fiscal if doc.number < document.number), default=0)
        sums = f"{_money(sum(closure.taxes))},{_money(sum(closure.returns))},{_money(memory.cash)}"
        yield f"Z,{closure.number},{document.number},{last},{_time(document.at)},{sums}"
    yield f"D,{_time(document.opened or document.at)},{_time(document.at)}"


def _receipt(who: Personality, document: JournalDocument, receipt: FiscalDocument) -> Iterator[str]:
    kind = (4 if receipt.cancelled else 0) + (1 if receipt.kind == "return" else 0)
    yield f"U,{receipt.unp},{receipt.operator},{document.till},{kind},{receipt.number}"
    for line in receipt.lines:
        figures = f"{_money(line.price)},{line.quantity / 1000:.3f},{_money(line.change)},{_money(line.sum)}"
        yield f"R,{line.tax + 1},{who.rates[line.tax]},{figures},{line.name}"
    for amount, after in document.changes:
        yield f"M,{_money(amount)},,{_money(amount)},{_money(after)}"
    taxes = ",".join(_money(part) for part in (*receipt.taxes, *[0] * (8 - len(receipt.taxes))))
    downs = [line.change for line in receipt.lines if line.change < 0]
    ups = [line.change for line in receipt.lines if line.change > 0]
    voids = [line.sum for line in receipt.lines if line.sum < 0]
    counts = f"{len(downs)},{_money(sum(downs))},{len(ups)},{_money(sum(ups))},{len(voids)},{_money(sum(voids))}"
    yield f"T,{counts},{len(receipt.lines)},{_money(receipt.total)},{taxes}"
    paid = {means: sum(amount for how, amount in receipt.payments if how == means) for means in _MEANS}
    yield "P," + ",".join(_money(paid[means]) for means in _MEANS)
    if receipt.original:
        number, _, rest = receipt.original.partition(" ")
        yield f"S,{receipt.reason},{int(number)},{rest or '-'},,,0"


def _money(minor: int) -> str:
    return f"{minor / 100:.2f}"


def _time(at: datetime) -> str:
    return f"{at:%d-%m-%Y %H:%M:%S}"
