"""Paper ends, covers open, cables are pulled, the power goes, over real HTTP: before a sale and in the middle of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Desk, Json, command, desk, line, sale, until

SLOW = ("--columns", "42", "--speed", "3", "--drawer-closes-after", "0.15")


def trouble(place: Desk, kind: str) -> None:
    """Before the sale: somebody takes the paper out or leaves the cover open."""
    if kind == "paper_end":
        place.bench.do("load_paper", lines=0)
    else:
        place.bench.do("open_cover")
    place.printer_is(kind)


def mend(place: Desk, kind: str) -> None:
    if kind == "paper_end":
        place.bench.do("load_paper", lines=None)
    else:
        place.bench.do("close_cover")
    place.printer_is("ready")


@pytest.mark.parametrize(
    ("kind", "advice"), [("paper_end", "no paper: load a new roll"), ("cover_open", "is open: close it")]
)
def test_a_printer_that_cannot_print_refuses_the_sale_with_advice(place: Desk, kind: str, advice: str) -> None:
    place.drawer_shut()
    trouble(place, kind)
    before = place.at_rest(), place.pieces(), place.pulses()
    body = sale(place.new_id("sale"))
    refused = place.post("/v1/sales", body, 409)
    assert (refused["type"], refused["outcome"]) == ("urn:firmware-bridge:problem:printer-not-ready", "none")
    assert advice in refused["detail"]
    status = place.status()
    assert (status["can_sell"], status["reasons"][0]["code"]) == (False, "printer-not-ready")
    assert status["printer"]["advice"] == refused["detail"]
    assert (place.head(), place.pieces(), place.pulses()) == before
    mend(place, kind)
    assert place.paper_of("sale", place.post("/v1/sales", body)["number"]) == (1, 0)


# --- in the middle of a sale ----------------------------------------------------------------------------------------


class Selling(threading.Thread):
    """A cashier who waits for the answer; status and answer when it has come."""

    def __init__(self, place: Desk, body: Json) -> None:
        super().__init__()
        self._place, self._body = place, body
        self.status = 0
        self.answer: dict[str, Any] = {}

    def run(self) -> None:
        self.status, self.answer = self._place.cashier.try_post("/v1/sales", self._body)


def long_sale(document_id: str) -> Json:
    return sale(document_id, *[line(f"Стаття {number}", 1000) for number in range(25)])


@contextmanager
def half_printed(place: Desk, body: Json, lines: int = 12) -> Iterator[Selling]:
    """In the block the first lines of the sale are on paper; after it the cashier has an answer."""
    before = place.bench.do("status")["lines"]
    selling = Selling(place, body)
    selling.start()
    try:
        until(lambda: place.bench.do("status")["lines"] >= before + lines, "the first lines")
        yield selling
    finally:
        selling.join()


def ask_until_sold(place: Desk, body: Json) -> Json:
    """The careful cashier: the same id until it is done."""
    until(lambda: place.cashier.try_post("/v1/sales", body, wait=2)[0] in (200, 201), "the sale to be done")
    answer: Json = place.get(f"/v1/receipts/{body['id']}")
    return answer


def assert_one_paper(place: Desk, answer: Json) -> None:
    """One unmarked original, or none and a marked copy."""
    originals, copies = place.paper_of("sale", answer["number"])
    assert originals <= 1
    assert originals + copies >= 1
    assert place.pulses() <= 1


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, *SLOW) as found:
        yield found
        assert command("journal", "verify", found.at.journal).code == 0


def test_paper_that_ends_in_the_middle_is_loaded_and_the_sale_goes_on(slow: Desk) -> None:
    slow.bench.do("load_paper", lines=15)
    body = long_sale("torn")
    with half_printed(slow, body) as selling:
        slow.printer_is("paper_end")
        assert slow.status()["unfinished"][0]["id"] == "torn"
        slow.bench.do("load_paper", lines=None)
    assert selling.status == 201
    assert (selling.answer["state"], selling.answer["paper"]["interrupted"]) == ("paper_out", True)
    assert_one_paper(slow, selling.answer)


def test_a_cover_opened_in_the_middle_is_closed_and_the_sale_goes_on(slow: Desk) -> None:
    body = long_sale("open")
    with half_printed(slow, body):
        slow.bench.do("open_cover")
        slow.printer_is("cover_open")
        slow.bench.do("close_cover")
    assert_one_paper(slow, ask_until_sold(slow, body))


def test_a_cable_pulled_in_the_middle_and_put_back_loses_and_doubles_nothing(slow: Desk) -> None:
    body = long_sale("pulled")
    with half_printed(slow, body):
        slow.bench.do("unplug")
        slow.printer_is("silent")
        assert slow.status()["can_sell"] is False
        slow.bench.do("plug")
    assert_one_paper(slow, ask_until_sold(slow, body))
    assert_next_sale_is_printed(slow)


def test_a_power_cut_of_a_usb_printer_in_the_middle_loses_and_doubles_nothing(slow: Desk) -> None:
    body = long_sale("dark")
    with half_printed(slow, body):
        slow.bench.do("power_off")
        slow.bench.do("unplug")  # its port goes with its power
        slow.printer_is("silent")
        slow.bench.do("power_on")
        slow.bench.do("plug")
    assert_one_paper(slow, ask_until_sold(slow, body))
    assert_next_sale_is_printed(slow)


@pytest.mark.campaign
@pytest.mark.parametrize("dark", [True, False], ids=["off for long", "off and on"])
def test_a_power_cut_of_a_serial_printer_in_the_middle_loses_and_doubles_nothing(slow: Desk, *, dark: bool) -> None:
    """A serial line tells nothing of it: the till has to miss the answers."""
    body = long_sale("dark")
    with half_printed(slow, body):
        slow.bench.do("power_off")
        if dark:
            slow.printer_is("silent")
        slow.bench.do("power_on")
    assert_one_paper(slow, ask_until_sold(slow, body))
    assert_next_sale_is_printed(slow)


def assert_next_sale_is_printed(place: Desk) -> None:
    place.printer_is("ready")
    assert place.paper_of("sale", place.post("/v1/sales", sale("next"))["number"]) == (1, 0)


def test_a_till_that_is_stopped_in_the_middle_says_accepted_and_never_that_nothing_happened(slow: Desk) -> None:
    body = long_sale("stopped")
    with half_printed(slow, body) as selling:
        assert slow.till.stop() == 0
    assert selling.status in (0, 202), selling.answer
    slow.till.start()
    assert_one_paper(slow, ask_until_sold(slow, body))


# --- when only a person can tell ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "state"),
    [pytest.param("printed", "paper_out", marks=pytest.mark.campaign), ("not_printed", "paper_missing")],
)
def test_a_doubt_that_no_device_can_settle_is_settled_by_a_person(tmp_path: Path, seen: str, state: str) -> None:
    with desk(tmp_path, *SLOW, "--personality", "barrier_only") as own:
        body = long_sale("doubt")
        with half_printed(own, body):
            own.till.kill()
        own.till.start()
        until(lambda: any(document["person_needed"] for document in own.status()["unfinished"]), "the question")
        view = own.post("/v1/sales", body, 202)
        assert (view["state"], view["person_needed"]) == ("print_doubt", True)
        assert len(view["doubts"]) == 1
        verdict = {"id": "look", "verdict": seen, "evidence": "looked at the printer"}
        assert own.post("/v1/receipts/doubt/resolve", verdict)["state"] == state
        assert own.post("/v1/receipts/doubt/resolve", {**verdict, "id": "again"}, 409)["type"].endswith(":no-doubt")
        assert own.post("/v1/sales", body, 200)["state"] == state
        told = [(alarm["code"], alarm["id"]) for alarm in own.status()["alarms"]]
        assert told == ([("paper-missing", "doubt")] if state == "paper_missing" else [])
        own.post("/v1/receipts/doubt/copy", {"id": "copy", "reason": "для покупця"})
        assert own.status()["alarms"] == []
        originals, copies = own.paper_of("sale", view["number"])
        assert originals <= 1
        assert copies == 1
