"""Every documented code: what it means, what the cashier is told to do, and whether it is believed."""

from __future__ import annotations

import re

import pytest

from firmware_bridge.vendors.smartone.errors import TABLE, Verdict, judge

#: The vendor's list, by hand: code -> what it comes to.
CODES: dict[int, Verdict] = {
    1: "configuration",
    2: "configuration",
    3: "refused",
    4: "refused",
    5: "doubt",
    6: "no_shift",
    7: "refused",
    8: "refused",
    9: "unknown",
    10: "unknown",
    11: "refused",
    12: "refused",
    13: "refused",
    15: "refused",
    16: "refused",
    18: "refused",
    19: "refused",
    20: "refused",
    21: "refused",
    22: "expired",
    24: "refused",
    26: "refused",
    27: "refused",
    36: "refused",
    39: "doubt",
    40: "doubt",
}


def test_the_table_has_every_code_of_the_vendors_list_once() -> None:
    assert [row.code for row in TABLE] == list(CODES)


@pytest.mark.parametrize(("code", "verdict"), CODES.items())
def test_each_code_has_its_verdict_and_says_what_to_do(code: int, verdict: Verdict) -> None:
    judgement = judge(code, "  mətn\n ikinci ")
    assert judgement.verdict == verdict
    row = next(row for row in TABLE if row.code == code)
    assert row.means
    assert row.advice
    assert judgement.told == f'{row.means}: {row.advice} (SmartOne: code {code}, "mətn ikinci")'
    assert re.fullmatch(r"[^A-Z.].*[^.]", row.sentence), "one sentence, to be put behind others"


def test_a_withdrawal_over_the_balance_is_no_missing_document() -> None:
    assert judge(9, "").verdict == "unknown"
    judgement = judge(9, "", "withdraw")
    assert (judgement.verdict, "enough cash" in judgement.told) == ("refused", True)


@pytest.mark.parametrize("code", [14, 17, 23, 25, 99, -1])
def test_a_code_that_the_list_does_not_have_is_doubt(code: int) -> None:
    assert judge(code, "?").verdict == "doubt"


def test_a_refusal_without_a_code_has_its_words_alone() -> None:
    judgement = judge(None, "Növbə açıq deyil")
    assert (judgement.verdict, judgement.code) == ("refused", None)
    assert judgement.told.endswith('(SmartOne: "Növbə açıq deyil")')


def test_a_configured_code_is_a_declined_card() -> None:
    assert judge(55, "", declined=(55,)).verdict == "declined"
    assert judge(55, "").verdict == "doubt"


def test_a_flood_of_words_is_cut() -> None:
    assert len(judge(3, "x" * 10_000).words) == 300
