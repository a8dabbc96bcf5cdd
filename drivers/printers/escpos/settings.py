"""What is configured about one ESC/POS printer. Times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drivers.printers.escpos.encode import CodePage, Knife


@dataclass(frozen=True, slots=True)
class Times:
    """Deadlines and rhythms, seconds.

    `confirmation` runs only while the printer is online; 8 s were measured as normal on network printers.
    `glance`: how often a printer that reports nothing by itself is asked about its drawer while that moves.
    `line` and `cut` estimate how long paper takes where nothing better than time is to be had.
    """

    status: float = 0.5
    reply: float = 2.0
    chaser: float = 0.3
    barrier: float = 5.0
    confirmation: float = 15.0
    write_stall: float = 5.0
    heartbeat: float = 3.0
    glance: float = 0.1
    line: float = 0.03
    cut: float = 0.5


@dataclass(frozen=True, slots=True)
class EscPosSettings:
    """One printer. `confirm` auto = the best proof that the printer has; naming one switches the better ones off.

    `confirm` none is for printers that never answer: nothing is asked of them. `marker` auto = used when the
    printer keeps downloaded graphics. `kick` auto = in real time where it is known to work or nothing else would.
    """

    columns: int = 48
    page: CodePage = field(default_factory=CodePage)
    knife: Knife = field(default_factory=Knife)
    confirm: Literal["auto", "process_id", "odometer", "barrier", "none"] = "auto"
    marker: Literal["auto", "on", "off"] = "auto"
    kick: Literal["auto", "real_time", "buffered"] = "auto"
    role: str = "receipt printer"
    times: Times = field(default_factory=Times)

    def __post_init__(self) -> None:
        if self.columns < 24:
            raise ValueError(f"a receipt needs a printer of at least 24 columns, not {self.columns}")
        "".encode(self.page.encoding)
