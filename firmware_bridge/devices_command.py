"""Beside a sale's way: `firmware-bridge devices …`, a person says which devices are the till's own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from firmware_bridge import wiring
from firmware_bridge.acquainted import DeviceMemory, accept
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError

Say = Callable[[str], None]


def run(config: Config, arguments: argparse.Namespace, say: Say) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, OSError for a file that cannot be written."""
    path, device = wiring.device_memory(config), arguments.device
    if arguments.part == "accept":
        accepted = accept(path, device)
        if accepted is None:
            raise UserError(f"No other {device} than the till's own was seen; nothing was changed")
        say(f"the till's {device} is {accepted} from now on")
        return 0
    memory = DeviceMemory(path)
    known, stranger = memory.known(device), memory.stranger(device)
    say(f"{device}: {known or 'none is remembered yet'}")
    if stranger is not None:
        say(f"{device}: {stranger} was seen in its place and gets nothing to do until it is accepted")
    return 0
