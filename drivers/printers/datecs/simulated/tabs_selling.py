"""In a simulated fiscal printer: fiscal receipts in the X protocol's payload, every field with its TAB.

Source: manual FP-700X/DP-25X v2.02 by command number. The SY55 says P and F instead of an error code.
"""

from __future__ import annotations

from typing import Final

from drivers.printers.datecs.simulated import parsing
from drivers.printers.datecs.simulated.refusals import CodedRefusal, Refusal
from drivers.printers.datecs.simulated.selling import Adjustment, Selling

_UNP_LENGTH: Final = 21
#: After these the terminal has, or may have, taken the money, and 37h option 13 finishes the register's part.
_TERMINAL_TOOK: Final = frozenset({-111027, -111556, -111560})

Fields = list[str]


class TabSelling:
    """Orders 30h to 3Ah, 2Bh, 3Ch as fields; answers the fields after the error code. Raises Refusal."""

    def __init__(self, register: Selling) -> None:
        self.terminal: list[int] = []
        self._register = register
        self._who = register.who
        self._unfinished: int | None = None

    def _open(self, fields: Fields) -> Fields:
        """`op,pwd,[NSale,]till,invoice`."""
        if len(fields) not in {4, 5}:
            raise Refusal("syntax")
        operator, password, *rest = fields
        unp = parsing.unique_sale_number(rest.pop(0)) if len(rest) == 3 else ""
        till, invoice = rest
        if invoice not in {"", "I"}:
            raise Refusal("syntax")
        who = parsing.whole(operator, 1, self._who.operators)
        self._register.open("sale", who, password, parsing.whole(till, 1, 99999), unp=unp)
        return [self._slip()]

    def _open_return(self, fields: Fields) -> Fields:
        """`op,pwd,till,reason,doc,time,FM,invoice,to invoice,why,NSale`."""
        if len(fields) != 11:
            raise Refusal("syntax")
        operator, password, till, reason, number, when, register, invoice, _, _, unp = fields
        if not register or invoice:
            raise Refusal("syntax")
        at = parsing.moment(when.removesuffix(" DST"), "%d-%m-%y %H:%M:%S")
        self._register.open(
            "return",
            parsing.whole(operator, 1, self._who.operators),
            password,
            parsing.whole(till, 1, 99999),
            unp=parsing.unique_sale_number(unp) if unp else "",
            original=f"{parsing.whole(number, 1, 9_999_999):07d} {at:%d-%m-%Y %H:%M:%S} {register}",
            reason=parsing.whole(reason, 0, 2),
        )
        return [self._slip()]

    def _sell(self, fields: Fields) -> Fields:
        """`name,tax,price,quantity,discount type,value,department[,unit]`."""
        if len(fields) not in {7, 8}:
            raise Refusal("syntax")
        name, tax, price, quantity, kind, value, department = fields[:7]
        if not name or len(name) > self._who.name_length:
            raise Refusal("syntax")
        parsing.whole(department, 0, 99)
        each = parsing.scaled(price, 2, signed=True)
        pieces = parsing.scaled(quantity, 3) if quantity else 1000
        self._register.sell(name, parsing.tax_group(self._who, tax), each, pieces, self._change(kind, value))
        return [self._slip()]

    def _sell_programmed(self, fields: Fields) -> Fields:
        """`PLU,quantity,price,discount type,value`."""
        if len(fields) != 5:
            raise Refusal("syntax")
        number, quantity, price, kind, value = fields
        plu = parsing.whole(number.removeprefix("-"), 1, 999_999_999)
        pieces = parsing.scaled(quantity, 3) if quantity else 1000
        each = parsing.scaled(price, 2) if price else None
        self._register.sell_programmed(-plu if number.startswith("-") else plu, pieces, each, self._change(kind, value))
        return [self._slip()]

    def _subtotal(self, fields: Fields) -> Fields:
        if len(fields) != 4 or set(fields[:2]) - {"", "0", "1"}:
            raise Refusal("syntax")
        receipt = self._register.subtotal(self._change(fields[2], fields[3]), printed=fields[0] == "1")
        sums = [*receipt.sums, *[0] * (8 - len(receipt.sums))]
        return [self._slip(), self._money(receipt.total), *(self._money(part) for part in sums)]

    def _pay(self, fields: Fields) -> Fields:
        """`mode,amount,type`; mode 2 goes through the card terminal."""
        if len(fields) != 3:
            raise Refusal("syntax")
        mode, amount, kind = fields
        means = self._who.means.get(mode)
        if means is None or means == "foreign":
            raise Refusal("payment_forbidden")
        paid = parsing.scaled(amount, 2)
        if means != "pinpad":
            return self._paid(self._register.pay(means, paid, zero_allowed=False, change_allowed=False))
        if kind not in {"", "1", "12"}:
            raise Refusal("syntax")
        outcome = self.terminal.pop(0) if self.terminal else 0
        if outcome:
            self._unfinished = paid if outcome in _TERMINAL_TOOK else None
            raise CodedRefusal(outcome)
        return self._paid(self._register.pay(means, paid, zero_allowed=False, change_allowed=False))

    def _terminal(self, fields: Fields) -> Fields:
        """37h option 13, operation 1: the terminal took the money, the register has not booked it."""
        if fields != ["13", "1"]:
            raise Refusal("syntax")
        if self._unfinished is None:
            raise Refusal("not_allowed")
        paid, self._unfinished = self._unfinished, None
        return self._paid(self._register.pay("pinpad", paid, zero_allowed=False))

    def _paid(self, rest: int) -> Fields:
        return ["R" if rest < 0 else "D", self._money(abs(rest))]

    def _text(self, fields: Fields) -> Fields:
        if len(fields) != 6:
            raise Refusal("syntax")
        self._register.text(fields[0])
        return []

    def _close(self, fields: Fields) -> Fields:
        self._none(fields)
        return [str(self._register.close().number)]

    def _cancel(self, fields: Fields) -> Fields:
        self._none(fields)
        self._register.cancel()
        return []

    # --- helpers ------------------------------------------------------------------------------------------------

    def _slip(self) -> str:
        memory = self._register.memory
        return str(memory.document + 1 if memory.receipt is not None or memory.nonfiscal else memory.document)

    def _change(self, kind: str, value: str) -> Adjustment | None:
        """0 none, 1 surcharge and 2 discount in per cent, 3 surcharge and 4 discount as a sum."""
        if kind in {"", "0"}:
            if value:
                raise Refusal("syntax")
            return None
        if kind in {"1", "2"}:
            percent = parsing.scaled(value, 2)
            if not 1 <= percent <= 9999:
                raise Refusal("syntax")
            return Adjustment(percent=percent if kind == "1" else -percent)
        if kind not in {"3", "4"}:
            raise Refusal("syntax")
        amount = parsing.scaled(value, 2)
        return Adjustment(amount=amount if kind == "3" else -amount)

    def _none(self, fields: Fields) -> None:
        if fields:
            raise Refusal("syntax")

    def _money(self, minor: int) -> str:
        return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"
