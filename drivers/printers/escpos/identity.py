"""Who a printer is, by its own words. After connecting; two equal printers differ in their serial number alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The answers to GS I 66, 67, 68 and 65; "" = not told. Many clones tell nothing, or somebody else's name."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""

    def __str__(self) -> str:
        name = f"{self.maker} {self.model}".strip() or "a printer that does not say what it is"
        serial = f", serial number {self.serial}" if self.serial else ""
        return f"{name}{serial}"

    def other_than(self, before: Identity) -> bool:
        """Is this certainly another printer? Without serial numbers nobody can tell."""
        return bool(self.serial and before.serial) and (self.serial, self.model) != (before.serial, before.model)
