"""Beside a till: `firmware-bridge console …`, a process of its own: it answers when the till is dead."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from socket import socket

from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.console import getty, guard
from firmware_bridge.console.house import House
from firmware_bridge.console.serial_line import SerialLine, SerialTerminal
from firmware_bridge.console.session import Session
from firmware_bridge.console.table import GRAMMAR
from firmware_bridge.console.terminal import Ended, Gone, Transport
from firmware_bridge.console.transports import OwnTerminal, SocketTerminal, listening, own_terminal
from firmware_bridge.console_arguments import Wish
from firmware_bridge.errors import UsageError, UserError

Say = Callable[[str], None]
_MOST_PEOPLE = 4
_PAUSE_S = 5.0
_LOOK_S = 0.5


def run(wish: Wish, say: Say, version: str) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence."""
    house = House.of(wish.config, SystemClock(), version)
    if guard.read(wish.config) is not None:
        guard.have_it_watched(wish.config)  # a machine that was switched off in the middle has nobody who does
    if wish.pin:
        _set_pin(house, wish, say)
    elif wish.do:
        session = Session(house, OwnTerminal(), GRAMMAR, "command")
        session.terminal.paged = False
        session.terminal.editor.use("utf8")
        session.once(wish.do)
    elif wish.serial:
        _serial(house, wish, say)
    elif wish.socket:
        _socket(house, Path(wish.socket), say)
    else:
        stop = _until_told()
        with own_terminal() as here:
            _serve(house, _Stopping(here, stop), "terminal")
    return 0


def _serve(house: House, transport: Transport, channel: str) -> None:
    # each session has a house of its own: what one reads anew does not change under another's command
    own = House(house.path, house.clock, house.version, house.config, house.redactor)
    session = Session(own, transport, GRAMMAR, channel)
    if channel == "terminal" and sys.stdout.encoding.lower().replace("-", "") == "utf8":
        session.terminal.editor.use("utf8")
    session.run()


# --- PINs -------------------------------------------------------------------------------------------------------------


def _set_pin(house: House, wish: Wish, say: Say) -> None:
    client = house.client(wish.pin)
    if wish.remove:
        house.pins.remove(wish.pin)
        say(f"{wish.pin} has no PIN any more")
        return
    if client is None:
        raise UsageError(
            f"There is no client {wish.pin} with a token_file in [[api.clients]]; nothing was changed",
            "a person at the console is a client of the till: name, role and token_file",
        )
    first, again = _typed("New PIN: "), _typed("Once more: ")
    if first != again:
        raise UserError("The two differ; nothing was changed")
    house.pins.set(client.name, client.role, first)
    say(f"{client.name} ({client.role}) can sign in at the console and at the status page from now on")


def _typed(question: str) -> str:
    if os.isatty(sys.stdin.fileno()):
        from getpass import getpass  # noqa: PLC0415 - only where a person types

        return getpass(question)
    return sys.stdin.readline().rstrip("\n")


# --- where it is offered ----------------------------------------------------------------------------------------------


def _serial(house: House, wish: Wish, say: Say) -> None:
    """One person after the other at one line, for as long as the process runs; a cable that is out is waited for."""
    path = Path(wish.serial)
    _not_a_device(house.config, path)
    getty.check(path)
    stop = _until_told()
    line = SerialLine(wish.serial, wish.baud, house.clock.monotonic)
    line.open()
    say(f"console on {wish.serial} at {wish.baud}, 8N1" + (f": {kind}" if (kind := getty.which(path)) else ""))
    terminal = SerialTerminal(line, modem_lines=house.settings.modem_lines)
    with contextlib.closing(line):
        while not stop.is_set():
            if _somebody(terminal, stop):
                _serve(house, _Stopping(terminal, stop), "serial")
            _reopened(line, stop)


def _somebody(terminal: SerialTerminal, stop: threading.Event) -> bool:
    """Wait until somebody is there (at once, where the line does not tell); False when it is gone instead."""
    with contextlib.suppress(Gone):
        while not terminal.present and not stop.is_set():
            stop.wait(_LOOK_S)
        return True
    return False


def _reopened(line: SerialLine, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            line.open()
        except UserError:
            stop.wait(_PAUSE_S)
        else:
            return


def _not_a_device(config: Config, path: Path) -> None:
    urls = [config.printer.port] if config.printer is not None else []
    urls += [drawer.port for drawer in config.drawers.values()]
    for url in urls:
        place = url.partition(":")[2].partition("?")[0]
        if place and Path(place).resolve() == path.resolve():
            raise UsageError(f"{path} is a device of this till ({url}); the console needs a line of its own")


class _Stopping:
    """A transport that ends when the process is told to."""

    def __init__(self, inner: Transport, stop: threading.Event) -> None:
        self._inner = inner
        self._stop = stop

    def read(self, timeout: float) -> bytes:
        if self._stop.is_set():
            raise Ended
        return self._inner.read(timeout)

    def write(self, data: bytes) -> None:
        self._inner.write(data)


def _until_told() -> threading.Event:
    """Set by SIGTERM and SIGINT.

    A terminal that hangs up is noticed by reading from it: a session that stopped the till has to start it again.
    """
    stop = threading.Event()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _socket(house: House, path: Path, say: Say) -> None:
    stop = _until_told()
    room = threading.Semaphore(_MOST_PEOPLE)
    threads: list[threading.Thread] = []
    with listening(path) as server:
        say(f"console on {path}")
        server.settimeout(0.5)
        while not stop.is_set():
            try:
                peer, _ = server.accept()
            except TimeoutError:
                continue
            threads = [thread for thread in threads if thread.is_alive()]
            if not room.acquire(blocking=False):
                peer.close()
                continue
            threads.append(threading.Thread(target=_one, args=(house, peer, stop, room), daemon=True))
            threads[-1].start()
    for thread in threads:
        thread.join(_PAUSE_S)


def _one(house: House, peer: socket, stop: threading.Event, room: threading.Semaphore) -> None:
    try:
        with peer:
            _serve(house, _Stopping(SocketTerminal(peer), stop), "socket")
    finally:
        room.release()
