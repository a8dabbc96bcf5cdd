"""At the end of a sale's way: what Bitrix24 is told of a document, asked (CHECK_URL) or by itself (check.apply).

WAIT while anything is open or in doubt; DONE as soon as the document is fiscalised, on paper or not, because an error
would have it made a second time; ERROR for what was refused for good and for what nobody knows: any other word would be
taken for done. The field names are Russian law's; what each fiscaliser has for them is our assignment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Json = dict[str, Any]
State = Literal["waiting", "done", "refused"]
UNKNOWN: Final[Json] = {"STATUS": "ERROR", "ERROR": "This cash register knows no such document"}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is known of a document that is done. All texts as the fiscaliser wrote them; `at`: UTC ms, 0 = not told.

    `fiscaliser`: its name, "" = none. `local`: our running number. `shift`: the till's own number of its shift.
    """

    fiscaliser: str = ""
    number: str = ""
    register: str = ""
    document_no: str = ""
    shift_no: str = ""
    serial: str = ""
    vendor_id: str = ""
    at: int = 0
    local: str = ""
    shift: str = ""
    till: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a document stands. `reason`: of a refusal, one sentence."""

    state: State
    reason: str = ""
    particulars: Particulars = Particulars()


def answer(uuid: str, outcome: Outcome | None) -> Json:
    """The answer of CHECK_URL about our document `uuid`; None: we know none of that name."""
    if outcome is None:
        return dict(UNKNOWN)
    if outcome.state == "waiting":
        return {"STATUS": "WAIT"}
    if outcome.state == "refused":
        return {"STATUS": "ERROR", "ERROR": outcome.reason or "The cash register refused the document"}
    fields: Json = dict(particulars(outcome.particulars))
    fields["PRINT_END_TIME"] = outcome.particulars.at // 1000
    return {"STATUS": "DONE", "UUID": uuid, **fields}


def particulars(known: Particulars) -> dict[str, str]:
    """The fields by the portal's names, all of them texts. Where a fiscaliser has nothing for one it is empty."""
    shift = known.shift_no or known.shift
    if not known.fiscaliser:
        found = (known.till, "", known.local, known.local, "")
    elif known.fiscaliser == "datecs":
        attribute = known.vendor_id or known.number
        found = (known.serial, attribute, known.document_no, known.document_no, known.register)
    else:
        found = (known.register, known.number, known.document_no, known.document_no, known.register)
    register, attribute, document, receipt, memory = found
    return {
        "REG_NUMBER_KKT": register,
        "FISCAL_DOC_ATTR": attribute,
        "FISCAL_DOC_NUMBER": document,
        "FISCAL_RECEIPT_NUMBER": receipt,
        "FN_NUMBER": memory,
        "SHIFT_NUMBER": shift,
        "PRINT_END_TIME": str(known.at // 1000),
    }
