"""Between the till and a network fiscaliser after sales made without it: one step of their delivery, one event.

Whatever ends a step is told as an event: a step without one would never be taken again.
"""

from __future__ import annotations

import logging

from drivers.errors import DeviceError, Refused
from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.base import Fiscaliser, OfflineRegister
from statemachines.vocabulary.effects import (
    DeliverOffline,
    DrainStep,
    GoOffline,
    GoOnline,
    LookAtRegister,
    PingTaxService,
    RefillCodes,
)
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.offline_events import DrainStepFailed

log = logging.getLogger(__name__)

NO_REGISTER = "this fiscaliser takes nothing that was made without it"
NOT_CONFIGURED = "the configuration names no fiscaliser any more: put its section back, then it is delivered"


async def carry_out(fiscaliser: Fiscaliser, step: DrainStep) -> Event:
    """Take one step and tell what came of it; a step that failed changes nothing and may be taken again."""
    if not isinstance(fiscaliser, OfflineRegister):
        return failed(step, NO_REGISTER)
    try:
        return await _step(fiscaliser, step)
    except DeviceError as error:
        reached = isinstance(error, Refused)
        return failed(step, error.text if reached else f"{error.text}; it is tried again", reached=reached)
    except Exception as error:
        log.exception("unforeseen error in a fiscaliser", extra=about("driver-error", device="fiscaliser"))
        return failed(step, f"unforeseen error in the fiscaliser ({type(error).__name__})")


async def _step(register: OfflineRegister, step: DrainStep) -> Event:
    match step:
        case LookAtRegister():
            return await register.look()
        case RefillCodes():
            return await register.refill(step)
        case GoOffline():
            return await register.go_offline(step)
        case DeliverOffline():
            return await register.deliver(step)
        case GoOnline():
            return await register.go_online(step)
        case PingTaxService():
            return await register.ping()


def failed(step: DrainStep, reason: str, *, reached: bool = False) -> DrainStepFailed:
    """What a step that came to nothing is answered with. `reached`: the fiscaliser itself has answered."""
    return DrainStepFailed(type(step).__name__, reason, reached)
