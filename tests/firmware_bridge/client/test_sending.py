"""What a client sends: bodies that the till takes, tokens that are shown to nobody, to addresses that are some."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from firmware_bridge.client import errors
from firmware_bridge.client.line import Tcp, TokenFile, TokenText
from firmware_bridge.client.till import Till
from firmware_bridge.errors import UserError
from tests.firmware_bridge.client.scripted import (
    LINE,
    QUICK,
    SALE,
    TOKEN,
    Clock,
    answer,
    client,
    document,
    hang_up,
    problem,
    scripted,
)

DONE = answer(200, document("s-1"))


def test_what_is_wrong_is_found_here_and_never_sent() -> None:
    with scripted(DONE) as till:
        asker = client(till.port, Clock())
        with pytest.raises(errors.BadContent, match="nothing was sent") as told:
            asker.sell({"lines": [{**LINE, "price": 1.5}], "payments": [], "colour": "red"})
        assert [one.field for one in told.value.errors] == ["colour", "lines[0].price"]
        assert (told.value.status, told.value.outcome) == (422, "none")
        for odd in ("../shifts/current", "a b", "a?b", "x.txt", "..", "", "é", "a" * 65):
            with pytest.raises(errors.BadContent):
                asker.receipt(odd)
            with pytest.raises(errors.BadContent):
                asker.copy(odd, {"reason": "torn"})
        with pytest.raises(errors.BadContent):
            asker.sell({**SALE, "id": "a b"})
        assert till.asked == []


def test_what_says_nothing_is_not_sent() -> None:
    with scripted(DONE) as till:
        client(till.port, Clock()).sell({**SALE, "id": "s-1", "header": "", "adjustments": [], "customer": None})
        assert till.asked[0].json == {**SALE, "id": "s-1"}


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_is_sent_and_shown_nowhere() -> None:
    with scripted(hang_up, problem("token-needed", 401)) as till:
        asker = client(till.port, Clock())
        with pytest.raises(errors.TillError) as told:
            asker.sell(SALE)
        assert till.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    shown = [repr(asker), repr(TokenText(TOKEN)), str(told.value), repr(told.value), repr(vars(told.value))]
    shown += traceback.format_exception(told.value)
    assert not any(TOKEN in text for text in shown)


def test_a_new_token_in_the_file_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    with scripted(hang_up, DONE) as till:
        place = Tcp("127.0.0.1", till.port)

        def where() -> Tcp:
            file.write_text("second\n")
            return place

        Till(where, TokenFile(str(file)), QUICK, sleep=lambda _: None).sell(SALE)
        assert [one.headers["authorization"] for one in till.asked] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("content", ["", "two words", "a\r\nX-Evil: 1", "\x00", "é", "x" * 513])
def test_a_file_that_holds_no_token_is_named_without_what_is_in_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "pos.token"
    file.write_text(content, "utf-8")
    with scripted(DONE) as till:
        asker = client(till.port, Clock(), token=TokenFile(str(file)))
        with pytest.raises(UserError, match=r"pos\.token holds no token") as told:
            asker.sell(SALE)
        assert till.asked == []
    assert not content or content not in "".join(traceback.format_exception(told.value))
    with pytest.raises(UserError):
        TokenText(content)
    file.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        asker.sell(SALE)


def test_a_token_that_is_gone_does_not_make_what_was_sent_undone(tmp_path: Path) -> None:
    file = tmp_path / "pos.token"
    file.write_text(TOKEN, "utf-8")

    def gone(_: object, __: object) -> None:
        file.unlink()

    with scripted(gone) as till, pytest.raises(errors.Doubtful, match="cannot be read") as told:
        client(till.port, Clock(), token=TokenFile(str(file))).sell({**SALE, "id": "s-1"})
    assert told.value.command_id == "s-1"


def test_a_manager_approves_in_the_same_request() -> None:
    with scripted(DONE) as till:
        client(till.port, Clock()).take_back(SALE, approval=TokenText("managers"))
        assert till.asked[0].headers["approved-by"] == "Bearer managers"
        assert till.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("text", ["", "till", "till:", "till:0", "till:65536", "http://till:80", "::1:80", "a b:1"])
def test_what_is_no_address_is_said_at_once(text: str) -> None:
    with pytest.raises(UserError, match="is no address of a till"):
        Till.at(text, "/nowhere")


def test_addresses_are_written_as_the_till_wants_them_in_host() -> None:
    assert str(Tcp.of("[::1]:8321")) == "[::1]:8321"
    assert str(Tcp.of("127.0.0.1:8321")) == "127.0.0.1:8321"
    with scripted(DONE) as till:
        client(till.port, Clock()).sell(SALE)
        assert till.asked[0].headers["host"] == f"127.0.0.1:{till.port}"
