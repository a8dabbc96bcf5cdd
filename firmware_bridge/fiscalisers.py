"""Before a sale's way begins: from the configuration to the one fiscaliser of the till, by its vendor's section.

A vendor's code is imported only where its section is: a till without it does not pay for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol, cast

from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.vendors.base import Fiscaliser
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


def _builder(config: Config) -> Builder | None:
    """The vendor's module; None for a till without a fiscaliser, and in training, which knows none."""
    if config.fiscaliser is None or config.till.training:
        return None
    name = next(name for name in VENDORS if getattr(config.fiscaliser, name) is not None)
    return cast("Builder", importlib.import_module(VENDORS[name]))


def traits(config: Config) -> FiscaliserTraits:
    """What the configured fiscaliser can do."""
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
    """Return the fiscaliser, or None for a till without one. `customer`: whom a document is for.

    Reads the fiscaliser's secrets; raises UsageError with one sentence.
    """
    builder = _builder(config)
    return None if builder is None else builder.build(config, clock, version, customer, on_secret)
