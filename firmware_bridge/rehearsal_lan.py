"""Registers of the shop's network for a rehearsal: their sections of a till's config, and the shop that they are in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from firmware_bridge.rehearsal import write_secret

_IKASSA: Final = """
[fiscaliser.ikassa]
url = {url}
pin = {{ file = {pin} }}
register = {register}
{more}
"""
_SMARTONE: Final = """
[fiscaliser.smartone]
profile = "{profile}"
{where}
merchant_id = {{ file = {merchant_id} }}
{more}
"""
_BELARUS: Final[Mapping[str, str]] = {
    "market": "BY",
    "zone": "Europe/Minsk",
    "currency": "BYN",
    "language": "ru",
    "seller": """\
name = "ООО «Пример»"
unit = "Магазин «Подсолнух»"
address = "г. Минск, ул. Примерная, 5"
tax_label = "УНП"
tax_number = "123456789"
""",
    "tax": "НДС",
    "codes": 'ikassa = "tax20"\n',
    "rounding": "none",
}
_AZERBAIJAN: Final[Mapping[str, str]] = {
    "market": "AZ",
    "zone": "Asia/Baku",
    "currency": "AZN",
    "language": "az",
    "seller": """\
name = "NÜMUNƏ MMC"
unit = "Günəbaxan market"
address = "Bakı ş., Nümunə küç. 5"
tax_label = "VÖEN"
tax_number = "1234567891"
""",
    "group": "vat18",
    "letter": "A",
    "tax": "ƏDV",
    "rate": "1800",
    "codes": 'smartone = { code = "A", name = "ƏDV 18%" }\n',
    "rounding": "none",
}


@dataclass(frozen=True, slots=True)
class Ikassa:
    """A till of iKassa for a rehearsal. Its PIN stands in a file that nobody else can read. `more`: further TOML."""

    url: str
    pin: Path
    register: str
    more: str = ""

    @classmethod
    def of(cls, ready: Mapping[str, Any], secrets_in: Path, more: str = "") -> Self:
        """From a sandbox's ready line; the PIN goes into a new file in `secrets_in`. Raises OSError."""
        return cls(ready["url"], write_secret(secrets_in / "ikassa.pin", ready["pin"]), ready["register_number"], more)

    @property
    def section(self) -> str:
        """[fiscaliser.ikassa] as TOML."""
        return _IKASSA.format(
            url=json.dumps(self.url), pin=json.dumps(str(self.pin)), register=json.dumps(self.register), more=self.more
        )

    @property
    def shop(self) -> Mapping[str, str]:
        """A shop in Belarus."""
        return _BELARUS


@dataclass(frozen=True, slots=True)
class SmartOne:
    """A register of SmartOne for a rehearsal, over HTTP or (`port`) on a serial line. `more`: further TOML."""

    url: str
    profile: Literal["core", "ecr"]
    merchant_id: Path
    port: str = ""
    more: str = ""

    @classmethod
    def of(cls, ready: Mapping[str, Any], secrets_in: Path, more: str = "", *, serial: bool = False) -> Self:
        """From a sandbox's ready line; the merchant id goes into a new file in `secrets_in`. Raises OSError."""
        merchant_id = write_secret(secrets_in / "smartone.merchant_id", ready["merchant_id"])
        port = f"serial:{ready['serial']}" if serial else ""
        return cls("" if serial else ready["base_url"], ready["profile"], merchant_id, port, more)

    @property
    def section(self) -> str:
        """[fiscaliser.smartone] as TOML."""
        return _SMARTONE.format(
            profile=self.profile,
            where=f"port = {json.dumps(self.port)}" if self.port else f"url = {json.dumps(self.url)}",
            merchant_id=json.dumps(str(self.merchant_id)),
            more=self.more,
        )

    @property
    def shop(self) -> Mapping[str, str]:
        """A shop in Azerbaijan."""
        return _AZERBAIJAN
