"""What Bitrix24 orders at the gateway: taken once, told truly, whatever is delivered how often and in which order."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.api.backend import Answer
from firmware_bridge.gateway.prints_command import decode
from firmware_bridge.gateway.prints_store import document_id
from firmware_bridge.uplink.link import LinkDown
from statemachines.vocabulary.commands import Command
from tests.support.orders import CASHIER, DOMAIN, MANAGER, TILL, run, shop


def test_an_order_becomes_one_paper_and_the_portal_hears_of_it_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            number = await here.order(payments=[{"type": "cash", "sum": 21}])
            name = document_id(DOMAIN, number, 1)
            assert here.answers == [{"UUID": name}]
            await here.agent()
            assert here.checks()[0]["status"] == "P"
            await here.meet()
            assert (await here.pusher.turn()).pause == 0
            (check,) = here.checks()
            assert (check["status"], check["external"]) == ("Y", name)
            assert check["result"]["REG_NUMBER_KKT"] == TILL
            assert check["result"]["FISCAL_DOC_NUMBER"]
            assert check["result"]["SHIFT_NUMBER"] == "1"
            assert here.lane.papers[name] == 1
            assert (await here.pusher.turn()).pause is None

    run(story())


def test_without_the_push_the_portals_own_question_brings_it(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path, config={"push": False})
        async with here.open():
            await here.open_shift()
            await here.order()
            await here.meet()
            assert (await here.pusher.turn()).pause is None
            await here.agent()
            assert here.checks()[0]["status"] == "Y"

    run(story())


def test_an_order_is_delivered_twice_and_printed_once(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            here.control("/_fault", {"name": "duplicate-print", "count": 1})
            await here.order()
            assert len(here.answers) == 2
            assert here.answers[0] == here.answers[1]
            await here.meet()
            assert sum(here.lane.papers.values()) - here.lane.papers["shift-1"] == 1

    run(story())


@pytest.mark.parametrize("fault", ["lost-print-answer", "print-garbled"])
def test_a_lost_answer_and_a_reprint_find_the_document_that_is_there(tmp_path: Path, fault: str) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            here.control("/_fault", {"name": fault, "count": 1})
            number = await here.order()
            assert here.checks()[0]["status"] == "E"
            await here.meet()
            # the portal does not know the id: telling it is in vain, and is left to its question in the end
            turns = [await here.pusher.turn()]
            for _ in range(3):
                here.time.skip(300)
                turns.append(await here.pusher.turn())
            assert turns[-1].pause is None
            here.time.skip(60)
            here.control("/_reprint", {"check": number})
            await here.deliver()
            assert here.answers[0] == here.answers[1]
            await here.agent()
            assert here.checks()[0]["status"] == "Y"
            assert here.lane.papers[here.answers[0]["UUID"]] == 1
            assert len(await here.requested()) == 1

    run(story())


def test_what_was_refused_is_an_error_and_its_reprint_a_new_document(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            number = await here.order("sellreturncash")
            await here.meet()
            assert here.desk is not None
            (waiting,) = await here.desk.waiting()
            assert waiting.confirm
            assert await here.desk.refuse(waiting.id, CASHIER, "the goods are not here")
            await here.meet()
            await here.agent()
            assert here.checks()[0]["status"] == "E"
            assert here.checks()[0]["error"] == "Коваль О.: the goods are not here"
            here.control("/_reprint", {"check": number})
            await here.deliver()
            assert here.answers[1]["UUID"] == document_id(DOMAIN, number, 2)
            await here.meet()
            await here.desk.confirm(here.answers[1]["UUID"], CASHIER, None, MANAGER)
            await here.meet()
            await here.agent()
            assert here.checks()[0]["status"] == "Y"
            assert await here.requested() == {here.answers[1]["UUID"]: 1}

    run(story())


def test_other_content_under_a_checks_number_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        await here.order()
        body = b"type=sell&unique_id=1&uuid=check|shop.bitrix24.test|1&total_sum=1&number_kkm=till-1&items[0][name]=x"
        body += b"&items[0][price]=1&items[0][sum]=1&items[0][quantity]=1&items[0][vat]=1&payments[0][type]=cash"
        said = await here.prints.order(here.portal, "application/x-www-form-urlencoded", body + b"&payments[0][sum]=1")
        assert said == {"ERRORS": ["Check 1 of shop.bitrix24.test was ordered before with another content"]}
        assert len(here.store.to_hand(9)) == 0

    run(story())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"items": [{"name": "Tea", "price": 1, "vat": 9}]}, "tax '9'"),
        ({"total_sum": 5}, "come to 21, the check to 5"),
        ({"payments": [{"type": "cash", "sum": 3}]}, "18.00 below"),
        ({"type": "credit"}, "makes no checks of type credit"),
    ],
)
def test_what_can_never_be_is_an_error_at_once_and_remembered(tmp_path: Path, more: Any, words: str) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        await here.order(**{"kind": more.pop("type", "sell"), **more})
        assert words in here.answers[0]["ERRORS"][0]
        assert here.checks()[0]["status"] == "E"
        assert words in here.store.refusals()[0][2]
        assert here.inboxes.receive(TILL, 0) == []

    run(story())


def test_a_register_that_is_no_till_here_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        method = f"{here.service.webhook_path}sale.cashbox.update"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        here.service.handle("POST", method, {}, form, b"ID=1&FIELDS[NUMBER_KKM]=other")
        await here.order()
        assert here.answers == [{"ERRORS": ["No till is the cash register with number 'other'"]}]

    run(story())


def test_an_unknown_document_is_an_error_and_an_unreadable_file_is_wait(tmp_path: Path) -> None:
    class Gone:
        def outcome(self, *_: Any) -> None:
            raise LinkDown("the disk is gone")

    async def story() -> None:
        here = shop(tmp_path)
        form = "application/x-www-form-urlencoded"
        assert (await here.prints.asked(here.portal, form, b"uuid=nobody"))["STATUS"] == "ERROR"
        assert (await here.prints.asked(here.portal, form, b""))["STATUS"] == "ERROR"
        await here.order()
        name = here.answers[0]["UUID"].encode()
        for body in (b"uuid=" + name, b"UUID=" + name, b'{"UUID": "' + name + b'"}'):
            assert await here.prints.asked(here.portal, form, body) == {"STATUS": "WAIT"}
        here.store.outcome = Gone().outcome  # type: ignore[method-assign, assignment]  # a disk that says no
        assert await here.prints.asked(here.portal, form, b"uuid=x") == {"STATUS": "WAIT"}

    run(story())


def test_a_disk_that_refuses_is_an_error_and_nothing_is_promised(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        (tmp_path / "prints.sqlite").write_bytes(b"nonsense" * 1000)
        await here.order()
        assert "cannot store" in here.answers[0]["ERRORS"][0]
        assert here.inboxes.receive(TILL, 0) == []

    run(story())


def test_an_error_of_ours_after_the_commit_takes_no_id_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise RuntimeError("a bug")

    async def story() -> None:
        here = shop(tmp_path)
        with monkeypatch.context() as patched:
            patched.setattr(here.inboxes, "put", broken)
            await here.order()
            assert here.answers == [{"UUID": document_id(DOMAIN, 1, 1)}]
        with monkeypatch.context() as patched:
            patched.setattr(here.store, "outcome", broken)
            await here.agent()
            assert here.checks()[0]["status"] == "P"
        assert await here.prints.hand_over() == 1
        assert len(here.inboxes.receive(TILL, 0)) == 1

    run(story())


def test_an_error_of_ours_in_one_order_stands_in_no_others_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        async with here.open():
            await here.open_shift()
            await here.order()
            await here.order()
            assert here.till is not None
            first, submit = here.answers[0]["UUID"], here.till.submit

            async def broken(command: Command, digest: bytes, wait: float) -> Answer:
                if command.command_id == first:
                    raise RuntimeError("a bug")
                return await submit(command, digest, wait)

            with monkeypatch.context() as patched:
                patched.setattr(here.till, "submit", broken)
                await here.meet()
                assert await here.requested() == {here.answers[1]["UUID"]: 1}
                assert here.desk is not None
                assert "RuntimeError" in (await here.desk.waiting())[0].why
            await here.meet()
            assert len(await here.requested()) == 2

    run(story())


def test_a_full_inbox_holds_nobody_up_and_is_filled_again_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_bridge.uplink.inbox.MAX_WAITING", 2)

    async def story() -> None:
        here = shop(tmp_path)
        for _ in range(5):
            await here.order()
        assert all("UUID" in said for said in here.answers)
        names = [said["UUID"] for said in here.answers]
        got = [decode(one.body).id for one in here.inboxes.receive(TILL, 0)]
        assert got == names[:2]
        for after in (2, 4):
            here.inboxes.receive(TILL, after)
            await here.prints.hand_over()
            got += [decode(one.body).id for one in here.inboxes.receive(TILL, after)]
        assert got == names

    run(story())


def test_deliveries_at_the_same_moment_have_one_id(tmp_path: Path) -> None:
    async def story() -> None:
        here = shop(tmp_path)
        here.control("/_order", {"items": [{"name": "Tea", "price": 1, "vat": 1}]})
        out = here.service.outbox.popleft()
        await asyncio.gather(*(here.heard(out) for _ in range(8)))
        assert here.answers == [{"UUID": document_id(DOMAIN, 1, 1)}] * 8
        assert len(here.inboxes.receive(TILL, 0)) == 1

    run(story())


def test_whatever_arrives_is_answered_with_an_id_or_with_errors(tmp_path: Path, seed: int) -> None:
    async def story() -> None:
        chance = random.Random(seed)
        here = shop(tmp_path)
        here.control("/_order", {"items": [{"name": "Tea", "price": 1, "vat": 1}]})
        out = here.service.outbox.popleft()
        for _ in range(40):
            body = bytearray(out.body)
            for _ in range(chance.randrange(1, 4)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            kind = chance.choice((out.content_type, "application/json", ""))
            said = await here.prints.order(here.portal, kind, bytes(body[: chance.randrange(1, len(body) + 1)]))
            assert list(said) in (["UUID"], ["ERRORS"])
            assert all(isinstance(value, str) or (value and isinstance(value[0], str)) for value in said.values())
            asked = await here.prints.asked(here.portal, kind, bytes(body[:20]))
            assert asked["STATUS"] in ("WAIT", "ERROR")

    run(story())
