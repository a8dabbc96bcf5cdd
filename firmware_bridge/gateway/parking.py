"""Between a sale that a book refused and the records behind it: which places are closed, and for whom. Pure.

A record set aside closes a place; whatever lies in that place waits behind it, and closes its own. So a refused
sale holds its own drawer records alone, and a day that cannot be ended holds all later days of that drawer, while
other drawers go on. Records that wait for an id alone close nothing.
"""

from __future__ import annotations

from firmware_bridge.gateway.book import Blocked, Call, Place, Plan
from firmware_bridge.journal.records import Record
from statemachines.vocabulary.day_events import DrawerDayEvent
from statemachines.vocabulary.events import Occurred


class Closed:
    """The places that are closed, each by the first record that closed it. Nothing is ever taken back: build it anew.

    A place that lies behind an earlier record anyway is not kept: it closes nothing more.
    """

    def __init__(self) -> None:
        self._by: dict[Place, int] = {}
        self._within: dict[Place, int] = {}

    def close(self, place: Place, seq: int) -> None:
        """Record `seq` is set aside and closes `place`."""
        if self.by(place, seq) is not None:
            return
        self._by[place] = min(seq, self._by.get(place, seq))
        for length in range(len(place) + 1):
            outer = place[:length]
            self._within[outer] = min(seq, self._within.get(outer, seq))

    def by(self, place: Place, seq: int, *, closes: bool = False) -> int | None:
        """Return an earlier record behind which record `seq` at `place` lies, None when its way is free.

        `closes`: its call ends the place, so that anything set aside within it also stands in its way.
        """
        found = [self._by.get(place[:length]) for length in range(len(place) + 1)]
        if closes:
            found.append(self._within.get(place))
        return next((by for by in found if by is not None and by < seq), None)

    def __len__(self) -> int:
        return len(self._by)


def lies_in(place: Place, outer: Place) -> bool:
    """Whether `place` is `outer` or within it."""
    return place[: len(outer)] == outer


def place_of(record: Record, plan: Plan | None = None) -> Place:
    """Return where a record lies: what its plan says, or else what can be told without one.

    Without a plan: the drawer, its day and the document that the event itself names. An event about the day as a
    whole stands for the drawer, because nobody knows what it would have closed. An event without a drawer lies apart.
    """
    match plan:
        case Call(place=place) | Blocked(place=place):
            return place
        case _:
            return _named(record)


def _named(record: Record) -> Place:
    event = record.record.event if isinstance(record.record, Occurred) else None
    drawer = str(getattr(event, "drawer_id", ""))
    if not drawer:
        return ("", str(record.seq))
    if isinstance(event, DrawerDayEvent):
        return (drawer,)
    cause = getattr(event, "cause", None)
    document = getattr(event, "document_id", "") or getattr(event, "count_id", "") or getattr(cause, "id", "")
    names = (drawer, str(getattr(event, "day_id", "")), str(document))
    return names[: names.index("")] if "" in names else names


def text_of(place: Place) -> str:
    """Return the place for a person and for events: "main/day-1/sale-7"."""
    return "/".join(place)
