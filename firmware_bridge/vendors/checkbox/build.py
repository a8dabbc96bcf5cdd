"""Before a sale's way begins: a register of Checkbox from its section of the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from firmware_bridge.vendors.checkbox.credentials import Credentials
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS, CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Beside, Forms
from firmware_bridge.vendors.http import HttpTransport
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.receipt import Customer
from statemachines.vocabulary.traits import FiscaliserTraits

__all__ = ["TRAITS", "build", "parts", "traits"]

CLIENT_NAME = "firmware-bridge"


def build(
    config: Config,
    clock: TillClock,
    version: str,
    customer: Callable[[str], Customer | None],
    on_secret: Callable[[str], None],
) -> CheckboxFiscaliser:
    """The register of [fiscaliser.checkbox]. Reads its secrets; raises UsageError with one sentence."""
    client, forms = parts(config, clock, version, on_secret)

    def beside(order: Fiscalise) -> Beside:
        return Beside(customer=customer(order.document_id))

    section = section_of(config)
    return CheckboxFiscaliser(
        client, forms, clock, asyncio.sleep, live=section.live, beside=beside, traits=traits(section)
    )


def traits(section: CheckboxConfig) -> FiscaliserTraits:
    """What a register of this section can do: it stamps by codes of its own unless offline sales are refused."""
    return TRAITS if section.offline.paper == "refuse" else replace(TRAITS, offline="codes")


def parts(
    config: Config, clock: TillClock, version: str, on_secret: Callable[[str], None]
) -> tuple[CheckboxClient, Forms]:
    """What a register is made of: its calls and its words. Reads its secrets; raises UsageError with one sentence."""
    section = section_of(config)
    try:
        known = _credentials(section, on_secret)
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

    client = CheckboxClient(
        transport, known, clock, client_name=CLIENT_NAME, client_version=version, on_secret=on_secret
    )
    return client, forms


def section_of(config: Config) -> CheckboxConfig:
    """[fiscaliser.checkbox]. Raises UsageError."""
    found = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    if found is None:
        raise UsageError("There is no [fiscaliser.checkbox] in the configuration")
    return found


def _credentials(section: CheckboxConfig, on_secret: Callable[[str], None]) -> Credentials:
    def secret(name: str) -> str:
        source: credentials.Secret | None = getattr(section, name)
        place = f"fiscaliser.checkbox.{name}"
        return "" if source is None else credentials.read(source, place, on_secret)

    return Credentials(
        license_key=secret("license_key"),
        login=section.login,
        password=secret("password"),
        pin_code=secret("pin"),
        access_key=secret("access_key"),
    )
