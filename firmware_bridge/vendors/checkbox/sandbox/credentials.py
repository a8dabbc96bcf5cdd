"""In the vendor's place on a sale's way: keys and cashiers, made at random unless given."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.vendors.checkbox.sandbox.ledger import new_id
from firmware_bridge.vendors.checkbox.sandbox.options import SandboxOptions
from firmware_bridge.vendors.checkbox.sandbox.values import Cashier


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs; `senior_…` is the second cashier. A test register's licence key begins with `test`."""

    login: str
    password: str
    pin_code: str
    license_key: str
    access_key: str
    senior_login: str
    senior_password: str
    senior_pin_code: str

    @classmethod
    def of(cls, options: SandboxOptions, entropy: random.Random) -> Credentials:
        pins = entropy.sample(range(1_000_000_000, 10_000_000_000), 2)
        return cls(
            login=options.login or f"cashier{entropy.randrange(1_000_000):06}",
            password=options.password or _word(entropy, 16),
            pin_code=options.pin_code or str(pins[0]),
            license_key=options.license_key or ("" if options.live else "test") + f"{entropy.getrandbits(96):024x}",
            access_key=options.access_key or _word(entropy, 64),
            senior_login=f"senior{entropy.randrange(1_000_000):06}",
            senior_password=_word(entropy, 16),
            senior_pin_code=str(pins[1]),
        )


def _word(entropy: random.Random, length: int) -> str:
    return "".join(entropy.choice(string.ascii_letters + string.digits) for _ in range(length))


def make_cashiers(credentials: Credentials, entropy: random.Random, at: datetime) -> tuple[Cashier, ...]:
    """The cashier, and a senior one who may close another's shift."""
    return (
        Cashier(
            id=new_id(entropy),
            full_name="Тестовий касир",
            login=credentials.login,
            password=credentials.password,
            pin_code=credentials.pin_code,
            key_id=_word(entropy, 16),
            created_at=at,
        ),
        Cashier(
            id=new_id(entropy),
            full_name="Старший касир",
            login=credentials.senior_login,
            password=credentials.senior_password,
            pin_code=credentials.senior_pin_code,
            key_id=_word(entropy, 16),
            created_at=at,
            senior=True,
        ),
    )
