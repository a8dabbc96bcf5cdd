"""One person at one terminal: signed in, signed out, let in and kept out, and what never reaches the screen."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.config import ConfigError
from firmware_bridge.console.house import House
from firmware_bridge.console.session import Session
from firmware_bridge.console.table import GRAMMAR
from firmware_bridge.console.terminal import Gone
from firmware_bridge.rehearsal import write_config, write_secret

PIN = "271828"
TOKEN = "token-of-olena-" + "7" * 30
HOSTILE = "\x1b[2J\x9b31m\u202egoods\r\n\x07" + TOKEN + " 4111111111111111"


class Clock:
    """Time goes on when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc_ms(self) -> int:
        return 1_800_000_000_000 + round(self.now * 1000)


class Script:
    """A far end that types what it was told to, waits where a number stands, and hangs up at the end."""

    def __init__(self, clock: Clock, *keys: str | float) -> None:
        self._clock = clock
        self._keys = deque(keys)
        self.seen = b""

    def read(self, timeout: float) -> bytes:
        if not self._keys:
            raise Gone
        key = self._keys[0]
        if isinstance(key, str):
            self._keys.popleft()
            return key.encode()
        self._clock.now += timeout
        left = key - timeout
        if left > 0:
            self._keys[0] = left
        else:
            self._keys.popleft()
        return b""

    def write(self, data: bytes) -> None:
        self.seen += data


class Till(BaseHTTPRequestHandler):
    """A till whose every sentence is an attack."""

    def do_GET(self) -> None:
        told: dict[str, Any] = {
            "till": "1",
            "can_sell": False,
            "reasons": [{"code": "x", "text": HOSTILE}],
            "printer": {"state": "ready", "advice": HOSTILE, "model": HOSTILE, "serial": None, "paper_near_end": False},
            "unfinished": [],
            "alarms": [],
            "books": [],
            "drawers": [],
            "journal": {"seq": 1},
        }
        body = json.dumps([] if self.path == "/v1/drawers" else told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Till) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def config(tmp_path: Path, port: int) -> Path:
    path = write_config(tmp_path).config
    place = write_secret(tmp_path / "olena.token", TOKEN)
    text = path.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}")
    text += f'\n[[api.clients]]\nname = "olena"\nrole = "technician"\ntoken_file = {json.dumps(str(place))}\n'
    path.write_text(f'{text}[console]\nidle_s = 60\nservice_tool = "/bin/false"\n', "utf-8")
    return path


def played(config: Path, *keys: str | float) -> str:
    """What stood on the terminal after all was typed."""
    clock = Clock()
    house = House.of(config, clock, "9.9")
    house.pins.set("olena", "technician", PIN)
    far = Script(clock, *keys)
    Session(house, far, GRAMMAR, "test").run()
    return far.seen.decode("utf-8")


def noted(config: Path) -> list[str]:
    place = config.with_name("journal.sqlite.console")
    return [json.loads(line)["what"] for line in place.read_text("utf-8").splitlines()]


def test_nothing_is_shown_without_a_pin_where_no_client_is_named_for_looking(config: Path) -> None:
    seen = played(config, "status\r", "version\r")
    assert "Sign in first" in seen
    assert "firmware-bridge 9.9" in seen


def test_who_types_nothing_for_long_is_signed_out_and_who_types_is_not(config: Path) -> None:
    seen = played(config, "signin olena\r", PIN, "\r", 50.0, "v", 50.0, "ersion\r", 61.0, "undo\r")
    places = [seen.rindex(text) for text in ("Signed in: olena", "firmware-bridge 9.9", "nothing was typed for long")]
    assert places == sorted(places)
    assert "Sign in first" in seen[seen.index("nothing was typed for long") :]
    assert noted(config) == ["SignedIn", "SignedOut"]


def test_wrong_pins_are_slowed_down_and_written_down_without_the_pin(config: Path) -> None:
    wrong = [key for _ in range(4) for key in ("signin olena\r", "314159\r")]
    seen = played(config, *wrong, "signin nobody\r", "314159\r")
    assert seen.count("Name or PIN is wrong.") == 3
    assert "Too many wrong tries: wait 1 s" in seen
    assert noted(config) == ["SignInRefused"] * 2 + ["SignInSlowed"] * 2 + ["SignInRefused"]
    assert "314159" not in seen + config.with_name("journal.sqlite.console").read_text("utf-8")


def test_what_a_till_says_moves_no_cursor_and_shows_no_secret(config: Path) -> None:
    seen = played(config, "signin olena\r", f"{PIN}\r", "status\r", "printer\r", "charset utf8\r", "status\r")
    assert "<1B>[2J" in seen
    for raw in ("\x1b", "\x9b", "\u202e", TOKEN, "4111111111111111"):
        assert raw not in seen


def test_without_the_filters_the_same_look_finds_the_attack(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_bridge.console.terminal.Terminal._clean", lambda _, text: text)
    seen = played(config, "signin olena\r", f"{PIN}\r", "charset utf8\r", "printer\r")
    assert all(raw in seen for raw in ("\x1b", "\u202e", TOKEN, "4111111111111111"))


def test_an_answer_that_is_not_understood_ends_no_session(config: Path) -> None:
    seen = played(config, "signin olena\r", f"{PIN}\r", "drawer\r", "version\r")
    assert "was not understood" in seen
    assert seen.rstrip().endswith("olena>")


def test_the_language_of_a_session_is_its_own(config: Path) -> None:
    seen = played(config, "charset utf8\r", "lang uk\r", "help status\r", "lang tlh\r")
    assert "Чи може продавати?" in seen
    assert "en, uk, ru, az, be" in seen


def test_a_console_loads_neither_the_tills_server_nor_its_vendors_clients() -> None:
    code = "import sys, firmware_bridge.console_command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"aiohttp", "asyncio", "serial"} & set(done.stdout.split()), "it has to fit beside the till"


def test_a_first_enter_shows_how_it_is_and_a_second_one_nothing(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("[console]", '[console]\nclient = "olena"'), "utf-8")
    assert played(config, "\r").count("CANNOT SELL") == 1
    assert played(config, "\r", "\r").count("CANNOT SELL") == 1
    assert played(config, "version\r", "\r").count("CANNOT SELL") == 0, "who typed something knows that it answers"


def test_a_configuration_that_names_nobody_for_looking_is_refused(config: Path) -> None:
    config.write_text(config.read_text("utf-8") + 'client = "nobody"\n', "utf-8")
    with pytest.raises(ConfigError, match=r"console\.client"):
        House.of(config, Clock(), "9.9")
