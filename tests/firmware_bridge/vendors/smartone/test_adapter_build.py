"""From the configuration to a register: sections that can be, traits as functions of them, secrets that stay away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError
from firmware_bridge.fiscal_lane import FiscalLane
from firmware_bridge.vendors.smartone import build
from firmware_bridge.vendors.smartone.config import SmartOneConfig, SmartOneTax
from statemachines.vocabulary.effects import Ask, Effect
from statemachines.vocabulary.events import Event, FiscalisationDoubtful, FiscalisationRefused, ReceiptFiscalised
from tests.firmware_bridge.vendors.smartone.adapter_orders import TAXES, move, opening, report, sale
from tests.firmware_bridge.vendors.smartone.adapter_sandbox import SandboxWorld

SECTION: dict[str, Any] = {"url": "http://192.168.1.3:8008", "merchant_id": {"env": "SMARTONE_MERCHANT"}}


def section(**changes: Any) -> SmartOneConfig:
    given = {name: value for name, value in {**SECTION, **changes}.items() if value is not None}
    return msgspec.convert(given, SmartOneConfig)


def config(tmp_path: Path) -> Config:
    return msgspec.convert(
        {
            "till": {"id": "t-1", "market": "AZ", "zone": "Asia/Baku", "currency": "AZN", "language": "en"},
            "shop": {"name": "Günəbaxan market"},
            "taxes": {"vat18": {"letter": "A", "taxes": [{"name": "ƏDV", "rate": 1800}]}},
            "journal": {"path": str(tmp_path / "journal")},
        },
        Config,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"url": None, "port": "serial:/dev/ttyUSB0?baud=115200"},
        {"profile": "ecr", "declined": [8]},
        {"zone": "Asia/Baku", "preview": True, "item_amount": "unit", "open_orders": "renew"},
        {"payments": {"bonus": "B"}, "paths": {"sale": "/fiscal/sale"}},
    ],
)
def test_a_section_that_can_be(changes: dict[str, Any]) -> None:
    assert section(**changes).merchant_id.env == "SMARTONE_MERCHANT"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": None},
        {"port": "serial:/dev/ttyUSB0"},
        {"url": "ftp://x"},
        {"url": None, "port": "tcp:1.2.3.4:5"},
        {"merchant_id": None},
        {"declined": [8]},
        {"profile": "ecr", "preview": True},
        {"profile": "new"},
        {"payments": {"gold": "G"}},
        {"paths": {"sale": "sale"}},
        {"paths": {"fly": "/fly"}},
        {"settle_s": 0},
        {"open_orders": "ignore"},
        {"anything": 1},
    ],
)
def test_a_section_that_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        section(**changes)


def test_traits_are_a_function_of_the_section() -> None:
    core, ecr = build.traits(section()), build.traits(section(profile="ecr"))
    assert (core.lookup, ecr.lookup) == ("last_document", "our_id")
    assert (core.prints, core.collects_card, core.empties_at_close, core.sells_in_doubt) == (True, True, False, False)
    assert core.shift_limit_ms == 24 * 3_600_000
    changed = build.traits(section(preview=True, collects_card=False, empties_at_close=True))
    assert (changed.prints, changed.collects_card, changed.empties_at_close) == (False, False, True)


def test_it_is_built_with_its_secret_and_its_note_beside_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTONE_MERCHANT", "secret-merchant")
    told: list[str] = []
    made = build.make(section(preview=True), config(tmp_path), TAXES, SystemClock(), told.append)
    assert made.traits == build.traits(section(preview=True))
    assert told == ["secret-merchant"]
    assert "secret-merchant" not in repr(made)
    assert build.plans_file(config(tmp_path)) == tmp_path / "journal.smartone"
    asyncio.run(made.close())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "merchant_id"),
        ({"zone": "Asia/Nowhere"}, "Asia/Nowhere"),
        ({"url": None, "port": "serial:x"}, "device"),
    ],
)
def test_what_cannot_be_built_says_why_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], told: str
) -> None:
    monkeypatch.delenv("SMARTONE_MERCHANT", raising=False)
    with pytest.raises(UsageError, match=told):
        build.make(section(**changes), config(tmp_path), TAXES, SystemClock(), lambda _: None)


def test_a_till_without_the_section_has_no_register(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[fiscaliser.smartone\]"):
        build.build(config(tmp_path), SystemClock(), "1", lambda _: None, lambda _: None)


def test_a_tax_says_how_it_is_computed() -> None:
    assert msgspec.convert({"code": "S", "name": "2%", "calc": 3}, SmartOneTax).calc == 3
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"code": "S", "name": "2%", "calc": 4}, SmartOneTax)


# --- behind the till's lane -------------------------------------------------------------------------------------------


def told(world: SandboxWorld, orders: list[Effect], wanted: int) -> list[Event]:
    """What the till's inbox gets, until there are `wanted` events; the lane is closed then."""

    async def main() -> list[Event]:
        events: list[Event] = []
        enough = asyncio.Event()

        def post(event: Event) -> None:
            events.append(event)
            if len(events) >= wanted:
                enough.set()

        lane = FiscalLane("smartone", world.fiscaliser, post, world.time)
        lane.start()
        for order in orders:
            lane.order(order)
        async with asyncio.timeout(10):
            await enough.wait()
        await asyncio.to_thread(lane.close)
        return events

    return asyncio.run(main())


@pytest.mark.parametrize("profile", ["core", "ecr"])
def test_a_day_behind_the_lane(tmp_path: Path, profile: Any) -> None:
    world = SandboxWorld(tmp_path, profile)
    orders: list[Effect] = [opening(), move(5000), sale(1234), report("x_report", 91), report("shift_report")]
    events = told(world, orders, 5)
    assert all(isinstance(event, ReceiptFiscalised) for event in events), events
    assert world.line.closed == 1


def test_a_lost_answer_is_doubt_and_the_question_solves_it(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path).opened()
    world.fault("lost-answer", count=1, path="/sale")
    events = told(world, [sale(), Ask(sale())], 2)
    assert [type(event) for event in events] == [FiscalisationDoubtful, ReceiptFiscalised]


def test_a_register_that_is_not_there_refuses_every_order(tmp_path: Path) -> None:
    world = SandboxWorld(tmp_path).opened()
    world.fault("down")
    (event,) = told(world, [sale()], 1)
    assert isinstance(event, FiscalisationRefused)
    assert event.reason.endswith("nothing was sent")
