"""Between the till and a cash drawer on a port of its own: a mailbox served one kick at a time, on the port's thread.

Between two kicks the driver listens to the switches. Whatever an order leads to comes back as one event in the till's
inbox; while the drawer is not connected, every kick is refused at once with the reason, and the till is told of it.
"""

from __future__ import annotations

import logging

from drivers.drawers.base import CashDrawer
from drivers.ports.base import Clock
from firmware_bridge.lanes import PortLane, Post, Service, Watch, unforeseen
from firmware_bridge.log_kinds import about
from statemachines.vocabulary.effects import Effect, Kick
from statemachines.vocabulary.events import DrawerKickDropped, DrawerReady, DrawerSilent, Event

log = logging.getLogger(__name__)


def execute(drawer: CashDrawer, effect: Effect) -> Event | None:
    """Carry out one order on a connected drawer. An exception that nobody foresaw is told as what it is: doubt."""
    if not isinstance(effect, Kick):
        log.error("a cash drawer cannot %s", type(effect).__name__, extra=about("order-unknown"))
        return None
    try:
        return drawer.kick(effect)
    except Exception as error:
        log.exception("unforeseen error in a drawer's driver", extra=about("driver-error", device=effect.drawer_id))
        reason = f"{unforeseen(error)}; look whether the drawer is open"
        return DrawerKickDropped(effect.drawer_id, reason)


def not_connected(drawer: CashDrawer, effect: Effect) -> Event | None:
    """The outcome of an order that never reached the drawer."""
    if not isinstance(effect, Kick):
        return None
    why = f" ({drawer.trouble})" if drawer.trouble else ""
    return DrawerKickDropped(
        effect.drawer_id, f"the drawer is not connected{why}; nothing was sent; open it with its key"
    )


class DrawerLane(PortLane):
    """The lane of the drawers on one port. `names`: their ids, which share it."""

    def __init__(
        self, names: tuple[str, ...], drawer: CashDrawer, post: Post, clock: Clock, watch: Watch | None = None
    ) -> None:
        self._names = names
        self._drawer = drawer
        self._told = ""
        service = Service(
            execute=lambda effect: execute(drawer, effect),
            refuse=lambda effect: not_connected(drawer, effect),
            on_trouble=lambda reason: self._tell(reason or drawer.trouble),
            on_ready=lambda: self._tell(""),
        )
        super().__init__("+".join(names), drawer, post, clock, service, watch)

    @property
    def trouble(self) -> str:
        """Why the drawer is not connected, one sentence; "" when it is."""
        return self._drawer.trouble

    def _tell(self, trouble: str) -> None:
        """To the till and to the log, once for each change."""
        if trouble == self._told:
            return
        self._told = trouble
        for name in self._names:
            self._post(DrawerSilent(name, trouble) if trouble else DrawerReady(name))
        if trouble:
            log.warning(
                "drawer %s is not connected: %s", self._name, trouble, extra=about("device-lost", device=self._name)
            )
        else:
            log.info("drawer %s is connected again", self._name, extra=about("device-back", device=self._name))
