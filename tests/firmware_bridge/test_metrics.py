"""GET /metrics: lifetime counters out of the journal, gauges out of the status, in a format that others can read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drivers.printers.tally import Amounts, PaperTally
from firmware_bridge.api.server import Api
from firmware_bridge.instruments import Instruments
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.records import Entry
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.metrics import counted, machine
from firmware_bridge.metrics.families import CONTENT_TYPE, Family, Histogram, Spread, render
from firmware_bridge.metrics.gauges import gauges
from firmware_bridge.metrics.lifetime import Lifetime
from firmware_bridge.metrics.process import Lateness, Process
from firmware_bridge.metrics.routes import MetricsRoutes
from firmware_bridge.metrics.tallies import FAULT_KINDS, Tallies, fault_kind
from statemachines import drawer, fiscal_mode, printer
from statemachines.vocabulary.book_events import VendorParked
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerOpened,
    DrawerOpenFailed,
    DrawerSilent,
    Event,
    PrinterFault,
    PrinterPaperEnd,
    PrinterReady,
    PrinterSilent,
    ReceiptPrinted,
    SaleRefused,
    SaleRequested,
    TillStarted,
)
from statemachines.vocabulary.people_events import SignedIn, SignInRefused
from tests.firmware_bridge.api.wire import CLIENTS, Reply, call, config
from tests.firmware_bridge.journal import samples
from tests.firmware_bridge.page.states import STATES, PageTill
from tests.support.datecs_rig import receipt
from tests.support.exposition import Samples, complaints, parse

NOW = int(datetime(2026, 11, 21, 9, 0, tzinfo=UTC).timestamp() * 1000)
SALE = DrawerCause("sale", "s")


@pytest.mark.parametrize(
    "text",
    [
        "a 1",
        "a 1\n",
        "# TYPE a gauge\na{} 1\n",
        "# TYPE a gauge\na 1\na 2\n",
        "# TYPE a counter\na 1\n",
        "# TYPE a_total gauge\na_total 1\n",
        '# TYPE a gauge\na{b="c"d"} 1\n',
        '# TYPE a gauge\na{b="x\ny"} 1\n',
        '# TYPE a gauge\na{b="1",b="2"} 1\n',
        "# TYPE a gauge\na 1,5\n",
        "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 1\n",
    ],
)
def test_parser_refuses_what_is_not_of_the_format(text: str) -> None:
    with pytest.raises(ValueError, match=r"last|two|wrong|no sample|twice"):
        parse(text)


def test_label_with_any_text_stays_one_label() -> None:
    evil = 'a"b\\c\nd} 1\n# TYPE x gauge'
    family = Family("till_x", "gauge", "X.", (((("vendor", evil),), 1.0),))
    (name,) = parse(render([family]))
    told = re.fullmatch(r'till_x\{vendor="(.*)"\}', name)
    assert told is not None
    assert told[1].replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\") == evil


def test_histogram_has_every_smaller_one_in_each_bucket() -> None:
    spread = Spread.nothing((0.5, 1.0))
    for seconds in (0.1, 0.5, 0.7, 30.0):
        spread = spread.with_one(seconds)
    found = parse(render([Histogram("till_x_seconds", "X.", spread)]))
    assert found == {
        'till_x_seconds_bucket{le="0.5"}': 2,
        'till_x_seconds_bucket{le="1"}': 3,
        'till_x_seconds_bucket{le="+Inf"}': 4,
        "till_x_seconds_sum": 31.3,
        "till_x_seconds_count": 4,
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# HELP till_a_ms A.\n# TYPE till_a_ms gauge\ntill_a_ms 1\n", "no base unit"),
        ("# HELP till_a A.\n# TYPE till_a counter\ntill_a 1\n", "_total"),
        ("# TYPE till_a gauge\ntill_a 1\n", "nothing is said"),
        ("# HELP tillA A.\n# TYPE tillA gauge\ntillA 1\n", "not of ours"),
        ('# HELP till_a A.\n# TYPE till_a gauge\ntill_a{serial="1"} 1\n', "label serial"),
    ],
)
def test_linter_finds_a_name_that_is_none(text: str, found: str) -> None:
    assert found in "".join(complaints(text))


# --- counters -------------------------------------------------------------------------------------------------------


def opened(path: Path) -> JournalThread:
    return JournalThread(lambda: samples.open_journal(path))


def with_journal(path: Path, work: Callable[[JournalThread], Awaitable[None]]) -> None:
    async def main() -> None:
        journal = opened(path)
        await journal.start()
        try:
            await work(journal)
        finally:
            await journal.close()

    asyncio.run(main())


def told(tallies: Tallies | None, drawers: Iterable[str] = ("main",), now: int = NOW) -> Samples:
    assert tallies is not None
    return parse(render(counted.families(tallies, drawers, now)))


_SECONDS = count(1)


def entry(event: Event, at: int | None = None) -> Entry:
    """At the next second of the day, if no other is told."""
    subject = str(getattr(event, type(event).SUBJECT)) if type(event).SUBJECT else ""
    return Entry(subject, samples.occurred(event, 1_700_000_000_000 + 1000 * next(_SECONDS) if at is None else at))


def test_counters_are_lifetime_values_that_a_restart_does_not_set_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    before: dict[str, float] = {}

    async def first(journal: JournalThread) -> None:
        lifetime = Lifetime(journal)
        assert set(told(await lifetime.tallies()).values()) == {0}
        await journal.append([samples.moved(1), samples.moved(2), samples.printing(), samples.printed()])
        found = told(await lifetime.tallies())
        assert found['till_documents_total{kind="cash_move",outcome="completed"}'] == 2
        assert found['till_receipts_printed_total{copy="no",proof="odometer"}'] == 1
        assert found["till_printer_jobs_total"] == 1
        assert found["till_journal_records_total"] == 4
        await journal.append([samples.moved(3)])
        before.update(told(await lifetime.tallies()))
        assert before['till_documents_total{kind="cash_move",outcome="completed"}'] == 3
        assert told(await lifetime.tallies()) == before, "nothing is counted twice"

    async def again(journal: JournalThread) -> None:
        assert told(await Lifetime(journal).tallies()) == before

    with_journal(path, first)
    with_journal(path, again)


def test_scrapes_at_once_count_nothing_twice(tmp_path: Path) -> None:
    async def work(journal: JournalThread) -> None:
        await journal.append([samples.moved(number) for number in range(450)])
        lifetime = Lifetime(journal)
        found = await asyncio.gather(*(lifetime.tallies() for _ in range(8)))
        assert {told(one)["till_journal_records_total"] for one in found} == {450}

    with_journal(tmp_path / "journal.sqlite", work)


def test_long_journal_is_counted_over_several_scrapes_and_not_told_before(tmp_path: Path) -> None:
    async def work(journal: JournalThread) -> None:
        await journal.append([samples.moved(number) for number in range(900)])
        lifetime = Lifetime(journal, monotonic=count(0, 10).__next__)  # each look at the clock is 10 s later
        found = [await lifetime.tallies() for _ in range(12)]
        assert found[0] is None
        assert told(found[-1])["till_journal_records_total"] == 900

    with_journal(tmp_path / "journal.sqlite", work)


def test_kept_counts_are_taken_up_and_those_of_another_journal_are_not(tmp_path: Path) -> None:
    kept = tmp_path / "kept.tallies"
    reads: list[int] = []

    class Seen(JournalThread):
        async def rows(self, after: int = 0, limit: int = 500) -> list[tuple[int, int, str, str, bytes, bytes]]:
            reads.append(after)
            return await super().rows(after, limit)

    async def counts(journal: JournalThread) -> float:
        return told(await Lifetime(journal, kept).tallies())["till_journal_records_total"]

    async def filled(journal: JournalThread, number: int) -> None:
        await journal.append([samples.moved(number) for number in range(number)])
        assert await counts(journal) == number

    async def later() -> None:
        journal = Seen(lambda: samples.open_journal(tmp_path / "a.sqlite"))
        await journal.start()
        await journal.append([samples.moved(1)])
        assert await counts(journal) == 1101
        assert min(reads) == 1099, "what was counted is not read again but for its last record"
        await journal.close()

    with_journal(tmp_path / "a.sqlite", lambda journal: filled(journal, 1100))
    asyncio.run(later())
    with_journal(tmp_path / "b.sqlite", lambda journal: filled(journal, 1200))
    kept.write_bytes(kept.read_bytes()[:-20])
    with_journal(tmp_path / "c.sqlite", lambda journal: filled(journal, 30))


def test_each_drawer_has_its_own_counters(tmp_path: Path) -> None:
    async def work(journal: JournalThread) -> None:
        events = [
            *(DrawerOpened("main", SALE, "sensed"), DrawerClosed("main", SALE, 900), DrawerForced("left")),
            *(
                DrawerOpenFailed("left", SALE, 3, "stuck"),
                DrawerSilent("left", "gone"),
                DrawerOpened("main", SALE, "sensed"),
            ),
        ]
        await journal.append([entry(event) for event in events])
        tallies = await Lifetime(journal).tallies()
        found = told(tallies, ("main", "left", "third"))
        expected = {"good": (2, 0, 0), "failed": (0, 1, 0), "forced": (0, 1, 0)}
        for what, numbers in expected.items():
            names = [f'till_drawer_{what}_opens_total{{device="{one}"}}' for one in ("main", "left", "third")]
            assert tuple(found[name] for name in names) == numbers
        assert found['till_device_communication_errors_total{device="left",kind="silent"}'] == 1
        assert tallies is not None
        assert set(tallies.open_since) == {"main", "left"}

    with_journal(tmp_path / "journal.sqlite", work)


def test_receipt_is_timed_from_request_to_paper_over_a_restart_too(tmp_path: Path) -> None:
    def asked(name: str, at: int) -> Entry:
        return entry(SaleRequested(name, receipt(name)), at)

    async def first(journal: JournalThread) -> None:
        await journal.append(
            [asked("quick", 1_000), asked("refused", 1_500), asked("slow", 2_000), asked("odd", 9_000)]
        )
        await journal.append([entry(ReceiptPrinted("quick", "0001", "process_id"), 1_700)])
        await journal.append([entry(SaleRefused("refused", "no"), 1_800)])

    async def again(journal: JournalThread) -> None:
        await journal.append([entry(TillStarted("UA-17", "boot", "1"), 60_000)])
        await journal.append([entry(ReceiptPrinted("slow", "0002", "person"), 62_000)])
        await journal.append([entry(ReceiptPrinted("odd", "0003", "barrier"), 3_000)])  # the clock was set back
        await journal.append([entry(ReceiptPrinted("slow", "0004", "person"), 99_000)])
        found = told(await Lifetime(journal).tallies())
        assert found["till_receipt_seconds_count"] == 3
        assert found["till_receipt_seconds_sum"] == 0.7 + 60 + 0
        assert found['till_receipt_seconds_bucket{le="1"}'] == 2
        assert found['till_receipt_seconds_bucket{le="60"}'] == 3

    path = tmp_path / "journal.sqlite"
    with_journal(path, first)
    with_journal(path, again)


def test_printer_is_powered_while_it_answers_and_the_till_looks(tmp_path: Path) -> None:
    async def work(journal: JournalThread) -> None:
        await journal.append([
            entry(PrinterReady(), 10_000), entry(PrinterPaperEnd(), 15_000), entry(PrinterSilent("x"), 30_000),
            entry(PrinterReady(), 100_000), samples.moved(1),
        ])  # fmt: skip
        await journal.append([entry(PrinterFault("x", recoverable=True), 104_000)])
        await journal.append([entry(TillStarted("UA-17", "boot", "1"), 500_000), entry(PrinterReady(), 600_000)])
        found = told(await Lifetime(journal).tallies(), now=601_000)
        assert found['till_device_powered_seconds_total{device="printer"}'] == 20 + 4 + 1
        assert found['till_device_online_transitions_total{device="printer"}'] == 3
        assert found['till_device_communication_errors_total{device="printer",kind="silent"}'] == 1

    with_journal(tmp_path / "journal.sqlite", work)


def test_faults_people_and_books_are_counted_by_what_they_are(tmp_path: Path) -> None:
    who = partial(SignedIn, "act", "Ann", "cashier", "page", "2026-11-21T09:00:00Z", "console")
    refused = SignInRefused("act", "", "", "serial", "2026-11-21T09:00:00Z", "console", means="pin", times=4)

    async def work(journal: JournalThread) -> None:
        events = [
            PrinterFault("the cutter is stuck: take out the jammed paper", recoverable=True),
            PrinterFault("the print head is too hot and cools down", recoverable=True),
            *(who(means="pin"), who(means="token"), refused),
            VendorParked("newstore", "main/day", 3, "no"),
        ]
        await journal.append([entry(event) for event in events])
        tallies = await Lifetime(journal).tallies()
        found = told(tallies)
        assert found['till_printer_faults_total{kind="cutter"}'] == found["till_printer_failed_paper_cuts_total"] == 1
        assert found["till_printer_overheats_total"] == 1
        assert found['till_pin_entries_total{result="valid"}'] == 1
        assert found['till_pin_entries_total{result="invalid"}'] == 4
        assert tallies is not None
        assert tallies.counts["book", "newstore", "parked"] == 1

    with_journal(tmp_path / "journal.sqlite", work)


def test_every_fault_that_a_driver_tells_has_its_kind() -> None:
    drivers = Path(__file__).parents[2] / "drivers" / "printers"
    told = "".join((drivers / name).read_text("utf-8") for name in ("escpos/status.py", "datecs/status.py"))
    causes = re.findall(r'PrinterFault\("([^"]+)"|\("[a-z_]+", "(its? [^"]+)", (?:True|False)\)', told)
    kinds = {fault_kind(one or other) for one, other in causes}
    assert len(causes) >= 14
    assert {"cutter", "mechanism", "overheat", "memory", "clock", "unrecoverable"} <= kinds <= set(FAULT_KINDS)
    assert "other" not in kinds


def test_every_counted_class_is_one_of_the_journal() -> None:
    known = "\n".join(
        path.read_text("utf-8") for path in (Path(__file__).parents[2] / "statemachines/vocabulary").glob("*.py")
    )
    assert {DrawerOpened.__name__, PrinterPaperEnd.__name__} <= counted.CLASSES
    assert [name for name in counted.CLASSES if not re.search(rf"^class {name}\b", known, flags=re.MULTILINE)] == []


# --- gauges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATES)
def test_gauges_say_what_the_status_says(name: str) -> None:
    till = PageTill()
    STATES[name](till)
    found = parse(render(gauges(till.told, [till.book], NOW)))
    assert found["till_can_sell"] == float(till.told["can_sell"])
    assert found["till_shift_open_seconds"] == 3 * 3600
    assert found['till_outbox_waiting{vendor="newstore"}'] == till.book["lags"]
    assert found['till_outbox_parked{vendor="newstore"}'] == till.book["parked"]
    assert found["till_receipts_doubtful"] == (name == "fiscal-doubt")
    left = {"offline-30h": 6 * 3600.0}.get(name, 36 * 3600.0)
    assert found['till_fiscal_offline_seconds_left{meter="session"}'] == left
    for device, state, states in (
        ("printer", till.told["printer"]["state"], printer.STATES),
        ("main", till.told["drawers"][0]["state"], drawer.STATES),
    ):
        lit = [one for one in states if found[f'till_device_state{{device="{device}",state="{one}"}}']]
        assert lit == [state]
    assert [one for one in fiscal_mode.STATES if found[f'till_fiscal_mode{{mode="{one}"}}']] == [
        till.told["fiscal"]["mode"]
    ]


def test_till_without_shift_register_or_books_has_its_metrics_too() -> None:
    status = deepcopy(PageTill().told) | {"shift": None, "fiscal": None, "drawers": []}
    found = parse(render(gauges(status, [], NOW)))
    assert found["till_shift_open_seconds"] == 0
    assert not [name for name in found if name.startswith(("till_fiscal", "till_outbox", "till_clock"))]


def test_machine_tells_its_supply_and_heat_where_it_has_them(tmp_path: Path) -> None:
    assert render(machine.families(None, tmp_path)) == ""
    for name, text in (
        ("class/hwmon/hwmon0/name", "cpu_thermal"),
        ("class/hwmon/hwmon1/name", "rpi_volt"),
        ("class/hwmon/hwmon1/in0_lcrit_alarm", "1"),
        ("class/thermal/thermal_zone0/temp", "48312"),
    ):
        path = tmp_path / "sys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert parse(render(machine.families(None, tmp_path))) == {
        "till_supply_under_voltage": 1,
        "till_temperature_celsius": 48.312,
    }


def test_papers_and_commits_of_this_process_are_told_as_such() -> None:
    tally = PaperTally()
    tally.printed(Amounts(lines=3, characters=70, feeds=5, barcodes=1, cuts=1))
    tally.printed(Amounts(lines=1, characters=2, feeds=1, barcodes=0, cuts=1))
    tally.kept()
    process = Process(Instruments(papers={"printer": tally}))
    process.synced(0.004, failed=False)
    process.synced(2.0, failed=True)
    text = render(process.families())
    found = parse(text)
    for name, value in (("paper_cuts", 2), ("receipt_lines", 4), ("receipt_characters", 72), ("barcodes", 1)):
        assert found[f'till_printer_{name}_total{{device="printer"}}'] == value
        assert re.search(rf"# HELP till_printer_{name}_total .* since the process started\.", text)
    assert found['till_printer_nvram_writes_total{device="printer"}'] == 1
    assert found['till_journal_sync_seconds_bucket{le="0.005"}'] == 1
    assert (found["till_journal_sync_seconds_count"], found["till_journal_errors_total"]) == (2, 1)


def test_loop_that_is_held_up_is_late() -> None:
    async def main() -> float:
        lateness = Lateness()
        task = asyncio.create_task(lateness.run())
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        real, ahead = loop.time, [0.0]
        loop.time = lambda: real() + ahead[0]  # type: ignore[method-assign]  # the loop's clock jumps: it was held up
        ahead[0] = 7.0
        while not lateness.seconds:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return lateness.seconds

    assert 5.5 < asyncio.run(main()) < 7.5


# --- the door -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Book:
    """As a lane has it."""

    book: str = "newstore"
    delivered: int = 7
    already: int = 2
    optional_left_out: int = 1
    repeated: int = 0


async def books() -> tuple[list[Book], dict[str, int]]:
    return [Book()], {"newstore": NOW - 90_000}


async def asked(role: str, folder: Path, *paths: str) -> Reply:
    till = PageTill()
    till.told["printer"] |= {"serial": "SECRET-SERIAL", "model": "SECRET-MODEL"}
    path = folder / "journal.sqlite"
    journal = opened(path)
    await journal.start()
    await journal.append([entry(VendorParked("newstore", "main/SECRET", 3, "SECRET"))])
    metrics = MetricsRoutes(till, till, "1.2.3", lambda: NOW, journal, path, Process(), books)
    api = Api(config(), CLIENTS, till, version="1.2.3", outbox=till, metrics=metrics)
    await api.start()
    try:
        for one in paths:
            await call(api.port, "GET", one, role=role)
        return await call(api.port, "GET", "/metrics", role=role)
    finally:
        await api.close()
        await journal.close()


@pytest.mark.parametrize(
    ("role", "status"), [("observer", 200), ("technician", 200), ("manager", 200), ("cashier", 403)]
)
def test_metrics_are_for_whoever_may_see_the_books(role: str, status: int, tmp_path: Path) -> None:
    reply = asyncio.run(asked(role, tmp_path))
    assert reply.status == status


def test_whole_answer_is_of_the_format_and_names_nobody(tmp_path: Path) -> None:
    reply = asyncio.run(asked("observer", tmp_path, "/v1/status", "/v1/receipts/SECRET-1", "/v1/SECRET", "/v1/status"))
    assert reply.headers["content-type"] == CONTENT_TYPE
    text = reply.body.decode()
    found = parse(text)
    assert complaints(text) == []
    assert found['till_release_info{running="1.2.3",schema="1"}'] == 1
    assert found["till_journal_bytes"] > 0
    assert found["till_disk_free_bytes"] > 0
    assert found['till_outbox_oldest_seconds{vendor="newstore"}'] == 90
    assert found['till_outbox_verdicts_total{vendor="newstore",verdict="delivered"}'] == 5
    assert found['till_outbox_verdicts_total{vendor="newstore",verdict="parked"}'] == 1
    assert found['till_api_requests_total{route="GET /v1/status",status="200"}'] == 2
    assert found['till_api_requests_total{route="other",status="404"}'] == 1
    assert found['till_api_requests_total{route="GET /v1/receipts/{id}",status="404"}'] == 1
    for secret in ("SECRET", "J4EK", "Олена", "000412", "d-412", "8841277410", "kyiv-17"):
        assert secret not in text


def test_journal_that_cannot_be_read_leaves_its_counters_out_and_tells_the_rest(tmp_path: Path) -> None:
    class Broken:
        async def rows(self, after: int = 0, limit: int = 0) -> list[tuple[int, int, str, str, bytes, bytes]]:
            raise JournalError("the disk is gone")

    async def main() -> Reply:
        till = PageTill()
        metrics = MetricsRoutes(till, till, "1.2.3", lambda: NOW, Broken(), tmp_path / "journal.sqlite")
        api = Api(config(), CLIENTS, till, version="1.2.3", outbox=till, metrics=metrics)
        await api.start()
        try:
            return await call(api.port, "GET", "/metrics", role="observer")
        finally:
            await api.close()

    reply = asyncio.run(main())
    found = parse(reply.body.decode())
    assert reply.status == 200
    assert "till_can_sell" in found
    assert not [name for name in found if name.startswith(("till_journal_records", "till_documents_total"))]


def test_scrapers_own_parser_reads_the_same_numbers(tmp_path: Path) -> None:
    text = asyncio.run(asked("observer", tmp_path)).body.decode()
    theirs = {
        sample.name
        + (
            "{" + ",".join(f'{name}="{value}"' for name, value in sample.labels.items()) + "}" if sample.labels else ""
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert theirs == parse(text)
    assert {family.type for family in text_string_to_metric_families(text)} == {"counter", "gauge", "histogram"}
