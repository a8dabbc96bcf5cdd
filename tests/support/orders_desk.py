"""A shop that Bitrix24 orders from, all in real processes: portal, gateway, till, printer."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from firmware_bridge.rehearsal import Cashier, Checkbox, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from tests.support.processes import MODULE, PATIENCE_S, QUICK, Desk, Ended, command, until

TILL = "1"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def call(base_url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A hand in the portal."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, json.dumps(body))
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


@dataclass(slots=True)
class OrderGateway:
    """The gateway in a process of its own, which can be killed and started again on the same port."""

    folder: Path
    portal: dict[str, Any]
    port: int = field(default_factory=_free_port)
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[str] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "gateway.toml"

    def write(self) -> None:
        """Its configuration; the secrets in files of their own."""
        (self.folder / "secret").write_text(self.secret)
        (self.folder / "webhook").write_text(self.portal["webhook_url"])
        self.config.write_text(
            f'[gateway]\nfolder = "{self.folder / "kept"}"\nlisten = "127.0.0.1:{self.port}"\n'
            f'[bitrix24.shop]\ndomain = "{self.portal["domain"]}"\npublic_url = "http://127.0.0.1:{self.port}"\n'
            f'secret = {{ file = "{self.folder / "secret"}" }}\nwebhook = {{ file = "{self.folder / "webhook"}" }}\n'
            f'[bitrix24.shop.registers.{TILL}]\nname = "Kasse"\nemail = "user@example.com"\ncurrency = "UAH"\n'
            'vat = { 1 = "vat20" }\n',
            "utf-8",
        )

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self.folder / "gateway.log").open("a", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*MODULE, "gateway", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline(), (self.folder / "gateway.log").read_text("utf-8")

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """As the system ends it; SIGKILL: as if the power went."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            process.communicate(timeout=PATIENCE_S)


@dataclass(slots=True)
class OrderShop:
    """One till, its gateway, and the portal."""

    place: Desk
    gateway: OrderGateway
    portal: SandboxProcess

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A manager's hand in the portal."""
        return call(self.portal.ready["base_url"], path, body)

    def order(self, kind: str = "sell", cash: bool = True) -> int:
        """A paid order; the number of its check."""
        items = [{"name": "Чай", "price": "10.50", "quantity": "2", "vat": 1}]
        payments = [{"type": "cash" if cash else "cashless", "sum": 21}]
        return int(self.control("/_order", {"type": kind, "items": items, "payments": payments})["check"])

    def check(self, number: int) -> dict[str, Any]:
        """As the portal has it."""
        found: dict[str, Any] = next(one for one in self.portal.books()["checks"] if one["id"] == number)
        return found

    def ends(self, number: int, status: str = "Y") -> dict[str, Any]:
        """Wait until a check is there."""
        until(lambda: self.check(number)["status"] == status, f"check {number} to be {status}")
        return self.check(number)

    def bitrix24(self, *words: str) -> Ended:
        return command("bitrix24", *words, "--config", self.gateway.config)


@contextmanager
def order_shop(folder: Path, checkbox: SandboxProcess | None = None) -> Iterator[OrderShop]:
    """A till, its shift open, that a portal orders from; all processes end with the block. `checkbox`: what fiscalises
    there, None = nobody."""
    with SandboxProcess("bitrix24", "--agent", "1") as portal:
        gateway = OrderGateway(folder, portal.ready)
        gateway.write()
        gateway.start()
        try:
            at = write_config(folder, None if checkbox is None else Checkbox.of(checkbox.ready, "current", folder))
            token = json.dumps(str(folder / "gateway.token"))
            with at.config.open("a", encoding="utf-8") as file:
                file.write(f'\n[uplink]\nurl = "http://127.0.0.1:{gateway.port}"\ntoken_file = {token}\n')
            code = command("gateway", "enrol", TILL, "--config", gateway.config, "--json")
            assert code.code == 0, code
            done = command("enrol", json.loads(code.out)["code"], "--config", at.config)
            assert done.code == 0, done
            with Bench(at.pty, QUICK) as bench, TillProcess(at) as till:
                found = OrderShop(Desk(at, bench, till, Cashier(till, at.token)), gateway, portal)
                found.place.open_shift()
                yield found
        finally:
            gateway.end()
