"""In the vendor's place on a sale's way: every refusal by its code. The core profile tells the words alone.

Codes and meanings are those of the sibling's papers; the words are inferred.
"""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[int, str]] = {
    1: "Authorization error",
    2: "Incorrect JSON format",
    3: "Mandatory parameter {} is missing or is not what it should be",
    4: "The amount of the document ({}) does not correspond to the amount of the positions ({})",
    5: "Internal error",
    6: "Shift is not open",
    7: "Payment type {} is not supported",
    8: "The document is not fully paid: {}",
    9: "Document not found",
    11: "Change can only be given in cash",
    12: "Unacceptable tax percentage {}",
    16: "Incorrect tax percentage {} for tax {}",
    18: "Returned item {} not found in the sale receipt",
    19: "Quantity of returned item {} exceeds the sale quantity considering previous returns",
    22: "The shift is open for more than {} hours",
    24: "There are open orders: {}",
    26: "There are no transactions in the shift",
    27: "The remaining cash must be collected first: {}",
    36: "The document has been partially or fully refunded; cancellation is not possible",
}
ALREADY_OPEN: Final = "Shift is already open"
NO_CASH: Final = "Not enough cash"


class Refused(Exception):
    """The register says no; `words` fill the message, or `said` is the whole of it."""

    def __init__(self, code: int, *words: object, said: str = "") -> None:
        self.code = code
        self.message = said or WORDS[code].format(*words)
        super().__init__(self.message)
