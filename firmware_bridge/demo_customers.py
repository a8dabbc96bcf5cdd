"""Before a sale's way begins, on the demo day: what customers buy, how they pay and what they bring back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from firmware_bridge.errors import UserError

GOODS: Final[tuple[tuple[str, int], ...]] = (
    ("Хліб пшеничний", 4100),
    ("Молоко 2,5 %", 5250),
    ("Сир твердий ваговий", 38990),
    ("Кава мелена 250 г", 18975),
    ("Яблука", 3465),
    ("Серветки", 2199),
    ("Шоколад чорний", 6790),
)


@dataclass(frozen=True, slots=True)
class Customers:
    """What they buy, and how they pay by card: before the till is asked, or at the register itself (`by_device`).

    `group`: of the goods' taxes. `known_only`: what is brought back needs the fiscal number of its sale.
    """

    goods: tuple[tuple[str, int], ...] = GOODS
    group: str = "vat20"
    discount: str = "Знижка"
    card: str = "Картка"
    by_device: bool = False
    known_only: bool = False


UKRAINE: Final = Customers()


@dataclass(slots=True)
class Asked:
    """A document that the cashier asked for, and what the till said of it.

    `number` is the till's, `fiscal` the fiscaliser's ("" without one); `total` and `cash` in minor units, `cash` with
    the sign that it has for the drawer. `named`: its fiscal number is whole, so that goods can come back to it;
    `brought_back`: something of it was returned already.
    """

    document_id: str
    kind: str
    body: dict[str, Any]
    number: str = ""
    fiscal: str = ""
    state: str = ""
    total: int = 0
    cash: int = 0
    named: bool = True
    brought_back: bool = False


def sale(chance: random.Random, document_id: str, who: Customers = UKRAINE) -> Asked:
    """One to four articles, some with a discount, paid in cash, by card or both."""
    lines = []
    for name, price in chance.sample(who.goods, chance.randint(1, 4)):
        quantity = chance.choice((1000, 1000, 2000, 350, 1250))
        line = {"code": name[:12], "name": name, "price": price, "quantity": quantity, "tax_group": who.group}
        if chance.random() < 0.2:
            line["adjustments"] = [{"kind": "discount", "mode": "percent", "value": 500, "name": who.discount}]
        lines.append(line)
    return Asked(document_id, "sale", {"lines": lines, "payments": _payments(chance, sum(map(_net, lines)), who)})


def given_back(chance: random.Random, document_id: str, made: Sequence[Asked], who: Customers = UKRAINE) -> Asked:
    """One article of an earlier sale that had no discount; what was paid in cash is paid back in cash.

    Raises UserError when nothing of what was `made` can be returned.
    """
    sold = [asked for asked in made if asked.kind == "sale" and _paid_in_cash(asked) and not asked.brought_back]
    sold = [asked for asked in sold if asked.named or not who.known_only]
    chance.shuffle(sold)
    for asked in sold:
        for line in asked.body["lines"]:
            if "adjustments" not in line:
                asked.brought_back = True
                payments = [{"type": "cash", "amount": _net(line)}]
                body = {"lines": [line], "payments": payments, "original": {"id": asked.document_id}}
                return Asked(document_id, "return", body)
    raise UserError("The day has sold nothing that could be returned")


def _paid_in_cash(asked: Asked) -> bool:
    return asked.state == "paper_out" and asked.body["payments"][0]["type"] == "cash"


def _payments(chance: random.Random, total: int, who: Customers) -> list[dict[str, Any]]:
    way = chance.choice(("cash", "card", "mixed"))
    card: dict[str, Any] = {"type": "card", "label": who.card, "collected": "by_device"}
    if not who.by_device:
        card = {"type": "card", "label": who.card, "card": {"mask": "5168****1234", "rrn": "000123"}}
    if way == "card":
        return [{**card, "amount": total}]
    if way == "mixed" and total > 2:
        part = total // 2
        return [{**card, "amount": part}, {"type": "cash", "amount": total - part, "given": _notes(total - part)}]
    return [{"type": "cash", "amount": total, "given": _notes(total)}]


def _net(line: dict[str, Any]) -> int:
    """What the line costs; half up, and a discount of five per cent where there is one."""
    gross = (line["price"] * line["quantity"] * 2 + 1000) // 2000
    discount = (gross * 500 * 2 + 10_000) // 20_000 if "adjustments" in line else 0
    return int(gross - discount)


def _notes(due: int) -> int:
    """Banknotes that cover the sum, after rounding up to half a hryvnia."""
    return (due + 50 + 9_999) // 10_000 * 10_000
