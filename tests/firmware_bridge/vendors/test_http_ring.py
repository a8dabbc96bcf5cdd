"""A vendor that does not answer leaves what was asked and answered last: without a body, a header or a query."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from drivers.errors import DeviceError
from drivers.ports.memory import VirtualClock
from firmware_bridge.logs import Redactor
from firmware_bridge.vendors.http import HttpTransport, Request
from firmware_bridge.vendors.http_ring import dumps_to
from firmware_bridge.wire_command import main as wire
from firmware_bridge.wire_dumps import Failure, WireDumps
from tests.firmware_bridge.vendors.test_http import POST, QUICK, Server, ok
from tests.support.wire_lane import Wall, files, finish

LOOK = Request("POST", "/api/v1/shifts/hook-8841", (("key", "canary"),), {"X-License-Key": "canary"})


class Heard:
    """Takes failures as WireDumps does."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)


def asked(answers: Sequence[bytes | None], *requests: Request, heard: Heard | WireDumps | None) -> Server:
    """Ask one after the other; each answer None: the connection is closed without one."""

    async def main() -> Server:
        async with Server(list(answers)) as server:
            with dumps_to(heard) if heard is not None else contextlib.nullcontext():
                transport = HttpTransport(server.url, time.monotonic, QUICK)
            for request in requests:
                with contextlib.suppress(DeviceError):
                    await transport.exchange(request)
            await transport.close()
        return server

    return asyncio.run(main())


def test_each_outage_is_one_failure_and_an_answer_ends_it() -> None:
    heard = Heard()
    asked(
        [ok(), None, None, ok(), ok(status=b"503 Away"), ok(status=b"503 Away"), ok(), None], *8 * [POST], heard=heard
    )
    reasons = [failure.reason for failure in heard.failures]
    assert len(reasons) == 3
    assert "did not answer POST /api/v1/receipts/sell" in reasons[0]
    assert "answered 503 to POST" in reasons[1]


def test_a_day_without_failures_is_silent_and_a_refusal_is_an_answer() -> None:
    heard = Heard()
    asked([ok(), ok(status=b"422 No"), ok()], POST, POST, LOOK, heard=heard)
    assert heard.failures == []


def test_dump_holds_methods_paths_and_sizes_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    redactor = Redactor()
    redactor.add("hook-8841")
    dumps = WireDumps(tmp_path / "journal.wire", Wall(VirtualClock(1.0)), redactor)
    asked([ok(b'{"canary": 1}'), None], POST, LOOK, heard=dumps)
    finish(dumps)
    (path,) = files(dumps.folder)
    text = path.read_text()
    assert wire(["show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "> POST /api/v1/receipts/sell, 7 bytes  < 200, 13 bytes" in shown
    assert "> POST /api/v1/shifts/*********, 0 bytes" in shown
    assert "-- lost: 127.0.0.1" in shown
    for secret in ("canary", "hook-8841", "Bearer", "License"):
        assert secret not in text + shown
        assert secret.encode().hex() not in text


def test_client_made_where_nobody_takes_dumps_works_as_before() -> None:
    server = asked([ok(), None, ok()], POST, POST, POST, heard=None)
    assert len(server.seen) == 3
