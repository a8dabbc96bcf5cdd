"""An ESC/POS receipt printer on a port: what the till sees of it, and the orders it takes.

One connection has four phases. `connect` only asks and wipes nothing, because a till that was cut off may have
left half a job in the printer, and that is evidence. Then come the `ask`s for jobs without outcome, then `print`s;
the first of these cleans the printer up. In between `watch` listens: status comes unasked.

The till must ask for a job before it prints another one on the same printer, and not ask for it any more after:
the printer's counters and marks speak of the job that was begun last.
"""

from __future__ import annotations

import threading

from drivers.drawers.printer_kick import PrinterKick
from drivers.errors import DeviceError
from drivers.ports.base import Clock, Port, PortLost
from drivers.printers.base import Report
from drivers.printers.escpos import commands
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.preparation import Known, identify
from drivers.printers.escpos.printing import Printing
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.status import Condition
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

_AUTO_ALL = 0x0F
# A command that a dead till began may still want a byte or two, and must not get any that make it act: as times of
# ESC p these are too short to open a drawer, as time of DLE DC4 and as kind of cut they do not exist. Without them
# the first question would be taken for a drawer pulse of 32 ms, and NULs for a cut in the middle of the receipt.
_HARMLESS_END = b"\x09\x09"


class EscPosPrinter:
    """drivers.printers.base.ReceiptPrinter in ESC/POS. Owned by one thread; `wake` and `close` from any.

    `clock` is the port's unless given; `Kick.expires` is in its milliseconds.
    """

    def __init__(
        self,
        port: Port,
        settings: EscPosSettings,
        report: Report,
        drawer: PrinterKick | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._port = port
        self._settings = settings
        self._report = report
        self._drawer = drawer
        self._clock = clock or port.clock
        self._dialogue = Inquiry(port, settings, self._on_status)
        self._dialogue.drawer_moves = self._drawer_moves
        self._dialogue.on_drawer = self._feel_drawer
        self._dialogue.settle_drawer = self._settle_drawer
        self._printing = Printing(self._dialogue, settings, report, drawer)
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
                heard = self._settings.confirm == "none" or self._greet()
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

    def _greet(self) -> bool:
        dialogue, times = self._dialogue, self._settings.times
        dialogue.send(_HARMLESS_END)
        if not dialogue.look():
            return False
        self._printing.known = Known()
        dialogue.send(commands.automatic_status(_AUTO_ALL))
        # A printer that is busy, or stuck in a command, answers questions in order later: not worth waiting for.
        if not dialogue.status.offline and dialogue.barrier(times.status):
            identify(dialogue, self._printing.known)
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
            self._settle_drawer()
            now = self._clock.monotonic()
            if self._settings.confirm != "none" and now >= self._next_beat:
                self._beat()
                if not self._connected:
                    return
                now = self._clock.monotonic()
            if self._settings.confirm != "none":
                self._dialogue.glance()
                now = self._clock.monotonic()
            until = min(deadline, self._next_stop())
            replies = self._dialogue.pump(until - now)
            if replies:
                self._next_beat = self._clock.monotonic() + self._settings.times.heartbeat
            elif self._clock.monotonic() < until:
                self._settle_drawer()
                return
            if self._clock.monotonic() >= deadline:
                self._settle_drawer()
                return

    def _next_stop(self) -> float:
        times = [self._next_beat] if self._settings.confirm != "none" else []
        if self._drawer_moves() and not self._dialogue.status.auto_seen:
            times.append(self._clock.monotonic() + self._settings.times.glance)
        if self._drawer is not None and self._drawer.sense.deadline is not None:
            times.append(self._drawer.sense.deadline)
        return min(times, default=float("inf"))

    def _beat(self) -> None:
        self._next_beat = self._clock.monotonic() + self._settings.times.heartbeat
        was_offline = self._dialogue.status.offline
        if self._dialogue.real_time(1) is None:
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
        self._feel_drawer()
        if not self._hush:
            self._tell(None)

    def _feel_drawer(self) -> None:
        high = self._dialogue.status.pin3_high
        if self._drawer is not None and high is not None:
            news = self._drawer.sensed(high=high, now=self._clock.monotonic())
            if news is not None:
                self._report(news)

    def _drawer_moves(self) -> bool:
        return self._drawer is not None and self._drawer.moves(self._clock.monotonic())

    def _settle_drawer(self) -> None:
        news = self._drawer.settled(self._clock.monotonic()) if self._drawer is not None else None
        if news is not None:
            self._report(news)

    def _tell(self, counters: Counters | None) -> None:
        condition: Condition = self._dialogue.status.condition()
        if condition == self._told:
            return
        self._told = condition
        if isinstance(condition, PrinterReady):
            known = self._printing.known
            condition = PrinterReady(condition.paper_near_end, known.model, known.serial, counters)
        self._report(condition)

    def _silent(self, reason: str) -> None:
        self._connected = False
        if self._drawer is not None:
            self._drawer.sense.forget()
        if not isinstance(self._told, PrinterSilent):
            self._told = PrinterSilent(reason)
            self._report(self._told)

    # --- orders ---------------------------------------------------------------------------------------------

    def print(self, intention: Print) -> Event:
        """Put the job on paper. ReceiptPrinted, PrintRefused, PrintOutdated or PrintDoubtful."""
        with self._lock:
            if not self._connected:
                reason = f"{self._where()}: it is not connected; nothing was printed; check its power and cable"
                return PrintRefused(intention.document_id, intention.job_id, reason)
            outcome = self._printing.print(intention)
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
        drawer = self._drawer
        if drawer is None:
            return "no drawer hangs on this printer; nothing was sent; correct the configuration"
        if not self._connected:
            return "the printer is not connected; nothing was sent; check its power and cable"
        at_once = self._kick_at_once()
        if not at_once and self._dialogue.status.offline:
            return "the printer is offline and would open the drawer later, unattended; nothing was sent"
        now = self._clock.monotonic()
        reason = drawer.refusal(order, now, real_time=at_once)
        if reason:
            return reason
        drawer.fired(order, now, real_time=at_once)
        try:
            if self._dialogue.send(drawer.command(order, real_time=at_once)):
                return ""
        except PortLost as error:
            self._silent(str(error))
            return "the connection was lost; check whether the drawer is open"
        except DeviceError as error:
            return error.text
        return "the printer takes no bytes; nothing was sent; open the drawer with its key"

    def _kick_at_once(self) -> bool:
        """DLE DC4 where it is known to work (Epson), and where ESC p would wait or be swallowed."""
        if self._settings.kick != "auto":
            return self._settings.kick == "real_time"
        known = self._printing.known
        return known.maker.upper().startswith("EPSON") or self._dialogue.status.offline

    def _where(self) -> str:
        return f"{self._settings.role} at {self._port.name}"
