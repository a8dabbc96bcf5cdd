"""Before the first receipt: who the printer is, what it can prove, and a clean start for its command parser.

Two parts that must not be mixed. `identify` only asks and leaves everything as it is. `initialise` sends ESC @,
which wipes what an interrupted job left behind, evidence included: it comes when a job is about to be printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.errors import NotSent
from drivers.printers.escpos import choosing, commands
from drivers.printers.escpos.encode import EPOCH_KEY
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.logo import LogoKeeper
from drivers.printers.escpos.means import ASCII_ONLY, Means
from drivers.printers.escpos.profiles import UNKNOWN, Profile
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.evidence import Counters

_PROBE_ID = " ~? "  # no job id has blanks
_PARTS = (
    ("model", commands.MODEL),
    ("maker", commands.MAKER),
    ("serial", commands.SERIAL),
    ("firmware", commands.FIRMWARE),
)


@dataclass(slots=True)
class Known:
    """What was learnt of the printer behind this connection. None = not found out (yet).

    `identity` stays None until it was asked, and `means` what most printers have. `markers`: the keys in its RAM as
    we left them, None = not used. `clean`: initialised since it was last in doubt.
    """

    identity: Identity | None = None
    profile: Profile = UNKNOWN
    means: Means = field(default_factory=Means)
    counters: Counters | None = None
    process_id: bool | None = None
    markers_work: bool | None = None
    markers: frozenset[str] | None = None
    clean: bool = False

    @property
    def serial(self) -> str:
        return "" if self.identity is None else self.identity.serial


def identify(dialogue: Inquiry, settings: EscPosSettings, known: Known, logo: LogoKeeper) -> None:
    """GS I and the odometers, as far as they are answered at once; then what this printer is driven with."""
    told: dict[str, str] = {}
    for part, number in _PARTS:
        text = dialogue.insist(commands.identity(number))
        if text is not None:
            told[part] = text.strip()
        elif len(told) < 1 and part != "model":
            break  # neither its model nor its maker: it has no texts
    adopt(Identity(**told), settings, known, logo)
    dialogue.has_knife = known.means.knife.cut != "none"
    known.counters = dialogue.counters()
    _look_for_logo(dialogue, settings, known, logo)


def adopt(identity: Identity, settings: EscPosSettings, known: Known, logo: LogoKeeper) -> None:
    """Choose profile and means for this printer, and tell the log."""
    known.identity = identity
    known.profile = choosing.profile_of(identity, settings)
    known.means = choosing.means_of(known.profile, settings)
    choosing.tell(identity, known.profile, known.means, settings)
    logo.fit(known.means)
    if not known.profile.graphics:
        logo.learnt(None)


def _look_for_logo(dialogue: Inquiry, settings: EscPosSettings, known: Known, logo: LogoKeeper) -> None:
    """Which pictures it keeps; one that a broken transfer may have left in parts is deleted first."""
    if not logo.wanted or not known.profile.graphics:
        return
    if dialogue.padded:
        logo.spoil()
    if logo.to_delete and dialogue.send(commands.delete_stored(logo.to_delete)):
        logo.deleted()
    logo.learnt(dialogue.stored(settings.times.reply))


def store_logo(dialogue: Inquiry, settings: EscPosSettings, logo: LogoKeeper) -> None:
    """Give the printer the logo for its non-volatile memory and look whether it is there. Raises PortLost, Stopped."""
    wanted, keys = logo.prepared, dialogue.stored(settings.times.reply)
    if wanted is None or keys is None:
        return
    logo.learnt(keys)
    if logo.state == "stored":
        return
    if logo.to_delete and dialogue.send(commands.delete_stored(logo.to_delete)):
        logo.deleted()
    logo.written(dialogue.now())
    logo.spoil()
    if not dialogue.send_much(commands.define_stored(wanted.key, wanted.image)):
        return
    logo.deleted()
    # Flash is slow, and the list is answered behind it.
    keys = dialogue.stored(settings.times.confirmation)
    if keys is not None:
        logo.learnt(keys)


def initialise(dialogue: Inquiry, settings: EscPosSettings, known: Known, logo: LogoKeeper) -> None:
    """ESC @ and the prologue; then find out about markers and process ids. Raises NotSent."""
    known.clean = False
    known.markers = None
    marking = settings.marker != "off" and settings.confirm != "none" and known.markers_work is not False
    if settings.confirm != "none":
        _into_step(dialogue, settings)
        if known.identity is None:
            identify(dialogue, settings, known, logo)
    else:
        dialogue.end_unheard()
    start = commands.INITIALISE + commands.prologue((known.means.page or ASCII_ONLY).number)
    if settings.confirm != "none":
        start += commands.automatic_status(commands.AUTO_ALL)
    if marking:
        start += commands.define_marker(EPOCH_KEY)
    if not dialogue.send(start):
        raise NotSent("it takes no bytes; nothing was printed", port=dialogue.port.name, role=settings.role)
    if settings.confirm != "none":
        if marking:
            known.markers = _only_epoch(dialogue, settings)
            known.markers_work = known.markers is not None
        if known.process_id is None:
            known.process_id = _has_process_id(dialogue, settings)
        if known.counters is None:
            known.counters = dialogue.counters()
    known.clean = True


def _into_step(dialogue: Inquiry, settings: EscPosSettings) -> None:
    """Raises NotSent: what is sent to a printer that swallows the rest of a command is on no paper, healthy or not."""
    if not dialogue.at_rest():
        reason = (
            "it says that it is ready but works off nothing, as in the middle of a command that was cut off; nothing "
            "was printed; switch it off and on, and if it never does, set confirm = none"
        )
        raise NotSent(reason, port=dialogue.port.name, role=settings.role)


def _only_epoch(dialogue: Inquiry, settings: EscPosSettings) -> frozenset[str] | None:
    """The marker after ESC @ must be alone in RAM: what ESC @ does not forget would prove nothing."""
    wanted = frozenset({EPOCH_KEY})
    waits = settings.times.reply if settings.marker == "on" else settings.times.status
    found = dialogue.markers(waits)
    if found is not None and found > wanted:
        for key in sorted(found - wanted):
            dialogue.send(commands.delete_marker(key))
        found = dialogue.markers(waits)
    return wanted if found == wanted else None


def _has_process_id(dialogue: Inquiry, settings: EscPosSettings) -> bool:
    if settings.confirm in {"odometer", "barrier"}:
        return False
    if settings.confirm == "process_id":
        return True
    if not dialogue.in_step():
        return False
    dialogue.forget(_PROBE_ID)
    dialogue.send(commands.process_id(_PROBE_ID))
    if dialogue.barrier_works and not dialogue.barrier(settings.times.reply):
        return False
    wait = settings.times.chaser if dialogue.barrier_works else settings.times.reply
    deadline = dialogue.now() + wait
    while _PROBE_ID not in dialogue.confirmed and dialogue.now() < deadline:
        dialogue.pump(deadline - dialogue.now())
    return _PROBE_ID in dialogue.confirmed
