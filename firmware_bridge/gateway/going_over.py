"""Behind all sales of a till: how it goes over to a gateway, and does what the lanes there have done once more here."""

from __future__ import annotations

from firmware_bridge.gateway.store import FACTS, GATEWAY, beginning, open_days
from firmware_bridge.journal.records import Advance
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.uplink.inprocess import UPLINK


def both(first: Advance, then: Advance) -> Advance:
    """Two steps of one book as one."""
    rows = {row.seq: row for row in first.parked}
    gone = set(first.resolved)
    for row in then.parked:
        rows[row.seq] = row
        gone.discard(row.seq)
    for seq in then.resolved:
        rows.pop(seq, None)
        gone.add(seq)
    refs = {**first.refs, **then.refs}
    return Advance(first.book, max(first.seq, then.seq), refs, tuple(rows.values()), tuple(sorted(gone)), then.intent)


async def go_over(journal: JournalThread) -> tuple[int, str]:
    """Return where books begin that the gateway does not know yet, and "" or why the till cannot go over to it.

    Written down when it is decided, for ever. A till that has delivered itself goes over between two days, when nothing
    is owed: the ids that its books gave for what is open would not be known there. Raises JournalError.
    """
    cursors = await journal.cursors()
    if GATEWAY in cursors:
        return cursors[GATEWAY], ""
    former = [name for name in cursors if name != UPLINK]
    for name in former:
        owes = await journal.count(FACTS, cursors[name]) or sum((await journal.parked_states(name)).values())
        if owes or await journal.intent(name) is not None or await open_days(journal):
            return 0, (
                f"it has delivered to {name} itself until now and is not at an end with it; nothing is lost. Let it "
                f"deliver all ([book.{name}] instead of [uplink]), close the drawers' days, and then change over"
            )
    begin = (await journal.head()).seq if former else await beginning(journal)
    await journal.advance(GATEWAY, begin)
    return begin, ""
