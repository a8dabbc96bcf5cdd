"""What is said to SmartOne on a sale's way: the vendor's shapes, field by field.

Money in minor units, quantities in thousandths, rates in per cent times 100, all integers. What is not given is left
out. Sources: core-cashbox, fiscal API, 2.01 to 2.09 (`Core…`); SmartOne Cashbox (ECR), fiscal API over HTTP and serial,
version 1 (`Ecr…`).
"""

from __future__ import annotations

import msgspec


class ItemTax(msgspec.Struct, frozen=True, rename="camel"):
    """`calc_type`: 1 included, 2 fixed, 3 simplified."""

    tax_name: str
    tax_code: str
    tax_prc: int
    tax_amount: int
    calc_type: int = 1


class Item(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "item_id": "itemId",
        "item_name": "itemName",
        "item_qr_code": "itemQRCode",
        "item_code": "itemCode",
        "item_qty": "itemQty",
        "item_amount": "itemAmount",
        "item_taxes": "itemTaxes",
    },
):
    """One position. `item_qr_code`: a marking."""

    item_id: str
    item_name: str
    item_code: str
    item_qty: int
    item_amount: int
    discount: int
    item_taxes: tuple[ItemTax, ...]
    item_qr_code: str | None = None


class CorePayment(msgspec.Struct, frozen=True):
    """`type`: C cash, V card, others by configuration."""

    type: str
    amount: int


class CoreReceipt(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "doc_number": "docNumber",
        "employee_name": "employeeName",
        "gen_preview": "genPreview",
        "ws_name": "wsName",
        "department_name": "departmentName",
        "parent_doc_id": "parentDocID",
    },
):
    """2.01 sale, 2.02 refund. `parent_doc_id`: fiscal id of the sale, of a refund alone."""

    date: str
    doc_number: str
    employee_name: str
    amount: int
    currency: str
    gen_preview: bool
    items: tuple[Item, ...]
    payments: tuple[CorePayment, ...]
    ws_name: str | None = None
    department_name: str | None = None
    parent_doc_id: str | None = None


class EcrReceipt(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "document_ext_id": "documentExtID",
        "doc_time": "docTime",
        "doc_number": "docNumber",
        "employee_name": "employeeName",
        "ws_name": "wsName",
        "department_name": "departmentName",
        "parent_doc_id": "parentDocID",
    },
):
    """/sale, /refund. `document_ext_id`: our own id, by which it is found again. `payments`: field -> amount."""

    document_ext_id: str
    doc_time: str
    doc_number: str
    employee_name: str
    amount: int
    currency: str
    items: tuple[Item, ...]
    payments: dict[str, int]
    ws_name: str | None = None
    department_name: str | None = None
    parent_doc_id: str | None = None


class CashMovement(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "doc_number": "docNumber",
        "employee_name": "employeeName",
        "document_ext_id": "documentExtID",
        "doc_time": "docTime",
    },
):
    """2.08 deposit, 2.09 withdraw, /deposit, /withdraw; the last two fields are of ECR alone."""

    doc_number: str
    employee_name: str
    amount: int
    currency: str
    document_ext_id: str | None = None
    doc_time: str | None = None


class ShiftOrder(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "employee_name": "employeeName",
        "ws_name": "wsName",
        "department_name": "departmentName",
        "open_orders": "openOrdersOperation",
    },
):
    """Open and close a shift. `open_orders`: check (the register's own), delete, renew; of closing alone."""

    employee_name: str
    ws_name: str | None = None
    department_name: str | None = None
    open_orders: str | None = None


class Question(msgspec.Struct, frozen=True, omit_defaults=True, rename={"document_ext_id": "documentExtID"}):
    """/check_status by our own id; without it the empty body of the other questions."""

    document_ext_id: str | None = None


class Reprint(
    msgspec.Struct, frozen=True, omit_defaults=True, rename={"document_id": "documentID", "fiscal_id": "fiscalID"}
):
    """Paper of a document that is there: 2.03 print by `document_id`, /check_copy by `fiscal_id`."""

    document_id: str | None = None
    fiscal_id: str | None = None
