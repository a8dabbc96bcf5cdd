"""What happens at the till while somebody sits at the prompt: told on a fresh line, seldom, and never twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_bridge.console.client import Api
from firmware_bridge.console.grammar import Command, Grammar
from firmware_bridge.console.house import House
from firmware_bridge.console.news import EXPECTED_S, PAUSE_S, Message, News, Pace, of_event
from firmware_bridge.console.session import Session
from firmware_bridge.console.words import table
from tests.firmware_bridge.console.far import PATIENCE_S, Clock, Events, Far, events, loaded, technicians_config

FORCED = {"seq": 8, "name": "DrawerForced", "data": {"drawer_id": "main"}}


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def till() -> Iterator[Events]:
    with events() as found:
        yield found


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("PrinterPaperEnd", {}, "news.paper"),
        ("PrinterSilent", {"reason": "no cable"}, "news.silent"),
        ("DrawerForced", {"drawer_id": "main"}, "news.forced"),
        ("PrintUnresolved", {"document_id": "s-1", "reason": "?", "person_needed": True}, "news.doubt"),
        ("PrintUnresolved", {"document_id": "s-1", "reason": "?", "person_needed": False}, ""),
        ("FiscalisationDoubtful", {"document_id": "s-1", "reason": "?"}, ""),
        ("SaleCompleted", {"document_id": "s-1"}, ""),
    ],
)
def test_only_what_needs_a_person_is_told_and_every_fact_has_its_place(name: str, data: object, key: str) -> None:
    found = of_event({"seq": 1, "name": name, "data": data})
    assert (found.key if found is not None else "") == key
    if found is not None:
        for text in table()[found.key].values():
            assert text.format(**found.facts)


def test_one_message_in_five_seconds_and_the_rest_is_counted() -> None:
    clock = Clock()
    pace = Pace(clock.monotonic)
    for number in range(4):
        pace.put(Message("news.forced", {"drawer_id": str(number)}))
    assert pace.take() == (Message("news.forced", {"drawer_id": "0"}), 3)
    pace.put(Message("news.paper"))
    for _ in range(10):
        assert pace.take() is None, "too early"
        clock.now += PAUSE_S / 10
    assert pace.take() == (Message("news.paper"), 0)


def test_away_and_back_again_before_anybody_was_told_is_no_news() -> None:
    pace = Pace(Clock().monotonic)
    pace.put(Message("news.away"))
    pace.put(Message("news.back"))
    assert pace.take() is None


class Kept(Pace):
    """Keeps all that was put."""

    def __init__(self) -> None:
        super().__init__(Clock().monotonic)
        self.all: list[Message] = []

    def put(self, message: Message) -> None:
        self.all.append(message)


class Heard:
    """News of a till, and all that came."""

    def __init__(self, folder: Path, till: Events) -> None:
        path = technicians_config(folder, till.port)
        address, client = loaded(path).api.address, loaded(path).api.clients[-1]
        self.clock = Clock()
        self._kept = Kept()
        self.news = News(lambda: Api(address, client.token_file), self._kept, self.clock.monotonic, 0.01)

    def keys(self, last: str) -> list[str]:
        """All that came, once this one did."""
        until(lambda: last in [one.key for one in self._kept.all])
        return [one.key for one in self._kept.all]


def test_a_stream_that_ends_is_gone_on_with_where_it_ended(tmp_path: Path, till: Events) -> None:
    heard = Heard(tmp_path, till)
    try:
        till.happens(8, "DrawerForced", drawer_id="main")
        assert heard.keys("news.forced") == ["news.forced"]
        till.breaks_off()
        till.happens(9, "PrinterPaperEnd")
        assert heard.keys("news.paper") == ["news.forced", "news.paper"]
        asked = [path for path in till.asked if path.startswith("/v1/events")]
        assert asked == ["/v1/events?after=7", "/v1/events?after=8"], "nothing is told twice, nothing is left out"
    finally:
        heard.news.close()


def test_a_till_that_is_away_is_told_of_once_and_once_when_it_is_back(tmp_path: Path, till: Events) -> None:
    heard = Heard(tmp_path, till)
    try:
        until(lambda: len(till.asked) == 2)
        till.refuses = True
        till.breaks_off()
        assert heard.keys("news.away") == ["news.away"]
        until(lambda: len(till.asked) > 6)
        assert heard.keys("news.away") == ["news.away"]
        till.refuses = False
        assert heard.keys("news.back") == ["news.away", "news.back"]
    finally:
        heard.news.close()


def test_a_till_that_a_person_stopped_is_no_news(tmp_path: Path, till: Events) -> None:
    heard = Heard(tmp_path, till)
    try:
        until(lambda: len(till.asked) == 2)
        heard.news.expect()
        till.refuses = True
        till.breaks_off()
        until(lambda: len(till.asked) > 6)
        till.refuses = False
        till.happens(8, "PrinterSilent", reason="the till is being stopped")
        till.happens(9, "PrinterPaperEnd")
        assert heard.keys("news.paper") == ["news.paper"]
        heard.clock.now += EXPECTED_S
        till.happens(10, "PrinterSilent", reason="no cable")
        assert heard.keys("news.silent") == ["news.paper", "news.silent"], "a minute later it is"
    finally:
        heard.news.close()


def test_the_thread_ends_with_the_session_although_nothing_comes(tmp_path: Path, till: Events) -> None:
    heard = Heard(tmp_path, till)
    until(lambda: len(till.asked) == 2)
    begun = time.monotonic()
    heard.news.close()
    assert time.monotonic() - begun < 4.0, "nobody waits for the till's next word"


def test_a_message_stands_on_a_fresh_line_and_the_unfinished_line_comes_again(tmp_path: Path, till: Events) -> None:
    path = technicians_config(tmp_path, till.port)

    def look(session: Session, _: object) -> None:
        session.say("looked")

    grammar = Grammar((Command("look", "", look, examples=("look",)),))
    far = Far(("> ", "look\r"), ("looked\n> ", "lo"), ("lo\nDRAWER main was opened without a command.\n> lo", "ok\r"),
              ("looked\n> ", "\x04"))  # fmt: skip

    def happens_when_it_listens() -> None:
        until(lambda: far.text.endswith("> lo"))
        till.happens(8, "DrawerForced", drawer_id="main")

    thread = threading.Thread(target=happens_when_it_listens)
    thread.start()
    Session(House.of(path, Clock(), "9.9"), far, grammar, "test").run()
    thread.join()
    assert far.text.count("looked") == 2, "the line went on where it was"
