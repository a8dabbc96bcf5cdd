"""In the vendor's place on a sale's way: how it behaves; every point that the vendor's papers leave open is a field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

Profile = Literal["seed", "current"]


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """`profile`: `seed` = the vendor's page of 2022 to the letter, `current` = the interface of 2026 (error codes,
    `rounding_mode`, price above 0, two receipts a second). Fields of None follow the profile. Money in kopecks, times
    in seconds.

    Raises ValueError when a value cannot work.
    """

    port: int = 0
    profile: Profile = "current"
    #: From the request to the tax service's answer; half of it passes until the document is signed.
    signing_delay_s: float = 0.05
    #: `name` or `name:count`; see `faults.FAULTS`.
    faults: tuple[str, ...] = ()
    #: A real register: `is_test` false, fiscal numbers without TEST.
    live: bool = False
    #: Empty = made at random at the start.
    login: str = ""
    password: str = ""
    pin_code: str = ""
    license_key: str = ""
    access_key: str = ""
    fiscal_number: str = ""
    #: Cash in the register before its first shift.
    initial_balance: int = 0
    #: Codes that the vendor has fetched already.
    offline_codes: tuple[str, ...] = ()
    #: Whether X-Client-Name and X-Client-Version are demanded. None: only the current interface does.
    client_headers: bool | None = None
    #: Whether every call with a token must also carry X-License-Key, not only those whose page says so.
    license_everywhere: bool = False
    #: Local time (Kyiv) at which the organisation closes a shift by itself, "HH:MM"; empty = never.
    auto_close_shift_at: str = ""
    #: Closing takes all cash out.
    auto_collection_on_close: bool = False
    shift_limit_s: int = 24 * 3600
    #: What a close does while receipts of the shift wait for the tax service. None: seed accepts, current refuses.
    close_with_pending: Literal["accept", "refuse"] | None = None
    #: Tax of a receipt: the sum of the lines' amounts, or computed once over the group's turnover.
    tax_rounding: Literal["line", "group"] = "line"
    #: What is rounded: what cash has to pay, or the receipt's total.
    rounding_scope: Literal["cash", "total"] = "cash"
    #: Receipts per register and second before transmission is held for `penalty_s`; 0 = no limit. None: 0 and 2.
    receipts_per_s: int | None = None
    penalty_s: float = 5.0
    #: How long the vendor waits for a silent tax service.
    tax_service_timeout_s: float = 1.0
    #: Transactions that one go-online sends; 0 = all that wait. None: seed one, current all.
    go_online_sends: int | None = None
    #: Seconds between two go-online calls below which a call is counted as too soon. None: 10 and 120.
    go_online_every_s: int | None = None
    #: A date out of order: taken and the register jams when it is sent, or refused at once.
    wrong_dates: Literal["jam", "refuse"] = "jam"
    #: What the answer to sell-offline says.
    offline_receipt_status: Literal["DONE", "CREATED"] = "DONE"
    #: Whether go-offline during an automatic offline time makes a transaction of its own (and spends a code).
    go_offline_twice: bool = True
    #: Whether cash in and out need a code while the register is in manual offline mode.
    service_offline_needs_code: bool = False
    #: Whether a test register's delivered receipts show `is_sent_dps`, `sent_dps_at` and `delivered_at`.
    test_receipts_show_sent: bool = True
    offline_session_limit_s: int = 36 * 3600
    offline_month_limit_s: int = 168 * 3600

    def __post_init__(self) -> None:
        if self.profile not in ("seed", "current"):
            raise ValueError(f"profile is seed or current, not {self.profile!r}")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port is 0 (any free one) to 65535, not {self.port}")
        if self.signing_delay_s < 0 or self.tax_service_timeout_s < 0 or self.penalty_s < 0:
            raise ValueError("signing_delay_s, tax_service_timeout_s and penalty_s are seconds, 0 or more")
        if self.auto_close_shift_at:
            time.fromisoformat(self.auto_close_shift_at)

    @property
    def current(self) -> bool:
        return self.profile == "current"

    @property
    def demands_client_headers(self) -> bool:
        return self.current if self.client_headers is None else self.client_headers

    @property
    def refuses_close_with_pending(self) -> bool:
        return (self.close_with_pending or ("refuse" if self.current else "accept")) == "refuse"

    @property
    def receipt_limit(self) -> int:
        return (2 if self.current else 0) if self.receipts_per_s is None else self.receipts_per_s

    @property
    def drain_step(self) -> int:
        return (0 if self.current else 1) if self.go_online_sends is None else self.go_online_sends

    @property
    def go_online_pause(self) -> int:
        return (120 if self.current else 10) if self.go_online_every_s is None else self.go_online_every_s
