"""The log: one line per fact, nothing that hurts a terminal, no secret, and never a loop that waits for a disk."""

from __future__ import annotations

import base64
import io
import logging
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.logs import Logs, Redactor, Sparse, mask_patterns, safe

SECRET = 'canary/"+secret'
PAN = "4111111111111111"
log = logging.getLogger("till.test")


def written(work: Callable[[], None], *secrets: str, journald: bool = False, level: int = logging.INFO) -> list[str]:
    stream = io.StringIO()
    with Logs(stream, journald=journald, level=level) as logs:
        for secret in secrets:
            logs.redactor.add(secret)
        work()
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Кава ґїєІ 42,00 ₴ №1 — «так»", "Кава ґїєІ 42,00 ₴ №1 — «так»"),
        ("\x1b[2J", "<1B>[2J"),
        ("\x1b]0;title\x07", "<1B>]0;title<07>"),
        ("\x9b31m", "<9B>31m"),
        ("a\u202eb\u2066c", "a<202E>b<2066>c"),
        ("a\r\nb\x00\x7f", "a<0D><0A>b<00><7F>"),
        ("a\u200bb\ufeff\u00ad", "a<200B>b<FEFF><AD>"),
        ("\ud800", "<D800>"),
        ("\u2028\u2029", "<2028><2029>"),
        ("😀", "<1F600>"),
    ],
)
def test_safe_shows_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_safe_text_is_printable_and_of_one_line(text: str) -> None:
    shown = safe(text)
    assert all(char.isprintable() or char == "\xa0" for char in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()


def test_one_line_per_fact_with_its_facts() -> None:
    def work() -> None:
        log.warning("printer %s\nis silent", "TM", extra={"sale": "s-1", "device": "receipt printer", "other": "x"})

    (line,) = written(work)
    assert line.endswith(" warning till.test: printer TM<0A>is silent sale=s-1 device=receipt printer")
    assert written(work, journald=True) == ["<4>printer TM<0A>is silent sale=s-1 device=receipt printer"]


def test_exception_is_one_line_with_its_place() -> None:
    def work() -> None:
        try:
            int("a\nb")
        except ValueError:
            log.exception("it failed")

    (line,) = written(work)
    assert "it failed (ValueError: invalid literal for int() with base 10: 'a\\nb' at test_logs.py:" in line


def test_format_characters_in_data_are_only_data() -> None:
    assert written(lambda: log.info("goods %s", "%s{}%d"))[0].endswith("goods %s{}%d")


FORMS = [
    SECRET,
    base64.b64encode(SECRET.encode()).decode(),
    SECRET.encode().hex(),
    quote(SECRET, safe=""),
    quote(SECRET, safe="").lower(),
    SECRET.replace('"', '\\"'),
    base64.b64encode(SECRET.encode()).decode().rstrip("="),
]


@pytest.mark.parametrize("form", FORMS)
def test_secret_never_gets_out_in_any_form(form: str) -> None:
    def work() -> None:
        log.info("url=%s", form, extra={"vendor": form})
        try:
            dict[str, int]()[form]
        except KeyError:
            log.exception("failed")

    assert not [line for line in written(work, SECRET) if form in line]
    assert [line for line in written(work) if form in line], "control: without registration it must be seen"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"card {PAN}", "card ************1111"),
        ("card 4111 1111 1111 1111.", "card ************1111."),
        ("card 4111-1111-1111-1111", "card ************1111"),
        ("number 4111111111111112", "number 4111111111111112"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ", "jwt ***"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert mask_patterns(text) == shown


@given(st.text())
def test_masking_never_fails(text: str) -> None:
    redactor = Redactor()
    redactor.add("secret")
    assert "secret" not in redactor.mask(text + "secret")


class StuckDisk(io.StringIO):
    """A stream whose first write waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        self.go.wait(10)
        return super().write(text)


def test_stuck_disk_does_not_hold_the_caller_and_what_was_lost_is_said() -> None:
    disk = StuckDisk()
    logs = Logs(disk, size=10)
    logs.start()
    try:
        log.warning("first")
        assert disk.entered.wait(5)
        began = time.monotonic()
        for number in range(1000):
            log.warning("line %d", number)
        assert time.monotonic() - began < 5
    finally:
        disk.go.set()
        logs.stop()
    lines = disk.getvalue().splitlines()
    assert len(lines) == 12
    assert sum("990 log lines were lost" in line for line in lines) == 1


def test_nothing_is_left_behind() -> None:
    root = logging.getLogger()

    def look() -> tuple[object, ...]:
        return list(root.handlers), root.level, logging.getLogger("till.wire").level, threading.active_count()

    before, threads = look(), threading.active_count()
    logs = Logs(io.StringIO(), level=logging.DEBUG)
    logs.stop()
    for _ in range(2):
        logs.start()
        assert threading.active_count() == threads + 1
        logs.stop()
        logs.stop()
    assert look() == before


def test_bytes_of_the_wire_are_off_unless_asked_for() -> None:
    def work() -> None:
        logging.getLogger("till.wire").info("1b 40")

    assert written(work) == []
    stream = io.StringIO()
    with Logs(stream, wire=True):
        work()
    assert "1b 40" in stream.getvalue()
    (failed,) = written(lambda: logging.getLogger("till.wire").warning("an exchange failed"))
    assert "an exchange failed" in failed


def test_steps_inside_the_machines_are_no_facts() -> None:
    machines = logging.getLogger("transitions.core")
    assert written(lambda: machines.info("Executed callback")) == []
    assert len(written(lambda: machines.warning("something is wrong"))) == 1
    assert logging.getLogger("transitions").level == logging.NOTSET


def test_many_equal_happenings_are_counted() -> None:
    now = 0.0
    sparse = Sparse(lambda: now, interval=60)
    assert [sparse.allow("a") for _ in range(4)] == [0, None, None, None]
    assert sparse.allow("b") == 0
    now = 60.0
    assert sparse.allow("a") == 3


def test_error_for_a_person_is_one_line() -> None:
    assert UserError("a\n b", "try\nc").line() == "firmware-bridge: a; b (try c)"
    assert (UserError("x").exit_code, UsageError("x").exit_code, UserError("x", exit_code=77).exit_code) == (1, 2, 77)
