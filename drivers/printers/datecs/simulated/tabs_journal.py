"""In a simulated fiscal printer: its journal as 7Dh reads it. Source: manual FP-700X/DP-25X v2.02, command 125."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from drivers.printers.datecs.simulated import parsing
from drivers.printers.datecs.simulated.memory import JournalDocument, Memory
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.tabs_selling import Fields

_DATE: Final = "%d-%m-%y %H:%M:%S"
#: Type of a document in the answer to option 0.
_KINDS: Final = {
    "sale": 1,
    "z_report": 2,
    "nonfiscal": 4,
    "cash_in": 5,
    "cash_out": 5,
    "return": 6,
    "cancelled": 8,
    "x_report": 9,
}


class TabJournal:
    """One document is chosen and then read line by line."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._reading: Iterator[str] | None = None

    def read(self, fields: Fields) -> Fields:
        """Option 0 chooses a document, option 1 reads its next line. Raises Refusal."""
        if len(fields) != 3:
            raise Refusal("syntax")
        if fields[0] == "0":
            return self._choose(parsing.whole(fields[1], 1, 9_999_999))
        if fields[0] != "1" or self._reading is None:
            raise Refusal("syntax")
        line = next(self._reading, None)
        if line is None:
            raise Refusal("journal_end")
        return [line]

    def _choose(self, number: int) -> Fields:
        found = next((one for one in self._memory.journal if one.number == number), None)
        if found is None:
            self._reading = None
            raise Refusal("journal_empty")
        self._reading = iter(found.lines)
        number_of_kind = sum(
            self._kind(one) == self._kind(found) for one in self._memory.journal if one.number <= number
        )
        kind = str(self._kind(found))
        return [str(number), str(number_of_kind), f"{found.at:{_DATE}}", kind, str(found.closure)]

    def _kind(self, document: JournalDocument) -> int:
        return _KINDS.get(document.kind, 0)
