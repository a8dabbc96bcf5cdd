"""In the vendor's place behind a sale: how it behaves; every point that the vendor's papers leave open is a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from firmware_bridge.vendors.newstore.sandbox import kinds
from firmware_bridge.vendors.newstore.sandbox.kinds import Setting

DrawerType = Literal["integrated", "non_integrated"]


@dataclass(frozen=True, slots=True)
class InitialDrawer:
    """A drawer of the store at the start. `float_amount` in major units."""

    drawer_id: str
    name: str = "Drawer 1"
    currency: str = "USD"
    float_amount: Decimal = Decimal(200)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Times in seconds. Raises ValueError when a value cannot work."""

    port: int = 0
    #: `name` or `name:count`; see `faults.FAULTS`.
    faults: tuple[str, ...] = ()
    tenant: str = "acme-sandbox"
    #: Empty = made at random at the start.
    client_id: str = ""
    client_secret: str = ""
    store_id: str = ""
    #: Further stores, without a configuration.
    other_stores: tuple[str, ...] = ()
    #: The store's configuration at the start; None = there is none yet.
    drawer_type: DrawerType | None = "integrated"
    drawers: tuple[InitialDrawer, ...] = (InitialDrawer("drawer-1"),)
    associate_id: str = "fdd516b62b38"
    associate_name: str = "API client"
    token_lifetime_s: int = 3600
    #: Type -> how it is configured; a type that is missing is not allowed.
    transaction_types: Mapping[str, Setting] = field(default_factory=kinds.usual)
    #: Order -> its external id.
    orders: Mapping[str, str] = field(default_factory=dict)
    #: Whether an order outside `orders` is taken.
    foreign_orders: bool = True
    #: Operation -> "METHOD /template", in place of the one of `routes.URLS`.
    urls: Mapping[str, str] = field(default_factory=dict)
    #: What the operations answer with of which the page shows no success.
    add_status: Literal[201, 204] = 204
    #: Whether drafts keep a drawer from being deactivated.
    drafts_block: bool = True
    #: Whether an open count keeps transactions from being started.
    count_blocks: bool = True
    #: Whether an activity may come after its transaction was finished.
    late_activities: bool = True
    #: Whether no_sale takes an amount of 0.
    no_sale_zero: bool = True
    #: `amount_balance` of a transaction: what came in less what went out, or what came in (as the page's sample).
    amount_balance: Literal["net", "amount_in"] = "net"
    #: Transactions of which states the store's report shows.
    reported: tuple[Literal["draft", "completed", "canceled"], ...] = ("draft", "completed")

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port is 0 (any free one) to 65535, not {self.port}")
        if self.token_lifetime_s <= 0:
            raise ValueError("token_lifetime_s is a number of seconds above 0")
        if unknown := self.transaction_types.keys() - kinds.NON_SALE.keys():
            raise ValueError(f"there is no transaction type {', '.join(sorted(unknown))}")
        if self.drawers and self.drawer_type is None:
            raise ValueError("drawers at the start need a drawer_type")
