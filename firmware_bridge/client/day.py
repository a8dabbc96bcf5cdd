"""Around a sale's way: shifts, drawers with their days, and counts. What every call raises: see client.selling.

Money is integer minor units of the till's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware_bridge.api import answer_schema as told
from firmware_bridge.api import day_schema, schema
from firmware_bridge.client.typed import Typed, named, understood

Plain = Mapping[str, Any]


class Daily(Typed):
    """Calls about the day."""

    # --- shifts -------------------------------------------------------------------------------------------------------

    def open_shift(self, body: day_schema.ShiftBody | Plain, *, within: float | None = None) -> told.Shift:
        """Open the shift (cashier, manager): `float_amount` lies in the drawer already. NotNow: one is open."""
        return self._do("/v1/shifts", body, day_schema.ShiftBody, told.Shift, within=within)

    def shift(self) -> told.Shift:
        """The current shift, or the last one. NotThere: there never was one."""
        return self._look("/v1/shifts/current", told.Shift)

    def close_shift(
        self, body: schema.ReportBody | Plain | None = None, *, within: float | None = None
    ) -> told.Document | told.ClosedOtherwise:
        """Close the shift (cashier, manager): its report when it is on paper, or how the shift ended without one.
        StillAtWork: a drawer has to be counted first (`answer["closing"]`), or a document needs a person."""
        path = "/v1/shifts/current/close"
        found = self._do(path, body or {}, schema.ReportBody, dict[str, Any], within=within)
        if "forced" in found:
            return understood(str(found["id"]), found, told.ClosedOtherwise)
        return understood(str(found.get("id", "")), found, told.Document)

    def call_off_closing(self, body: day_schema.CallOffBody | Plain, *, within: float | None = None) -> told.CalledOff:
        """Call the closing of the shift off, as long as its report is not begun (cashier, manager)."""
        path = "/v1/shifts/current/close/cancel"
        return self._do(path, body, day_schema.CallOffBody, told.CalledOff, within=within)

    # --- drawers ------------------------------------------------------------------------------------------------------

    def drawers(self) -> list[told.Drawer]:
        """All drawers with their days."""
        return self._look("/v1/drawers", told.Drawers).drawers

    def drawer(self, drawer_id: str) -> told.Drawer:
        """One drawer: open, closed, forced, left open; its day and the cash that is expected in it."""
        return self._look(f"/v1/drawers/{named(drawer_id, 'drawer_id')}", told.Drawer)

    def open_drawer(
        self, drawer_id: str, body: schema.OpenDrawerBody | Plain, *, within: float | None = None
    ) -> told.DrawerAnswer:
        """Open a drawer without a sale (cashier, manager, technician), with a `reason`. Declined: it stayed shut."""
        path = f"{self._of(drawer_id)}/open"
        return self._do(path, body, schema.OpenDrawerBody, told.DrawerAnswer, within=within)

    def activate_drawer(
        self, drawer_id: str, body: day_schema.ActivateBody | Plain, *, within: float | None = None
    ) -> told.DayAnswer:
        """Begin a drawer's day with its float (cashier, manager), where drawers have days of their own."""
        path = f"{self._of(drawer_id)}/activate"
        return self._do(path, body, day_schema.ActivateBody, told.DayAnswer, within=within)

    def deactivate_drawer(
        self, drawer_id: str, body: schema.PlainBody | Plain | None = None, *, within: float | None = None
    ) -> told.DayAnswer:
        """End a drawer's day (cashier, manager)."""
        path = f"{self._of(drawer_id)}/deactivate"
        return self._do(path, body or {}, schema.PlainBody, told.DayAnswer, within=within)

    def assign_cashiers(
        self, drawer_id: str, body: day_schema.CashiersBody | Plain, *, within: float | None = None
    ) -> told.DayAnswer:
        """Say who may use a drawer (manager); nobody named = everybody."""
        path = f"{self._of(drawer_id)}/cashiers"
        return self._do(path, body, day_schema.CashiersBody, told.DayAnswer, within=within)

    @staticmethod
    def _of(drawer_id: str) -> str:
        return f"/v1/drawers/{named(drawer_id, 'drawer_id')}"

    # --- counts -------------------------------------------------------------------------------------------------------

    def start_count(self, body: day_schema.CountBody | Plain, *, within: float | None = None) -> told.Count:
        """Begin to count a drawer (cashier, manager). The count has the id of this command."""
        return self._do("/v1/counts", body, day_schema.CountBody, told.Count, within=within)

    def count(self, count_id: str) -> told.Count:
        """A count as it stands now."""
        return self._look(_count(count_id), told.Count)

    def record_count(
        self, count_id: str, body: day_schema.CountedBody | Plain, *, within: float | None = None
    ) -> told.Count:
        """Say what was found, in minor units (cashier, manager); with `denominations` it is their sum."""
        return self._do(_count(count_id), body, day_schema.CountedBody, told.Count, within=within, method="PUT")

    def recount(
        self, count_id: str, body: schema.PlainBody | Plain | None = None, *, within: float | None = None
    ) -> told.Count:
        """Ask for another count of the same drawer (cashier, manager)."""
        return self._do(f"{_count(count_id)}/recount", body or {}, schema.PlainBody, told.Count, within=within)

    def submit_count(
        self, count_id: str, body: schema.PlainBody | Plain | None = None, *, within: float | None = None
    ) -> told.Count:
        """Hand a count in: it is final (cashier, manager)."""
        return self._do(f"{_count(count_id)}/submit", body or {}, schema.PlainBody, told.Count, within=within)

    def cancel_count(
        self, count_id: str, body: day_schema.CancelCountBody | Plain, *, within: float | None = None
    ) -> told.Count:
        """Call a count off: it never was (cashier, manager)."""
        return self._do(f"{_count(count_id)}/cancel", body, day_schema.CancelCountBody, told.Count, within=within)


def _count(count_id: str) -> str:
    return f"/v1/counts/{named(count_id, 'count_id')}"
