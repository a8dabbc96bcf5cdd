"""Between a lane and the dumps of its wire: which outcomes mean that an exchange failed, and that each is told once.

A failure is an order whose outcome is doubtful, a document that a fiscal printer refused after it was asked, or a
connection that ended although something had passed it: silence, a storm of NAK, a cable that was pulled. A printer
without paper and an order that never reached the wire are none. A device that stays away fails once; it has to be
heard before it can fail again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.ports.ring import PortCounts, RingPort
from firmware_bridge.lanes import Service
from firmware_bridge.wire_dumps import Dumper, Failure
from statemachines.vocabulary.effects import Ask, Effect
from statemachines.vocabulary.events import (
    DocumentEvent,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    PrintDoubtful,
)

_FAILED = (PrintDoubtful, FiscalisationDoubtful, FiscalisationRefused)
_NO_WORDS = "it answers no more"


class WireWatch:
    """Looks at one lane from its own thread. `device`: the lane's name; `port`: the port that it owns."""

    def __init__(self, device: str, port: RingPort, dumper: Dumper) -> None:
        self._device = device
        self._port = port
        self._dumper = dumper
        self._told = PortCounts()
        self._ever = False

    def over(self, service: Service, stopping: Callable[[], bool]) -> Service:
        """The lane's service, looked at; nothing is a failure while the lane is `stopping`."""

        def execute(effect: Effect) -> Event | None:
            before = self._port.counts
            event = service.execute(effect)
            if not stopping():
                self._ordered(effect, event, before)
            return event

        def on_trouble(reason: str) -> None:
            self._lost(reason)
            service.on_trouble(reason)

        return replace(service, execute=execute, on_trouble=on_trouble)

    def _ordered(self, effect: Effect, event: Event | None, before: PortCounts) -> None:
        """What is only asked changes nothing: its failure is the connection's."""
        if isinstance(effect, Ask) or not isinstance(event, _FAILED):
            return
        if self._port.counts.bytes_out > before.bytes_out:
            self._tell(event.reason, event)

    def _lost(self, reason: str) -> None:
        now, told = self._port.counts, self._told
        heard = now.bytes_in > told.bytes_in
        if heard or (not self._ever and now.bytes_out > 0):
            self._tell(reason or self._why(), None)

    def _why(self) -> str:
        notes = [frame.note for frame in self._port.frames() if frame.dir == "lost"]
        return notes[-1] if notes else _NO_WORDS

    def _tell(self, reason: str, event: DocumentEvent | None) -> None:
        port = self._port
        self._told, self._ever = port.counts, True
        about = event.document_id if event is not None else ""
        self._dumper.failed(
            Failure(self._device, port.name, port.driver, reason, port.frames(), port.clock.monotonic(), about)
        )
