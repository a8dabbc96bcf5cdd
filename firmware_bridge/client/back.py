"""Behind a sale's way: the till as a whole, its devices, its books, and what others ordered of it.

What every call raises: see client.selling. Commands about the outbox, orders and devices bind no id: each leads to the
same whether it comes once or twice. A second sending of one whose answer was lost may be told that there is nothing
left to do (Refused with `unanswered`): look how things stand.
"""

# The types of these few bodies stand beside their handlers; with them comes the server's library, for which only who
# makes such a call has to wait. Therefore they are imported there.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from firmware_bridge.api import answer_schema as told
from firmware_bridge.client.line import Token
from firmware_bridge.client.typed import Typed, named

if TYPE_CHECKING:
    from firmware_bridge.api.devices import AcceptBody
    from firmware_bridge.api.fiscal_routes import UnjamBody
    from firmware_bridge.api.order_routes import ConfirmBody, RefuseBody
    from firmware_bridge.api.outbox_routes import RecordBody, RetryBody

Plain = Mapping[str, Any]


class BackOffice(Typed):
    """Calls about the till itself."""

    def status(self, within: float | None = None) -> told.Status:
        """Can it sell, and if not, why not; shift, drawers, counts, alarms, what is unfinished and what to do."""
        return self._look("/v1/status", told.Status, within)

    def whoami(self) -> told.Session:
        """Whose token this is and what that role may do; the till's currency with its decimals, and its time zone."""
        return self._look("/v1/session", told.Session)

    def alive(self, within: float | None = None) -> told.Alive:
        """Does the process answer? Needs no token."""
        return self._look("/healthz", told.Alive, within)

    # --- devices ------------------------------------------------------------------------------------------------------

    def devices(self) -> list[told.Device]:
        """The configured devices (manager, technician, observer)."""
        return self._look("/v1/devices", told.Devices).devices

    def accept_device(self, device_id: str, body: AcceptBody | Plain, *, within: float | None = None) -> told.Device:
        """Take the stranger with this `serial` for the till's own device (manager, technician)."""
        from firmware_bridge.api.devices import AcceptBody

        path = f"/v1/devices/{named(device_id, 'device_id')}/accept"
        return self._do(path, body, AcceptBody, told.Device, within=within)

    def unjam(self, body: UnjamBody | Plain, *, within: float | None = None) -> told.Unjammed:
        """Say how a jammed register goes on (manager)."""
        from firmware_bridge.api.fiscal_routes import UnjamBody

        return self._do("/v1/fiscal/resolve", body, UnjamBody, told.Unjammed, within=within)

    # --- books --------------------------------------------------------------------------------------------------------

    def outbox(self, limit: int = 50, after: int = 0) -> told.Outbox:
        """How far each book is and what was set aside (manager, technician, observer): `limit` records of each, 1 to
        200, behind number `after` of the journal."""
        return self._look(f"/v1/outbox?limit={limit:d}&after={after:d}", told.Outbox)

    def retry_outbox(
        self, book: str, body: RetryBody | Plain | None = None, *, within: float | None = None
    ) -> told.OutboxDone:
        """Send what was set aside again (manager, technician): the record `seq`, or all of them."""
        from firmware_bridge.api.outbox_routes import RetryBody

        path = f"/v1/outbox/{named(book, 'book')}/retry"
        return self._do(path, body or {}, RetryBody, told.OutboxDone, within=within)

    def park_outbox(self, book: str, body: RecordBody | Plain, *, within: float | None = None) -> told.OutboxDone:
        """Set the record `seq` aside that holds the lane (manager, technician)."""
        from firmware_bridge.api.outbox_routes import RecordBody

        path = f"/v1/outbox/{named(book, 'book')}/park"
        return self._do(path, body, RecordBody, told.OutboxDone, within=within)

    def drop_outbox(self, book: str, body: RecordBody | Plain, *, within: float | None = None) -> told.OutboxDone:
        """Give the record `seq` up: the book never gets it (manager, technician)."""
        from firmware_bridge.api.outbox_routes import RecordBody

        path = f"/v1/outbox/{named(book, 'book')}/drop"
        return self._do(path, body, RecordBody, told.OutboxDone, within=within)

    # --- orders -------------------------------------------------------------------------------------------------------

    def orders(self) -> list[told.Order]:
        """What others ordered of this till and waits, for its turn or for a person."""
        return self._look("/v1/orders", told.Orders).orders

    def confirm_order(
        self,
        order_id: str,
        body: ConfirmBody | Plain | None = None,
        *,
        within: float | None = None,
        approval: Token | None = None,
    ) -> told.OrderSaid:
        """Have an ordered document made (cashier, manager)."""
        from firmware_bridge.api.order_routes import ConfirmBody

        path = f"/v1/orders/{named(order_id, 'order_id')}/confirm"
        return self._do(path, body or {}, ConfirmBody, told.OrderSaid, within=within, approval=approval)

    def refuse_order(self, order_id: str, body: RefuseBody | Plain, *, within: float | None = None) -> told.OrderSaid:
        """Have an ordered document not made; who ordered it is told the `reason` (cashier, manager)."""
        from firmware_bridge.api.order_routes import RefuseBody

        path = f"/v1/orders/{named(order_id, 'order_id')}/refuse"
        return self._do(path, body, RefuseBody, told.OrderSaid, within=within)
