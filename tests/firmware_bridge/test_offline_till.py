"""A till whose register goes away: what is handed over afterwards, what is told meanwhile, and what a copy shows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drivers.printers.picture import paper_as_text
from firmware_bridge.api.backend import Answer
from firmware_bridge.till import Till
from statemachines.state import fiscal_doc_id
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenShift,
    PrintCopy,
    ResolveJam,
    TakeXReport,
)
from statemachines.vocabulary.effects import GoOffline
from statemachines.vocabulary.receipt import CashMove
from tests.support.offline_till import CASHIER, DIGEST, MANAGER, Register, card_sale, reached, running

MOVE = MoveCash("m-1", CASHIER, CashMove("m-1", "add_petty_cash", "in", 5000, "UAH", "uk", "розмін", CASHIER, ""))


async def done(till: Till, command: Command) -> dict[str, Any]:
    answer = await till.submit(command, DIGEST, 5)
    assert answer.outcome == "done", answer
    return answer.view or {}


async def asked(till: Till, command: Command) -> Answer:
    return await till.submit(command, DIGEST, 5)


async def opened(till: Till, register: Register) -> None:
    """A shift, one sale on line, and the codes are there; then the register goes away."""
    await done(till, OpenShift("shift", CASHIER, 0))
    await done(till, card_sale("s-0"))
    async with asyncio.timeout(5):
        while not till.status()["fiscal"]["codes"]["free"]:
            await asyncio.sleep(0.005)
    register.away = True


def text_of(register: Register, at: int = -1) -> str:
    job = register.printed[at]
    return paper_as_text(job.paper, job.job_id, job.copy_no)


# --- what is handed over ----------------------------------------------------------------------------------------


def test_what_is_handed_over_is_what_was_sold_in_its_order_under_its_ids(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            first = await done(till, card_sale("s-1"))
            await done(till, MOVE)
            await done(till, card_sale("s-2"))
            await done(till, CloseShift("z", CASHIER, "uk"))
            await done(till, OpenShift("shift-2", CASHIER, 0))
            await done(till, card_sale("s-3"))
            assert register.delivered == []
            register.away = False
            await reached(till, "online")
        orders = [step.order for step in register.delivered if step.order is not None]
        assert [order.document_id for order in orders] == ["s-1", "m-1", "s-2", "z", "shift-2", "s-3"]
        assert [order.fiscal_doc_id for order in orders] == [fiscal_doc_id(name, 1) for name in (
            "s-1", "m-1", "s-2", "z", "shift-2", "s-3",
        )]  # fmt: skip
        sale, move, _, z, opening, _ = orders
        assert sale.receipt is not None
        assert (sale.receipt.totals.total, sale.receipt.lines[0].request.name) == (8200, "Хліб")
        assert move.move is not None
        assert move.move.amount == 5000
        assert z.report is not None
        assert z.report.totals.sales.count == 3
        assert opening.opening is not None
        assert opening.opening.shift_id == "shift-2"
        codes = [step.code.value for step in register.delivered if step.code is not None]
        begun = next(step for step in register.steps if isinstance(step, GoOffline))
        assert first["fiscal"]["number"] == codes[0]
        assert begun.code.value == "TEST-000100", "from the highest serial down, the going offline first"
        assert codes == ["TEST-000099", "TEST-000098", "TEST-000097", "TEST-000096", "TEST-000095"]
        dates = [step.fiscal_at for step in register.delivered]
        assert dates == sorted(dates)
        assert begun.fiscal_at <= dates[0]

    asyncio.run(scenario())


def test_a_restart_hands_over_what_the_journal_holds(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            await done(till, card_sale("s-1"))
            await done(till, card_sale("s-2"))
        async with running(tmp_path, register) as till:
            assert till.status()["fiscal"]["waiting"]["count"] == 2
            await done(till, card_sale("s-3"))
            register.away = False
            await reached(till, "online")
        assert [step.document_id for step in register.delivered] == ["s-1", "s-2", "s-3"]
        assert all(step.order is not None and step.order.receipt is not None for step in register.delivered)

    asyncio.run(scenario())


# --- what is told -----------------------------------------------------------------------------------------------


def test_a_receipt_is_told_as_provisional_then_as_complete_and_its_first_answer_never_changes(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            first = await done(till, card_sale("s-1"))
            stamp = first["fiscal"]
            assert (stamp["offline"], stamp["complete"], stamp["waiting_for_delivery"]) == (True, False, True)
            online = await till.receipt("s-0")
            assert online is not None
            assert online["fiscal"]["waiting_for_delivery"] is False
            status = till.status()["fiscal"]
            assert (status["mode"], status["waiting"]["documents"][0]["id"]) == ("offline_manual", "s-1")
            register.away = False
            await reached(till, "online")
            now = await till.receipt("s-1")
            assert now is not None
            assert (now["fiscal"]["complete"], now["fiscal"]["waiting_for_delivery"]) == (True, False)
            assert now["fiscal"]["control"] == "1"
            again = await asked(till, card_sale("s-1"))
            assert (again.outcome, again.view) == ("replayed", first)

    asyncio.run(scenario())


def test_the_events_of_the_outage_are_listed(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            await done(till, card_sale("s-1"))
            register.away = False
            await reached(till, "online")
            names = [event["name"] for event in await till.events(0, 500)]
        wanted = ["FiscaliserUnreachable", "FiscalModeChanged", "OfflineCodeBound", "OfflineCodeBound"]
        at = names.index("FiscaliserUnreachable")
        assert names[at : at + 4] == wanted
        for name in ("WentOffline", "OfflineDocumentDelivered", "WentOnline"):
            assert name in names[at:]

    asyncio.run(scenario())


def test_a_hint_of_the_registers_makes_the_till_ask_at_once_about_that_document_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            register.away, register.silent = False, True
            doubtful = await till.submit(card_sale("s-1"), DIGEST, 0.2)
            assert doubtful.outcome == "accepted"
            before = len(register.asked)
            till.look_at("of nobody here")
            await asyncio.sleep(0.05)  # longer than it takes, shorter than the two seconds' pause
            assert len(register.asked) == before
            register.silent = False
            till.look_at(fiscal_doc_id("s-1", 1))
            async with asyncio.timeout(1):
                while len(register.asked) == before:
                    await asyncio.sleep(0.005)
            answer = await till.submit(card_sale("s-1"), DIGEST, 5)
            assert answer.view is not None
            assert answer.view["fiscal"]["offline"] is False

    asyncio.run(scenario())


# --- paper ------------------------------------------------------------------------------------------------------


def test_a_copy_is_provisional_before_and_complete_after_the_delivery(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            await done(till, card_sale("s-1"))
            assert "Контрольне число                         *" in text_of(register)
            await done(till, PrintCopy("c-1", CASHIER, "s-1", "torn"))
            assert "КОПІЯ 1" in text_of(register)
            assert "Контрольне число                         *" in text_of(register)
            register.away = False
            await reached(till, "online")
            await done(till, PrintCopy("c-2", CASHIER, "s-1", "complete"))
            complete = text_of(register)
            assert "КОПІЯ 2" in complete
            assert "Контрольне число                         1" in complete
            assert "&mac=5e" in complete
            await done(till, PrintCopy("c-3", CASHIER, "s-1", "again"))
            assert text_of(register).replace("КОПІЯ 3", "КОПІЯ 2").splitlines()[:-1] == complete.splitlines()[:-1]

    asyncio.run(scenario())


def test_where_nothing_provisional_is_handed_out_the_first_paper_is_the_complete_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register, paper="none") as till:
            await opened(till, register)
            jobs = len(register.printed)
            sold = await done(till, card_sale("s-1"))
            assert (sold["state"], len(register.printed)) == ("paper_missing", jobs)
            early = await asked(till, PrintCopy("c-1", CASHIER, "s-1", "please"))
            assert early.refusal is not None
            assert (early.outcome, early.refusal.code) == ("none", "not-complete")
            register.away = False
            await reached(till, "online")
            await done(till, PrintCopy("c-1", CASHIER, "s-1", "please"))
            assert "КОПІЯ 1" in text_of(register)
            assert "Контрольне число                         1" in text_of(register)

    asyncio.run(scenario())


def test_an_x_report_without_the_register_is_the_tills_own_and_is_never_handed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            await done(till, card_sale("s-1"))
            await done(till, TakeXReport("x", CASHIER, "uk"))
            assert "ЛОКАЛЬНИЙ X-ЗВІТ" in text_of(register)
            await done(till, card_sale("s-2"))
            assert "ФІСКАЛЬНИЙ ЧЕК" in text_of(register), "the report's stamp is nobody's model"
            register.away = False
            await reached(till, "online")
        assert [step.document_id for step in register.delivered] == ["s-1", "s-2"]

    asyncio.run(scenario())


# --- a jam ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "arrived"), [("deliver_again", ["s-1", "s-2"]), ("give_up", ["s-2"])])
def test_a_document_that_is_not_taken_stops_everything_until_a_manager_decides(
    tmp_path: Path, verdict: Any, arrived: list[str]
) -> None:
    async def scenario() -> None:
        register = Register()
        async with running(tmp_path, register) as till:
            await opened(till, register)
            await done(till, card_sale("s-1"))
            await done(till, card_sale("s-2"))
            register.refuses, register.away = "s-1", False
            jammed = await reached(till, "jammed")
            assert jammed["jammed"]["document"] == "s-1"
            assert "the tax code is unknown" in jammed["jammed"]["reason"]
            assert register.delivered == []
            refused = await asked(till, card_sale("s-3"))
            assert refused.refusal is not None
            assert (refused.outcome, refused.refusal.code) == ("none", "fiscal-jammed")
            other = await asked(till, ResolveJam("j-0", MANAGER, "s-2", verdict, "?"))
            assert (other.outcome, other.refusal and other.refusal.code) == ("none", "unknown-document")
            register.refuses = ""
            decision = ResolveJam("j-1", MANAGER, "s-1", verdict, "ticket 4711")
            told = await done(till, decision)
            assert told == {"id": "j-1", "document": "s-1", "verdict": verdict}
            await reached(till, "online")
            again = await asked(till, decision)
            assert (again.outcome, again.view) == ("replayed", told)
            (resolved,) = [one["data"] for one in await till.events(0, 500) if one["name"] == "JamResolved"]
            assert (resolved["evidence"], resolved["actor"]["name"]) == ("ticket 4711", "Мельник І.")
        assert [step.document_id for step in register.delivered] == arrived

    asyncio.run(scenario())
