"""Simulated devices and vendors for whole tills: beside `device_sim` the only file of the bridge that knows of both.

`Bench` is a simulated printer with its drawer in a process of its own, and the hands of the person beside it.
`simulate` runs the real till against it, and against its fiscaliser's sandbox. `FAULTS` are deliberately broken tills:
the controls of every claim.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.printers.base import ReceiptPrinter
from drivers.printers.escpos.simulated.audit import HEADINGS, audit
from drivers.printers.escpos.simulated.paper import Piece, PrintedLine
from firmware_bridge import app, config, config_check, played_devices, played_vendors
from firmware_bridge.broken_register import double_send, drop_record
from firmware_bridge.config import Config
from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import OnPaper
from firmware_bridge.drop_queue import DropQueue
from firmware_bridge.errors import UserError
from firmware_bridge.gateway.book import Book, Call, Look, LookVerdict, Plan, Skip, Verdict
from firmware_bridge.journal.records import Record
from firmware_bridge.logs import Logs
from firmware_bridge.played_devices import Device
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.register_lane import HardwareRegister
from firmware_bridge.vendors.base import Fiscaliser
from firmware_bridge.vendors.http import Response
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import Event, ReceiptFiscalised, ReceiptPrinted, SaleCompleted

#: What a reader of a register's paper finds a document by: the fiscal number stands near its end, and what has none
#: is known by its title. Beside these stand the headings of paper without a fiscaliser.
FISCAL_HEADINGS: Final[Mapping[str, re.Pattern[str]]] = {
    **HEADINGS,
    "fiscal": re.compile(r"^ЧЕК № +(?P<number>\S+)$"),
    "report": re.compile(r"^(?:ЛОКАЛЬНИЙ )?[XZ]-ЗВІТ(?: № )?(?P<number>\S*)$"),
    "waiting": re.compile(r"^ЧЕК РЕЄСТРУЄТЬСЯ(?P<number>)$"),
    "cash": re.compile(r"^СЛУЖБОВЕ (?:ВНЕСЕННЯ|ВИЛУЧЕННЯ)(?P<number>)$"),
}


class Bench(Device):
    """One simulated ESC/POS printer with drawer behind a pty. A context manager; leaves no process behind."""

    def __init__(self, pty: Path, options: Sequence[str] = ()) -> None:
        super().__init__("escpos", pty, options)
        self.pty = pty

    def again(self, _: Asked) -> bool:
        """Copies are the till's matter."""
        return False

    def printed(self) -> list[OnPaper]:
        """What a person finds who reads all the paper, and nothing else."""
        pieces = [
            Piece(tuple(PrintedLine(line) for line in piece["lines"]), piece["ending"])
            for piece in self.do("paper")["pieces"]
        ]
        return [
            OnPaper(found.number, found.kind, found.originals, found.copies)
            for found in audit(pieces, headings=FISCAL_HEADINGS)
        ]


# --- broken tills -----------------------------------------------------------------------------------------------


class Through:
    """A printer that hands everything on; the base of the broken ones."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer = printer

    @property
    def connected(self) -> bool:
        return self._printer.connected

    def connect(self) -> bool:
        return self._printer.connect()

    def watch(self, timeout: float) -> None:
        self._printer.watch(timeout)

    def print(self, intention: Print) -> Event:
        return self._printer.print(intention)

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        return self._printer.ask(intention, end_sent)

    def kick(self, order: Kick) -> Event:
        return self._printer.kick(order)

    def wake(self) -> None:
        self._printer.wake()

    def close(self) -> None:
        self._printer.close()


class DoubleSend(Through):
    """Sends every fifth original a second time, as software does that takes a slow printer for a deaf one."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        super().__init__(printer)
        self._jobs = 0

    def print(self, intention: Print) -> Event:
        outcome = self._printer.print(intention)
        if isinstance(outcome, ReceiptPrinted) and intention.copy_no == 0:
            self._jobs += 1
            if self._jobs % 5 == 0:
                again = replace(intention, kick=None, before=outcome.counters)
                return self._printer.print(again)
        return outcome


class DropRecord(Through):
    """Loses every fifth order on its way to the printer and reports it as done, as a queue in memory does."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        super().__init__(printer)
        self._jobs = 0

    def print(self, intention: Print) -> Event:
        self._jobs += 1
        if self._jobs % 5 == 0:
            return ReceiptPrinted(intention.document_id, intention.job_id, "process_id", intention.before)
        return self._printer.print(intention)


class ThroughRegister:
    """A fiscal printer that hands everything on; the base of the broken ones. `receipts` counts what it was given."""

    def __init__(self, register: HardwareRegister) -> None:
        self._register = register
        self._receipts = 0

    @property
    def connected(self) -> bool:
        return self._register.connected

    def connect(self) -> bool:
        return self._register.connect()

    def watch(self, timeout: float) -> None:
        self._register.watch(timeout)

    def fiscalise(self, order: Fiscalise) -> Event:
        return self._register.fiscalise(order)

    def ask(self, order: Fiscalise) -> Event:
        return self._register.ask(order)

    def kick(self, order: Kick) -> Event:
        return self._register.kick(order)

    def print(self, intention: Print) -> Event:
        return self._register.print(intention)

    def ask_print(self, intention: Print) -> Event:
        return self._register.ask_print(intention)

    def wake(self) -> None:
        self._register.wake()

    def close(self) -> None:
        self._register.close()

    def _fifth(self, order: Fiscalise) -> bool:
        self._receipts += order.receipt is not None
        return order.receipt is not None and self._receipts % 5 == 0


class DoubleRegister(ThroughRegister):
    """Makes every fifth receipt a second time, as software does that takes a slow device for a deaf one."""

    def fiscalise(self, order: Fiscalise) -> Event:
        outcome = self._register.fiscalise(order)
        if isinstance(outcome, ReceiptFiscalised) and self._fifth(order):
            return self._register.fiscalise(replace(order, before=outcome.stamp))
        return outcome


class DropRegister(ThroughRegister):
    """Loses every fifth receipt on its way and reports it as made, as a queue in memory does."""

    def fiscalise(self, order: Fiscalise) -> Event:
        if self._fifth(order) and order.before is not None:
            return ReceiptFiscalised(order.document_id, order.before, printed="yes")
        return self._register.fiscalise(order)


class DropDelivery:
    """Passes every fifth sale over as if it was nothing to the book, as a queue does that forgets what it was given."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._sales: dict[int, bool] = {}

    @property
    def name(self) -> str:
        return self._book.name

    def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
        plan = self._book.plan(record, refs)
        if record.name == SaleCompleted.__name__ and isinstance(plan, Call):
            dropped = self._sales.setdefault(record.seq, len(self._sales) % 5 == 4)
            return Skip(ends=record.subject) if dropped else plan
        return plan

    def judge(self, call: Call, response: Response) -> Verdict:
        return self._book.judge(call, response)

    def judge_look(self, call: Call, look: Look, response: Response) -> LookVerdict:
        return self._book.judge_look(call, look, response)


FAULTS: dict[str, Callable[[ReceiptPrinter], ReceiptPrinter]] = {
    "double-send": DoubleSend,
    "drop-record": DropRecord,
}
REGISTER_FAULTS: dict[str, Callable[[HardwareRegister], HardwareRegister]] = {
    "double-send": DoubleRegister,
    "drop-record": DropRegister,
}
BOOK_FAULTS: dict[str, Callable[[Book], Book]] = {"drop-delivery": DropDelivery}
FISCALISER_FAULTS: dict[str, Callable[[Fiscaliser], Fiscaliser]] = {
    "drop-queue": DropQueue,
    "double-send": double_send,
    "drop-record": drop_record,
}


# --- a whole till on simulated devices --------------------------------------------------------------------------


def simulate(loaded: Config, fault: str, say: Callable[[str], None], progress: Progress = QUIET) -> int:
    """Run the till of this config with its devices and its vendors simulated, until stopped."""
    if loaded.printer is None and loaded.fiscaliser is None and not loaded.drawers:
        raise UserError(
            "There is no device in the configuration ([printer], [drawers] or [fiscaliser]), so there is nothing to "
            "simulate"
        )
    with (
        tempfile.TemporaryDirectory(prefix="firmware-bridge-") as folder,
        Logs() as logs,
        played_devices.played(loaded, Path(folder)) as (wired, devices),
        played_vendors.played(wired, Path(folder)) as config,
    ):
        places = {**devices, **played_vendors.places(config)}
        app.run(
            config,
            lambda address: say(json.dumps({"listen": address, **places})),
            wrap_printer=FAULTS.get(fault),
            wrap_book=BOOK_FAULTS.get(fault),
            wrap_register=REGISTER_FAULTS.get(fault),
            wrap_fiscaliser=FISCALISER_FAULTS.get(fault),
            on_secret=logs.redactor.add,
            memory=Path(folder) / "devices",
            progress=progress,
        )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m firmware_bridge.simulation --config FILE --fault NAME`: a broken till, for the demo's controls."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--fault", required=True, choices=sorted({*FAULTS, *BOOK_FAULTS, *FISCALISER_FAULTS}))
    parsed = parser.parse_args(arguments)
    loaded = config.load(parsed.config)
    config_check.check(loaded, parsed.config)

    def ready(address: str) -> None:
        sys.stdout.write(json.dumps({"listen": address}) + "\n")
        sys.stdout.flush()

    with Logs() as logs:
        app.run(
            loaded,
            ready,
            wrap_printer=FAULTS.get(parsed.fault),
            wrap_book=BOOK_FAULTS.get(parsed.fault),
            wrap_register=REGISTER_FAULTS.get(parsed.fault),
            wrap_fiscaliser=FISCALISER_FAULTS.get(parsed.fault),
            on_secret=logs.redactor.add,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
