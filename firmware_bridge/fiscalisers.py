"""Before a sale's way begins: from the configuration to the one fiscaliser of the till, by its vendor's section.

A vendor's code is imported only where its section is: a till without it does not pay for it. A fiscal printer is a
device: `hardware` names it, wiring.py builds it, and nothing here opens its port.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol, cast

from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.vendors.base import Fiscaliser
from firmware_bridge.vendors.datecs.config import DatecsConfig
from statemachines.vocabulary.receipt import Customer
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits

VENDORS = {"checkbox": "firmware_bridge.vendors.checkbox.build"}
"""Section of [fiscaliser] -> the module that builds it."""


class Builder(Protocol):
    """What such a module offers."""

    TRAITS: FiscaliserTraits

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


def traits(config: Config) -> FiscaliserTraits:
    """What the configured fiscaliser can do. Raises UsageError for a fiscal printer that cannot be as configured."""
    device = None if config.till.training else hardware(config)
    if device is not None:
        from firmware_bridge import hardware_registers  # noqa: PLC0415 - loaded only where there is one

        return hardware_registers.traits(device)
    builder = _builder(config)
    return NO_FISCALISER if builder is None else builder.TRAITS


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
