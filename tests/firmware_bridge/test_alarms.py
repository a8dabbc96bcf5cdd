"""What GET /v1/status tells a person to see to: each thing in a sentence, and nothing when all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_bridge.alarms import alarms
from statemachines.drawer import DrawerSettings
from statemachines.vocabulary.events import DrawerReady, DrawerSensed, DrawerSilent, PrinterReady, PrinterSilent
from statemachines.vocabulary.traits import NO_FISCALISER
from tests.support.rules import DRAWER, Bench, shop, shut

OWN = shop(drawers={DRAWER: DrawerSettings(through_printer=False)})


def test_all_is_well_says_nothing() -> None:
    bench = Bench()
    bench.run(shut())
    assert alarms(bench.rules.state, bench.rules.settings) == []


def test_a_drawer_on_its_own_port_is_told_of_until_it_is_back() -> None:
    bench = Bench(OWN)
    bench.run(DrawerSilent(DRAWER, "the cable is out"))
    (told,) = alarms(bench.rules.state, OWN)
    assert (told["code"], told["id"]) == ("drawer-not-connected", DRAWER)
    assert told["text"].startswith(f"Drawer {DRAWER} is not connected: the cable is out")
    bench.run(DrawerReady(DRAWER))
    assert alarms(bench.rules.state, OWN) == []


def test_a_drawer_on_the_printers_socket_goes_with_the_printer() -> None:
    for settings, codes in ((shop(), ["drawer-not-connected"]), (OWN, [])):
        bench = Bench(settings)
        bench.run(PrinterSilent("unplugged"))
        assert [told["code"] for told in alarms(bench.rules.state, settings)] == codes
        bench.run(PrinterReady())
        assert alarms(bench.rules.state, settings) == []


def test_a_forced_drawer_is_told_of_until_it_is_shut() -> None:
    bench = Bench()
    bench.run(shut())
    bench.run(DrawerSensed(DRAWER, open=True))
    assert [told["code"] for told in alarms(bench.rules.state, bench.rules.settings)] == ["drawer-forced"]
    bench.run(shut())
    assert alarms(bench.rules.state, bench.rules.settings) == []


def test_a_document_without_paper_is_told_of_with_the_way_to_a_copy() -> None:
    bench = Bench()
    bench.rules.state.paperless["s-1"] = ("sale", "000412")
    (told,) = alarms(bench.rules.state, bench.rules.settings)
    assert told == {
        "code": "paper-missing",
        "id": "s-1",
        "text": "Sale 000412 is lawful and has no paper: print a copy (POST /v1/receipts/s-1/copy).",
    }


@pytest.mark.parametrize(
    ("prints", "copies", "how"),
    [(True, False, "once more at the register"), (True, True, "print a copy"), (False, False, "print a copy")],
)
def test_what_a_register_alone_can_print_again_is_not_asked_of_the_till(
    *, prints: bool, copies: bool, how: str
) -> None:
    bench = Bench()
    bench.rules.state.paperless["s-1"] = ("sale", "000412")
    settings = replace(bench.rules.settings, traits=replace(NO_FISCALISER, registers=True, prints=prints, copy=copies))
    (told,) = alarms(bench.rules.state, settings)
    assert how in told["text"]
