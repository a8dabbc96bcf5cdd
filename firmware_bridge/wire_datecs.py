"""Beside a till: recorded Datecs frames in words, for a person who looks for what went wrong.

Frames, command names, status bits and error codes are the driver's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from drivers.framing.datecs import Broken, Nak, Reader, Received, Reply, Request, RequestReader, Syn
from drivers.printers.datecs.commands import Language, language
from drivers.printers.datecs.commands_values import Command, Item, Operator, Original
from drivers.printers.datecs.dialects import DIALECTS, DialectName
from drivers.printers.datecs.errors import explain
from drivers.printers.datecs.looking import questions
from firmware_bridge.journal.browse import printable

_LONGEST: Final = 60
_THEN: Final = datetime(2020, 1, 1, tzinfo=UTC)
_WHO: Final = Operator()


class DatecsWords:
    """Both directions of one wire. Never raises; keeps no more than two unfinished frames."""

    def __init__(self, dialect: DialectName) -> None:
        row = DIALECTS[dialect]
        self._speech = language(row)
        self._codes = row.verdict == "code"
        self._names = command_names(self._speech)
        self._requests = RequestReader(row.envelope)
        self._replies = Reader(row.envelope)

    def out(self, data: bytes) -> list[str]:
        """What the till says."""
        before = self._requests.dropped
        found = [self._request(each) for each in self._requests.feed(data)]
        return found + _noise(self._requests.dropped - before)

    def inward(self, data: bytes) -> list[str]:
        """What the device says; SYN after SYN is told once, with their number."""
        before = self._replies.dropped
        found: list[str] = []
        waits = 0
        for each in self._replies.feed(data):
            waits = waits + 1 if isinstance(each, Syn) else 0
            text = f"working x {waits}" if waits > 1 else self._reply(each)
            if waits > 1:
                found.pop()
            found.append(text)
        return found + _noise(self._replies.dropped - before)

    def pending(self) -> str:
        """An unfinished frame, "" when there is none."""
        sides = (("order", self._requests.inside), ("answer", self._replies.inside))
        return ", ".join(f"unfinished {side}" for side, inside in sides if inside)

    def _request(self, each: Request | Broken) -> str:
        if isinstance(each, Broken):
            return f"no frame: {each.reason}"
        name = self._names.get(each.command, "an order that this driver does not send")
        return f"{name} ({each.command:02X}h, seq {each.seq:02X}h){_data(each.data)}"

    def _reply(self, each: Received) -> str:
        match each:
            case Nak():
                return "NAK: say it again"
            case Syn():
                return "working"
            case Broken(reason):
                return f"no frame: {reason}"
            case Reply():
                names = sorted(name.replace("_", " ") for name in self._speech.state(each).names)
                return f"seq {each.seq:02X}h{_data(each.data)} [{', '.join(names)}]{self._verdict(each)}"

    def _verdict(self, reply: Reply) -> str:
        """X: an error code before the first TAB says more than the status bytes."""
        if not self._codes:
            return ""
        with contextlib.suppress(ValueError):
            code = int(reply.data.partition(b"\t")[0])
            return f" refused: {explain(code)}" if code < 0 else ""
        return ""


def _data(data: bytes) -> str:
    text = printable(data.decode("cp1251", "replace"))
    return f' "{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"}"' if data else ""


def _noise(count: int) -> list[str]:
    return [f"{count} bytes outside any frame"] if count else []


def command_names(speak: Language) -> dict[int, str]:
    """What this driver calls each command that it sends in this dialect, by number."""
    names: dict[int, str] = {}
    for order in (*_orders(speak), *questions(speak.dialect)):
        names.setdefault(order.number, order.name)
    return names


def _orders(speak: Language) -> Iterator[Command]:
    """One of every kind; what a dialect cannot say is left out."""
    group = speak.dialect.taxes[0]
    item = Item("x", group, 100, plu=1)
    mode = next(iter(speak.dialect.payments.values()))
    made: tuple[Callable[[], Command], ...] = (
        speak.status, speak.diagnostic, speak.receipt_state, speak.last_document, speak.clock, speak.cash_state,
        speak.closures_left, speak.day_totals, speak.day_payments, speak.subtotal, speak.close_sale, speak.close_return,
        speak.open_nonfiscal, speak.close_nonfiscal, speak.duplicate, speak.cut, speak.journal_next,
        lambda: speak.open_sale(_WHO), lambda: speak.sale(item), lambda: speak.payment(mode, 100),
        lambda: speak.open_return(_WHO, "error", Original(1, _THEN, "1")), lambda: speak.text("x"),
        lambda: speak.nonfiscal_text("x"), lambda: speak.move_cash(1), lambda: speak.x_report(_WHO),
        lambda: speak.set_clock(_THEN), lambda: speak.drawer(50), lambda: speak.feed(1),
        lambda: speak.program_item(_WHO, item), lambda: speak.journal(1),
    )  # fmt: skip
    for make in made:
        with contextlib.suppress(ValueError, LookupError):
            yield make()
    yield from speak.cancels()
