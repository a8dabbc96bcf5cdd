"""Before bytes of others go to the wire: real-time commands that stand in them by chance.

A printer obeys DLE EOT, DLE ENQ and DLE DC4 wherever they arrive, in the middle of a picture too (Epson, "real-time
commands": executed on reception, and the bytes are processed as data as well): five dots of a logo would open the
drawer, three would wipe the receipt. GS ( D switches off the drawer pulse alone, only on some printers, and takes our
own pulse away with it; so the dots are changed instead.
"""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = frozenset({0x04, 0x05, 0x14})
_PAIR: Final = re.compile(rb"\x10[\x04\x05\x14]")
#: In each of the second bytes this dot is white and stands beside a black one: nobody sees it there.
_DOT: Final = 0x02


def real_time_pairs(data: bytes) -> list[int]:
    """Offsets at which `data` spells a real-time command (DLE EOT, DLE ENQ, DLE DC4)."""
    return [at for at in range(len(data) - 1) if data[at] == 0x10 and data[at + 1] in _SECONDS]


def defused(dots: bytes) -> bytes:
    """`dots` of a picture without real-time commands: one more black dot in each place where one would stand."""
    return _PAIR.sub(lambda found: bytes((0x10, found[0][1] | _DOT)), dots)
