"""When is Checkbox unreachable? Only when certainly nothing of the document has left: then the till goes on without it.

What may have arrived is doubt, however long nobody answers.
"""

from __future__ import annotations

import asyncio
import json

import pytest

from drivers.errors import Unanswered
from firmware_bridge.vendors.checkbox.build import traits
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.config import CheckboxConfig, CheckboxOffline
from firmware_bridge.vendors.checkbox.fiscaliser import TRAITS, CheckboxFiscaliser
from firmware_bridge.vendors.http import HttpTransport, Request, Response
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import FiscalisationRefused, ReceiptFiscalised
from statemachines.vocabulary.offline_events import FiscaliserUnreachable
from tests.firmware_bridge.vendors.checkbox.virtual import World, back, move, opening, report, sale, stamp_of

KINDS: dict[str, Fiscalise] = {
    "sale": sale(),
    "return": back(),
    "cash in": move(500),
    "x report": report("x_report", 91),
    "z report": report("shift_report"),
    "opening": opening(2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_stays_dead_is_told_after_three_seconds_whatever_was_wanted(kind: str) -> None:
    world = World().opened()
    world.line.cuts = ["before"] * 20
    begun = world.time.monotonic()
    event = world.do(KINDS[kind])
    assert isinstance(event, FiscaliserUnreachable)
    assert event.document_id == KINDS[kind].document_id
    assert "could not be reached" in event.reason
    assert world.time.monotonic() - begun == pytest.approx(3.0, abs=0.5)
    assert world.line.sent == []


def test_a_process_that_never_reached_checkbox_tells_the_same() -> None:
    world = World()
    world.line.cuts = ["before"] * 20
    assert isinstance(world.do(opening()), FiscaliserUnreachable)


@pytest.mark.parametrize("cut", ["on its way", "after"])
def test_a_question_before_the_document_may_stay_unanswered(cut: str) -> None:
    world = World()
    world.line.cuts = [cut] * 20  # type: ignore[list-item]  # a parameter of pytest is a str
    assert isinstance(world.do(opening()), FiscaliserUnreachable)
    assert "POST /shifts" not in world.line.calls


def test_a_session_that_cannot_be_renewed_leaves_nothing_behind() -> None:
    world = World().opened()
    world.fault("token-expired", count=1, path="/receipts/sell")
    world.line.cuts = ["", *["after"] * 20]  # type: ignore[list-item]
    assert isinstance(world.do(sale()), FiscaliserUnreachable)
    assert world.books()["receipts"] == []


@pytest.mark.parametrize("cut", ["on its way", "after"])
def test_a_document_that_left_is_doubt_however_dead_the_line_is_then(cut: str) -> None:
    world = World().opened()
    world.line.cuts = [cut, *["before"] * 200]  # type: ignore[list-item]  # a parameter of pytest is a str
    with pytest.raises(Unanswered):
        world.do(sale())


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_front_that_answers_for_checkbox_is_doubt(status: int) -> None:
    """Whether it passed the document on before it gave up, nobody knows; only Checkbox's own words say that."""
    world = World().opened()
    world.line.scripted = lambda request: (
        Response(status, {}, b"<html>Bad Gateway</html>") if request.path.endswith("/sell") else None
    )
    with pytest.raises(Unanswered):
        world.do(sale())


def test_maintenance_that_begins_after_the_document_left_is_doubt() -> None:
    world = World().opened()

    def scripted(request: Request) -> Response | None:
        if request.method == "GET":
            return Response(503, {}, json.dumps({"message": "Maintenance work till 3:30 GMT+3."}).encode())
        return None

    world.line.scripted = scripted
    with pytest.raises(Unanswered):
        world.do(sale())
    assert len(world.books()["receipts"]) == 1


@pytest.mark.parametrize("path", ["/cash-registers/info", "/cashier/signin", "/receipts/sell"])
def test_maintenance_before_the_document_is_unreachable(path: str) -> None:
    world = World() if path != "/receipts/sell" else World().opened()
    world.fault("maintenance", path=path)
    assert isinstance(world.do(sale()), FiscaliserUnreachable)
    assert world.books()["receipts"] == []


def test_too_many_requests_are_a_refusal_and_no_outage() -> None:
    world = World().opened()
    world.line.scripted = lambda request: Response(429, {}, b"{}") if request.path.endswith("/sell") else None
    assert isinstance(world.do(sale()), FiscalisationRefused)


def test_what_is_decided_late_is_doubt() -> None:
    world = World(signing_delay_s=25.0)
    stamp_of(world.do(opening()))
    with pytest.raises(Unanswered, match="has not decided in time"):
        world.do(sale())


def test_when_the_line_comes_back_the_sale_is_made_once() -> None:
    for lost in range(1, 7):
        world = World().opened()
        world.line.cuts = ["before"] * lost
        assert isinstance(world.do(sale()), ReceiptFiscalised)
        assert len(world.books()["receipts"]) == 1


def test_a_till_that_took_lost_answers_for_an_outage_would_sell_twice() -> None:
    """The control: under another number at home, and here all the same."""
    world = World().opened()
    world.line.cuts = ["after"]
    try:
        event: object = world.do(sale())
    except Unanswered as error:
        event = FiscaliserUnreachable(sale().document_id, error.text)  # what must not be
    assert isinstance(event, FiscaliserUnreachable)
    assert len(world.books()["receipts"]) == 1


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    async def main() -> object:
        world = World()
        transport = HttpTransport("http://127.0.0.1:9", world.time.monotonic)
        client = CheckboxClient(transport, world.credentials, world.time, client_name="t", client_version="1")
        fiscaliser = CheckboxFiscaliser(client, world.forms, world.time, world.time.sleep)
        try:
            return await fiscaliser.fiscalise(sale())
        finally:
            await fiscaliser.close()

    event = asyncio.run(main())
    assert isinstance(event, FiscaliserUnreachable)
    assert "127.0.0.1:9 could not be reached" in event.reason


# --- what the register can do -----------------------------------------------------------------------------------------


def section(paper: str) -> CheckboxConfig:
    keys = {"login": "a", "password": {"env": "P"}, "license_key": {"env": "K"}}
    return CheckboxConfig(**keys, offline=CheckboxOffline(paper=paper))  # type: ignore[arg-type]  # never read here


@pytest.mark.parametrize(("paper", "offline"), [("provisional", "codes"), ("none", "codes"), ("refuse", "none")])
def test_the_traits_follow_the_configuration(paper: str, offline: str) -> None:
    own = traits(section(paper))
    assert own.offline == offline
    assert (own.lookup, own.sells_in_doubt) == (TRAITS.lookup, TRAITS.sells_in_doubt)
    world = World().opened()
    fiscaliser = CheckboxFiscaliser(world.client, world.forms, world.time, world.time.sleep, traits=own)
    assert fiscaliser.traits is own
    world.fiscaliser = fiscaliser
    stamp_of(world.do(sale()))
