"""On the way back from the printer: status bits to the one thing that is the matter with it.

Two sources with the same bits in different places: the answers to DLE EOT 1 to 4, and the automatic status (ASB).
"""

from __future__ import annotations

from dataclasses import dataclass

from statemachines.vocabulary.events import (
    PrinterCoverOpen,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
)

Condition = PrinterReady | PrinterPaperEnd | PrinterCoverOpen | PrinterFault


@dataclass(slots=True)
class PrinterStatus:
    """The bits as last seen. `pin3_high` None: not seen yet. `auto_seen`: this printer reports by itself."""

    offline: bool = False
    pin3_high: bool | None = None
    cover_open: bool = False
    feeding: bool = False
    paper_end: bool = False
    near_end: bool = False
    cutter: bool = False
    mechanical: bool = False
    unrecoverable: bool = False
    passing: bool = False
    auto_seen: bool = False
    auto_offline: bool = False

    def take_auto(self, packet: bytes) -> None:
        """GS a: four bytes; they replace all that was known."""
        one, two, three = packet[0], packet[1], packet[2]
        self.auto_seen = True
        self.offline = self.auto_offline = bool(one & 0x08)
        self.pin3_high = bool(one & 0x04)
        self.cover_open = bool(one & 0x20)
        self.feeding = bool(one & 0x40)
        self.mechanical = bool(two & 0x04)
        self.cutter = bool(two & 0x08)
        self.unrecoverable = bool(two & 0x20)
        self.passing = bool(two & 0x40)
        self.near_end = bool(three & 0x03)
        self.paper_end = bool(three & 0x0C)

    def take_answer(self, n: int, value: int) -> None:
        """DLE EOT n."""
        if n == 1:
            self.pin3_high = bool(value & 0x04)
            self.offline = bool(value & 0x08)
            if not self.offline:
                self._clear_causes()
        elif n == 2:
            self.cover_open = bool(value & 0x04)
            self.feeding = bool(value & 0x08)
            self.paper_end = bool(value & 0x20)
            if not value & 0x40:
                self.cutter = self.mechanical = self.unrecoverable = self.passing = False
        elif n == 3:
            self.mechanical = bool(value & 0x04)
            self.cutter = bool(value & 0x08)
            self.unrecoverable = bool(value & 0x20)
            self.passing = bool(value & 0x40)
        elif n == 4:
            self.near_end = bool(value & 0x0C)
            # the sensor; offline, what stopped the printing counts until it goes on
            self.paper_end = bool(value & 0x60) or (self.offline and self.paper_end)

    def _clear_causes(self) -> None:
        # not the paper's end: there are printers that stay online without paper
        self.cover_open = self.feeding = False
        self.cutter = self.mechanical = self.unrecoverable = self.passing = False

    @property
    def without_paper(self) -> bool:
        """What is printed now is in two pieces or lost. Some printers go on without paper and stay online."""
        return self.cover_open or self.paper_end

    @property
    def in_error(self) -> bool:
        """An error in which drawer pulses are ignored (Epson, DLE DC4 and ESC p)."""
        return self.cutter or self.mechanical or self.unrecoverable or self.passing

    @property
    def recoverable_error(self) -> bool:
        """Offline for an error that DLE ENQ 1 may end once its cause is gone."""
        return self.offline and (self.cutter or self.mechanical) and not self.unrecoverable

    def condition(self) -> Condition:
        """The one thing to tell: an open cover hides what the paper sensor says, paper hides the rest."""
        if self.cover_open:
            return PrinterCoverOpen()
        if self.paper_end:
            return PrinterPaperEnd()
        if self.unrecoverable:
            return PrinterFault("it reports an error that only switching it off and on ends", recoverable=False)
        if self.cutter:
            return PrinterFault("the cutter is stuck: take out the jammed paper", recoverable=True)
        if self.mechanical:
            return PrinterFault("the mechanism is stuck: take out the jammed paper", recoverable=True)
        if self.passing:
            return PrinterFault("the print head is too hot and cools down", recoverable=True)
        if self.feeding:
            return PrinterFault("somebody holds the feed button", recoverable=True)
        if self.offline:
            return PrinterFault("it is offline and does not say why", recoverable=True)
        return PrinterReady(paper_near_end=self.near_end)

    def why_offline(self) -> str:
        """Words for a refusal: what is wrong and what to do."""
        condition = self.condition()
        if isinstance(condition, PrinterCoverOpen):
            return "the cover is open: close it"
        if isinstance(condition, PrinterPaperEnd):
            return "the paper is at its end: put in a new roll"
        if isinstance(condition, PrinterFault):
            return condition.cause
        return "it is ready"
