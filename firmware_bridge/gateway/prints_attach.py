"""Before an ordered sale begins at the till: its desk of orders, from the configuration."""

from __future__ import annotations

from firmware_bridge.api.translate import Translator
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.gateway.prints_held import LateOrderFile, orders_path
from firmware_bridge.gateway.prints_ports import OrderTill
from firmware_bridge.gateway.prints_till import OrderDesk
from firmware_bridge.journal.thread import JournalThread


def desk(config: Config, journal: JournalThread, till: OrderTill, clock: TillClock) -> OrderDesk:
    """The desk of a till that a gateway sends orders to, not started."""
    return OrderDesk(LateOrderFile(orders_path(config.journal.path)), journal, till, Translator(config), clock)
