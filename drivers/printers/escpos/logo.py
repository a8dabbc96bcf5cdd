"""The shop's logo on its way into the printer: kept there under a key made of its dots, printed by the key alone.

Non-volatile memory is flash and wears out: a logo is written only when the list of keys lacks its key, when the till
has nothing to do, and never more than ten times in a day. Until the list shows the key, papers carry the heading as
text alone. A printer without such memory gets the dots with every paper. The older FS q is not used: it wipes all
that others have stored.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from drivers.printers import dots
from drivers.printers.escpos import commands
from drivers.printers.escpos.encode import Heading
from drivers.printers.escpos.means import Means
from drivers.printers.escpos.realtime import defused, real_time_pairs
from drivers.printers.tally import PaperTally
from statemachines.vocabulary.paper import Image

log = logging.getLogger(__name__)

#: Epson's manuals permit about ten writes a day.
WRITES_A_DAY: Final = 10
#: 60 mm at 203 dots to the inch. A logo is never higher.
MOST_ROWS: Final = 480
_DAY_S: Final = 86_400.0
_FIRST, _CHARACTERS = ord("!"), ord("~") - ord("!") + 1

State = Literal["none", "unknown", "stored", "missing", "drawn", "worn"]


def key_of(image: Image) -> str:
    """Two characters from `!` to `~` that this picture, and hardly another one, is kept under."""
    digest = hashlib.sha256(image.width.to_bytes(4, "big") + image.data).digest()
    number = int.from_bytes(digest[:8], "big")
    return chr(_FIRST + number % _CHARACTERS) + chr(_FIRST + number // _CHARACTERS % _CHARACTERS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A logo as this printer gets it."""

    image: Image
    key: str

    @classmethod
    def of(cls, logo: Image, width: int) -> Prepared:
        """Made to fit on `width` dots and to spell no real-time command. Raises ValueError for what is no picture."""
        shown = dots.narrowed(dots.checked(logo), width)
        data = defused(shown.data[: shown.stride * MOST_ROWS])
        image = Image(shown.width, data)
        while real_time_pairs(commands.define_stored("!!", image)):
            # the sizes before the dots spell one: with another row they do not
            image = Image(image.width, image.data + bytes(image.stride))
        return cls(image, key_of(image))


class LogoKeeper:
    """What is known of the logo in one printer. Lives as long as the driver: it counts the writes (`tally`, too).

    `state`: none = there is no logo; unknown = the printer was not asked; missing = it will be stored; drawn = this
    printer cannot store it; worn = missing, and written too often today. Times are seconds of the port's clock.
    """

    def __init__(self, logo: Image | None) -> None:
        self.tally = PaperTally()
        self._logo = logo
        self._writes: deque[float] = deque(maxlen=WRITES_A_DAY)
        self._spoilt: set[str] = set()
        self.prepared: Prepared | None = None
        self.state: State = "none" if logo is None else "unknown"

    @property
    def wanted(self) -> bool:
        return self._logo is not None

    @property
    def heading(self) -> Heading | None:
        """What a job begins with."""
        if self.prepared is None or self.state not in {"stored", "drawn"}:
            return None
        return Heading(self.prepared.image, self.prepared.key if self.state == "stored" else "")

    @property
    def writes(self) -> int:
        """How often it was written in the last day, at most WRITES_A_DAY."""
        return len(self._writes)

    def fit(self, means: Means) -> None:
        """Another printer, or this one again: nothing is known of what it keeps."""
        if self._logo is not None:
            self.prepared = Prepared.of(self._logo, means.dots)
            self.state = "unknown"

    def learnt(self, keys: frozenset[str] | None) -> None:
        """The keys that the printer keeps; None = it keeps no pictures, or does not tell."""
        if self.prepared is None:
            return
        if keys is None:
            self.state = "drawn"
        elif self.prepared.key in keys and self.prepared.key not in self._spoilt:
            self.state = "stored"
        else:
            self.state = "missing"

    @property
    def to_delete(self) -> str:
        """The key under which a part of it may be stored, "" = none."""
        return self.prepared.key if self.prepared is not None and self.prepared.key in self._spoilt else ""

    def spoil(self) -> None:
        """What the printer keeps under the key may be a part: its transfer broke off."""
        if self.prepared is not None:
            self._spoilt.add(self.prepared.key)

    def deleted(self) -> None:
        """What may have been a part is gone."""
        self._spoilt.discard(self.prepared.key if self.prepared is not None else "")

    def due(self, now: float) -> bool:
        """Shall it be written now? Says so once when it may not, because it was written too often."""
        if self.state not in {"missing", "worn"} or self.prepared is None:
            return False
        while self._writes and now - self._writes[0] >= _DAY_S:
            self._writes.popleft()
        if len(self._writes) < WRITES_A_DAY:
            self.state = "missing"
            return True
        if self.state == "missing":
            self.state = "worn"
            log.warning(
                "the logo was written to the printer %d times within a day and is not kept there; it is not written "
                "again before a day is over, and receipts carry the text heading alone: check the printer's memory",
                len(self._writes),
                extra={"kind": "printer-memory"},
            )
        return False

    def written(self, now: float) -> None:
        """The printer is being given it."""
        self._writes.append(now)
        self.tally.kept()
        log.info(
            "the logo is written to the printer's memory, for the %d. time in a day",
            len(self._writes),
            extra={"kind": "printer-memory"},
        )
