"""Beside the dialogue: how long the printer may still be busy with what was handed over.

Bytes that the port took stand in the kernel, in a USB adapter, in a print server's memory, in the printer's buffer;
nobody tells how many are through. So each is counted with the time that it takes on the slowest way there is, and
whoever waits for an answer behind them waits so much longer. An answer that came in its turn clears the account.
"""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """`behind` counts down while time passes, but not while the printer is offline: nothing moves then.

    `now`: seconds that only go forward. `held`: is the printer offline?
    """

    def __init__(self, now: Callable[[], float], held: Callable[[], bool]) -> None:
        self._now = now
        self._held = held
        self._behind = 0.0
        self._seen = now()

    @property
    def behind(self) -> float:
        """Seconds until the slowest printer has worked off what was handed over; 0.0 when it has."""
        self.look()
        return self._behind

    def look(self) -> None:
        """Time has passed; to be called before the printer's state changes."""
        now = self._now()
        if not self._held():
            self._behind = max(0.0, self._behind - (now - self._seen))
        self._seen = now

    def handed(self, seconds: float) -> None:
        """The port took what takes the printer so long at most."""
        self.look()
        self._behind += seconds

    def at_least(self, seconds: float) -> None:
        """Somebody else may have handed over, just now, what takes so long."""
        self._behind = max(self.behind, seconds)

    def stalled(self, since: float, seconds: float) -> bool:
        """No byte was taken since then: is that `seconds` longer than the slowest takes to make room?"""
        return self._now() - since >= seconds and not self.behind

    def through(self) -> None:
        """Everything that was handed over has been processed, or is gone."""
        self._behind = 0.0
