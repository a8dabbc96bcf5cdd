"""Random offline times: whatever is made, cut, restarted or silent on the way, all is delivered once and in order."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from drivers.errors import DeviceError
from firmware_bridge.vendors.checkbox.fiscaliser import CheckboxFiscaliser
from firmware_bridge.vendors.checkbox.forms import Profile
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.offline_events import RegisterSeen
from tests.firmware_bridge.vendors.checkbox.offline_till import Till, wrongs
from tests.firmware_bridge.vendors.checkbox.virtual import Cut, World, move, opening, report, run, sale

CUTS: tuple[Cut, ...] = ("before", "on its way", "after")
NOTHING: tuple[Cut, ...] = ("",)


class Life:
    """One till with one register, told by a seed. `trouble`: lines are cut and processes end."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World(profile).opened()
        self.till = Till(self.register, self.world.time)
        self.number = 100
        self.shift = 1
        self.trouble = False

    def register(self) -> CheckboxFiscaliser:
        """Now and then another process; now and then the line is cut at one of the next requests."""
        world = self.world
        if self.trouble and self.rng.random() < 0.15:
            client = world.new_client(world.credentials)
            world.fiscaliser = CheckboxFiscaliser(client, world.forms, world.time, world.time.sleep)
        if self.trouble and self.rng.random() < 0.3:
            world.line.cuts = [*NOTHING * self.rng.randrange(4), self.rng.choice(CUTS)]
        return world.fiscaliser

    def orders(self) -> list[Fiscalise]:
        self.number += 1
        kind = self.rng.random()
        if kind < 0.7:
            return [sale(self.rng.randint(1, 9) * 100, self.number)]
        if kind < 0.85:
            return [move(self.rng.randint(1, 9) * 100, self.number)]
        closing = report("shift_report", self.number, self.shift)
        self.number += 1
        self.shift = self.number
        return [closing, opening(self.number)]

    async def away(self) -> None:
        self.till.begins()
        for _ in range(self.rng.randint(1, 5)):
            for order in self.orders():
                await self.world.time.sleep(self.rng.randint(1, 90))
                self.till.stamps(order)
        await self.world.time.sleep(self.rng.randint(0, 60))

    async def between(self) -> None:
        """On line: a sale, and sometimes the tax service goes silent, so that Checkbox spends codes by itself."""
        if self.rng.random() < 0.5:
            self.world.fault("tax-service-down", count=self.rng.randint(1, 3))
        self.number += 1
        with suppress(DeviceError):  # a late answer is as good as a lost one here
            await self.world.fiscaliser.fiscalise(sale(100, self.number))
        await self.world.time.sleep(self.rng.randint(1, 30))

    async def live(self) -> None:
        for _ in range(3):
            self.world.line.cuts, self.trouble = [], False
            await self.on_line()
            await self.till.refill(30)
            await self.between()
            seen = await self.world.fiscaliser.look()
            assert isinstance(seen, RegisterSeen)
            self.till.last_at = max(self.till.last_at, seen.last_at, seen.server_at + 1000)
            await self.away()
            self.trouble = True
            assert await self.till.drains(), self.till.told
            assert wrongs(self.world.books(), self.till) == []
            self.till.queue.clear()

    async def on_line(self) -> None:
        for _ in range(60):
            seen = await self.world.fiscaliser.look()
            if isinstance(seen, RegisterSeen) and not seen.offline:
                return
            await self.world.time.sleep(15)
        raise AssertionError("the register stays off line")


@pytest.mark.parametrize("profile", ["current", "seed"])
@pytest.mark.parametrize("seed", range(20))
def test_a_random_life_is_delivered_once_and_in_order(seed: int, profile: Profile) -> None:
    life = Life(profile, seed)
    run(life.live())
    books = life.world.books()
    assert books["jam"] == ""
    assert len(books["offline_sessions"]) >= 3
