"""Between a fiscal printer's dialogue and its port: one command while it is on its way, and what may end it."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import DeviceError


class Stopped(DeviceError):
    """The driver is being closed from another thread."""


class Clash(DeviceError):
    """The device repeats an answer to another command: it knows this SEQ already and has done nothing."""


@dataclass(slots=True)
class OnItsWay:
    """One command while it is on its way. Times of the port's clock. `handed`: a byte of it may have left.

    `heard`: when the device was last heard, or the frame first sent; for `replay` seconds after that it may be sent
    again. `silent`, `broken`, `naks`: how its tries ended. `doubted`: one of them did not end with a NAK, so that it
    may have been carried out whatever comes after.
    """

    seq: int
    command: int
    frame: bytes
    deadline: float
    heard: float
    replay: float
    handed: bool = False
    silent: int = 0
    broken: int = 0
    naks: int = 0
    doubted: bool = False

    def ended(self, *, refused: bool) -> None:
        """One try has ended without an answer. `refused`: with a NAK and nothing else."""
        self.naks += refused
        self.silent += not refused
        self.doubted = self.doubted or not refused
