"""On the way down to a sale: at the gateway, the commands that wait for each till, durable before anybody is answered.

One file for all tills (`uplink/inbox.py`), and a bell that wakes the till whose question is waiting at that moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.link import Delivered


class TillInboxes:
    """The inboxes of all tills of a gateway. Every method may be called from any thread; it waits for the disk."""

    def __init__(self, path: str | Path, rung: Callable[[str], None] = lambda _: None) -> None:
        """`path`: the file, made when it is not there. `rung` hears of each till that got a command, on the thread
        that put it there. Raises LinkDown, LinkMisuse when the file is something else."""
        self._inbox = CommandInbox(path)
        self._rung = rung
        self._turn = threading.Lock()

    def put(self, till: str, command_id: str, body: bytes) -> int:
        """Put a command last into a till's inbox and return its number (from 1); it is on the disk then.

        Idempotent by `command_id`, for ever: the same id and content has the same number, also when the till has
        taken it long ago. Raises CommandConflict (that id has another content) and LinkMisuse (too long, or too many
        wait), and LinkDown when the disk refuses: nothing was stored then.
        """
        with self._turn:
            number = self._inbox.post(till, command_id, body)
        self._rung(till)
        return number

    def receive(self, till: str, after: int) -> list[Delivered]:
        """Let go of a till's commands up to `after` and return the next ones. Raises LinkMisuse, LinkDown."""
        with self._turn:
            return self._inbox.receive(till, after)
