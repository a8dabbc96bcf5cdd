"""A till that answers by a script, one step for each connection, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from firmware_bridge.client.asking import Patience
from firmware_bridge.client.line import Tcp, Token, TokenText
from firmware_bridge.client.till import Till

Json = dict[str, Any]
TOKEN = "0123456789abcdef" * 4
QUICK = Patience(command_s=60, question_s=20, wait_s=0, answer_s=0.15, away_s=60, first_pause_s=0.5, longest_pause_s=4)


@dataclass(frozen=True, slots=True)
class Request:
    """As it came; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


#: What is done with one request; STAYS as the result: the connection is left open until the script is over.
Step = Callable[[socket.socket, Request], object]
STAYS = "stays"


@dataclass(slots=True)
class Script:
    """`asked`: what came so far. The last step stands for all connections behind it, too."""

    port: int
    steps: Sequence[Step]
    asked: list[Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _taken: int = 0

    def next(self) -> Step:
        step = self.steps[min(self._taken, len(self.steps) - 1)]
        self._taken += 1
        return step


@contextmanager
def scripted(*steps: Step) -> Iterator[Script]:
    """Until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script = Script(listener.getsockname()[1], steps)
        thread = threading.Thread(target=_serve, args=(listener, script))
        thread.start()
        try:
            yield script
        finally:
            script.stopped.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, script: Script) -> None:
    open_ones: list[socket.socket] = []
    with suppress(OSError):
        while not script.stopped.is_set():
            line, _ = listener.accept()
            open_ones.append(line)
            line.settimeout(5)
            with suppress(OSError, ValueError):
                request = _request(line)
                script.asked.append(request)
                if script.next()(line, request) == STAYS:
                    continue
            line.close()
    for line in open_ones:
        line.close()


def _request(line: socket.socket) -> Request:
    with line.makefile("rb") as file:
        method, path, _ = file.readline().decode().split()
        headers: dict[str, str] = {}
        while (text := file.readline().decode().strip()) != "":
            name, _, value = text.partition(":")
            headers[name.strip().lower()] = value.strip()
        return Request(method, path, headers, file.read(int(headers.get("content-length", "0"))))


# --- steps ----------------------------------------------------------------------------------------------------------


def raw(data: bytes) -> Step:
    """These bytes, then the end."""
    return lambda line, _: line.sendall(data)


def whole(status: int, body: bytes, media: str, headers: Mapping[str, str] | None = None) -> bytes:
    """An answer as bytes."""
    head = {"Content-Type": media, "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Step:
    """Plain JSON."""
    return raw(whole(status, json.dumps(body).encode(), "application/json", headers))


def problem(
    slug: str, status: int, outcome: str = "none", headers: Mapping[str, str] | None = None, **more: object
) -> Step:
    """A problem document."""
    body = {"type": f"urn:firmware-bridge:problem:{slug}", "title": "No", "status": status, "detail": f"no: {slug}"}
    content = json.dumps({**body, "outcome": outcome, **more}).encode()
    return raw(whole(status, content, "application/problem+json", headers))


def hang_up(_: socket.socket, __: Request) -> None:
    """The request was heard; no answer comes."""


def silent(_: socket.socket, __: Request) -> str:
    """The connection stays, and nothing comes."""
    return STAYS


def reset(line: socket.socket, _: Request) -> None:
    """As a dead machine's neighbour does."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


# --- who asks -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Clock:
    """Time that passes only while somebody waits. `waits`: how long, each time."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def client(port: int, clock: Clock, patience: Patience = QUICK, token: Token | None = None) -> Till:
    """A client of the till at this port; its ids are id-1, id-2 …"""
    count = iter(range(1, 1000))
    return Till(
        lambda: Tcp("127.0.0.1", port),
        token or TokenText(TOKEN),
        patience,
        ids=lambda: f"id-{next(count)}",
        clock=clock.monotonic,
        sleep=clock.sleep,
    )


def document(document_id: str, **more: object) -> Json:
    """A sale as a till tells it."""
    return {
        "id": document_id,
        "kind": "sale",
        "state": "paper_out",
        "number": "000001",
        "at": "2026-01-01T00:00:00.000Z",
        "cash_transaction": "completed",
        "fiscal": None,
        "paper": {"evidence": "process_id", "copies": 0, "interrupted": False, "job": None},
        "drawer": {"state": "open"},
        "doubts": [],
        "person_needed": False,
        "refusal": None,
        **more,
    }


LINE = {"code": "1", "name": "Bread", "price": 4100, "quantity": 1000, "tax_group": "vat20"}
SALE = {"lines": [LINE], "payments": [{"type": "cash", "amount": 4100}]}
