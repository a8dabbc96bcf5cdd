"""In the vendor's place on a sale's way: the sandbox on a port of the loopback; a thin shell over `service`."""

from __future__ import annotations

import random
import secrets
from typing import Any

from firmware_bridge.vendors.checkbox.sandbox.faults import KNOWN_FAULTS
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.service import Service
from firmware_bridge.vendors.sandbox.clock import Clock, RunningClock
from firmware_bridge.vendors.sandbox.server import Server

__all__ = ["KNOWN_FAULTS", "CheckboxSandbox", "SandboxOptions"]

_BODY_LIMIT = 4 * 1024 * 1024


class CheckboxSandbox(Server):
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

    @property
    def ready(self) -> dict[str, Any]:
        """What a client needs, to be printed as one JSON line once `start` has returned."""
        known = self.service.credentials
        return {
            "base_url": self.base_url,
            "login": known.login,
            "password": known.password,
            "pin_code": known.pin_code,
            "license_key": known.license_key,
            "access_key": known.access_key,
        }
