"""In a vendor's place on a sale's way: `firmware-bridge sandbox VENDOR`, one vendor's sandbox in a process of its own.

One JSON line says that it is ready and what a client needs; it serves on the loopback until SIGTERM or SIGINT.
`SandboxProcess` is the other end: whoever wants a vendor for a while starts it, sets its faults and reads its books.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.sandbox_arguments import Wish

Json = dict[str, Any]
_ANSWER_S: Final = 10.0
_END_S: Final = 10.0
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_DRAWER: Final = re.compile(r"(?P<name>[\w.-]{1,64})(:(?P<float>\d{1,9}(\.\d{1,2})?))?", re.ASCII)


class Sandbox(Protocol):
    """One vendor on a port of the loopback."""

    @property
    def ready(self) -> Json:
        """`base_url` and what a client needs to sign in; known once `start` has returned."""

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""

    async def close(self) -> None:
        """Stop; harmless twice."""


def _checkbox(wish: Wish) -> Sandbox:
    from firmware_bridge.vendors.checkbox.sandbox import server  # noqa: PLC0415 - loaded when it is wanted

    _check_faults("checkbox", wish.faults, server.KNOWN_FAULTS)
    if wish.currency or wish.drawers or wish.drafts_may_stay:
        raise UsageError("The sandbox of checkbox has a register in UAH and no drawers; nothing was started")
    profile = wish.profile or "current"
    if profile == "core" or profile == "ecr":
        raise UsageError(f"The sandbox of checkbox has no profile {profile}; nothing was started")
    options = server.SandboxOptions(port=wish.port, profile=profile, faults=wish.faults, live=wish.live)
    return server.CheckboxSandbox(options)


def _newstore(wish: Wish) -> Sandbox:
    from firmware_bridge.vendors.newstore.sandbox import server  # noqa: PLC0415 - loaded when it is wanted

    _check_faults("newstore", wish.faults, server.KNOWN_FAULTS)
    if wish.live or wish.profile == "current":
        raise UsageError("The sandbox of newstore has one interface and no registers; nothing was started")
    currency = wish.currency or "USD"
    if _CURRENCY.fullmatch(currency) is None:
        raise UsageError(f"--currency {currency}: three capital letters of ISO 4217; nothing was started")
    drawers = [_DRAWER.fullmatch(text) for text in wish.drawers or ("drawer-1",)]
    if None in drawers or len({found["name"] for found in drawers if found}) < len(drawers):
        raise UsageError("--drawer takes NAME or NAME:FLOAT, each name once, as in main:200.50; nothing was started")
    made = [
        server.InitialDrawer(found["name"], f"Drawer {number}", currency, Decimal(found["float"] or 200))
        for number, found in enumerate(drawers, 1)
        if found
    ]
    options = server.SandboxOptions(
        port=wish.port, faults=wish.faults, drawers=tuple(made), drafts_block=not wish.drafts_may_stay
    )
    return server.NewStoreSandbox(options)


def _ikassa(wish: Wish) -> Sandbox:
    from firmware_bridge.vendors.ikassa.sandbox import server  # noqa: PLC0415 - loaded when it is wanted

    _check_faults("ikassa", wish.faults, server.KNOWN_FAULTS)
    if wish.live or wish.profile not in ("", "seed") or wish.currency not in ("", "BYN") or wish.drawers:
        raise UsageError("The sandbox of ikassa has one interface, BYN and no drawers; nothing was started")
    options = server.SandboxOptions(
        port=wish.port,
        faults=wish.faults,
        state_file=wish.state_file,
        token_mode=wish.token,
        ssdp_port=wish.ssdp_port,
    )
    try:
        return server.IKassaSandbox(options)
    except ValueError as error:
        raise UsageError(f"--state-file: {error}; nothing was started") from error


def _smartone(wish: Wish) -> Sandbox:
    from firmware_bridge.vendors.smartone.sandbox import server  # noqa: PLC0415 - loaded when it is wanted

    _check_faults("smartone", wish.faults, server.KNOWN_FAULTS)
    profile = wish.profile or "core"
    if wish.live or wish.currency not in ("", "AZN") or wish.drawers or (profile != "core" and profile != "ecr"):
        raise UsageError("The sandbox of smartone has --profile core or ecr, AZN and no drawers; nothing was started")
    options = server.SandboxOptions(port=wish.port, profile=profile, faults=wish.faults, serial=wish.serial)
    return server.SmartOneSandbox(options)


def _bitrix24(wish: Wish) -> Sandbox:
    from firmware_bridge.vendors.bitrix24.sandbox import server  # noqa: PLC0415 - loaded when it is wanted

    _check_faults("bitrix24", wish.faults, server.KNOWN_FAULTS)
    if wish.live or wish.profile or wish.drawers:
        raise UsageError("The sandbox of bitrix24 is a portal, without profiles and drawers; nothing was started")
    currency = wish.currency or "UAH"
    if _CURRENCY.fullmatch(currency) is None:
        raise UsageError(f"--currency {currency}: three capital letters of ISO 4217; nothing was started")
    agent_s = 120.0 if wish.agent_s is None else float(wish.agent_s)
    return server.Bitrix24Sandbox(
        server.SandboxOptions(port=wish.port, faults=wish.faults, currency=currency, agent_s=agent_s)
    )


#: Vendor -> what makes its sandbox.
VENDORS: Final[Mapping[str, Callable[[Wish], Sandbox]]] = {
    "checkbox": _checkbox,
    "newstore": _newstore,
    "ikassa": _ikassa,
    "smartone": _smartone,
    "bitrix24": _bitrix24,
}


def _check_faults(vendor: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    for text in wanted:
        name, colon, count = text.partition(":")
        if name not in known:
            names = ", ".join(known)
            raise UsageError(f"The sandbox of {vendor} knows no fault {name!r}, only {names}; nothing was started")
        if colon and not (count.isascii() and count.isdigit() and 0 < int(count) < 1_000_000):
            raise UsageError(f"--fault {text}: after the colon stands how often, from 1 on; nothing was started")


# --- the command ----------------------------------------------------------------------------------------------------


def run(vendor: str, wish: Wish, say: Callable[[str], None], *, while_stdin: bool = False) -> int:
    """Serve until SIGTERM or SIGINT (with `while_stdin` also until stdin ends); returns 0. `say` gets the ready line.

    Raises UsageError for an unknown vendor, fault or count, UserError for a port that cannot be had.
    """
    if vendor not in VENDORS:
        raise UsageError(f"There is no sandbox of {vendor!r}, only of {', '.join(VENDORS)}; nothing was started")
    if vendor != "ikassa" and (wish.state_file or wish.token or wish.ssdp_port is not None):
        raise UsageError("--state-file, --token and --ssdp-port are for ikassa alone; nothing was started")
    if vendor != "smartone" and (wish.serial or wish.profile in ("core", "ecr")):
        raise UsageError("--serial and --profile core or ecr are for smartone alone; nothing was started")
    if vendor != "bitrix24" and wish.agent_s is not None:
        raise UsageError("--agent is for bitrix24 alone; nothing was started")
    asyncio.run(_serve(VENDORS[vendor](wish), wish.port, say, while_stdin=while_stdin))
    return 0


async def _serve(sandbox: Sandbox, port: int, say: Callable[[str], None], *, while_stdin: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        if while_stdin:
            _watch_stdin(loop, stopping)
        try:
            await sandbox.start()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UserError(f"Port {port} on 127.0.0.1 cannot be had: {reason}", "choose another --port") from error
        say(json.dumps(sandbox.ready))
        await stopping.wait()
    finally:
        if while_stdin:
            loop.remove_reader(sys.stdin.fileno())
        await sandbox.close()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    stdin = sys.stdin.fileno()
    try:
        loop.add_reader(stdin, _stop_at_end, stdin, stopping)
    except PermissionError as error:
        raise UsageError("--while-stdin needs a pipe or a terminal as stdin; nothing was started") from error


def _stop_at_end(stdin: int, stopping: asyncio.Event) -> None:
    if not os.read(stdin, 4096):
        stopping.set()


# --- the other end --------------------------------------------------------------------------------------------------


class SandboxProcess:
    """A vendor's sandbox in a process of its own; ends with the block, and with whoever started it.

    `ready` is what it said. Its keys are secrets: they go to nobody's command line.
    """

    def __init__(self, vendor: str, *options: str) -> None:
        """`options` as for the command. Raises UserError when it does not start."""
        self.vendor = vendor
        command = [sys.executable, "-m", "firmware_bridge", "sandbox", vendor, "--while-stdin", *options]
        # a session of its own: Ctrl-C is for the till, which still has to talk to its vendor then
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self.close()
            raise UserError(f"The sandbox of {vendor} did not start; nothing was begun")
        self.ready: Json = json.loads(line)

    @property
    def pid(self) -> int:
        """Whom to stop for a while (SIGSTOP), and to let go on."""
        return self._process.pid

    def books(self) -> Json:
        """What the vendor has written down. Raises UserError when it does not answer."""
        return self._call("GET", "/_books")

    def fault(self, name: str, **more: Any) -> None:
        """Let something go wrong: `count` times (None: for good), on paths that end with `path`, and so on."""
        self._call("POST", "/_fault", {"name": name, **more})

    def close(self) -> None:
        """Let it go; harmless twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=_END_S)

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        connection = http.client.HTTPConnection(urlsplit(self.ready["base_url"]).netloc, timeout=_ANSWER_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer: Json = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UserError(f"The sandbox of {self.vendor} does not answer {method} {path}: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise UserError(f"The sandbox of {self.vendor} refuses {method} {path}: {answer.get('message', answer)}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
