"""On the way back from a fiscal printer: what an error means for an order, as the one event that the till hears."""

from __future__ import annotations

from drivers.errors import DeviceError, Refused
from drivers.printers.datecs.receipts_text import Unfit
from drivers.printers.datecs.registering import Stuck, Undone
from drivers.printers.datecs.speech import Said
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Declined, Event, FiscalisationDoubtful, FiscalisationRefused

#: What another attempt would be answered likewise.
_FOR_GOOD = frozenset({"overflow", -111006, -111014, -111019, -111030})
_AT_THE_TERMINAL = "look at the card terminal whether the card was charged, and say so"


def failed(order: Fiscalise, error: DeviceError, *, acted: bool) -> Event:
    """Of an order that was to be made. `acted`: something may have been carried out that leaves a document."""
    name = order.document_id
    match error:
        case Undone():
            return undone(order, error)
        case Stuck():
            reason = f"{error}; finish or void the open receipt at the device, and say what became of it"
            return FiscalisationDoubtful(name, reason, person_needed=True)
        case Unfit():
            return FiscalisationRefused(name, error.text, final=error.final)
        case _ if acted:
            return FiscalisationDoubtful(name, str(error))
        case Said(rejection=rejection):
            final = rejection.name in _FOR_GOOD or rejection.code in _FOR_GOOD
            return FiscalisationRefused(name, f"{error}; nothing was made", final=final)
        case Refused():
            return FiscalisationRefused(name, str(error))
        case _:
            return FiscalisationRefused(name, f"{error}; nothing was begun")


def undone(order: Fiscalise, error: Undone) -> Event:
    """Of a receipt that was begun and cancelled."""
    if error.declined:
        return Declined(order.document_id, str(error))
    if error.unknown_charge:
        return FiscalisationDoubtful(order.document_id, f"{error}; {_AT_THE_TERMINAL}", person_needed=True)
    return FiscalisationRefused(order.document_id, str(error), charged=error.charged, final=error.final)


def ask_failed(order: Fiscalise, error: DeviceError) -> Event:
    """Of a question, or of a receipt that was gone on with: whatever is not certain is asked again."""
    match error:
        case Undone():
            return undone(order, error)
        case Stuck():
            reason = f"{error}; finish or void the open receipt at the device, and say what became of it"
            return FiscalisationDoubtful(order.document_id, reason, person_needed=True)
        case _:
            return FiscalisationDoubtful(order.document_id, str(error))
