"""Who signed in where: at the console and at the page of one till, all of it in that till's one journal."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.console.pins import Pins
from firmware_bridge.journal import browse
from firmware_bridge.journal.verify import verify
from tests.firmware_bridge.console.desk import PIN, ConsoleDesk, FarEnd, Seat, console_desk, running_console, seat
from tests.support.processes import Json, until

NAMES = ("SignedIn", "SignedOut", "SignInRefused", "SignInSlowed", "CommandDone")
WRONG = "314159265"
AS_A_NAME = "161803"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleDesk]:
    with console_desk(tmp_path_factory.mktemp("people")) as found:
        found.service("start")
        yield found


def acts(desk: ConsoleDesk) -> list[Json]:
    """What the till's journal holds of people, oldest first."""
    return [{"name": one["name"], **one["fields"]} for one in browse.tail(desk.at.journal, 500, names=NAMES)]


def brief(found: list[Json]) -> list[tuple[str, ...]]:
    return [(one["name"], one["channel"], one["person"]) for one in found]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


def ask(desk: ConsoleDesk, method: str, path: str, body: Json | None = None, **headers: str) -> Reply:
    text = desk.at.config.read_text("utf-8")
    host, _, port = text.partition('listen = "')[2].partition('"')[0].rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=20)
    content = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, None if body is None else json.dumps(body), {**content, **headers})
    answer = connection.getresponse()
    if answer.getheader("Content-Type", "").startswith("text/event-stream"):
        read = b""
        while b"TillStarted" not in read:  # the last one that was made for this reader
            read += answer.read1()
        connection.close()
        return Reply(answer.status, read.decode())
    found = Reply(answer.status, json.loads(answer.read()))
    connection.close()
    return found


def test_what_is_done_at_the_console_and_at_the_page_stands_in_one_journal(desk: ConsoleDesk) -> None:
    with seat(desk.at.config) as person:
        person.sign_in(pin=WRONG)
        person.sign_in(AS_A_NAME)
        person.sign_in()
        person.do("pages off")
        assert "no" in person.do("devices accept printer NOBODY-HAS-IT")
        listed = person.do("people")
        assert "olena: REFUSED" in listed, listed
        assert "(no known name): REFUSED" in listed
        assert "devices accept" in listed
        assert "SignInRefused" in person.do("journal tail 20")
    assert ask(desk, "POST", "/v1/session", {"name": "olena", "pin": WRONG}).status == 401
    assert ask(desk, "POST", "/v1/session", {"name": "olena", "pin": PIN}).status == 201
    found = acts(desk)
    assert brief(found) == [
        ("SignInRefused", "terminal", "olena"),
        ("SignInRefused", "terminal", ""),
        ("SignedIn", "terminal", "olena"),
        *[("CommandDone", "terminal", "olena")] * 3,
        ("SignedOut", "terminal", "olena"),
        ("SignInRefused", "page", "olena"),
        ("SignedIn", "page", "olena"),
    ]
    assert [one["told_by"] for one in found] == ["looker"] * 7 + ["till"] * 2
    assert (found[2]["role"], found[3]["command"], found[3]["result"]) == (
        "technician", "devices accept DEVICE SERIAL: printer NOBODY-HAS-IT", "refused",
    )  # fmt: skip
    assert verify(desk.at.journal).ok, "hash-chained like all the rest"


def test_who_is_guessed_at_on_one_channel_gets_in_on_another_and_nobody_else_is_kept_out(desk: ConsoleDesk) -> None:
    now = time.time_ns() // 1_000_000
    for wrong, at in enumerate((now - 90_000, now - 60_000, now - 40_000, now - 30_000, now - 20_000, now)):
        pins = Pins(Path(f"{desk.at.journal}.pins"), lambda at=at: at)  # type: ignore[misc]  # the time of this round
        assert not pins.check("olena", WRONG, "socket"), wrong
    place = desk.at.folder / "console.sock"
    with running_console(desk, "--socket", str(place)), socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(place))
        far = FarEnd(peer.fileno())
        far.until("> ")
        assert "Too many wrong tries" in _typed(far, "olena", PIN)
        assert "Signed in: ivan" in _typed(far, "ivan", PIN)
        far.type("exit\r")
    assert ask(desk, "POST", "/v1/session", {"name": "olena", "pin": PIN}).status == 201
    until(lambda: acts(desk)[-1]["name"] == "SignedOut" or acts(desk)[-2]["name"] == "SignedOut", "who left to be out")
    assert ("SignInSlowed", "socket", "olena") in brief(acts(desk))
    assert ("SignedIn", "socket", "ivan") in brief(acts(desk))


def _typed(far: FarEnd, name: str, pin: str) -> str:
    far.type(f"signin {name}\r")
    far.until("PIN: ")
    far.type(f"{pin}\r")
    return far.until("> ")


def test_with_the_till_dead_acts_wait_and_are_journalled_once_whoever_is_killed(desk: ConsoleDesk) -> None:
    assert _told(desk, "looker", "act-00000001", "ivan").body["acts"][0]["state"] == "journalled"
    before = len(acts(desk))
    desk.kill()
    with seat(desk.at.config) as person:
        person.sign_in("ivan", WRONG)
        person.sign_in()
        assert "+" in person.do("people"), "not in the journal yet, and shown"
        for number in range(3):
            person.do(f"devices accept printer NUMBER-{number}")
        _kill(person)
    assert len(acts(desk)) == before, "only the till writes its journal"
    desk.service("start")
    with seat(desk.at.config) as person:  # told at its start
        person.do("version")
        _kill(person)
    assert _told(desk, "looker", "act-00000001", "ivan").body["acts"][0]["state"] == "known", "for ever"
    assert _told(desk, "looker", "act-00000001", "olena").body["acts"][0]["state"] == "conflict"
    found = acts(desk)[before:]
    assert brief(found) == [
        ("SignInRefused", "terminal", "ivan"),
        ("SignedIn", "terminal", "olena"),
        *[("CommandDone", "terminal", "olena")] * 4,
    ]
    assert [one["command"].split()[-1] for one in found[2:]] == ["people:", "NUMBER-0", "NUMBER-1", "NUMBER-2"]
    assert len({one["act_id"] for one in acts(desk)}) == len(acts(desk))


def _kill(person: Seat) -> None:
    """The console's process dies at once; its far end hears nothing more."""
    os.kill(person.pid, signal.SIGKILL)


def test_a_cashiers_token_tells_nothing_of_others(desk: ConsoleDesk) -> None:
    forged = _told(desk, "ivan", "act-00000002", "olena")
    assert forged.status == 403
    assert "act-00000002" not in [one["act_id"] for one in acts(desk)]


def _told(desk: ConsoleDesk, by: str, name: str, person: str) -> Reply:
    act = {"id": name, "what": "SignedOut", "at": "2026-11-21T08:55:12Z", "channel": "socket", "person": person}
    return ask(desk, "POST", "/v1/people/acts", {"acts": [act]}, Authorization=f"Bearer {desk.secrets[by]}")


def test_only_manager_and_technician_are_told_of_people_by_the_event_stream(desk: ConsoleDesk) -> None:
    for name, shown in (("olena", True), ("ivan", False), ("looker", False)):
        first = ask(desk, "GET", "/v1/events?after=1", Authorization=f"Bearer {desk.secrets[name]}")
        assert first.status == 200
        assert ("SignInRefused" in first.body) == ("told_by" in first.body) == shown, name
    receipts = ask(desk, "GET", "/v1/receipts", Authorization=f"Bearer {desk.secrets['looker']}")
    assert receipts.body == {"receipts": []}
    one = acts(desk)[0]["act_id"]
    assert ask(desk, "GET", f"/v1/receipts/{one}", Authorization=f"Bearer {desk.secrets['looker']}").status == 404


def test_no_pin_stands_anywhere(desk: ConsoleDesk) -> None:
    """Last: whatever this till and its consoles have written by now."""
    assert _holding(desk.at.folder) == []
    (desk.at.folder / "careless.log").write_text(f"olena typed {PIN}", "utf-8")
    assert _holding(desk.at.folder) == ["careless.log"], "the same look finds one that does"


def _holding(folder: Path) -> list[str]:
    """The files in which one of the PINs stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"journal.sqlite", "journal.sqlite.pins", "till.log"} <= {path.name for path in files}
    return [path.name for path in files if any(pin.encode() in path.read_bytes() for pin in (PIN, WRONG, AS_A_NAME))]
