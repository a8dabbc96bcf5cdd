"""Beside a till: of its unit's log and the kernel's, what a supporter needs: the ends that were none, and the hardware.

An end that was none: the process died of an error, a signal or the watchdog. Python writes a trace or, on a signal, the
stack of every thread (faulthandler); the system writes what it made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

ENDS: Final = 3
READ: Final = 20_000
"""Lines of the unit's log in which ends are looked for."""
_BEFORE: Final = 15
_MOST: Final = 200
_END: Final = re.compile(
    r"Fatal Python error|Traceback \(most recent call last\)|the till's loop has ended|The till stopped because"
    r"|Main process exited|Failed with result|Watchdog timeout"
)
_STACK: Final = re.compile(
    r"\s|(Current )?[Tt]hread 0x|File \"|Extension modules|Stack|Fatal Python error|Traceback|[\w.]+(Error|Exception)\b"
)
_HARDWARE: Final = re.compile(
    r"usb|tty(USB|ACM|AMA|S)\d|mmc|sdhci|voltage|throttl|hid|cdc_acm|ftdi|pl2303|ch34|cp210|ext4|I/O error|gpio|thermal"
    r"|out of memory|oom|watchdog",
    re.IGNORECASE,
)


def ends(lines: Sequence[str]) -> list[list[str]]:
    """The last ends that were none, oldest first: what was said just before, and the whole of the stacks."""
    found: list[list[str]] = []
    at = 0
    while at < len(lines):
        if not _END.search(lines[at]):
            at += 1
            continue
        begin, at = max(0, at - _BEFORE), at + 1
        while at < len(lines) and (_STACK.match(lines[at]) or not lines[at] or _END.search(lines[at])):
            at += 1
        found.append(list(lines[begin : min(at, begin + _BEFORE + _MOST)]))
    return found[-ENDS:]


def of_hardware(lines: Iterable[str]) -> list[str]:
    """The kernel's lines about the bus, the card, the supply and what hangs on it."""
    return [line for line in lines if _HARDWARE.search(line)]
