"""Before a sale's way begins: a till of iKassa from its section of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.http import HttpTransport, Limits
from firmware_bridge.vendors.ikassa import manner
from firmware_bridge.vendors.ikassa.client import IkassaClient, Place
from firmware_bridge.vendors.ikassa.config import IkassaConfig
from firmware_bridge.vendors.ikassa.errors import ROLE
from firmware_bridge.vendors.ikassa.fiscaliser import IkassaFiscaliser
from firmware_bridge.vendors.ikassa.forms import PAYMENTS, REFUNDS, Forms
from firmware_bridge.vendors.ikassa.manner import Manner
from firmware_bridge.vendors.ikassa.waiting import Patience
from statemachines.vocabulary.receipt import Customer
from statemachines.vocabulary.traits import FiscaliserTraits

__all__ = ["build", "parts", "traits"]

_ANSWER_BYTES = 256 * 1024


def traits(section: IkassaConfig) -> FiscaliserTraits:
    """What the rules plan with; a till that takes orders is another thing than one that sells."""
    return manner.traits(section.profile, collects_card=section.collects_card)


def build(
    config: Config,
    clock: TillClock,
    version: str,
    customer: Callable[[str], Customer | None],
    on_secret: Callable[[str], None],
) -> IkassaFiscaliser:
    """The till of [fiscaliser.ikassa], which is not told our `version`. Reads its secret; raises UsageError."""
    client, forms, how = parts(config, clock, on_secret)
    return IkassaFiscaliser(client, forms, clock, how, customer)


def parts(config: Config, clock: TillClock, on_secret: Callable[[str], None]) -> tuple[IkassaClient, Forms, Manner]:
    """What it is made of: its calls, its words, its ways. Reads its secret; raises UsageError with one sentence."""
    section = _section(config)
    forms = Forms(
        tax_rates={key: tax.ikassa for key, tax in config.taxes.items() if tax.ikassa or not tax.taxes},
        payments={**PAYMENTS, **section.payments},
        refunds={**REFUNDS, **section.refunds},
        collects_card=section.collects_card,
        payment_method=section.payment_method,
        bank_package=section.bank_package,
        merchant=section.merchant,
        sale_taxes=section.sale_taxes,
        cheques=section.cheques,
        adjustments=section.adjustments,
        texts=section.texts,
    )
    how = Manner(
        profile=section.profile,
        register=section.register,
        declined=section.declined,
        unknown=section.unknown,
        zone=ZoneInfo(config.till.zone),
        patience=Patience(section.card_wait_s, section.settle_s),
    )
    return client_of(section, clock, on_secret), forms, how


def client_of(section: IkassaConfig, clock: TillClock, on_secret: Callable[[str], None]) -> IkassaClient:
    """Reads the PIN; raises UsageError with one sentence."""
    url = urlsplit(section.url)
    pin = "" if section.pin is None else credentials.read(section.pin, "fiscaliser.ikassa.pin", on_secret)

    def transport(answer_s: float) -> HttpTransport:
        limits = Limits(answer_s=answer_s, answer_bytes=_ANSWER_BYTES)
        try:
            return HttpTransport(f"{url.scheme}://{url.netloc}", clock.monotonic, limits, role=ROLE, plain=True)
        except ValueError as error:
            raise UsageError(f"fiscaliser.ikassa.url: {error}") from error

    place = Place(url.path, dict(section.operations), pin, section.remember_pin)
    return IkassaClient(transport(section.answer_s), transport(section.card_wait_s), place, clock, on_secret)


def _section(config: Config) -> IkassaConfig:
    section = config.fiscaliser.ikassa if config.fiscaliser is not None else None
    if section is None:
        raise UsageError("There is no [fiscaliser.ikassa] in the configuration")
    return section
