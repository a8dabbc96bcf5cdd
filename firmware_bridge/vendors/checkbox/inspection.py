"""Before a sale's way begins, for a person: is the register at Checkbox in order? Reads only, changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.errors import Refused
from firmware_bridge.vendors.checkbox import outcomes
from firmware_bridge.vendors.checkbox.books import Chain, RegisterBooks
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Info, Receipt, Shift, Signature, Tax
from firmware_bridge.vendors.checkbox.offline_calls import OfflineCalls
from firmware_bridge.vendors.checkbox.offline_dates import written
from firmware_bridge.vendors.checkbox.queries import Search
from firmware_bridge.vendors.checkbox.register_check import compare, is_test
from statemachines.vocabulary.receipt import Original

CLOCK_MS: Final = 60_000  # the answers' dates have whole seconds; a minute is too much for a fiscal date
PAGE: Final = 100
FISCAL_NUMBER: Final = 11
SESSION_S: Final = 36 * 3600  # what the law allows off line
MONTH_S: Final = 168 * 3600


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


async def mode(client: CheckboxClient, forms: Forms, info: Info) -> list[Row]:
    """Is the register on line, and what waits for the tax service? Raises NotSent, Refused, Unanswered."""
    calls = OfflineCalls(client, forms.profile)
    chain = await RegisterBooks(client, calls).read(manual=info.offline_mode and info.stay_offline)
    return [
        Row("mode", ok=not info.offline_mode, found=_mode(info)),
        Row("waiting", ok=not chain.stuck, found=_waiting(chain)),
        Row("documents", ok=True, found=_last(chain)),
        await _offline_time(calls),
        _clock(client.clock_offset_ms),
    ]


async def codes(client: CheckboxClient, forms: Forms) -> list[Row]:
    """How many codes for an offline time are there? Raises NotSent, Refused, Unanswered."""
    calls = OfflineCalls(client, forms.profile)
    count = await calls.codes_count()
    enough = count.available >= count.minimal
    told = f"{count.available} free, {count.used} used since the last request"
    stock = f"; Checkbox keeps {count.default} and fetches more below {count.minimal}" if count.default else ""
    rows = [Row("codes", ok=count.available > 0 and enough, found=told + stock)]
    try:
        free = await calls.free_codes()
    except Rejected as no:
        if no.judgement.verdict != "shift_not_open":
            raise
        return [*rows, Row("pool", ok=True, found="which ones is told while a shift is open alone")]
    serials = [one.serial_id for one in free]
    found = f"{len(free)}, serials {min(serials)} to {max(serials)}" if free else "none"
    return [*rows, Row("pool", ok=bool(free), found=found)]


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


def _mode(info: Info) -> str:
    if not info.offline_mode:
        return "on line"
    if info.stay_offline:
        return "off line, as a client told it: documents of that time are still to be delivered, then go-online"
    return "off line by itself: Checkbox does not reach the tax service, or is sending what waits"


def _waiting(chain: Chain) -> str:
    if chain.oldest is None:
        return "nothing waits for the tax service"
    one = chain.oldest
    told = f"{chain.waiting} for the tax service, the oldest {one.type} number {one.serial} of {one.created_at}"
    if not chain.stuck:
        return told
    words = " ".join(chain.stuck.split())[:300]
    return f'{told}, which it does not take: call Checkbox\'s support (Checkbox: "{words}")'


def _last(chain: Chain) -> str:
    return f"the last of {_date(chain.last_at)}; of those that the tax service has, {_date(chain.last_delivered_at)}"


def _date(at: int) -> str:
    return written(at // 1000 * 1000) if at else "unknown"


async def _offline_time(calls: OfflineCalls) -> Row:
    try:
        status = (await calls.offline_time()).status
    except Rejected as no:
        return Row("offline", ok=True, found=f"how long is not told: {no.text}")
    ok = status.current < SESSION_S and status.total < MONTH_S
    hours = f"{_hours(status.current)} of 36 h in a row, {_hours(status.total)} of 168 h this month"
    return Row("offline", ok, hours)


def _hours(seconds: int) -> str:
    return f"{seconds // 3600} h {seconds % 3600 // 60:02} min"


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
