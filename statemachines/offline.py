"""What a shop chooses about working without its fiscaliser, and what time it is then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

HOUR_MS: Final = 3_600_000
SECOND_MS: Final = 1_000
#: A server tells its time in whole seconds: what it did before it answered may be so much later than it says.
UNCERTAIN_MS: Final = SECOND_MS


@dataclass(frozen=True, slots=True)
class OfflineSettings:
    """Times in ms. What is said of the law is Ukraine's; nobody else has such traits.

    `paper`: what a customer gets meanwhile: a provisional receipt (its control number comes later), none, or no sale is
    made (refuse). `returns`: are they made meanwhile? `code_reserve`: so many codes are kept for closing, opening and
    going offline. `refill_below`, `refill_to`: when codes are asked for, and how many there are to be then;
    `refill_pause_ms` lies between two requests at least. `session_limit_ms` in a row and `month_limit_ms` in a calendar
    month are the law's; nothing is sold in the last `stop_ms` of either. `warn_at`: per cent of a limit.
    `look_every_ms`: how often the fiscaliser is looked for. `go_online_every_ms`: the least pause between two requests
    to go on line.
    `stamp_above`: with more documents than this waiting, selling goes on while they are delivered. `move_codes`: cash
    put in and taken out bears a code too. `settle_ms`: so long the fiscaliser may still act on what it was sent and has
    not answered. `send_ms`: so long it may take to send one document to the tax service. `ahead_ms`: so far ahead of
    the clock a session may begin, for it never begins before what the fiscaliser may still make by itself.
    """

    paper: Literal["provisional", "none", "refuse"] = "provisional"
    returns: Literal["allow", "refuse"] = "refuse"
    code_reserve: int = 20
    refill_below: int = 500
    refill_to: int = 2_000
    refill_pause_ms: int = 600_000
    session_limit_ms: int = 36 * HOUR_MS
    month_limit_ms: int = 168 * HOUR_MS
    stop_ms: int = HOUR_MS // 2
    warn_at: tuple[int, ...] = (50, 75, 90)
    look_every_ms: int = 15_000
    go_online_every_ms: int = 120_000
    stamp_above: int = 10
    move_codes: bool = False
    settle_ms: int = 20_000
    send_ms: int = 1_000
    ahead_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class FiscalClock:
    """`offset_ms`: how far the fiscaliser's clock is ahead of the till's now. Not `trusted`: nobody knows what time it
    is, so nothing is dated."""

    offset_ms: int = 0
    trusted: bool = False


def whole_seconds(at: int) -> int:
    """The first whole second that is not before `at` (UTC ms)."""
    return -(-at // SECOND_MS) * SECOND_MS
