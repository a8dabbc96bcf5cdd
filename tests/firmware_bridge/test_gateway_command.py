"""`firmware-bridge gateway …` and `enrol`: wrong use is one sentence, a code works once, a token is kept well."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_bridge.cli import main
from firmware_bridge.gateway.tills import Tills
from tests.firmware_bridge.test_config_book import SMALL
from tests.support.gateway import gateway


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(f'[gateway]\nfolder = "{tmp_path / "kept"}"\nlisten = "127.0.0.1:0"\n', "utf-8")
    return path


class Said:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        found = self._capsys.readouterr()
        return code, found.out, found.err


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A gateway's address, served by a loop of its own thread."""
    loop = asyncio.new_event_loop()
    ready: list[str] = []
    started, ending = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with gateway(folder) as found:
            ready.append(found.url)
            started.set()
            await ending.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(20)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


def till(tmp_path: Path, url: str) -> Path:
    path = tmp_path / "till.toml"
    token = tmp_path / "gateway.token"
    path.write_text(f'{SMALL}\n[uplink]\nurl = "{url}"\ntoken_file = "{token}"\n', "utf-8")
    return path


def test_a_code_is_shown_with_what_is_to_be_done_with_it(config: Path, said: Said) -> None:
    code, out, err = said("gateway", "enrol", "UA-17", "--config", config)
    assert (code, err) == (0, "")
    first, then = out.splitlines()
    assert first.startswith("UA-17-")
    assert f"firmware-bridge enrol {first} --config FILE" in then
    assert "without books" in then


@pytest.mark.parametrize(
    "words",
    [
        ("enrol",),
        ("enrol", "a b"),
        ("revoke",),
        ("tills", "UA-17"),
        ("run", "UA-17"),
        ("tills", "--new-journal"),
        ("x",),
    ],
)
def test_wrong_use_is_one_sentence(config: Path, said: Said, words: tuple[str, ...]) -> None:
    code, out, err = said("gateway", *words, "--config", config)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_till_is_enrolled_listed_and_revoked(config: Path, tmp_path: Path, said: Said) -> None:
    with served(tmp_path / "kept") as url:
        code = json.loads(said("gateway", "enrol", "UA-17", "--config", config, "--json")[1])["code"]
        own = till(tmp_path, url)
        done = said("enrol", code, "--config", own)
        assert (done[0], done[2]) == (0, "")
        assert said("enrol", code, "--config", own)[0] == 0  # its answer may have been lost
        token = (tmp_path / "gateway.token").read_text().strip()
        assert Tills(tmp_path / "kept/tills.sqlite", lambda: 0).knows("UA-17", token)
        assert (tmp_path / "gateway.token").stat().st_mode & 0o777 == 0o600
        used = said("enrol", code, "--config", own, "--new-token")
        assert (used[0], "used already" in used[2]) == (1, True)
    listed = json.loads(said("gateway", "tills", "--config", config, "--json")[1])
    assert (listed["till"], listed["books"], listed["record"]) == ("UA-17", False, 0)
    assert "nothing has arrived" in said("gateway", "tills", "--config", config)[1]
    assert said("gateway", "revoke", "UA-17", "--config", config)[0] == 0
    again = said("gateway", "revoke", "UA-17", "--config", config)
    assert (again[0], "nothing was changed" in again[2]) == (1, True)


def test_a_gateway_that_is_not_there_or_none_is_told(tmp_path: Path, said: Said) -> None:
    code, _, err = said("enrol", "UA-17-0123456789", "--config", till(tmp_path, "http://127.0.0.1:9"))
    assert (code, "same code" in err) == (1, True)


@pytest.mark.parametrize(("code", "word"), [("nonsense", "no enrolment code"), ("UA-18-0123456789", "for till UA-18")])
def test_a_code_that_cannot_be_this_tills_is_told_without_asking(
    tmp_path: Path, said: Said, code: str, word: str
) -> None:
    found = said("enrol", code, "--config", till(tmp_path, "http://127.0.0.1:9"))
    assert (found[0], word in found[2]) == (2, True)
    assert not (tmp_path / "gateway.token").exists()


def test_a_till_without_a_gateway_cannot_be_enrolled(tmp_path: Path, said: Said) -> None:
    (tmp_path / "till.toml").write_text(SMALL, "utf-8")
    code, _, err = said("enrol", "UA-17-0123456789", "--config", tmp_path / "till.toml")
    assert (code, "[uplink]" in err) == (2, True)


def test_its_files_are_checked_without_running_it(config: Path, said: Said) -> None:
    assert said("gateway", "check", "--config", config)[:2] == (0, "can be used; 0 tills with books\n")
