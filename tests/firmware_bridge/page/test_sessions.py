"""Signing in at the status page: what lets in, what does not, and what half a session is worth."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from firmware_bridge.api.server import Api, Limits
from firmware_bridge.config import ROLES
from firmware_bridge.page.sessions import AT_MOST, FREE_TRIES, IDLE_S, LIFE_S, LONGEST_WAIT_S, Patience, Sessions
from statemachines.vocabulary.commands import OpenDrawer
from statemachines.vocabulary.receipt import Person
from tests.firmware_bridge.api.wire import CLIENTS, ORIGIN, TOKENS, Reply, call, config, running
from tests.support.memory_backend import MemoryBackend

Headers = dict[str, str | None]
OPEN = ("POST", "/v1/drawers/main/open", {"id": "o-1", "reason": "change"})
MANAGER = Person("m", "m", "manager")


class Time:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def sign_in(port: int, token: str, **headers: str | None) -> Reply:
    told: Headers = {"Authorization": None, "Origin": f"http://127.0.0.1:{port}", **headers}
    return await call(port, "POST", "/v1/session", {"token": token}, told)


async def signed_in(port: int, role: str = "manager") -> Headers:
    """The headers that the page of somebody in this role sends."""
    reply = await sign_in(port, TOKENS[role])
    assert reply.status == 201
    return {
        "Authorization": None,
        "Cookie": reply.headers["set-cookie"].partition(";")[0],
        "Session-Key": reply.json["key"],
        "Origin": f"http://127.0.0.1:{port}",
        "Sec-Fetch-Site": "same-origin",
    }


def on_a_till(story: Callable[[Api, MemoryBackend], Awaitable[None]]) -> MemoryBackend:
    async def main() -> MemoryBackend:
        backend = MemoryBackend()
        async with running(backend) as api:
            await story(api, backend)
        return backend

    return asyncio.run(main())


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_a_token_signs_in_and_acts_under_their_own_name(role: str) -> None:
    async def story(api: Api, backend: MemoryBackend) -> None:
        headers = await signed_in(api.port, role)
        me = (await call(api.port, "GET", "/v1/session", headers={**headers, "Origin": None})).json
        assert (me["name"], me["role"], me["till"], me["exponent"]) == (f"pos-{role}", role, "UA-1", 2)
        assert ("open_drawer" in me["may"]) == (role != "observer")
        assert (await call(api.port, *OPEN, headers)).status == (403 if role == "observer" else 201)

    backend = on_a_till(story)
    assert [command.actor.id for command, _, _ in backend.commands] == ([] if role == "observer" else [f"pos-{role}"])
    assert all(isinstance(command, OpenDrawer) for command, _, _ in backend.commands)


def test_cookie_is_for_no_script_and_for_no_other_site() -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        reply = await sign_in(api.port, TOKENS["manager"])
        cookie = reply.headers["set-cookie"]
        assert re.match(rf"till_session_{api.port}=[A-Za-z0-9_-]{{43}}; HttpOnly; Path=/; SameSite=Strict$", cookie)
        assert len(reply.json["key"]) == 43
        assert reply.json["key"] not in cookie
        assert TOKENS["manager"] not in cookie + reply.body.decode()

    on_a_till(story)


def broken(good: Headers, port: int) -> dict[str, Headers]:
    """What others can send: pages of other origins, programs that have read one half, and guesses."""
    cookie, key = str(good["Cookie"]), str(good["Session-Key"])
    return {
        "cookie alone": {**good, "Session-Key": None},
        "key alone": {**good, "Cookie": None},
        "guessed key": {**good, "Session-Key": "x" * 43},
        "guessed cookie": {**good, "Cookie": f"till_session_{port}={'x' * 43}"},
        "empty cookie": {**good, "Cookie": f"till_session_{port}="},
        "cookie of another name": {**good, "Cookie": cookie.replace(str(port), "1")},
        "cookie twice": {**good, "Cookie": f"{cookie}; {cookie}"},
        "key twice": {**good, "Session-Key": f"{key}\r\nSession-Key: {key}"},
        "two cookie headers": {**good, "Cookie": f"{cookie}\r\nCookie: a=b"},
        "halves swapped": {**good, "Cookie": f"till_session_{port}={key}", "Session-Key": cookie.partition("=")[2]},
        "oversized cookie": {**good, "Cookie": f"{'y' * 8000}={'x' * 300}; {cookie}"},
        "no origin": {**good, "Origin": None},
        "origin null": {**good, "Origin": "null"},
        "another port": {**good, "Origin": "http://127.0.0.1:9001"},
        "another name of ours": {**good, "Origin": f"http://localhost:{port}"},
        "https": {**good, "Origin": f"https://127.0.0.1:{port}"},
        "listed origin": {**good, "Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        "neighbour's page": {**good, "Sec-Fetch-Site": "same-site"},
        "form": {**good, "Content-Type": "application/x-www-form-urlencoded"},
        "text form": {**good, "Content-Type": "text/plain"},
        "rebound name": {**good, "Host": f"evil.test:{port}", "Origin": f"http://evil.test:{port}"},
        "wrong token beside it": {**good, "Authorization": "Bearer wrong"},
    }


@pytest.mark.parametrize("name", broken({"Cookie": "a=b", "Session-Key": "c"}, 1))
def test_half_a_session_opens_nothing(name: str) -> None:
    async def story(api: Api, backend: MemoryBackend) -> None:
        good = await signed_in(api.port)
        refused = await call(api.port, *OPEN, broken(good, api.port)[name])
        assert refused.status in (400, 401, 403, 415, 421), refused
        assert backend.commands == []
        control = await call(api.port, *OPEN, good)
        assert control.status == 201, "the whole session does open it"

    on_a_till(story)


def test_cookie_that_reads_along_on_another_port_reads_nothing_here() -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        good = await signed_in(api.port)
        for path in ("/v1/status", "/v1/receipts", "/v1/events", "/v1/session"):
            assert (await call(api.port, "GET", path, headers={**good, "Session-Key": None})).status == 401
            foreign = {**good, "Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}
            assert (await call(api.port, "GET", path, headers=foreign)).status == 401

    on_a_till(story)


def test_private_network_preflight_is_given_nothing() -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        for origin in ("https://evil.test", "null", f"http://127.0.0.1:{api.port + 1}"):
            asked: Headers = {
                "Authorization": None,
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "session-key",
                "Access-Control-Request-Private-Network": "true",
                "Access-Control-Request-Local-Network": "true",
            }
            for path in ("/v1/session", "/v1/status", "/"):
                reply = await call(api.port, "OPTIONS", path, headers=asked)
                assert reply.status == 403
                assert not [name for name in reply.headers if name.startswith("access-control")]
        listed = {**asked, "Origin": ORIGIN}
        reply = await call(api.port, "OPTIONS", "/v1/status", headers=listed)
        assert "session-key" not in reply.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-private-network" not in reply.headers

    on_a_till(story)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        ({}, 422),
        ({"token": ""}, 422),
        ({"token": 5}, 422),
        ({"token": "x" * 257}, 422),
        ({"token": "x", "role": "manager"}, 422),
        ({"token": "x" * 43}, 401),
        ({"token": "é" * 43}, 401),
        (b" " * (64 * 1024) + b'{"token": "x"}', 413),
    ],
)
def test_wrong_sign_in_is_refused(body: Any, status: int) -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        reply = await call(api.port, "POST", "/v1/session", body, {"Authorization": None})
        assert (reply.status, reply.json["outcome"]) == (status, "none")
        assert "set-cookie" not in reply.headers

    on_a_till(story)


def test_pages_from_elsewhere_cannot_sign_anybody_in() -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        evil: list[Headers] = [{"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.test"}]
        for headers in evil:
            assert (await sign_in(api.port, TOKENS["manager"], **headers)).status in (403, 421)
        form: Headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await sign_in(api.port, TOKENS["manager"], **form)).status == 415

    on_a_till(story)


def test_guessing_is_slowed_down_and_the_till_goes_on() -> None:
    async def main() -> None:
        time = Time()
        api = Api(config(), CLIENTS, MemoryBackend(), version="1", limits=Limits(linger=0.05), monotonic=time)
        await api.start()
        try:
            for _ in range(FREE_TRIES + 1):
                assert (await sign_in(api.port, "wrong" * 9)).status == 401
            blocked = await sign_in(api.port, TOKENS["manager"])
            assert (blocked.status, blocked.headers["retry-after"]) == (429, "2")
            assert (await call(api.port, "GET", "/v1/status")).status == 200, "whoever has a token is not kept waiting"
            time.now += 1.0
            assert (await sign_in(api.port, TOKENS["manager"])).status == 201
            assert (await sign_in(api.port, "wrong" * 9)).status == 401
            assert (await sign_in(api.port, TOKENS["manager"])).status == 201, "the count began anew"
        finally:
            await api.close()

    asyncio.run(main())


def test_guesses_wait_longer_and_longer_but_never_for_ever() -> None:
    time = Time()
    patience = Patience(time)
    waits = []
    for _ in range(FREE_TRIES + 9):
        patience.wrong()
        waits.append(patience.wait())
        time.now += patience.wait()
    assert waits == [0.0] * FREE_TRIES + [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert max(waits) == LONGEST_WAIT_S


def test_signing_out_ends_the_session_and_only_this_one() -> None:
    async def story(api: Api, _: MemoryBackend) -> None:
        first, second = await signed_in(api.port), await signed_in(api.port)
        reply = await call(api.port, "POST", "/v1/session/end", {"id": "x"}, first)
        assert reply.status == 200
        assert "Max-Age=0" in reply.headers["set-cookie"]
        assert (await call(api.port, "GET", "/v1/status", headers=first)).status == 401
        assert (await call(api.port, "GET", "/v1/status", headers=second)).status == 200

    on_a_till(story)


def test_session_ends_when_it_is_idle_and_in_any_case_after_a_week() -> None:
    time = Time()
    sessions = Sessions(time, 8321)

    def known(cookie: str, key: str) -> bool:
        return sessions.person([f"till_session_8321={cookie}"], [key]) == MANAGER

    idle, used = sessions.begin(MANAGER), sessions.begin(MANAGER)
    end = time.now + LIFE_S
    while time.now + IDLE_S / 2 < end:
        time.now += IDLE_S / 2
        assert known(used.cookie, used.key)
    assert not known(idle.cookie, idle.key)
    time.now = end
    assert not known(used.cookie, used.key)


def test_sessions_do_not_pile_up() -> None:
    time = Time()
    sessions = Sessions(time, 8321)
    begun = []
    for _ in range(AT_MOST + 1):
        time.now += 1
        begun.append(sessions.begin(MANAGER))
    alive = [sessions.person([f"till_session_8321={one.cookie}"], [one.key]) is not None for one in begun]
    assert alive == [False] + [True] * AT_MOST
    assert len({one.cookie for one in begun} | {one.key for one in begun}) == 2 * (AT_MOST + 1)


def test_slow_sign_in_does_not_hold_the_till_up() -> None:
    async def main() -> None:
        async with running(MemoryBackend(), limits=Limits(body=0.2, linger=0.05)) as api:
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
            head = (
                f"POST /v1/session HTTP/1.1\r\nHost: 127.0.0.1:{api.port}\r\nContent-Type: application/json\r\n"
                "Content-Length: 60\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + b'{"token": "')
            assert (await call(api.port, "GET", "/v1/status")).status == 200
            assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408")
            writer.close()
            await writer.wait_closed()

    asyncio.run(main())
