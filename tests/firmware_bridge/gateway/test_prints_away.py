"""A till is off for 36 hours while the portal keeps ordering: nothing is lost, doubled or given up early."""

from __future__ import annotations

import asyncio
import random
import uuid
from pathlib import Path

import pytest

from firmware_bridge.gateway.prints_command import decode
from firmware_bridge.gateway.prints_store import PrintStore, Taken, document_id
from firmware_bridge.gateway.prints_till import TOO_OLD
from tests.support.orders import DOMAIN, Shop24, shop

HOUR = 3600.0
ORDERS = 24
TROUBLES = ("duplicate-print", "lost-print-answer", "print-garbled", "print-unsent", "")


async def _day_and_a_half(here: Shop24, chance: random.Random) -> None:
    """An order every hour and a half, each with some trouble; the manager prints again what is shown as an error."""
    for _ in range(ORDERS):
        trouble = chance.choice(TROUBLES)
        if trouble:
            here.control("/_fault", {"name": trouble, "count": 1})
        await here.order(payments=[{"type": chance.choice(("cash", "cashless")), "sum": 21}])
        here.time.skip(HOUR * 3 / 4)
        for check in here.checks():
            if check["status"] == "E":
                here.control("/_reprint", {"check": check["id"]})
        await here.deliver()
        await here.agent()
        here.time.skip(HOUR * 3 / 4)


async def _all_told(here: Shop24) -> None:
    while not (turn := await here.pusher.turn()).held and turn.pause is not None:
        here.time.skip(turn.pause)
    for _ in range(ORDERS):
        await here.agent()


def test_a_till_that_was_off_for_36_hours_makes_each_ordered_document_once(tmp_path: Path, seed: int) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        begun = here.time.utc_ms()
        await _day_and_a_half(here, random.Random(seed))
        assert here.time.utc_ms() - begun >= 36 * HOUR * 1000
        # nobody was told anything else than to wait
        assert {one["status"] for one in here.checks()} == {"P"}
        wanted = {document_id(DOMAIN, number, 1) for number in range(1, ORDERS + 1)}
        assert {said["UUID"] for said in here.answers} == wanted
        async with here.open():
            await here.open_shift()
            await here.meet()
            await _all_told(here)
            assert {one["status"] for one in here.checks()} == {"Y"}
            assert {one["external"] for one in here.checks()} == wanted
            assert await here.requested() == dict.fromkeys(wanted, 1)
            assert {name: here.lane.papers[name] for name in wanted} == dict.fromkeys(wanted, 1)

    asyncio.run(story())


def test_what_is_older_than_it_may_be_is_refused_by_the_till_and_made_when_it_is_ordered_anew(
    tmp_path: Path, seed: int
) -> None:
    async def story() -> None:
        here = shop(tmp_path, config={"max_age_h": 12})
        await _day_and_a_half(here, random.Random(seed))
        async with here.open():
            await here.open_shift()
            await here.meet()
            await _all_told(here)
            late = [one for one in here.checks() if one["status"] == "E"]
            assert ORDERS - 9 <= len(late) <= ORDERS - 7  # twelve hours are eight orders
            assert {one["error"] for one in late} == {TOO_OLD}
            for check in late:
                here.control("/_reprint", {"check": check["id"]})
            await here.deliver()
            await here.meet()
            await _all_told(here)
            assert {one["status"] for one in here.checks()} == {"Y"}
            made = await here.requested()
            assert len(made) == ORDERS
            assert set(made.values()) == {1}
            assert all(here.lane.papers[name] == 1 for name in made)

    asyncio.run(story())


class Forgetful(PrintStore):
    """Broken: a document's id comes from chance, and not from what was ordered."""

    def find(self, domain: str, check_id: int, digest: bytes) -> Taken | int:
        return 1

    def take(
        self, domain: str, check_id: int, attempt: int, digest: bytes, uuid_: str, till: str, body: bytes, at: int
    ) -> Taken | None:
        name = decode(body).id
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO prints (id, domain, check_id, attempt, digest, uuid, till, body, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, domain, check_id, uuid.UUID(name).int % 2**31, digest, uuid_, till, body, at),
            )
        return Taken(name, till, body, handed=False)


def test_control_ids_by_chance_are_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.gateway.prints.document_id", lambda *_: str(uuid.uuid4()))

    async def story() -> None:
        here = shop(tmp_path, store=Forgetful)
        here.control("/_fault", {"name": "duplicate-print", "count": 1})
        await here.order()
        assert here.answers[0] != here.answers[1]
        async with here.open():
            await here.open_shift()
            await here.meet()
            made = await here.requested()
            assert len(made) == 2  # two papers for one check

    asyncio.run(story())
