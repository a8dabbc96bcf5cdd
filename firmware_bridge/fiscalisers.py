"""Before a sale's way begins: from the configuration to the one fiscaliser of the till, by its vendor's section."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.base import Fiscaliser
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits

CLIENT_NAME = "firmware-bridge"


def traits(config: Config) -> FiscaliserTraits:
    """What the configured fiscaliser can do; training knows none."""
    if config.fiscaliser is None or config.till.training:
        return NO_FISCALISER
    from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS

    return TRAITS


def make(
    config: Config,
    clock: TillClock,
    *,
    version: str,
    on_secret: Callable[[str], None] = lambda _: None,
) -> Fiscaliser | None:
    """Return the fiscaliser, or None for a till without one. Reads its secrets; raises UsageError with one sentence."""
    section = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    if section is None or config.till.training:
        return None
    # imported here: a till without a vendor does not pay for the vendor's code
    from firmware_bridge.vendors.checkbox.client import CheckboxClient
    from firmware_bridge.vendors.checkbox.credentials import Credentials
    from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
    from firmware_bridge.vendors.checkbox.forms import Forms
    from firmware_bridge.vendors.http import HttpTransport

    def secret(name: str) -> str:
        source: credentials.Secret | None = getattr(section, name)
        place = f"fiscaliser.checkbox.{name}"
        return "" if source is None else credentials.read(source, place, on_secret)

    try:
        known = Credentials(
            license_key=secret("license_key"),
            login=section.login,
            password=secret("password"),
            pin_code=secret("pin"),
            access_key=secret("access_key"),
        )
        transport = HttpTransport(section.base_url, clock.monotonic)
    except ValueError as error:
        raise UsageError(f"fiscaliser.checkbox: {error}") from error
    forms = Forms(
        tax_codes={key: group.checkbox for key, group in config.taxes.items()},
        groups=config.tax_groups(),
        profile=section.api,
        rounding=config.rounding_mode,
        zero_line=section.zero_line,
        till_id=config.till.id,
    )
    client = CheckboxClient(transport, known, clock, client_name=CLIENT_NAME, client_version=version)
    return CheckboxFiscaliser(client, forms, clock, asyncio.sleep, live=section.live)
