"""Before a sale's way begins: [fiscaliser.checkbox] of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret


class CheckboxOffline(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.checkbox.offline] What the till does while Checkbox cannot be reached.

    `paper` of a document made then lacks the control number, which only Checkbox can make: provisional = sell and print
    what is final, refuse = sell nothing then, none = sell and print nothing until it is complete. `returns` then: allow
    or refuse. Codes: `code_reserve` of them are kept for the close of the shift, the opening of the next and the like;
    below `code_threshold` free ones they are filled up to `code_target`, at most every `code_pause_min`. The law's
    limits in hours, `session_h` in a row and `month_h` in a calendar month, and `stop_min`, how many minutes before
    them nothing is sold any more. `look_every_s`: how often it is looked whether Checkbox is back; `go_online_every_s`:
    how often it is told to send what waits, left out = 15 s where `api` is seed, else 120 s. `while_draining`: may be
    sold while what was sold is being delivered (stamp, as long as much of it waits) or not (refuse)? `service_code`: do
    cash moves use up a code, too?
    """

    paper: Literal["provisional", "refuse", "none"] = "provisional"
    returns: Literal["allow", "refuse"] = "refuse"
    code_reserve: Annotated[int, Meta(ge=3, le=1000)] = 20
    code_threshold: Annotated[int, Meta(ge=4, le=4000)] = 500
    code_target: Annotated[int, Meta(ge=5, le=5000)] = 2000
    code_pause_min: Annotated[int, Meta(ge=1, le=1440)] = 10
    session_h: Annotated[int, Meta(ge=1, le=36)] = 36
    month_h: Annotated[int, Meta(ge=1, le=168)] = 168
    stop_min: Annotated[int, Meta(ge=5, le=1440)] = 30
    look_every_s: Annotated[int, Meta(ge=5, le=300)] = 15
    go_online_every_s: Annotated[int, Meta(ge=10, le=600)] | None = None
    while_draining: Literal["stamp", "refuse"] = "stamp"
    service_code: bool = False

    def __post_init__(self) -> None:
        if not self.code_reserve < self.code_threshold < self.code_target:
            raise ValueError("must have code_reserve below code_threshold, and that below code_target")
        if self.stop_min >= 60 * min(self.session_h, self.month_h):
            raise ValueError("must have stop_min shorter than session_h and month_h: else nothing is sold off line")


class CheckboxConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.checkbox] A register of Checkbox (checkbox.ua); Ukraine only.

    Sign-in by `login` with `password`, or by `pin` with the register's `license_key`. `access_key`: of the
    organisation's integration, where it has one. `api`: `current`, or `seed` for the interface of the vendor's
    older document. `live` = true is needed for a register that is not a test register. `zero_line`: what becomes of a
    line without a price (a note, a full discount, or the sale is refused). `webhook`: the key with which Checkbox
    signs what it sends to /v1/webhooks/checkbox; left out = it sends nothing here and is asked instead.
    """

    base_url: Annotated[
        str,
        Meta(max_length=256, pattern=r"\Ahttps?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?\Z", description="a URL"),
    ] = "https://api.checkbox.ua"
    api: Literal["seed", "current"] = "current"
    login: Annotated[str, Meta(max_length=128)] = ""
    password: Secret | None = None
    pin: Secret | None = None
    license_key: Secret | None = None
    access_key: Secret | None = None
    live: bool = False
    zero_line: Literal["note", "discount", "refuse"] = "note"
    offline: CheckboxOffline = CheckboxOffline()
    webhook: Secret | None = None

    @property
    def go_online_every_s(self) -> int:
        """Seconds between two requests to send what waits (the page of 2022 says 10 to 15, the newer one 120)."""
        return self.offline.go_online_every_s or (15 if self.api == "seed" else 120)

    def __post_init__(self) -> None:
        if bool(self.login) != (self.password is not None):
            raise ValueError("must have login and password together")
        if not self.login and self.pin is None:
            raise ValueError("must have login with password, or pin")
        if self.license_key is None:
            raise ValueError("must have license_key: it names the register")
