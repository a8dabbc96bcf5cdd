"""Beside every vendor's place on a sale's way: which operation which vendor has, and on whose word, as one table.

`python -m firmware_bridge.vendors.capability_table` prints it as markdown. It is made from what each sandbox says of
itself (`capabilities.py`), and for the fiscal printers from the manuals' commands that their driver can say.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from drivers.printers.datecs.commands import Language
from firmware_bridge.vendors.bitrix24.sandbox import capabilities as bitrix24
from firmware_bridge.vendors.checkbox.sandbox import capabilities as checkbox
from firmware_bridge.vendors.ikassa.sandbox import capabilities as ikassa
from firmware_bridge.vendors.newstore.sandbox import capabilities as newstore
from firmware_bridge.vendors.sandbox.capabilities import Capability
from firmware_bridge.vendors.smartone.sandbox import capabilities as smartone

Cell = Literal["documented", "inferred", "-"]
#: Vendor -> its operations, and its rules beside them.
SANDBOXES: Final[Mapping[str, tuple[Sequence[Capability], Sequence[Capability]]]] = {
    "checkbox": (checkbox.OPERATIONS, checkbox.RULES),
    "newstore": (newstore.OPERATIONS, newstore.RULES),
    "ikassa": (ikassa.OPERATIONS, ikassa.RULES),
    "smartone": (smartone.OPERATIONS, smartone.RULES),
    "bitrix24": (bitrix24.OPERATIONS, bitrix24.RULES),
}
VENDORS: Final = ("checkbox", "newstore", "datecs", "ikassa", "smartone", "bitrix24")


@dataclass(frozen=True, slots=True)
class Row:
    """`what` in words; `by`: vendor -> the operations that do it there, as its own table names them."""

    what: str
    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _row(what: str, **by: str) -> Row:
    """The operations of a vendor stand one behind the other, divided by " + "."""
    return Row(what, {vendor: tuple(names.split(" + ")) for vendor, names in by.items()})


ROWS: Final[Sequence[Row]] = (
    _row(
        "sign in",
        checkbox="POST /cashier/signin",
        newstore="token",
        ikassa="auth",
        smartone="signature",
        bitrix24="webhook + token",
    ),
    _row(
        "who answers",
        checkbox="GET /cash-registers/info",
        newstore="get_drawer",
        datecs="diagnostic",
        ikassa="other_info",
        smartone="get_info",
    ),
    _row(
        "open a shift, begin a day",
        checkbox="POST /shifts",
        newstore="activate",
        ikassa="open_shift",
        smartone="open_shift",
    ),
    _row("is a shift open", checkbox="GET /cashier/shift", datecs="day_totals", smartone="check_shift"),
    _row("sale", checkbox="POST /receipts/sell", newstore="start", datecs="open_sale", ikassa="sale", smartone="sale"),
    _row(
        "return",
        checkbox="POST /receipts/sell",
        newstore="start",
        datecs="open_return",
        ikassa="money_back",
        smartone="refund",
    ),
    _row(
        "cash in",
        checkbox="POST /receipts/service",
        newstore="start_non_sale",
        datecs="move_cash",
        ikassa="deposit",
        smartone="deposit",
    ),
    _row(
        "cash out",
        checkbox="POST /receipts/service",
        newstore="start_non_sale",
        datecs="move_cash",
        ikassa="withdraw",
        smartone="withdraw",
    ),
    _row("X report", checkbox="POST /reports", datecs="x_report", ikassa="x_report", smartone="x_report"),
    _row(
        "close the shift (Z), end the day",
        checkbox="POST /shifts/close",
        newstore="deactivate",
        datecs="z_report",
        ikassa="close_shift",
        smartone="close_shift",
    ),
    _row("find a document by our id", checkbox="GET /receipts/{id}", ikassa="operation_id", smartone="check_status"),
    _row("find the last document", datecs="last_document", smartone="x_report"),
    _row("find a document by the vendor's id", checkbox="GET /receipts/{id}", newstore="get_transaction"),
    _row(
        "its paper once more",
        checkbox="GET /receipts/{id}/text",
        datecs="duplicate",
        smartone="print + check_copy",
    ),
    _row("annul", datecs="cancels", ikassa="rollback", smartone="rollback"),
    _row("hand over to its own cashier", ikassa="add_cheques + add_or_edit_cheques"),
    _row("sell without it", checkbox="POST /receipts/sell-offline + GET /cash-registers/get-offline-codes"),
    _row("tell of a count", newstore="perform_count + record_count + count_action"),
    _row("tell that the drawer opened", newstore="track_activity"),
    _row("open the drawer", datecs="drawer"),
    _row("make the till its cash register", bitrix24="handler.add + cashbox.add"),
    _row("change and list cash registers", bitrix24="handler.update + handler.list + cashbox.update + cashbox.list"),
    _row("take a cash register away", bitrix24="handler.delete + cashbox.delete"),
    _row("order a document of the till", bitrix24="print"),
    _row("ask what became of it", bitrix24="check"),
    _row("hear what became of it", bitrix24="check.apply"),
    _row("several requests in one", bitrix24="batch"),
)


def table() -> str:
    """The whole of it as markdown, with a line break at its end. Raises LookupError for an operation nobody has."""
    known = {vendor: _known(vendor) for vendor in VENDORS}
    lines = [_line(("operation", *VENDORS)), _line(("---", *("---" for _ in VENDORS)))]
    lines += [_line((row.what, *(_cell(row, vendor, known[vendor]) for vendor in VENDORS))) for row in ROWS]
    return "".join(f"{line}\n" for line in lines)


def _known(vendor: str) -> Mapping[str, Cell]:
    """What this vendor's own table says: operation -> basis."""
    if vendor not in SANDBOXES:
        # the manuals list every command; what a device lacks, its dialect knows
        return {name: "documented" for name in vars(Language) if not name.startswith("_")}
    operations, rules = SANDBOXES[vendor]
    # what is inferred beside it does not make a thing less documented; an operation's own row has the last word
    known: dict[str, Cell] = {
        one.operation: one.basis for one in sorted(rules, key=lambda one: one.basis, reverse=True)
    }
    known |= {one.operation: one.basis for one in operations}
    return known


def _cell(row: Row, vendor: str, known: Mapping[str, Cell]) -> Cell:
    names = row.by.get(vendor, ())
    if not names:
        return "-"
    missing = [name for name in names if name not in known]
    if missing:
        raise LookupError(f"{row.what}: {vendor} has no {', '.join(missing)}")
    return "documented" if all(known[name] == "documented" for name in names) else "inferred"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(table())
