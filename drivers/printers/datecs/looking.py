"""Before and after every document: what a fiscal printer shows of itself, read with questions that change nothing.

Which question tells what differs: classic devices number every document (71h) and name the next Z report (6Eh); X
devices keep the document number in a variable (FFh `nBon`) and the Z report beside the day's sums (41h). Source:
manuals P v1.00BG and X v2.02 by command number; the tax rates are read with 53h (83) there and 32h (50) here.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import Final

from drivers.errors import Refused
from drivers.framing.datecs import Reply
from drivers.printers.datecs import commands_text as text
from drivers.printers.datecs.commands_journal import JournalReceipt, JournalText, journal_receipt, text_kind
from drivers.printers.datecs.commands_values import (
    Command,
    Identity,
    JournalHead,
    JournalLine,
    ReceiptState,
    Unreadable,
)
from drivers.printers.datecs.dialects import Dialect
from drivers.printers.datecs.readback import Standing
from drivers.printers.datecs.speech import Speech

log = logging.getLogger(__name__)

_DOCUMENT_NUMBER: Final = Command(0xFF, b"nBon\t\t\t", "read the last document's number", asks=True, prints=False)
_COLUMNS: Final = Command(0xFF, b"PrintColumns\t\t\t", "read the width of its paper", asks=True, prints=False)
_RATES: Final = Command(0x53, b"", "read the tax rates", asks=True, prints=False)
_X_RATES: Final = Command(0x32, b"", "read the tax rates", asks=True, prints=False)
_OFF: Final = 10_000
#: So many documents are looked through for one that is in doubt; more have to be judged by the sums.
MOST_DOCUMENTS: Final = 60
_MOST_LINES: Final = 2000


def questions(dialect: Dialect) -> tuple[Command, ...]:
    """What is asked here beside what commands.Language has."""
    return (_X_RATES, _DOCUMENT_NUMBER, _COLUMNS) if dialect.tabs else (_RATES,)


class Looking:
    """Questions to one device. All raise Said, Refused (the answer makes no sense), NotSent, Unanswered, Stopped."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._language = speech.language

    def identity(self) -> Identity:
        return self._speech.read(self._language.diagnostic(), self._language.identity)

    def clock(self) -> datetime:
        """The device's clock; it knows no zone."""
        return self._speech.read(self._language.clock(), self._language.time)

    def receipt(self) -> ReceiptState:
        return self._speech.read(self._language.receipt_state(), self._language.open_receipt)

    def standing(self, serial: str) -> Standing:
        """Everything that tells a document that came after."""
        dialect, read = self._language.dialect, self._speech.read
        receipt = self.receipt()
        cash = read(self._language.cash_state(), self._language.cash).cash
        sales = read(self._language.day_totals(0), self._language.totals)
        kind_of_returns = 2 if dialect.tabs else 1 if dialect.name == "ua" else None
        returns = None
        if kind_of_returns is not None:
            returns = sum(read(self._language.day_totals(kind_of_returns), self._language.totals).taxes)
        document = self.document()
        shift = sales.closure if dialect.tabs else read(self._language.day_payments(), self._language.payments).closure
        if shift is None:
            raise Refused("it does not tell which Z report is the next", **self._speech.where)
        return Standing(serial, document, shift, cash, sum(sales.taxes), returns, receipt)

    def document(self) -> int:
        """The number of the last document, of whatever kind."""
        if not self._language.dialect.tabs:
            return self._speech.read(self._language.last_document(), self._language.last).number
        told = self._speech.read_if_told(_DOCUMENT_NUMBER, self._variable)
        return self.receipt().number or 0 if told is None else told

    def rates(self) -> tuple[int | None, ...] | None:
        """The rates of its tax groups in hundredths of a per cent, None for one that is off; None: it does not tell."""
        if self._language.dialect.tabs:
            return self._speech.read_if_told(_X_RATES, self._x_rates)
        return self._speech.read_if_told(_RATES, self._classic_rates)

    def receipts_between(self, first: int, last: int) -> list[JournalReceipt] | None:
        """The fiscal receipts among these documents, in order; None when this device keeps no such journal.

        None also when it does not let it be read: then the sums have to do.
        """
        if self._language.dialect.journal != "structured" or last - first >= MOST_DOCUMENTS:
            return None
        try:
            found = [self.receipt_of(number) for number in range(first, last + 1)]
        except Refused as error:
            log.warning(
                "its journal cannot be read, the sums have to do: %s",
                error,
                extra={"kind": "fiscal-told", "device": self._speech.where["role"], "port": self._speech.where["port"]},
            )
            return None
        return [one for one in found if one is not None]

    def receipt_of(self, document: int) -> JournalReceipt | None:
        """A fiscal receipt out of the journal; None when the document is none, or there is no journal."""
        if self._language.dialect.journal != "structured":
            return None
        lines: list[JournalLine] = []
        command = self._language.journal(document)
        while len(lines) < _MOST_LINES:
            line = self._speech.read(command, self._language.journal_line)
            if line.kind in ("end", "nothing"):
                break
            lines.append(line)
            command = self._language.journal_next()
        try:
            return journal_receipt(lines, self._language.decimals)
        except Unreadable as error:
            raise Refused(str(error), **self._speech.where) from error

    def texts_between(self, first: int, last: int) -> list[JournalText] | None:
        """All documents of these numbers, in order; None when this device keeps no journal of texts, or does not tell.

        The text is read of fiscal receipts only.
        """
        if self._language.dialect.journal != "lines" or last - first >= MOST_DOCUMENTS:
            return None
        try:
            return [self._text_of(number) for number in range(first, last + 1)]
        except Refused as error:
            log.warning(
                "its journal cannot be read, the sums have to do: %s",
                error,
                extra={"kind": "fiscal-told", "device": self._speech.where["role"], "port": self._speech.where["port"]},
            )
            return None

    def _text_of(self, document: int) -> JournalText:
        head = self._head(document)
        kind = text_kind(head.kind)
        lines: list[str] = []
        while kind in ("sale", "return") and len(lines) < _MOST_LINES:
            line = self._speech.read(self._language.journal_next(), self._language.journal_line)
            if line.kind != "text":
                break
            lines += line.fields
        return JournalText(head.document, kind, head.at, "\n".join(lines))

    def _head(self, document: int) -> JournalHead:
        return self._speech.read(self._language.journal(document), self._language.journal_head)

    def closures_left(self) -> int | None:
        """How many Z reports still fit into the fiscal memory; None: it does not tell."""
        return self._speech.read_if_told(self._language.closures_left(), self._language.left)

    def columns(self) -> int | None:
        """Characters to a line of its paper (X); None: it does not tell."""
        return self._speech.read_if_told(_COLUMNS, self._variable) if self._language.dialect.tabs else None

    def time_of(self, document: int) -> datetime | None:
        """When a document was made, by the device's own journal; None when it does not tell."""
        with suppress(Refused):
            if self._language.dialect.journal == "lines":
                return self._head(document).at
            found = self.receipt_of(document)
            return None if found is None else found.closed
        return None

    def _variable(self, reply: Reply) -> int:
        """`0,value`. Raises Unreadable."""
        _, _, value = text.decode(reply.data).partition("\t")
        return text.number(value.removesuffix("\t"))

    def _classic_rates(self, reply: Reply) -> tuple[int | None, ...]:
        """`multiplier,decimals,enabled,rate…`; enabled is a row of 0 and 1. Raises Unreadable."""
        fields = text.decode(reply.data).split(",")
        if len(fields) < 4:
            raise Unreadable(f"the device answered {reply.data!r} to a question about its tax rates")
        enabled, rates = fields[2], fields[3:]
        return tuple(text.amount(rate, 2) if on == "1" else None for on, rate in zip(enabled, rates, strict=False))

    def _x_rates(self, reply: Reply) -> tuple[int | None, ...]:
        """`0,Z report,rate…,date`; 100.00 is a group that is off. Raises Unreadable."""
        rates = [text.amount(part, 2) for part in text.decode(reply.data).split("\t")[2:10]]
        return tuple(None if rate == _OFF else rate for rate in rates)
