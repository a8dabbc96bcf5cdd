"""Before a sale's way begins: [fiscaliser.checkbox] of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret


class CheckboxConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[fiscaliser.checkbox] A register of Checkbox (checkbox.ua); Ukraine only.

    Sign-in by `login` with `password`, or by `pin` with the register's `license_key`. `access_key`: of the
    organisation's integration, where it has one. `api`: `current`, or `seed` for the interface of the vendor's
    older document. `live` = true is needed for a register that is not a test register. `zero_line`: what becomes of a
    line without a price (a note, a full discount, or the sale is refused).
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

    def __post_init__(self) -> None:
        if bool(self.login) != (self.password is not None):
            raise ValueError("must have login and password together")
        if not self.login and self.pin is None:
            raise ValueError("must have login with password, or pin")
        if self.license_key is None:
            raise ValueError("must have license_key: it names the register")
