"""In the vendor's place on a sale's way: the sandbox on a port of the loopback; a thin shell over `service`."""

from __future__ import annotations

import random
import secrets
from typing import Any

from firmware_bridge.vendors.ikassa.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.service import PATH, Service
from firmware_bridge.vendors.ikassa.sandbox.ssdp import Responder
from firmware_bridge.vendors.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.sandbox.server import Server

__all__ = ["KNOWN_FAULTS", "IKassaSandbox", "SandboxOptions"]

_BODY_LIMIT = 1024 * 1024


class IKassaSandbox(Server):
    """The vendor on a port: `start`, then it serves until `close`."""

    def __init__(
        self,
        options: SandboxOptions | None = None,
        *,
        clock: Clock | None = None,
        entropy: random.Random | None = None,
    ) -> None:
        """The machine's clock and the system's randomness unless given. Raises ValueError for what cannot be."""
        self.options = options or SandboxOptions()
        self.service = Service(self.options, clock or RunningClock(), entropy or secrets.SystemRandom())
        super().__init__(self.service, self.options.port, _BODY_LIMIT)
        self._responder: Responder | None = None
        self._ssdp_port: int | None = None

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs, to be printed as one JSON line once `start` has returned."""
        told: dict[str, Any] = {"base_url": self.base_url, "url": self.base_url + PATH, "pin": self.service.pin}
        told |= {"register_number": self.options.register_number, "token_mode": self.options.token_mode}
        return told | ({} if self._ssdp_port is None else {"ssdp": f"127.0.0.1:{self._ssdp_port}"})

    async def start(self) -> None:
        """Listen on the loopback. Raises OSError when a port is taken."""
        await super().start()
        if self.options.ssdp_port is None:
            return
        self._responder = Responder(lambda: self.base_url + PATH, self.options.register_number)
        try:
            self._ssdp_port = await self._responder.start(self.options.ssdp_port)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop. Harmless twice."""
        if self._responder is not None:
            self._responder.close()
            self._responder = None
        await super().close()
