"""Before a sale's way begins: from a section of the configuration to the fiscal printer it names, and to its traits.

The device is driven by a thread of its own (register_lane.py) and not by the till's loop, which is why it is built here
and not among the network fiscalisers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from drivers.drawers.base import DutyGuard
from drivers.ports.base import Port
from drivers.printers.base import Report
from drivers.printers.datecs.dialects import DIALECTS, Dialect
from drivers.printers.datecs.driver import DatecsRegister
from drivers.printers.datecs.settings import DEFAULT_PAYMENTS, DatecsSettings, Times
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.datecs.config import DatecsConfig
from statemachines.vocabulary.receipt import TaxGroup
from statemachines.vocabulary.traits import FiscaliserTraits

#: Where the law wants a unique sale number on every receipt.
_NUMBERED: Final = frozenset({"bg", "c", "x"})
_HOUR_MS: Final = 3_600_000


def register_traits(settings: DatecsSettings) -> FiscaliserTraits:
    """What the rules plan with: it prints itself, is asked by its last document, and sells nothing while in doubt.

    `kicks`: the device opens the drawer itself, with a payment.
    """
    return FiscaliserTraits(
        registers=True,
        prints=True,
        kicks=settings.drawer == "payment",
        collects_card=settings.pinpad,
        polls=False,
        offline="none",
        lookup="last_document",
        copy=True,
        carries_balance=True,
        shift_limit_ms=settings.dialect.shift_hours * _HOUR_MS,
    )


def traits(config: DatecsConfig) -> FiscaliserTraits:
    """What the configured fiscal printer can do. Raises UsageError."""
    return register_traits(settings(config))


def settings(
    config: DatecsConfig,
    *,
    taxes: Mapping[str, str] | None = None,
    password: str = "",
    exponent: int = 2,
    groups: Mapping[str, TaxGroup] | None = None,
) -> DatecsSettings:
    """The driver's settings. `taxes`: our tax group -> its letter. `password`: as read from its secret. `groups`: the
    till's tax groups, whose rates are compared with the device's when a shift is opened. Raises UsageError with one
    sentence."""
    numbered = config.dialect in _NUMBERED if config.unique_sale_number is None else config.unique_sale_number
    try:
        return DatecsSettings(
            _dialect(config),
            operator=config.operator,
            password=password,
            till=config.till,
            taxes=taxes or {},
            rates=_rates(groups or {}),
            payments={**DEFAULT_PAYMENTS, **config.payments},
            unp=numbered,
            serial=config.serial,
            drawer=config.drawer,
            letters=config.letters,
            zero_line=config.zero_line,
            reason=config.return_reason,
            clock_s=config.clock_s,
            cut=config.cut,
            pinpad=config.pinpad,
            first_item=config.first_item,
            exponent=exponent,
            times=Times(paper=float(config.paper_wait_s), working=float(config.working_s)),
        )
    except ValueError as error:
        raise UsageError(f"fiscaliser.datecs: {error}") from error


def text_columns(config: DatecsConfig) -> int:
    """Characters to a line of free text, which is what a slip has to be laid out for."""
    return _dialect(config).text_length


def _dialect(config: DatecsConfig) -> Dialect:
    """X devices keep two columns of free text to themselves. Source: manual X v2.02, commands 2Ah and 36h."""
    dialect = DIALECTS[config.dialect]
    if not config.columns:
        return dialect
    return replace(dialect, text_length=config.columns - 2 if config.dialect == "x" else config.columns)


def build(
    configured: DatecsSettings,
    port: Port,
    report: Report,
    *,
    zone: tzinfo,
    utc_ms: Callable[[], int],
    drawer_id: str = "",
    guard: DutyGuard | None = None,
) -> DatecsRegister:
    """The fiscal printer on `port`, to be given to a RegisterLane. `zone`: of the device's clock (the shop's)."""
    return DatecsRegister(port, configured, report, zone=zone, utc_ms=utc_ms, drawer_id=drawer_id, guard=guard)


def _rates(groups: Mapping[str, TaxGroup]) -> dict[str, int]:
    """A group with two taxes has no one rate to compare."""
    return {key: sum(tax.rate for tax in group.taxes) for key, group in groups.items() if len(group.taxes) <= 1}
