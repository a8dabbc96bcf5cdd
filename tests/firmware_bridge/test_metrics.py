"""GET /metrics: lifetime counters out of the journal, gauges out of the status, in a format that a parser accepts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_bridge.api.server import Api
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.thread import JournalThread
from firmware_bridge.metrics import CONTENT_TYPE, Family, Lifetime, MetricsRoutes, counters, gauges, render
from statemachines import drawer, fiscal_mode, printer
from statemachines.vocabulary.events import DrawerOpened, PrinterPaperEnd
from tests.firmware_bridge.api.wire import CLIENTS, Reply, call, config
from tests.firmware_bridge.journal import samples
from tests.firmware_bridge.page.states import STATES, PageTill

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)")
Samples = Mapping[str, float]


@dataclass(slots=True)
class Parser:
    """Reads format 0.0.4 line by line. Raises ValueError where the text is not of it."""

    kinds: dict[str, str] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    begun: list[str] = field(default_factory=lambda: [""])

    def comment(self, what: str, name: str, rest: str) -> None:
        if name != self.begun[-1]:
            if name in self.begun:
                raise ValueError(f"{name} stands in two places")
            self.begun.append(name)
        if what == "TYPE":
            if name in self.kinds or rest not in ("counter", "gauge"):
                raise ValueError(f"wrong type of {name}")
            self.kinds[name] = rest

    def sample(self, line: str) -> None:
        told, now = _SAMPLE.fullmatch(line), self.begun[-1]
        if told is None or told[1] != now or now not in self.kinds:
            raise ValueError(f"no sample of {now}: {line}")
        name = line.rpartition(" ")[0]
        if (self.kinds[now] == "counter") != now.endswith("_total") or name in self.found:
            raise ValueError(f"wrong sample: {line}")
        labels = re.findall(r'([a-z_]+)="', told[2] or "")
        if len(set(labels)) != len(labels):
            raise ValueError(f"a label stands twice: {line}")
        self.found[name] = float(told[3])


def parse(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    if not text.endswith("\n"):
        raise ValueError("the last line must end")
    parser = Parser()
    for line in text[:-1].split("\n"):
        if told := re.fullmatch(rf"# (HELP|TYPE) ({_NAME}) (.+)", line):
            parser.comment(*told.groups())
        else:
            parser.sample(line)
    return parser.found


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


# --- counters -------------------------------------------------------------------------------------------------------


def a_journal(path: Path) -> JournalThread:
    def opened() -> Journal:
        return samples.open_journal(path)

    return JournalThread(opened)


async def counted(journal: JournalThread) -> Samples:
    return parse(render(counters(await Lifetime(journal).counts())))


def test_counters_are_lifetime_values_that_a_restart_does_not_set_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    async def main() -> None:
        journal = a_journal(path)
        await journal.start()
        lifetime = Lifetime(journal)
        assert set((await lifetime.counts()).values()) <= {0}
        await journal.append([samples.moved(1), samples.moved(2), samples.printing(), samples.printed()])
        first = parse(render(counters(await lifetime.counts())))
        assert first['till_documents_total{kind="cash_move",outcome="completed"}'] == 2
        assert first['till_receipts_printed_total{copy="no"}'] == 1
        assert first["till_printer_jobs_total"] == 1
        assert first["till_journal_records_total"] == 4
        await journal.append([samples.moved(3)])
        again = parse(render(counters(await lifetime.counts())))
        assert again['till_documents_total{kind="cash_move",outcome="completed"}'] == 3
        assert parse(render(counters(await lifetime.counts()))) == again, "nothing is counted twice"
        await journal.close()
        restarted = a_journal(path)
        await restarted.start()
        assert await counted(restarted) == again
        await restarted.close()

    asyncio.run(main())


def test_scrapes_at_once_count_nothing_twice(tmp_path: Path) -> None:
    async def main() -> None:
        journal = a_journal(tmp_path / "journal.sqlite")
        await journal.start()
        await journal.append([samples.moved(number) for number in range(50)])
        lifetime = Lifetime(journal)
        found = await asyncio.gather(*(lifetime.counts() for _ in range(8)))
        assert {sum(one.values()) for one in found} == {50}
        await journal.close()

    asyncio.run(main())


def test_records_are_counted_by_class_and_behind_a_record(tmp_path: Path) -> None:
    journal = samples.open_journal(tmp_path / "journal.sqlite")
    journal.append([samples.moved(number) for number in range(5)])
    everything = journal.name_counts()
    assert everything == {"CashMoved": (5, 5)}
    assert journal.name_counts(3) == {"CashMoved": (2, 5)}
    assert journal.name_counts(5) == {}
    journal.close()


def test_every_counted_class_is_one_of_the_journal() -> None:
    text = (Path(__file__).parents[2] / "firmware_bridge" / "metrics.py").read_text("utf-8")
    names = set(re.findall(r'\("([A-Z]\w+)",\)', text))
    known = "\n".join(
        path.read_text("utf-8") for path in (Path(__file__).parents[2] / "statemachines/vocabulary").glob("*.py")
    )
    assert {DrawerOpened.__name__, PrinterPaperEnd.__name__} <= names
    assert [name for name in names if not re.search(rf"^class {name}\b", known, flags=re.MULTILINE)] == []


# --- gauges ---------------------------------------------------------------------------------------------------------

NOW = int(datetime(2026, 11, 21, 9, 0, tzinfo=UTC).timestamp() * 1000)


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


# --- the door -------------------------------------------------------------------------------------------------------


async def asked(role: str, folder: Path) -> Reply:
    till = PageTill()
    till.told["printer"] |= {"serial": "SECRET-SERIAL", "model": "SECRET-MODEL"}
    path = folder / "journal.sqlite"
    journal = a_journal(path)
    await journal.start()
    metrics = MetricsRoutes(till, till, "1.2.3", lambda: NOW, journal, path)
    api = Api(config(), CLIENTS, till, version="1.2.3", outbox=till, metrics=metrics)
    await api.start()
    try:
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
    reply = asyncio.run(asked("observer", tmp_path))
    assert reply.headers["content-type"] == CONTENT_TYPE
    text = reply.body.decode()
    found = parse(text)
    assert found['till_release_info{running="1.2.3"}'] == 1
    assert found["till_journal_bytes"] > 0
    assert found["till_disk_free_bytes"] > 0
    assert all(name.startswith("till_") for name in found)
    for secret in ("SECRET", "J4EK", "Олена", "000412", "d-412", "8841277410", "kyiv-17"):
        assert secret not in text
