"""In a simulated fiscal printer: fiscal receipts of both directions, from opening to closing or cancelling."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printers.datecs.simulated.receipt import FiscalDocument, Kind, OpenReceipt, SoldLine, line_sum, share
from drivers.printers.datecs.simulated.refusals import Refusal
from drivers.printers.datecs.simulated.register import Register


@dataclass(frozen=True, slots=True)
class Adjustment:
    """As it was sent: hundredths of a per cent, or minor units; negative is a discount."""

    percent: int | None = None
    amount: int | None = None

    def of(self, sum_: int) -> int:
        return share(sum_, self.percent) if self.percent is not None else self.amount or 0


class Selling(Register):
    """The rest of the firmware."""

    def open(
        self,
        kind: Kind,
        operator: int,
        password: str,
        till: int,
        *,
        unp: str = "",
        original: str = "",
        reason: int = 1,
    ) -> None:
        """30h, and 2Eh, 2Bh or 55h for a return. Raises Refusal."""
        self.check_printable()
        self.check_closed()
        self.check_day()
        self.check_operator(operator, password)
        memory = self.memory
        if memory.day.began is None:
            memory.day.began = self.time()
        memory.receipt = OpenReceipt(
            kind,
            memory.document + 1,
            self.time(),
            memory.groups,
            unp=unp,
            operator=operator,
            till=till,
            original=original,
            reason=reason,
        )
        memory.last_unp = unp or memory.last_unp
        self.begin(kind, self.slips.head(operator, till))

    def reverse(self, operator: int, password: str, till: int, number: int) -> FiscalDocument:
        """2Eh with a document's number only: the device prints the whole reversal by itself. Raises Refusal."""
        original = next((doc for doc in self.memory.fiscal if doc.number == number and doc.kind == "sale"), None)
        if original is None:
            raise Refusal("original_unknown", "F")
        self.open("return", operator, password, till, original=f"{number:07d}")
        receipt = self._open(paying=None)
        for line in original.lines:
            receipt.register(line, self.who.items)
            self.write(self.slips.item(line))
        rest = original.total - receipt.total
        if rest:
            receipt.change_all(rest)
        for means, paid in original.payments:
            receipt.pay(means, paid)
        return self.close("return")

    def sell(self, name: str, tax: int, price: int, quantity: int, change: Adjustment | None, *, plu: int = 0) -> None:
        """A negative price takes a line back. Raises Refusal."""
        self.check_printable()
        receipt = self._open(paying=False)
        if self.who.rates[tax] is None:
            raise Refusal("tax_unknown")
        gross = line_sum(price, quantity)
        changed = 0 if change is None else change.of(gross)
        if abs(changed) > abs(gross):
            raise Refusal("syntax")
        line = SoldLine(name, tax, price, quantity, changed, gross + changed, plu)
        receipt.register(line, self.who.items)
        if price < 0:
            self.memory.day.voids += 1
        if plu:
            self.memory.plus[plu].turnover += line.sum
            self.memory.plus[plu].quantity += quantity if price >= 0 else -quantity
        self.write(self.slips.item(line))

    def sell_programmed(self, number: int, quantity: int, price: int | None, change: Adjustment | None) -> None:
        """`number` negative takes a line back; `price` overrides the programmed one. Raises Refusal."""
        plu = self.memory.plus.get(abs(number))
        if plu is None:
            raise Refusal("item_unknown")
        each = plu.price if price is None else price
        self.sell(plu.name, plu.tax, -each if number < 0 else each, quantity, change, plu=plu.number)

    def subtotal(self, change: Adjustment | None, *, printed: bool) -> OpenReceipt:
        """The open receipt. Raises Refusal."""
        if printed or change is not None:
            self.check_printable()
        receipt = self._open(paying=False if change is not None else None)
        before = receipt.total
        if printed:
            self.write([self.slips.amount(self.slips.word("subtotal"), before)])
        if change is not None:
            amount = change.of(before)
            receipt.change_all(amount)
            self.write([self.slips.amount("%" if change.percent is not None else "+-", amount)])
        return receipt

    def text(self, line: str) -> None:
        self.check_printable()
        self._open(paying=None)
        self.write([line])

    def pay(self, means: str, amount: int | None, *, zero_allowed: bool = True, change_allowed: bool = True) -> int:
        """What is still due, or as a negative number the change. Raises Refusal."""
        self.check_printable()
        receipt = self._open(paying=None)
        if receipt.paid:
            raise Refusal("paying", "F")
        if amount is not None and amount < 0:
            raise Refusal("syntax")
        if receipt.total == 0 and not zero_allowed:
            raise Refusal("zero_sum")
        paid = receipt.due if amount is None else amount
        if receipt.kind == "return":
            if paid > receipt.due and not change_allowed:
                raise Refusal("no_change_in_return")
            if means == "cash" and min(paid, receipt.due) > self.memory.cash:
                raise Refusal("no_cash", "F")
        if not receipt.paying:
            self.write([self.slips.amount(self.slips.word("total"), receipt.total)])
        rest = receipt.pay(means, amount)
        self.write([self.slips.amount(self.slips.word(means), paid)])
        if rest < 0:
            self.write([self.slips.amount(self.slips.word("change"), -rest)])
        if rest <= 0 and self.memory.auto_drawer:
            self.kick(None)
        return rest

    def close(self, kind: Kind | None = None) -> FiscalDocument:
        """38h, MK returns 56h: the receipt goes into the journal and the sums. Raises Refusal."""
        self.check_printable()
        receipt = self._open(paying=None)
        if kind is not None and receipt.kind != kind:
            raise Refusal("wrong_kind")
        if not receipt.paid:
            raise Refusal("unpaid")
        memory, day = self.memory, self.memory.day
        document = receipt.document(memory.closure, self.time())
        memory.receipt = None
        memory.fiscal.append(document)
        memory.last_receipt = document
        day.receipts += 1
        sums, payments = (day.sales, day.payments) if receipt.kind == "sale" else (day.returns, day.return_payments)
        for place, amount in enumerate(document.taxes):
            sums[place] += amount
        for means, amount in document.payments:
            payments[means] += amount
            if means == "cash":
                memory.cash += amount if receipt.kind == "sale" else -amount
        day.closed_sales += receipt.kind == "sale"
        day.closed_returns += receipt.kind == "return"
        title = self.slips.centred(self.slips.word(receipt.kind))
        self.end(receipt.kind, [*self.slips.end(receipt, self.time()), title], document, receipt)
        return document

    def cancel(self) -> FiscalDocument:
        """3Ch: only before the first payment. Raises Refusal."""
        self.check_printable()
        receipt = self._open(paying=False)
        memory = self.memory
        document = receipt.document(memory.closure, self.time(), cancelled=True)
        memory.receipt = None
        memory.cancelled.append(document)
        memory.last_receipt = document
        memory.day.cancelled += 1
        for line in receipt.lines:
            if line.plu:
                memory.plus[line.plu].turnover -= line.sum
                memory.plus[line.plu].quantity -= line.quantity if line.price >= 0 else -line.quantity
        title = self.slips.centred(self.slips.word("cancelled"))
        self.end("cancelled", [title, *self.slips.end(receipt, self.time())], document, receipt)
        return document

    def _open(self, *, paying: bool | None) -> OpenReceipt:
        """The open receipt; `paying` False: and nothing is paid yet."""
        receipt = self.memory.receipt
        if receipt is None:
            raise Refusal("receipt_closed")
        if paying is False and receipt.paying:
            raise Refusal("paying")
        return receipt
