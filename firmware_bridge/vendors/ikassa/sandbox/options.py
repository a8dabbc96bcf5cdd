"""In the vendor's place on a sale's way: how it behaves; every point that the vendor's papers leave open is a field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from zoneinfo import ZoneInfo

#: Subject -> the operation's name. The first eight are the vendor's, the others placeholders.
NAMES: Final[dict[str, str]] = {
    "auth": "AUTH",
    "other_info": "OTHER_INFO",
    "add_cheques": "ADD_CHEQUES",
    "add_or_edit_cheques": "ADD_OR_EDIT_CHEQUES",
    "sale": "SALE",
    "money_back": "MONEY_BACK",
    "deposit": "DEPOSIT",
    "operation_id": "OPERATION_ID",
    "open_shift": "OPEN_SHIFT",
    "close_shift": "CLOSE_SHIFT",
    "x_report": "X_REPORT",
    "withdraw": "WITHDRAW",
    "rollback": "ROLLBACK",
}


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Times in seconds, money in kopecks. Raises ValueError when a value cannot work."""

    port: int = 0
    #: `name` or `name:count`; see `faults.FAULTS`.
    faults: tuple[str, ...] = ()
    register_number: str = "131010705"
    zone: str = "Europe/Minsk"
    #: File in which the books stand, so that they outlive the process; empty = in memory alone.
    state_file: str = ""
    #: UDP port of 127.0.0.1 on which a search for the till is answered; None = none, 0 = any free one.
    ssdp_port: int | None = None
    #: Whether operations want a token, or a PIN that was remembered.
    token_mode: bool = False
    #: Empty = made at random at the start.
    pin: str = ""
    initial_cash: int = 0
    #: Subject -> name, in place of the one of `NAMES`.
    operations: Mapping[str, str] = field(default_factory=dict)
    #: Status of the answer when the authorisation failed (401, 405); all other answers are 200.
    unauthorised_status: Literal[200, 401] = 401
    #: Age from which nothing more is made in a shift.
    shift_limit_s: int = 86_400
    #: What an operation comes to whose operationId is known: made again (so that whoever repeats is found out),
    #: refused, or answered as the first time.
    repeated_id: Literal["again", "refused", "same"] = "again"
    #: resultCode of OPERATION_ID for an operation that the till does not know.
    unknown_id_code: Literal[399, 411, 413] = 399
    #: Whether OPERATION_ID is answered while the till waits for a card (isSucceed false), or refused with 410.
    answers_while_busy: bool = False
    #: Whether a declined card leaves an operation that did not succeed, or none.
    remembers_declined: bool = True
    #: resultCode of a declined card; the vendor's list of codes is not complete.
    declined_code: int = 399
    #: Whether a refund to a card needs the RRN of its payment.
    refund_needs_rrn: bool = True
    #: Whether one cheque that cannot be added keeps all the others of the request out.
    cheques_atomic: bool = True
    #: Form of dateTime and date.
    date_format: str = "%d.%m.%Y %H:%M:%S"

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535 or not 0 <= (self.ssdp_port or 0) <= 65535:
            raise ValueError("a port is 0 (any free one) to 65535")
        if unknown := self.operations.keys() - NAMES.keys():
            raise ValueError(f"there is no operation {', '.join(sorted(unknown))}")
        names = [name.upper() for name in (NAMES | dict(self.operations)).values()]
        if len(set(names)) < len(names) or not all(re.fullmatch(r"[A-Z0-9_]{1,64}", name) for name in names):
            raise ValueError("every operation needs a name of its own, of letters, digits and _")
        if not 300 <= self.declined_code <= 599 or self.declined_code == 491:
            raise ValueError("declined_code is a resultCode that means nothing else")
        if self.shift_limit_s <= 0:
            raise ValueError("shift_limit_s is a number of seconds above 0")
        ZoneInfo(self.zone)

    @property
    def by_name(self) -> dict[str, str]:
        """Name of an operation, upper-case -> its subject."""
        return {name.upper(): subject for subject, name in (NAMES | dict(self.operations)).items()}
