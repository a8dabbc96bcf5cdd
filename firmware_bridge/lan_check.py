"""Before a sale's way begins: do [fiscaliser.ikassa] and [fiscaliser.smartone] fit this till? One sentence a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware_bridge.config import Config


def registers(config: Config) -> Iterator[str]:
    """What does not fit; nothing for a till with another fiscaliser."""
    if config.fiscaliser is None:
        return
    if config.fiscaliser.ikassa is not None:
        yield from _market(config, "ikassa", "BY", "BYN", "Belarus")
        yield from _ikassa_taxes(config, orders=config.fiscaliser.ikassa.profile == "sink")
        yield from _rounding(config, "iKassa")
    if config.fiscaliser.smartone is not None:
        yield from _market(config, "smartone", "AZ", "AZN", "Azerbaijan")
        yield from _smartone(config)
        yield from _rounding(config, "SmartOne")


def _market(config: Config, vendor: str, market: str, currency: str, country: str) -> Iterator[str]:
    if (config.till.market, config.till.currency) != (market, currency):
        yield (
            f'fiscaliser.{vendor}: is for {country} only: till.market must be "{market}" and till.currency "{currency}"'
        )


def _rounding(config: Config, name: str) -> Iterator[str]:
    if config.rounding_mode != "none":
        yield f"rounding.mode: must be none, because {name} does not round what is to be paid"


def _ikassa_taxes(config: Config, *, orders: bool) -> Iterator[str]:
    section = config.fiscaliser.ikassa if config.fiscaliser is not None else None
    if section is None or not (orders or section.sale_taxes):
        return
    for key, group in config.taxes.items():
        if group.taxes and not group.ikassa:
            yield f"taxes.{key}.ikassa: is missing: the name of this tax group on iKassa"


def _smartone(config: Config) -> Iterator[str]:
    section = config.fiscaliser.smartone if config.fiscaliser is not None else None
    if section is None:
        return
    for key, group in config.taxes.items():
        if group.taxes and group.smartone is None:
            yield f"taxes.{key}.smartone: is missing: the code and name of this tax on SmartOne"
    codes = Counter(group.smartone.code for group in config.taxes.values() if group.smartone is not None)
    for code, times in codes.items():
        if times > 1:
            yield f"taxes: SmartOne's code {code} stands for {times} groups; every group needs its own"
    if section.preview and config.printer is None:
        yield "fiscaliser.smartone.preview: the register prints nothing then, so a [printer] is needed"
    if section.zone:
        try:
            ZoneInfo(section.zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield f"fiscaliser.smartone.zone: {section.zone!r} is no time zone; write for example Asia/Baku"
