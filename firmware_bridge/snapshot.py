"""The rules' whole state as bytes of a journal snapshot, and back.

A snapshot is a short cut for a replay and never a second truth: what cannot be read (another format, a class that
has lost a field) is left aside, and the journal is replayed from its beginning.
"""

from __future__ import annotations

from typing import Any

import msgpack

from firmware_bridge.journal.fields import Form, Misfit, form_of
from statemachines import (
    cash_count,
    cash_transaction,
    closing,
    drawer,
    drawer_day,
    fiscal_mode,
    offline_codes,
    printer,
    shift,
)
from statemachines.cash_count import Count
from statemachines.closing import Closing
from statemachines.document import STATES as DOCUMENT_STATES
from statemachines.document import Document
from statemachines.drawer import Drawer
from statemachines.drawer_day import DrawerDay
from statemachines.fiscal_mode import Mode
from statemachines.offline_codes import Code, Pool
from statemachines.offline_session import Offline
from statemachines.printer import Printer
from statemachines.shift import Shift
from statemachines.state import TillState
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import FiscalStamp

FORMAT = 4

_COUNTERS = tuple[int, int, int, int, int, int, int]
_PARTS = (
    Shift,
    Printer,
    Closing,
    Mode,
    tuple[Drawer, ...],
    tuple[DrawerDay, ...],
    tuple[Count, ...],
    tuple[Code, ...],
    tuple[Document, ...],
    tuple[Print, ...],
    tuple[FiscalStamp, ...],
    Offline,
    tuple[tuple[str, str, str], ...],
    _COUNTERS,
)


def _forms() -> list[Form]:
    return [form_of(part) for part in _PARTS]


def _runs(state: TillState) -> bool:
    """Does this release know the state of every machine? What it does not know it could not carry on with."""
    return (
        state.shift.state in shift.STATES
        and state.printer.state in printer.STATES
        and state.closing.state in closing.STATES
        and state.mode.state in fiscal_mode.STATES
        and all(one.state in drawer.STATES for one in state.drawers.values())
        and all(day.state in drawer_day.STATES for day in state.days.values())
        and all(count.state in cash_count.STATES for count in state.counts.values())
        and all(code.state in offline_codes.STATES for code in state.pool.codes.values())
        and all(
            document.state in DOCUMENT_STATES and document.transaction in cash_transaction.STATES
            for document in state.documents.values()
        )
    )


def encode(state: TillState) -> bytes:
    """The state as msgpack: `[format, parts…]` in the order of `_PARTS`."""
    pool = state.pool
    values = (
        state.shift,
        state.printer,
        state.closing,
        state.mode,
        tuple(state.drawers.values()),
        tuple(state.days.values()),
        tuple(state.counts.values()),
        tuple(pool.codes.values()),
        tuple(state.documents.values()),
        tuple(state.copies.values()),
        () if state.last_stamp is None else (state.last_stamp,),
        state.offline,
        tuple((document_id, *told) for document_id, told in state.paperless.items()),
        (
            state.next_number,
            state.next_report,
            state.next_job,
            state.latest_at,
            pool.asked_at,
            pool.last_fiscal_at,
            state.next_slip,
        ),
    )
    written = [form.write(value) for form, value in zip(_forms(), values, strict=True)]
    packed: bytes = msgpack.packb([FORMAT, *written])
    return packed


def decode(body: bytes) -> TillState | None:
    """The state of a snapshot, or None when this release cannot use it."""
    try:
        raw: Any = msgpack.unpackb(body)
        if raw[0] != FORMAT:
            return None
        parts: list[Any] = [form.read(part) for form, part in zip(_forms(), raw[1:], strict=True)]
        state = _state(parts)
        return state if _runs(state) else None
    except (ValueError, TypeError, IndexError, KeyError, Misfit, msgpack.exceptions.UnpackException):
        return None


def _state(parts: list[Any]) -> TillState:
    shift_now, printer_now, closing_now, mode, drawers, days, counts, codes, documents, copies, stamps = parts[:11]
    offline, paperless, counters = parts[11:]
    number, report, job, latest_at, asked_at, last_fiscal_at, slip = counters
    return TillState(
        shift_now,
        printer_now,
        {one.drawer_id: one for one in drawers},
        {document.document_id: document for document in documents},
        {copy.job_id: copy for copy in copies},
        {day.drawer_id: day for day in days},
        {count.drawer_id: count for count in counts},
        closing_now,
        mode,
        Pool({code.value: code for code in codes}, asked_at, last_fiscal_at),
        offline,
        {document_id: (kind, number) for document_id, kind, number in paperless},
        stamps[0] if stamps else None,
        latest_at,
        number,
        report,
        job,
        slip,
    )
