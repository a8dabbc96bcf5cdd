"""Before a sale's way begins: [fiscaliser.ikassa] of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret

PaidBy = Literal["cash", "card", "certificate", "bonus", "transfer", "other"]
Operation = Literal[
    "auth",
    "info",
    "sale",
    "refund",
    "deposit",
    "withdraw",
    "open_shift",
    "close_shift",
    "x_report",
    "status",
    "add_cheques",
    "edit_cheques",
]
Code = Annotated[int, Meta(ge=100, le=999)]
Text = Annotated[
    str, Meta(max_length=128, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z", description="text without control characters")
]


class IkassaConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.ikassa] A software till of iKassa (SmartX) on the shop's network; Belarus only.

    `url`: the one address of its server ("http://192.168.1.2:37015/v1"), which is switched on in the till's settings.
    `profile`: `sale` = it makes receipts for this till, prints them and charges cards; `sink` = receipts are handed to
    its own cashier. `pin`: where the till wants one; `remember_pin`: it need
    not ask a person for it any more. `register`: the number of the one register (SKO) that may answer.
    `operations`: other names than the vendor's, or than those assumed for open_shift, close_shift, x_report, withdraw.

    `collects_card` false: the card terminal is not the till's, `cashless` is only written down. `payments`, `refunds`:
    our means of payment = the till's, for sales and for returns. `payment_method`, `bank_package`, `merchant`: of
    cashless returns, where several kinds are set up. `card_wait_s`: how long the customer may take at the terminal;
    `answer_s`: how long any other answer; `settle_s`: so long after a lost answer an operation may still be at work.
    `declined`: result codes by which a card is refused. `unknown`: those by which an operation is not known there.
    `sale_taxes`: tax rates are sent with sales too, not only with orders.

    Of the profile sink: `cheques` = postponed receipts, orders of a table, or orders where a table is given;
    `adjustments` = as amounts on the lines, or as they were asked for; `texts`: header and footer are handed over too.
    """

    url: Annotated[
        str,
        Meta(
            max_length=256,
            pattern=r"\Ahttps?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?/[A-Za-z0-9._/-]*\Z",
            description='a URL with its path, for example "http://192.168.1.2:37015/v1"',
        ),
    ]
    profile: Literal["sale", "sink"] = "sale"
    pin: Secret | None = None
    remember_pin: bool = False
    register: Annotated[str, Meta(pattern=r"\A[0-9]{0,16}\Z", description="the digits of a register's number")] = ""
    operations: dict[
        Operation, Annotated[str, Meta(pattern=r"\A[A-Z0-9_]{1,64}\Z", description="capital letters, digits and _")]
    ] = {}
    collects_card: bool = True
    payments: dict[PaidBy, Literal["cash", "cashless", "certificate", "oplati"]] = {}
    refunds: dict[PaidBy, Literal["cash", "cashless", "oplati", "other"]] = {}
    payment_method: Text = ""
    bank_package: Text = ""
    merchant: Text = ""
    card_wait_s: Annotated[int, Meta(ge=30, le=600)] = 180
    answer_s: Annotated[int, Meta(ge=5, le=60)] = 20
    settle_s: Annotated[int, Meta(ge=1, le=60)] = 5
    declined: Annotated[tuple[Code, ...], Meta(max_length=32)] = (399,)
    unknown: Annotated[tuple[Code, ...], Meta(max_length=32)] = (399,)
    sale_taxes: bool = False
    cheques: Literal["auto", "postponed", "order"] = "auto"
    adjustments: Literal["amounts", "as_asked"] = "amounts"
    texts: bool = False

    def __post_init__(self) -> None:
        if self.profile == "sale" and (self.cheques, self.adjustments, self.texts) != ("auto", "amounts", False):
            raise ValueError("must have cheques, adjustments and texts only with profile sink")
