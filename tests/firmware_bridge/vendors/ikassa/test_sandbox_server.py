"""The sandbox on a real port: the bytes of the header, cut connections, the search in the network, its options."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.errors import UsageError
from firmware_bridge.sandbox_arguments import Wish
from firmware_bridge.sandbox_command import VENDORS, SandboxProcess, run
from firmware_bridge.vendors.ikassa.sandbox.capabilities import CAPABILITIES, OPERATIONS
from firmware_bridge.vendors.ikassa.sandbox.options import NAMES, SandboxOptions
from firmware_bridge.vendors.ikassa.sandbox.server import KNOWN_FAULTS, IKassaSandbox
from firmware_bridge.vendors.ikassa.sandbox.ssdp import answer_to
from tests.firmware_bridge.vendors.ikassa.sandbox_till import SAMPLES, Client

Talk = Callable[[IKassaSandbox], Awaitable[None]]
#: Options that describe the till or the test, not an open question about the vendor.
NOT_A_QUESTION = {"port", "faults", "pin"}


def over_http(talk: Talk, **options: Any) -> None:
    async def main() -> None:
        sandbox = IKassaSandbox(SandboxOptions(**options))
        await sandbox.start()
        try:
            await talk(sandbox)
        finally:
            await sandbox.close()
            await sandbox.close()

    asyncio.run(main())


async def bytes_to(sandbox: IKassaSandbox, raw: bytes) -> bytes:
    """What comes back for these bytes, until the other side closes."""
    port = int(sandbox.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def request(header: bytes, body: bytes = b"", path: bytes = b"/v1", method: bytes = b"POST") -> bytes:
    head = method + b" " + path + b" HTTP/1.1\r\nHost: till\r\nConnection: close\r\n" + header
    return head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def code_of(answer: bytes) -> int:
    return int(json.loads(answer.partition(b"\r\n\r\n")[2])["resultCode"])


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"INTENT_OPERATION_TYPE: OTHER_INFO\r\n", 200),
        (b"INTENT_OPERATION_TYPE: other_Info\r\n", 200),
        (b"Intent_Operation_Type: OTHER_INFO\r\n", 399),
        (b"intent_operation_type: OTHER_INFO\r\n", 399),
        (b"INTENT-OPERATION-TYPE: OTHER_INFO\r\n", 399),
        (b"INTENT_OPERATION_TYPE: FLY\r\n", 399),
        (b"INTENT_OPERATION_TYPE:\r\n", 399),
        (b"", 399),
    ],
)
def test_the_operation_is_named_by_a_header_in_capitals_on_the_wire(header: bytes, code: int) -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        assert code_of(await bytes_to(sandbox, request(header))) == code

    over_http(talk)


def test_the_pages_sample_over_a_socket_is_answered_to_the_letter() -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        body = json.dumps(SAMPLES["success"]["request"], ensure_ascii=False).encode()
        answer = await bytes_to(sandbox, request(b"INTENT_OPERATION_TYPE: ADD_CHEQUES\r\n", body))
        head, _, told = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"application/json" in head
        assert json.loads(told) == SAMPLES["success"]["answer"]

    over_http(talk)


@pytest.mark.parametrize(("path", "method"), [(b"/v2", b"POST"), (b"/", b"POST"), (b"/v1", b"GET"), (b"/v1", b"PUT")])
def test_there_is_one_address(path: bytes, method: bytes) -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        raw = request(b"INTENT_OPERATION_TYPE: OTHER_INFO\r\n", path=path, method=method)
        assert code_of(await bytes_to(sandbox, raw)) == 399

    over_http(talk)


def test_a_lost_answer_is_a_closed_connection() -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        raw = request(b"INTENT_OPERATION_TYPE: OPEN_SHIFT\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert await bytes_to(sandbox, raw) == b""
        books = json.loads(
            (await bytes_to(sandbox, request(b"", path=b"/_books", method=b"GET"))).partition(b"\r\n\r\n")[2]
        )
        assert books["shift"]["open"]

    over_http(talk, faults=("lost-answer:1",))


def test_ready_tells_what_a_client_needs() -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        ready = sandbox.ready
        assert list(ready) == ["base_url", "url", "pin", "register_number", "token_mode", "ssdp"]
        assert ready["url"] == f"{ready['base_url']}/v1"
        assert len(ready["pin"]) == 4

    over_http(talk, ssdp_port=0)


# --- the search in the network ----------------------------------------------------------------------------------------

SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: %s\r\n\r\n'


def test_a_search_is_answered_with_the_address() -> None:
    async def talk(sandbox: IKassaSandbox) -> None:
        host, _, port = str(sandbox.ready["ssdp"]).partition(":")

        def ask() -> bytes:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.settimeout(5)
                line.sendto(SEARCH % b"upnp:rootdevice", (host, int(port)))
                line.sendto(SEARCH % b"ikassa-smartx", (host, int(port)))
                return line.recv(2048)

        told = (await asyncio.to_thread(ask)).decode().split("\r\n")
        assert told[0] == "HTTP/1.1 200 OK"
        assert f"LOCATION: {sandbox.ready['url']}" in told
        assert "ST: ikassa-smartx" in told

    over_http(talk, ssdp_port=0)


@pytest.mark.parametrize(
    ("search", "answered"),
    [
        (SEARCH % b"ikassa-smartx", True),
        (SEARCH % b"ssdp:all", True),
        (SEARCH % b"ikassa", False),
        (b"NOTIFY * HTTP/1.1\r\nST: ikassa-smartx\r\n\r\n", False),
        (b"M-SEARCH * HTTP/1.1\r\nST: ikassa-smartx\r\n\r\n", False),
        (b"\xff\x00", False),
        (b"", False),
    ],
)
def test_only_a_search_for_this_till_is_answered(search: bytes, *, answered: bool) -> None:
    assert (answer_to(search, "http://127.0.0.1:1/v1", "131010705") is not None) == answered


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_plays_it_in_a_process_and_its_books_can_be_read(tmp_path: Path) -> None:
    with SandboxProcess("ikassa", "--token", "--state-file", str(tmp_path / "books"), "--fault", "slow:1") as sandbox:
        assert sandbox.ready["token_mode"] is True
        assert [one["name"] for one in sandbox.books()["faults"]] == ["slow"]
        sandbox.fault("declined", count=1)
        assert len(sandbox.books()["faults"]) == 2


def test_command_makes_it_with_every_fault_it_knows() -> None:
    made = VENDORS["ikassa"](Wish(faults=tuple(f"{one}:1" for one in KNOWN_FAULTS)))
    assert isinstance(made, IKassaSandbox)
    assert len(made.options.faults) == len(KNOWN_FAULTS)


@pytest.mark.parametrize(
    "wish", [Wish(live=True), Wish(profile="current"), Wish(currency="USD"), Wish(drawers=("main",))]
)
def test_command_refuses_what_this_vendor_does_not_have(wish: Wish) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS["ikassa"](wish)


def test_command_refuses_a_file_without_books(tmp_path: Path) -> None:
    file = tmp_path / "books"
    file.write_text("no books")
    with pytest.raises(UsageError, match="nothing was started"):
        VENDORS["ikassa"](Wish(state_file=str(file)))


@pytest.mark.parametrize("wish", [Wish(state_file="x"), Wish(token=True), Wish(ssdp_port=0)])
def test_other_vendors_have_none_of_it(wish: Wish) -> None:
    with pytest.raises(UsageError, match="nothing was started"):
        run("checkbox", wish, lambda _: None)


# --- what is documented and what is inferred --------------------------------------------------------------------------


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert sorted(one.operation for one in OPERATIONS) == sorted(NAMES)


def test_every_open_question_names_an_option_that_exists() -> None:
    known = {one.name for one in fields(SandboxOptions)}
    named = {one.option for one in CAPABILITIES if one.option}
    assert named <= known
    assert known - named == NOT_A_QUESTION


def test_every_row_has_a_source() -> None:
    assert all(one.source and one.what and one.basis in ("documented", "inferred") for one in CAPABILITIES)


def test_an_operation_may_have_another_name() -> None:
    client = Client(operations={"open_shift": "shift_open"})
    assert client.do("OPEN_SHIFT").code == 399
    assert client.do("SHIFT_OPEN").code == 200


@pytest.mark.parametrize(
    "options",
    [
        {"operations": {"fly": "FLY"}},
        {"operations": {"sale": "deposit"}},
        {"operations": {"sale": "SA LE"}},
        {"port": 70_000},
        {"ssdp_port": -1},
        {"shift_limit_s": 0},
        {"declined_code": 491},
        {"faults": ("fire",)},
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Client(**options)
