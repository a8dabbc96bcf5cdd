"""Beside a till: a shift opened or closed from the console, after what will happen was said and agreed to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from firmware_bridge.console import looks
from firmware_bridge.console.session import Session
from firmware_bridge.errors import UserError

_AMOUNT: Final = re.compile(r"(0|[1-9]\d{0,8})(?:[.,](\d{1,4}))?")


def minor_units(text: str, exponent: int) -> int | None:
    """ "12.5" as 1250 where the currency has two digits behind the point; None for what is no sum ("000010")."""
    found = _AMOUNT.fullmatch(text) if text.isascii() else None
    if found is None or len(found[2] or "") > exponent:
        return None
    minor = (found[2] or "").ljust(exponent, "0")
    return int(found[1] + minor)


def shift_open(session: Session, arguments: Sequence[str]) -> None:
    """With the cash that lies there already."""
    amount = minor_units(arguments[0], session.config.exponent) if arguments else 0
    if amount is None:
        raise UserError(session.words("shift.no_amount", text=arguments[0]))
    register = _register(session)
    if not session.agreed("ask.shift_open", register=register, cash=looks.money(session, amount)):
        session.tell("nothing")
        return
    answer = session.api().post("/v1/shifts", {"float_amount": amount})
    session.tell("receipt.now", state=session.words.name("state.shift", answer.get("state", "?")))


def shift_close(session: Session, _: Sequence[str]) -> None:
    """The day's report is printed; it cannot be taken back."""
    looks.shift(session, ())
    if not session.agreed("ask.shift_close", register=_register(session)):
        session.tell("nothing")
        return
    answer = session.api().post("/v1/shifts/current/close", {})
    session.tell("receipt.now", state=session.words.name("state.shift", answer.get("state", "?")))


def _register(session: Session) -> str:
    vendors = session.config.fiscaliser
    names = () if vendors is None else vendors.__struct_fields__
    return next((name for name in names if getattr(vendors, name) is not None), "-")
