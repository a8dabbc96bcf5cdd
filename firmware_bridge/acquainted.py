"""Between a lane and its printer on a sale's way: is it the printer that it was before?

What a printer answers about a job proves something only of that printer. So the till remembers who it was, by the
serial number, in a small file beside its journal, and another one gets nothing to do until a person accepts it
(`firmware-bridge devices accept`). A file and no record of the journal, because it must be read before anything is
asked and written while the till runs or stands still. A printer that tells no serial number cannot be told apart.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from drivers.printers.base import ReceiptPrinter
from firmware_bridge import entrance
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    Event,
    PrinterFault,
    PrinterReady,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
)

log = logging.getLogger(__name__)

_writing: Final = threading.RLock()  # the printer's thread and whoever accepts over HTTP
_ASKED_IN_VAIN: Final = 1
_ACCEPT: Final = (
    "confirm it with `firmware-bridge devices accept` (POST /v1/devices/printer/accept), or plug the other one in again"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A device by its own words."""

    model: str
    serial: str

    def __str__(self) -> str:
        return f"{self.model or 'model not told'}, serial {self.serial}"


class DeviceMemory:
    """The file: for each configured device who it is (`known`) and who else was seen in its place (`stranger`).

    A file that cannot be read counts as empty, and one that cannot be written is told to the log: neither keeps a till
    from selling.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self, device: str) -> Known | None:
        return self._read(device, "known")

    def stranger(self, device: str) -> Known | None:
        return self._read(device, "stranger")

    def write(self, device: str, known: Known, stranger: Known | None = None) -> None:
        """Replace what is remembered of one device. Raises OSError."""
        with _writing:
            rows = {**self._rows(), device: {"known": asdict(known)}}
            if stranger is not None:
                rows[device]["stranger"] = asdict(stranger)
            beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            with beside.open("w", encoding="utf-8") as file:
                json.dump(rows, file, ensure_ascii=False, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)

    def _read(self, device: str, which: str) -> Known | None:
        row = self._rows().get(device)
        found = row.get(which) if isinstance(row, dict) else None
        if not isinstance(found, dict):
            return None
        model, serial = found.get("model"), found.get("serial")
        return Known(model, serial) if isinstance(model, str) and isinstance(serial, str) and serial else None

    def _rows(self) -> dict[str, Any]:
        try:
            rows = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning(
                "%s cannot be read (%s): the till takes the devices that it meets for its own",
                self._path,
                error,
                extra=about("device-changed"),
            )
            return {}
        return rows if isinstance(rows, dict) else {}


def accept(path: Path, device: str, serial: str = "") -> Known | None:
    """Take the stranger that was seen last for the till's own `device`; returns who that is, None when nobody was.

    `serial`: only if it is that one. A running till hears of it within seconds. Raises OSError.
    """
    memory = DeviceMemory(path)
    with _writing:
        stranger = memory.stranger(device)
        if stranger is None or serial not in ("", stranger.serial):
            return None
        memory.write(device, stranger)
        return stranger


class Acquaintances:
    """Stands in the way of a printer's reports and knows whether it is `strange`: "" or why not. One thread."""

    def __init__(self, path: Path, device: str, report: Callable[[Event], None]) -> None:
        self._memory = DeviceMemory(path)
        door = entrance.current()
        self._clean = str if door is None else door.cleaned
        self._device = device
        self._report = report
        self._met: Known | None = None
        self._waited = 0
        self.strange = ""
        self.ours: Known | None = None

    def begin(self) -> None:
        """A new connection: nobody has said yet who is there."""
        self.ours = self._memory.known(self._device)
        self._met = None
        self._waited = 0
        self.strange = ""

    def wait(self) -> bool:
        """Must a question wait until the printer has said who it is? Not for long: one that was busy when it was asked
        says it with the answer, and another may have ceased to tell."""
        self._waited += 1
        return self._met is None and self.ours is not None and self._waited <= _ASKED_IN_VAIN

    @property
    def accepted(self) -> bool:
        """Is the stranger no stranger any more?"""
        return bool(self.strange) and self._memory.known(self._device) == self._met

    def report(self, event: Event) -> None:
        """Every report passes here, on the printer's thread; that of a stranger becomes one about the stranger."""
        if isinstance(event, PrinterReady) and event.serial:
            self._meet(Known(self._clean(event.model), self._clean(event.serial)))
        if not self.strange or isinstance(event, PrinterSilent):
            self._report(event)
        elif isinstance(event, PrinterReady):
            self._report(PrinterFault(self.strange, recoverable=False))

    def _meet(self, who: Known) -> None:
        if who == self._met:
            return
        self._met = who
        if self.ours is None or self.ours == who:
            self.strange = ""
            if self.ours is None:
                self._keep(who, None)
            self.ours = who
            return
        self.strange = f"another printer ({who}) than before ({self.ours}) is plugged in: {_ACCEPT}"
        log.warning("%s", self.strange, extra=about("device-changed", device=self._device))
        self._keep(self.ours, who)

    def _keep(self, known: Known, stranger: Known | None) -> None:
        try:
            self._memory.write(self._device, known, stranger)
        except OSError as error:
            log.warning(
                "it cannot be remembered which printer this till has: %s",
                error,
                extra=about("device-changed", device=self._device),
            )


class AcquaintedPrinter:
    """drivers.printers.base.ReceiptPrinter that gives a stranger nothing to do. `known` gets the printer's reports."""

    def __init__(self, printer: ReceiptPrinter, known: Acquaintances) -> None:
        self._printer = printer
        self._known = known

    @property
    def connected(self) -> bool:
        """Not, for one moment, when the stranger was accepted: it is greeted again, as the till's own."""
        return self._printer.connected and not self._known.accepted

    def connect(self) -> bool:
        self._known.begin()
        return self._printer.connect()

    def watch(self, timeout: float) -> None:
        self._printer.watch(timeout)

    def print(self, intention: Print) -> Event:
        if self._known.strange:
            return PrintRefused(intention.document_id, intention.job_id, f"{self._known.strange}; nothing was printed")
        return self._printer.print(intention)

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        """A stranger, and whoever has not said yet who it is, is not asked about the till's own printer's job."""
        reason = self._known.strange or ("it has not said yet which printer it is" if self._known.wait() else "")
        if reason:
            return _later(intention, reason)
        outcome = self._printer.ask(intention, end_sent)  # with which it may say at last who it is
        return _later(intention, self._known.strange) if self._known.strange else outcome

    def kick(self, order: Kick) -> Event:
        if self._known.strange:
            return DrawerKickDropped(order.drawer_id, f"{self._known.strange}; nothing was sent")
        return self._printer.kick(order)

    def wake(self) -> None:
        self._printer.wake()

    def close(self) -> None:
        self._printer.close()


def _later(intention: Print, reason: str) -> PrintUnresolved:
    text = f"{reason}; this will be asked when the till's own printer is there"
    return PrintUnresolved(intention.document_id, intention.job_id, text, person_needed=False)
