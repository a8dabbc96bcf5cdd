"""Behind a sale's way: the devices of a configuration for those who ask over HTTP, and a person's word about them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from firmware_bridge import fiscalisers
from firmware_bridge.acquainted import DeviceMemory, Known, accept
from firmware_bridge.api.devices import unknown
from firmware_bridge.config import Config
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.commands import Refusal

log = logging.getLogger(__name__)

#: The devices that are told apart by the number which they say themselves, and by nothing else.
_REMEMBERED: Final = ("printer",)
_TOLD_BY: Final = {
    "drawer": "A drawer is told apart by its port alone",
    "register": "Which fiscal printer is the till's stands in its configuration (fiscaliser.datecs.serial)",
}


class KnownDevices:
    """firmware_bridge.api.devices.Devices of one till. `memory`: the file that says which devices are its own."""

    def __init__(self, config: Config, memory: Path) -> None:
        self._config = config
        self._path = memory
        self._memory = DeviceMemory(memory)

    def devices(self) -> Sequence[dict[str, Any]]:
        """See Devices."""
        config = self._config
        found: list[dict[str, Any]] = []
        if config.printer is not None:
            found.append(self._row("printer", "printer", config.printer.driver, config.printer.port))
        register = fiscalisers.hardware(config)
        if register is not None:
            row = self._row("fiscaliser", "register", f"datecs-{register.dialect}", register.port)
            found.append({**row, "serial": register.serial or None})
        for name, drawer in config.drawers.items():
            found.append(self._row(name, "drawer", drawer.driver, drawer.port))
        return found

    def _row(self, device: str, kind: str, driver: str, port: str) -> dict[str, Any]:
        row: dict[str, Any] = {"id": device, "kind": kind, "driver": driver, "port": port or None}
        if device not in _REMEMBERED or kind == "drawer":
            return row
        known, stranger = self._memory.known(device), self._memory.stranger(device)
        return {**row, "known": _view(known), "stranger": _view(stranger)}

    async def accept(self, device: str, serial: str, by: str) -> dict[str, Any] | Refusal:
        """See Devices."""
        row = next((one for one in self.devices() if one["id"] == device), None)
        if row is None:
            return unknown(device)
        if "stranger" not in row:
            return Refusal("not-told-apart", f"{_TOLD_BY[row['kind']]}: nothing was changed", "device")
        try:
            taken = await asyncio.to_thread(accept, self._path, device, serial)
        except OSError as error:
            text = f"{self._path} cannot be written ({error.strerror or error}): nothing was changed, look at the disk"
            return Refusal("storage", text)
        if taken is not None:
            log.warning(
                "the till's %s is %s from now on, says %s",
                device,
                taken,
                by,
                extra=about("device-changed", device=device, client=by),
            )
        elif (known := self._memory.known(device)) is None or known.serial != serial:
            text = f"No other {device} with the serial number {serial} was seen: nothing was changed"
            return Refusal("unknown-stranger", f"{text}; look at /v1/devices who is there", "serial")
        return next(one for one in self.devices() if one["id"] == device)


def _view(known: Known | None) -> dict[str, str] | None:
    return None if known is None else asdict(known)
