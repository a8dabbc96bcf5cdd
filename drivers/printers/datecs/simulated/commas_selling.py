"""In a simulated fiscal printer: fiscal receipts in the classic protocol's payload.

Source: manual P v1.00BG by command number; the other dialects' differences as in personality.py.
"""

from __future__ import annotations

from drivers.printers.datecs.simulated import parsing
from drivers.printers.datecs.simulated.receipt import FiscalDocument
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.selling import Selling


class CommaSelling:
    """Orders 30h to 38h, 2Eh, 55h, 56h as text between commas; answers likewise. Raises Refusal."""

    def __init__(self, register: Selling) -> None:
        self._register = register
        self._who = register.who

    def _open(self, text: str) -> str:
        if not text and self._who.open_order == "till_unp":
            return self._register.memory.last_unp
        fields = text.split(",")
        if len(fields) < 3:
            raise Refusal("syntax")
        operator, password, *rest = fields
        unp = ""
        if self._who.open_order == "till_unp":
            till, *more = rest
            more = [part for part in more if part != "I"]
            unp = parsing.unique_sale_number(more.pop(0)) if more else ""
        elif self._who.open_order == "unp_till":
            *before, till = rest
            more = before[1:]
            unp = parsing.unique_sale_number(before[0]) if before else ""
        else:
            till, *more = rest
            more = [part for part in more if part != "I"] if self._who.open_order == "till_invoice" else more
        if more:
            raise Refusal("syntax")
        self._register.open("sale", self._operator(operator), password, parsing.whole(till, 0, 99999), unp=unp)
        return self._numbers(self._register.counters())

    def _open_return(self, text: str) -> str:
        fields = text.split(",")
        if len(fields) < 3:
            raise Refusal("syntax")
        if self._who.storno == "as_sale":
            return self._return_as_sale(fields)
        return self._return_by_number(fields) if self._who.storno == "letter" else self._return_by_fields(fields)

    def _return_as_sale(self, fields: list[str]) -> str:
        operator, password, till, *more = fields
        if more and (more != ["I"] or self._who.open_order != "till_invoice"):
            raise Refusal("syntax")
        self._register.open("return", self._operator(operator), password, parsing.whole(till, 0, 99999))
        return self._numbers(self._register.counters())

    def _return_by_number(self, fields: list[str]) -> str:
        """`op,pwd,till[,UNP],<E|R|T>doc[,StUNP,DDMMYYhhmmss,FM]`."""
        operator, password, till, *rest = fields
        reason_at = next((at for at, part in enumerate(rest) if part[:1] in "ERT" and part[1:].isdigit()), None)
        if reason_at is None or reason_at > 1:
            raise Refusal("syntax")
        unp = parsing.unique_sale_number(rest[0]) if reason_at else ""
        reason, number = "ERT".index(rest[reason_at][0]), int(rest[reason_at][1:])
        who, where = self._operator(operator), parsing.whole(till, 0, 99999)
        more = rest[reason_at + 1 :]
        if not more:
            self._register.reverse(who, password, where, number)
            return self._numbers(self._return_counters())
        if len(more) != 3:
            raise Refusal("syntax")
        at = parsing.moment(more[1], "%d%m%y%H%M%S")
        original = f"{number:07d} {at:%d-%m-%Y %H:%M:%S} {more[2]}"
        self._register.open("return", who, password, where, unp=unp, original=original, reason=reason)
        return self._numbers(self._return_counters())

    def _return_by_fields(self, fields: list[str]) -> str:
        """`op,pwd[,UNP],till,<0|1|2>,doc,DDMMYYhhmmss,FM`."""
        operator, password, *rest = fields
        unp = parsing.unique_sale_number(rest.pop(0)) if len(rest) == 6 else ""
        if len(rest) != 5:
            raise Refusal("syntax")
        till, reason, number, when, register = rest
        at = parsing.moment(when, "%d%m%y%H%M%S")
        self._register.open(
            "return",
            self._operator(operator),
            password,
            parsing.whole(till, 0, 99999),
            unp=unp,
            original=f"{parsing.whole(number, 1, 9_999_999):07d} {at:%d-%m-%Y %H:%M:%S} {register}",
            reason=parsing.whole(reason, 0, 2),
        )
        return self._numbers(self._return_counters())

    def _return_counters(self) -> tuple[int, int]:
        day = self._register.memory.day
        return self._register.counters()[0], day.closed_returns + (self._register.memory.receipt is not None)

    def _sell(self, text: str) -> str:
        """`L1[LF L2] TAB Tax[-]Price[*Qty][,Perc|;Abs]`."""
        name, tab, rest = text.partition("\t")
        lines = name.split("\n")
        if not tab or len(lines) > 2 or any(len(line) > self._who.name_length for line in lines):
            raise Refusal("syntax")
        if self._who.domestic:
            rest = rest.removeprefix("@")
        if not rest:
            raise Refusal("syntax")
        tax, (figures, change) = parsing.tax_group(self._who, rest[0]), parsing.trailing_change(self._who, rest[1:])
        price, star, quantity = figures.partition("*")
        pieces = parsing.scaled(quantity.partition("#")[0], 3) if star else 1000
        each = parsing.scaled(price, 2, signed=True)
        self._register.sell(" ".join(line for line in lines if line), tax, each, pieces, change)
        return ""

    def _sell_any(self, text: str) -> str:
        return self._sell_programmed(text) if self._who.plus_only else self._sell(text)

    def _sell_programmed(self, text: str) -> str:
        """`[-]PLU[*Qty][#Price][,Perc|;Abs]`."""
        figures, change = parsing.trailing_change(self._who, text)
        figures, hash_sign, price = figures.partition("#")
        number, star, quantity = figures.partition("*")
        plu = parsing.whole(number.removeprefix("-"), 1, 999_999_999)
        each = parsing.scaled(price, 2) if hash_sign else None
        pieces = parsing.scaled(quantity, 3) if star else 1000
        self._register.sell_programmed(-plu if number.startswith("-") else plu, pieces, each, change)
        return ""

    def _subtotal(self, text: str) -> str:
        flags, change = parsing.trailing_change(self._who, text)
        if len(flags) != 2 or set(flags) - {"0", "1"}:
            raise Refusal("syntax")
        receipt = self._register.subtotal(change, printed=flags[0] == "1")
        return ",".join(self._money(part, 10) for part in (receipt.total, *receipt.sums))

    def _pay(self, text: str) -> str:
        """`[L1[LF L2]]TAB[<mode>[<amount>]]`."""
        _, tab, paid = text.partition("\t")
        if not tab and text:
            raise Refusal("syntax")
        means = "cash"
        if paid and not paid[0].isdigit():
            known = self._who.means.get(paid[0])
            if known is None and not self._who.takes_any_means:
                raise Refusal("payment_forbidden")
            means, paid = known or "cash", paid[1:]
        rest = self._register.pay(means, parsing.scaled(paid, 2) if paid else None)
        return self._rest(rest)

    def _rest(self, rest: int) -> str:
        code = "R" if rest < 0 else "D"
        if self._who.counts_closed:
            return f"{code}+{abs(rest):09d}"
        return f"{code}{self._money(abs(rest), 10)}"

    def _close(self, text: str) -> str:
        if text.strip(" "):
            raise Refusal("syntax")
        receipt = self._register.memory.receipt
        if receipt is not None and receipt.kind == "return" and self._who.close_return != 0x38:
            raise Refusal("wrong_kind")
        return self._numbers_after(self._register.close())

    def _cancel(self, text: str) -> None:
        if text:
            raise Refusal("syntax")
        self._register.cancel()

    def _numbers_after(self, document: FiscalDocument) -> str:
        """Where 2Eh opened it, a return is answered with the number of returns."""
        counted = document.kind == "return" and self._who.storno != "as_sale"
        return self._numbers(self._return_counters() if counted else self._register.counters())

    # --- helpers ------------------------------------------------------------------------------------------------

    def _operator(self, text: str) -> int:
        return parsing.whole(text, 1, self._who.operators)

    def _numbers(self, numbers: tuple[int, int]) -> str:
        return ",".join(f"{number:04d}" for number in numbers)

    def _money(self, minor: int, width: int) -> str:
        if self._who.amounts == "point":
            return f"{minor / 100:.2f}"
        return f"-{-minor:0{width - 1}d}" if minor < 0 else f"{minor:0{width}d}"
