"""A technician at a console on a pty, beside a till that a service tool starts and stops; hands at its devices."""

from __future__ import annotations

import json
import os
import pty
import select
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.clock import SystemClock
from firmware_bridge.console.pins import Pins
from firmware_bridge.rehearsal import Checkbox, Rehearsal, write_config, write_secret
from tests.support.processes import MODULE, until

PIN = "271828"
PATIENCE_S = 40.0

#: Does what systemctl does for one unit: start, stop, restart, is-active. Its words are those of systemctl.
_TOOL = """\
#!{python}
import json, os, signal, subprocess, sys, time
pid_file, config, log = {pid!r}, {config!r}, {log!r}
what = sys.argv[1]

def pid():
    try:
        found = int(open(pid_file).read())
        state = open(f"/proc/{{found}}/stat").read().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return 0
    return 0 if state == "Z" else found

if what in ("stop", "restart") and pid():
    os.kill(pid(), signal.SIGTERM)
    while pid():
        time.sleep(0.02)
if what in ("start", "restart") and not pid():
    with open(log, "ab") as errors:
        till = subprocess.Popen([sys.executable, "-m", "firmware_bridge", "run", "--config", config],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    open(pid_file, "w").write(str(till.pid))
    if not till.stdout.readline():
        sys.exit("the till ended at once")
if what == "is-active":
    print("active" if pid() else "inactive")
    sys.exit(0 if pid() else 3)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@dataclass(slots=True)
class ConsoleDesk:
    """Where everything is; `service` does what a technician's console would ask of systemd."""

    at: Rehearsal
    tool: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def service(self, what: str) -> str:
        done = subprocess.run([self.tool, what, "till"], capture_output=True, text=True, timeout=60, check=False)
        if what == "start":
            assert done.returncode == 0, (done.stderr, (self.at.folder / "till.log").read_text("utf-8")[-500:])
        return done.stdout.strip()

    def kill(self) -> None:
        os.kill(int((self.at.folder / "till.pid").read_text()), 9)
        until(lambda: self.service("is-active") == "inactive", "the till to be dead")


@contextmanager
def console_desk(folder: Path, checkbox: Checkbox | None = None, **changes: str) -> Iterator[ConsoleDesk]:
    """A configuration with two people (olena, a technician; ivan, a cashier) and PINs; no till runs yet.

    `changes`: text of the configuration -> what stands there instead.
    """
    at = write_config(folder, checkbox)
    tokens = {name: f"token-of-{name}-{'7' * 32}" for name in ("olena", "ivan", "looker")}
    text = at.config.read_text("utf-8").replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{free_port()}"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    for name, role in (("olena", "technician"), ("ivan", "cashier"), ("looker", "observer")):
        place = write_secret(folder / f"{name}.token", tokens[name])
        text += f'\n[[api.clients]]\nname = "{name}"\nrole = "{role}"\ntoken_file = {json.dumps(str(place))}\n'
    tool = folder / "systemctl"
    tool.write_text(
        _TOOL.format(
            python=sys.executable, pid=str(folder / "till.pid"), config=str(at.config), log=str(folder / "till.log")
        )
    )
    tool.chmod(0o755)
    shower = folder / "journalctl"
    shower.write_text(f'#!/bin/sh\ntail -n "$4" {folder}/till.log\n')
    shower.chmod(0o755)
    text += f'\n[console]\nclient = "looker"\nservice_tool = "{tool}"\nlog_tool = "{shower}"\n'
    at.config.write_text(text, "utf-8")
    pins = Pins(Path(f"{at.journal}.pins"), SystemClock().utc_ms)
    pins.set("olena", "technician", PIN)
    pins.set("ivan", "cashier", PIN)
    desk = ConsoleDesk(at, tool, tokens)
    try:
        yield desk
    finally:
        desk.service("stop")


class FarEnd:
    """A person at the far end of a line: types, and reads what comes. `seen`: all bytes that came, as they came."""

    def __init__(self, descriptor: int) -> None:
        self._master = descriptor
        self.seen = b""
        self._read_to = 0

    @property
    def text(self) -> str:
        """All that stands on the screen's paper roll."""
        return self.seen.decode("utf-8", "replace").replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, *wanted: str, within: float = PATIENCE_S) -> str:
        """Read until one of these stands there; returns what came since the last time."""
        deadline = time.monotonic() + within
        while True:
            new = self.seen[self._read_to :].decode("utf-8", "replace")
            places = [new.find(one) + len(one) for one in wanted if one in new]
            if places:
                end = min(places)
                self._read_to += len(new[:end].encode("utf-8"))
                return new[:end].replace("\r\n", "\n")
            assert time.monotonic() < deadline, f"waited in vain for {wanted}; there stands:\n{self.text[-2000:]}"
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self._master, 65536)
                except OSError as error:
                    raise AssertionError(f"the console is gone; it said:\n{self.text[-2000:]}") from error


class Seat(FarEnd):
    """A person before a dumb terminal of their own, at which a console of its own was started."""

    def __init__(self, config: Path, *options: str) -> None:
        master, slave = pty.openpty()
        super().__init__(master)
        attributes = termios.tcgetattr(slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self._process = subprocess.Popen(
            [*MODULE, "console", "--config", str(config), *options],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "TERM": "dumb"},
        )
        os.close(slave)

    def do(self, line: str, *ending: str) -> str:
        """Type a command; what is said until the next prompt (or `ending`)."""
        self.type(line + "\r")
        return self.until(*(ending or ("\n> ", "\nolena> ", "\nivan> ")))

    @property
    def pid(self) -> int:
        """Of the console's process."""
        return self._process.pid

    def sign_in(self, name: str = "olena", pin: str = PIN) -> str:
        self.do(f"signin {name}", "PIN: ")
        return self.do(pin)

    def kill(self) -> None:
        """The console is gone at once."""
        self._process.kill()
        self._process.wait(timeout=PATIENCE_S)

    def close(self) -> int:
        """Hang up; the console's exit code."""
        os.close(self._master)
        return self._process.wait(timeout=PATIENCE_S)


@contextmanager
def seat(config: Path, *options: str) -> Iterator[Seat]:
    """A console that is ready for a command; hung up with the block."""
    found = Seat(config, *options)
    try:
        found.until("> ")
        yield found
    finally:
        found.close()


@contextmanager
def running_console(desk: ConsoleDesk, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A console that is offered to others until the block ends; it has said where."""
    process = subprocess.Popen(
        [*MODULE, "console", "--config", desk.at.config, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        said = process.stdout.readline() if process.stdout is not None else ""
        assert said.startswith("console on "), said
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
