"""What a technician is told of the offline time: mode, codes, hours, what waits and what is stuck."""

from __future__ import annotations

from typing import Any

from firmware_bridge.vendors.checkbox import inspection
from firmware_bridge.vendors.checkbox.inspection import Row
from firmware_bridge.vendors.http import Response
from statemachines.vocabulary.effects import DeliverOffline, GoOnline
from statemachines.vocabulary.offline_events import OfflineDocumentDelivered
from tests.firmware_bridge.vendors.checkbox.offline_steps import POOL, code, gone, world_with_codes
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import World, run, sale, uuid_of


def mode(world: World) -> dict[str, Row]:
    async def look() -> list[Row]:
        return await inspection.mode(world.client, world.forms, await world.client.info())

    return {row.what: row for row in run(look())}


def codes(world: World) -> dict[str, Row]:
    return {row.what: row for row in run(inspection.codes(world.client, world.forms))}


def test_a_register_on_line_is_in_order() -> None:
    found = mode(world_with_codes())
    assert found["mode"] == Row("mode", ok=True, found="on line")
    assert found["waiting"].found == "nothing waits for the tax service"
    assert found["offline"].found == "0 h 00 min of 36 h in a row, 0 h 00 min of 168 h this month"
    assert found["documents"].found == (
        "the last of 2026-03-02T08:00:00+02:00; of those that the tax service has, 2026-03-02T08:00:00+02:00"
    )
    assert all(row.ok for row in found.values())


def test_an_offline_time_is_told_with_its_hours_and_what_waits() -> None:
    world = world_with_codes()
    at = gone(world)
    run(world.fiscaliser.deliver(DeliverOffline(uuid_of(10), code(7), at, sale())))
    world.time.vendor.advance(2 * 3600 + 300)
    found = mode(world)
    assert not found["mode"].ok
    assert "as a client told it" in found["mode"].found
    assert found["waiting"].found.startswith("2 for the tax service, the oldest GO_OFFLINE number ")
    assert found["offline"].found.startswith("2 h 0")
    world.time.vendor.advance(35 * 3600)
    assert not mode(world)["offline"].ok


def test_off_line_by_itself_is_told_apart() -> None:
    world = world_with_codes()
    world.fault("auto-offline", count=1)
    assert "off line by itself" in mode(world)["mode"].found


def test_what_the_tax_service_does_not_take_is_told_with_its_words() -> None:
    world = world_with_codes(shift_limit_s=10**6)
    gone(world)
    world.time.vendor.advance(40 * 3600)
    step = DeliverOffline(uuid_of(10), code(7), world.time.utc_ms() // 1000 * 1000, sale())
    assert isinstance(run(world.fiscaliser.deliver(step)), OfflineDocumentDelivered)
    world.time.vendor.advance(5)
    run(world.fiscaliser.go_online(GoOnline(SESSION, 1)))
    world.time.vendor.advance(60)
    row = mode(world)["waiting"]
    assert not row.ok
    assert "1 for the tax service, the oldest RECEIPT number " in row.found
    assert "call Checkbox's support" in row.found
    assert "offline for more than the hours allowed in a row" in row.found


def test_hours_that_are_not_told_are_no_fault() -> None:
    world = world_with_codes()
    world.line.scripted = lambda one: Response(404, {}, b"{}") if one.path.endswith("offline-time") else None
    row = mode(world)["offline"]
    assert row.ok
    assert "not told" in row.found


def test_codes_are_counted_and_their_serials_told() -> None:
    world = world_with_codes()
    gone(world)
    found: Any = codes(world)
    assert (
        found["codes"].found == "7 free, 1 used since the last request; Checkbox keeps 2000 and fetches more below 1000"
    )
    assert not found["codes"].ok
    assert found["pool"] == Row("pool", ok=True, found="7, serials 1 to 7")


def test_without_a_shift_the_count_alone_is_told() -> None:
    world = World(offline_codes=POOL)
    found = codes(world)
    assert found["codes"].found.startswith("8 free")
    assert "while a shift is open alone" in found["pool"].found


def test_no_codes_at_all_is_a_fault() -> None:
    found = codes(World().opened())
    assert not found["codes"].ok
    assert found["pool"] == Row("pool", ok=False, found="none")
