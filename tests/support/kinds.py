"""The kinds of fiscaliser by name, and the sales that tests make with each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from statemachines.vocabulary.commands import (
    Sell,
)
from statemachines.vocabulary.receipt import Person
from tests.support.counting_fiscalisers import HardwarePrinter, LanRegisterByTotals
from tests.support.fiscalisers import (
    Cloud,
    Fiscaliser,
    LanRegister,
    NoFiscaliser,
)
from tests.support.rules import CASHIER, sale

MANAGER = Person("m-1", "Taras", "manager")
KINDS: dict[str, Callable[[], Fiscaliser]] = {
    "K1 cloud": Cloud,
    "K2 hardware printer": HardwarePrinter,
    "K3 LAN register": LanRegister,
    "K3 by totals": LanRegisterByTotals,
    "K4 none": NoFiscaliser,
}


def cash(name: str = "s-1") -> Sell:
    return Sell(name, CASHIER, sale(name))


def card(name: str = "s-1", collected: Literal["before", "by_device"] = "before", *, by_cash: int = 0) -> Sell:
    receipt = sale(name, cash=by_cash, card=900)
    paid = tuple(replace(one, collected=collected if one.type == "card" else "before") for one in receipt.payments)
    return Sell(name, CASHIER, replace(receipt, payments=paid))
