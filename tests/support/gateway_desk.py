"""A cash desk whose books are kept by a gateway, all in real processes: till, gateway, vendor."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_bridge.rehearsal import Cashier, NewStore, Rehearsal, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from tests.support.processes import MODULE, PATIENCE_S, QUICK, Desk, Ended, command, sale, until

TILL = "1"


@dataclass(slots=True)
class GatewayProcess:
    """The gateway in a process of its own, which can be killed and started again on the same port."""

    folder: Path
    module: Sequence[str] = MODULE
    port: int = 0
    process: subprocess.Popen[str] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "gateway.toml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        books = '[tills.1]\nconfig = "books.toml"\n' if (self.folder / "books.toml").exists() else ""
        self.config.write_text(
            f'[gateway]\nfolder = "{self.folder / "kept"}"\nlisten = "127.0.0.1:{self.port}"\n{books}', "utf-8"
        )
        with (self.folder / "gateway.log").open("a", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*self.module, "gateway", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "gateway.log").read_text("utf-8")
        self.port = int(json.loads(line)["listen"].rpartition(":")[2])

    def kill(self) -> None:
        """As if the power went."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As the system does it."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            process.communicate(timeout=PATIENCE_S)

    def replica(self) -> Path:
        return self.folder / "kept" / "journals" / f"{TILL}.sqlite"

    def code(self, *words: str) -> str:
        """A code for the till, as a person at the gateway gets it."""
        done = command("gateway", "enrol", TILL, "--config", self.config, "--json", *words)
        assert done.code == 0, done
        return str(json.loads(done.out)["code"])


@dataclass(slots=True)
class Fleet:
    """One till of a fleet, its gateway, and the vendor behind."""

    place: Desk
    gateway: GatewayProcess
    vendor: SandboxProcess
    sold: list[str] = field(default_factory=list)

    def sell(self, count: int = 1) -> None:
        """Sales in cash."""
        for _ in range(count):
            self.sold.append(self.place.post("/v1/sales", sale(self.place.new_id("sale")))["number"])

    def book(self) -> dict[str, Any]:
        """The till's own word, {} while it knows of no book."""
        found: list[dict[str, Any]] = self.place.status()["books"]
        return found[0] if found else {}

    def delivered(self) -> None:
        """Wait until the till knows that the book has all that was seen."""
        self.place.drawer_shut()
        self.place.at_rest()
        until(lambda: self.book().get("behind") == 0 and self.book()["state"] == "idle", "everything to be delivered")

    def completed(self) -> Counter[str]:
        """By the vendor's books alone: order -> how many transactions of it are completed."""
        transactions = self.vendor.books()["transactions"]
        return Counter(one["order_id"] for one in transactions if one["status"] == "completed")

    def outbox(self, part: str, *words: object) -> Ended:
        return command("outbox", part, "--config", self.place.at.config, *map(str, words))


def divide(at: Rehearsal, gateway: GatewayProcess) -> None:
    """The section of the book goes to the gateway, and [uplink] stands in its place."""
    text = at.config.read_text("utf-8")
    (gateway.folder / "books.toml").write_text(text, "utf-8")
    token = json.dumps(str(at.folder / "gateway.token"))
    own = re.sub(r"\[book\.newstore\].*?(?=\n\[(?!book)|\Z)", "", text, flags=re.DOTALL)
    at.config.write_text(f'{own}\n[uplink]\nurl = "{gateway.url}"\ntoken_file = {token}\n', "utf-8")


@contextmanager
def fleet(folder: Path, *, enrolled: bool = True) -> Iterator[Fleet]:
    """A till, its shift open, with a gateway that keeps its book; all processes end with the block."""
    gateway = GatewayProcess(folder)
    with SandboxProcess("newstore", "--currency", "UAH", "--drawer", "main:1000") as vendor:
        at = write_config(folder, None, NewStore.of(vendor.ready, folder, drawer="main"))
        (folder / "books.toml").write_text(at.config.read_text("utf-8"), "utf-8")
        gateway.start()
        try:
            divide(at, gateway)
            if enrolled:
                done = command("enrol", gateway.code(), "--config", at.config)
                assert done.code == 0, done
            with Bench(at.pty, QUICK) as bench, TillProcess(at) as till:
                found = Fleet(Desk(at, bench, till, Cashier(till, at.token)), gateway, vendor)
                found.place.open_shift()
                yield found
        finally:
            gateway.stop()
