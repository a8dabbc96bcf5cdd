"""Before a sale's way begins: a register of SmartOne from its section of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware_bridge import credentials, ports
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.smartone import fiscaliser, wire
from firmware_bridge.vendors.smartone.client import SmartOneClient, Times
from firmware_bridge.vendors.smartone.config import SmartOneConfig, SmartOneTax
from firmware_bridge.vendors.smartone.errors import ROLE
from firmware_bridge.vendors.smartone.fiscaliser import SmartOneFiscaliser
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.plans import Plans
from statemachines.vocabulary.receipt import Customer
from statemachines.vocabulary.traits import FiscaliserTraits

ECR_PATHS = {"print": "/check_copy"}
"""Where ECR's differ from those that core-cashbox is taken to have."""

__all__ = ["build", "make", "plans_file", "traits"]


def traits(section: SmartOneConfig) -> FiscaliserTraits:
    """What the register of this section can do."""
    return fiscaliser.traits(
        section.profile,
        preview=section.preview,
        collects_card=section.collects_card,
        empties_at_close=section.empties_at_close,
    )


def plans_file(config: Config) -> Path:
    """Where the till writes down what it is about to send, beside its journal."""
    return Path(f"{config.journal.path}.smartone")


def build(
    config: Config,
    clock: TillClock,
    version: str,
    customer: Callable[[str], Customer | None],
    on_secret: Callable[[str], None],
) -> SmartOneFiscaliser:
    """The register of [fiscaliser.smartone]. Reads its secret; raises UsageError with one sentence."""
    section: SmartOneConfig | None = getattr(config.fiscaliser, "smartone", None)
    if section is None:
        raise UsageError("There is no [fiscaliser.smartone] in the configuration")
    taxes: dict[str, SmartOneTax] = {
        key: tax for key, group in config.taxes.items() if (tax := getattr(group, "smartone", None)) is not None
    }
    return make(section, config, taxes, clock, on_secret)


def make(
    section: SmartOneConfig,
    config: Config,
    taxes: Mapping[str, SmartOneTax],
    clock: TillClock,
    on_secret: Callable[[str], None],
) -> SmartOneFiscaliser:
    """The register of `section`, of a till with this configuration. Raises UsageError with one sentence."""
    try:
        line = _wire(section, clock)
        zone = ZoneInfo(section.zone or config.till.zone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise UsageError(f"fiscaliser.smartone: {error}") from error
    forms = Forms(
        zone=zone,
        taxes=taxes,
        currency=config.till.currency,
        profile=section.profile,
        item_amount=section.item_amount,
        payments=section.payments,
        preview=section.preview,
        prints_others=section.prints_others,
        collects_card=section.collects_card,
        open_orders=section.open_orders,
        till_id=config.till.id,
        rates={key: sum(tax.rate for tax in group.taxes) for key, group in config.tax_groups().items()},
    )
    client = SmartOneClient(
        line,
        credentials.read(section.merchant_id, "fiscaliser.smartone.merchant_id", on_secret),
        Times(float(section.answer_s), float(section.card_wait_s), float(section.settle_s)),
        paths={
            **(ECR_PATHS if section.profile == "ecr" else {}),
            **{str(name): path for name, path in section.paths.items()},
        },
        declined=section.declined,
    )
    return SmartOneFiscaliser(
        client,
        forms,
        Plans(plans_file(config)),
        clock,
        empties_at_close=section.empties_at_close,
    )


def _wire(section: SmartOneConfig, clock: TillClock) -> wire.Wire:
    """Raises ValueError."""
    if section.url:
        return wire.http(section.url, clock.monotonic)
    return wire.SerialWire(ports.make(section.port, clock, role=ROLE, driver="smartone"))
