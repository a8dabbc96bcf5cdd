"""Beside a sale's way: `firmware-bridge printer …`, a technician at the receipt printer of a till that is stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.ports.base import Clock, Port
from drivers.printers import dots, trial
from drivers.printers.escpos import code_pages
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.logo import MOST_ROWS
from drivers.printers.escpos.profiles import is_code_page
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.picture import dots_of
from firmware_bridge import ports, printer_words, wiring
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.journal import browse
from firmware_bridge.journal.errors import JournalError, JournalLocked
from firmware_bridge.journal.lock import Lock
from firmware_bridge.printer_arguments import Wish
from firmware_bridge.progress import QUIET, Progress
from statemachines.vocabulary.effects import Print
from statemachines.vocabulary.events import Event, PrinterReady, PrinterSilent, PrintRefused, ReceiptPrinted
from statemachines.vocabulary.paper import Paper

Say = Callable[[str], None]
MakePort = Callable[[Config, Clock], Port]

_JOB: Final = "TEST"
#: A job of the till that is in doubt stands among the last records of its journal.
_RECORDS: Final = 500
_ENDED: Final = frozenset({"ReceiptPrinted", "PrintRefused", "PrintOutdated", "PrintFoundMissing"})
#: How long a printer is waited for that is to write its logo.
_PATIENCE_S: Final = 60.0


def make_port(config: Config, clock: Clock) -> Port:
    """The receipt printer's port, closed."""
    printer = config.printer
    if printer is None:
        raise UsageError("There is no [printer] in the configuration", "a fiscal printer is tested by its own command")
    return ports.make(printer.port, clock, role="receipt printer", driver=printer.driver)


def run(
    config: Config,
    wish: Wish,
    say: Say,
    *,
    clock: Clock | None = None,
    port: MakePort = make_port,
    progress: Progress = QUIET,
) -> int:
    """Carry it out: 0 done and in order, 1 not. Raises UsageError, and UserError with one sentence and advice."""
    clock = clock or SystemClock()
    settings = _settings(config, wish)
    place = port(config, clock)
    with _till_stopped(Path(config.journal.path), prints=wish.part != "status" and (wish.part != "logo" or wish.write)):
        desk = _Desk(config, wish, settings, place, clock, progress)
        with closing(desk.printer):
            return desk.run(say)


class _Desk:
    """One look at one printer, or one try."""

    def __init__(
        self, config: Config, wish: Wish, settings: EscPosSettings, port: Port, clock: Clock, progress: Progress
    ) -> None:
        self._progress = progress
        self._config = config
        self._wish = wish
        self._settings = settings
        self._clock = clock
        self._sending = 0
        self._events: list[Event] = []
        try:
            self.printer = EscPosPrinter(port, settings, self._events.append, clock=clock)
        except ValueError as error:
            raise UsageError(f"printer.profile: {error}") from error

    def run(self, say: Say) -> int:
        self._connect()
        parts: dict[str, Callable[[], tuple[str, dict[str, object], bool]]] = {
            "status": self._status,
            "test": self._test,
            "codepages": self._code_pages,
            "logo": self._logo,
        }
        text, data, good = parts[self._wish.part]()
        say(json.dumps(data, ensure_ascii=False) if self._wish.as_json else text)
        return 0 if good else 1

    def _connect(self) -> None:
        self._progress.begin("connecting to the printer")
        if self.printer.connect():
            return
        silent = next((event for event in reversed(self._events) if isinstance(event, PrinterSilent)), None)
        reason = "it does not answer" if silent is None else silent.reason
        where = self._config.printer.port if self._config.printer is not None else ""
        raise UserError(f"receipt printer: {reason}; nothing was printed", printer_words.advice_of_port(where))

    def _status(self) -> tuple[str, dict[str, object], bool]:
        known, status = self.printer.known, self.printer.status
        condition = status.condition()
        found = printer_words.status(known, status, self._settings, self.printer.logo)
        return printer_words.lines(found), found, isinstance(condition, PrinterReady)

    def _test(self) -> tuple[str, dict[str, object], bool]:
        who = self.printer.identity
        heading = [str(who) if who is not None else "printer", self._config.till.id]
        return self._printed(trial.paper(self._settings.columns, self._settings.languages, heading), None)

    def _code_pages(self) -> tuple[str, dict[str, object], bool]:
        for encoding in self._wish.encodings:
            _check_encoding(encoding)
        first, last = self._wish.pages
        body = code_pages.sheet(range(first, last + 1), self._wish.encodings, self.printer.known.means)
        empty = Paper(self._settings.columns, (), "END", "COPY", "FRAGMENT ABOVE IS VOID")
        text, data, good = self._printed(empty, body)
        return (f"{text}\n{printer_words.HOW_TO_READ_PAGES}" if good else text), data, good

    def _printed(self, paper: Paper, body: code_pages.Body | None) -> tuple[str, dict[str, object], bool]:
        self._progress.begin("preparing the printer")
        outcome = self.printer.print_with(Print("printer test", _JOB, paper), body, self._sent)
        if isinstance(outcome, PrintRefused):
            raise UserError(outcome.reason)
        good = isinstance(outcome, ReceiptPrinted)
        found = printer_words.outcome(outcome)
        return printer_words.sentence(outcome), found, good

    def _sent(self, sent: int, whole: int) -> None:
        if self._sending != whole:
            self._sending = whole
            self._progress.begin("sending", whole, "bytes")
        self._progress.at(sent)
        if sent == whole:
            self._progress.begin("waiting until all of it is printed")

    def _logo(self) -> tuple[str, dict[str, object], bool]:
        keeper = self.printer.logo
        if self._wish.write and keeper.state == "missing":
            deadline = self._clock.monotonic() + _PATIENCE_S
            self._progress.begin(f"waiting until the printer has taken the logo, at most {_PATIENCE_S:.0f} s")
            while keeper.writes == 0 and self._clock.monotonic() < deadline and self.printer.connected:
                self.printer.watch(1.0)
                self._progress.tick()
        found = printer_words.logo(keeper)
        return str(found["text"]), found, keeper.state in {"stored", "drawn"}


def _settings(config: Config, wish: Wish) -> EscPosSettings:
    """As the till would drive it, with the logo that is asked for. Raises UsageError."""
    if config.printer is None:
        raise UsageError("There is no [printer] in the configuration", "a fiscal printer is tested by its own command")
    settings = wiring.printer_settings(config)
    if wish.part != "logo":
        return settings
    if wish.picture is not None:
        try:
            logo = dots.picture(wish.picture, dots_of(settings.columns), MOST_ROWS)
        except dots.UnreadablePicture as error:
            raise UsageError(f"{error}; nothing was sent") from error
        settings = replace(settings, logo=logo)
    if settings.logo is None:
        raise UsageError("No logo is configured, and none was named; nothing was sent", "name the picture's file")
    return replace(settings, times=replace(settings.times, idle=0.0 if wish.write else float("inf")))


@contextmanager
def _till_stopped(journal: Path, *, prints: bool) -> Iterator[None]:
    """While this lasts no till can start on this journal. `prints`: nothing of the till may be in doubt either."""
    if not journal.parent.is_dir():
        yield
        return
    try:
        lock = Lock(journal)
    except JournalLocked as error:
        raise UserError(
            "The till is running and the printer is its own; nothing was sent",
            "stop it first, or look at GET /v1/status",
        ) from error
    except JournalError as error:
        raise UserError(str(error)) from error
    try:
        if prints:
            _nothing_in_doubt(journal)
        yield
    finally:
        lock.free()


def _nothing_in_doubt(journal: Path) -> None:
    """The printer's memory is the proof of a job that was cut off; any other job would wipe it."""
    if not journal.exists():
        return
    open_jobs: dict[str, str] = {}
    for record in browse.tail(journal, _RECORDS):
        fields = record.get("fields") or {}
        job, asked = str(fields.get("job_id", "")), bool(fields.get("person_needed"))
        if record["name"] == "Print":
            open_jobs[job] = str(fields.get("document_id", ""))
        elif record["name"] in _ENDED or (record["name"] == "PrintUnresolved" and asked):
            open_jobs.pop(job, None)
    if open_jobs:
        job, document = next(iter(open_jobs.items()))
        raise UserError(
            f"What became of job #{job} of document {document} is not known yet, and the printer's memory is the proof "
            "of it; nothing was sent",
            "start the till, which asks the printer, then stop it and try again",
        )


def _check_encoding(name: str) -> None:
    if not is_code_page(name):
        raise UsageError(f"{name} is no code page with one byte to a character; nothing was sent", "such as cp1251")
