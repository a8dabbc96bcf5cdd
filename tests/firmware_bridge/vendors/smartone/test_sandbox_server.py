"""The sandbox on a real port and on a real terminal: a client with a socket or a line sees what one without sees."""

from __future__ import annotations

import asyncio
import json
import os
import tty
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from firmware_bridge.errors import UsageError
from firmware_bridge.sandbox_arguments import Wish
from firmware_bridge.sandbox_command import VENDORS, run
from firmware_bridge.vendors.smartone.sandbox.serial_line import Frames, frame
from firmware_bridge.vendors.smartone.sandbox.server import KNOWN_FAULTS, SandboxOptions, SmartOneSandbox
from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk, form, signed

Json = dict[str, Any]


def served(options: SandboxOptions, talk: Callable[[SmartOneSandbox, aiohttp.ClientSession], Awaitable[None]]) -> None:
    async def main() -> None:
        sandbox = SmartOneSandbox(options)
        await sandbox.start()
        try:
            async with aiohttp.ClientSession(base_url=sandbox.base_url) as session:
                await talk(sandbox, session)
        finally:
            await sandbox.close()
            await sandbox.close()

    asyncio.run(main())


async def post(sandbox: SmartOneSandbox, session: aiohttp.ClientSession, name: str, value: object) -> Json:
    fields = signed(value, sandbox.ready["merchant_id"])
    async with session.post(f"/{name}", data=fields) as answer:
        assert answer.content_type == "application/json"
        found: Json = await answer.json()
        return found


def test_ready_tells_what_a_client_needs() -> None:
    async def talk(sandbox: SmartOneSandbox, session: aiohttp.ClientSession) -> None:
        assert list(sandbox.ready) == ["base_url", "profile", "merchant_id", "currency"]
        assert (await post(sandbox, session, "check_shift", {}))["data"] == {"shift_open": False}

    served(SandboxOptions(), talk)


def test_a_lost_answer_over_a_socket_leaves_the_document() -> None:
    async def talk(sandbox: SmartOneSandbox, session: aiohttp.ClientSession) -> None:
        await post(sandbox, session, "open_shift", {"employeeName": "Aynur"})
        async with session.post("/_fault", json={"name": "lost-answer", "count": 1, "path": "/sale"}) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            await post(sandbox, session, "sale", Desk("ecr").sale())
        found = await post(sandbox, session, "check_status", {"documentExtID": "ext-1"})
        assert found["docStatus"] == 1

    served(SandboxOptions(profile="ecr"), talk)


class Line:
    """The client's end of the terminal."""

    def __init__(self, path: str) -> None:
        self._end = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._end)
        self._frames = Frames()

    def send(self, data: bytes) -> None:
        os.write(self._end, data)

    def receive(self) -> Json:
        """Blocks until a whole frame has come."""
        while True:
            for text in self._frames.feed(os.read(self._end, 4096)):
                found: Json = json.loads(text)
                return found

    def close(self) -> None:
        os.close(self._end)


def over_a_line(options: SandboxOptions, talk: Callable[[SmartOneSandbox, Line], None]) -> None:
    async def main() -> None:
        sandbox = SmartOneSandbox(options)
        await sandbox.start()
        line = Line(sandbox.ready["serial"])
        try:
            async with asyncio.timeout(10):
                await asyncio.to_thread(talk, sandbox, line)
        finally:
            line.close()
            await sandbox.close()

    asyncio.run(main())


def command(sandbox: SmartOneSandbox, name: str, value: object) -> bytes:
    return frame(form({"command": name, **signed(value, sandbox.service.merchant_id)}))


def test_the_same_commands_go_over_a_serial_line() -> None:
    def talk(sandbox: SmartOneSandbox, line: Line) -> None:
        line.send(command(sandbox, "open_shift", {"employeeName": "Aynur Əliyeva"}))
        assert line.receive() == {"status": "success", "code": 0, "shiftID": 1, "fiscalShiftID": "1"}
        sale = command(sandbox, "/sale", Desk("ecr").sale())
        line.send(sale[:20])
        line.send(sale[20:])
        assert line.receive()["fiscalNum"] == "1"
        line.send(command(sandbox, "make_tea", {}))
        assert line.receive()["code"] == 3

    over_a_line(SandboxOptions(profile="ecr", serial=True), talk)


def test_a_spoilt_frame_gets_no_answer_and_is_counted() -> None:
    def talk(sandbox: SmartOneSandbox, line: Line) -> None:
        whole = command(sandbox, "check_shift", {})
        line.send(whole[:5] + b"X" + whole[6:])
        line.send(whole)
        assert line.receive()["data"] == {"shift_open": False}
        books = json.loads(sandbox.service.handle("GET", "/_books", {}, {}, b"").body)
        assert books["bad_frames"] == 1

    over_a_line(SandboxOptions(serial=True), talk)


def test_a_lost_answer_over_a_line_is_silence_and_a_late_one_comes() -> None:
    def talk(sandbox: SmartOneSandbox, line: Line) -> None:
        line.send(command(sandbox, "open_shift", {"employeeName": "A"}))
        line.receive()
        for fault in (
            {"name": "lost-answer", "count": 1},
            {"name": "slow", "count": 1, "path": "/x_report", "delay_s": 0.02},
        ):
            sandbox.service.handle("POST", "/_fault", {}, {}, json.dumps(fault).encode())
        line.send(command(sandbox, "sale", Desk("core").sale()))
        line.send(command(sandbox, "x_report", {}))
        assert line.receive()["data"]["shift_totals"]["totals"]["sale"]["count"] == 1

    over_a_line(SandboxOptions(serial=True), talk)


def test_a_picture_is_longer_than_what_the_line_takes_at_once() -> None:
    def talk(sandbox: SmartOneSandbox, line: Line) -> None:
        line.send(command(sandbox, "open_shift", {"employeeName": "A"}))
        line.receive()
        line.send(command(sandbox, "sale", Desk("core").sale(genPreview=True)))
        assert len(line.receive()["data"]["printData"]) > 5000

    over_a_line(SandboxOptions(serial=True), talk)


def test_command_makes_it_with_every_fault_it_knows() -> None:
    made = VENDORS["smartone"](Wish(faults=tuple(f"{one}:1" for one in KNOWN_FAULTS), profile="ecr", serial=True))
    assert isinstance(made, SmartOneSandbox)
    assert (made.options.profile, made.options.serial) == ("ecr", True)


@pytest.mark.parametrize("wish", [Wish(live=True), Wish(profile="seed"), Wish(drawers=("main",)), Wish(currency="EUR")])
def test_command_refuses_what_this_vendor_does_not_have(wish: Wish) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS["smartone"](wish)


@pytest.mark.parametrize("wish", [Wish(serial=True), Wish(profile="ecr")])
def test_command_refuses_its_words_for_another_vendor(wish: Wish) -> None:
    with pytest.raises(UsageError, match="smartone alone"):
        run("newstore", wish, print)
