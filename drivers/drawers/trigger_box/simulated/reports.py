"""At the drawer's end of a cable: a drawer that is a HID device, report by report.

What stands behind the first two bytes of a report it does not look at; what it sends behind the first is nobody's
knowledge, so it is noise here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.simulated.box import SimulatedBox

_REPORT: Final = 120


class ReportBox(SimulatedBox):
    """Posiflex CR-4000. `first`: the number of its first drawer (0 to 7); a real one has one drawer.

    A command F0 puts it into its boot loader, in which it is no drawer any more; others than open and status it does
    not know. HID knows whole reports only: where it hangs on a line, what does not come together is none.
    """

    _PROGRAMMING: Final = 0xF0
    _TOGETHER_S: Final = 0.05

    def __init__(
        self, drawers: Sequence[SimulatedDrawer], *, now: float = 0.0, pulse: float = 0.1, first: int = 0
    ) -> None:
        super().__init__(drawers, now=now, pulse=pulse, bus_powered=True)
        self._first = first
        self._report = bytearray()
        self._begun = now
        self._random = random.Random(first)  # noqa: S311 - the rest of a report is no secret

    def _byte(self, byte: int) -> None:
        if self._report and self._now - self._begun > self._TOGETHER_S:
            self._report.clear()
        if not self._report:
            self._begun = self._now
        self._report.append(byte)
        if len(self._report) == _REPORT:
            number, command = self._report[:2]
            self._report.clear()
            self._command(number, command)

    def _command(self, number: int, command: int) -> None:
        if command == self._PROGRAMMING or number == self._PROGRAMMING:
            self.deaf = True
        elif not self._first <= number < self._first + len(self.drawers):
            return
        elif command == number:
            self._fire(number - self._first + 1)
        elif command == number + 1:
            closed = 0 if self._contact(number - self._first + 1) else 1
            self._out += bytes(((number << 4) | closed,)) + self._random.randbytes(_REPORT - 1)

    def _forget(self) -> None:
        self._report.clear()
