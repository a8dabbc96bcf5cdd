"""After a sale at a register that prints itself: its paper once more, out of the register and not out of our printer.

A register that copies (traits.copy) is ordered to; where it does not, only a person at it can have it done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware_bridge import views
from firmware_bridge.journal.codec import Stored
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import PrintCopy, Refusal
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import FiscalStamp

LANE: Final = "copies of the fiscaliser"
"""The lane of a register that makes copies itself; no drawer can have a name with blanks."""
UNNAMED: Final = (
    "the register has told no number of this document, under which it could print it again; nothing was sent: "
    "print it once more at the register itself"
)
FAILED: Final = "the register's printer has failed: see to its paper and its cover, then ask again"


def printed_there(stored: Sequence[Stored], settings: RuleSettings) -> FiscalStamp | None:
    """The particulars of a receipt or cash move that the register has made and our printer never had; else None."""
    return _made_there(stored, settings) if settings.traits.prints else None


def without_paper(command: PrintCopy, stored: Sequence[Stored], settings: RuleSettings) -> PrintCopy | Refusal:
    """The command as it is, or why there is nothing that the till could copy. It changes nothing."""
    if command.paper is not None or _made_there(stored, settings) is None:
        return command
    why = (
        "The register has printed this document itself and makes no copies at the till's word"
        if settings.traits.prints
        else "The register has made this document and told nothing that could be printed here"
    )
    how = f"in the register's own application, and say so (POST /v1/receipts/{command.document_id}/resolve, printed)"
    return Refusal("no-copies", f"{why}: print it once more there, {how}.", "id")


def _made_there(stored: Sequence[Stored], settings: RuleSettings) -> FiscalStamp | None:
    if any(isinstance(item, Print) and not item.copy_no for item in stored):
        return None
    document = views.document_of(stored, settings)
    return document.stamp if document is not None and document.money else None
