"""Before a pin is taken: the library that moves the pins of this machine, chosen once by gpiozero.

gpiozero tries lgpio, rpigpio, pigpio and its own `native` in that order and falls back in silence; a Pi 5 works with
lgpio alone. So the choice is logged, and `native`, which writes to the registers of the chip past the kernel and
locks nothing, is refused for outputs. So is `mock` where the environment names it: better a till that says that no pin
moves than one that believes its pulses. Source: gpiozero 2.0, `Device.ensure_pin_factory`.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
import weakref
from typing import Any, Final

from gpiozero import Device

from drivers.ports.base import PortLost

log = logging.getLogger(__name__)

_VARIABLE: Final = "GPIOZERO_PIN_FACTORY"
_lock: Final = threading.Lock()
_told: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def pin_factory(name: str, role: str, *, output: bool, given: Any = None) -> Any:
    """Return gpiozero's factory, or `given`. Raises PortLost when there is none, or one that outputs must not use."""
    if output and given is None and os.environ.get(_VARIABLE) == "mock":
        raise PortLost(
            f"{_VARIABLE}=mock stands in this program's environment, and mock pins move nothing; nothing was touched; "
            "take the variable out",
            port=name,
            role=role,
        )
    with _lock:
        factory = given if given is not None else _chosen(name, role)
        if factory not in _told:
            _told.add(factory)
            log.info("GPIO pins are moved by %s", type(factory).__name__, extra={"kind": "device-advice"})
    if output and any(kind.__name__ == "NativeFactory" for kind in type(factory).__mro__):
        raise PortLost(
            "gpiozero found nothing better than its own `native` access, which no other program can see; the pin was "
            "not touched; install lgpio (apt install python3-lgpio, or pip install 'lgpio>=0.2')",
            port=name,
            role=role,
        )
    return factory


def _chosen(name: str, role: str) -> Any:
    with warnings.catch_warnings(record=True) as fallbacks:
        warnings.simplefilter("always")
        try:
            Device.ensure_pin_factory()
        except Exception as error:
            tried = "; ".join(str(fallback.message) for fallback in fallbacks)
            raise PortLost(
                f"no library here can move GPIO pins ({tried or error}); nothing was touched; this machine must be a "
                "Raspberry Pi with python3-lgpio, and its user in the group gpio",
                port=name,
                role=role,
            ) from error
    for fallback in fallbacks:
        log.warning("GPIO: %s", fallback.message, extra={"kind": "device-advice"})
    return Device.pin_factory


def why_not(error: Exception) -> str:
    """A sentence for a pin that could not be taken."""
    if isinstance(error, PermissionError):
        return f"this user may not use the pins ({error}); nothing was touched; add it to the group gpio"
    return (
        f"the pin cannot be used ({error}); nothing was touched; check its BCM number and that no other program has "
        "claimed it"
    )
