"""Signing in at the status page by name and PIN: equal answers, counted tries, written down, and never in the way."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.api.server import Api
from firmware_bridge.config import ROLES, Config
from firmware_bridge.console.pins import Pins, SlowDown
from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.page.routes import MOST_WAITING
from statemachines.vocabulary.people_events import Act, SignedIn, SignedOut, SignInRefused, SignInSlowed
from tests.firmware_bridge.api.wire import TOKENS, Reply, call, config, running
from tests.support.memory_backend import MemoryBackend

PIN, WRONG = "271828", "314159"
NAME = "pos-technician"


def wall() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The thread of each costly comparison; what it costs is left out."""
    done: list[str] = []

    def cheap(password: bytes, *, salt: bytes, n: int, r: int, p: int) -> bytes:
        done.append(threading.current_thread().name)
        return hashlib.blake2b(password + salt).digest()

    monkeypatch.setattr(hashlib, "scrypt", cheap)
    return done


@pytest.fixture
def place(tmp_path: Path, work: list[str]) -> Path:
    Pins(tmp_path / "pins", wall).set(NAME, "technician", PIN)
    work.clear()
    return tmp_path / "pins"


def settings(place: Path) -> Config:
    clients = [{"name": f"pos-{role}", "role": role, "token_file": f"/{role}"} for role in ROLES]
    return msgspec.structs.replace(config(clients=clients), console=ConsoleConfig(pins=str(place)))


async def enter(api: Api, name: str, pin: str) -> Reply:
    headers: dict[str, str | None] = {"Authorization": None, "Origin": f"http://127.0.0.1:{api.port}"}
    return await call(api.port, "POST", "/v1/session", {"name": name, "pin": pin}, headers)


def at_a_page(place: Path, story: Callable[[Api], Awaitable[None]]) -> list[Act]:
    """What was journalled while this went on."""

    async def main() -> list[Act]:
        backend = MemoryBackend()
        async with running(backend, settings(place)) as api:
            await story(api)
        return backend.acts

    return asyncio.run(main())


def test_a_person_signs_in_by_name_and_pin_with_their_own_role_and_is_written_down(
    place: Path, work: list[str]
) -> None:
    async def story(api: Api) -> None:
        reply = await enter(api, NAME, PIN)
        assert (reply.status, reply.json["name"], reply.json["role"]) == (201, NAME, "technician")
        headers: dict[str, str | None] = {
            "Authorization": None,
            "Cookie": reply.headers["set-cookie"].partition(";")[0],
            "Session-Key": reply.json["key"],
            "Origin": f"http://127.0.0.1:{api.port}",
        }
        opened = await call(api.port, "POST", "/v1/drawers/main/open", {"id": "o-1", "reason": "x"}, headers)
        assert opened.status == 201
        assert (await call(api.port, "POST", "/v1/cash", {"id": "c-1"}, headers)).status == 403, "no more than the role"
        assert (await call(api.port, "POST", "/v1/session/end", {"id": "e-1"}, headers)).status == 200

    came, went = at_a_page(place, story)
    assert isinstance(came, SignedIn)
    assert isinstance(went, SignedOut)
    assert (came.person, came.role, came.channel, came.means, came.told_by) == (
        NAME,
        "technician",
        "page",
        "pin",
        "till",
    )
    assert work == [name for name in work if name != threading.main_thread().name] != [], "beside the loop"


def test_a_wrong_pin_a_name_without_one_and_a_name_that_nobody_has_are_answered_alike(
    place: Path, work: list[str]
) -> None:
    replies: list[Reply] = []

    async def story(api: Api) -> None:
        names = (NAME, "pos-cashier", "nobody", "x" * 64, "*", "?1", "../pins")
        replies.extend([await enter(api, name, WRONG) for name in names])

    acts = at_a_page(place, story)
    told = {(reply.status, reply.body, tuple(sorted({**reply.headers, "date": ""}.items()))) for reply in replies}
    assert len(told) == 1, told
    assert (replies[0].status, replies[0].json["detail"]) == (401, "Name or PIN is wrong: nobody was signed in")
    assert len(work) == len(replies), "each cost the same work"
    assert [one.person for one in acts] == [NAME, "pos-cashier", "", "", "", "", ""]
    assert all(isinstance(one, SignInRefused) for one in acts)


def _guessed(place: Path, channel: str, tries: int = 6) -> None:
    """So many wrong tries of NAME, each as soon as it was taken, the last one just now."""
    now = wall() - 600_000
    for left in range(tries, 0, -1):
        at = now if left > 1 else wall()
        pins = Pins(place, lambda at=at: at)  # type: ignore[misc]  # the time of this round
        assert not pins.check(NAME, WRONG, channel)
        now += 60_000


def test_guesses_at_the_page_slow_that_person_there_alone_also_after_a_restart(place: Path, work: list[str]) -> None:
    _guessed(place, "page")

    async def story(api: Api) -> None:
        Pins(place, wall).set("pos-cashier", "cashier", "4826")
        work.clear()
        for _ in range(8):
            slowed = await enter(api, NAME, PIN)
            assert (slowed.status, slowed.json["outcome"]) == (429, "none")
            assert 1 <= int(slowed.headers["retry-after"]) <= 16
        assert work == [], "not even compared"
        assert (await enter(api, "pos-cashier", "4826")).status == 201, "it stops nobody else"
        assert Pins(place, wall).check(NAME, PIN, "serial"), "nor this person elsewhere"
        assert (await enter(api, NAME, PIN)).status == 429, "and getting in there has cleared nothing here"

    acts = at_a_page(place, story)
    slowed = [one for one in acts if isinstance(one, SignInSlowed)]
    assert [one.times for one in slowed] == [1, 1, 2, 4, 1]
    assert {one.person for one in slowed} == {NAME}


def test_guesses_at_the_console_do_not_keep_anybody_out_at_the_page(place: Path) -> None:
    _guessed(place, "serial")
    with pytest.raises(SlowDown):
        Pins(place, wall).check(NAME, PIN, "serial")

    async def story(api: Api) -> None:
        assert (await enter(api, NAME, PIN)).status == 201

    at_a_page(place, story)


def test_while_somebody_guesses_the_till_answers_and_only_a_few_guesses_wait(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on, at_once = threading.Semaphore(0), threading.Event(), [0, 0]

    def slow(password: bytes, *, salt: bytes, n: int, r: int, p: int) -> bytes:
        at_once[0] += 1
        at_once[1] = max(at_once)
        inside.release()
        go_on.wait(30)
        at_once[0] -= 1
        return b"no"

    monkeypatch.setattr(hashlib, "scrypt", slow)

    async def story(api: Api) -> None:
        guesses = [asyncio.create_task(enter(api, f"name-{number}", WRONG)) for number in range(MOST_WAITING + 4)]
        await asyncio.to_thread(inside.acquire)
        busy = [await next(asyncio.as_completed(guesses)) for _ in range(1)]
        assert [(one.status, one.json["type"].rpartition(":")[2]) for one in busy] == [(429, "too-much")]
        assert (await call(api.port, "GET", "/v1/status", role="cashier")).status == 200
        sold = await call(api.port, "POST", "/v1/drawers/main/open", {"id": "o-1", "reason": "x"}, role="manager")
        assert sold.status == 201, "while one is being compared"
        go_on.set()
        replies = await asyncio.gather(*guesses)
        assert sorted(one.status for one in replies) == [401] * (MOST_WAITING + 1) + [429] * 3

    at_a_page(place, story)
    assert at_once[1] == 1, "one at a time"


def test_pins_that_cannot_be_read_are_said_and_a_token_still_lets_in(place: Path) -> None:
    place.write_text("{", "utf-8")

    async def story(api: Api) -> None:
        refused = await enter(api, NAME, PIN)
        assert (refused.status, refused.json["type"].rpartition(":")[2]) == (503, "no-pins")
        assert "sign in with a token" in refused.json["detail"]
        headers: dict[str, str | None] = {"Authorization": None, "Origin": f"http://127.0.0.1:{api.port}"}
        body = {"token": TOKENS["manager"]}
        assert (await call(api.port, "POST", "/v1/session", body, headers)).status == 201

    (came,) = at_a_page(place, story)
    assert isinstance(came, SignedIn)
    assert (came.person, came.means) == ("pos-manager", "token")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": NAME},
        {"pin": PIN},
        {"name": NAME, "pin": PIN, "token": "x"},
        {"name": NAME, "token": "x"},
        {"name": "", "pin": PIN},
        {"name": NAME, "pin": 271828},
    ],
)
def test_half_a_way_and_two_ways_at_once_are_no_way(place: Path, body: dict[str, Any]) -> None:
    async def story(api: Api) -> None:
        headers: dict[str, str | None] = {"Authorization": None, "Origin": f"http://127.0.0.1:{api.port}"}
        refused = await call(api.port, "POST", "/v1/session", body, headers)
        assert refused.status == 422
        assert PIN not in refused.body.decode()

    assert at_a_page(place, story) == []


def test_a_wrong_token_and_a_token_are_written_down_without_it(place: Path) -> None:
    async def story(api: Api) -> None:
        headers: dict[str, str | None] = {"Authorization": None, "Origin": f"http://127.0.0.1:{api.port}"}
        for number in range(7):
            await call(api.port, "POST", "/v1/session", {"token": f"wrong-token-{number}"}, headers)

    acts = at_a_page(place, story)
    assert [type(one).__name__ for one in acts] == ["SignInRefused"] * 6 + ["SignInSlowed"]
    assert "wrong-token" not in str(acts)
