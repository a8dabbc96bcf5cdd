"""Where others' words come in: a secret of ours that they repeat is starred out before it is kept, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.entrance import Entrance, current, guards
from firmware_bridge.logs import Logs, Passing, Redactor
from firmware_bridge.vendors.http import HttpTransport, Request
from statemachines.vocabulary.events import DrawerCause, DrawerOpenRequested, PrinterReady

SECRET = 'canary/"+secret'


@dataclass(frozen=True, slots=True)
class Told:
    """An event as any other, with texts at every depth."""

    text: str
    amount: int = 0
    rows: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)
    inner: Told | None = None


def door(*secrets: str) -> Entrance:
    found = Entrance()
    for one in secrets or (SECRET,):
        found.add(one)
    return found


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET)[1:-1],
    ],
)
def test_a_secret_is_starred_out_at_every_depth_of_an_event_in_every_form(form: str) -> None:
    said = f"you sent {form}!"
    event = Told(said, 5, ("plain", said), {"why": said}, Told("inner", inner=Told(said)))
    stars = "you sent ***!"
    clean = Told(stars, 5, ("plain", stars), {"why": stars}, Told("inner", inner=Told(stars)))
    assert door().let_in(event) == clean
    assert Entrance().let_in(event) is event, "the control: a door that knows no secret"


def test_an_event_without_a_secret_is_the_same_object() -> None:
    for event in (
        PrinterReady(model="TM-T88V", serial="J5NF012345"),
        DrawerOpenRequested("main", DrawerCause("no_sale", "x"), "change"),
        Told("a long text about nothing", rows=("one of many words", "two"), more={"a": "b"}),
    ):
        assert door().let_in(event) is event


@given(st.recursive(st.text() | st.integers(), lambda inner: st.tuples(inner, inner) | st.lists(inner)))
def test_whatever_is_told_comes_in_unchanged_when_there_is_no_secret_in_it(value: object) -> None:
    assert Entrance().let_in(value) == value
    assert door("a-secret-that-nobody-says").let_in(value) == value


def test_a_short_secret_and_a_plain_number_stay_in_sums_and_numbers() -> None:
    event = Told("receipt 0000412, register 4000000123, sum 1234.00", rows=("271828182845",))
    assert door("0000", "1234", "271828182845").let_in(event) is event


def test_of_passing_secrets_the_last_are_known_and_those_of_the_configuration_for_ever() -> None:
    known, log = door(), Redactor()
    log.add(SECRET)
    for number in range(1000):
        for listener in (known.add, log.add):
            listener(Passing(f"token-number-{number:06d}"))
    for clean in (known.cleaned, log.mask):
        assert clean(f"{SECRET} token-number-000999") == "*** ***"
        assert clean("token-number-000000") == "token-number-000000", "it has ended long ago"


# --- what a vendor says no with ---------------------------------------------------------------------------------------


async def _answers(entrance: Entrance | None) -> list[bytes]:
    """What a client sees of a vendor that quotes the secret with 200, 400 and 500."""

    async def quoting(request: web.Request) -> web.Response:
        return web.json_response({"said": SECRET}, status=int(request.path[1:]))

    app = web.Application()
    app.router.add_get("/{status}", quoting)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    if entrance is None:
        client = HttpTransport(url, time.monotonic)
    else:
        with guards(entrance):
            client = HttpTransport(url, time.monotonic)
    try:
        return [(await client.exchange(Request("GET", f"/{status}"))).body for status in (200, 400, 500)]
    finally:
        await client.close()
        await runner.cleanup()


def test_what_a_vendor_says_no_with_is_cleaned_before_anybody_cuts_it_short() -> None:
    quoted = json.dumps({"said": SECRET}).encode()
    assert asyncio.run(_answers(door())) == [quoted, b'{"said": "***"}', b'{"said": "***"}']
    assert asyncio.run(_answers(None)) == [quoted] * 3, "the control"
    assert current() is None


# --- the system's journal ---------------------------------------------------------------------------------------------


def datagrams(folder: Path, *secrets: str) -> bytes:
    """What the system's journal is sent of a failure whose text carries a URL with the secret in it."""
    place = folder / f"journal{len(secrets)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(place))
        journal.settimeout(5)
        redactor = Redactor()
        for secret in secrets:
            redactor.add(secret)
        with Logs(io.StringIO(), journald=True, journal=place, redactor=redactor):
            log = logging.getLogger("planted")
            try:
                int(f"https://vendor.example/{quote(SECRET, safe='')}?key={SECRET}\nPRIORITY=0")
            except ValueError:
                log.exception("a call failed for card 4111111111111111", extra={"vendor": SECRET})
            log.warning("the last line")
        found = b""
        while b"the last line" not in found:
            found += journal.recv(65536)
    return found


def test_no_secret_reaches_the_systems_journal(tmp_path: Path) -> None:
    sent, unfiltered = datagrams(tmp_path, SECRET), datagrams(tmp_path)
    forms = (SECRET.encode(), quote(SECRET, safe="").encode(), b"4111111111111111")
    assert [form for form in forms if form in sent] == []
    assert b"\nPRIORITY=0" not in sent
    assert [form for form in forms[:2] if form not in unfiltered] == [], "the control: it knows no secret"
