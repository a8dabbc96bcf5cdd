"""A till whose book is kept by a gateway, in real processes: what is sold is delivered, whichever of them is killed."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.journal.verify import verify
from firmware_bridge.uplink.source import stretch
from tests.support.gateway_desk import Fleet, fleet
from tests.support.processes import command, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("fleet")) as found:
        yield found


def _whole(shop: Fleet) -> None:
    """All that was sold is in the vendor's book once, and the gateway holds the till's journal byte for byte."""
    shop.delivered()
    assert shop.completed() == dict.fromkeys(shop.sold, 1)
    ours, theirs = stretch(shop.place.at.journal).rows, stretch(shop.gateway.replica()).rows
    assert theirs == ours[: len(theirs)]
    assert verify(shop.gateway.replica()).ok


def test_what_is_sold_is_in_the_vendors_book_and_the_till_knows_that(shop: Fleet) -> None:
    shop.sell(2)
    _whole(shop)
    status = shop.outbox("status", "--json")
    assert status.code == 0, status
    tills = command("gateway", "tills", "--config", shop.gateway.config, "--json")
    assert json.loads(tills.out)["record"] == json.loads(status.out)["uplink"]
    (found,) = json.loads(status.out)["books"]
    assert (found["book"], found["behind"], found["lags"], found["parked"]) == ("newstore", 0, 0, 0)


def test_a_till_is_enrolled_and_then_it_and_the_gateway_are_killed_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path, enrolled=False) as shop:
        shop.sell(1)
        _enrol(shop, tmp_path)
        shop.place.till.kill()  # also because its patience with the link is a minute by now
        shop.place.till.start()
        shop.place.printer_is("ready")
        until(lambda: shop.book().get("behind") == 0, "the book to be there")
        shop.gateway.kill()
        until(lambda: shop.book()["state"] == "waiting", "the till to notice")
        assert shop.book()["reason"]
        shop.sell(1)
        assert shop.place.status()["can_sell"] is True
        shop.gateway.start()
        shop.sell(1)
        shop.gateway.kill()
        shop.sell(1)
        shop.gateway.start()
        _whole(shop)
        token = (tmp_path / "gateway.token").read_text("utf-8").strip()
        for log in ("till.log", "gateway.log"):
            assert token not in (tmp_path / log).read_text("utf-8")


def _enrol(shop: Fleet, folder: Path) -> None:
    """As a person does it, who mistypes the code at first."""
    until(lambda: "enrol" in (folder / "till.log").read_text("utf-8"), "the till to say what it lacks")
    assert shop.outbox("status").code == 0
    wrong = command("enrol", "1-0000000000", "--config", shop.place.at.config)
    assert (wrong.code, "refused" in wrong.err) == (1, True)
    done = command("enrol", shop.gateway.code(), "--config", shop.place.at.config)
    assert done.code == 0, done
    assert (folder / "gateway.token").stat().st_mode & 0o777 == 0o600


def test_what_the_vendor_refused_is_shown_at_the_till_and_sent_again_from_there(shop: Fleet) -> None:
    shop.delivered()
    shop.vendor.fault("refused", count=1, operation="start")
    shop.sell(1)
    until(lambda: shop.book()["parked"] == 1, "the till to hear of it")
    shop.place.drawer_shut()
    parked = shop.outbox("parked", "--json")
    (row,) = [one for one in map(json.loads, parked.out.splitlines()) if one["state"] == "refused"]
    assert row["reason"]
    until(lambda: "VendorParked" in json.dumps(shop.place.events()), "the till to have written it down")
    again = shop.place.post("/v1/outbox/newstore/retry", {"id": "r1", "seq": row["seq"]})
    assert str(row["seq"]) in again["done"]
    until(lambda: shop.book()["parked"] == 0, "the sale to be taken")
    refused = shop.place.call("POST", "/v1/outbox/newstore/retry", {"id": "r2", "seq": row["seq"]})
    assert (refused.status, "nothing was changed" in refused.json["detail"]) == (409, True)
    _whole(shop)


def test_a_book_that_is_down_shows_at_the_till_and_is_tried_again_by_its_command(shop: Fleet) -> None:
    shop.delivered()
    shop.vendor.fault("down")
    shop.sell(1)
    until(lambda: shop.book()["state"] == "waiting" and shop.book()["lags"] == 1, "the lane to wait")
    shop.vendor.fault("down", count=0)
    assert shop.outbox("retry").code == 0
    _whole(shop)


@pytest.mark.campaign
def test_many_kills_of_gateway_and_till_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    kills: Counter[str] = Counter()
    with fleet(tmp_path) as shop:
        for _ in range(int(os.environ.get("KILLS", "60"))):
            shop.sell(chance.randint(1, 2))
            if chance.random() < 0.3:
                shop.vendor.fault(chance.choice(["lost-answer", "down", "500", "token-expired"]), count=1)
            time.sleep(chance.uniform(0.0, 0.6))  # not to synchronise: the moment of the kill is drawn at random
            who = chance.choice(["gateway", "till", "both"])
            kills[who] += 1
            if who != "till":
                shop.gateway.kill()
            if who != "gateway":
                shop.place.till.kill()
                assert verify(shop.place.at.journal).ok
                shop.place.till.start()
                shop.place.printer_is("ready")
            if who != "till":
                assert verify(shop.gateway.replica()).ok
                shop.gateway.start()
        _whole(shop)
        assert shop.book()["parked"] == 0
        print(f"seed {seed}: kills {dict(kills)}, sales {len(shop.sold)}, lost 0, doubled 0")  # noqa: T201 - a campaign's figures
