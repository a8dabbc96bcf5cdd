"""What was ordered at the till: once, in its turn, with a person where that is needed; and what the portal is told."""

from __future__ import annotations

from pathlib import Path

from firmware_bridge.gateway.prints_till import TOO_OLD
from tests.support.orders import CASHIER, MANAGER, REGISTER, TILL, run, shop

# --- at the till ----------------------------------------------------------------------------------------------------


def test_an_order_waits_for_an_open_shift_and_no_longer_than_it_may(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path, config={"max_age_h": 1})
        async with here.open():
            await here.order()
            await here.meet()
            assert here.desk is not None
            assert "shift" in (await here.desk.waiting())[0].why
            await here.open_shift()
            await here.meet()
            await here.agent()
            assert here.checks()[0]["status"] == "Y"
            await here.order("sellreturn")
            await here.meet()
            here.time.skip(3601)
            await here.meet()
            await here.agent()
            assert (here.checks()[1]["status"], here.checks()[1]["error"]) == ("E", TOO_OLD)
            assert not await here.desk.confirm(here.answers[1]["UUID"], CASHIER, None, MANAGER)

    run(story())


def test_a_clock_that_is_set_back_makes_no_order_young_again(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path, config={"max_age_h": 1})
        async with here.open():
            await here.order()
            here.time.skip(3700)
            await here.open_shift()
            here.time.set_back(3600)
            await here.meet()
            await here.agent()
            assert here.checks()[0]["error"] == TOO_OLD
            assert not await here.requested()

    run(story())


def test_a_refund_in_cash_waits_for_a_persons_yes_and_a_cashiers_is_not_a_managers(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order("sellreturncash")
            await here.meet()
            name = here.answers[0]["UUID"]
            assert here.desk is not None
            await here.desk.confirm(name, CASHIER)
            await here.meet()
            assert not await here.requested()
            (waiting,) = await here.desk.waiting()
            assert waiting.confirm
            assert "manager" in waiting.why
            await here.desk.confirm(name, CASHIER, None, MANAGER)
            await here.meet()
            assert await here.requested() == {name: 1}

    run(story())


def test_a_refund_names_its_sale_and_needs_no_manager_then(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order(payments=[{"type": "cash", "sum": 21}])
            await here.order("sellreturncash")
            await here.meet()
            sale, back = (said["UUID"] for said in here.answers)
            assert here.desk is not None
            await here.desk.confirm(back, CASHIER, {"id": sale})
            await here.meet()
            await here.agent()
            assert [one["status"] for one in here.checks()] == ["Y", "Y"]

    run(story())


def test_a_refund_that_moves_no_cash_can_be_approved_by_who_orders_it(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path, config={"registers": {TILL: {**REGISTER, "returns": "approved"}}})
        async with here.open():
            await here.open_shift()
            await here.order("sellreturn")
            await here.meet()
            await here.agent()
            assert here.checks()[0]["status"] == "Y"

    run(story())


def test_a_command_that_comes_again_after_a_restart_makes_nothing_again(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order()
            await here.meet()
        here.after = 0
        async with here.open():
            await here.meet()
            assert set((await here.requested()).values()) == {1}
            assert here.lane.papers[here.answers[0]["UUID"]] == 1

    run(story())


def test_an_order_of_a_newer_release_is_refused_in_words(tmp_path: Path) -> None:
    async def story() -> None:
        import msgpack

        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order()
            (given,) = here.inboxes.receive(TILL, 0)
            here.after = 1
            here.inboxes.receive(TILL, 1)
            found = msgpack.unpackb(given.body)
            newer = msgpack.packb({**found, "v": 2})
            here.inboxes.put(TILL, "again", newer)
            from firmware_bridge.uplink.link import Delivered

            assert here.desk is not None
            await here.desk.take(Delivered(1, given.command_id, newer))
            await here.meet()
            await here.agent()
            assert "older than the gateway's" in here.checks()[0]["error"]

    run(story())


# --- what is told ---------------------------------------------------------------------------------------------------


def test_many_results_are_told_in_one_request_and_a_portal_that_is_away_later(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            for _ in range(7):
                await here.order()
            await here.meet()
            here.line.down = True
            assert (await here.pusher.turn()).held
            here.line.down = False
            here.control("/_fault", {"name": "lost-answer", "count": 1})
            assert (await here.pusher.turn()).held
            assert not (await here.pusher.turn()).held
            assert {one["status"] for one in here.checks()} == {"Y"}
            assert (await here.pusher.turn()).pause is None

    run(story())


def test_a_webhook_that_is_revoked_is_not_asked_again_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order()
            await here.meet()
            here.control("/_fault", {"name": "system-error", "code": "NO_AUTH_FOUND", "count": 1})
            turn = await here.pusher.turn()
            assert (turn.held, turn.pause) == (True, 900)
            assert not (await here.pusher.turn()).held
            assert here.checks()[0]["status"] == "Y"

    run(story())


def test_a_file_restored_from_yesterday_learns_what_the_till_has_told_long_ago(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            number = await here.order()
            out = here.control("/_books", method="GET")["checks"][0]
            await here.meet()
            first = here.answers[0]["UUID"]
            assert out["external"] == first
        (tmp_path / "prints.sqlite").unlink()
        again = shop(tmp_path)
        async with again.open():
            assert await again.order() == number
            assert again.answers == [{"UUID": first}]
            again.after = 1
            await again.meet()
            await again.agent()
            assert again.checks()[0]["status"] == "Y"
            assert (await again.requested()) == {first: 1}

    run(story())
