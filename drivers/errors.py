"""What can go wrong at a device, by the only question that matters: MAY IT HAVE ACTED?

    DeviceError
    ├── NotSent       nothing reached the device: safe to try again
    ├── Refused       the device said no: it did not act
    └── Unanswered    bytes left and no answer came: doubtful, ask before anything is repeated

Each names the port and the device's role; the text is one sentence for a person.
"""

from __future__ import annotations


class DeviceError(Exception):
    """Base: `port` as configured ("serial:/dev/ttyUSB0"), `role` of the device ("receipt printer")."""

    def __init__(self, text: str, *, port: str = "", role: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.port = port
        self.role = role

    def __str__(self) -> str:
        where = " at ".join(part for part in (self.role, self.port) if part)
        return f"{where}: {self.text}" if where else self.text


class NotSent(DeviceError):
    """Nothing reached the device."""


class Refused(DeviceError):
    """The device understood and said no."""


class Unanswered(DeviceError):
    """The device may have acted. `sent` is how many bytes of the exchange left the till."""

    def __init__(self, text: str, *, port: str = "", role: str = "", sent: int = 0) -> None:
        super().__init__(text, port=port, role=role)
        self.sent = sent
