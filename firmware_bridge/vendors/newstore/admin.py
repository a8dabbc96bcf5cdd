"""Beside a sale's way: NewStore's cash drawers and their store, looked at and changed by a person.

Every order is first a `Deed` that says what it will do, then it is carried out, and what is not certain afterwards is
said with the way to look. Source: "Cash Drawer API (0)", operations 1 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from drivers.errors import DeviceError, Unanswered
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.vendors.newstore.audit.as_values import exponent
from firmware_bridge.vendors.newstore.calls import ApiRequest, Calls
from firmware_bridge.vendors.newstore.desk import Desk, Rejected
from firmware_bridge.vendors.newstore.facts import Kind, kinds
from firmware_bridge.vendors.newstore.messages import Drawer, DrawerConfig, Drawers, TransactionTypes
from firmware_bridge.vendors.newstore.money import WrongMoney, minor

NOT_FOUND: Final = 404
_CONFLICT: Final = 409
#: Operation -> what a refusal of the state (409) means to a person. The page lists the status without its causes.
_CONFLICTS: Final[Mapping[str, str]] = {
    "put_config": "a store's configuration stays while one of its drawers is active: close their days first",
    "add_drawer": "there is such a drawer already, or the store is configured for drawers of the other type",
    "update_drawer": "an active drawer cannot be changed: close its day first",
    "decommission": "an active drawer cannot be removed: close its day first",
}
_LOOKS: Final[Mapping[str, str]] = {"put_config": "book config"}


@dataclass(frozen=True, slots=True)
class Deed:
    """What is about to be changed at NewStore, in words, and the request that does it."""

    will: str
    request: ApiRequest


class Admin:
    """One store. Questions raise NotSent, Unanswered, Refused (Rejected when NewStore itself said no)."""

    def __init__(self, desk: Desk, calls: Calls) -> None:
        self._desk = desk
        self._calls = calls

    # --- looking ----------------------------------------------------------------------------------------------------

    async def config(self) -> DrawerConfig | None:
        """Operation 2; None: the store has no configuration (or there is no such store)."""
        try:
            return await self._desk.ask(self._calls.get_config(), DrawerConfig)
        except Rejected as no:
            if no.status == NOT_FOUND:
                return None
            raise

    async def types(self) -> dict[str, Kind]:
        """Operation 3: the ten types with their reasons."""
        return kinds(await self._desk.ask(self._calls.list_types(), TransactionTypes))

    async def drawers(self) -> list[Drawer]:
        """Operation 4."""
        return (await self._desk.ask(self._calls.list_drawers(), Drawers)).cash_drawers

    async def drawer(self, drawer_id: str) -> Drawer:
        """Operation 7. Raises UserError when there is none."""
        try:
            return await self._desk.ask(self._calls.get_drawer(drawer_id), Drawer)
        except Rejected as no:
            if no.status == NOT_FOUND:
                raise UserError(f"NewStore has no cash drawer {drawer_id!r}", "`book drawers` lists them") from no
            raise

    # --- changing ---------------------------------------------------------------------------------------------------

    async def configuring(self, drawer_type: str, *, enabled: bool | None) -> Deed:
        """Operation 1. "" and None stay as they are; raises UserError when there is nothing that could stay."""
        known = None if drawer_type and enabled is not None else await self.config()
        if known is not None:
            drawer_type = drawer_type or known.cash_drawer_type
            enabled = known.cash_management_enabled if enabled is None else enabled
        if not drawer_type or enabled is None:
            raise UserError(
                f"Store {self._calls.store_id} has no cash drawer configuration yet; nothing was done",
                "give both --type and --cash-management",
            )
        switched = "on" if enabled else "off"
        will = f"configure store {self._calls.store_id}: {drawer_type} drawers, cash management {switched}"
        return Deed(will, self._calls.put_config(drawer_type, enabled=enabled))

    async def adding(self, drawer_id: str, name: str, amount: str, currency: str, drawer_type: str) -> Deed:
        """Operation 5. `amount`: the default float in major units; "" for currency and type: the till's, the store's.

        Raises UserError, UsageError.
        """
        if not drawer_type:
            known = await self.config()
            if known is None:
                raise UserError(
                    f"Store {self._calls.store_id} has no cash drawer configuration yet; nothing was done",
                    "make one with `book config --type … --cash-management on`",
                )
            drawer_type = known.cash_drawer_type
        currency = currency or self._calls.currency
        calls = replace(self._calls, currency=currency, exponent=exponent(currency))
        value = units(amount, currency)
        will = (
            f"add drawer {drawer_id} ({name!r}, {drawer_type}, default float {shown(value, currency)}) "
            f"to store {self._calls.store_id}"
        )
        return Deed(will, calls.add_drawer(drawer_id, name, value, drawer_type))

    async def updating(self, drawer_id: str, name: str, amount: str) -> Deed:
        """Operation 6, which takes both: "" stays as it is. Raises UserError, UsageError."""
        known = await self.drawer(drawer_id)
        value = units(amount or f"{known.default_float:f}", known.currency)
        calls = replace(self._calls, currency=known.currency, exponent=exponent(known.currency))
        name = name or known.name
        will = f"call drawer {drawer_id} {name!r}, default float {shown(value, known.currency)}"
        return Deed(will, calls.update_drawer(drawer_id, name, value))

    def removing(self, drawer_id: str) -> Deed:
        """Operation 8."""
        return Deed(f"decommission drawer {drawer_id}", self._calls.decommission(drawer_id))

    async def carry_out(self, deed: Deed) -> None:
        """Raises UserError, which says whether it was done."""
        operation = deed.request.operation
        try:
            await self._desk.do(deed.request)
        except Rejected as no:
            why = _CONFLICTS[operation] if no.status == _CONFLICT else ""
            raise UserError(f"NewStore refused to {deed.will}: {no.text}; nothing was done", why) from no
        except Unanswered as error:
            look = _LOOKS.get(operation, "book drawers")
            raise UserError(
                f"No answer whether NewStore did {deed.will!r} ({error.text}): it may have been done",
                f"look with `firmware-bridge {look}`, then repeat it if need be",
            ) from error
        except DeviceError as error:
            raise UserError(f"{error.text}; nothing was done ({deed.will})", "try again later") from error


def units(text: str, currency: str) -> int:
    """Major units as a person types them ("250", "49.99") in minor units. Raises UsageError."""
    try:
        value = Decimal(text)
        found = minor(value, exponent(currency))
    except (InvalidOperation, WrongMoney) as error:
        raise UsageError(f"--float {text!r} is no amount in {currency}; nothing was done") from error
    if not 0 <= found < 10**12:
        raise UsageError(f"--float {text!r} is not an amount from 0 on that a drawer holds; nothing was done")
    return found


def plain(amount: int, currency: str) -> str:
    """Minor units in major ones: "49.99"."""
    places = exponent(currency)
    return f"{amount / Decimal(10) ** places:.{places}f}"


def shown(amount: int, currency: str) -> str:
    """The same with the currency: "49.99 USD"."""
    return f"{plain(amount, currency)} {currency}"
