"""A gateway in a process of its own that stops dead at a chosen moment of an append, for a test to kill it there.

`python -m tests.support.gateway_process FOLDER MOMENT NUMBER`: MOMENT is `before` (nothing is stored yet), `after` (all
is durable, nobody was answered) or `hasty` (a broken one: it answers this one without storing it); at the append NUMBER
(from 1; a hasty one at the next) it says "dead" and does nothing more. Prints its port first.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from firmware_bridge.clock import SystemClock
from firmware_bridge.gateway.holding import GatewayStore
from firmware_bridge.journal.chain import Head
from firmware_bridge.uplink.envelope import read
from tests.support.gateway import gateway


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Mortal(GatewayStore):
    """Dies at an append."""

    def __init__(self, folder: Path, moment: str, number: int) -> None:
        super().__init__(folder, SystemClock())
        self._moment = moment
        self._left = number

    async def append(self, till: str, envelope: bytes, expected: int) -> Head:
        self._left -= 1
        if self._left == 0 and self._moment == "hasty":
            return read(envelope).head
        if self._left > 0:
            return await super().append(till, envelope, expected)
        if self._moment == "after":
            await super().append(till, envelope, expected)
        _say("dead")
        await asyncio.Event().wait()
        raise AssertionError


async def main(folder: str, moment: str, number: str) -> None:
    async with gateway(Path(folder), store=Mortal(Path(folder), moment, int(number))) as found:
        _say(str(found.port))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
