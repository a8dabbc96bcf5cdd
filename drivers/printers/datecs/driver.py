"""A Datecs fiscal printer or cash register on a port: what the till sees of it, and the orders it takes.

`connect` comes into step with the device, whatever it did for whom before, and asks who it is; nothing it may have been
left with is touched, because that is evidence. Then come the `ask`s for orders without outcome, then new orders. In
between `watch` listens and now and then asks for the status. A device with another serial number than the till's
documents were made on is told about, and gets nothing to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import tzinfo
from functools import partial

from drivers.drawers.base import DutyGuard
from drivers.errors import DeviceError, NotSent, Refused
from drivers.ports.base import Port
from drivers.printers.base import Report
from drivers.printers.datecs.asking import Asking
from drivers.printers.datecs.caution import Caution
from drivers.printers.datecs.commands import language
from drivers.printers.datecs.commands_values import Identity
from drivers.printers.datecs.condition import Teller
from drivers.printers.datecs.dialogue import FIRST_SEQ, Dialogue, Wait
from drivers.printers.datecs.drawer_socket import DrawerSocket
from drivers.printers.datecs.looking import Looking
from drivers.printers.datecs.making import Making
from drivers.printers.datecs.outcomes import ask_failed, failed
from drivers.printers.datecs.settings import DatecsSettings
from drivers.printers.datecs.slip_memory import SlipMemory
from drivers.printers.datecs.slips import Slips
from drivers.printers.datecs.speech import Speech, lost
from drivers.printers.datecs.stamps import Stamps
from statemachines.vocabulary.effects import Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintRefused,
    PrintUnresolved,
)

NOT_CONNECTED = "it is not connected; nothing was sent; check its power and its cable"


class DatecsRegister:
    """One device. Owned by one thread; `wake` and `close` from any.

    `zone`: of the device's clock. `utc_ms`: the till's. `drawer_id`: the drawer on its socket ("" = none). `wait` and
    `first_seq` as of Dialogue.
    """

    def __init__(
        self,
        port: Port,
        settings: DatecsSettings,
        report: Report,
        *,
        zone: tzinfo,
        utc_ms: Callable[[], int],
        drawer_id: str = "",
        guard: DutyGuard | None = None,
        wait: Wait | None = None,
        first_seq: int = FIRST_SEQ,
    ) -> None:
        self._port = port
        self._settings = settings
        self._report = report
        self._teller = Teller(report)
        self._zone = zone
        self._utc_ms = utc_ms
        self._socket = DrawerSocket(drawer_id if settings.drawer != "none" else "", guard)
        self._dialogue = Dialogue(
            port, settings.dialect.envelope, settings.times, role=settings.role, wait=wait, first_seq=first_seq
        )
        words = language(settings.dialect, settings.exponent)
        self._speech = Speech(self._dialogue, words, settings, self._teller.heard)
        self._caution = Caution()
        self._making: Making | None = None
        self._asking: Asking | None = None
        self._slips: Slips | None = None
        self._connected = False
        self._slip_memory = SlipMemory()
        self._next_beat = 0.0
        self._lock = threading.RLock()

    @property
    def connected(self) -> bool:
        """False until `connect` succeeds and from the moment the device is lost."""
        return self._connected

    @property
    def identity(self) -> Identity | None:
        """Who the device said it is; None before the first connection."""
        return self._teller.identity

    @property
    def _strange(self) -> str:
        return self._teller.strange

    # --- connection -----------------------------------------------------------------------------------------------

    def connect(self) -> bool:
        """Open the port, come into step, ask who it is. Reports its condition. Returns whether it answered."""
        with self._lock:
            self._connected = False
            self._teller.begin()
            try:
                self._dialogue.open()
                self._dialogue.greet()
                self._meet(Looking(self._speech).identity())
                self._teller.known()
                self._speech.look()
            except DeviceError as error:
                self._silent(str(error))
                return False
            self._connected = True
            self._beat_later()
            return True

    def _meet(self, who: Identity) -> None:
        """The first device is the till's, or the one that is configured; another one is strange."""
        known = self._teller.identity
        expected = self._settings.serial or ("" if known is None else known.serial)
        self._teller.strange = ""
        if expected and who.serial != expected:
            self._teller.strange = (
                f"another fiscal printer ({who.serial}) is connected than the till's ({expected}): connect that one, "
                "or have the configuration changed"
            )
        elif self._making is None or known != who:
            self._teller.identity = who
            stamps = Stamps(who, self._zone)
            self._making = Making(self._speech, stamps, self._settings, self._caution, self._slip_memory)
            self._asking = Asking(self._making)
            self._slips = Slips(self._speech, self._making.looking, self._slip_memory)

    def close(self) -> None:
        """End what is under way (a document becomes doubtful) and give the port back. From any thread."""
        self._dialogue.stop()
        with self._lock:
            self._connected = False
            self._port.close()

    def wake(self) -> None:
        """Make `watch` return at once. From any thread."""
        self._port.wake()

    # --- watching -------------------------------------------------------------------------------------------------

    def watch(self, timeout: float) -> None:
        """Listen for up to `timeout` s, ask for the status when that is due; returns earlier when woken or lost."""
        with self._lock:
            if not self._connected:
                return
            try:
                now = self._dialogue.now()
                if now >= self._next_beat:
                    self._speech.look()
                    self._beat_later()
                else:
                    self._dialogue.listen(min(timeout, self._next_beat - now))
            except DeviceError as error:
                self._lost(error)

    def _beat_later(self) -> None:
        status, times = self._speech.status, self._settings.times
        healthy = status is None or status.can_print
        self._next_beat = self._dialogue.now() + (times.heartbeat if healthy else times.look)

    def _silent(self, reason: str) -> None:
        self._connected = False
        self._teller.silent(reason)

    def _lost(self, error: DeviceError) -> None:
        """Was the line lost over it? Then nothing more is sent before the device was greeted again."""
        if self._dialogue.stopped:
            self._connected = False
        elif lost(error) or not self._dialogue.in_step:
            self._silent(str(error))

    # --- documents ------------------------------------------------------------------------------------------------

    def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document. ReceiptFiscalised, FiscalisationRefused, Declined or FiscalisationDoubtful."""
        with self._lock:
            making = self._making
            reason = self._refusal(order)
            if reason or making is None:
                return FiscalisationRefused(order.document_id, f"{self._where()}: {reason}")
            self._speech.begin()
            try:
                outcome = making.make(order, self._utc_ms())
            except DeviceError as error:
                outcome = failed(order, error, acted=self._speech.acted)
                self._lost(error)
            self._beat_later()
            return outcome

    def ask(self, order: Fiscalise) -> Event:
        """What became of it. ReceiptFiscalised, FiscalisationUnknown, FiscalisationDoubtful, or as `fiscalise`."""
        with self._lock:
            asking = self._asking
            if self._connected and self._strange:
                reason = f"{self._where()}: {self._strange}; nothing was repeated"
                return FiscalisationDoubtful(order.document_id, reason, person_needed=True)
            if not self._connected or asking is None:
                return FiscalisationDoubtful(order.document_id, f"{self._where()}: it is asked when it is connected")
            self._speech.begin()
            try:
                outcome = asking.ask(order, self._utc_ms())
            except DeviceError as error:
                outcome = ask_failed(order, error)
                self._lost(error)
            self._beat_later()
            return outcome

    def _refusal(self, order: Fiscalise) -> str:
        """Why nothing is begun; "" when it may be. A new shift may begin on another device than the last one."""
        if self._connected and self._strange:
            return f"{self._strange}; nothing was sent"
        if not self._connected or self.identity is None:
            return NOT_CONNECTED
        before = order.before
        if order.opening is None and before is not None and before.serial not in ("", self.identity.serial):
            return (
                f"the shift's documents are on another fiscal printer ({before.serial}) than the one that is connected "
                f"({self.identity.serial}): connect that one; nothing was sent"
            )
        return ""

    # --- drawer and slips -----------------------------------------------------------------------------------------

    def kick(self, order: Kick) -> Event:
        """Send one drawer pulse (6Ah). DrawerKicked or DrawerKickDropped."""
        with self._lock:
            reason = self._kick(order)
            if reason:
                return DrawerKickDropped(order.drawer_id, f"{self._where()}: {reason}")
            return DrawerKicked(order.drawer_id, order.attempt)

    def _kick(self, order: Kick) -> str:
        if not self._connected or self._strange:
            return self._strange or NOT_CONNECTED
        reason = self._socket.refusal(order, self._dialogue.now())
        if reason:
            return reason
        try:
            self._socket.fire(order, self._speech)
        except DeviceError as error:
            self._lost(error)
            return error.text if isinstance(error, Refused | NotSent) else f"{error.text}; look whether it is open"
        self._beat_later()
        return ""

    def print(self, intention: Print) -> Event:
        """Print text that is no fiscal document, or a copy. ReceiptPrinted, PrintRefused or PrintDoubtful."""
        with self._lock:
            if not self._connected or self._slips is None or self._strange:
                reason = f"{self._where()}: {self._strange or NOT_CONNECTED}"
                return PrintRefused(intention.document_id, intention.job_id, reason)
            if intention.kick is not None:
                self._report(self.kick(intention.kick))
            outcome = self._slips.print(intention, partial(self._is_last, intention.document_id))
            self._keep_step()
            return outcome

    def ask_print(self, intention: Print) -> Event:
        """What became of such a text. ReceiptPrinted, PrintFoundMissing or PrintUnresolved."""
        with self._lock:
            name, job_id = intention.document_id, intention.job_id
            if not self._connected or self._slips is None or self._strange:
                reason = f"{self._where()}: it is asked when it is connected"
                return PrintUnresolved(name, job_id, reason, person_needed=False)
            try:
                outcome = self._slips.ask(intention)
            except DeviceError as error:
                self._lost(error)
                return PrintUnresolved(name, job_id, str(error), person_needed=False)
            self._beat_later()
            return outcome

    def _is_last(self, document_id: str) -> bool:
        return self._making is not None and self._making.is_last_receipt(document_id)

    def _keep_step(self) -> None:
        """An order that told its own failure: was the device lost over it?"""
        if self._dialogue.stopped:
            self._connected = False
        elif not self._dialogue.in_step:
            self._silent("it does not answer any more")
        self._beat_later()

    def _where(self) -> str:
        return f"{self._settings.role} at {self._port.name}"
