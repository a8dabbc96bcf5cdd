"""What leaves the till for NewStore: only to a tenant that fits it, and only over a line that is alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.vendors.http import Request, Response
from firmware_bridge.vendors.newstore.sandbox.kinds import Reason, Setting, usual
from tests.firmware_bridge.vendors.newstore.adapter_world import (
    CUTS,
    SETTINGS,
    START_MS,
    THEIRS,
    Cut,
    World,
    activate,
    answer,
    drawer,
    refusal,
    run,
)

# --- the tenant's settings --------------------------------------------------------------------------------------------


def test_settings_are_read_once_before_the_first_request() -> None:
    world = World()
    before = world.known.facts
    assert (before.types, before.answered_at) == (None, 0)
    assert world.exchange(activate(world)).status == 204
    assert world.exchange(drawer(world)).status == 200
    assert world.operations == [*SETTINGS, "activate", "get_drawer"]
    types = world.known.facts.types
    assert types is not None
    assert types["remove_petty_cash"].reasons == {"post_office": "Post office", "food": "Buy snacks"}
    assert (types["cash_pull"].direction, types["no_sale"].direction) == ("cash_out", "neutral")


def test_newstores_own_time_is_kept() -> None:
    world = World().ready()
    assert world.known.facts.answered_at == START_MS
    world.till.clock.advance(61.5)
    world.exchange(drawer(world))
    assert world.known.facts.answered_at == START_MS + 61_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"currency": "EUR"}, "drawer drawer-1 of NewStore is in USD, this till in EUR"),
        ({"drawers": {"main": "box-7"}}, "drawer main is to be 'box-7' in NewStore, but store s-1 has no such drawer"),
        ({"drawers": {"main": "box-7"}}, "(it has drawer-1): add it there, or correct [book.newstore.drawers]"),
    ],
)
def test_set_up_that_does_not_fit_is_refused_and_nothing_is_sent(wrong: dict[str, object], words: str) -> None:
    world = World()
    service = world.new_service(**wrong)
    for _ in range(2):
        with pytest.raises(Refused) as found:
            run(service.exchange(activate(world)))
        assert words in found.value.text
        assert "nothing was sent (`firmware-bridge book check` shows what NewStore knows)" in found.value.text
    assert "activate" not in world.operations
    assert world.till.books()["expected_cash"] == {}


def _config(**changes: object) -> Callable[[Request], Response | None]:
    given = {"cash_drawer_type": "integrated", "cash_management_enabled": True, **changes}
    return lambda request: answer(200, given) if request.path.endswith("/cash_drawer_config") else None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cash_management_enabled": False}, "cash management is switched off for store s-1 in NewStore"),
        (
            {"cash_drawer_type": "non_integrated"},
            "drawer drawer-1 of NewStore is integrated, but its store has non_int",
        ),
    ],
)
def test_store_that_cannot_keep_the_book_is_refused_until_it_can(changes: dict[str, object], words: str) -> None:
    world = World()
    world.line.scripted = _config(**changes)
    with pytest.raises(Refused, match=words):
        world.exchange(activate(world))
    world.line.scripted = lambda _: None
    assert world.exchange(activate(world)).status == 204


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (refusal(404, "configuration_not_found"), "check store_id, the rights of the API client and the paths"),
        (refusal(403, "forbidden"), '403 forbidden "No."'),
        (answer(200, b"<html>"), "which cannot be read"),
        (answer(301), "was answered 301"),
    ],
)
def test_settings_that_are_refused_are_a_persons_matter(said: Response, words: str) -> None:
    world = World()
    world.line.scripted = lambda _: said
    with pytest.raises(Refused) as found:
        world.exchange(activate(world))
    assert words in found.value.text
    assert "GET /stores/s-1/cash_drawer_config was answered" in found.value.text


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("trouble", ["500", "429", "lost", "cut"])
def test_settings_that_cannot_be_read_now_are_read_later(at: int, trouble: str) -> None:
    world = World()
    if trouble in ("lost", "cut"):
        cut: Cut = "after" if trouble == "lost" else "before"
        world.line.cuts = [*[""] * at, cut]  # type: ignore[list-item]  # literals
    else:
        world.line.scripted = lambda _: refusal(int(trouble)) if len(world.line.sent) == at + 1 else None
    with pytest.raises(NotSent):
        world.exchange(activate(world))
    assert "activate" not in world.operations
    assert world.exchange(activate(world)).status == 204


def move(world: World, reason: str | None = None) -> Request:
    return world.calls.start_non_sale(THEIRS, "remove_petty_cash", reason, "amount_out", 100)


def test_cash_move_that_was_planned_without_the_types_is_planned_again() -> None:
    world = World()
    world.till.sign_in()
    world.till.activate()
    with pytest.raises(NotSent, match="had to be read first; nothing was sent"):
        world.exchange(move(world))
    assert world.operations == SETTINGS
    assert world.exchange(move(world, "food")).status == 200


def test_types_are_read_again_after_a_cash_move_was_refused() -> None:
    world = World().ready()
    world.till.sign_in()
    world.till.activate()
    assert world.exchange(move(world, "rent")).status == 400
    world.line.sent.clear()
    assert world.exchange(move(world)).status == 200  # nothing has changed, so it goes at once
    assert world.operations == [*SETTINGS, "start_non_sale"]
    assert world.exchange(move(world, "rent")).status == 400
    world.line.scripted = lambda request: (
        answer(200, {"transaction_types": {}}) if request.path == "/transaction_types" else None
    )
    with pytest.raises(NotSent):
        world.exchange(move(world))
    assert world.known.facts.types == {}


def test_types_that_pass_by_are_taken_over() -> None:
    types = {**usual(), "cash_pull": Setting("cash_out", (Reason("b", "bank"),))}
    world = World(transaction_types=types).ready()
    said = {"transaction_types": {"no_sale": {"status": "not_allowed"}}}
    world.line.scripted = lambda _: answer(200, said)
    world.exchange(world.calls.list_types())
    facts = world.known.facts
    assert facts.types is not None
    assert {name: kind.allowed for name, kind in facts.types.items()} == {"no_sale": False}


# --- the line -------------------------------------------------------------------------------------------------------


def fragile(world: World) -> dict[str, Request]:
    return {
        "start": world.calls.start(THEIRS, "o", 100, 100),
        "start_non_sale": move(world),
        "perform_count": world.calls.perform_count(THEIRS, "intra_day_balance"),
    }


def open_day() -> World:
    world = World().ready()
    world.till.sign_in()
    world.till.activate()
    return world


@pytest.mark.parametrize("operation", ["start", "start_non_sale", "perform_count"])
def test_silent_connection_is_tried_before_what_may_not_be_repeated(operation: str) -> None:
    world = open_day()
    request = fragile(world)[operation]
    world.till.clock.advance(5)
    assert world.exchange(request).status == 200
    world.till.clock.advance(5.5)
    world.exchange(request)
    world.line.idle = None
    world.exchange(request)
    assert world.operations == [operation, "get_config", operation, "get_config", operation]


@pytest.mark.parametrize("operation", ["start", "start_non_sale", "perform_count"])
@pytest.mark.parametrize("cut", CUTS)
def test_dead_line_is_found_out_before_anything_is_in_doubt(operation: str, cut: Cut) -> None:
    world = open_day()
    world.till.clock.advance(60)
    world.line.cuts = [cut]
    with pytest.raises(NotSent):
        world.exchange(fragile(world)[operation])
    assert operation not in world.operations
    books = world.till.books()
    assert (books["transactions"], books["counts"]) == ([], [])


def test_what_may_be_repeated_needs_no_trial() -> None:
    world = open_day()
    world.till.clock.advance(60)
    world.exchange(drawer(world))
    assert world.operations == ["get_drawer"]


@pytest.mark.parametrize("operation", ["start", "start_non_sale", "perform_count"])
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>"])
def test_success_whose_id_cannot_be_read_is_as_good_as_no_answer(operation: str, body: bytes) -> None:
    world = open_day()
    world.line.scripted = lambda _: answer(200, body)
    with pytest.raises(Unanswered, match="whether it was done is not known"):
        world.exchange(fragile(world)[operation])


def test_other_success_is_handed_on_whatever_its_body() -> None:
    world = open_day()
    world.line.scripted = lambda _: answer(200, b"<html>")
    assert world.exchange(activate(world)).body == b"<html>"


@pytest.mark.parametrize("cut", ["on its way", "after"])
def test_lost_answer_is_told_as_such(cut: Cut) -> None:
    world = open_day()
    world.line.cuts = [cut]
    with pytest.raises(Unanswered):
        world.exchange(fragile(world)["start"])
    assert len(world.till.books()["transactions"]) == (cut == "after")


def test_requests_of_several_askers_go_one_at_a_time() -> None:
    world = World().ready()
    under_way: list[int] = []
    most = 0
    real = world.line.exchange

    async def counted(request: Request) -> Response:
        nonlocal most
        under_way.append(1)
        most = max(most, len(under_way))
        try:
            return await real(request)
        finally:
            under_way.pop()

    world.line.exchange = counted  # type: ignore[method-assign]  # the line is a double already

    async def both() -> None:
        await asyncio.gather(*(world.service.exchange(drawer(world)) for _ in range(5)))

    asyncio.run(both())
    assert (most, len(world.line.sent)) == (1, 5)


def test_closing_closes_both_lines_and_is_harmless_twice() -> None:
    world = World().ready()
    run(world.service.close())
    run(world.service.close())
    assert (world.line.closed, world.token_line.closed) == (2, 2)


def test_sandbox_serves_paths_of_another_tenant() -> None:
    changed = {"activate": "PUT /v2/drawers/{drawer_id}/open"}
    world = World(changed=changed)
    assert world.exchange(activate(world)).status == 204
    assert world.line.calls[-1] == "PUT /v2/drawers/drawer-1/open"
    assert json.loads(world.line.sent[-1].body) == {"float_amount": {"value": 200.0, "currency": "USD"}}
