"""Before a USB port is opened: the words by which the configuration names a device. Loads no library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """Which device: `vendor` and `product` (both or neither), `serial` number, `path` = bus-port[.port …] ("1-1.2").

    What is None or "" does not matter; without anything it is the one printer that is plugged in.
    """

    vendor: int | None = None
    product: int | None = None
    serial: str = ""
    path: str = ""

    def __str__(self) -> str:
        device = "printer" if self.vendor is None else f"{self.vendor:04x}:{self.product or 0:04x}"
        return device + (f":{self.serial}" if self.serial else "") + (f"@{self.path}" if self.path else "")
