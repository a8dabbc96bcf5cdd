"""A printer, its wire and its driver in virtual time, and what the tests read off the paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from drivers.drawers.printer_kick import PrinterKick
from drivers.drawers.simulator import SimulatedDrawer
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.means import CodePage, Knife
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulated.personality import Personality
from drivers.printers.escpos.simulator import SimulatedPrinter
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import Event, PrinterEvent
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.paper import Paper, QrCode, TextLine

PAPER = Paper(
    columns=32,
    blocks=(
        TextLine("Магазин «Соняшник»", tall=True),
        TextLine("Хліб житній              35.50 А"),
        QrCode("https://cabinet.tax.gov.ua/cashregs/check?id=17", module=3),
        TextLine("СУМА                     35.50"),
    ),
    end_label="КІНЕЦЬ",
    copy_label="КОПІЯ",
    void_label="ФРАГМЕНТ НЕДІЙСНИЙ",
    mark_at=1,
)


#: Every simulated printer sets Cyrillic and codes itself, whether there is a profile for it or not.
SET_UP = {"page": CodePage("cp1251", 46), "qr": "native", "barcodes": "native", "knife": Knife()}


def settings(**more: Any) -> EscPosSettings:
    """32 columns, and what a technician configures for a printer without a profile; `more` replaces that."""
    return EscPosSettings(columns=32, **{**SET_UP, **more})


class TillCut(BaseException):
    """The till lost its power: no handler of the driver may catch this."""


def job(
    job_id: str = "K7Q2",
    *,
    kick: Kick | None = None,
    before: Counters | None = None,
    void: bool = False,
    copy_no: int = 0,
    paper: Paper = PAPER,
) -> Print:
    return Print(
        document_id=f"doc-{job_id}",
        job_id=job_id,
        paper=paper,
        copy_no=copy_no,
        kick=kick,
        void_fragment=void,
        before=before,
        cuts=2 if void else 1,
    )


def expected_lines(intention: Print) -> tuple[str, ...]:
    """The text of a whole unmarked receipt as a person reads it, written out here and not by the encoder."""
    end = f"#{intention.job_id}" + " " * (32 - 5 - 6) + "КІНЕЦЬ"
    return (
        "Магазин «Соняшник»",
        "Хліб житній              35.50 А",
        "[QR https://cabinet.tax.gov.ua/cashregs/check?id=17]",
        "СУМА                     35.50",
        end,
    )


@dataclass
class Rig:
    """One simulated printer with everything around it. `driver()` makes a new till on the same printer."""

    personality: Personality | str = "epson"
    settings: EscPosSettings = field(default_factory=settings)
    speed: float = 40.0
    buffer_bytes: int = 4096
    roll_lines: int | None = None
    delay: float = 0.0
    split: bool = False
    with_drawer: bool = True
    connector: int = 0
    lost_without_power: bool = False

    def __post_init__(self) -> None:
        self.clock = VirtualClock(100.0)
        self.drawer = SimulatedDrawer(now=100.0, open_level="high")
        self.printer = SimulatedPrinter(
            self.personality,
            now=100.0,
            drawer=self.drawer if self.with_drawer else None,
            drawer_connector=self.connector,
            columns=32,
            speed_lines_per_s=self.speed,
            buffer_bytes=self.buffer_bytes,
            roll_lines=self.roll_lines,
        )
        self.events: list[Event] = []
        self.wire = bytearray()
        self.port = self.new_port()

    def new_port(self) -> MemoryPort:
        self.port = MemoryPort(
            self.printer,
            self.clock,
            delay=self.delay,
            split=self.split,
            lost_without_power=self.lost_without_power,
            on_bytes=lambda _, data: self.wire.extend(data),
        )
        return self.port

    def driver(self, pin: Literal[2, 5] = 2) -> EscPosPrinter:
        kick = PrinterKick("drawer-1", pin, "high") if self.with_drawer else None
        return EscPosPrinter(self.port, self.settings, self.events.append, kick)

    def kick_order(self, *, pulse_ms: int = 100, ttl: float = 4.0, attempt: int = 1) -> Kick:
        return Kick("drawer-1", pulse_ms, int((self.clock.monotonic() + ttl) * 1000), attempt)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.printer.run_until(self.clock.monotonic())

    def counters(self) -> Counters:
        return Counters(cuts=self.printer.cuts, lines=self.printer.lines)

    def whole(self, intention: Print) -> int:
        """How many whole receipts of this job were printed and cut off."""
        return sum(
            piece.text_lines == expected_lines(intention) and piece.ending == "partial_cut"
            for piece in self.printer.pieces
        )


LONG_PAPER = Paper(32, tuple(TextLine(f"Line {number}") for number in range(60)), "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ")


def settings_for(personality: str) -> EscPosSettings:
    if personality == "mute":
        return settings(confirm="none")
    if personality == "cjk":
        return settings(page=CodePage("cp1251", 73))
    return settings()


def connected(rig: Rig) -> EscPosPrinter:
    till = rig.driver()
    assert till.connect()
    return till


def printer_events(rig: Rig) -> list[PrinterEvent]:
    return [event for event in rig.events if isinstance(event, PrinterEvent)]


def at(rig: Rig, after: float, action: Callable[[], object]) -> None:
    """Call `action` when the printer's time gets there."""
    due = rig.clock.monotonic() + after
    run_until = rig.printer.run_until
    next_change = rig.printer.next_change
    done: list[bool] = []

    def later(now: float) -> None:
        if now >= due and not done:
            done.append(True)
            run_until(due)
            action()
        run_until(now)

    def sooner() -> float | None:
        change = next_change()
        return change if done else due if change is None else min(change, due)

    rig.printer.run_until = later  # type: ignore[method-assign]  # a restless device  # a hand at the printer
    rig.printer.next_change = sooner  # type: ignore[method-assign]  # a restless device
