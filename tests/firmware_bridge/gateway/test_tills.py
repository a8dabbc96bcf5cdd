"""Codes and tokens: a code is for one till, one token, one day and few tries; nothing of them is kept in clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.gateway.tills import CODE_MS, TRIES, CodeRefused, Tills, digest_of, is_till, new_token
from firmware_bridge.uplink.link import LinkMisuse

DAY = CODE_MS


class Now:
    at = 1_000

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def tills(tmp_path: Path, now: Now) -> Tills:
    return Tills(tmp_path / "tills.sqlite", now)


def _wrong(code: str) -> str:
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def test_a_code_gives_a_token_to_the_till_it_names(tills: Tills) -> None:
    assert tills.enrol(tills.new_code("UA-17"), digest_of("secret")) == "UA-17"
    assert tills.knows("UA-17", "secret")
    assert not tills.knows("UA-17", "another")
    assert not tills.knows("UA-18", "secret")


def test_a_code_as_people_type_it_is_understood(tills: Tills) -> None:
    code = tills.new_code("UA-17")
    typed = code[:-10] + code[-10:].lower().replace("0", "o").replace("1", "l")
    assert tills.enrol(f"  {typed} ", digest_of("secret")) == "UA-17"


def test_the_same_code_with_the_same_token_is_answered_again(tills: Tills) -> None:
    code = tills.new_code("UA-17")
    assert [tills.enrol(code, digest_of("secret")) for _ in range(2)] == ["UA-17"] * 2
    with pytest.raises(CodeRefused, match="used already"):
        tills.enrol(code, digest_of("another"))
    assert tills.knows("UA-17", "secret")


def test_a_code_is_void_after_a_day(tills: Tills, now: Now) -> None:
    code = tills.new_code("UA-17")
    now.at += DAY
    with pytest.raises(CodeRefused):
        tills.enrol(code, digest_of("secret"))


def test_a_code_is_void_after_too_many_guesses(tills: Tills) -> None:
    code = tills.new_code("UA-17")
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            tills.enrol(_wrong(code), digest_of("secret"))
    with pytest.raises(CodeRefused):
        tills.enrol(code, digest_of("secret"))


def test_a_newer_code_makes_the_older_void_and_a_newer_token_the_older_one(tills: Tills) -> None:
    older, newer = tills.new_code("UA-17"), tills.new_code("UA-17")
    with pytest.raises(CodeRefused):
        tills.enrol(older, digest_of("secret"))
    tills.enrol(newer, digest_of("secret"))
    tills.enrol(tills.new_code("UA-17"), digest_of("second"))
    assert (tills.knows("UA-17", "secret"), tills.knows("UA-17", "second")) == (False, True)


def test_a_till_may_begin_a_new_journal_once(tills: Tills) -> None:
    tills.enrol(tills.new_code("UA-17", renews=True), digest_of("secret"))
    assert [tills.renewed("UA-17"), tills.renewed("UA-17"), tills.renewed("UA-18")] == [True, False, False]


@pytest.mark.parametrize(
    "code", ["", "UA-17", "UA-17-", "-0123456789", "UA 17-0123456789", "UA-17-012345678U", "x" * 99]
)
def test_what_is_no_code_is_refused(tills: Tills, code: str) -> None:
    with pytest.raises(CodeRefused):
        tills.enrol(code, digest_of("secret"))


@pytest.mark.parametrize("name", ["", "*", ">", "a.b/c", "a b", "..", ".hidden", "x" * 65, "кіт", "a\n"])
def test_a_name_that_would_be_more_than_a_name_is_refused(tills: Tills, name: str) -> None:
    assert not is_till(name)
    with pytest.raises(ValueError, match="no till's name"):
        tills.new_code(name)


def test_tokens_are_long_and_never_the_same() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert {len(new_token()) for _ in range(10)} == {43}


def test_nothing_is_kept_in_clear(tills: Tills, tmp_path: Path) -> None:
    code = tills.new_code("UA-17")
    tills.enrol(code, digest_of("a-secret-token"))
    content = (tmp_path / "tills.sqlite").read_bytes()
    assert code[-10:].encode() not in content
    assert b"a-secret-token" not in content


def test_a_file_of_something_else_is_left_alone(tmp_path: Path, now: Now) -> None:
    from firmware_bridge.uplink.inbox import CommandInbox

    CommandInbox(tmp_path / "inbox")
    before = (tmp_path / "inbox").read_bytes()
    with pytest.raises(LinkMisuse, match="nothing was changed"):
        Tills(tmp_path / "inbox", now)
    assert (tmp_path / "inbox").read_bytes() == before
