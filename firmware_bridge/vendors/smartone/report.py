"""Between the register and its X report on a sale's way: core-cashbox 2.5.3, read as widely as it is documented.

Money in minor units (the page's "kopecks"), percentages times 100, times without zone. The page's tables and its sample
differ: shift_id is a string and an integer, `Cash` and `cash`, `operaCount` and `operCount`. Both are read, the
sample's are written. What the page calls an array is an object in its sample; an empty one may come as [].
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Int = int | None


class StartShift(msgspec.Struct, frozen=True, rename="camel"):
    """What stood there when the shift was opened."""

    open_time: str = ""
    cash: Int = None
    open_orders_cnt: Int = None

    def as_json(self) -> dict[str, Any]:
        return {"openTime": self.open_time, "cash": self.cash, "openOrdersCnt": self.open_orders_cnt}


class EndShift(
    msgspec.Struct,
    frozen=True,
    rename={
        "close_time": "closeTime",
        "cash_of_table": "Cash",
        "oper_count": "operCount",
        "oper_count_of_table": "operaCount",
        "open_orders_cnt": "openOrdersCnt",
    },
):
    """The shift's end, or how it stands by now. `…_of_table`: in the spelling of the page's table."""

    close_time: str = ""
    cash: Int = None
    cash_of_table: Int = None
    oper_count: Int = None
    oper_count_of_table: Int = None
    open_orders_cnt: Int = None

    @property
    def cash_now(self) -> int | None:
        return self.cash_of_table if self.cash is None else self.cash

    @property
    def operations(self) -> int | None:
        return self.oper_count_of_table if self.oper_count is None else self.oper_count

    def as_json(self) -> dict[str, Any]:
        return {
            "closeTime": self.close_time,
            "cash": self.cash_now,
            "operCount": self.operations,
            "openOrdersCnt": self.open_orders_cnt,
        }


class Sum(msgspec.Struct, frozen=True):
    """Documents of one kind."""

    count: int = 0
    amount: int = 0


class TaxSum(msgspec.Struct, frozen=True, rename="camel"):
    """`tax_val`: per cent times 100. `amount`: turnover, which contains `tax_amount`."""

    tax_code: str = ""
    tax_val: int = 0
    tax_name: str = ""
    amount: int = 0
    tax_amount: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "taxCode": self.tax_code,
            "taxVal": self.tax_val,
            "taxName": self.tax_name,
            "amount": self.amount,
            "taxAmount": self.tax_amount,
        }


class PaymentSum(msgspec.Struct, frozen=True):
    """What was handed over by one means, and what was given back of it."""

    count: int = 0
    amount: int = 0
    change: int = 0


_Empty = Annotated[list[Any], msgspec.Meta(max_length=0)]
_Sums = Annotated[dict[str, Sum], msgspec.Meta(max_length=64)]
_Taxes = Annotated[
    dict[str, Annotated[dict[str, TaxSum], msgspec.Meta(max_length=64)] | _Empty], msgspec.Meta(max_length=64)
]
_Payments = Annotated[
    dict[str, Annotated[dict[str, PaymentSum], msgspec.Meta(max_length=64)] | _Empty], msgspec.Meta(max_length=64)
]


class ShiftTotals(
    msgspec.Struct,
    frozen=True,
    rename={
        "start_shift": "startShift",
        "end_shift": "endShift",
        "first_doc_number": "firstDocNumber",
        "last_doc_number": "lastDocNumber",
    },
):
    """Of one shift. Maps are by operation (`sale`, `withdraw`, others), then by letter of the tax or payment."""

    start_shift: StartShift = StartShift()
    end_shift: EndShift = EndShift()
    first_doc_number: Int = None
    last_doc_number: Int = None
    totals: _Sums | _Empty = {}
    taxes: _Taxes | _Empty = {}
    payments: _Payments | _Empty = {}

    def as_json(self) -> dict[str, Any]:
        return {
            "startShift": self.start_shift.as_json(),
            "endShift": self.end_shift.as_json(),
            "firstDocNumber": self.first_doc_number,
            "lastDocNumber": self.last_doc_number,
            "totals": {kind: {"count": one.count, "amount": one.amount} for kind, one in mapping(self.totals).items()},
            "taxes": {
                kind: {code: one.as_json() for code, one in mapping(by_code).items()}
                for kind, by_code in mapping(self.taxes).items()
            },
            "payments": {
                kind: {
                    code: {"count": one.count, "amount": one.amount, "change": one.change}
                    for code, one in mapping(by_code).items()
                }
                for kind, by_code in mapping(self.payments).items()
            },
        }


class ShiftReport(msgspec.Struct, frozen=True):
    """`data` of the answer to x-report and to close shift."""

    shift_open: bool
    shift_id: str | int | None = None
    cash: Int = None
    shift_totals: ShiftTotals | _Empty = ShiftTotals()

    @property
    def number(self) -> str:
        """The shift's id as text, "" when it does not tell."""
        return "" if self.shift_id is None else str(self.shift_id)

    @property
    def totals(self) -> ShiftTotals:
        return self.shift_totals if isinstance(self.shift_totals, ShiftTotals) else ShiftTotals()

    def as_json(self) -> dict[str, Any]:
        """As the page's sample writes it: shift_id an integer where it can be one."""
        told = self.shift_id
        number = int(told) if isinstance(told, str) and told.isascii() and told.isdigit() else told
        return {
            "shift_open": self.shift_open,
            "shift_id": number,
            "cash": self.cash,
            "shift_totals": self.totals.as_json(),
        }


def mapping(found: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """A map that may have come as an empty array."""
    return found if isinstance(found, dict) else {}


def envelope(report: ShiftReport) -> dict[str, Any]:
    """The whole answer, as the page's sample has it."""
    return {"status": "success", "data": report.as_json()}
