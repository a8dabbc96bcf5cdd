"""A whole cash desk in real processes: the till, a simulated printer with its drawer, and people at both.

Nothing here looks inside: a desk is asked over HTTP, its journal is a file, its paper is what lies below the printer.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from drivers.printers.escpos.simulated.audit import HEADINGS, PrintedDocument, audit
from drivers.printers.escpos.simulated.paper import Piece, PrintedLine
from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess, write_config
from firmware_bridge.simulation import Bench

#: The installed command, beside the interpreter that runs the tests.
SCRIPT = Path(sys.executable).with_name("firmware-bridge")
MODULE = (sys.executable, "-m", "firmware_bridge")
#: A printer that is quick, a drawer that is pushed shut at once.
QUICK = ("--columns", "42", "--speed", "30", "--drawer-closes-after", "0.15")
PATIENCE_S = 30.0

Json = dict[str, Any]
Fact = TypeVar("Fact")


def until(fact: Callable[[], Fact], what: str, within: float = PATIENCE_S, every: float = 0.05) -> Fact:
    """Look again and again until `fact` is true; returns it. Raises AssertionError after `within` seconds.

    Whoever looks costs the other side time: first after 5 ms, then less and less often down to `every` s.
    """
    deadline, pause = time.monotonic() + within, 0.005
    while not (found := fact()):
        assert time.monotonic() < deadline, f"waited {within:g} s in vain for {what}"
        time.sleep(pause)
        pause = min(every, pause * 1.5)
    return found


# --- the command line -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: exit code and what it said."""

    code: int
    out: str
    err: str


def command(*arguments: str | Path) -> Ended:
    """Run `firmware-bridge` with these arguments in a process of its own until it ends."""
    words = [*MODULE, *map(str, arguments)]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(slots=True)
class Running:
    """A command that runs on: `ready` is the JSON line that it said first."""

    process: subprocess.Popen[str]
    ready: Json


@contextmanager
def running(*words: str | Path, errors: Path) -> Iterator[Running]:
    """Start a command (the whole of it) and wait for its first line; it is ended with the block."""
    with errors.open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        assert line, errors.read_text("utf-8")
        yield Running(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_S)


def die_while_starting(at: Rehearsal, after: float) -> bool:
    """Start the till and kill it `after` seconds later; True when it was not listening yet."""
    with (at.folder / "till.log").open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [*MODULE, "run", "--config", str(at.config)], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
    said, _ = process.communicate(timeout=PATIENCE_S)
    return not said


def processes_with(word: str) -> list[str]:
    """The command lines of all processes in which `word` stands."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if word in words:
            found.append(words)
    return found


# --- the desk -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


@dataclass(slots=True)
class Desk:
    """One cash desk. Ids of its documents are made with `new_id`, so that no two tests use the same."""

    at: Rehearsal
    bench: Bench
    till: TillProcess
    cashier: Cashier
    _count: int = field(default=0)

    def new_id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{os.getpid()}-{self._count}"

    # --- over HTTP --------------------------------------------------------------------------------------------------

    def call(
        self, method: str, path: str, body: Json | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request as it stands; `headers` replace those of a good client (None as value: left out)."""
        connection = http.client.HTTPConnection(self.till.address, timeout=PATIENCE_S + 5)
        good = {"Authorization": f"Bearer {self.at.token}", "Content-Type": "application/json"}
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            connection.request(method, path, content, {**good, **(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def post(self, path: str, body: Json, status: int = 201) -> Json:
        """A command that is expected to end with `status`; its answer."""
        reply = self.call("POST", path, body)
        assert reply.status == status, (reply.status, reply.json)
        return reply.json

    def get(self, path: str) -> Json:
        reply = self.call("GET", path)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.json

    def status(self) -> Json:
        return self.get("/v1/status")

    def head(self) -> tuple[int, str]:
        """The journal's chain."""
        journal = self.status()["journal"]
        return journal["seq"], journal["hash"]

    def at_rest(self) -> tuple[int, str]:
        """Wait until the till has written down everything that it has seen; its chain then."""
        since, head = time.monotonic(), self.head()

        def rested() -> bool:
            nonlocal since, head
            now = self.head()
            if now != head:
                since, head = time.monotonic(), now
            return time.monotonic() - since > 0.8  # sensors are written down half a second later at most

        until(rested, "the journal to come to rest")
        return head

    def events(self, after: int = 0) -> list[Json]:
        """What the journal has told up to now, by the event stream."""
        goal = self.head()[0]
        return list(self.stream({}, after, goal)) if goal > after else []

    def stream(self, headers: Mapping[str, str], after: int | None, last: int) -> Iterator[Json]:
        """Events from the live stream up to number `last`; each as sent, with its `id:` line as "sse"."""
        connection = http.client.HTTPConnection(self.till.address, timeout=PATIENCE_S)
        query = "" if after is None else f"?after={after}"
        try:
            connection.request(
                "GET", f"/v1/events{query}", headers={"Authorization": f"Bearer {self.at.token}", **headers}
            )
            response = connection.getresponse()
            assert response.status == 200, response.read()
            number, told = 0, 0
            while told < last:
                text = response.readline().decode().rstrip("\n")
                assert text or not response.isclosed(), "the stream ended"
                if text.startswith("id: "):
                    number = int(text[4:])
                if text.startswith("data: "):
                    yield {**json.loads(text[6:]), "sse": number}
                    told = number
        finally:
            connection.close()

    def printer_is(self, state: str) -> None:
        """Wait until the till says so of its printer."""
        until(lambda: self.status()["printer"]["state"] == state, f"the printer to be {state}")

    def open_shift(self, float_amount: int = 100_000) -> Json:
        self.printer_is("ready")
        return self.post("/v1/shifts", {"id": self.new_id("shift"), "float_amount": float_amount})

    def drawer_shut(self) -> None:
        until(lambda: self.get("/v1/drawers/main")["state"] == "closed", "the drawer to be pushed shut")

    # --- with eyes --------------------------------------------------------------------------------------------------

    def pieces(self) -> list[list[str]]:
        """All paper, from knife to knife or tear to tear, line by line."""
        return [list(piece["lines"]) for piece in self.bench.do("paper")["pieces"]]

    def papers(self, headings: Mapping[str, re.Pattern[str]] = HEADINGS) -> dict[str, PrintedDocument]:
        """What a person finds who reads all the paper: number on it -> document."""
        pieces = [
            Piece(tuple(PrintedLine(line) for line in piece["lines"]), piece["ending"])
            for piece in self.bench.do("paper")["pieces"]
        ]
        return {f"{found.kind} {found.number}": found for found in audit(pieces, headings=headings)}

    def paper_of(self, kind: str, number: str) -> tuple[int, int]:
        """(complete unmarked originals, complete marked copies) of one document."""
        found = self.papers().get(f"{kind} {number}")
        return (found.originals, found.copies) if found is not None else (0, 0)

    def pulses(self) -> int:
        """How often the drawer's coil was energised."""
        return len(self.bench.do("drawer")["pulses"])


@contextmanager
def desk(folder: Path, *options: str, fault: str = "", shift: bool = True) -> Iterator[Desk]:
    """A till with its printer in `folder`, its shift open unless told otherwise; all processes end with the block."""
    at = write_config(folder)
    with Bench(at.pty, options or QUICK) as bench, TillProcess(at, fault) as till:
        found = Desk(at, bench, till, Cashier(till, at.token))
        if shift:
            found.open_shift()
        yield found


# --- what a cash desk sells -----------------------------------------------------------------------------------------


def line(name: str = "Хліб", price: int = 1000, quantity: int = 1000, **more: Any) -> Json:
    """One line of a sale: price in kopecks, quantity in thousandths."""
    return {"code": name[:32], "name": name, "price": price, "quantity": quantity, "tax_group": "vat20", **more}


def cash(amount: int, given: int | None = None) -> Json:
    return {"type": "cash", "amount": amount, "given": amount if given is None else given}


def card(amount: int) -> Json:
    return {"type": "card", "amount": amount, "card": {"mask": "5168****1234", "rrn": "000123"}}


def sale(document_id: str, *lines: Json, payments: list[Json] | None = None, **more: Any) -> Json:
    """A sale, paid in cash unless told otherwise. The sum is for whole pieces without discounts."""
    sold = list(lines) or [line()]
    total = sum(item["price"] * item["quantity"] // 1000 for item in sold)
    return {"id": document_id, "lines": sold, "payments": [cash(total)] if payments is None else payments, **more}
