"""Before a sale's way begins, for a person: is the fiscal printer in order, and the one that the till is set for?

What was read stands beside what is configured; every row that is not in order says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drivers.printers.datecs.dialects import DialectName
from drivers.printers.datecs.examining import Examination, dialects_of, maker_of
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.status_words import MEANINGS, TROUBLES

_ROOM: Final = 60  # so many days before its fiscal memory is full its exchange has to be planned
_TROUBLES_OF_NOW: Final = frozenset({"fiscal_open", "return_open", "return_mark", "nonfiscal_open"})


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `found` in words; `advice` of what is not in order, or "" when it is."""

    what: str
    found: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        return not self.advice


def inspect(seen: Examination, settings: DatecsSettings, now: datetime) -> list[Row]:
    """`now`: what the device's clock ought to show, without a zone."""
    return [
        _device(seen, settings),
        _dialect(seen, settings.dialect.name),
        _memory(seen),
        _clock(seen, settings, now),
        *_taxes(seen, settings),
        _receipt(seen),
        _documents(seen, settings.exponent),
        *_paper(seen, settings),
        *_status(seen),
    ]


def _device(seen: Examination, settings: DatecsSettings) -> Row:
    who = seen.identity
    found = f"{who.model}, firmware {who.firmware}, serial number {who.serial or 'none'}"
    if settings.serial and who.serial != settings.serial:
        return Row("device", found, f"the configuration names {settings.serial}: connect that one, or correct serial")
    return Row("device", found)


def _dialect(seen: Examination, dialect: DialectName) -> Row:
    maker, known = maker_of(seen.identity, dialect), dialects_of(seen.identity)
    if maker not in ("", "Datecs"):
        return Row("dialect", f"{dialect}, and the serial number is one of {maker}", f"{maker} is not supported")
    if known and dialect not in known:
        advice = f'set fiscaliser.datecs.dialect = "{known[0]}"'
        return Row("dialect", f"it answers {dialect}, and a {seen.identity.model} speaks {known[0]}", advice)
    return Row("dialect", f"{dialect}, as it answers" + ("" if known else "; its model is not in our list"))


def _memory(seen: Examination) -> Row:
    number = seen.identity.register or seen.identity.serial or "without number"
    left = "it does not tell how many Z reports still fit" if seen.closures_left is None else (
        f"{seen.closures_left} Z reports still fit"
    )  # fmt: skip
    if "fiscalised" not in seen.status:
        return Row("memory", f"{number}, {left}; not fiscalised", "what it prints now is no lawful receipt")
    short = seen.closures_left is not None and seen.closures_left < _ROOM
    return Row("memory", f"{number}, {left}", "plan the exchange of its fiscal memory" if short else "")


def _clock(seen: Examination, settings: DatecsSettings, now: datetime) -> Row:
    if seen.clock is None:
        return Row("clock", "it does not tell its time", "look at its paper whether the time is right")
    apart = round((seen.clock - now).total_seconds())
    found = f"{seen.clock:%Y-%m-%d %H:%M:%S}, {abs(apart)} s {'ahead of' if apart > 0 else 'behind'} the till's"
    if abs(apart) <= (settings.clock_s or 60):
        return Row("clock", found if apart else f"{seen.clock:%Y-%m-%d %H:%M:%S}, as the till's")
    sold = seen.standing is not None and (seen.standing.sales or seen.standing.returns)
    if not settings.clock_s:
        return Row("clock", found, "set it by hand: fiscaliser.datecs.clock_s is 0")
    return Row("clock", found, f"it is set when a shift is opened{' after the next Z report' if sold else ''}")


def _taxes(seen: Examination, settings: DatecsSettings) -> Iterator[Row]:
    for group, letter in settings.taxes.items():
        wanted = settings.rates.get(group)
        place = settings.dialect.tax_index(letter)
        what = f"tax {group}"
        if seen.rates is None or wanted is None or place >= len(seen.rates):
            yield Row(what, f"{letter} on the device, which does not tell its rate")
            continue
        theirs = seen.rates[place]
        told = "switched off" if theirs is None else f"{theirs / 100:g} %"
        if theirs == wanted:
            yield Row(what, f"{letter} on the device, {told}")
        else:
            advice = "have the device programmed, or correct the group's letter (datecs) or rate"
            yield Row(what, f"{letter} on the device is {told}, here {wanted / 100:g} %", advice)


def _receipt(seen: Examination) -> Row:
    if seen.status.fiscal_open:
        state = seen.receipt
        far = "" if state is None else f", {state.items} lines"
        return Row("receipt", f"a fiscal receipt is open{far}", "start the till, or finish or void it at the device")
    if seen.status.nonfiscal_open:
        return Row("receipt", "a non-fiscal receipt is open; the till closes it before the next document")
    return Row("receipt", "none is open")


def _documents(seen: Examination, exponent: int) -> Row:
    standing = seen.standing
    if standing is None:
        return Row("documents", "it does not answer all questions about its day", "its doubts will need a person")
    at = "" if seen.last_at is None else f" of {seen.last_at:%Y-%m-%d %H:%M:%S}"
    sums = ", ".join(
        f"{name} {amount / 10**exponent:.{exponent}f}"
        for name, amount in (("sold", standing.sales), ("came back", standing.returns), ("cash", standing.cash))
        if amount is not None
    )
    return Row("documents", f"last {standing.document:07d}{at}; since Z report {standing.shift - 1}: {sums}")


def _paper(seen: Examination, settings: DatecsSettings) -> Iterator[Row]:
    """Where it tells how wide its paper is."""
    if seen.columns is None:
        return
    usable = seen.columns - 2
    if usable < settings.dialect.text_length:
        advice = f"set fiscaliser.datecs.columns = {seen.columns}"
        yield Row("paper", f"{seen.columns} characters to a line, longer ones are sent", advice)
    else:
        yield Row("paper", f"{seen.columns} characters to a line")


def _status(seen: Examination) -> Iterator[Row]:
    good = [MEANINGS[name] for name in MEANINGS if name in seen.status and name not in _TROUBLES_OF_NOW]
    raw = seen.status.raw.hex(" ").upper()
    yield Row("status", f"{raw}: {', '.join(good) or 'nothing is told'}")
    for name, (says, advice) in TROUBLES.items():
        if name in seen.status:
            yield Row("status", says, advice)
