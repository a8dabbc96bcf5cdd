"""A till with NewStore as its cash book, in real processes: what is sold is delivered, whatever is down or killed."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.gateway.commands import inbox_path
from firmware_bridge.journal.verify import verify
from firmware_bridge.rehearsal import Cashier, NewStore, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from firmware_bridge.uplink.inbox import CommandInbox
from firmware_bridge.uplink.link import Delivered
from tests.support.processes import QUICK, SCRIPT, Desk, Ended, card, command, desk, line, sale, until

TENDER = 1000  # kopecks of a sale; the sandbox tells major units


@dataclass(slots=True)
class Store:
    """A cash desk and its cash book at the vendor's."""

    place: Desk
    vendor: SandboxProcess

    def sell(self, count: int = 1) -> list[str]:
        """Sales in cash; their numbers. Raises AssertionError when one is not made."""
        return [self.place.post("/v1/sales", sale(self.place.new_id("sale")))["number"] for _ in range(count)]

    def book(self) -> dict[str, Any]:
        """The till's own word."""
        (found,) = self.place.status()["books"]
        assert isinstance(found, dict)
        return found

    def delivered(self) -> None:
        """Wait until the till has written down all that was seen, and the book has all of it."""
        self.place.drawer_shut()
        self.place.at_rest()
        until(lambda: self.book()["behind"] == 0 and self.book()["state"] == "idle", "everything to be delivered")

    def outbox(self, part: str, *words: object) -> Ended:
        return command("outbox", part, "--config", self.place.at.config, *map(str, words))

    def waiting(self) -> list[Delivered]:
        """Commands that the till has not let go of."""
        return CommandInbox(inbox_path(self.place.at.journal)).receive("1", 0)

    def facts(self, part: str, *words: object) -> list[Any]:
        done = self.outbox(part, *words, "--json")
        assert (done.code, done.err) == (0, ""), done
        return [json.loads(line) for line in done.out.splitlines()]

    def completed(self) -> Counter[str]:
        """By the vendor's books alone: order -> how many transactions of it are completed."""
        transactions = self.vendor.books()["transactions"]
        assert all(one["amount_in"] == TENDER / 100 for one in transactions)
        return Counter(one["order_id"] for one in transactions if one["status"] == "completed")


@contextmanager
def store(folder: Path, *, spoil: str = "", fault: str = "") -> Iterator[Store]:
    """A desk with its book, its shift open; `spoil` is written over the till's client secret."""
    with SandboxProcess("newstore", "--currency", "UAH", "--drawer", "main:1000") as vendor:
        at = write_config(folder, None, NewStore.of(vendor.ready, folder, drawer="main"))
        if spoil:
            (folder / "newstore.client_secret").write_text(spoil, "utf-8")
        with Bench(at.pty, QUICK) as bench, TillProcess(at, fault) as till:
            found = Store(Desk(at, bench, till, Cashier(till, at.token)), vendor)
            found.place.open_shift()
            yield found


# --- delivering ---


def test_a_sale_is_in_the_vendors_book_and_the_outbox_owes_nothing(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        numbers = shop.sell(3)
        shop.place.post("/v1/sales", sale("by-card", payments=[card(1000)]))
        shop.delivered()
        assert shop.completed() == dict.fromkeys(numbers, 1)
        (found,) = shop.facts("status")
        assert found["uplink"] == found["head"]
        assert [(book["book"], book["behind"], book["lags"]) for book in found["books"]] == [("newstore", 0, 0)]
        assert shop.facts("parked") == []
        shop.place.till.stop()  # and read beside a till that does not run
        assert shop.facts("status")[0]["books"][0]["behind"] == 0
        shop.place.till.start()


def test_while_the_vendor_is_down_selling_goes_on_and_whoever_counts_is_told(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        first = shop.sell()
        shop.delivered()
        shop.vendor.fault("down")
        begun = time.monotonic()
        numbers = shop.sell(5)
        assert time.monotonic() - begun < 5.0
        until(lambda: shop.book()["lags"] == 5 and shop.book()["state"] == "waiting", "the book to lag")
        assert shop.book()["reason"]
        assert shop.facts("status")[0]["books"][0]["lags"] == 5
        assert shop.place.status()["can_sell"] is True
        shop.place.drawer_shut()
        count = {"id": "count", "reason": "intra_day_balance", "drawer": "main"}
        assert shop.place.post("/v1/counts", count)["books"] == [{"book": "newstore", "lags": 5}]
        assert shop.place.post("/v1/counts/count/cancel", {"id": "no", "reason": "the book lags"})
        shop.vendor.fault("down", count=0)
        assert shop.outbox("retry").code == 0  # a person does not wait for the next attempt
        shop.delivered()
        assert shop.completed() == dict.fromkeys([*first, *numbers], 1)
        assert "books" not in shop.place.get("/v1/counts/count")


def test_a_till_whose_account_is_wrong_starts_and_sells_and_says_what_to_do(tmp_path: Path) -> None:
    with store(tmp_path, spoil="x" * 32) as shop:
        numbers = shop.sell(2)
        until(lambda: shop.book()["state"] == "held", "the book to be held")
        assert "book.newstore" in shop.book()["reason"]
        (tmp_path / "newstore.client_secret").write_text(shop.vendor.ready["client_secret"], "utf-8")
        shop.place.till.stop()
        shop.place.till.start()
        shop.delivered()
        assert shop.completed() == dict.fromkeys(numbers, 1)
        assert "x" * 32 not in (tmp_path / "till.log").read_text("utf-8")


def test_a_till_whose_books_secret_cannot_be_read_starts_and_sells(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        first = shop.sell()
        shop.delivered()
        shop.place.till.stop()
        secret = (tmp_path / "newstore.client_secret").rename(tmp_path / "put.away")
        shop.place.till.start()
        shop.place.printer_is("ready")
        numbers = shop.sell()
        assert (shop.book()["state"], shop.book()["lags"]) == ("held", 1)
        assert "newstore.client_secret" in shop.book()["reason"]
        refused = shop.place.call("POST", "/v1/outbox/newstore/retry", {"id": "r1"})
        assert refused.status == 409
        assert "nothing was changed" in refused.json["detail"]
        shop.place.till.stop()
        secret.rename(tmp_path / "newstore.client_secret")
        shop.place.till.start()
        shop.delivered()
        assert shop.completed() == dict.fromkeys([*first, *numbers], 1)


def test_a_till_stops_within_seconds_while_its_vendor_is_silent(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        shop.sell()
        shop.delivered()
        shop.vendor.fault("slow", delay_s=60)
        numbers = shop.sell()
        until(lambda: shop.book()["state"] == "delivering", "a request to be under way")
        begun = time.monotonic()
        assert shop.place.till.stop() == 0
        assert time.monotonic() - begun < 8.0
        shop.vendor.fault("slow", count=0)
        shop.place.till.start()
        shop.delivered()
        assert shop.completed()[numbers[0]] == 1


# --- a person at the outbox ---


def poisoned(shop: Store) -> tuple[str, int]:
    """A sale that the book refuses; its number, and the number of the record."""
    shop.vendor.fault("refused", count=1, operation="start")
    (number,) = shop.sell()
    until(lambda: shop.book()["parked"] == 1, "the sale to be set aside")
    shop.place.drawer_shut()
    (book,) = shop.place.get("/v1/outbox")["books"]
    row = book["rows"][0]
    assert (row["state"], row["kind"]) == ("refused", "SaleCompleted")
    assert row["reason"]
    return number, row["seq"]


def test_a_refused_sale_is_set_aside_and_sent_again_when_a_person_says_so(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        refused, seq = poisoned(shop)
        after = shop.sell(2)
        until(lambda: len(shop.completed()) == 2, "those behind it to be delivered")
        assert refused not in shop.completed()
        assert [row["seq"] for row in shop.facts("parked") if row["state"] == "refused"] == [seq]
        assert shop.book()["lags"] == 1
        said = shop.facts("retry", "--seq", seq, "--by", "Іван")
        assert said[0]["book"] == "newstore"
        until(lambda: shop.book()["parked"] == 0, "the sale to be taken")
        shop.delivered()
        assert shop.completed() == dict.fromkeys([refused, *after], 1)
        until(lambda: not shop.waiting(), "the command to be let go of")
        assert "Іван" in (tmp_path / "till.log").read_text("utf-8")


def test_what_is_asked_for_while_the_till_is_down_is_done_at_its_start(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        refused, seq = poisoned(shop)
        shop.place.till.kill()
        assert shop.outbox("retry", "--seq", seq).code == 0
        assert len(shop.waiting()) == 1
        shop.place.till.start()
        until(lambda: shop.book()["parked"] == 0, "the sale to be taken")
        shop.delivered()
        assert shop.completed() == {refused: 1}


def test_over_http_a_record_is_retried_and_given_up(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        refused, seq = poisoned(shop)
        again = shop.place.post("/v1/outbox/newstore/retry", {"id": "r1", "seq": seq})
        assert (again["book"], str(seq) in again["done"]) == ("newstore", True)
        shop.delivered()
        assert shop.completed() == {refused: 1}
        late, seq = poisoned(shop)
        given_up = shop.place.post("/v1/outbox/newstore/drop", {"id": "d1", "seq": seq})
        assert "given up" in given_up["done"]
        second = shop.place.call("POST", "/v1/outbox/newstore/drop", {"id": "d1", "seq": seq})
        assert (second.status, second.json["outcome"]) == (409, "none")
        until(lambda: shop.book()["parked"] + shop.book()["held_behind"] == 0, "nothing to be set aside")
        assert late not in shop.completed()


def test_dropping_at_the_command_line_needs_yes(tmp_path: Path) -> None:
    with store(tmp_path) as shop:
        refused, seq = poisoned(shop)
        asked = shop.outbox("drop", "--seq", seq)
        assert asked.code == 2
        assert "--yes" in asked.err
        assert f"{seq}  " in asked.out
        assert shop.outbox("drop", "--seq", seq, "--yes").code == 0
        until(lambda: shop.book()["parked"] == 0, "the sale to be given up")
        shop.delivered()
        assert refused not in shop.completed()


# --- the plug ---


def told(
    shop: Store, chance: random.Random, kills: int, forget: Callable[[Path], None] = lambda _: None
) -> Counter[str]:
    """Sell and be killed; how often the book was told of each sale. `forget` is done to the journal at each restart."""
    numbers: list[str] = []
    for _ in range(kills):
        numbers += shop.sell(chance.randint(1, 2))
        if chance.random() < 0.4:
            shop.vendor.fault(chance.choice(["lost-answer", "down", "500", "token-expired"]), count=1)
        time.sleep(chance.uniform(0.0, 0.2))  # not to synchronise: the moment of the kill is drawn at random
        shop.place.till.kill()
        assert verify(shop.place.at.journal).ok
        forget(shop.place.at.journal)
        shop.place.till.start()
        shop.place.printer_is("ready")
    shop.delivered()
    found = shop.completed()
    return Counter({number: found[number] for number in numbers})


def test_a_till_that_is_killed_again_and_again_tells_its_book_of_every_sale_once(tmp_path: Path, seed: int) -> None:
    with store(tmp_path) as shop:
        assert set(told(shop, random.Random(seed), 4).values()) == {1}
        assert shop.book()["parked"] == 0


def test_control_a_till_that_forgets_what_it_has_delivered_is_caught(tmp_path: Path, seed: int) -> None:
    def forget(journal: Path) -> None:
        with closing(sqlite3.connect(journal)) as connection, connection:
            for table, name in (("cursors", "name"), ("refs", "vendor"), ("intents", "book")):
                connection.execute(f"DELETE FROM {table} WHERE {name} = 'newstore'")

    with store(tmp_path) as shop:
        assert set(told(shop, random.Random(seed), 2, forget).values()) != {1}


def test_control_a_till_that_passes_sales_over_is_caught(tmp_path: Path) -> None:
    with store(tmp_path, fault="drop-delivery") as shop:
        numbers = shop.sell(5)
        shop.delivered()
        assert shop.completed() == dict.fromkeys(numbers[:4], 1)


# --- the rest of the family ---


def test_a_till_without_a_book_says_so_and_loads_nothing_of_it(tmp_path: Path) -> None:
    with desk(tmp_path, shift=False) as place:
        assert place.status()["books"] == []
        assert not list(tmp_path.glob("*.inbox"))
    assert command("outbox", "status", "--config", tmp_path / "till.toml").code == 2


def test_simulate_plays_the_vendor_of_the_book_too(tmp_path: Path) -> None:
    real = NewStore(
        "https://acme.p.newstore.net", "https://acme.p.newstore.net/t", "x", tmp_path / "no", "s", "kasa", {}
    )
    rehearsal = write_config(tmp_path, None, real)
    words = [str(SCRIPT), "simulate", "--config", str(rehearsal.config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["newstore"].startswith("http://127.0.0.1:")
        till = TillProcess.__new__(TillProcess)
        till.address = ready["listen"]
        cashier = Cashier(till, rehearsal.token)
        until(lambda: cashier.get("/v1/status")["printer"]["state"] == "ready", "the printer")
        cashier.post("/v1/shifts", {"id": "shift", "float_amount": 20_000})
        cashier.post("/v1/sales", sale("one", line()))
        until(lambda: cashier.get("/v1/status")["books"][0]["behind"] == 0, "the sale to be delivered")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("path", ["/v1/outbox/bitrix24/retry", "/v1/outbox/..%2Fnewstore/retry"])
def test_a_book_that_the_till_does_not_keep_is_not_found(tmp_path: Path, path: str) -> None:
    with desk(tmp_path, shift=False) as place:
        assert place.call("POST", path, {"id": "r1"}).status == 404
