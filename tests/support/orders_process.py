"""A gateway with a portal in a process of its own that stops dead between the commit of a print request and its answer.

`python -m tests.support.orders_process FOLDER MOMENT NUMBER`: at the print request NUMBER (from 1; 0 = never) it says
"dead" and does nothing more. MOMENT is `after` (durable, nobody was answered and no inbox has it), `before` (nothing is
stored yet) or `hasty` (a broken one: it answers and has not stored). Prints its port first.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

from aiohttp import web

from firmware_bridge.clock import SystemClock
from firmware_bridge.gateway.holding import GatewayStore
from firmware_bridge.gateway.prints import Portal, Prints, add_routes
from firmware_bridge.gateway.prints_store import PrintStore, Taken
from firmware_bridge.gateway.service import application
from firmware_bridge.validation import convert
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from tests.support.orders import DOMAIN, REGISTER, TILL

SECRET = "secret-of-16-letters"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _die() -> None:
    _say("dead")
    threading.Event().wait()


class Mortal(PrintStore):
    """Dies at a request."""

    def __init__(self, path: Path, moment: str, number: int) -> None:
        super().__init__(path)
        self._moment = moment
        self._left = number

    def take(
        self, domain: str, check_id: int, attempt: int, digest: bytes, uuid_: str, till: str, body: bytes, at: int
    ) -> Taken | None:
        self._left -= 1
        if self._left == 0 and self._moment == "before":
            _die()
        if self._left == 0 and self._moment == "hasty":
            return Taken(f"{check_id}-by-chance", till, body, handed=True)
        found = super().take(domain, check_id, attempt, digest, uuid_, till, body, at)
        if self._left == 0 and self._moment == "after":
            _die()
        return found


async def main(folder: str, moment: str, number: str) -> None:
    """Serve until killed."""
    store = GatewayStore(folder, SystemClock())
    await store.start()
    table: dict[str, Any] = {
        "domain": DOMAIN,
        "public_url": "https://gw",
        "secret": {"env": "S"},
        "webhook": {"env": "W"},
        "registers": {TILL: REGISTER},
    }
    portal = Portal("shop", convert(table, PortalConfig), SECRET)
    kept = Mortal(Path(folder) / "prints.sqlite", moment, int(number))
    prints = Prints([portal], kept, store.inboxes, SystemClock())
    await prints.hand_over()
    app = application(store)
    add_routes(app, prints)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _say(str(runner.addresses[0][1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
