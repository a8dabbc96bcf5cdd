"""Before a receipt is sent: a planned receipt in the device's own words; what cannot be said is found here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from drivers.printers.datecs.commands_values import Command, Operator, Original
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.receipts import Plan, plan, unp
from drivers.printers.datecs.receipts_text import Unfit
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.speech import Speech
from drivers.printers.datecs.stamps import Stamps
from statemachines.vocabulary.receipt import Receipt


class Words:
    """From a frozen receipt to commands. All raise Unfit."""

    def __init__(self, speech: Speech, looking: Looking, stamps: Stamps, settings: DatecsSettings) -> None:
        self.operator = Operator(settings.operator, settings.secret, settings.till)
        self._language = speech.language
        self._looking = looking
        self._stamps = stamps
        self._settings = settings

    def steps(self, receipt: Receipt) -> Plan:
        """The plan, every command of it tried out."""
        steps = plan(receipt, self._settings)
        self.number(receipt)
        for line in steps.items:
            numbered = replace(line.item, plu=line.item.plu or 1)
            self.fitting(partial(self._language.sale, numbered))
        texts = [*steps.header, *steps.footer, *(text for line in steps.items for text in (*line.before, *line.after))]
        for text in texts:
            self.fitting(partial(self._language.text, text))
        for payment in steps.payments:
            self.fitting(partial(self._language.payment, payment.code, payment.given))
        return steps

    def number(self, receipt: Receipt) -> str:
        """The unique sale number; "" where the law has none."""
        return self._unp(receipt.number) if self._settings.unp else ""

    def opening(self, receipt: Receipt) -> Command:
        """30h, or what opens a return. May ask the device about the original; then raises what Looking raises."""
        number = self.number(receipt)
        if receipt.kind == "sale":
            return self.fitting(partial(self._language.open_sale, self.operator, number))
        original = self._original(receipt)
        open_return = partial(self._language.open_return, self.operator, self._settings.reason, original, number)
        return self.fitting(open_return)

    def fitting(self, build: Callable[[], Command]) -> Command:
        """The command, or Unfit when this device cannot be told so."""
        try:
            return build()
        except ValueError as error:
            raise Unfit(str(error).removesuffix("; nothing was sent")) from error

    def _unp(self, number: str) -> str:
        return unp(self._stamps.identity.serial, self._settings.operator, number)

    def _original(self, receipt: Receipt) -> Original:
        """The sale that comes back, as it stands on its paper; of a sale of this device its journal tells the time."""
        if self._settings.dialect.open_return == "as_sale":  # these devices name no original
            return Original(0)
        reference = receipt.original
        if reference is None or not reference.fiscal_number.isdigit():
            raise Unfit("A return on this fiscal printer needs the number of the fiscal receipt that comes back")
        register = self._stamps.identity.register or self._stamps.identity.serial
        document = int(reference.fiscal_number)
        own = reference.register in ("", register)
        at = self._looking.time_of(document) if own else None
        sold_under = self._unp(reference.number) if self._settings.unp and own and reference.number.isdigit() else ""
        return Original(document, at or self._date(reference.date), reference.register or register, sold_under)

    def _date(self, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise Unfit(f"A return needs date and time of the fiscal receipt that comes back, not {text!r}") from error
        return at if at.tzinfo is None else at.astimezone(self._stamps.zone).replace(tzinfo=None)
