"""Before the first call to Checkbox on a sale's way: who works there. No value here is ever shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one cashier on one register: `login` and `password`, else `pin_code`; the register's `license_key`; the key of
    the integration. Raises ValueError when they are not complete or no header can carry them.
    """

    license_key: str = field(repr=False)
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pin_code: str = field(default="", repr=False)
    access_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.license_key:
            raise ValueError("Checkbox needs the register's licence key.")
        if not self.pin_code and not (self.login and self.password):
            raise ValueError("Checkbox needs a login with its password, or a PIN.")
        for key in (self.license_key, self.access_key):
            if not key.isascii() or not (key == "" or key.isprintable()):
                raise ValueError("A key for Checkbox has characters that no key has.")
