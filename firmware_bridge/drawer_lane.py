"""Between the till and a cash drawer on a port of its own: a mailbox served one kick at a time, on the port's thread.

Between two kicks the driver listens to the switches. Whatever an order leads to comes back as one event in the till's
inbox; while the drawer is not connected, every kick is refused at once with the reason.
"""

from __future__ import annotations

import logging
import queue
import threading

from drivers.drawers.base import CashDrawer
from drivers.ports.base import Clock
from firmware_bridge.lanes import RECONNECT_S, WATCH_S, Post
from statemachines.vocabulary.effects import Effect, Kick
from statemachines.vocabulary.events import DrawerKickDropped, Event

log = logging.getLogger(__name__)

_NAP_S = 0.2


def execute(drawer: CashDrawer, effect: Effect) -> Event | None:
    """Carry out one order on a connected drawer. An exception that nobody foresaw is told as what it is: doubt."""
    if not isinstance(effect, Kick):
        log.error("a cash drawer cannot %s", type(effect).__name__)
        return None
    try:
        return drawer.kick(effect)
    except Exception as error:
        log.exception("unforeseen error in a drawer's driver")
        reason = f"{_unforeseen(error)}; look whether the drawer is open"
        return DrawerKickDropped(effect.drawer_id, reason)


def not_connected(drawer: CashDrawer, effect: Effect) -> Event | None:
    """The outcome of an order that never reached the drawer."""
    if not isinstance(effect, Kick):
        return None
    why = f" ({drawer.trouble})" if drawer.trouble else ""
    return DrawerKickDropped(
        effect.drawer_id, f"the drawer is not connected{why}; nothing was sent; open it with its key"
    )


class DrawerLane:
    """One thread for the drawers on one port: connects, watches, kicks. Their ids may share the lane."""

    def __init__(self, name: str, drawer: CashDrawer, post: Post, clock: Clock) -> None:
        self._name = name
        self._drawer = drawer
        self._post = post
        self._clock = clock
        self._mailbox: queue.SimpleQueue[Effect] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"lane-{name}", daemon=True)
        self._told = ""
        self._failures = 0

    @property
    def trouble(self) -> str:
        """Why the drawer is not connected, one sentence; "" when it is."""
        return self._drawer.trouble

    def start(self) -> None:
        self._thread.start()

    def order(self, effect: Effect) -> None:
        """Put an effect into the mailbox; never blocks."""
        self._mailbox.put(effect)
        self._drawer.wake()

    def close(self) -> None:
        """End it; afterwards no thread is left. A kick that waits is forgotten: none is ever sent late."""
        self._stopping.set()
        self._drawer.close()
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._try_to_connect():
                    self._tell("")
                    self._serve_connected()
                self._tell(self._drawer.trouble)
                self._refuse_for(RECONNECT_S[min(self._failures, len(RECONNECT_S) - 1)])
                self._failures += 1
        finally:
            self._drawer.close()

    def _try_to_connect(self) -> bool:
        try:
            return self._drawer.connect()
        except Exception:
            log.exception("unforeseen error while connecting to drawer %s", self._name)
            return False

    def _tell(self, trouble: str) -> None:
        """In the log, once for each change."""
        if self._stopping.is_set() or trouble == self._told:
            return
        self._told = trouble
        if trouble:
            log.warning("drawer %s is not connected: %s", self._name, trouble)
        else:
            log.info("drawer %s is connected again", self._name)

    def _refuse_for(self, seconds: float) -> None:
        """While nobody is there: say so at once to whoever orders something."""
        until = self._clock.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - self._clock.monotonic()) > 0:
            try:
                effect = self._mailbox.get(timeout=min(left, _NAP_S))
            except queue.Empty:
                continue
            self._answer(not_connected(self._drawer, effect))

    def _serve_connected(self) -> None:
        while not self._stopping.is_set() and self._drawer.connected:
            try:
                effect = self._mailbox.get_nowait()
            except queue.Empty:
                if not self._watch():
                    return
                if self._drawer.connected:
                    self._failures = 0
                continue
            self._answer(execute(self._drawer, effect))

    def _watch(self) -> bool:
        try:
            self._drawer.watch(WATCH_S)
        except Exception:
            log.exception("unforeseen error while watching drawer %s", self._name)
            return False
        return True

    def _answer(self, event: Event | None) -> None:
        if event is not None:
            self._post(event)


def _unforeseen(error: Exception) -> str:
    return f"unforeseen error in the driver ({type(error).__name__}: {error})"
