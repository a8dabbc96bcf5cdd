"""Beside a drawer's pulse: the thread that ends it when nobody else does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

#: No pulse is longer, whoever asks and whatever happens to him. Milliseconds.
LONGEST_MS: Final = 300


class Guard:
    """Switches off after LONGEST_MS unless told that it is done: for a waiting thread that was killed or is stuck."""

    def __init__(self, name: str, switch_off: Callable[[], None]) -> None:
        self._switch_off = switch_off
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"guard-{name}", daemon=True)

    def start(self) -> None:
        """Begin to watch. Raises RuntimeError when no thread can be started: then do not switch on."""
        self._thread.start()

    def done(self) -> None:
        """It is off; returns when the thread has ended."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        if not self._done.wait(LONGEST_MS / 1000):
            self._switch_off()
