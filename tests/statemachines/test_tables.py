"""What holds for every machine: each state and event is decided, and no sequence of events leads out of the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import statemachines
from statemachines import (
    cash_count,
    cash_transaction,
    closing,
    diagram,
    drawer,
    drawer_day,
    fiscal_mode,
    offline_codes,
    printer,
    receipt,
    shift,
)
from statemachines import document as documents
from statemachines.context import Replaying
from statemachines.machine import Reject, Row, Table
from statemachines.state import TillState
from statemachines.vocabulary.book_events import NoSaleRecorded
from statemachines.vocabulary.day_events import (
    CloseRequested,
    ClosingAdvanced,
    ClosingCalledOff,
    ClosingFinished,
    ClosingStopped,
    CountCancelled,
    CountRecorded,
    CountRecountAsked,
    CountStarted,
    CountSubmitted,
    DrawerCashiersAssigned,
    DrawerDayClosed,
    DrawerDayOpened,
    ShiftAgeWarned,
    ShiftCloseDoubtful,
    ShiftCloseRefused,
    ShiftExpired,
    ShiftFoundClosed,
    ShiftFoundOpen,
    ShiftOpenDoubtful,
    ShiftOpenRefused,
)
from statemachines.vocabulary.effects import Fiscalise, Print
from statemachines.vocabulary.events import (
    CashMoved,
    CashMoveRefused,
    CashMoveRequested,
    CashMoveSettled,
    Declined,
    DoubtResolved,
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerKickDropped,
    DrawerKicked,
    DrawerKickRepeated,
    DrawerLeftOpen,
    DrawerOpened,
    DrawerOpenFailed,
    DrawerOpenRequested,
    DrawerReady,
    DrawerSensed,
    DrawerSilent,
    Event,
    FiscalisationDoubtful,
    FiscalisationRefused,
    FiscalisationRetried,
    FiscalisationUnknown,
    HandedOver,
    Occurred,
    PrintDoubtful,
    PrinterCoverOpen,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    PrintFoundMissing,
    PrintOutdated,
    PrintRefused,
    PrintUnresolved,
    ReceiptCopyPrinted,
    ReceiptFiscalised,
    ReceiptPrinted,
    ReportRefused,
    ReportRequested,
    ReportTaken,
    SaleCompleted,
    SaleRefused,
    SaleRequested,
    SaleSettled,
    ShiftClosed,
    ShiftOpened,
    ShiftOpenRequested,
    TillStarted,
    TimeReached,
    Verdict,
)
from statemachines.vocabulary.evidence import Counters
from statemachines.vocabulary.offline_events import (
    DrainStepFailed,
    FiscaliserUnreachable,
    FiscalMode,
    FiscalModeChanged,
    OfflineCode,
    OfflineCodeBound,
    OfflineCodeReleased,
    OfflineCodesNotRefilled,
    OfflineCodeSpent,
    OfflineCodesRefilled,
    OfflineDocumentDelivered,
    OfflineDocumentRefused,
    RegisterSeen,
    TaxServicePinged,
    WentOffline,
    WentOnline,
)
from statemachines.vocabulary.receipt import Report, ShiftOpening
from statemachines.vocabulary.slip import SlipIssued, SlipRefused, SlipRequested
from statemachines.vocabulary.traits import NO_FISCALISER, FiscaliserTraits
from tests.support.rules import (
    CASHIER,
    CLOUD,
    DRAWER,
    NOON,
    STAMP,
    Bench,
    OneLinePaper,
    cash_move,
    replayed,
    sale,
    shop,
    slip,
    with_rows,
)

TOTALS = shift.Shift().totals
REPORT = Report("x-1", "x_report", "1", 1, 0, "UAH", "en", CASHIER, TOTALS, "7:abc")
Z = replace(REPORT, document_id="s-1", kind="shift_report", shift_id="shift-1")
OPENING = ShiftOpening("s-1", 1, 10_000, (), CASHIER, "2026-10-01", "UAH", "en")
CODE = OfflineCode("code", 7)
CAUSE = DrawerCause("sale", "s-1")
PAPER = OneLinePaper().paper(documents.Document("s-1", "sale", "1", 0, receipt=sale()))
JOB = Print("s-1", "0001", PAPER, before=Counters(100))

VERDICTS: tuple[Verdict, ...] = (
    "printed",
    "not_printed",
    "fiscalised",
    "not_fiscalised",
    "refunded",
    "abandoned",
)
MODES: tuple[FiscalMode, ...] = ("online", "offline_auto", "offline_manual", "draining", "jammed")

#: Every event that some machine takes, in the variants that its guards tell apart.
EVENTS: tuple[Event, ...] = (
    TillStarted("till-1", "boot", "1.0"),
    ShiftOpened("shift-1", 1, 10_000, CASHIER, "2026-10-01"),
    ShiftClosed("shift-1", 1, TOTALS, "shift-1", "7:abc"),
    SaleRequested("s-1", sale()),
    CashMoveRequested("s-1", cash_move("s-1")),
    ReportRequested("s-1", REPORT),
    ReportRequested("s-1", Z),
    ShiftOpenRequested("s-1", OPENING),
    SlipRequested("s-1", slip("s-1")),
    ShiftOpenRefused("shift-1", "no"),
    ShiftOpenDoubtful("shift-1", "silence"),
    ShiftAgeWarned("shift-1", 82_800_000, 86_400_000),
    ShiftExpired("shift-1", "a day"),
    ShiftFoundOpen("shift-2", 2, 5, CASHIER, "2026-10-01"),
    ShiftFoundClosed("shift-1", "the register"),
    ShiftCloseRefused("shift-1", "no"),
    ShiftCloseDoubtful("shift-1", "silence"),
    CloseRequested("shift-1", "s-1", CASHIER, "UAH", "en", "7:abc"),
    *(ClosingAdvanced("shift-1", step) for step in closing.STEPS),
    ClosingFinished("shift-1"),
    ClosingStopped("shift-1", "report", "no"),
    ClosingCalledOff("shift-1", CASHIER, "customers"),
    DrawerDayOpened(DRAWER, "day-1", 500),
    DrawerCashiersAssigned(DRAWER, "day-1", ("c-1",), "a-1"),
    DrawerDayClosed(DRAWER, "day-1", 500, None, "", "d-1"),
    CountStarted("n-1", DRAWER, "day-1", "end_of_day_balance", blind=True, by=CASHIER),
    CountRecorded("n-1", DRAWER, 1, 490, (), 500, -10, CASHIER),
    CountRecountAsked("n-1", DRAWER, 1, CASHIER),
    CountSubmitted("n-1", DRAWER, "end_of_day_balance", 490, 500, -10, CASHIER),
    CountSubmitted("n-1", DRAWER, "intra_day_balance", 490, 500, -10, CASHIER),
    CountCancelled("n-1", DRAWER, CASHIER, "called away"),
    *(FiscalModeChanged(mode, "the network") for mode in MODES),
    *(OfflineCodeBound(name, CODE, 5, reserved=True) for name in ("s-1", "s-2")),
    OfflineCodeReleased("s-1", CODE),
    OfflineCodeSpent("code"),
    *(ReceiptFiscalised("s-1", STAMP, printed) for printed in ("yes", "no", "unknown", "not_mine")),
    FiscalisationRefused("s-1", "no"),
    FiscalisationRefused("s-1", "no", charged=True),
    FiscalisationRetried("s-1", "00000000-0000-8000-8000-000000000000", 2, CASHIER),
    Declined("s-1", "no"),
    FiscalisationDoubtful("s-1", "silence"),
    FiscalisationUnknown("s-1"),
    FiscaliserUnreachable("s-1", "no connection"),
    OfflineDocumentDelivered("s-1", STAMP),
    HandedOver("s-1", "another register"),
    ReceiptPrinted("s-1", "0001", "odometer"),
    PrintRefused("s-1", "0001", "cover open"),
    PrintOutdated("s-1", "0001", Counters(101)),
    PrintDoubtful("s-1", "0001", "silence", end_sent=False),
    PrintFoundMissing("s-1", "0001", proven=True, fragment=True, evidence="seen"),
    PrintFoundMissing("s-1", "0001", proven=False, fragment=False, evidence="guessed"),
    PrintUnresolved("s-1", "0001", "silence", person_needed=False),
    PrintUnresolved("s-1", "0001", "silence", person_needed=True),
    *(DoubtResolved("s-1", verdict, "looked", CASHIER) for verdict in VERDICTS),
    ReceiptCopyPrinted("s-1", "0002", 1, "odometer"),
    SaleCompleted("s-1", 1250, 1250, 0),
    SaleRefused("s-1", "no"),
    SaleSettled("s-1", "timeout"),
    CashMoved("s-1", "add_to_float", "in", 500),
    *(NoSaleRecorded("o-1", DRAWER, "day-1", "change", forced=forced) for forced in (True, False)),
    CashMoveRefused("s-1", "no"),
    CashMoveSettled("s-1", "timeout"),
    ReportTaken("s-1", printed=True),
    ReportRefused("s-1", "no"),
    SlipIssued("s-1", printed=True),
    SlipRefused("s-1", "no"),
    DrawerOpenRequested(DRAWER, CAUSE),
    DrawerKicked(DRAWER, 1),
    DrawerKickDropped(DRAWER, "too old"),
    DrawerKickRepeated(DRAWER, 2),
    DrawerSensed(DRAWER, open=True),
    DrawerSensed(DRAWER, open=False),
    DrawerOpened(DRAWER, CAUSE, "sensed"),
    DrawerOpened(DRAWER, DrawerCause("no_sale", ":forced:1"), "sensed", "day-1"),
    DrawerOpenFailed(DRAWER, CAUSE, 3, "stuck"),
    DrawerClosed(DRAWER, CAUSE, 4000),
    DrawerForced(DRAWER),
    DrawerLeftOpen(DRAWER, 60_000),
    DrawerReady(DRAWER),
    DrawerSilent(DRAWER, "it was pulled out"),
    PrinterReady(counters=Counters(100)),
    PrinterPaperEnd(),
    PrinterCoverOpen(),
    PrinterFault("cutter", recoverable=True),
    PrinterSilent("unplugged"),
    TimeReached("any"),
)

#: Those of them that only the rules themselves make: nobody else can put them into the inbox.
MADE_BY_THE_RULES = (
    SaleCompleted,
    SaleRefused,
    SaleSettled,
    CashMoved,
    CashMoveRefused,
    CashMoveSettled,
    NoSaleRecorded,
    ReportRefused,
    ReportTaken,
    SlipIssued,
    SlipRefused,
    ReceiptCopyPrinted,
    ShiftOpenRefused,
    ShiftOpenDoubtful,
    ShiftAgeWarned,
    ShiftExpired,
    ShiftCloseRefused,
    ShiftCloseDoubtful,
    ShiftClosed,
    ClosingAdvanced,
    ClosingFinished,
    ClosingStopped,
)
INPUTS = tuple(event for event in EVENTS if not isinstance(event, MADE_BY_THE_RULES))

#: What the offline time hears besides, which no table decides: answers of the fiscaliser to its steps.
ANSWERS: tuple[Event, ...] = (
    *(RegisterSeen(off, manual, NOON, last) for off in (True, False) for manual in (True, False) for last in (0, NOON)),
    OfflineCodesRefilled(0, tuple(OfflineCode(f"code-{n}", n) for n in range(40))),
    OfflineCodesRefilled(NOON, tuple(OfflineCode(f"code-{n}", n) for n in range(20, 60))),
    OfflineCodesNotRefilled("silence", NOON),
    WentOffline("session"),
    OfflineDocumentRefused("s-1", "no"),
    WentOnline("session", 1),
    *(TaxServicePinged(answers, "text") for answers in (True, False)),
    *(DrainStepFailed("LookAtRegister", "silence", reached) for reached in (True, False)),
)

MODELS: dict[str, Callable[[], Any]] = {
    "shift": shift.Shift,
    "receipt": lambda: documents.Document("s-1", "sale", "1", 0, receipt=sale(), job=JOB),
    "cash_transaction": lambda: documents.Document("s-1", "sale", "1", 0, receipt=sale(), job=JOB),
    "closing": closing.Closing,
    "drawer_day": lambda: drawer_day.DrawerDay(DRAWER),
    "cash_count": lambda: cash_count.Count("n-1", DRAWER),
    "fiscal_mode": fiscal_mode.Mode,
    "offline_code": lambda: offline_codes.Code("code", 7),
    "drawer": lambda: drawer.Drawer(DRAWER),
    "printer": printer.Printer,
}
tables = pytest.mark.parametrize("table", diagram.TABLES, ids=lambda table: str(table.name))


@dataclass(frozen=True, slots=True)
class Opened(Event):
    TRANSIENT = False


class Heard(Event):
    TRANSIENT = True


@dataclass(slots=True)
class Door:
    state: str = "shut"


DOOR_ROWS: tuple[Row[Door, None], ...] = (Row("shut", Opened, "open"), Row("open", Heard, "="))
DOOR_REJECTS = (Reject("open", (Opened,), "open", "It is open."), Reject("shut", (Heard,), "shut", "It is shut."))


def context_of(table: Table[Any, Any], event: Event) -> Replaying:
    state = TillState(documents={"s-1": MODELS["receipt"]()}).with_drawers(shop().drawers)
    return Replaying(shop(), state, Occurred(1, 1, event))


def test_the_events_tried_here_are_all_that_the_machines_know() -> None:
    assert {type(event) for event in EVENTS} == {event for table in diagram.TABLES for event in table.events}


@tables
def test_every_state_and_event_is_decided(table: Table[Any, Any]) -> None:
    assert table.undecided() == []


@tables
def test_no_state_and_event_is_decided_twice(table: Table[Any, Any]) -> None:
    """A row behind one without guard never runs, nor does a refusal behind it."""
    ended: set[tuple[str, type[Event]]] = set()
    for row in table.rows:
        for state in (row.source,) if isinstance(row.source, str) else row.source:
            assert (state, row.event) not in ended, f"{state} x {row.event.__name__}: a dead row"
            if row.when is None:
                ended.add((state, row.event))
    refused = [
        (state, event)
        for reject in table.rejects
        for state in ((reject.source,) if isinstance(reject.source, str) else reject.source)
        for event in reject.events
    ]
    assert len(refused) == len(set(refused))
    assert ended.isdisjoint(refused)
    assert {event for _, event in refused} <= set(table.events)


def test_a_row_taken_away_is_reported_as_undecided() -> None:
    def without(row: Row[Any, Any]) -> Row[Any, Any] | None:
        return None if (row.source, row.event) == (documents.PRINTING, PrintOutdated) else row

    assert with_rows(receipt.TABLE, without).undecided() == [("printing", "PrintOutdated")]


def test_a_row_that_only_holds_sometimes_leaves_the_rest_undecided() -> None:
    rows = (replace(DOOR_ROWS[0], when=lambda *_: False), DOOR_ROWS[1])
    table: Table[Door, None] = Table("door", ("shut", "open"), rows, DOOR_REJECTS)
    assert table.undecided() == [("shut", "Opened")]
    with pytest.raises(LookupError, match="Opened in state shut"):
        table.decide(Door(), Opened(), None)


def test_a_table_in_which_a_transient_event_changes_the_state_is_not_built() -> None:
    with pytest.raises(ValueError, match="Heard is never journalled"):
        Table("door", ("shut", "open"), (Row("shut", Heard, "open"),), ())


@tables
def test_transient_events_change_nothing_at_all(table: Table[Any, Any]) -> None:
    for event in (one for one in EVENTS if one.TRANSIENT and type(one) in table.events):
        for state in table.states:
            model = MODELS[table.name]()
            setattr(model, table.attribute, state)
            before = replace(model)
            table.apply(model, event, context_of(table, event))
            assert model == before


@tables
def test_a_refused_event_changes_nothing_and_leads_to_nothing(table: Table[Any, Any]) -> None:
    for event in (one for one in EVENTS if type(one) in table.events):
        for state in table.states:
            model = MODELS[table.name]()
            setattr(model, table.attribute, state)
            context = context_of(table, event)
            before = replace(model)
            if isinstance(table.decide(model, event, context), Reject):
                assert table.apply(model, event, context) == []
                assert model == before


@tables
def test_refusals_are_sentences_that_a_cashier_understands(table: Table[Any, Any]) -> None:
    words = {event.__name__ for event in table.events}
    for reject in table.rejects:
        said = re.sub("|".join(VERDICTS), "verdict", reject.text)  # the answers a person may give are named as they are
        assert re.fullmatch(r"[A-Z][^_]*\.", said), reject.text
        assert not words.intersection(re.findall(r"\w+", reject.text)), reject.text
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reject.code), reject.code


@tables
def test_every_state_can_be_reached_from_the_first(table: Table[Any, Any]) -> None:
    reached = {table.states[0]}
    while True:
        more = {
            source if row.target == "=" else row.target
            for row in table.rows
            for source in ((row.source,) if isinstance(row.source, str) else row.source)
            if source in reached
        }
        if more <= reached:
            break
        reached |= more
    assert reached == set(table.states)


@tables
@given(walk=st.lists(st.sampled_from(EVENTS), max_size=40))
def test_no_sequence_of_events_leads_out_of_the_table(table: Table[Any, Any], walk: list[Event]) -> None:
    model = MODELS[table.name]()
    setattr(model, table.attribute, table.states[0])
    for event in walk:
        if type(event) in table.events:
            table.apply(model, event, context_of(table, event))
        assert getattr(model, table.attribute) in table.states


@given(
    walk=st.lists(st.sampled_from(INPUTS + ANSWERS), max_size=40),
    traits=st.sampled_from([NO_FISCALISER, CLOUD, replace(CLOUD, offline="codes", sells_in_doubt=True)]),
    recorded=st.booleans(),
)
def test_the_rules_survive_any_sequence_of_inputs(
    walk: list[Event], traits: FiscaliserTraits, *, recorded: bool
) -> None:
    settings = shop(traits=traits, record_commanded=recorded, record_forced=recorded)
    bench = Bench(settings)
    for event in walk:
        done = bench.run(event)
        assert [type(item) for item in done.intentions] == [
            type(item) for item in done.effects if isinstance(item, Print | Fiscalise)
        ]
        bench.later(700)
        for document in bench.rules.state.documents.values():
            assert document.state in documents.STATES
            assert document.transaction in cash_transaction.STATES
        assert replayed(bench.records, settings).state == bench.rules.state


def test_the_page_of_diagrams_is_the_one_that_the_tables_draw() -> None:
    page = Path(statemachines.__file__).with_name("README.md")
    assert page.read_text("utf-8") == diagram.page(), "run: python -m statemachines.diagram > statemachines/README.md"


def test_a_diagram_draws_each_row_once_per_state() -> None:
    table: Table[Door, None] = Table("door", ("shut", "open"), DOOR_ROWS, DOOR_REJECTS)
    assert diagram.mermaid(table).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> shut",
        "    shut --> open: Opened",
        "    open --> open: Heard",
    ]
