"""Beside a sale at Checkbox: what became of the shift without the till doing it. Adopted, never repaired.

Source: OpenAPI 0.1.79, GET /shifts and GET /cashier/shift.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from drivers.errors import DeviceError
from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.base import Findings
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.messages import Shift
from firmware_bridge.vendors.checkbox.stamps import moment
from statemachines.vocabulary.day_events import ShiftFoundClosed, ShiftFoundOpen
from statemachines.vocabulary.effects import Fiscalise

log = logging.getLogger(__name__)

ZONE: Final = ZoneInfo("Europe/Kyiv")  # the vendor's and the tax service's day


class ShiftWatch:
    """What one register's shift was found to be, since it was last asked for."""

    def __init__(self, client: CheckboxClient) -> None:
        self._client = client
        self._ours: dict[str, str] = {}
        self._found = Findings()

    def take(self) -> Findings:
        """Give out what was found, once."""
        found, self._found = self._found, Findings()
        return found

    def opened(self, order: Fiscalise) -> None:
        """The till's shift has this id at Checkbox; after a restart it is known by Checkbox's id alone."""
        self._ours = {order.fiscal_doc_id: order.document_id}

    async def look_for_closed(self, register: str) -> None:
        """Checkbox says that no shift is open: which one was closed? Unanswered, the next refusal asks again."""
        try:
            shifts = await self._client.shifts()
        except DeviceError as error:
            log.warning(
                "Checkbox has no shift open, and which one was closed cannot be read: %s",
                error.text,
                extra=about("vendor-told", vendor="checkbox"),
            )
            return
        last = next((one for one in shifts if _register(one) == register), None)
        if last is not None and last.status == "CLOSED":
            by = f"Checkbox by itself or another program, at {last.closed_at or 'an unknown time'}"
            self._found = Findings(before=(ShiftFoundClosed(self._ours.get(last.id, last.id), by),))

    def adopt(self, shift: Shift, order: Fiscalise, register: str) -> bool:
        """A shift of this very cashier is open already: take it over if it is on this very register.

        Its books begin with the cash that Checkbox counts now: what moved before is in nobody's journal here.
        """
        if order.opening is None or shift.status != "OPENED" or _register(shift) != register:
            return False
        opened_at = moment(shift.opened_at or shift.created_at)
        event = ShiftFoundOpen(
            shift_id=shift.id,
            number=order.opening.number,
            opened_at=opened_at,
            cashier=order.opening.cashier,
            business_date=_local_date(opened_at),
            initial=None if shift.balance is None else shift.balance.balance,
            vendor_id=shift.id,
            vendor_number=str(shift.serial),
        )
        self._found = Findings(after=(event,))
        return True


def _register(shift: Shift) -> str | None:
    return None if shift.cash_register is None else shift.cash_register.fiscal_number


def _local_date(at: int) -> str:
    moment_utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return moment_utc.astimezone(ZONE).date().isoformat()
