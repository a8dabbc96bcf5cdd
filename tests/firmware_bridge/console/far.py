"""A far end that a test plays: it types when something stands on its screen; and a till's events, one by one."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from firmware_bridge.config import Config, load
from firmware_bridge.console.terminal import Gone
from firmware_bridge.rehearsal import write_config, write_secret

PATIENCE_S = 10.0


class Clock:
    """Time goes on when somebody lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc_ms(self) -> int:
        return 1_800_000_000_000 + round(self.now * 1000)


class Far:
    """Types each of `keys` as soon as its text stands on the screen behind the last one's; hangs up after the last."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        self._keys = deque(keys)
        self._read_to = 0
        self._since = time.monotonic()
        self._door = threading.Condition()
        self.seen = b""

    @property
    def text(self) -> str:
        return self.seen.decode("utf-8").replace("\r\n", "\n")

    def read(self, timeout: float) -> bytes:
        with self._door:
            if not self._keys:
                raise Gone
            wanted, keys = self._keys[0]
            deadline = time.monotonic() + min(timeout, 0.05)
            while (place := self.text.find(wanted, self._read_to)) < 0:
                assert time.monotonic() - self._since < PATIENCE_S, f"{wanted!r} never came:\n{self.text}"
                if not self._door.wait(deadline - time.monotonic()):
                    return b""
            self._since = time.monotonic()
            self._read_to = place + len(wanted)
            self._keys.popleft()
            return keys.encode()

    def write(self, data: bytes) -> None:
        with self._door:
            self.seen += data
            self._door.notify_all()

    def until(self, text: str) -> None:
        """Wait, on another thread, until this stands on the screen."""
        with self._door:
            assert self._door.wait_for(lambda: text in self.text, PATIENCE_S), f"{text!r} never came:\n{self.text}"


def technicians_config(folder: Path, port: int, more: str = "") -> Path:
    """A till's configuration with one technician, olena, and a till that listens on `port`, or nobody there."""
    path = write_config(folder).config
    place = write_secret(folder / "olena.token", "token-of-olena-" + "7" * 30)
    text = path.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}")
    text += f'\n[[api.clients]]\nname = "olena"\nrole = "technician"\ntoken_file = {json.dumps(str(place))}\n'
    path.write_text(f'{text}[console]\nclient = "olena"\nidle_s = 60\nservice_tool = "/bin/false"\n{more}', "utf-8")
    return path


def loaded(path: Path) -> Config:
    return load(path)


@dataclass(slots=True)
class Events:
    """A till of which nothing works but its status (`told`) and its events."""

    port: int
    told: dict[str, Any] = field(default_factory=lambda: {"journal": {"seq": 7}})
    asked: list[str] = field(default_factory=list)
    coming: queue.Queue[dict[str, Any] | None] = field(default_factory=queue.Queue)
    refuses: bool = False

    def happens(self, seq: int, name: str, **data: object) -> None:
        self.coming.put({"seq": seq, "name": name, "data": data})

    def breaks_off(self) -> None:
        """The stream that is open ends."""
        self.coming.put(None)


@contextmanager
def events() -> Iterator[Events]:
    """Until the block ends."""

    class Till(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if found.refuses:
                self.close_connection = True
                return
            if self.path.startswith("/v1/events"):
                self._stream()
                return
            body = json.dumps(found.told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            self.wfile.write(b": events\n\n")
            while (event := found.coming.get(timeout=PATIENCE_S)) is not None:
                self.wfile.write(f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Till) as server:
        found = Events(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            for _ in range(8):
                found.breaks_off()
            server.shutdown()
            thread.join()
