"""At the paper's end of a sale: a whole ESC/POS printer without the metal. Bytes in, bytes out, paper, pulses.

It obeys the printers' manuals (Epson ESC/POS command reference), their faults included, and shares no code with
the driver. Sans-I/O: `run_until` moves its time, `next_change` says when it has something to do by itself.

What is modelled, beyond the commands (interpreter.py):
- Bytes wait in a receive buffer of `buffer_bytes`; when it is full, `accept` takes nothing more. Interpretation
  costs no time, movements do, and it goes on only when at most `run_ahead` movements are waiting.
- Real-time commands work on arrival, even when offline, and their bytes stay in the stream (where they are
  skipped, or are part of a picture). With a full buffer they are executed and not stored, if the personality does.
- Offline (cover, paper end, feed button, error) nothing in the buffer is interpreted or answered; it stays.
- A process id is sent when everything before it is printed and cut; a newer one replaces it; clearing drops it.
- Power off loses everything but the paper, the odometers and NV graphics.
Operator actions happen at the time of the last `run_until`.
"""

from __future__ import annotations

from drivers.printers.escpos.simulated.machine import PrinterMachine
from drivers.printers.escpos.simulated.memory import read, written
from drivers.printers.escpos.simulated.paper import Piece


class SimulatedPrinter(PrinterMachine):
    """One printer. `personality`: a row or its name; `now`: the clock's present second.

    `columns`: of font A (48, 42, 32 are the usual 576, 512, 384 dots). `roll_lines`: lines of paper left, None for
    no end. `busy_when_offline`: takes no data while offline (a DIP switch). `xonxoff`: flow control bytes among
    the answers. `drawer` hangs on `drawer_connector`; without one, pin 3 reads HIGH. Raises KeyError for an
    unknown personality.
    """

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All paper that ever came out, in order; the last may still hang in the printer."""
        return self._mechanics.pieces()

    @property
    def revision(self) -> int:
        """Grows whenever the paper has changed."""
        return self._mechanics.revision

    def paper_text(self) -> str:
        return self._mechanics.text()

    @property
    def buffered(self) -> int:
        """Bytes waiting in the receive buffer."""
        return len(self._receive)

    @property
    def busy(self) -> bool:
        """Movements or bytes are still waiting."""
        return bool(self._receive) or self._mechanics.waiting > 0

    @property
    def cuts(self) -> int:
        return self._mechanics.odometer.cuts

    @property
    def lines(self) -> int:
        return self._mechanics.odometer.lines

    @property
    def lines_left(self) -> int | None:
        return self._mechanics.lines_left

    @property
    def downloaded_keys(self) -> tuple[bytes, ...]:
        return self._interpreter.graphics.downloaded

    @property
    def stored_keys(self) -> tuple[bytes, ...]:
        """Of the graphics in non-volatile memory."""
        return self._interpreter.graphics.non_volatile

    @property
    def nv_writes(self) -> int:
        """How often a graphic was written to non-volatile memory."""
        return self._interpreter.graphics.nv_writes

    @property
    def memory(self) -> bytes:
        """What it keeps without power: paper, counters, NV graphics. For `recall` in another life."""
        return written(self._mechanics.keep(self._interpreter.graphics.flash))

    @property
    def changes(self) -> int:
        """Grows when of the `memory` something changes that `revision` does not tell."""
        return self.nv_writes

    def recall(self, memory: bytes) -> None:
        """It is the printer that had this memory when its power was lost. Raises ValueError when that is none."""
        kept = read(memory)
        self._mechanics.recall(kept)
        self._interpreter.graphics.flash.update(kept.graphics)
        self._settle()

    def power_off(self) -> None:
        """Pull the plug: what is printed stays, the rest is gone."""
        self._powered = False
        self._clear_input()
        self._mechanics.power_off()
        self._interpreter.power_off()
        self._power_on_settings()
        self._out.clear()

    def power_on(self) -> None:
        if not self._powered:
            self._powered = True
            self._start()

    def load_paper(self, lines: int | None = None) -> None:
        """A new roll of `lines` lines (None: without end); what hung in the printer is torn off."""
        self._mechanics.load_paper(lines)
        self._settle()

    def tear_off(self) -> None:
        """A hand tears off what hangs in the printer."""
        self._mechanics.tear()

    def open_cover(self) -> None:
        self._mechanics.cover_open = True
        self._mechanics.stop_movement()
        self._settle()

    def close_cover(self) -> None:
        self._mechanics.cover_open = False
        self._settle()

    def press_feed(self, lines: int = 1) -> None:
        """Ignored while printing or offline, as on the real button."""
        if self._powered:
            self._mechanics.press_feed(self._now, lines)
            self._settle()

    def cutter_jam(self, times: int = 1) -> None:
        """The next `times` cuts fail; each is tried again after DLE ENQ 1."""
        self._mechanics.jams = times

    def mechanical_error(self) -> None:
        """A recoverable error of the mechanics, now."""
        self._mechanics.mechanical_error = True
        self._mechanics.stop_movement()
        self._settle()

    def overheat(self, seconds: float = 5.0) -> None:
        """The head is too hot; it recovers by itself."""
        self._mechanics.hot_until = self._now + seconds
        self._settle()

    def unrecoverable(self) -> None:
        """Only a power cycle helps."""
        self._mechanics.unrecoverable = True
        self._mechanics.stop_movement()
        self._settle()
