"""Before a port is opened: one device, one owner, under whatever names it is known.

Two drivers on one device would read each other's answers, and a kick for one drawer would open another. The system's
locks keep other programs away; this keeps two parts of the same till apart and says who they are.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Final

from drivers.ports.base import PortLost

#: What tells a device from all others: ("serial", st_rdev), ("tcp", address, port), ("usb", bus, address), ("gpio", n)
Identity = Hashable


@dataclass(frozen=True, slots=True)
class Hold:
    """A device that is ours until `release`."""

    name: str
    role: str
    identities: frozenset[Identity]

    def release(self) -> None:
        """Give it back; harmless when done already."""
        with _lock:
            for identity in self.identities:
                if _held.get(identity) is self:
                    del _held[identity]


_lock: Final = threading.Lock()
_held: Final[dict[Identity, Hold]] = {}


def hold(identities: Collection[Identity], name: str, role: str) -> Hold:
    """Take the device that any of `identities` stands for. Raises PortLost that names both who want it.

    `name`: the port's, as configured. `role`: what the device is at this till ("receipt printer").
    """
    wanted = Hold(name, role, frozenset(identities))
    with _lock:
        for identity in wanted.identities:
            if (owner := _held.get(identity)) is not None:
                raise PortLost(_refusal(wanted, owner), port=name, role=role)
        _held.update(dict.fromkeys(wanted.identities, wanted))
    return wanted


def _refusal(wanted: Hold, owner: Hold) -> str:
    same = "it" if wanted.name == owner.name else f"it is the same device as {owner.name} and"
    user = f"the {owner.role}" if owner.role else "another part"
    return (
        f"{same} is in use by {user} of this till; nothing was sent; give each of the two a port of its own in the "
        "configuration"
    )
