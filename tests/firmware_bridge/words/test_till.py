"""A running till and its console, asked in every language: what a person reads has no English sentence in it."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from firmware_bridge.api.languages import SENTENCES
from firmware_bridge.played_devices import Device
from firmware_bridge.words.table import LANGUAGES, Language
from tests.firmware_bridge.console.desk import ConsoleDesk, console_desk, seat
from tests.support.processes import Json, sale, until

SLOW = ("--columns", "42", "--speed", "0.5", "--drawer-closes-after", "0.1")
#: Names and codes that are the same in every language.
NAMES = re.compile(r"\((?:POST|GET) [^)]*\)|POST /\S+|`[^`]*`|\b(?:UTF-8|USB|Bearer TOKEN|Authorization|Epson \S+)")
CODES = re.compile(
    r"\b(?:printed|not_printed|fiscalised|not_fiscalised|abandoned|refunded|main|payments|lines|sales)\b"
)
ENGLISH = re.compile(r"\b(?:the|is|was|and|not|nothing|it|of|to|has|been|with)\b", re.IGNORECASE)


def english_in(text: str, language: str) -> str:
    """What reads like English in a text of another language, or ""."""
    plain = CODES.sub("", NAMES.sub("", text))
    if language in ("uk", "ru", "be"):
        found = re.search(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}", plain)
    else:
        found = ENGLISH.search(plain)
    return found[0] if found else ""


def sentences_of(answer: Any) -> Iterator[str]:
    """Everything in an answer that a person reads."""
    if isinstance(answer, dict):
        for name, part in answer.items():
            read = name in SENTENCES or (name == "title" and "outcome" in answer)
            texts = part if isinstance(part, list) else [part]
            yield from (text for text in texts if read and isinstance(text, str))
            yield from sentences_of(part)
    elif isinstance(answer, list):
        for part in answer:
            yield from sentences_of(part)


@dataclass(frozen=True, slots=True)
class Shop:
    desk: ConsoleDesk
    printer: Device

    def ask(self, method: str, path: str, body: Json | None = None, language: str = "") -> tuple[int, Any, Any]:
        """Status, headers and the answer; no language = without the header."""
        found = re.search(r'listen = "([^"]+)"', self.desk.at.config.read_text("utf-8"))
        assert found is not None
        connection = http.client.HTTPConnection(found[1], timeout=30)
        headers = {
            "Authorization": f"Bearer {self.desk.at.token}",
            "Content-Type": "application/json",
            "Prefer": "wait=1",
        }
        if language:
            headers["Accept-Language"] = language
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())
        finally:
            connection.close()

    def status(self) -> Json:
        found: Json = self.ask("GET", "/v1/status")[2]
        return found

    def until_it_says(self, what: str, member: str, value: Any) -> None:
        until(lambda: self.status()[what][member] == value, f"{member} of {what} to be {value}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A till whose shift is closed at first, then a sale of it is in doubt and its printer has no paper."""
    folder = tmp_path_factory.mktemp("words")
    with Device("escpos", folder / "printer", SLOW) as printer, console_desk(folder) as desk:
        desk.service("start")
        yield Shop(desk, printer)


def problems(shop: Shop, language: str) -> list[tuple[int, Any]]:
    asked: list[tuple[str, str, Json | None]] = [
        ("POST", "/v1/sales", sale("refused-1")),
        ("POST", "/v1/sales", {"id": "bad-1", "lines": [{"price": "x"}], "payments": []}),
        ("GET", "/v1/receipts/nobody", None),
        ("GET", "/v1/drawers/side", None),
        ("POST", "/v1/shifts/current/close/cancel", {"id": "cancel-1"}),
        ("POST", "/v1/outbox/nobook/retry", {"id": "retry-1"}),
        ("GET", "/v1/nothing", None),
    ]
    found = []
    for method, path, body in asked:
        status, headers, answer = shop.ask(method, path, body, language)
        assert headers["Content-Language"] == (language or "en")
        assert "Accept-Language" in headers["Vary"]
        found.append((status, answer))
    return found


def test_every_no_is_said_in_the_language_that_was_asked_for(shop: Shop) -> None:
    english = problems(shop, "")
    assert problems(shop, "en") == english
    assert {status for status, _ in english} == {404, 409, 422}
    for language in LANGUAGES[1:]:
        for (status, answer), (_, as_ever) in zip(problems(shop, language), english, strict=True):
            assert status == as_ever["status"]
            assert {name: answer[name] for name in ("type", "status", "outcome")} == {
                name: as_ever[name] for name in ("type", "status", "outcome")
            }
            for text in sentences_of(answer):
                assert not english_in(text, language), (language, text)


def test_the_same_command_is_answered_alike_in_the_same_language(shop: Shop) -> None:
    first, again = (shop.ask("POST", "/v1/sales", sale("refused-2"), "uk")[2] for _ in range(2))
    assert first == again
    assert first["detail"] == "Зміну не відкрито: спершу відкрийте зміну (POST /v1/shifts)."


def doubt(shop: Shop) -> None:
    """The till dies while a receipt is printed; when it is back, the paper is in doubt and the printer has none."""
    shop.until_it_says("printer", "state", "ready")
    assert shop.ask("POST", "/v1/shifts", {"id": "shift-1", "float_amount": 1000})[0] == 201
    assert shop.ask("POST", "/v1/sales", sale("doubtful-1"))[0] == 202
    shop.desk.kill()
    shop.printer.do("power_off")
    shop.printer.do("load_paper", lines=0)
    shop.printer.do("power_on")
    shop.desk.service("start")
    shop.until_it_says("printer", "state", "paper_end")


def test_status_and_console_say_nothing_in_english(shop: Shop) -> None:
    doubt(shop)
    english = shop.status()
    texts = list(sentences_of(english))
    assert any("no paper" in text for text in texts)
    assert any("is in doubt" in text for text in texts)
    for language in LANGUAGES[1:]:
        answer = shop.ask("GET", "/v1/status", None, language)[2]
        said = list(sentences_of(answer))
        assert len(said) == len(texts)
        for text in said:
            assert not english_in(text, language), (language, text)
    with seat(shop.desk.at.config) as person:
        person.do("lang uk")
        said_there = person.do("status")
        assert "паперу" in said_there
        for line in said_there.splitlines():
            assert not english_in(line, "uk"), line


def test_english_would_be_seen(shop: Shop) -> None:
    texts = [text for _, answer in problems(shop, "") for text in sentences_of(answer)]
    assert texts
    unseen: list[tuple[Language, str]] = [
        (language, text) for language in LANGUAGES[1:] for text in texts if not english_in(text, language)
    ]
    assert len(unseen) < len(texts), unseen
