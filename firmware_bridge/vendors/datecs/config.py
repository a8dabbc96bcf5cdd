"""Before a sale's way begins: [fiscaliser.datecs] of the configuration."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret

_NARROWEST: Final = 24


class DatecsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.datecs] A fiscal printer or cash register that speaks a Datecs protocol.

    `port`: "serial:/dev/…?baud=115200". `dialect`: bg (FP-800, FP-2000 … in Bulgaria), c (cash registers DP-25,
    DP-150 …), ua (FP-3530T, FPU-550, Exellio), mk (PF-500, PF-550), sy55, x (all models with an X). `operator`,
    `password`: who is signed in (left out: the factory's), `till` the point of sale. Which letter a tax group has there
    stands in [taxes.<group>]. `payments`: means of payment = cash, card, credit, cheque, transfer, coupon or other.
    `serial`: the one device that may answer; left out = the one that answered first since the till was started.
    `drawer`: none on its socket, opened by `command`, or by the device itself with a `payment` (programmed in it).
    `letters` that its code page lacks are replaced by a likeness, or the document is refused. `zero_line`: a line that
    costs nothing is noted as text, or the sale is refused. `return_reason` of a storno (Bulgaria).
    `clock_s`: seconds by which its clock may differ before it is set, outside a shift; 0 = never.
    `cut`: cut the paper by command behind slips, because the device does not by itself.
    `pinpad`: a card terminal hangs on it (X). `unique_sale_number`: left out = as the dialect's country wants.
    `columns`: characters to a line of its paper; 0 = as many as most devices of the dialect have.
    """

    port: Annotated[
        str,
        Meta(pattern=r"\A(serial|tcp):\S*\Z", max_length=512, description='"serial:/dev/…" or "tcp:host:port"'),
    ]
    dialect: Literal["bg", "c", "ua", "mk", "sy55", "x"]
    operator: Annotated[int, Meta(ge=1, le=30)] = 1
    password: Secret | None = None
    till: Annotated[int, Meta(ge=1, le=99999)] = 1
    payments: dict[
        Literal["cash", "card", "certificate", "bonus", "transfer", "other"],
        Literal["cash", "card", "credit", "cheque", "transfer", "coupon", "other"],
    ] = {}
    serial: Annotated[str, Meta(max_length=32)] = ""
    drawer: Literal["none", "command", "payment"] = "none"
    letters: Literal["replace", "refuse"] = "replace"
    zero_line: Literal["note", "refuse"] = "note"
    return_reason: Literal["refund", "error", "tax_base"] = "refund"
    clock_s: Annotated[int, Meta(ge=0, le=3600)] = 60
    cut: bool = False
    pinpad: bool = False
    unique_sale_number: bool | None = None
    paper_wait_s: Annotated[int, Meta(ge=0, le=600)] = 60
    working_s: Annotated[int, Meta(ge=1, le=10)] = 3
    first_item: Annotated[int, Meta(ge=1, le=90_000)] = 1
    columns: Annotated[int, Meta(ge=0, le=64)] = 0

    def __post_init__(self) -> None:
        if self.pinpad and self.dialect != "x":
            raise ValueError("must have pinpad only with dialect x: the others have no card terminal")
        if 0 < self.columns < _NARROWEST:
            raise ValueError(f"must have columns = 0 or {_NARROWEST} to 64: no paper is narrower")
