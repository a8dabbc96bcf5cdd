"""Before a sale's way begins: from the configuration to the one fiscaliser of the till, by its vendor's section.

A vendor's code is imported only where its section is: a till without it does not pay for it. A fiscal printer is a
device: `hardware` names it, wiring.py builds it, and nothing here opens its port.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from firmware_bridge import credentials
from firmware_bridge.api.backend import Webhook
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.vendors.base import Fiscaliser
from firmware_bridge.vendors.datecs.config import DatecsConfig
from statemachines.offline import HOUR_MS, OfflineSettings
from statemachines.vocabulary.receipt import Customer
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits

VENDORS = {
    "checkbox": "firmware_bridge.vendors.checkbox.build",
    "ikassa": "firmware_bridge.vendors.ikassa.build",
    "smartone": "firmware_bridge.vendors.smartone.build",
}
"""Section of [fiscaliser] -> the module that builds it."""
NEVER: Final = 1_000_000
"""More documents than ever wait."""


class Builder(Protocol):
    """What such a module offers."""

    def traits(self, section: Any) -> FiscaliserTraits:
        """What the fiscaliser of this section can do."""

    def build(
        self,
        config: Config,
        clock: TillClock,
        version: str,
        customer: Callable[[str], Customer | None],
        on_secret: Callable[[str], None],
    ) -> Fiscaliser:
        """The fiscaliser of this configuration; raises UsageError with one sentence."""


def hardware(config: Config) -> DatecsConfig | None:
    """The fiscal printer of this till, in training too, where it prints what is no document; None without one."""
    return None if config.fiscaliser is None else config.fiscaliser.datecs


def _builder(config: Config) -> Builder | None:
    """The vendor's module; None for a till without a network fiscaliser, and in training, which knows none."""
    if config.fiscaliser is None or config.till.training:
        return None
    name = next((name for name in VENDORS if getattr(config.fiscaliser, name) is not None), None)
    return None if name is None else cast("Builder", importlib.import_module(VENDORS[name]))


def _section(config: Config) -> object:
    """The section of the network fiscaliser, None without one."""
    found = (getattr(config.fiscaliser, name) for name in VENDORS) if config.fiscaliser is not None else ()
    return next((section for section in found if section is not None), None)


def offline(config: Config) -> OfflineSettings:
    """What the shop has chosen for the time without its fiscaliser."""
    section = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    if section is None:
        return OfflineSettings()
    chosen, usual = section.offline, OfflineSettings()
    return OfflineSettings(
        paper=chosen.paper,
        returns=chosen.returns,
        code_reserve=chosen.code_reserve,
        refill_below=chosen.code_threshold,
        refill_to=chosen.code_target,
        refill_pause_ms=chosen.code_pause_min * 60_000,
        session_limit_ms=chosen.session_h * HOUR_MS,
        month_limit_ms=chosen.month_h * HOUR_MS,
        stop_ms=chosen.stop_min * 60_000,
        look_every_ms=chosen.look_every_s * 1000,
        go_online_every_ms=section.go_online_every_s * 1000,
        stamp_above=usual.stamp_above if chosen.while_draining == "stamp" else NEVER,
        move_codes=chosen.service_code,
    )


def traits(config: Config) -> FiscaliserTraits:
    """What the configured fiscaliser can do. Raises UsageError for a fiscal printer that cannot be as configured."""
    device = None if config.till.training else hardware(config)
    if device is not None:
        from firmware_bridge import hardware_registers  # noqa: PLC0415 - loaded only where there is one

        return hardware_registers.traits(device)
    builder = _builder(config)
    return NO_FISCALISER if builder is None else builder.traits(_section(config))


def make(
    config: Config,
    clock: TillClock,
    *,
    version: str,
    customer: Callable[[str], Customer | None] = lambda _: None,
    on_secret: Callable[[str], None] = lambda _: None,
) -> Fiscaliser | None:
    """Return the network fiscaliser, or None for a till without one. `customer`: whom a document is for.

    Reads the fiscaliser's secrets; raises UsageError with one sentence.
    """
    builder = _builder(config)
    return None if builder is None else builder.build(config, clock, version, customer, on_secret)


def webhooks(
    config: Config, heard: Callable[[str], None], on_secret: Callable[[str], None] = lambda _: None
) -> dict[str, Webhook]:
    """Vendor -> what it may send here by itself; `heard` gets the vendor's id of what should be looked at.

    Reads the webhook's key; raises UsageError with one sentence.
    """
    section = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    if section is None or section.webhook is None or config.till.training:
        return {}
    from firmware_bridge.fiscal_hints import CheckboxWebhook  # noqa: PLC0415 - loaded only where there is one

    key = credentials.read(section.webhook, "fiscaliser.checkbox.webhook", on_secret)
    return {"checkbox": CheckboxWebhook(key, heard)}
