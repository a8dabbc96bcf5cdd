"""A day of a shop at Checkbox's sandbox, in virtual time: every kind of line, adjustment and payment"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

import pytest

from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import PAYMENT_FORMS as NAMED
from firmware_bridge.vendors.checkbox.forms import Beside, PaymentForm
from firmware_bridge.vendors.http import Request, Response
from statemachines.arithmetic import BadSale, cash_rounding, compute
from statemachines.vocabulary.effects import Fiscalise, SignOut
from statemachines.vocabulary.receipt import (
    AdjustmentRequest,
    Card,
    Customer,
    LineRequest,
    Marking,
    Original,
    Payment,
    PaymentType,
    RoundingMode,
)
from tests.firmware_bridge.vendors.checkbox.virtual import (
    CASHIER,
    GROUPS,
    VirtualLine,
    World,
    back,
    move,
    opening,
    receipt,
    report,
    run,
    stamp_of,
    uuid_of,
)

Profile = Literal["seed", "current"]
ROUNDING: Final[Mapping[Profile, RoundingMode]] = {"seed": "round10", "current": "round50"}
#: A UUID in a path -> its name in the specification.
_PLACES: Final = (
    (re.compile(r"/receipts/[0-9a-f-]{36}"), "/receipts/{receipt_id}"),
    (re.compile(r"/shifts/[0-9a-f-]{36}"), "/shifts/{shift_id}"),
)


@dataclass
class Recording(VirtualLine):
    """A line that remembers what was said both ways."""

    said: list[tuple[Request, Response]] = field(default_factory=list)

    async def exchange(self, request: Request) -> Response:
        response = await super().exchange(request)
        self.said.append((request, response))
        return response


# --- the day --------------------------------------------------------------------------------------------------------


def off(value: int, name: str = "") -> AdjustmentRequest:
    return AdjustmentRequest("discount", "value", value, name)


def percent(kind: Literal["discount", "surcharge"], value: int) -> AdjustmentRequest:
    return AdjustmentRequest(kind, "percent", value)


def lines(profile: Profile) -> list[LineRequest]:
    """Every kind of line."""
    plain = LineRequest("c-1", "Хліб", 4150, 1000, "vat20")
    marked = (Marking("datamatrix", "0104600439931256"),) if profile == "current" else ()
    return [
        plain,
        replace(plain, code="c-2", name="Яблука", price=3333, quantity=1357, tax_group="vat7"),
        replace(plain, code="c-3", name="Пиво", tax_group="beer", excise_stamps=("AABC123456",), uktzed="2203000100"),
        replace(plain, code="c-4", name="Книга", tax_group="free", barcode="4820000000017"),
        replace(plain, code="c-5", name="Кава", header="гаряча", footer="без цукру", markings=marked),
        replace(plain, code="c-6", name="Сир", adjustments=(off(150, "Акція"), percent("discount", 1000))),
        replace(plain, code="c-7", name="Торт", adjustments=(percent("surcharge", 500),)),
        replace(plain, code="c-8", name="Пакет", price=0),
    ]


CARD: Final = Card("444455******1111", "123456789012", "A1B2C3", "T0000001", "Банк", "VISA", "PB/M1", "0001", 12)
RECEIPTS_ADJUSTMENTS: Final[tuple[tuple[AdjustmentRequest, ...], ...]] = (
    (),
    (off(99),),
    (percent("discount", 250),),
    (AdjustmentRequest("surcharge", "value", 77, "Доставка"),),
)


def pay(total: int, how: int, rounding: RoundingMode) -> list[Payment]:
    """Every means of payment, alone and together; `total` minor units."""
    kinds: tuple[PaymentType, ...] = ("certificate", "bonus", "transfer", "other")
    match how % 5:
        case 0:
            due = cash_rounding(total, rounding)
            return [Payment("cash", due, given=due + 5000)]
        case 1:
            return [Payment("card", total, card=CARD)]
        case 2:
            return [Payment("card", 500, card=CARD), Payment("cash", cash_rounding(total - 500, rounding))]
        case 3:
            return [Payment(kinds[how // 5 % 4], total)]
        case _:
            return [Payment("certificate", 300, label="Картка А-17"), Payment("card", total - 300)]


def selling(n: int, profile: Profile) -> Fiscalise:
    kinds, rounding = lines(profile), ROUNDING[profile]
    basket = [kinds[n % len(kinds)], kinds[(n * 3 + 1) % len(kinds)], kinds[0]]
    adjustments = RECEIPTS_ADJUSTMENTS[n % len(RECEIPTS_ADJUSTMENTS)]
    value = receipt(
        basket, pay(total_of(basket, adjustments), n, rounding), *adjustments, n=1000 + n, rounding=rounding
    )
    texts = replace(
        value, header="Вітаємо", footer="Дякуємо", barcode=f"{n:013d}", department="Зал", context=(("a", "b"),)
    )
    return Fiscalise(uuid_of(1000 + n), uuid_of(1000 + n), receipt=texts if n % 7 == 0 else value)


def total_of(basket: list[LineRequest], adjustments: tuple[AdjustmentRequest, ...]) -> int:
    """What these lines come to (minor units), as whoever pays nothing is told."""
    with pytest.raises(BadSale) as told:
        compute(basket, adjustments, [], GROUPS, "none", "sale")
    found = re.search(r"and (\d+) has to be paid", str(told.value))
    assert found, told.value
    return int(found[1])


def beside(order: Fiscalise) -> Beside:
    if order.receipt is None or order.document_id > uuid_of(1008):
        return Beside()
    return Beside(
        customer=Customer(email="o@example.org", phone="+380 67 123 45 67"),
        card_owner="OLENA",
        signature_required=True,
    )


@cache
def day(profile: Profile) -> tuple[tuple[Request, Response], ...]:
    """What was said both ways from the first sign-in to the last, 40 sales in between."""
    world = World(profile, pin=profile == "seed", signing_delay_s=0.15)
    line = Recording(world.service, world.time)
    world.line = line
    forms = replace(world.forms, rounding=ROUNDING[profile], zero_line="note" if profile == "seed" else "discount")
    forms = replace(forms, payments={**NAMED, "other": PaymentForm("Талон")})
    client = world.new_client(world.credentials)
    world.fiscaliser = CheckboxFiscaliser(client, forms, world.time, world.time.sleep, beside=beside)
    stamp_of(world.do(opening()))
    stamp_of(world.do(move(100_000)))
    for n in range(40):
        stamp_of(world.do(selling(n, profile)))
    stamp_of(world.do(back(1000, 2001, Original(id=uuid_of(1000)), "error")))
    stamp_of(world.do(back(2000, 2002)))
    stamp_of(world.do(move(20_000, 51, "out")))
    stamp_of(world.do(report("x_report", 91)))
    run(client.reports(is_z=False))
    stamp_of(world.do(report("shift_report")))
    run(client.receipt(uuid_of(1003)))
    run(world.fiscaliser.sign_out(SignOut(uuid_of(1), CASHIER)))
    return tuple(line.said)


def operation(request: Request) -> str:
    path = request.path.removeprefix("/api/v1")
    for pattern, name in _PLACES:
        path = pattern.sub(name, path)
    return f"{request.method} {path}"
