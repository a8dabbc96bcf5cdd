"""Before a sale on a Ukrainian device: it sells programmed items only, so every article is programmed on the way.

An item that was sold keeps its content until the next Z report, so its number must not be given to another article. The
number is worked out from the article itself: the same article has the same number in every process, and what a device
does not let be programmed is read back and compared before it is sold. Source: FP-3530T and FPU-550, command 6Bh (107).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from drivers.errors import Refused
from drivers.framing.datecs import Reply
from drivers.printers.datecs import commands_text as text
from drivers.printers.datecs.commands_values import Command, Item, Operator, Unreadable
from drivers.printers.datecs.receipts import Plan, PlannedItem
from drivers.printers.datecs.speech import Said, Speech

NUMBERS: Final = 9000
"""So many numbers from the first one are the till's."""
_TRIES: Final = 40
_READ: Final = 0x6B


class ProgrammedItems:
    """What stands under which number, as far as this process has seen it. `first`: the first number that is ours."""

    def __init__(self, speech: Speech, operator: Operator, first: int) -> None:
        self._speech = speech
        self._operator = operator
        self._first = first
        self._known: dict[int, str] = {}

    def forget(self) -> None:
        """Another device, or a Z report: any number may hold anything."""
        self._known.clear()

    def prepare(self, plan: Plan) -> Plan:
        """Program what `plan` sells; the same plan with numbers. Raises Said, Refused, NotSent, Unanswered."""
        return replace(plan, items=tuple(self._numbered(one) for one in plan.items))

    def _numbered(self, planned: PlannedItem) -> PlannedItem:
        start = int.from_bytes(hashlib.sha256(planned.key.encode()).digest()[:4], "big")
        for step in range(_TRIES):
            number = self._first + (start + step) % NUMBERS
            item = replace(planned.item, plu=number)
            if self._known.get(number, planned.key) == planned.key and self._stands(item, planned.key):
                return replace(planned, item=item)
        raise Refused(
            f"there is no free number for {planned.item.name!r} among the programmed items: make a Z report",
            **self._speech.where,
        )

    def _stands(self, item: Item, key: str) -> bool:
        """Does the number hold this very article now?"""
        if self._known.get(item.plu) == key:
            return True
        try:
            self._speech.ask(self._speech.language.program_item(self._operator, item))
        except Said as said:
            if said.rejection.name != "item_refused" or not self._same(item):
                if said.rejection.name == "item_refused":
                    return False
                raise
        self._known[item.plu] = key
        return True

    def _same(self, item: Item) -> bool:
        """It cannot be programmed because it was sold: is it the same article?"""
        command = Command(_READ, f"R{item.plu}".encode("ascii"), "read the programmed item", asks=True, prints=False)
        return self._speech.read_if_told(command, lambda reply: self._is(item, reply)) or False

    def _is(self, item: Item, reply: Reply) -> bool:
        """`P<number>,<tax>,<group>,<price>,<turnover>,<sold>,<name>`. Raises Unreadable."""
        fields = text.decode(reply.data).split(",", 6)
        if len(fields) != 7:
            raise Unreadable(f"the device answered {reply.data!r} to a question about an item")
        language = self._speech.language
        tax = language.dialect.tax(item.tax)
        return (fields[1], text.amount(fields[3], language.decimals), fields[6].strip()) == (tax, item.price, item.name)
