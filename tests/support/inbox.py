"""The till's inbox, for what a lane posts from its thread."""

from __future__ import annotations

import queue

from statemachines.vocabulary.events import Event

PATIENCE = 15.0


class Heard:
    """Events in the order in which they came; whoever waits in vain fails."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.post = self._events.put

    def next(self) -> Event:
        return self._events.get(timeout=PATIENCE)

    def nothing(self) -> bool:
        return self._events.empty()

    def upto(self, kind: type[Event]) -> list[Event]:
        """All that comes up to the first of this kind."""
        told = [self.next()]
        while not isinstance(told[-1], kind):
            told.append(self.next())
        return told
