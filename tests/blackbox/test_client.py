"""The client against a real till that is killed, and over a line that cuts, delays, doubles and stays half open.

Who reads the paper afterwards (tests.blackbox.kills) believes neither the till nor the client.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.client import errors
from firmware_bridge.client.asking import Patience
from firmware_bridge.client.line import Tcp, TokenText
from firmware_bridge.client.stream import Silence
from firmware_bridge.client.till import Till
from firmware_bridge.rehearsal import Cashier, TillProcess, write_config
from firmware_bridge.simulation import Bench
from tests.blackbox.kills import ARTICLES, SPEED, Counter24, Wish, judge, table
from tests.support.bad_proxy import BadProxy, Fault
from tests.support.processes import Desk, until

#: Nobody waits longer on the loopback; half-open connections are given up in two seconds.
BRISK = Patience(command_s=60, question_s=30, wait_s=1, answer_s=1, first_pause_s=0.02, longest_pause_s=0.2)
KILLS = 3
EVERY_FAULT: tuple[tuple[Fault, int], ...] = (
    ("cut_down", 0),
    ("cut_down", 80),
    ("cut_up", 200),
    ("half_open", 0),
    ("double", 0),
    ("delay", 0),
    ("garbage", 0),
    ("refuse", 0),
)


@dataclass(slots=True)
class Bad:
    """A bad line to the till, on a loop and a thread of its own."""

    proxy: BadProxy
    loop: asyncio.AbstractEventLoop

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.proxy.listening}"


@contextmanager
def bad_line() -> Iterator[Bad]:
    """It leads nowhere before `proxy.port` is set."""
    loop = asyncio.new_event_loop()
    proxy = BadProxy(0, random.Random(), calm=0.4, cut_within=600)
    loop.run_until_complete(proxy.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Bad(proxy, loop)
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(slots=True)
class Shop:
    """A desk, who wishes there, and a bad line to its till."""

    counter: Counter24
    bad: Bad

    @property
    def place(self) -> Desk:
        return self.counter.place

    def client(self, address: Callable[[], str], patience: Patience = BRISK) -> Till:
        return Till(lambda: Tcp.of(address()), TokenText(self.place.at.token), patience)

    def restart(self) -> None:
        self.place.till.kill()
        self.counter.kills += 1
        self.place.till.start()
        self.bad.proxy.port = Tcp.of(self.place.till.address).port

    def meet(self, *faults: tuple[Fault, int]) -> None:
        """The next connections over the bad line have these."""
        calm: tuple[Fault, int] = ("none", 0)
        self.bad.proxy.script = [calm] * self.connections + list(faults)

    @property
    def connections(self) -> int:
        """Over the bad line, so far."""
        return sum(self.bad.proxy.done.values())

    def served(self) -> None:
        """The next customer comes when the drawer is shut."""
        until(lambda: not self.place.bench.do("drawer")["open"], "the drawer to be pushed shut")

    def found(self) -> tuple[str, ...]:
        findings = judge(self.place, self.counter.wishes)
        sys.stdout.write("\n".join([table(findings.outcomes), *findings.sins, ""]))
        return findings.sins


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    """A till in a process of its own, its shift open, which can be reached over the bad line, too."""
    with bad_line() as bad:
        at = write_config(folder)
        listen = 'listen = "127.0.0.1:0"\n'
        more = f'allowed_hosts = ["{bad.address}"]\nsocket = {json.dumps(str(folder / "sock"))}\n'
        peers = f'\n[api.unix]\nmanager = "user:{os.getuid()}"\n'
        at.config.write_text(at.config.read_text("utf-8").replace(listen, listen + more) + peers, "utf-8")
        with Bench(at.pty, SPEED) as bench, TillProcess(at) as till:
            place = Desk(at, bench, till, Cashier(till, at.token))
            place.open_shift()
            bad.proxy.port = Tcp.of(till.address).port
            yield Shop(Counter24(place, random.Random(at.token)), bad)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """For the tests that leave the till alive; who reads the paper reads all of it, so the careless one comes last."""
    with opened(tmp_path_factory.mktemp("shop")) as found:
        yield found


@pytest.fixture
def shop(one: Shop, seed: int) -> Shop:
    """What is drawn at random, from here on."""
    one.counter.chance.seed(seed)
    one.bad.proxy.chance.seed(seed)
    return one


def sell(shop: Shop, till: Till, wish: Wish) -> None:
    """As a careful till program does: one id, the client, and a look at the paper when a person is asked for."""
    while not wish.end:
        try:
            document = till.sell(wish.body)
        except errors.Declined:
            wish.end = "refused"
        except errors.StillAtWork as error:
            if error.person_needed:
                look(shop, till, wish)
        except errors.NotNow:
            ready(till)  # one that was killed finds its printer again after a while
        else:
            wish.end = "sold"
            if document.state == "paper_missing":
                ready(till)
                till.copy(document.id, {"reason": "there is no receipt"})


def ready(till: Till) -> None:
    until(lambda: till.status().printer.state == "ready", "the printer to be ready")


def look(shop: Shop, till: Till, wish: Wish) -> None:
    until(lambda: not shop.place.bench.do("status")["busy"], "the printer to come to rest")
    found = {paper.number: paper for paper in shop.place.papers(ARTICLES).values()}.get(wish.article)
    seen = "printed" if found is not None and found.originals + found.copies else "not_printed"
    with suppress(errors.NotNow):  # it has found out by itself meanwhile
        till.resolve(wish.body["id"], {"verdict": seen, "evidence": "looked at the printer"})


def test_a_till_that_is_killed_at_random_moments_sells_everything_exactly_once(tmp_path: Path, seed: int) -> None:
    with opened(tmp_path) as shop:
        till, chance = shop.client(lambda: shop.place.till.address), random.Random(seed)
        for number in range(KILLS):
            wish = shop.counter.wish(f"kill {number + 1}")
            asking = threading.Thread(target=sell, args=(shop, till, wish))
            asking.start()
            asking.join(chance.choice((0.0, 0.02, 0.1, 0.3)) + chance.uniform(0, 0.1))
            shop.restart()
            asking.join()
            shop.served()
        assert shop.found() == ()
        told = [sold.id for sold in till.all_receipts(2) if sold.kind == "sale"]
        assert sorted(told) == sorted(wish.body["id"] for wish in shop.counter.wishes if wish.end)


def test_a_bad_line_sells_everything_exactly_once_and_tells_every_event_once(shop: Shop) -> None:
    shop.meet(*EVERY_FAULT)
    till = shop.client(lambda: shop.bad.address)
    while shop.connections < len(EVERY_FAULT) + 8:
        sell(shop, till, shop.counter.wish("bad line"))
        shop.served()
    assert shop.found() == ()
    assert all(shop.bad.proxy.done[fault] for fault, _ in EVERY_FAULT)

    last = shop.place.head()[0]
    with till.events(0, Silence(gone_s=0.5, wait_s=20)) as events:
        numbers = []
        while events.last < last:
            numbers.append(next(events).seq)
    assert numbers == [event["seq"] for event in shop.place.events()][: len(numbers)]


def test_over_the_unix_socket_the_kernel_says_who_asks(shop: Shop) -> None:
    local = Till.at_socket(str(shop.place.at.folder / "sock"))
    assert local.whoami().role == ("technician" if os.getuid() == 0 else "manager")
    assert local.status().journal.hash
    with local.events() as events, shop.client(lambda: shop.place.till.address).events() as others:
        assert next(events) == next(others)
    with pytest.raises(errors.TillAway, match="nosock"):
        Till.at_socket(str(shop.place.at.folder / "nosock"), Patience(away_s=0)).sell(shop.counter.wish().body)
    shop.counter.wishes.pop()


def test_everything_that_a_till_answers_is_understood(shop: Shop) -> None:
    till = shop.client(lambda: shop.place.till.address)
    assert (till.whoami().role, till.alive().status) == ("manager", "alive")
    assert (till.outbox().books, till.orders(), till.shift().state) == ([], [], "open")
    assert till.open_drawer("main", {"reason": "change"}).confirmed == "sensed"
    shop.served()
    moved = till.move_cash({"type": "cash_pull", "amount": 100, "reason": "bank"})
    assert (moved.direction, moved.amount) == ("out", 100)
    slip = till.print_slip({"kind": "notice", "lines": [{"text": "closed on Sunday"}]})
    assert "closed on Sunday" in till.receipt_text(slip.id)
    assert till.receipt_image(slip.id).startswith(b"\x89PNG")
    assert till.x_report().kind == "x_report"
    assert {one.id for one in till.devices()} >= {"main"}
    shop.served()
    count = till.start_count({"reason": "intra_day_balance", "drawer": "main"})
    till.record_count(count.id, {"counted": 1})
    till.recount(count.id)
    assert till.record_count(count.id, {"counted": 2}).counted == till.count(count.id).counted == 2
    with pytest.raises(errors.NotNow) as told:
        till.move_cash({"type": "cash_pull", "amount": 100, "reason": "bank"})
    assert (told.value.type, told.value.outcome) == ("count-open", "none")
    assert till.submit_count(count.id).state == "submitted"
    assert (
        till.cancel_count(till.start_count({"reason": "intra_day_balance"}).id, {"reason": "no"}).state == "cancelled"
    )
    assert [one.id for one in till.drawers()] == [till.drawer("main").id]
    with pytest.raises(errors.NotThere, match="no receipt nobody"):
        till.receipt("nobody")
    for refused in (
        lambda: till.activate_drawer("main", {"float_amount": 0}),
        lambda: till.deactivate_drawer("main"),
        lambda: till.call_off_closing({"reason": "x"}),
        lambda: till.retry(slip.id),
        lambda: till.resolve(slip.id, {"verdict": "printed", "evidence": "seen"}),
        lambda: till.retry_outbox("newstore"),
        lambda: till.park_outbox("newstore", {"seq": 1}),
        lambda: till.drop_outbox("newstore", {"seq": 1}),
        lambda: till.confirm_order("nobody"),
        lambda: till.refuse_order("nobody", {"reason": "x"}),
        lambda: till.accept_device("main", {"serial": "1"}),
        lambda: till.unjam({"verdict": "give_up", "evidence": "x"}),
        lambda: till.open_shift({}),
    ):
        with pytest.raises(errors.Refused) as no:
            refused()
        assert no.value.outcome == "none", no.value


def test_a_program_that_makes_a_new_id_after_a_lost_answer_is_caught_by_the_same_check(shop: Shop) -> None:
    shop.meet(*EVERY_FAULT[:2], ("none", 0))
    till = shop.client(lambda: shop.bad.address, Patience(command_s=0, answer_s=10))
    wish = shop.counter.wish("careless")
    tries = 0
    while not wish.end:
        tries += 1
        shop.place.printer_is("ready")
        shop.served()
        try:
            till.sell({**wish.body, "id": f"{wish.body['id']}-{tries}"}, within=20 if tries > 2 else 0)
        except errors.Doubtful:
            until(lambda: not shop.place.status()["unfinished"], "the till to be done with it")
        else:
            wish.end = "sold"
    assert any("unmarked originals" in sin for sin in shop.found())
