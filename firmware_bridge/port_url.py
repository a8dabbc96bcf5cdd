"""Where a device hangs, as the configuration says it: "serial:/dev/ttyUSB0?baud=115200&flow=rtscts"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

Flow = Literal["none", "rtscts", "dsrdtr", "xonxoff"]
SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)


@dataclass(frozen=True, slots=True)
class SerialUrl:
    """A serial line: device file, bits per second, and what stops us when the device is full."""

    path: str
    baud: int = 115200
    flow: Flow = "none"


def parse(url: str) -> SerialUrl:
    """Read a port's URL. Raises ValueError with one sentence that says what is allowed."""
    kind, _, rest = url.partition(":")
    if kind != "serial":
        raise ValueError(f"{kind}: cannot be driven yet; allowed is serial:/dev/…")
    path, _, query = rest.partition("?")
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is no device file; allowed is serial:/dev/…")
    options = dict(part.partition("=")[::2] for part in query.split("&") if part)
    for name in options:
        if name not in ("baud", "flow"):
            raise ValueError(f"{name!r} is no option of a serial port; allowed are baud and flow")
    baud, flow = options.get("baud", "115200"), options.get("flow", "none")
    if not baud.isascii() or not baud.isdigit() or int(baud) not in SPEEDS:
        raise ValueError(f"baud={baud} is no speed; allowed are {', '.join(map(str, SPEEDS))}")
    if flow not in get_args(Flow):
        raise ValueError(f"flow={flow} is not known; allowed are {', '.join(get_args(Flow))}")
    return SerialUrl(path, int(baud), cast("Flow", flow))
