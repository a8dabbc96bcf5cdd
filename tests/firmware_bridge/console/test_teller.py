"""What people did at the console is told to whatever answers at the till's address, and nobody is kept waiting."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.console import teller
from firmware_bridge.console.audit import NotNow
from firmware_bridge.console.teller import Teller, TillSlow

ACTS = [{"id": f"act-{number}", "what": "SignedOut"} for number in range(4)]


@pytest.fixture
def token(tmp_path: Path) -> str:
    (tmp_path / "token").write_text("a-token\n", "utf-8")
    return str(tmp_path / "token")


@contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[tuple[tuple[str, int], list[Any]]]:
    """A till that gives these answers, one after the other; yields its address and what it was asked."""
    left, asked = list(answers), list[Any]()

    class Till(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], [act["id"] for act in body["acts"]]))
            status, said = left.pop(0)
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Till) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield ("127.0.0.1", server.server_address[1]), asked
        server.shutdown()
        thread.join()


def test_as_many_are_told_as_the_till_says(token: str) -> None:
    with answering((201, {"acts": [{}] * 3})) as (address, asked):
        assert Teller(address, token)(ACTS) == 3
    assert asked == [("/v1/people/acts", "Bearer a-token", [act["id"] for act in ACTS])]


def test_one_that_is_damaged_keeps_no_other_waiting(token: str) -> None:
    refused = (422, {"detail": "no"})
    with answering(refused, refused, refused, (201, {"acts": [{}]})) as (address, asked):
        assert Teller(address, token)(ACTS) == 1, "passed over: it stays in the file"
        assert Teller(address, token)(ACTS[1:2]) == 1
    assert [len(ids) for _, _, ids in asked] == [4, 2, 1, 1]


@pytest.mark.parametrize("said", [(403, {}), (401, {}), (409, {}), (500, b"no JSON"), (503, {}), (201, [1]), (200, {})])
def test_whatever_else_it_says_the_acts_stay_where_they_are(token: str, said: tuple[int, object]) -> None:
    with answering(said) as (address, _), pytest.raises(NotNow):
        Teller(address, token)(ACTS)


def test_a_till_that_is_away_or_hangs_keeps_nobody_waiting(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "MOMENT_S", 0.1)
    with socket.socket() as hung:
        hung.bind(("127.0.0.1", 0))
        with pytest.raises(NotNow):  # bound, and nobody listens
            Teller(hung.getsockname(), token)(ACTS)
        hung.listen()
        begun = time.monotonic()
        with pytest.raises(TillSlow):
            Teller(hung.getsockname(), token)(ACTS)
        assert time.monotonic() - begun < 5
    with pytest.raises(NotNow):
        Teller(("127.0.0.1", 1), token + "-that-is-not-there")(ACTS)
