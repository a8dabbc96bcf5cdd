"""The promise: whatever fails when, at most one unmarked original, one completion, one pulse.

A till is played with devices that know the truth and fail at random: refused, cut in the middle, answer lost, power
gone, answers late. The same play against rules that are broken on purpose must be caught.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from statemachines import cash_transaction, context, document_outcomes, receipt
from statemachines import document as documents
from statemachines.document import Document
from statemachines.folding import fold
from statemachines.machine import Output, Row
from statemachines.rules import Consequences
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import PrintCopy, Refusal, ResolveDoubt, Sell
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import (
    DrawerEvent,
    Event,
    Occurred,
    PrintDoubtful,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    ReceiptPrinted,
    SaleCompleted,
    SaleRefused,
)
from tests.support.rules import (
    CASHIER,
    CLOUD,
    Bench,
    Choose,
    Devices,
    Record,
    as_told,
    every,
    opened,
    replayed,
    sale,
    shop,
    shut,
    with_rows,
)

SHOPS = (
    shop(),
    shop(unprinted_sale="keep", after_power_loss="ask"),
    shop(kick_at="printed"),
    shop(traits=CLOUD),
    shop(traits=CLOUD, kick_at="printed"),
)
STEPS = ["serve"] * 8 + [
    "ready",
    "ready",
    "sell",
    "sell",
    "time",
    "restart",
    "person",
    "copy",
    "silent",
    "late",
    "drawer",
]


@dataclass
class Play:
    """One till with its devices; `check` after every step."""

    bench: Bench
    devices: Devices
    choose: Choose[Any]
    sales: list[str] = field(default_factory=list)
    printed: set[str] = field(default_factory=set)
    first_jobs: dict[str, str] = field(default_factory=dict)
    asked_for: int = 0

    def step(self) -> None:
        """One thing happens, whichever."""
        self.step_of(self.choose(STEPS))

    def step_of(self, what: str) -> None:
        match what:
            case "serve":
                for event in self.devices.serve():
                    self._hear(self.bench.run(event))
            case "time":
                self._hear(self.bench.later(self.choose([300, 3000, 40_000])))
            case "restart":
                self._restart()
            case "sell":
                self._sell()
            case "person" | "copy":
                self._person(what)
            case _:
                for event in self._seen(what):
                    self._hear(self.bench.run(event))

    def _seen(self, what: str) -> list[Event]:
        if what == "late":
            state = self.bench.rules.state
            jobs = [document.job.job_id for document in state.documents.values() if document.job]
            return self.devices.late([*jobs, *state.copies])
        drawer = self.choose([opened(), shut()])
        return [{"silent": PrinterSilent("unplugged"), "ready": PrinterReady()}.get(what, drawer)]

    def _restart(self) -> None:
        self.devices.lose_power()
        started = self.bench.restart()
        assert not every(started.effects, Kick), "a start opened the drawer"
        assert not every(started.effects, Print), "a start printed"
        self._hear(started)

    def _sell(self) -> None:
        name = f"s-{len(self.sales) + 1}"
        command = Sell(name, CASHIER, sale(name))
        if not isinstance(self.bench.decide(command), Refusal):
            self.sales.append(name)
            self._hear(self.bench.do(command))

    def _person(self, what: str) -> None:
        """Somebody who looks, and tells what is there; or asks for a copy."""
        for document in list(self.bench.rules.state.documents.values()):
            self.asked_for += 1
            name = f"p-{self.asked_for}"
            command: ResolveDoubt | PrintCopy
            if what == "copy":
                paper = None if document.job is None else document.job.paper
                command = PrintCopy(name, CASHIER, document.document_id, "lost", paper, document.copies)
            else:
                seen = self.devices.originals(document.document_id) > 0
                if document.state == documents.FISCAL_DOUBT:
                    seen = document.document_id in self.devices.registered
                verdict: Literal["printed", "not_printed"] = "printed" if seen else "not_printed"
                command = ResolveDoubt(name, CASHIER, document.document_id, verdict, "I looked")
            if not isinstance(self.bench.decide(command), Refusal):
                self._hear(self.bench.do(command))

    def _hear(self, done: Consequences) -> None:
        for job in every(done.effects, Print):
            first = self.first_jobs.setdefault(job.document_id, job.job_id)
            assert job.kick is None or job.job_id == first, "a resend opened the drawer again"
            assert job.copy_no or job.document_id not in self.printed, "an original was planned after it was printed"
        self.printed |= {
            event.document_id
            for event in every(done.events, ReceiptPrinted)
            if event.job_id in self.devices.done and self.devices.originals(event.document_id)
        }
        self.devices.order(done.effects)

    def check(self) -> None:
        state = self.bench.rules.state
        for name in self.sales:
            whole = self.devices.originals(name)
            waiting = [job for job in every(self.devices.mailbox, Print) if job.document_id == name and not job.copy_no]
            assert whole + len(waiting) <= 1, "two originals"
            completed = [event for event in self._said(SaleCompleted) if event.document_id == name]
            refused = [event for event in self._said(SaleRefused) if event.document_id == name]
            assert len(completed) + len(refused) <= 1, "the sale is certain twice"
            assert not (refused and whole), "a refused sale is on paper"
            if name not in state.documents:
                assert completed or refused, "a sale was forgotten before it was certain"
            else:
                told = fold(about(name, self.bench.records), self.bench.settings)
                assert as_told(told) == as_told(state.documents[name]), "its own records tell another story"
        numbers = [copy for copy in self.devices.whole if copy[1]]
        assert len(numbers) == len(set(numbers)), "two copies bear one number"
        assert state.shift.expected_cash == 10_000 + sum(event.cash_due for event in self._said(SaleCompleted))

    def _said(self, kind: type[Any]) -> list[Any]:
        return every(self.bench.records, kind)


def about(name: str, records: Iterable[Record]) -> list[Record]:
    """What the journal holds under a document's name."""
    return [record for record in records if _subject(record) == name]


def _subject(record: Record) -> str:
    event = record.event if isinstance(record, Occurred) else record
    if isinstance(event, DrawerEvent):
        cause = getattr(event, "cause", None)
        return "" if cause is None else str(cause.id)
    return str(getattr(event, "document_id", ""))


class Script:
    """What happens, as bytes: each choice takes one; when they are used up the play is over."""

    def __init__(self, chosen: bytes) -> None:
        self.left = list(reversed(chosen))

    def __call__(self, options: Sequence[Any]) -> Any:
        return options[(self.left.pop() if self.left else 0) % len(options)]


def play(chosen: bytes, settings: RuleSettings) -> Play:
    script = Script(chosen)
    game = Play(Bench(settings), Devices(script), script)
    game.step_of("sell")
    game.check()
    while script.left:
        game.step()
        game.check()
    return game


scripts = st.binary(min_size=20, max_size=200)


@settings(max_examples=400)
@given(script=scripts, chosen=st.sampled_from(SHOPS))
def test_whatever_fails_there_is_one_original_and_one_completion(script: bytes, chosen: RuleSettings) -> None:
    game = play(script, chosen)
    assert replayed(game.bench.records, chosen).state == game.bench.rules.state


@given(script=scripts, chosen=st.sampled_from(SHOPS), other=st.sampled_from(SHOPS))
def test_the_journal_means_the_same_when_the_shop_has_changed_its_mind(
    script: bytes, chosen: RuleSettings, other: RuleSettings
) -> None:
    """The answer about an old sale may not depend on what is configured today."""
    game = play(script, chosen)
    assert replayed(game.bench.records, other).state == game.bench.rules.state
    for name in game.sales:
        records = about(name, game.bench.records)
        assert fold(records, other) == fold(records, chosen)


# --- negative controls: the same play, on rules that are broken ---------------------------------------------------


def unasked(row: Row[Any, Any]) -> Row[Any, Any]:
    """A doubtful job is sent again without asking."""
    if (row.source, row.event) == (documents.PRINTING, PrintDoubtful):
        return replace(row, target=documents.PRINTING, then=lambda document, _, till: till.print(document))
    return row


def unmarked(row: Row[Any, Any]) -> Row[Any, Any]:
    """What is not proven missing comes again as if it were."""

    def again(document: Document, _: Event, till: Any) -> Iterable[Output]:
        return list(till.print(document))

    if row.event is PrintFoundMissing and row.target == documents.PRINTING:
        return replace(row, then=again)
    return row


def unprotected(row: Row[Any, Any]) -> Row[Any, Any]:
    """Paper that was printed once is printed again at the next word about it."""
    if (row.source, row.event) == (documents.PRINTING, ReceiptPrinted):
        return replace(
            row, then=lambda document, _, till: [*document_outcomes.completion(document, till), *till.print(document)]
        )
    return row


SECOND = "two originals|an original was planned after it was printed"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (unasked, f"{SECOND}|a start printed"),
        (unmarked, SECOND),
        (unprotected, SECOND),
    ],
)
def test_rules_that_make_a_second_original_are_caught(
    broken: Callable[[Row[Any, Any]], Row[Any, Any]], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt, "TABLE", with_rows(receipt.TABLE, broken))
    caught(why, shop())


def test_rules_that_complete_a_sale_twice_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(row: Row[Any, Any]) -> Row[Any, Any]:
        return replace(row, target=cash_transaction.DRAFT) if row.event is SaleCompleted else row

    monkeypatch.setattr(cash_transaction, "TABLE", with_rows(cash_transaction.TABLE, forgetful))
    caught("the sale is certain twice", shop(after_power_loss="ask"))


def test_rules_that_open_the_drawer_with_a_resend_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = context.Planning.print

    def with_kick(self: context.Planning, document: Document, *, void: bool = False) -> Iterable[Any]:
        kick = Kick("main", 100, self.now.mono + 4000)
        return [replace(job, kick=kick) for job in planned(self, document, void=void) if isinstance(job, Print)]

    monkeypatch.setattr(context.Planning, "print", with_kick)
    caught("a resend opened the drawer again", shop())


def test_rules_that_repeat_a_job_at_the_start_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(row: Row[Any, Any]) -> Row[Any, Any]:
        if row.event is PrintDoubtful and row.source == documents.PRINTING:
            return replace(row, then=lambda document, event, till: again(document, event, till), target=row.target)
        return row

    def again(document: Document, event: PrintDoubtful, till: Any) -> Iterable[Output]:
        document.doubt = event.reason
        return list(till.print(document)) if "restarted" in event.reason else list(till.ask(document))

    monkeypatch.setattr(receipt, "TABLE", with_rows(receipt.TABLE, eager))
    caught("a start printed", shop())


def caught(why: str, chosen: RuleSettings) -> None:
    """The play must fail, and for this reason."""

    @settings(max_examples=1000, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    @given(script=st.binary(min_size=20, max_size=150))
    def found(script: bytes) -> None:
        play(script, chosen)

    with pytest.raises(AssertionError, match=why):
        found()
