"""An ESC/POS receipt printer on a port: what the till sees of it, and the orders it takes.

One connection has four phases. `connect` only asks and wipes nothing, because a till that was cut off may have
left half a job in the printer, and that is evidence. Then come the `ask`s for jobs without outcome, then `print`s;
the first of these cleans the printer up. In between `watch` listens: status comes unasked.

The till must ask for a job before it prints another one on the same printer, and not ask for it any more after:
the printer's counters and marks speak of the job that was begun last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.drawers.printer_kick import PrinterKick
from drivers.errors import DeviceError
from drivers.ports.base import Clock, Port, PortLost
from drivers.printers.base import Report
from drivers.printers.escpos import profiles
from drivers.printers.escpos.acquaintance import Acquaintance
from drivers.printers.escpos.drawer_socket import DrawerSocket
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.logo import LogoKeeper
from drivers.printers.escpos.preparation import Known
from drivers.printers.escpos.printing import Printing
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.status import Condition, PrinterStatus
from drivers.printers.escpos.transfer import OnSent, nobody
from drivers.printers.escpos.writer import Writer
from drivers.printers.tally import PaperTally
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    PrinterReady,
    PrinterSilent,
    PrintRefused,
    PrintUnresolved,
)
from statemachines.vocabulary.evidence import Counters


class EscPosPrinter:
    """drivers.printers.base.ReceiptPrinter in ESC/POS. Owned by one thread; `wake` and `close` from any.

    `clock` is the port's unless given; `Kick.expires` is in its milliseconds. Raises ValueError for a profile in the
    settings that does not exist.
    """

    def __init__(
        self,
        port: Port,
        settings: EscPosSettings,
        report: Report,
        drawer: PrinterKick | None = None,
        clock: Clock | None = None,
    ) -> None:
        if settings.profile:
            profiles.named(settings.profile)
        self._port = port
        self._settings = settings
        self._report = report
        self._clock = clock or port.clock
        self._dialogue = Inquiry(port, settings, self._on_status)
        self._socket = DrawerSocket(self._dialogue, settings, drawer, report, self._clock)
        self._dialogue.drawer_moves = self._socket.moves
        self._dialogue.on_drawer = self._socket.feel
        self._dialogue.settle_drawer = self._socket.settle
        self._logo = LogoKeeper(settings.logo)
        self._printing = Printing(self._dialogue, settings, report, drawer, self._logo)
        self._acquaintance = Acquaintance(self._dialogue, settings, self._printing, self._logo, self._where())
        self._connected = False
        self._told: Event | None = None
        self._hush = False
        self._missed = 0
        self._next_beat = 0.0
        self._lock = threading.RLock()

    @property
    def connected(self) -> bool:
        """False until `connect` succeeds and from the moment the printer is lost."""
        return self._connected

    @property
    def identity(self) -> Identity | None:
        """Who the printer said it is, when it was last asked; None before that. Outlives the connection."""
        return self._acquaintance.identity

    @property
    def tally(self) -> PaperTally:
        """What it has put on paper since the driver was made."""
        return self._printing.tally

    @property
    def known(self) -> Known:
        """What is known of the printer in this connection."""
        return self._printing.known

    @property
    def status(self) -> PrinterStatus:
        """Its status bits as last seen."""
        return self._dialogue.status

    @property
    def logo(self) -> LogoKeeper:
        """Where the shop's logo is."""
        return self._logo

    # --- connection -----------------------------------------------------------------------------------------

    def connect(self) -> bool:
        """Open the port and identify the printer, leaving it as it is. Reports its condition, exactly one event."""
        with self._lock:
            self._connected = False
            self._told = None
            try:
                self._port.open()
                self._dialogue.restart()
                self._hush = True
                heard = self._acquaintance.begin()
            except DeviceError as error:
                self._silent(str(error))
                return False
            finally:
                self._hush = False
            if not heard:
                self._silent("it does not answer; check its power, its cable and the speed of the line")
                return False
            self._connected = True
            self._missed = 0
            self._next_beat = self._clock.monotonic() + self._settings.times.heartbeat
            self._tell(self._printing.known.counters)
            return True

    def close(self) -> None:
        """End what is under way (a print becomes doubtful) and give the port back. From any thread."""
        self._dialogue.stop()
        with self._lock:
            self._connected = False
            self._port.close()

    def wake(self) -> None:
        """Make `watch` return at once. From any thread."""
        self._port.wake()

    # --- watching -------------------------------------------------------------------------------------------

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` s; returns earlier when woken, at news, and at once when not connected."""
        with self._lock:
            if not self._connected:
                return
            try:
                self._watch(timeout)
            except PortLost as error:
                self._silent(str(error))
            except DeviceError:
                self._connected = False

    def _watch(self, timeout: float) -> None:
        deadline = self._clock.monotonic() + timeout
        while True:
            self._socket.settle()
            now = self._clock.monotonic()
            if self._settings.confirm != "none" and now >= self._next_beat:
                self._beat()
                if not self._connected:
                    return
                now = self._clock.monotonic()
            if self._settings.confirm != "none":
                self._dialogue.glance()
                if self._acquaintance.use_pause():
                    self._told = None
                    self._tell(self._printing.known.counters)
                now = self._clock.monotonic()
            until = min(deadline, self._next_stop())
            replies = self._dialogue.pump(until - now)
            if replies:
                self._next_beat = self._clock.monotonic() + self._settings.times.heartbeat
            elif self._clock.monotonic() < until:
                self._socket.settle()
                return
            if self._clock.monotonic() >= deadline:
                self._socket.settle()
                return

    def _next_stop(self) -> float:
        times = [self._next_beat] if self._settings.confirm != "none" else []
        times.append(self._acquaintance.next_pause)
        if self._socket.moves() and not self._dialogue.status.auto_seen:
            times.append(self._clock.monotonic() + self._settings.times.glance)
        if self._socket.deadline is not None:
            times.append(self._socket.deadline)
        return min(times)

    def _beat(self) -> None:
        self._next_beat = self._clock.monotonic() + self._settings.times.heartbeat
        was_offline = self._dialogue.status.offline
        if self._dialogue.real_time(1) is None:
            if self._dialogue.asleep:
                return
            self._missed += 1
            if self._missed >= 2:
                self._silent("it does not answer any more: without power, or unplugged")
            return
        self._missed = 0
        if self._dialogue.status.offline or was_offline:
            self._dialogue.look()
        self._on_status()

    def _on_status(self) -> None:
        """Something was heard of the printer: tell what is new, of itself and of its drawer."""
        self._socket.feel()
        if not self._hush:
            self._tell(None)

    def _tell(self, counters: Counters | None) -> None:
        condition: Condition = self._dialogue.status.condition()
        if condition == self._told:
            return
        self._told = condition
        if isinstance(condition, PrinterReady):
            who = self._printing.known.identity or Identity()
            condition = PrinterReady(condition.paper_near_end, who.model, who.serial, counters)
        self._report(condition)

    def _silent(self, reason: str) -> None:
        self._connected = False
        self._socket.forget()
        if not isinstance(self._told, PrinterSilent):
            self._told = PrinterSilent(reason)
            self._report(self._told)

    # --- orders ---------------------------------------------------------------------------------------------

    def print(self, intention: Print) -> Event:
        """Put the job on paper. ReceiptPrinted, PrintRefused, PrintOutdated or PrintDoubtful."""
        return self.print_with(intention, None)

    def print_with(self, intention: Print, body: Callable[[Writer], None] | None, on_sent: OnSent = nobody) -> Event:
        """As `print`; a `body` writes what no paper has, such as a sheet of all code pages, above the END line."""
        with self._lock:
            if not self._connected:
                reason = f"{self._where()}: it is not connected; nothing was printed; check its power and cable"
                return PrintRefused(intention.document_id, intention.job_id, reason)
            outcome = self._printing.print(intention, body, on_sent)
            self._after()
            return outcome

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        """Find out what became of a job. ReceiptPrinted, PrintFoundMissing or PrintUnresolved."""
        with self._lock:
            if not self._connected:
                reason = f"{self._where()}: it is not connected; this will be asked when it is"
                return PrintUnresolved(intention.document_id, intention.job_id, reason, person_needed=False)
            outcome = self._printing.ask(intention, end_sent)
            self._after()
            return outcome

    def _after(self) -> None:
        """An order is done: was the printer lost over it?"""
        if self._dialogue.stopped:
            self._connected = False
            return
        if self._acquaintance.ordered() and isinstance(self._told, PrinterReady):
            self._told = None  # who it is has to be heard before what came of the order
            self._tell(self._printing.known.counters)
        now = self._clock.monotonic()
        try:
            self._dialogue.pump(0.0)
        except PortLost as error:
            self._silent(str(error))
        except DeviceError:
            self._connected = False
        quiet = now - self._dialogue.quiet_since
        beat = self._settings.times.heartbeat
        self._next_beat = now if quiet >= beat else now + beat

    def kick(self, order: Kick) -> Event:
        """Send one drawer pulse. DrawerKicked or DrawerKickDropped."""
        with self._lock:
            reason = self._kick(order)
            if reason:
                return DrawerKickDropped(order.drawer_id, f"{self._where()}: {reason}")
            return DrawerKicked(order.drawer_id, order.attempt)

    def _kick(self, order: Kick) -> str:
        if not self._connected:
            return "the printer is not connected; nothing was sent; check its power and cable"
        try:
            return self._socket.kick(order, (self._printing.known.identity or Identity()).maker)
        except PortLost as error:
            self._silent(str(error))
            return "the connection was lost; check whether the drawer is open"
        except DeviceError as error:
            return error.text

    def _where(self) -> str:
        return f"{self._settings.role} at {self._port.name}"
