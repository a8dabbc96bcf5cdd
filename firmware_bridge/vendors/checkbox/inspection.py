"""Before a sale's way begins, for a person: is the register at Checkbox in order? Reads only, changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox import outcomes
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Info, Receipt, Shift, Signature, Tax
from firmware_bridge.vendors.checkbox.queries import Search
from firmware_bridge.vendors.checkbox.register_check import compare, is_test
from statemachines.vocabulary.receipt import Original

CLOCK_MS: Final = 60_000  # the answers' dates have whole seconds; a minute is too much for a fiscal date
PAGE: Final = 100
FISCAL_NUMBER: Final = 11


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `found` in words."""

    what: str
    ok: bool
    found: str


async def inspect(client: CheckboxClient, forms: Forms, info: Info) -> list[Row]:
    """Look at everything that a shift needs. Raises NotSent, Refused, Unanswered when Checkbox gives no answer."""
    signature, shift = await client.check_signature(), await client.current_shift()
    return [
        Row("sign-in", ok=True, found="Checkbox knows the cashier"),
        Row("register", ok=True, found=_register(info)),
        *_taxes(await client.taxes(), forms),
        _signature(signature, shift),
        Row("shift", ok=True, found=_shift(shift)),
        _clock(client.clock_offset_ms),
    ]


async def find(client: CheckboxClient, given: str) -> Receipt | None:
    """A receipt by the till's id, Checkbox's id, or the tax service's number. Raises NotSent, Refused, Unanswered."""
    number = given if len(given) == FISCAL_NUMBER else ""
    for key in outcomes.keys_of(Original(id=given, fiscal_number=number)):
        try:
            return await client.receipt(key)
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
    return None


async def search(client: CheckboxClient, first: str, last: str, fiscal_code: str) -> AsyncGenerator[Receipt, None]:
    """All receipts between two moments (ISO 8601). Raises NotSent, Refused, Unanswered."""
    offset = 0
    while True:
        wanted = Search(fiscal_code=fiscal_code, from_date=first, to_date=last, limit=PAGE, offset=offset)
        page = await client.search(wanted)
        for receipt in page:
            yield receipt
        if len(page) < PAGE:
            return
        offset += PAGE


def _register(info: Info) -> str:
    kind = "a test register" if is_test(info) else "a live register"
    mode = ", off line" if info.offline_mode else ""
    return f"{info.fiscal_number}, {kind}{mode}, {info.address or 'without an address'}"


def _taxes(taxes: Sequence[Tax], forms: Forms) -> list[Row]:
    return [_tax(taxes, forms, key) for key in forms.tax_codes]


def _tax(taxes: Sequence[Tax], forms: Forms, key: str) -> Row:
    try:
        sides = compare(taxes, forms, key)
    except Refused as no:
        return Row("taxes", ok=False, found=no.text)
    return Row("taxes", sides.agree, sides.told)


def _signature(signature: Signature, shift: Shift | None) -> Row:
    # while a shift is open Checkbox says that none can be opened
    ok = signature.online and (signature.shift_open_possibility or shift is not None)
    kind = f" ({signature.type})" if signature.type else ""
    return Row("signature", ok, f"ready{kind}" if ok else outcomes.UNSIGNED.removesuffix("; nothing was sent"))


def _shift(shift: Shift | None) -> str:
    if shift is None:
        return "none is open"
    return f"number {shift.serial}, {shift.status}, since {shift.opened_at or shift.created_at}"


def _clock(offset_ms: int | None) -> Row:
    if offset_ms is None:
        return Row("clock", ok=False, found="Checkbox's answers bear no date")
    side = "ahead of" if offset_ms > 0 else "behind"
    return Row("clock", abs(offset_ms) <= CLOCK_MS, f"Checkbox is {abs(offset_ms) / 1000:.1f} s {side} this machine")
