"""In the vendor's place on a sale's way: the sandbox on a port of the loopback, and on a serial line where wanted."""

from __future__ import annotations

import random
import secrets
from typing import Any, Final

from firmware_bridge.vendors.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.sandbox.server import Server
from firmware_bridge.vendors.smartone.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions
from firmware_bridge.vendors.smartone.sandbox.serial_line import SerialLine
from firmware_bridge.vendors.smartone.sandbox.service import Service

__all__ = ["KNOWN_FAULTS", "SandboxOptions", "SmartOneSandbox"]

_BODY_LIMIT: Final = 1024 * 1024


class SmartOneSandbox(Server):
    """The vendor on a port: `start`, then it serves until `close`."""

    def __init__(
        self,
        options: SandboxOptions | None = None,
        *,
        clock: Clock | None = None,
        entropy: random.Random | None = None,
    ) -> None:
        """The machine's clock and the system's randomness unless given. Raises ValueError for an unknown fault."""
        self.options = options or SandboxOptions()
        self.service = Service(self.options, clock or RunningClock(), entropy or secrets.SystemRandom())
        super().__init__(self.service, self.options.port, _BODY_LIMIT)
        self._line = SerialLine(self.service.command, self.service.bad_frame) if self.options.serial else None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        await super().start()
        if self._line is not None:
            self._line.start()

    async def close(self) -> None:
        """Stop. Harmless twice."""
        if self._line is not None:
            self._line.close()
        await super().close()

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs, to be printed as one JSON line once `start` has returned."""
        said = {
            "base_url": self.base_url,
            "profile": self.options.profile,
            "merchant_id": self.service.merchant_id,
            "currency": self.options.currency,
        }
        return said if self._line is None else said | {"serial": self._line.path}
