"""Before a sale's way begins: [bitrix24.<name>] of the gateway's configuration, a Bitrix24 portal that orders receipts.

Secrets stand in files or variables, never here. What Bitrix24 lets be set of a handler and of a cash register is named
as there: the documentation of sale.cashbox.handler.add and sale.cashbox.add.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret
from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.errors import UsageError
from firmware_bridge.validation import InvalidError, convert

OFD_CODES: Final = (
    *("", "bx_firstofd", "bx_platformaofd", "bx_yarusofd", "bx_taxcomofd"),
    *("bx_ofdruofd", "bx_tenzorofd", "bx_conturofd"),
)
_LOOPBACK: Final = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/|\Z)")
Name = Annotated[
    str,
    Meta(min_length=1, max_length=128, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z", description="text without control codes"),
]
Code = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z", description="1 to 64 of the characters A-Z a-z 0-9 . _ -")
]
Host = Annotated[str, Meta(pattern=r"\A[a-z0-9.-]{1,253}(:\d{1,5})?\Z", description="a host name in small letters")]
Url = Annotated[
    str,
    Meta(max_length=256, pattern=r"\Ahttps?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?\Z", description="a URL"),
]
Table = dict[str, Any]


class _Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class OAuth(_Section, frozen=True, kw_only=True):
    """An application instead of a webhook: `client_id`, `client_secret`; `tokens_file` in which its tokens are kept.

    `token_url`: the vendor's address for tokens.
    """

    client_id: Name
    client_secret: Secret
    tokens_file: Annotated[str, Meta(min_length=1, max_length=4096)]
    token_url: Url = "https://oauth.bitrix24.tech/oauth/token/"  # noqa: S105 - an address


class HandlerSection(_Section, frozen=True, kw_only=True):
    """The handler of all cash registers of a portal: its `code` (unique there), `name` and `sort`.

    `supports_ffd105`: prepayments and credit are ordered too; without it only sales and returns are. `http_version` in
    which the portal calls.
    """

    code: Code = "firmware_bridge"
    name: Name = "Firmware Bridge"
    sort: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    supports_ffd105: bool = True
    http_version: Literal["1.0", "1.1"] = "1.1"


class Register(_Section, frozen=True, kw_only=True):
    """[bitrix24.<name>.registers.<till>] One till as a cash register of the portal.

    `name`, `email` (who is told of failures), `number_kkm` ("" = the till's name), `ofd` with `ofd_settings`, `active`,
    `sort`, `use_offline`, `settings` (further ones, section -> field -> value): as sale.cashbox.add has them.

    `currency` of the till (ISO 4217). `vat`: the portal's tax id -> the till's tax group; `tax_group`: for what has no
    tax id, "" = refused. `cashless`: what a cashless payment is here. `prepayments`: advances, prepayments and credit
    are refused, or made as ordinary sales and returns. `returns`: a return waits for a person at the till, or those
    that move no cash are approved by whoever ordered them; one that moves cash always waits. `language` of the paper,
    `drawer`: "" = the till's own. `operator`: who stands on the receipt where nobody has confirmed the order.
    """

    name: Name
    email: Name
    number_kkm: Annotated[str, Meta(max_length=64)] = ""
    ofd: str = ""
    ofd_settings: Table = {}
    active: bool = True
    sort: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    use_offline: bool = False
    settings: Table = {}
    currency: Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z", description='three capital letters, for example "UAH"')]
    vat: Annotated[dict[str, Name], Meta(max_length=64)] = {}
    tax_group: Annotated[str, Meta(max_length=128)] = ""
    cashless: Literal["card", "transfer", "other"] = "transfer"
    prepayments: Literal["refuse", "as_sales"] = "refuse"
    returns: Literal["confirm", "approved"] = "confirm"
    language: Annotated[str, Meta(pattern=r"\A([a-z]{2,3})?\Z", description="two or three small letters")] = ""
    drawer: Annotated[str, Meta(max_length=64)] = ""
    operator: Annotated[str, Meta(min_length=1, max_length=64)] = "Bitrix24"

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return EXPONENTS[self.currency]


class PortalConfig(_Section, frozen=True, kw_only=True):
    """[bitrix24.<name>] One portal.

    `domain`: its host. `public_url`: where the portal reaches this gateway. `secret`: the part of the address that
    nobody else knows. `webhook`: the address of an incoming webhook, or `oauth`. `max_age_h`: an order that no till has
    begun so long after it was made is refused. `push`: results are told at once (check.apply), not only when asked for.
    `handler`, `registers`: see there.
    """

    domain: Host
    public_url: Url
    secret: Secret
    webhook: Secret | None = None
    oauth: OAuth | None = None
    max_age_h: Annotated[int, Meta(ge=1, le=720)] = 48
    push: bool = True
    handler: HandlerSection = HandlerSection()
    registers: Annotated[dict[Code, Register], Meta(min_length=1, max_length=1000)]

    def __post_init__(self) -> None:
        if (self.webhook is None) == (self.oauth is None):
            raise ValueError("must have either webhook or oauth")

    def number_kkm(self, till: str) -> str:
        """How the portal calls this till."""
        return self.registers[till].number_kkm or till

    def till_of(self, number_kkm: str) -> str | None:
        """Whose cash register that is."""
        return next((till for till in self.registers if self.number_kkm(till) == number_kkm), None)

    def faults(self) -> list[str]:
        """What does not fit together, one sentence each, beginning with the key."""
        found = [] if _usable(self.public_url) else ["public_url: must be https, except on this machine itself"]
        if self.oauth is not None and not _usable(self.oauth.token_url):
            found.append("oauth.token_url: must be https, except on this machine itself")
        numbers = [self.number_kkm(till) for till in self.registers]
        for till, one in self.registers.items():
            place = f"registers.{till}"
            if numbers.count(self.number_kkm(till)) > 1:
                found.append(f"{place}.number_kkm: {self.number_kkm(till)!r} is another till's too")
            if one.currency not in EXPONENTS:
                found.append(f"{place}.currency: {one.currency} is no currency of ISO 4217")
            if one.ofd not in OFD_CODES:
                found.append(f"{place}.ofd: {one.ofd!r} is none of {', '.join(OFD_CODES[1:])}")
            if not one.vat and not one.tax_group:
                found.append(f"{place}.vat: no tax id has a tax group; name them, or a tax_group for all")
        return found


def _usable(url: str) -> bool:
    return urlsplit(url).scheme == "https" or _LOOPBACK.match(url) is not None


def portals(table: Mapping[str, Any]) -> dict[str, PortalConfig]:
    """The portals of a configuration that was read. Raises UsageError with all that is wrong, one sentence a line."""
    try:
        found = convert(table.get("bitrix24", {}), dict[Code, PortalConfig])
    except InvalidError as error:
        raise UsageError("\n".join(f"bitrix24.{fault.sentence()}" for fault in error.faults)) from error
    wrong = [f"bitrix24.{fault}" for fault in portal_faults(found)]
    if wrong:
        raise UsageError("\n".join(wrong))
    return found


def portal_faults(portals: Mapping[str, PortalConfig]) -> list[str]:
    """What does not fit together, one sentence each, beginning with the portal's name and the key."""
    found = [f"{name}.{fault}" for name, one in portals.items() for fault in one.faults()]
    domains = [one.domain for one in portals.values()]
    found += [
        f"{name}.domain: {one.domain} is another portal's too"
        for at, (name, one) in enumerate(portals.items())
        if one.domain in domains[:at]
    ]
    return found


def load(path: Path) -> dict[str, PortalConfig]:
    """The portals of the gateway's configuration; other sections are others' matter. Raises UsageError."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: is not valid TOML: {error}") from error
    try:
        return portals(table)
    except UsageError as error:
        raise UsageError("\n".join(f"{path}: {line}" for line in error.text.splitlines())) from error
