"""An independent book of the money: what customers, cashiers and devices really did, not what the rules say of it.

It shares no code with the rules. A deal is booked when the devices' own answer (or the person who looked) reaches the
till, and never from an event that the rules have made. Money in minor units, quantities in thousandths.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["open", "certain", "off", "given_up"]


class Wrong(AssertionError):
    """The till and the truth differ."""


def hold(condition: object, what: str) -> None:
    """Raise Wrong unless `condition`."""
    if not condition:
        raise Wrong(what)


@dataclass(slots=True)
class Deal:
    """One sale, return or cash move. `cash` and `card` are signed: positive is taken in.

    `ours`: a move that a shift's begin or end asks for; it is the register's matter and not the drawer's.
    `paid_elsewhere`: a card was charged before the till was asked.
    """

    name: str
    kind: Literal["sale", "return", "move"]
    drawer: str = ""
    cash: int = 0
    card: int = 0
    quantity: int = 0
    original: str = ""
    exchange_of: str = ""
    ours: bool = False
    paid_elsewhere: bool = False
    fate: Fate = "open"

    @property
    def alive(self) -> bool:
        """It happened, or still may."""
        return self.fate in ("open", "certain")


@dataclass(slots=True)
class Takings:
    """What a shift took: `start` is what lay there by whoever counts it."""

    start: int
    cash: int = 0
    card_sold: int = 0
    card_returned: int = 0
    sales: int = 0
    returns: int = 0

    @property
    def expected(self) -> int:
        return self.start + self.cash


@dataclass(slots=True)
class Money:
    """The truth about one till. `shift` and the drawers' days are None while there is none.

    `held`: drawers whose day should have ended with its shift, but for cash about which nobody knows yet.
    """

    deals: dict[str, Deal] = field(default_factory=dict)
    shift: Takings | None = None
    days: dict[str, int] = field(default_factory=dict)
    closing: bool = False
    counting: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    papers: Counter[tuple[str, int]] = field(default_factory=Counter)
    filed: Counter[str] = field(default_factory=Counter)
    charged: Counter[str] = field(default_factory=Counter)

    # --- deals --------------------------------------------------------------------------------------------------

    def accept(self, deal: Deal) -> None:
        """The till said yes: only inside an open shift, not while it is closed, and not in a drawer that is counted."""
        if not deal.ours:
            hold(self.shift is not None, f"{deal.name} was accepted without an open shift")
            hold(not self.closing, f"{deal.name} was accepted while the shift is being closed")
            if deal.cash:
                hold(deal.drawer not in self.counting, f"cash of {deal.name} in drawer {deal.drawer} during its count")
                hold(deal.drawer not in self.counted, f"cash of {deal.name} in drawer {deal.drawer} after its count")
        self.deals[deal.name] = deal
        self._returns_stay_within_the_sale(deal.original)
        if deal.exchange_of:
            users = [d.name for d in self.deals.values() if d.exchange_of == deal.exchange_of and d.alive]
            hold(len(users) == 1, f"the return {deal.exchange_of} was exchanged twice: {users}")

    def _returns_stay_within_the_sale(self, name: str) -> None:
        sold = self.deals.get(name)
        if sold is None:
            return
        back = [deal for deal in self.deals.values() if deal.original == name and deal.alive]
        hold(sum(deal.quantity for deal in back) <= sold.quantity, f"more of {name} was returned than was sold")
        paid_back = -sum(deal.cash + deal.card for deal in back)
        hold(paid_back <= sold.cash + sold.card, f"more was paid back for {name} than was paid")

    def certain(self, name: str) -> None:
        """It happened: the money lies where it belongs. Said again it is the same money."""
        deal = self.deals.get(name)
        if deal is None or deal.fate != "open":
            return
        if deal.cash and not deal.ours:
            hold(deal.drawer not in self.counting | self.counted, f"cash of {name} moved in a drawer that is counted")
        deal.fate = "certain"
        if deal.drawer in self.days and deal.cash and not deal.ours:
            self.days[deal.drawer] += deal.cash
        self._let_go(deal.drawer)
        if self.shift is None:
            return
        self.shift.cash += deal.cash
        if deal.kind == "sale":
            self.shift.sales += deal.cash + deal.card
            self.shift.card_sold += deal.card
        elif deal.kind == "return":
            self.shift.returns -= deal.cash + deal.card
            self.shift.card_returned -= deal.card

    def off(self, name: str, fate: Fate = "off") -> None:
        """It did not happen (or `given_up`: nobody will ever know)."""
        deal = self.deals.get(name)
        if deal is not None and deal.fate == "open":
            deal.fate = fate
            self._let_go(deal.drawer)

    @property
    def drafts(self) -> list[str]:
        """Deals about which the till does not know yet."""
        return [d.name for d in self.deals.values() if d.fate == "open"]

    # --- the day ------------------------------------------------------------------------------------------------

    def open_shift(self, start: int) -> None:
        hold(self.shift is None, "a second shift was opened")
        self.shift = Takings(start)

    def close_shift(self) -> None:
        self.shift = None

    def open_day(self, drawer: str, amount: int) -> None:
        self.days[drawer] = amount
        self.counted.discard(drawer)

    def close_day(self, drawer: str) -> None:
        self.days.pop(drawer, None)
        self.counted.discard(drawer)
        self.held.discard(drawer)

    def close_days(self) -> None:
        """With the shift end the drawers' days, but for those about whose cash something is not known yet."""
        for drawer in list(self.days):
            self.held.add(drawer)
            self._let_go(drawer)

    def _let_go(self, drawer: str) -> None:
        deals = self.deals.values()
        if drawer in self.held and not any(d.drawer == drawer and d.cash and d.fate == "open" for d in deals):
            self.close_day(drawer)

    # --- papers, books, cards -----------------------------------------------------------------------------------

    def paper(self, name: str, copy_no: int) -> None:
        """A whole paper came out: one unmarked original, and each copy's number once."""
        self.papers[name, copy_no] += 1
        what = f"copies {copy_no}" if copy_no else "unmarked originals"
        hold(self.papers[name, copy_no] == 1, f"two {what} of {name} are on paper")

    def file(self, name: str) -> None:
        """The fiscaliser has made a document for it."""
        self.filed[name] += 1
        hold(self.filed[name] == 1, f"{name} is twice in the fiscaliser's books")

    def charge(self, name: str) -> None:
        self.charged[name] += 1
        hold(self.charged[name] == 1, f"the card was charged twice for {name}")
