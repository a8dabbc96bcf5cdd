"""One order to a printer that is connected: print a job and prove it, or find out what became of one.

The ladder of proof, best first: the printer answers the job's process id after printing it; its odometer of cuts
moved by exactly this job; it processed everything; time passed. Whatever the rung, the job's marker must still be
in the printer's RAM at the end: a printer that was off and on in between has printed a part, and says nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.drawers.printer_kick import PrinterKick
from drivers.errors import DeviceError, Refused, Unanswered
from drivers.ports.base import PortLost
from drivers.printers.escpos import commands
from drivers.printers.escpos.encode import Job, encode, marker_key
from drivers.printers.escpos.evidence import Evidence, judge
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.logo import LogoKeeper
from drivers.printers.escpos.preparation import Known, identify, initialise
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.transfer import OnSent, Transfer, longest, nobody
from drivers.printers.escpos.vigil import Vigil
from drivers.printers.escpos.writer import Writer
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    DrawerKickDropped,
    DrawerKicked,
    Event,
    PrintDoubtful,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptPrinted,
)
from statemachines.vocabulary.evidence import Counters, PrintEvidence

_POLL = 0.1
_GLANCE = 0.25
_SETTLE_ROUNDS = 20


class Printing:
    """Prints and asks over one `dialogue`; `known` belongs to the connection and is replaced with it.

    `owner` is the job that the evidence in the printer speaks of, as far as this process knows.
    """

    def __init__(
        self,
        dialogue: Inquiry,
        settings: EscPosSettings,
        report: Callable[[Event], None],
        drawer: PrinterKick | None,
        logo: LogoKeeper,
    ) -> None:
        self.known = Known()
        self.tally = logo.tally
        self._logo = logo
        self._dialogue = dialogue
        self._settings = settings
        self._times = settings.times
        self._report = report
        self._drawer = drawer
        self._owner: tuple[str, str] | None = None
        self._restarted: set[str] = set()
        self._unpapered: set[str] = set()
        self._vigil = Vigil()

    # --- print ----------------------------------------------------------------------------------------------

    def print(self, intention: Print, body: Callable[[Writer], None] | None = None, on_sent: OnSent = nobody) -> Event:
        """Return the outcome; the connection's own failures become outcomes too. `body`: see `encode`."""
        transfer: Transfer | None = None
        try:
            outdated = self._prepare(intention)
            if outdated is not None:
                return outdated
            job, kick = self._encode(intention, body)
            transfer = Transfer(self._dialogue, self._settings, job, lambda: self._kicked(kick), on_sent)
            transfer.send()
            return self._counted(job, self._confirmed(intention, transfer))
        except (DeviceError, ValueError) as error:
            reason = str(error)
            if transfer is None or transfer.reached == 0:
                return PrintRefused(intention.document_id, intention.job_id, reason)
            if transfer.past_end:
                self._unpapered.add(intention.job_id)
            if transfer.gap and not isinstance(error, PortLost):
                self._vigil.gaps.add(intention.job_id)
            if transfer.in_command and self._settings.confirm != "none":
                self._dialogue.end_command()
            self.known.clean = False
            return PrintDoubtful(intention.document_id, intention.job_id, reason, transfer.end_sent)

    def _prepare(self, intention: Print) -> PrintOutdated | None:
        mute = self._settings.confirm == "none"
        if not mute:
            self._check_ready()
        # From here on the evidence of an earlier job is gone.
        self._owner = (intention.job_id, self.known.serial)
        self._dialogue.forget(intention.job_id)
        for broken in (self._restarted, self._unpapered, self._vigil.gaps):
            broken.discard(intention.job_id)
        if not self.known.clean:
            initialise(self._dialogue, self._settings, self.known, self._logo)
            self._owner = (intention.job_id, self.known.serial)
        if mute:
            return None
        self.known.counters = self._dialogue.counters()
        before = intention.before
        if before is None or before.cuts is None or before == self.known.counters:
            return None
        if self.known.counters is None:
            self._check_ready()
        return PrintOutdated(intention.document_id, intention.job_id, self.known.counters)

    def _check_ready(self) -> None:
        away = self._dialogue.away()
        if away and self._dialogue.recovered(commands.RECOVER_CLEARED):
            # What stood in its buffers belonged to a job whose fate is known.
            self.known.clean = False
            away = self._dialogue.away()
        if away:
            raise Refused(f"{away}; nothing was printed", port=self._dialogue.port.name, role=self._settings.role)

    def _encode(self, intention: Print, body: Callable[[Writer], None] | None) -> tuple[Job, Kick | None]:
        kick = intention.kick
        pulse = b""
        if kick is not None:
            now = self._dialogue.now()
            reason = self._drawer.refusal(kick, now) if self._drawer is not None else "no drawer hangs on this printer"
            if reason or self._drawer is None:
                self._report(DrawerKickDropped(kick.drawer_id, reason))
                kick = None
            else:
                pulse = self._drawer.command(kick, real_time=False)
                self._drawer.fired(kick, now)
        known = self.known
        logo = self._logo.heading
        asks = known.markers is None and self._settings.confirm != "none" and not self._vigil.deaf
        job = encode(intention, known.means, kick=pulse, markers=known.markers, logo=logo, body=body, asks=asks)
        return job, kick

    def _kicked(self, kick: Kick | None) -> None:
        if kick is not None:
            self._report(DrawerKicked(kick.drawer_id, kick.attempt))

    def _confirmed(self, intention: Print, transfer: Transfer) -> ReceiptPrinted:
        evidence = self._prove(intention, transfer)
        if evidence != "assumed":
            # first of all: what is asked from here on is asked behind the job
            if transfer.asks and self._vigil.away(intention.job_id, transfer.asks, transfer.unanswered()):
                raise self._unanswered("it did not answer for a moment in the middle of the receipt", transfer)
            transfer.check_paper()
            self._check_power(intention, transfer)
            self.known.counters = self._dialogue.counters()
        return ReceiptPrinted(
            intention.document_id,
            intention.job_id,
            evidence,
            self.known.counters if evidence != "assumed" else None,
            interrupted=transfer.interrupted,
        )

    def _counted(self, job: Job, outcome: ReceiptPrinted) -> ReceiptPrinted:
        self.tally.printed(job.amounts)
        return outcome

    def _prove(self, intention: Print, transfer: Transfer) -> PrintEvidence:
        if self._settings.confirm == "none":
            transfer.wait(transfer.estimate(), lambda: False)
            return "assumed"
        if self.known.process_id:
            confirmed = self._dialogue.confirmed
            if transfer.confirmed(self._times.confirmation, lambda: intention.job_id in confirmed):
                return "process_id"
        if self._dialogue.barrier_works is False:
            self._healthy_for(transfer.estimate() + 1.0, transfer)
            return "assumed"
        started = self._dialogue.now()
        if not transfer.barrier(self._times.confirmation):
            raise self._unanswered("it does not confirm that it has printed", transfer)
        before = self.known.counters
        if before is not None and before.cuts is not None:
            return self._by_odometer(intention, before, transfer)
        # Some answer before the last lines are on paper: give these the time that they take.
        passed = self._dialogue.now() - started
        self._healthy_for(max(self._times.cut * 2, transfer.estimate() - passed), transfer)
        return "barrier"

    def _by_odometer(self, intention: Print, before: Counters, transfer: Transfer) -> PrintEvidence:
        deadline = self._dialogue.now() + self._times.confirmation
        while True:
            now = self._dialogue.counters()
            moved = None if now is None or now.cuts is None or before.cuts is None else now.cuts - before.cuts
            if moved == intention.cuts:
                return "odometer"
            if moved is not None and moved > intention.cuts:
                raise self._unanswered(f"its knife cut {moved} times instead of {intention.cuts}", transfer)
            if self._dialogue.now() >= deadline:
                raise self._unanswered("its counter of cuts does not show this receipt", transfer)
            transfer.wait(_POLL, lambda: False)

    def _healthy_for(self, seconds: float, transfer: Transfer) -> None:
        """So long it must be online and answer: one that loses its power does not for a while."""
        left = seconds
        while left > 0:
            transfer.wait(_GLANCE, lambda: False)
            if self._dialogue.real_time(1) is None:
                raise self._unanswered("it does not answer any more", transfer)
            left -= _GLANCE

    def _check_power(self, intention: Print, transfer: Transfer) -> None:
        """The job's marker must still be there, or a part of the receipt is lost."""
        if self.known.markers is None:
            return
        markers = self._dialogue.markers(self._times.reply)
        if markers is None and not transfer.held:
            return
        if markers is None:
            raise self._unanswered("it waited, and does not tell whether it kept its power meanwhile", transfer)
        if marker_key(intention.job_id) not in markers:
            self._restarted.add(intention.job_id)
            raise self._unanswered("it was switched off and on in the middle of the receipt", transfer)
        self.known.markers = markers

    # --- ask ------------------------------------------------------------------------------------------------

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        """Return what became of `intention`; nothing is repeated."""
        try:
            return self._asked(intention, end_sent)
        except DeviceError as error:
            return self._later(intention, str(error))

    def _asked(self, intention: Print, end_sent: bool | None) -> Event:
        dialogue = self._dialogue
        if self._settings.confirm == "none":
            return judge(intention, None, Evidence())
        away = self._dialogue.away()
        if away and self._dialogue.recovered(commands.RECOVER):
            # It goes on where it stopped: the rest of the job is still in its buffers.
            away = self._dialogue.away()
        if away:
            if dialogue.prints_on_without_paper():
                self._unpapered.add(intention.job_id)
            return self._later(intention, away)
        confirmed = dialogue.confirmed
        if dialogue.barrier_works is None:
            # Sent over another connection, all of it may still be on its way or being printed: not to be cleared.
            job = encode(intention, self.known.means, markers=frozenset(), logo=self._logo.heading)
            dialogue.pace.at_least(longest(job, self._times))
        if not dialogue.pass_through(lambda: intention.job_id in confirmed or dialogue.away() != ""):
            away = "" if intention.job_id in confirmed else self._dialogue.away()
            if away:
                return self._later(intention, away)
        self.known.clean = False
        if not self._settled():
            return self._later(intention, dialogue.status.why_offline())
        verdict = judge(intention, end_sent, self._evidence(intention))
        if isinstance(verdict, ReceiptPrinted):
            self._restarted.discard(intention.job_id)
        return verdict

    def _settled(self) -> bool:
        """Wait until nothing moves any more: an answer in order may come before the last lines and the cut."""
        dialogue = self._dialogue
        last = dialogue.counters()
        for _ in range(_SETTLE_ROUNDS):
            deadline = dialogue.now() + self._times.cut * 2
            while dialogue.now() < deadline:
                dialogue.pump(deadline - dialogue.now())
            if not dialogue.look() or dialogue.status.offline:
                return False
            now = dialogue.counters()
            if now == last:
                self.known.counters = now
                return True
            last = now
        return False

    def _evidence(self, intention: Print) -> Evidence:
        if self.known.identity is None:
            identify(self._dialogue, self._settings, self.known, self._logo)
        markers = None
        if self._settings.marker != "off" and self.known.markers_work is not False:
            markers = self._dialogue.markers(self._times.reply)
        owner, serial = self._owner or (intention.job_id, "")
        return Evidence(
            process_id=intention.job_id in self._dialogue.confirmed,
            counters=self.known.counters,
            markers=markers,
            superseded=owner != intention.job_id,
            restarted=intention.job_id in self._restarted,
            unpapered=intention.job_id in self._unpapered,
            gap=intention.job_id in self._vigil.gaps,
            exchanged=bool(serial and self.known.serial and serial != self.known.serial),
        )

    def _later(self, intention: Print, reason: str) -> PrintUnresolved:
        text = f"{reason}; whether the receipt was printed will be asked when the printer is ready"
        return PrintUnresolved(intention.document_id, intention.job_id, text, person_needed=False)

    def _unanswered(self, reason: str, transfer: Transfer) -> Unanswered:
        return Unanswered(reason, port=self._dialogue.port.name, role=self._settings.role, sent=transfer.sent)
