"""The rules' whole state as bytes of a journal snapshot, and back.

A snapshot is a short cut for a replay and never a second truth: what cannot be read (another format, a class that
has lost a field) is left aside, and the journal is replayed from its beginning.
"""

from __future__ import annotations

from typing import Any

import msgpack

from firmware_bridge.journal.fields import Form, Misfit, form_of
from statemachines import drawer as drawer_machine
from statemachines import printer as printer_machine
from statemachines import receipt as receipt_machine
from statemachines import settlement as settlement_machine
from statemachines import shift as shift_machine
from statemachines.drawer import Drawer
from statemachines.printer import Printer
from statemachines.receipt import Document
from statemachines.shift import Shift
from statemachines.state import TillState
from statemachines.vocabulary.effects import Print

FORMAT = 1


_COUNTERS = tuple[int, int, int]


def _forms() -> tuple[Form, Form, Form, Form, Form]:
    many_drawers, many_documents = form_of(tuple[Drawer, ...]), form_of(tuple[Document, ...])
    return form_of(Shift), form_of(Printer), many_drawers, many_documents, form_of(tuple[Print, ...])


def _runs(state: TillState) -> bool:
    """Does this release know the state of every machine? What it does not know it could not carry on with."""
    return (
        state.shift.state in shift_machine.STATES
        and state.printer.state in printer_machine.STATES
        and all(drawer.state in drawer_machine.STATES for drawer in state.drawers.values())
        and all(
            document.state in receipt_machine.STATES and document.settlement in settlement_machine.STATES
            for document in state.documents.values()
        )
    )


def encode(state: TillState) -> bytes:
    """The state as msgpack: `[format, shift, printer, drawers, documents, copies, counters]`."""
    shift, printer, drawers, documents, copies = _forms()
    packed: bytes = msgpack.packb(
        [
            FORMAT,
            shift.write(state.shift),
            printer.write(state.printer),
            drawers.write(tuple(state.drawers.values())),
            documents.write(tuple(state.documents.values())),
            copies.write(tuple(state.copies.values())),
            [state.next_number, state.next_report, state.next_job],
        ]
    )
    return packed


def decode(body: bytes) -> TillState | None:
    """The state of a snapshot, or None when this release cannot use it."""
    try:
        raw: Any = msgpack.unpackb(body)
        if raw[0] != FORMAT:
            return None
        shift, printer, drawers, documents, copies = _forms()
        number, report, job = form_of(_COUNTERS).read(raw[6])
        state = TillState(
            shift.read(raw[1]),
            printer.read(raw[2]),
            {drawer.drawer_id: drawer for drawer in drawers.read(raw[3])},
            {document.document_id: document for document in documents.read(raw[4])},
            {copy.job_id: copy for copy in copies.read(raw[5])},
            number,
            report,
            job,
        )
        return state if _runs(state) else None
    except (ValueError, TypeError, IndexError, KeyError, Misfit, msgpack.exceptions.UnpackException):
        return None
