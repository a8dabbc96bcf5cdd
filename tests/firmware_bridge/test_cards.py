"""Card numbers are cut to six and four digits wherever they stand, and what may not be kept is told apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cards

# Numbers that the schemes publish for tests, of every length from 13 to 19.
NUMBERS = (
    "4222222222222",
    "30569309025904",
    "378282246310005",
    "4111111111111111",
    "6304939304310009610",
    "6759649826438453",
)


def cut(number: str) -> str:
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", "PAN {}", "PAN:{}.", "({})", "{} EXP", "A{}B"])
def test_a_card_number_is_cut_to_its_first_six_and_last_four(number: str, around: str) -> None:
    assert cards.mask(around.format(number)) == around.format(cut(number))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "4111 11** **** 1111"),
        ("4111-1111-1111-1111", "4111-11**-****-1111"),
        ("4111  1111 - 1111 1111", "4111  11** - **** 1111"),
        ("4111\u20131111\u20131111\u20131111", "4111\u201311**\u2013****\u20131111"),
        ("3782 822463 10005", "3782 82**** *0005"),
        ("No 17 4111 1111 1111 1111", "No 17 4111 11** **** 1111"),
        ("4111 1111 1111 1111 12", "4111 11** **** 1111 12"),
        ("4111111111111111 and 4222222222222", "411111******1111 and 422222***2222"),
    ],
)
def test_groups_keep_their_blanks_and_dashes(text: str, masked: str) -> None:
    assert cards.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",
        "411111111111",
        "41111111111111111111",
        "RRN 123456789012",
        "02.03.2026 14:05:31",
        "4111 11** **** 1111",
        "411111******1111",
        "+380 44 123 45 67",
    ],
)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert cards.mask(text) == text


def test_invisible_characters_hide_no_number() -> None:
    assert cards.tidy("4111\u200b1111\u00ad1111\u206011\u202e11") == "411111******1111"
    assert cards.tidy("4111\u00a01111\u20031111\t1111") == "4111 11** **** 1111"


@pytest.mark.parametrize(
    "text",
    [
        ";4111111111111111=25121011000012300?",
        "4111111111111111=2512101",
        "4111111111111111D25122010000",
        "%B4111111111111111^KOVAL/O^2512101",
        "41111111111\u200b11111=2512101",
    ],
)
def test_track_data_is_forbidden(text: str) -> None:
    assert "magnetic stripe" in cards.forbidden(text)


@pytest.mark.parametrize("text", ["CVV 123", "cvc2: 1234", "CVV2=123", "CSC 999", "CID: 1234"])
def test_a_verification_code_is_forbidden(text: str) -> None:
    assert "verification code" in cards.forbidden(text)


@pytest.mark.parametrize(
    "text",
    ["", "CVV NOT CHECKED", "CVV: Y", "CVM 1F0302", "SUM=250.00", "4111 11** **** 1111", "N=123456789", "ACVV 123"],
)
def test_what_a_slip_usually_says_is_not_forbidden(text: str) -> None:
    assert cards.forbidden(text) == ""


def passes_luhn(digits: str) -> bool:
    """Luhn's check as its patent describes it (US 2,950,048): double every other digit, add the digits."""
    doubled = {str(digit): sum(int(one) for one in str(2 * digit)) for digit in range(10)}
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(doubled[one] for one in even)) % 10 == 0


@given(st.text("0123456789 -*x", max_size=60))
def test_nothing_that_is_left_in_one_piece_is_a_card_number(text: str) -> None:
    shown = cards.mask(text)
    assert len(shown) == len(text)
    for piece in re.findall(r"\d+", shown):
        assert not (13 <= len(piece) <= 19 and passes_luhn(piece))


@given(st.sampled_from(NUMBERS), st.text("ab. :", max_size=5), st.text("ab. :", max_size=5), st.integers(0, 18))
def test_a_number_parted_anywhere_is_found(number: str, before: str, after: str, at: int) -> None:
    parted = f"{number[:at]} {number[at:]}".strip()
    shown = re.sub(r"\D", "", cards.mask(f"{before}{parted}{after}"))
    assert shown == number[:6] + number[-4:]
