"""The rules' whole state as bytes of a journal snapshot, and back.

A snapshot is a short cut for a replay and never a second truth: what cannot be read (another format, a class that
has lost a field) is left aside, and the journal is replayed from its beginning.
"""

from __future__ import annotations

from typing import Any

import msgpack

from firmware_bridge.journal.fields import Form, Misfit, form_of
from statemachines.drawer import Drawer
from statemachines.printer import Printer
from statemachines.receipt import Document
from statemachines.shift import Shift
from statemachines.state import TillState
from statemachines.vocabulary.effects import Print

FORMAT = 1


def _forms() -> tuple[Form, Form, Form, Form, Form]:
    many_drawers, many_documents = form_of(tuple[Drawer, ...]), form_of(tuple[Document, ...])
    return form_of(Shift), form_of(Printer), many_drawers, many_documents, form_of(tuple[Print, ...])


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
        number, report, job = raw[6]
        return TillState(
            shift.read(raw[1]),
            printer.read(raw[2]),
            {drawer.drawer_id: drawer for drawer in drawers.read(raw[3])},
            {document.document_id: document for document in documents.read(raw[4])},
            {copy.job_id: copy for copy in copies.read(raw[5])},
            number,
            report,
            job,
        )
    except (ValueError, TypeError, IndexError, KeyError, Misfit, msgpack.exceptions.UnpackException):
        return None
