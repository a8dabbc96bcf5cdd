"""Beside the answers: what a person should see to now, one sentence each. None of it keeps the till from selling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from firmware_bridge.views import View, drawer_trouble
from statemachines import drawer as drawer_machine
from statemachines.settings import RuleSettings
from statemachines.state import TillState

_CALLED: Final = {
    "sale": "Sale",
    "return": "Return",
    "cash_in": "Cash in",
    "cash_out": "Cash out",
    "shift_report": "Shift report",
}


def alarms(state: TillState, settings: RuleSettings) -> list[View]:
    """Each with its `code`, `text` and the `id` of the document or drawer that it is about."""
    return [*_drawers(state, settings), *_papers(state, settings)]


def _drawers(state: TillState, settings: RuleSettings) -> Iterator[View]:
    for name, drawer in state.drawers.items():
        if trouble := drawer_trouble(drawer, settings, state.printer):
            yield {"code": "drawer-not-connected", "id": name, "text": trouble}
        if drawer.state == drawer_machine.FORCED:
            yield {"code": "drawer-forced", "id": name, "text": f"Drawer {name} was opened without a command."}
        if drawer.state == drawer_machine.LEFT_OPEN:
            yield {"code": "drawer-left-open", "id": name, "text": f"Drawer {name} stands open: push it shut."}


def _papers(state: TillState, settings: RuleSettings) -> Iterator[View]:
    """A register that prints itself and copies nothing has printed, or failed to, whatever is lawful here."""
    there = settings.traits.prints and not settings.traits.copy
    for document_id, (kind, number) in state.paperless.items():
        copy = f"print a copy (POST /v1/receipts/{document_id}/copy)"
        said = f"and say so (POST /v1/receipts/{document_id}/resolve, printed)"
        how = f"print it once more at the register, in its own application, {said}" if there else copy
        text = f"{_CALLED.get(kind, kind)} {number} is lawful and has no paper: {how}."
        yield {"code": "paper-missing", "id": document_id, "text": text}
