"""Beside a sale's way: what the time of a fiscal document made without its fiscaliser would be, and who says so.

Best first: the fiscaliser's own clock, learned since the machine started and carried on by the monotonic clock, which
nobody can set; else the machine's clock while its kernel calls it synchronised and it does not go back behind the
journal. Anything else is a guess, and a guess stands on no fiscal document: a date out of order jams the register.
"""

from __future__ import annotations

import ctypes
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from firmware_bridge.clock import TillClock
from firmware_bridge.log_kinds import about
from statemachines.offline import FiscalClock

log = logging.getLogger(__name__)

KEPT_EVERY_S: Final = 600.0
"""How often what was learned is written down anew: two clocks drift apart by some 0.01 % at worst."""
_TIME_ERROR: Final = 5  # adjtimex(2): the kernel's clock is not synchronised
_TIMEX_BYTES: Final = 512  # more than `struct timex` has on any machine; all zeros ask and set nothing
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@runtime_checkable
class Clocked(Protocol):
    """A fiscaliser that tells what time it has."""

    def server_now_ms(self) -> int | None:
        """Its time now, UTC ms; None as long as it was not learned."""


def synchronised(mark: Path = _SYNCHRONISED) -> bool:
    """Does the kernel call this machine's clock synchronised? It stops doing so when somebody sets the clock by hand.

    Where it cannot be asked, systemd's `mark` of a synchronised clock is looked for.
    """
    try:
        state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        state = -1
    return mark.exists() if state < 0 else state != _TIME_ERROR


def boot_id() -> str:
    """The name of the machine's present run; "" where it has none."""
    with suppress(OSError):
        return _BOOT_ID.read_text("ascii").strip()
    return ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Where what was learned outlives the till's process, and only as long as the machine runs: `boot` is its run."""

    path: Path
    boot: str

    def load(self, monotonic_ms: int) -> tuple[int, int] | None:
        """(the fiscaliser's time, the monotonic time of it) in ms; None when nothing of this run is kept."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_text("ascii"))
            server, mono = kept["server_ms"], kept["monotonic_ms"]
            whole = type(server) is int and type(mono) is int and server > 0
            if whole and self.boot and kept["boot"] == self.boot and 0 <= mono <= monotonic_ms:
                return server, mono
        return None

    def keep(self, server_ms: int, monotonic_ms: int) -> None:
        """Write it down; what cannot be written is learned again."""
        if not self.boot:
            return
        text = json.dumps({"boot": self.boot, "server_ms": server_ms, "monotonic_ms": monotonic_ms})
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            beside.write_text(text, "ascii")
            beside.replace(self.path)
        except OSError as error:
            log.warning(
                "the fiscaliser's time cannot be kept (%s): it is learned again after a restart",
                error,
                extra=about("fiscal-waits", device="fiscaliser"),
            )


class FiscalTime:
    """Reads the clocks anew each time it is asked. Owned by the till's loop."""

    def __init__(
        self, clock: TillClock, synchronised: Callable[[], bool] = synchronised, memory: Memory | None = None
    ) -> None:
        self._clock = clock
        self._synchronised = synchronised
        self._memory = memory
        self._source: Callable[[], int | None] = lambda: None
        self._anchor = None if memory is None else memory.load(self._monotonic_ms())
        self._kept_at: float | None = None

    def follow(self, fiscaliser: object) -> None:
        """Learn the time from this fiscaliser from now on, if it tells any."""
        if isinstance(fiscaliser, Clocked):
            self._source = fiscaliser.server_now_ms

    def read(self, latest_at: int) -> FiscalClock:
        """What the rules may count on now. `latest_at`: the latest time of the journal, UTC ms."""
        now = self._clock.utc_ms()
        server = self._server_ms()
        if server is not None:
            return FiscalClock(server - now, trusted=True)
        return FiscalClock(0, trusted=now >= latest_at and self._synchronised())

    def _server_ms(self) -> int | None:
        mono, told = self._monotonic_ms(), self._source()
        if told is None:
            return None if self._anchor is None else self._anchor[0] + mono - self._anchor[1]
        self._anchor = (told, mono)
        if self._memory is not None and (self._kept_at is None or mono / 1000 - self._kept_at >= KEPT_EVERY_S):
            self._kept_at = mono / 1000
            self._memory.keep(told, mono)
        return told

    def _monotonic_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)
