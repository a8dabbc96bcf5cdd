"""Before a sale's way begins: [fiscaliser.smartone] of the configuration, and a tax group's part of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret

PaidBy = Literal["cash", "card", "certificate", "bonus", "transfer", "other"]
Operation = Literal[
    "sale", "refund", "print", "open_shift", "x_report", "close_shift", "check_shift", "deposit", "withdraw", "status"
]
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z",
        description="text without control characters",
    ),
]
Path = Annotated[str, Meta(max_length=128, pattern=r"\A/[A-Za-z0-9._/-]*\Z", description="a path that begins with /")]


class SmartOneTax(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[taxes.<group>] smartone = {code = "A", name = "ƏDV 18%"}: how the register calls the group's tax.

    `calc`: 1 = included in the price, 2 = fixed, 3 = simplified.
    """

    code: Text
    name: Text
    calc: Literal[1, 2, 3] = 1


class SmartOneConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.smartone] A cash register of SmartOne on the shop's network or on a serial line; Azerbaijan only.

    `profile`: core = core-cashbox, ecr = SmartOne Cashbox (ECR). `url` of its server ("http://192.168.1.3:8008"), or
    `port` of its serial line ("serial:/dev/…?baud=115200"). `merchant_id`: with which every request is signed. `zone`:
    of its clock, whose times have none; left out = the till's. `preview` (core): it prints no receipts and sends a
    picture of each, for the till's receipt printer. `prints_others`: cash moves and reports are on its own paper too.

    `item_amount`: what an item's amount is: of one unit, or of the line before or after its discounts. `payments`: our
    means of payment = the register's code (core: C, V …; ecr: cashAmount, cashlessAmount, bonusesAmount …).
    `collects_card`: it charges cards itself. `empties_at_close`: the cash must be registered as taken out before a
    shift is closed. `open_orders` at the close: refuse it, delete them, or take them over into the next shift.
    `declined`: codes by which a card is refused (ecr). `paths`: operation = path, where it is another than assumed.

    `answer_s`: how long an answer may take, `card_wait_s`: with a card. `settle_s`: so long after that a document whose
    answer was lost may still be on its way; only then is "not there" believed.
    """

    profile: Literal["core", "ecr"] = "core"
    url: Annotated[
        str,
        Meta(
            max_length=256,
            pattern=r"\A(https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?)?\Z",
            description='a URL, for example "http://192.168.1.3:8008"',
        ),
    ] = ""
    port: Annotated[str, Meta(max_length=512, pattern=r"\A(serial:\S+)?\Z", description='"serial:/dev/…"')] = ""
    merchant_id: Secret
    zone: Annotated[str, Meta(max_length=64)] = ""
    preview: bool = False
    prints_others: bool = False
    item_amount: Literal["unit", "line_gross", "line_net"] = "line_gross"
    payments: dict[PaidBy, Text] = {}
    collects_card: bool = True
    empties_at_close: bool = False
    open_orders: Literal["check", "delete", "renew"] = "check"
    declined: Annotated[tuple[int, ...], Meta(max_length=32)] = ()
    paths: dict[Operation, Path] = {}
    answer_s: Annotated[int, Meta(ge=5, le=60)] = 20
    card_wait_s: Annotated[int, Meta(ge=30, le=600)] = 180
    settle_s: Annotated[int, Meta(ge=1, le=300)] = 10

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.port):
            raise ValueError("must have either url or port")
        if self.profile == "core" and self.declined:
            raise ValueError("must have declined only with profile ecr: core tells no codes")
        if self.profile == "ecr" and self.preview:
            raise ValueError("must have preview only with profile core: ECR sends no pictures")
