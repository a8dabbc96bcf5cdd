"""Between a till's records at the gateway and whoever works with them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from firmware_bridge.gateway.replica import ReplicaThread
from firmware_bridge.journal.records import Record


class Follower(Protocol):
    """Who works with what arrives: books, and whoever answers for a till's documents. Called on the loop, in order."""

    async def opened(self, till: str, replica: ReplicaThread) -> None:
        """The till's records can be read from now on; before any of them is told."""
        ...

    async def arrived(self, till: str, records: Sequence[Record]) -> None:
        """These are durable, in order; each is told once while this process lives. What is missed is read from the
        replica at the next start."""
        ...

    async def closing(self, till: str) -> None:
        """The till's records cannot be read any more in a moment."""
        ...
