"""The log in the system journal: each fact a field, nothing that can begin another one, one id for each kind."""

from __future__ import annotations

import ast
import io
import logging
import os
import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import log_kinds
from firmware_bridge.journald import datagram, is_stream
from firmware_bridge.log_kinds import about, id_of
from firmware_bridge.log_queue import FACTS
from firmware_bridge.logs import LONGEST, Logs

log = logging.getLogger("till.test")
ROOT = Path(__file__).parents[2]
METHODS = ("debug", "info", "warning", "error", "exception", "critical", "log")


def fields_of(data: bytes) -> dict[str, str]:
    """An entry as journald reads it: NAME, line feed, length in 8 bytes, value, line feed; or NAME=value, line feed."""
    found: dict[str, str] = {}
    while data:
        head, _, rest = data.partition(b"\n")
        name, equals, value = head.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        assert re.fullmatch(rb"[A-Z][A-Z0-9_]{0,63}", name)
        assert name.decode() not in found
        found[name.decode()] = value.decode()
        data = rest
    return found


@contextmanager
def journal(folder: Path) -> Iterator[tuple[Path, socket.socket]]:
    """What stands for the system journal: a datagram socket of the same kind."""
    path = folder / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(10)
        yield path, listener


def entries(folder: Path, work: Callable[[], None], *secrets: str) -> list[dict[str, str]]:
    stream = io.StringIO()
    with journal(folder) as (path, listener):
        with Logs(stream, journald=True, journal=path) as logs:
            for secret in secrets:
                logs.redactor.add(secret)
            work()
        found = []
        listener.settimeout(0.0)
        while True:
            try:
                found.append(fields_of(listener.recv(1 << 20)))
            except BlockingIOError:
                break
    assert stream.getvalue() == "", "nothing is told twice"
    return found


def test_line_is_an_entry_with_its_facts_and_its_place(tmp_path: Path) -> None:
    def work() -> None:
        extra = about("doubt", sale="s-1", device="printer", outcome="doubtful", receipt="", vendor=None)
        log.warning("it is %s", "doubtful", extra=extra)

    (found,) = entries(tmp_path, work)
    line = int(found.pop("CODE_LINE"))
    assert "log.warning" in Path(__file__).read_text("utf-8").splitlines()[line - 1]
    assert found == {
        "MESSAGE": "it is doubtful",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "firmware-bridge",
        "MESSAGE_ID": id_of("doubt"),
        "TILL_SALE": "s-1",
        "TILL_DEVICE": "printer",
        "TILL_OUTCOME": "doubtful",
        "LOGGER": "till.test",
        "CODE_FILE": __file__,
        "CODE_FUNC": "work",
    }


def test_nothing_in_a_text_begins_a_field(tmp_path: Path) -> None:
    evil = "x\nPRIORITY=0\nMESSAGE_ID=0\n\0\x1b[2J"
    (found,) = entries(tmp_path, lambda: log.info("%s", evil, extra={"device": evil}))
    assert found["PRIORITY"] == "6"
    assert "MESSAGE_ID" not in found
    assert found["MESSAGE"] == found["TILL_DEVICE"] == "x<0A>PRIORITY=0<0A>MESSAGE_ID=0<0A><00><1B>[2J"


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True), st.text(), max_size=5))
def test_any_values_come_back_as_they_were(fields: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    assert fields_of(datagram(fields)) == clean


def test_long_text_is_cut_after_it_was_masked(tmp_path: Path) -> None:
    text = "a" * (LONGEST - 3) + "secret-of-ours" + "b" * 100_000
    (found,) = entries(tmp_path, lambda: log.info("%s", text, extra={"vendor": text}), "secret-of-ours")
    assert found["MESSAGE"] == "a" * (LONGEST - 3) + f"***… (cut, it has {LONGEST + 100_000} characters)"
    assert len(found["TILL_VENDOR"]) < 300
    assert len(datagram(found)) < 65536


def test_worst_text_that_is_not_cut_fits_a_datagram(tmp_path: Path) -> None:
    facts = dict.fromkeys(FACTS, "☃" * 1000)
    (found,) = entries(tmp_path, lambda: log.info("%s", "☃" * 20_000, extra=facts))
    assert found["MESSAGE"].startswith("<2603>")


def test_what_the_journal_does_not_take_goes_to_stderr_with_its_priority(tmp_path: Path) -> None:
    stream = io.StringIO()
    with Logs(stream, journald=True, journal=tmp_path / "nobody"):
        log.error("it is gone", extra={"device": "printer"})
    assert stream.getvalue() == "<3>it is gone device=printer\n"


def test_stream_of_the_journal_is_known_by_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as ours, (tmp_path / "b").open("w") as other:
        info = os.fstat(ours.fileno())
        told = {"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"}
        assert is_stream(told, ours)
        assert not is_stream(told, other), "stderr was redirected: systemd's variable is inherited all the same"
        assert not is_stream({}, ours)
        assert not is_stream({"JOURNAL_STREAM": "x"}, ours)
        assert not is_stream(told, io.StringIO())


# --- repeats ----------------------------------------------------------------------------------------------------------


def lines(work: Callable[[], None]) -> list[str]:
    stream = io.StringIO()
    with Logs(stream):
        work()
    return [line.partition("till.test: ")[2] for line in stream.getvalue().splitlines()]


def test_warning_that_repeats_is_told_first_and_then_at_every_power_of_two() -> None:
    def work() -> None:
        for number in range(40):
            log.warning("it is away", extra={"device": "printer"})
            log.warning("it is away", extra={"device": "drawer"})
            log.info("sale %d", number // 20)

    found = lines(work)
    expected = ["", *(f" (for the {times}. time)" for times in (2, 4, 8, 16, 32))]
    assert [line for line in found if "printer" in line] == [f"it is away{more} device=printer" for more in expected]
    assert len([line for line in found if "drawer" in line]) == len(expected)
    assert len([line for line in found if line.startswith("sale")]) == 40, "money is told each time"


def test_warning_that_was_silent_for_an_hour_is_a_new_one() -> None:
    def work() -> None:
        for at in (1000.0, 1001.0, 5000.0, 5001.0):
            record = log.makeRecord(log.name, logging.WARNING, "x", 1, "it is away", (), None)
            record.created = at
            log.handle(record)

    assert lines(work) == ["it is away", "it is away (for the 2. time)"] * 2


# --- the kinds --------------------------------------------------------------------------------------------------------


@cache
def log_calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of a logger in the product, with its place."""
    found = []
    for path in (path for folder in ("firmware_bridge", "drivers") for path in sorted((ROOT / folder).rglob("*.py"))):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "logging.getLogger(" in text else ():
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner, what = node.func.value, node.func.attr
            if isinstance(owner, ast.Name) and owner.id in ("log", "_log", "wire_log") and what in METHODS:
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return tuple(found)


def test_every_kind_has_an_id_of_its_own_and_is_used() -> None:
    assert set(log_kinds.IDS) == set(log_kinds.KINDS)
    numbers = list(log_kinds.IDS.values())
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", number) for number in numbers)
    source = "".join(
        path.read_text("utf-8")
        for folder in ("firmware_bridge", "drivers")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "log_kinds.py"
    )
    assert [kind for kind in log_kinds.KINDS if f'"{kind}"' not in source] == []


def test_every_line_names_its_facts_apart_from_its_words() -> None:
    bare = [place for place, call in log_calls() if not any(keyword.arg == "extra" for keyword in call.keywords)]
    assert bare == []


def test_facts_and_kinds_that_lines_name_are_known() -> None:
    wrong = []
    for place, call in log_calls():
        for kinds, names in (named(keyword.value) for keyword in call.keywords if keyword.arg == "extra"):
            wrong += [f"{place}: {name}" for name in names if name not in FACTS]
            wrong += [f"{place}: {kind}" for kind in kinds if kind not in log_kinds.KINDS]
    assert wrong == []
    assert len(log_calls()) > 100


def named(extra: ast.expr) -> tuple[list[object], list[str]]:
    """Kinds and facts that stand in the source of an `extra=`."""
    if isinstance(extra, ast.Dict):
        keys = [key.value for key in extra.keys if isinstance(key, ast.Constant)]
        kinds = [
            value.value
            for key, value in zip(extra.keys, extra.values, strict=True)
            if isinstance(key, ast.Constant) and key.value == "kind" and isinstance(value, ast.Constant)
        ]
        return [*kinds], [str(key) for key in keys if key != "kind"]
    if isinstance(extra, ast.Call):
        literal = [each.value for each in extra.args if isinstance(each, ast.Constant)]
        return [*literal], [keyword.arg for keyword in extra.keywords if keyword.arg]
    return [], []
