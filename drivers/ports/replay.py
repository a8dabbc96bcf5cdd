"""In place of a device: a recording that answers as the device did then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from drivers.ports.base import Lines, PortLost
from drivers.ports.observed import unpack_lines
from drivers.ports.recording import Entry

#: recorded: answers take as long as they took then. at once: they take no time.
Pace = Literal["recorded", "at once"]

_CONTEXT: Final = 8
#: A till that has been silent for so long has put its question, whatever it was (lenient).
_QUIET_S: Final = 0.05
OPENING: Final = "open: "


class RecordingDiffers(Exception):
    """The till does not write what it wrote when this was recorded. `offset`: bytes that were alike before."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


class RecordedDevice:
    """drivers.ports.memory.Device out of a recording's entries. No clock: the owner passes the time, in seconds.

    What came in then comes again once the till has written what it had written before. Strict: the same bytes, in
    pieces of any size. Lenient: as many bytes, or some and then 50 ms of silence. `lost`: the sentence of a recorded
    loss, until `reopen`. `lines`: the modem lines as recorded. `difference`: why a strict replay ended, "" before.
    """

    def __init__(self, entries: Sequence[Entry], *, strict: bool = True, pace: Pace = "recorded") -> None:
        self.powered = True
        self.lost = ""
        self.lines: Lines | None = None
        self.difference = ""
        self.accepted = 0
        self._entries = entries
        self._strict = strict
        self._pace = pace
        self._next = 0
        self._matched = 0
        self._now = 0.0
        self._heard: float | None = None
        self._since: float | None = None
        self._coming = bytearray()
        self._written = bytearray()

    @property
    def finished(self) -> bool:
        """All that was recorded has happened; a last `close` may be missing."""
        return all(entry.dir == "close" for entry in self._entries[self._next :])

    @property
    def happened(self) -> int:
        """How many of the recording's entries are over."""
        return self._next

    # --- the device's side of the wire --------------------------------------------------------------------------

    def accept(self, data: bytes) -> int:
        """What the till writes; fewer bytes are taken when the connection was lost there. Raises RecordingDiffers."""
        for count, byte in enumerate(data):
            if not self._belongs_to_the_last_question():
                question = self._question()
                if self.lost:
                    return count
                self._compare(question, byte)
            self.accepted += 1
            self._written.append(byte)
            del self._written[:-_CONTEXT]
            self._heard = self._now
        return len(data)

    def output(self) -> bytes:
        """What the device has put on the wire since the last call."""
        data = bytes(self._coming)
        self._coming.clear()
        return data

    def run_until(self, now: float) -> None:
        """Let it be `now`: what is due by then happens."""
        if self._since is None:
            self._since = now
        while not self.lost and (due := self.next_change()) is not None and due <= now:
            self._now = max(self._now, due)
            self._happen()
        self._now = max(self._now, now)

    def next_change(self) -> float | None:
        """When something happens by itself; None: never, or not before the till writes."""
        entry = self._entry()
        if entry is None or self.lost or self._since is None:
            return None
        if entry.dir != "out":
            return self._since + self._delay(entry)
        if self._strict or self._heard is None:
            return None
        return self._heard + _QUIET_S

    def reopen(self) -> None:
        """The till opens the port. Raises PortLost, without the port's name, when that failed then."""
        self.lost = ""
        self._coming.clear()
        while (entry := self._entry()) is not None and entry.dir in {"close", "open", "lost"}:
            self._pass()
            if entry.dir == "lost":
                raise PortLost(entry.note.removeprefix(OPENING))
            if entry.dir == "open":
                return

    def back_after(self) -> float | None:
        """Seconds from a loss until the till could open the port again; None when it never could."""
        gone = self._entries[self._next - 1].t if self._next else 0.0
        opened = (entry.t for entry in self._entries[self._next :] if entry.dir == "open")
        back = next(opened, None)
        return None if back is None else 0.0 if self._pace == "at once" else back - gone

    # --- inside -------------------------------------------------------------------------------------------------

    def _entry(self) -> Entry | None:
        return self._entries[self._next] if self._next < len(self._entries) else None

    def _delay(self, entry: Entry) -> float:
        if self._pace == "at once" or self._next == 0:
            return 0.0
        return entry.t - self._entries[self._next - 1].t

    def _pass(self) -> None:
        self._next += 1
        self._matched = 0
        self._since = self._now

    def _happen(self) -> None:
        """What comes next, whatever it is; of a question: the rest of it is taken as put."""
        entry = self._entry()
        if entry is None:
            return
        if entry.dir == "out":
            while (entry := self._entry()) is not None and entry.dir == "out":
                self._pass()
            return
        self._pass()
        if entry.dir == "in":
            self._coming += entry.data
            self._heard = None
        elif entry.dir == "lines":
            self.lines = unpack_lines(entry.data)
        elif entry.dir == "lost" and not entry.note.startswith(OPENING):
            self.lost = entry.note or "the connection was lost"

    def _belongs_to_the_last_question(self) -> bool:
        """Lenient: the question is longer than the recorded one, and its answer has not come yet."""
        entry = self._entry()
        return (
            not self._strict
            and self._matched == 0
            and self._heard is not None
            and self._now - self._heard < _QUIET_S
            and (entry is None or entry.dir != "out")
        )

    def _question(self) -> Entry | None:
        """What the till writes next; what came before it then comes now, at the latest."""
        while (entry := self._entry()) is not None and entry.dir != "out" and not self.lost:
            self._happen()
        return entry

    def _compare(self, question: Entry | None, byte: int) -> None:
        if question is None:
            if self._strict:
                self._differ(f"is {byte:02X}, but the recording ends before it")
            return
        if self._strict and question.data[self._matched] != byte:
            self._differ(f"is {byte:02X}, was {question.data[self._matched]:02X} at {question.t:.6f} s")
        self._matched += 1
        if self._matched == len(question.data):
            self._pass()

    def _differ(self, how: str) -> None:
        before = f" (behind {self._written.hex(' ')})" if self._written else ""
        self.difference = f"byte {self.accepted} of what the till writes{before} {how}"
        raise RecordingDiffers(self.difference, self.accepted)
