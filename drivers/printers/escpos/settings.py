"""What is configured about one ESC/POS printer. Times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drivers.printers.escpos.means import CodePage, Knife
from statemachines.vocabulary.paper import Image


@dataclass(frozen=True, slots=True)
class Times:
    """Deadlines and rhythms, seconds.

    `confirmation` runs only while the printer is online; 8 s were measured as normal on network printers.
    `glance`: how often a printer that reports nothing by itself is asked about its drawer while that moves.
    `line` and `cut` estimate how long paper takes where nothing better than time is to be had. `idle`: so long must
    nothing have been ordered before the printer is given its logo. `recovery`: how long a knife takes to come home.

    `byte`: what a byte takes on the way to the printer, on a line of 9600 bps unless its speed is known; a print
    server may have such a line behind its network socket. All deadlines are for what is asked *behind* bytes that
    had time to get there.
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
    idle: float = 30.0
    recovery: float = 2.0
    byte: float = 10 / 9600


@dataclass(frozen=True, slots=True)
class EscPosSettings:
    """One printer. What is named here wins over what the printer says of itself and over its public profile.

    `columns` of its font A. `page` None = of the profile's pages the one with most letters of `languages` (the first
    counts most); a printer without a profile then has ASCII. `missing`: lines with letters that the page lacks are
    drawn, or other letters stand for them. `profile`: name of a public profile for a printer that does not tell its
    model, "" = by what it tells. `qr` and `barcodes` auto = its own where the profile says that it has them, else
    drawn. `knife` None = by the profile. `logo`: black dots above every heading, kept in the printer's non-volatile
    memory where it has some. `band`: rows of a drawn picture sent at once, 8 to 128.

    `confirm` auto = the best proof that the printer has; naming one switches the better ones off; none is for
    printers that never answer: nothing is asked of them. `marker` auto = used when the printer keeps downloaded
    graphics. `kick` auto = in real time where it is known to work or nothing else would.
    """

    columns: int = 48
    page: CodePage | None = None
    languages: tuple[str, ...] = ("uk", "be", "ru")
    missing: Literal["draw", "replace"] = "draw"
    profile: str = ""
    qr: Literal["auto", "native", "drawn"] = "auto"
    barcodes: Literal["auto", "native", "drawn"] = "auto"
    knife: Knife | None = None
    logo: Image | None = None
    band: int = 24
    confirm: Literal["auto", "process_id", "odometer", "barrier", "none"] = "auto"
    marker: Literal["auto", "on", "off"] = "auto"
    kick: Literal["auto", "real_time", "buffered"] = "auto"
    role: str = "receipt printer"
    times: Times = field(default_factory=Times)

    def __post_init__(self) -> None:
        if self.columns < 24:
            raise ValueError(f"a receipt needs a printer of at least 24 columns, not {self.columns}")
        if not 8 <= self.band <= 128:
            raise ValueError(f"a band of a picture has 8 to 128 rows, not {self.band}")
        if self.page is not None:
            "".encode(self.page.encoding)
