"""Beside a till: who else wants a serial line: the kernel's console, a getty. Two on one line steal each other's keys.

On a Raspberry Pi `serial0` is the header's UART: the PL011 (ttyAMA0), or the mini UART (ttyS0) where Bluetooth took
that; its speed follows the core's clock unless enable_uart=1 is in config.txt. Sources: /sys/class/tty/console/active
(Linux, Documentation/ABI/testing/sysfs-tty), /proc/PID/stat field 7 (proc(5)), Raspberry Pi's UART documentation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_bridge.errors import UserError

_UARTS: Final = {
    "ttyAMA10": "the debug connector of a Raspberry Pi 5",
    "ttyAMA": "a PL011 of the board",
    "ttyS": "the mini UART of the board: put enable_uart=1 into config.txt, or its speed follows the core's clock",
    "ttyUSB": "a USB adapter",
    "ttyACM": "a USB adapter or device",
    "ttyGS": "the board as a USB gadget: it needs a host that reads",
}


def which(path: Path) -> str:
    """What kind of line this is, for a person; "" where it cannot be told by its name."""
    name = path.resolve().name
    return next((text for start, text in _UARTS.items() if name.startswith(start)), "")


def check(path: Path, root: Path = Path("/")) -> None:
    """Raises UserError when the kernel's console or a getty is on the line; nothing is opened then."""
    name = path.resolve().name
    active = root / "sys/class/tty/console/active"
    if active.exists() and name in active.read_text("ascii", "replace").split():
        raise UserError(
            f"{path} is the kernel's console: its messages would stand in every line; nothing was opened",
            f"take console={name} (or serial0) out of /boot/firmware/cmdline.txt and restart, "
            "or use raspi-config: serial port, no login shell, hardware on",
        )
    try:
        device = path.stat().st_rdev
    except OSError as error:
        raise UserError(f"{path} is not there: {error.strerror}; nothing was opened") from error
    for pid, program in _at(device, root):
        raise UserError(
            f"{program} (process {pid}) has {path} for its terminal; nothing was opened",
            f"systemctl disable --now serial-getty@{name}.service",
        )


def _at(device: int, root: Path) -> Iterator[tuple[int, str]]:
    """Processes whose terminal this is, but for our own."""
    for stat in (root / "proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text("utf-8", "replace")
        except OSError:
            continue  # it ended meanwhile, or is none of our business
        name, _, rest = text.partition("(")[2].rpartition(")")
        fields = rest.split()
        pid = int(stat.parent.name)
        if len(fields) > 4 and pid != os.getpid() and device == _rdev(int(fields[4])):
            yield pid, name


def _rdev(tty_nr: int) -> int:
    """The kernel packs minor bits 31..20 and 7..0, major 15..8 (proc(5), field tty_nr)."""
    return os.makedev((tty_nr >> 8) & 0xFFF, (tty_nr & 0xFF) | ((tty_nr >> 12) & 0xFFF00))
