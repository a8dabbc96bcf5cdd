"""Each fault does what its row says, by number of times and by command, and is seen in the books."""

from __future__ import annotations

import pytest

from firmware_bridge.vendors.smartone.sandbox.faults import FAULTS, KNOWN_FAULTS
from tests.firmware_bridge.vendors.smartone.sandbox_desk import Desk


def test_a_lost_answer_is_carried_out() -> None:
    desk = Desk("ecr").opened()
    desk.fault("lost-answer", count=1, path="/sale")
    assert desk.call("sale", desk.sale()).reply.dropped
    assert len(desk.books()["documents"]) == 1
    assert desk.ok("check_status", {"documentExtID": "ext-1"})["docStatus"] == 1


@pytest.mark.parametrize("name", ["down", "not-reached"])
def test_what_is_not_reached_does_nothing(name: str) -> None:
    desk = Desk("ecr").opened()
    desk.fault(name, count=1)
    assert desk.call("sale", desk.sale()).reply.dropped
    assert desk.books()["documents"] == []


def test_a_slow_answer_is_late_and_a_slow_card_only_with_a_card() -> None:
    desk = Desk("ecr").opened()
    desk.fault("slow-card", delay_s=30)
    assert desk.call("sale", desk.sale(n=1)).reply.delay_s == 0
    assert desk.call("sale", desk.sale(n=2, card=1000)).reply.delay_s == 30
    desk.fault("slow", delay_s=3)
    assert desk.call("check_shift").reply.delay_s == 3


@pytest.mark.parametrize(("profile", "field"), [("core", "printStatus"), ("ecr", "printError")])
def test_a_printer_that_fails_leaves_the_document(profile: str, field: str) -> None:
    desk = Desk("core" if profile == "core" else "ecr").opened()
    desk.fault("printer-failed", count=1)
    assert desk.ok("sale", desk.sale())[field] != 0
    (document,) = desk.books()["documents"]
    assert document["prints"] == 0
    again = "print" if profile == "core" else "check_copy"
    assert desk.ok(again)[field] == 0


def test_a_preview_needs_no_printer() -> None:
    desk = Desk("core").opened()
    desk.fault("printer-failed")
    assert desk.ok("sale", desk.sale(genPreview=True))["printData"]


def test_blocked_does_nothing_and_says_internal_error() -> None:
    desk = Desk("ecr").opened()
    desk.fault("blocked", count=2)
    assert [desk.call("sale", desk.sale()).code for _ in range(3)] == [5, 5, 0]


def test_an_aged_shift_shows_in_its_limit_and_in_22() -> None:
    core, ecr = Desk("core").opened(), Desk("ecr").opened()
    for desk in (core, ecr):
        desk.fault("aged-shift")
    assert core.ok("check_shift")["shift_exceeds_at"] == "2026-03-02 09:59:00"
    assert ecr.call("sale", ecr.sale()).code == 22
    assert ecr.call("close_shift", {"employeeName": "A"}).code == 0


def test_a_declined_card_is_not_charged_and_cash_is_not_asked() -> None:
    desk = Desk("ecr").opened()
    desk.fault("declined", count=1)
    desk.ok("sale", desk.sale(n=1))
    assert desk.call("sale", desk.sale(n=2, card=1000)).code == 8
    books = desk.books()
    assert (len(books["documents"]), books["charges"]) == (1, [])


def test_every_fault_is_known_by_name_and_no_other() -> None:
    desk = Desk("core", faults=tuple(f"{name}:1" for name in KNOWN_FAULTS))
    assert {one["name"] for one in desk.books()["faults"]} == FAULTS.keys()
    assert desk.raw("POST", "/_fault", b'{"name": "fire"}').status == 400
    assert desk.control("DELETE", "/_fault")["set"] == []
    with pytest.raises(ValueError, match="fire"):
        Desk(faults=("fire",))


def test_the_control_refuses_what_is_none() -> None:
    desk = Desk()
    assert desk.raw("POST", "/_orders", b'{"open": -1}').status == 400
    assert desk.raw("GET", "/_nothing").status == 404
    assert desk.control("POST", "/_clock", {"advance_s": 60}) == {"now": "2026-03-02 10:01:00"}
