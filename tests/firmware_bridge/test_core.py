"""The synchronous core on a real journal: what is committed when, and that the journal tells the whole state."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgpack
import pytest

from firmware_bridge import snapshot
from firmware_bridge.core import Batch, TillCore, subject_of
from firmware_bridge.journal.records import Record
from firmware_bridge.journal.store import Journal
from firmware_bridge.views import document_of, document_view, known
from statemachines.drawer import DrawerSettings
from statemachines.rules import Rules
from statemachines.settings import RuleSettings
from statemachines.vocabulary.commands import (
    CloseShift,
    Command,
    MoveCash,
    OpenDrawer,
    OpenShift,
    PrintCopy,
    Refusal,
    ResolveDoubt,
    Sell,
    TakeXReport,
)
from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, Kick, Print
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerKicked,
    DrawerOpenRequested,
    Event,
    Occurred,
    OriginalReturned,
    PrintDoubtful,
    PrinterPaperEnd,
    PrinterReady,
    PrintUnresolved,
    ReceiptFiscalised,
    ReceiptPrinted,
    SaleCompleted,
    ShiftOpened,
    TimeReached,
)
from statemachines.vocabulary.receipt import Customer
from tests.support.rules import (
    CASHIER,
    CLOUD,
    DAY,
    DRAWER,
    NOON,
    REGISTER,
    STAMP,
    Devices,
    OneLinePaper,
    as_told,
    cash_move,
    every,
    only,
    opened,
    sale,
    shop,
    shut,
    taken_back,
)

APART = shop(drawers={DRAWER: DrawerSettings(through_printer=False)})


@dataclass
class HandClock:
    """Implements `TillClock`: it is moved by hand."""

    ms: int = 5_000_000

    def monotonic(self) -> float:
        return self.ms / 1000

    def utc_ms(self) -> int:
        return NOON + self.ms


@dataclass
class Station:
    """A core on its journal; `effects` is what may leave, in order; `commits` how often the journal was synced."""

    path: Path
    settings: RuleSettings
    snapshot_every: int = 1000
    clock: HandClock = field(default_factory=HandClock)
    effects: list[Effect] = field(default_factory=list)
    commits: int = 0
    started: int = 0

    def __post_init__(self) -> None:
        self.journal = self._opened()
        self.core = self._core()
        self.begin()

    def _opened(self) -> Journal:
        ids = itertools.count()
        return Journal.open(self.path, till_id="till-1", clock=self.clock.utc_ms, new_id=lambda: f"journal-{next(ids)}")

    def _core(self) -> TillCore:
        return TillCore(self.settings, OneLinePaper(), self.clock, "UAH", self.snapshot_every)

    def begin(self) -> None:
        body, records = self.journal.replay_from_snapshot()
        assert self.core.restore(body, records)
        self.core.committed(self.journal.head())
        self.core.started("till-1", f"boot-{self.started}", "1.0")
        self.started += 1
        self.cut(flush=True)

    def cut(self, *, flush: bool = False) -> Batch:
        batch = self.core.cut(flush=flush)
        if batch.entries:
            self.journal.append(
                batch.entries,
                batch.requests,
                personal=batch.personal,
                snapshot=batch.snapshot,
                anchor=batch.anchor,
            )
            self.core.committed(self.journal.head())
            self.commits += 1
        self.effects += batch.effects
        return batch

    def do(self, command: Command) -> Batch:
        assert self.core.accept(command, b"digest".ljust(32)) is None
        return self.cut()

    def hear(self, *events: Event) -> Batch:
        for event in events:
            self.core.take(event)
        return self.cut()

    def crash(self) -> None:
        """The power goes: what is not committed is gone; the same file is opened anew."""
        self.journal.close()
        self.effects.clear()
        self.journal = self._opened()
        self.core = self._core()
        self.begin()

    @property
    def state(self) -> bytes:
        return snapshot.encode(self.core.rules.state)

    def by_replay(self) -> bytes:
        return snapshot.encode(replay(self.settings, None, everything(self.journal)).state)

    def by_snapshot(self) -> bytes:
        body, records = self.journal.replay_from_snapshot()
        return snapshot.encode(replay(self.settings, body, list(records)).state)


def replay(settings: RuleSettings, body: bytes | None, records: list[Record]) -> Rules:
    core = TillCore(settings, OneLinePaper(), HandClock(), "UAH")
    assert core.restore(body, records)
    return core.rules


def everything(journal: Journal) -> list[Record]:
    records: list[Record] = []
    while piece := journal.read(records[-1].seq if records else 0):
        records += piece
    return records


Build = Callable[..., Station]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Build]:
    built: list[Station] = []

    def build(settings: RuleSettings | None = None, *, ready: bool = True, snapshot_every: int = 1000) -> Station:
        one = Station(tmp_path / f"{len(built)}.journal", settings or shop(), snapshot_every)
        built.append(one)
        if ready:
            one.hear(PrinterReady())
            one.do(OpenShift("shift-1", CASHIER, 100_000))
            if one.settings.traits.registers:
                one.hear(ReceiptFiscalised("shift-1", STAMP, "not_mine"))
                one.effects.clear()
        return one

    yield build
    for one in built:
        one.journal.close()


def sell(name: str = "s-1", **more: Any) -> Sell:
    return Sell(name, CASHIER, sale(name, **more))


# --- what is committed, and when ----------------------------------------------------------------------------------


def test_a_sale_without_fiscaliser_takes_two_commits(station: Build) -> None:
    till = station()
    before = till.commits
    job = only(till.do(sell()).effects, Print)
    till.hear(DrawerKicked(DRAWER, 1))
    till.hear(opened())
    assert till.commits == before + 1
    batch = till.hear(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert till.commits == before + 2
    assert [subject_of(entry.record.event) for entry in batch.entries if isinstance(entry.record, Occurred)] == [
        "",
        "s-1",
        "s-1",
        "s-1",
    ]


def test_a_sale_on_a_cloud_register_takes_three_commits(station: Build) -> None:
    till = station(shop(traits=CLOUD))
    before = till.commits
    assert len(every(till.do(sell()).effects, Fiscalise)) == 1
    job = only(till.hear(ReceiptFiscalised("s-1", STAMP, "not_mine")).effects, Print)
    till.hear(DrawerKicked(DRAWER, 1), opened())
    till.hear(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert till.commits == before + 3


@pytest.mark.parametrize("printed", ["yes", "no", "unknown"])
def test_a_sale_on_a_register_that_prints_takes_two_commits(station: Build, printed: Any) -> None:
    till = station(shop(traits=REGISTER))
    before = till.commits
    till.do(sell())
    till.hear(ReceiptFiscalised("s-1", STAMP, printed))
    till.hear(DrawerKicked(DRAWER, 1), opened())
    assert till.commits == before + 2


def test_nothing_leaves_before_it_is_committed(station: Build) -> None:
    """Every intention that is given out stands in the very batch that is committed before."""
    till = station()
    batch = till.do(sell())
    job = only(batch.effects, Print)
    assert job in [entry.record for entry in batch.entries]
    assert job in [record.record for record in till.journal.by_subject("s-1")]


def test_sensors_and_printer_health_wait_for_the_next_commit(station: Build) -> None:
    till = station()
    before = till.commits
    for event in (PrinterPaperEnd(), PrinterReady(), shut(), TimeReached("drawer:main")):
        assert till.hear(event).entries == []
    assert till.commits == before
    waiting = [type(item.event).__name__ for item in till.core.waiting()]
    assert waiting == ["PrinterPaperEnd", "PrinterReady", "DrawerClosed"]
    batch = till.do(sell())
    assert len(batch.entries) == 3 + 3
    assert till.core.waiting() == []


def test_an_idle_till_commits_what_waits(station: Build) -> None:
    till = station()
    till.hear(PrinterPaperEnd())
    assert [type(entry.record) for entry in till.cut(flush=True).entries] == [Occurred]
    assert till.cut(flush=True).entries == []


def test_a_question_leaves_although_nothing_is_committed(station: Build) -> None:
    till = station()
    job = only(till.do(sell()).effects, Print)
    till.hear(PrintDoubtful("s-1", job.job_id, "no answer"))
    till.hear(PrintUnresolved("s-1", job.job_id, "busy", person_needed=False))
    before = till.commits
    assert till.hear(PrinterReady()).effects == [Ask(job)]
    assert till.commits == before
    assert till.cut().effects == []


def test_a_forced_opening_is_committed_at_once(station: Build) -> None:
    till = station()
    till.hear(shut())
    before = till.commits
    till.hear(opened())
    assert till.commits == before + 1


def test_openings_that_a_book_is_told_of_are_journalled_under_their_names(station: Build) -> None:
    till = station(shop(record_commanded=True, record_forced=True))
    till.hear(shut())
    till.do(OpenDrawer("o-1", CASHIER, DRAWER, "change"))
    before = till.commits
    till.hear(opened())
    assert till.commits == before + 1
    till.hear(shut())
    till.hear(opened())
    till.hear(shut())
    till.cut(flush=True)
    recorded = ["NoSaleRecorded", "DrawerOpened", "DrawerClosed", "CashMoveSettled"]
    assert [record.name for record in till.journal.by_subject("o-1")] == ["DrawerOpenRequested", *recorded]
    assert [record.name for record in till.journal.by_subject(f"{DAY}:forced:1")] == recorded
    assert till.by_replay() == till.by_snapshot() == till.state
    view = document_view(known(till.journal.by_subject("o-1")), till.settings)
    assert view is not None
    assert (view["kind"], view["reason"], view["cash_transaction"], view["drawer"]["state"]) == (
        "no_sale",
        "change",
        "settled",
        "closed",
    )


def test_what_waits_can_be_asked_for_by_subject(station: Build) -> None:
    till = station(APART)
    till.do(sell())
    till.core.take(DrawerKicked(DRAWER, 1))
    till.core.take(opened())
    assert [type(item.event).__name__ for item in till.core.waiting("s-1")] == ["DrawerOpened"]
    assert len(till.core.waiting()) == 2


def test_an_event_is_journalled_under_what_it_is_about() -> None:
    assert subject_of(DrawerOpenRequested(DRAWER, DrawerCause("sale", "s-1"))) == "s-1"
    assert subject_of(DrawerKicked(DRAWER, 1)) == ""
    assert subject_of(OriginalReturned("s-0", "r-1", (), 0)) == "s-0"
    assert subject_of(ShiftOpened("shift-1", 1, 0, CASHIER, "2026-10-01")) == "shift-1"
    assert subject_of(PrinterPaperEnd()) == ""


# --- commands -----------------------------------------------------------------------------------------------------


def test_an_accepted_command_is_bound_to_its_first_record_and_answer(station: Build) -> None:
    till = station()
    till.core.take(PrinterReady())
    till.do(sell())
    bound = till.journal.find_request("s-1")
    assert bound is not None
    assert (bound.subject, bound.digest) == ("s-1", b"digest".ljust(32))
    assert next(record.name for record in everything(till.journal) if record.seq == bound.seq) == "SaleRequested"


def test_a_copy_and_a_resolved_doubt_are_answered_from_their_document(station: Build) -> None:
    till = station()
    job = only(till.do(sell()).effects, Print)
    till.hear(PrintDoubtful("s-1", job.job_id, "no answer"))
    till.do(ResolveDoubt("d-1", CASHIER, "s-1", "printed", "I looked"))
    till.do(PrintCopy("c-1", CASHIER, "s-1", "lost", job.paper))
    assert [till.journal.find_request(name).subject for name in ("d-1", "c-1")] == ["s-1", "s-1"]  # type: ignore[union-attr]  # both are bound


def test_personal_data_is_kept_beside_the_records(station: Build) -> None:
    till = station()
    till.do(replace(sell(), customer=Customer(email="o@example.org")))
    body = till.journal.personal("s-1")
    assert body is not None
    assert msgpack.unpackb(body)["email"] == "o@example.org"
    assert b"example.org" not in b"".join(repr(record).encode() for record in everything(till.journal))


REFUSED: tuple[Command, ...] = (
    sell(drawer="attic"),
    Sell("r-1", CASHIER, taken_back("r-1", "s-9")),
    OpenShift("shift-2", CASHIER, 0),
    MoveCash("m-1", CASHIER, cash_move("m-1", "out", 100_001)),
    OpenDrawer("o-1", CASHIER, "attic", "change"),
    PrintCopy("c-1", CASHIER, "s-9", "lost"),
    ResolveDoubt("d-1", CASHIER, "s-9", "printed", "I looked"),
)


@pytest.mark.parametrize("command", REFUSED, ids=lambda command: type(command).__name__)
def test_a_refusal_changes_nothing_and_binds_nothing(station: Build, command: Command) -> None:
    till = station()
    state, head = till.state, till.journal.head()
    refusal = till.core.accept(command, b"digest".ljust(32))
    assert isinstance(refusal, Refusal)
    assert till.state == state
    batch = till.cut(flush=True)
    assert (batch.entries, batch.requests, batch.effects, batch.personal) == ([], [], [], {})
    assert till.journal.head() == head
    assert till.journal.find_request(command.command_id) is None


def test_a_refused_id_may_be_used_once_the_cause_is_gone(station: Build) -> None:
    till = station(ready=False)
    assert isinstance(till.core.accept(sell(), b"d" * 32), Refusal)
    till.hear(PrinterReady())
    till.do(OpenShift("shift-1", CASHIER, 0))
    till.do(sell())
    assert till.journal.find_request("s-1") is not None


def test_a_second_return_in_the_commit_of_the_first_one_is_counted(station: Build) -> None:
    till = station()
    job = only(till.do(sell()).effects, Print)
    till.hear(ReceiptPrinted("s-1", job.job_id, "process_id"))
    back = Sell("r-1", CASHIER, taken_back("r-1", "s-1"), original=sale("s-1"))
    job = only(till.do(back).effects, Print)
    till.core.take(ReceiptPrinted("r-1", job.job_id, "process_id"))
    again = replace(back, command_id="r-2", receipt=taken_back("r-2", "s-1"))
    refusal = till.core.accept(again, b"d" * 32)
    assert refusal is not None
    assert refusal.code == "more-than-sold"


# --- snapshots ----------------------------------------------------------------------------------------------------


def test_a_closed_shift_is_an_anchor_with_a_snapshot(station: Build) -> None:
    till = station()
    till.do(CloseShift("z-1", CASHIER, "en"))
    found = till.journal.latest_snapshot()
    assert found is not None
    assert found.seq == till.journal.head().seq
    assert [anchor.reason for anchor in till.journal.anchors()] == ["shift 1 closed"]


def test_the_anchor_names_the_closed_shift_though_the_next_one_is_open_already(station: Build) -> None:
    till = station()
    assert till.core.accept(CloseShift("z-1", CASHIER, "en"), b"d" * 32) is None
    assert till.core.accept(OpenShift("shift-2", CASHIER, 0), b"d" * 32) is None
    till.cut()
    assert [anchor.reason for anchor in till.journal.anchors()] == ["shift 1 closed"]


def test_a_snapshot_is_made_every_so_many_records(station: Build) -> None:
    till = station(snapshot_every=4)
    seqs = set()
    for number in range(6):
        job = only(till.do(sell(f"s-{number}")).effects, Print)
        till.hear(ReceiptPrinted(job.document_id, job.job_id, "process_id"))
        found = till.journal.latest_snapshot()
        seqs.add(0 if found is None else found.seq)
    assert len(seqs) > 3
    assert till.by_snapshot() == till.by_replay() == till.state


def test_a_snapshot_of_another_format_is_left_aside_for_the_whole_journal(station: Build) -> None:
    till = station()
    till.do(sell())
    foreign = msgpack.packb([snapshot.FORMAT + 1])
    core = TillCore(till.settings, OneLinePaper(), HandClock(), "UAH")
    assert core.restore(foreign, []) is False
    assert core.restore(None, everything(till.journal)) is True
    assert snapshot.encode(core.rules.state) == till.state


# --- a whole life on one file ---------------------------------------------------------------------------------------


@dataclass
class Life:
    """Random commands, devices that fail and power cuts, on one journal."""

    till: Station
    dice: random.Random
    devices: Devices
    count: int = 0

    def __post_init__(self) -> None:
        self.devices.order(self.till.do(sell("id-0", cash=9000, quantity=9000)).effects)
        self.committed = self.till.state

    def one_thing(self) -> None:
        step = self.dice.choice([self.command] * 3 + [self.serve] * 6 + [self.health] * 2 + [self.time, self.switch])
        step()
        self.devices.order(self._cut())

    def command(self) -> None:
        self.count += 1
        name = f"id-{self.count}"
        for command in self.dice.sample(self._commands(name), 2):
            before = self.till.state
            if isinstance(self.till.core.accept(command, b"d" * 32), Refusal):
                assert self.till.state == before
            else:
                return

    def _commands(self, name: str) -> list[Command]:
        live = list(self.till.core.rules.state.documents.values())
        commands: list[Command] = [
            *(sell(name, cash=self.dice.randrange(0, 5000), card=700) for _ in range(4)),
            MoveCash(name, CASHIER, cash_move(name, self.dice.choice(["in", "out"]), 300)),
            TakeXReport(name, CASHIER, "en"),
            OpenDrawer(name, CASHIER, DRAWER, "change"),
            CloseShift(name, CASHIER, "en"),
            OpenShift(name, CASHIER, 50_000),
            Sell(name, CASHIER, taken_back(name, "id-0"), original=sale("id-0", cash=9000, quantity=9000)),
        ]
        for document in live:
            about = document.document_id
            verdict: Any = self.dice.choice(["printed", "not_printed", "abandoned"])
            commands.append(ResolveDoubt(name, CASHIER, about, verdict, "I looked"))
            if document.job is not None:
                commands.append(PrintCopy(name, CASHIER, about, "lost", document.job.paper, document.copies))
        return commands

    def serve(self) -> None:
        for event in self.devices.serve():
            self.till.core.take(event)

    def health(self) -> None:
        self.till.core.take(self.dice.choice([PrinterReady(), PrinterReady(), PrinterPaperEnd()]))

    def switch(self) -> None:
        self.till.core.take(self.dice.choice([opened(), shut()]))

    def time(self) -> None:
        self.till.clock.ms += self.dice.choice([400, 3_000, 61_000])
        for key, due in sorted(self.till.core.rules.deadlines().items()):
            if due <= self.till.clock.ms:
                self.till.core.take(TimeReached(key))

    def _cut(self) -> list[Effect]:
        already = len(self.till.effects)
        self.till.cut(flush=self.dice.random() < 0.1)
        if not self.till.core.waiting():
            self.committed = self.till.state
        return self.till.effects[already:]

    def compare(self) -> None:
        """Three ways to one state; the live one only when nothing waits for its commit."""
        by_replay = self.till.by_replay()
        assert self.till.by_snapshot() == by_replay
        if not self.till.core.waiting():
            assert self.till.state == by_replay
        for name, document in self.till.core.rules.state.documents.items():
            if not self.till.core.waiting():
                told = document_of(known(self.till.journal.by_subject(name)), self.till.settings)
                assert as_told(told) == as_told(document)

    def power_cut(self) -> None:
        """Lose what waits: the file tells the state of the last commit, and the next process goes on from there."""
        last = self.committed
        self.devices.lose_power()
        assert self.till.by_replay() == self.till.by_snapshot()
        assert self.till.by_replay() == last
        self.till.clock.ms = 5_000_000
        self.till.crash()
        self.committed = self.till.state
        self.devices.order(self.till.effects)


@pytest.mark.parametrize(
    "settings",
    [shop(), shop(traits=CLOUD, kick_at="printed"), APART, shop(record_commanded=True, record_forced=True)],
    ids=["plain", "cloud", "apart", "recorded"],
)
def test_journal_snapshot_and_live_state_are_one_whatever_happens(
    station: Build, settings: RuleSettings, seed: int
) -> None:
    dice = random.Random(seed)
    till = station(settings, snapshot_every=dice.choice([3, 10, 40]))
    life = Life(till, dice, Devices(dice.choice))
    for _ in range(8):
        for _ in range(dice.randrange(5, 20)):
            life.one_thing()
            life.compare()
        life.power_cut()
        life.compare()
    assert [record.name for record in everything(till.journal)].count("TillStarted") == 9


def test_a_lost_tail_of_sensors_is_the_only_thing_that_a_cut_takes(station: Build) -> None:
    till = station()
    job = only(till.do(sell()).effects, Print)
    done = till.hear(ReceiptPrinted("s-1", job.job_id, "process_id"))
    assert len(every([entry.record for entry in done.entries], SaleCompleted)) == 1
    at_commit = till.state
    till.hear(DrawerKicked(DRAWER, 1), opened(), PrinterPaperEnd())
    assert till.state != at_commit
    assert till.by_replay() == till.by_snapshot() == at_commit
    till.crash()
    assert till.effects == []
    assert every([record.record for record in everything(till.journal)], DrawerClosed) == []
    assert till.core.rules.state.shift.totals.sales.count == 1


def test_an_uncommitted_command_is_as_if_it_had_never_been_given(station: Build) -> None:
    till = station()
    at_commit = till.state
    assert till.core.accept(sell(), b"d" * 32) is None
    assert till.by_replay() == at_commit
    till.crash()
    assert till.journal.find_request("s-1") is None
    assert every(till.effects, Print | Kick) == []  # type: ignore[arg-type]  # a union is as good as a class here
    till.hear(PrinterReady())
    assert only(till.do(sell()).effects, Print).job_id == "0001"


def test_a_commit_that_failed_is_forgotten_by_restoring(station: Build) -> None:
    till = station()
    at_commit = till.state
    assert till.core.accept(sell(), b"d" * 32) is None
    till.core.cut()  # and the journal refuses it
    body, records = till.journal.replay_from_snapshot()
    assert till.core.restore(body, records)
    assert till.state == at_commit
    assert till.core.waiting() == []
    till.do(sell())
