"""Before the first receipt: who the printer is, what it can prove, and a clean start for its command parser.

Two parts that must not be mixed. `identify` only asks and leaves everything as it is. `initialise` sends ESC @,
which wipes what an interrupted job left behind, evidence included: it comes when a job is about to be printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import NotSent
from drivers.printers.escpos import commands
from drivers.printers.escpos.encode import EPOCH_KEY
from drivers.printers.escpos.inquiry import Inquiry
from drivers.printers.escpos.settings import EscPosSettings
from statemachines.vocabulary.evidence import Counters

_PROBE_ID = " ~? "  # no job id has blanks
_AUTO_ALL = 0x0F


@dataclass(slots=True)
class Known:
    """What was learnt of the printer behind this connection. None = not found out (yet).

    `markers`: the keys in its RAM as we left them, None = not used. `clean`: initialised since it was last in doubt.
    """

    maker: str = ""
    model: str = ""
    serial: str = ""
    counters: Counters | None = None
    process_id: bool | None = None
    markers_work: bool | None = None
    markers: frozenset[str] | None = None
    clean: bool = False


def identify(dialogue: Inquiry, known: Known) -> None:
    """GS I 66, 67, 68 and the odometers, as far as they are answered at once."""
    for attribute, number in (("maker", commands.MAKER), ("model", commands.MODEL), ("serial", commands.SERIAL)):
        text = dialogue.text(commands.identity(number))
        if text is None:
            break
        setattr(known, attribute, text.strip())
    known.counters = dialogue.counters()


def initialise(dialogue: Inquiry, settings: EscPosSettings, known: Known) -> None:
    """ESC @ and the fixed page; then find out about markers and process ids. Raises NotSent."""
    known.clean = False
    known.markers = None
    marking = settings.marker != "off" and settings.confirm != "none" and known.markers_work is not False
    start = commands.INITIALISE + commands.KANJI_OFF + commands.code_page(settings.page.number)
    if settings.confirm != "none":
        start += commands.automatic_status(_AUTO_ALL)
        _into_step(dialogue)
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


def _into_step(dialogue: Inquiry) -> None:
    if not dialogue.in_step() and not dialogue.pass_through(lambda: False):
        dialogue.without_barrier()


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
