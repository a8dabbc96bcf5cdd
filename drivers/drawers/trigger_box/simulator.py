"""At the drawer's end of a cable: simulated trigger boxes by the names that the configuration has for them.

What is modelled: what each byte does to the latch, how the box tells, its lock-out and its charge, power and cable,
noise and deafness. What is not: the electrics of a modem line (a pseudo terminal has none: `lines()` is read beside
the cable), bit rates, and whatever a box does that no document tells; there it does the unkind thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.simulated.asked import EscapeBox, StatusByteBox
from drivers.drawers.trigger_box.simulated.box import SimulatedBox
from drivers.drawers.trigger_box.simulated.codes import AnyByteBox, ChargedBox, CodeBox, StreamBox
from drivers.drawers.trigger_box.simulated.reports import ReportBox

#: What opens a simulated box whose code is set in it.
CODE: Final = b"\x1bp0"

_MAKERS: Final[MappingProxyType[str, Callable[[Sequence[SimulatedDrawer], float, bytes], SimulatedBox]]] = (
    MappingProxyType(
        {
            "acode-at10u3": lambda drawers, now, code: StreamBox(drawers, code=code, now=now),
            "apg-212a": lambda drawers, now, code: CodeBox(drawers, code=code, line="cts", now=now),
            "apg-484a": lambda drawers, now, code: ChargedBox(drawers, now=now),
            "glancetron-8005u": lambda drawers, now, code: EscapeBox(drawers, now=now),
            "ibm-4840": lambda drawers, now, code: StatusByteBox(drawers, now=now),
            "posiflex-cr4000": lambda drawers, now, code: ReportBox(drawers, now=now),
            "safescan-uc100": lambda drawers, now, code: AnyByteBox(drawers, now=now, bus_powered=True),
        }
    )
)
NAMES: Final = tuple(_MAKERS)
#: Those that open on a code which is set in them.
CODED: Final = ("acode-at10u3", "apg-212a")
#: How many drawers a box has sockets for, where it has more than one.
SOCKETS: Final = MappingProxyType({"glancetron-8005u": 2, "ibm-4840": 2, "posiflex-cr4000": 8})


def simulated_box(
    name: str, drawers: Sequence[SimulatedDrawer], *, now: float = 0.0, code: bytes = CODE
) -> SimulatedBox:
    """The box `name` with `drawers` in its sockets. Raises KeyError for another name."""
    return _MAKERS[name](drawers, now, code)
