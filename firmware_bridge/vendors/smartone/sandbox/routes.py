"""In the vendor's place on a sale's way: which operation is where. A serial line's command is the path without slash.

The sibling's paths are documented; core-cashbox's page names the operations and no paths: its are taken from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_bridge.vendors.sandbox.wire import Json
from firmware_bridge.vendors.smartone.sandbox import looking, printing, selling, shifts
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.options import Profile

Act = Callable[[Call], Json]
_BOTH: Final[dict[str, Act]] = {
    "sale": selling.sale,
    "refund": selling.refund,
    "open_shift": shifts.open_shift,
    "x_report": shifts.x_report,
    "close_shift": shifts.close_shift,
    "check_shift": shifts.check_shift,
    "deposit": shifts.deposit,
    "withdraw": shifts.withdraw,
}
ACTS: Final[dict[Profile, dict[str, Act]]] = {
    "core": {**_BOTH, "print": printing.print_again},
    "ecr": {
        **_BOTH,
        "rollback": looking.rollback,
        "check_status": looking.check_status,
        "check_copy": printing.print_again,
        "get_info": looking.get_info,
    },
}
