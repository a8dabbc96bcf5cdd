"""Two X reports and a document: made, not made, or a person's matter; never a guess."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product

import msgspec
import pytest

from firmware_bridge.vendors.smartone.evidence import Evidence, Expected, Verdict, expected, judge, of_core, of_ecr
from firmware_bridge.vendors.smartone.messages import EcrReport
from firmware_bridge.vendors.smartone.report import ShiftReport
from tests.firmware_bridge.vendors.smartone.adapter_orders import back, move, opening, report, sale
from tests.firmware_bridge.vendors.smartone.adapter_samples import DATA, data, renamed

BEFORE = Evidence("17", "2026-03-02 09:00:00", 104, 34_800, {"sale": (3, 11_800), "withdraw": (1, 5_000)})
SALE = Expected("sale", 1180, 1180)
CARD = Expected("sale", 1180, 0)
BACK = Expected("refund", 1180, -1180)
CARD_BACK = Expected("refund", 1180, 0)
IN = Expected("deposit", 500, 500)
OUT = Expected("withdraw", 500, -500)


def now(**changes: object) -> Evidence:
    return msgspec.structs.replace(BEFORE, **changes)


def sold(amount: int = 1180, count: int = 4) -> dict[str, tuple[int, int]]:
    return {**BEFORE.totals, "sale": (count, 11_800 + amount)}


@pytest.mark.parametrize(
    ("wanted", "after", "verdict"),
    [
        (SALE, BEFORE, "not_made"),
        (SALE, now(last=105, cash=35_980, totals=sold()), "made"),
        (CARD, now(last=105, totals=sold()), "made"),
        (CARD, BEFORE, "not_made"),
        # another amount, another number of documents, somebody else's cash
        (SALE, now(last=105, cash=35_981, totals=sold(1181)), "unclear"),
        (SALE, now(last=106, cash=35_980, totals=sold()), "unclear"),
        (SALE, now(last=106, cash=37_160, totals=sold(2360, 5)), "unclear"),
        (SALE, now(last=105, cash=34_800, totals=sold()), "unclear"),
        (CARD, now(last=105, cash=35_980, totals=sold()), "unclear"),
        (SALE, now(last=104, cash=35_980, totals=sold()), "unclear"),
        (SALE, now(cash=35_980), "unclear"),
        (SALE, now(last=105), "unclear"),
        (SALE, now(last=105, cash=35_980, totals={**sold(), "withdraw": (2, 5_001)}), "unclear"),
        # another shift
        (SALE, now(shift="18"), "unclear"),
        (SALE, now(opened_at="2026-03-02 20:00:00"), "unclear"),
        # a refund, whose kind the register may not name
        (BACK, BEFORE, "not_made"),
        (BACK, now(last=105, cash=33_620), "made"),
        (BACK, now(last=105, cash=33_620, totals={**BEFORE.totals, "refund": (1, 1180)}), "made"),
        (BACK, now(last=105, cash=33_620, totals={**BEFORE.totals, "refund": (1, 1181)}), "unclear"),
        (CARD_BACK, BEFORE, "unclear"),
        (CARD_BACK, now(last=105), "unclear"),
        (CARD_BACK, now(last=105, totals={**BEFORE.totals, "refund": (1, 1180)}), "made"),
        # cash in and out, which may count as a document or not
        (IN, BEFORE, "not_made"),
        (IN, now(cash=35_300), "made"),
        (IN, now(cash=35_300, last=105), "made"),
        (IN, now(cash=35_300, totals={**BEFORE.totals, "deposit": (1, 500)}), "made"),
        (IN, now(cash=35_300, totals={**BEFORE.totals, "deposit": (2, 500)}), "unclear"),
        (IN, now(cash=35_800), "unclear"),
        (IN, now(totals={**BEFORE.totals, "deposit": (1, 500)}), "unclear"),
        (OUT, now(cash=34_300, totals={**BEFORE.totals, "withdraw": (2, 5_500)}), "made"),
        (OUT, now(cash=34_300), "unclear"),
        (OUT, now(cash=34_300, totals={**BEFORE.totals, "withdraw": (2, 5_400)}), "unclear"),
    ],
)
def test_verdict(wanted: Expected, after: Evidence, verdict: Verdict) -> None:
    assert judge(wanted, BEFORE, after) == verdict


def test_a_register_that_tells_little_proves_little() -> None:
    silent = Evidence("17", "t")
    assert judge(SALE, silent, silent) == "not_made", "the page names the kind sale: a sale would show"
    assert judge(IN, silent, silent) == "unclear"
    assert judge(BACK, silent, silent) == "unclear"
    assert judge(IN, silent, Evidence("17", "t", last=5)) == "unclear"


# --- against a register of which everything is known ------------------------------------------------------------------


@dataclass
class Register:
    """Documents in a list; what it shows is counted from it."""

    names: frozenset[str]
    counts_moves: bool
    made: list[Expected] = field(default_factory=list)

    def shows(self) -> Evidence:
        totals: dict[str, tuple[int, int]] = dict.fromkeys(self.names & {"sale", "withdraw"}, (0, 0))
        for one in self.made:
            if one.kind in self.names:
                count, amount = totals.get(one.kind, (0, 0))
                totals[one.kind] = (count + 1, amount + one.amount)
        counted = [one for one in self.made if self.counts_moves or one.kind in ("sale", "refund")]
        return Evidence("17", "t", 100 + len(counted), 50_000 + sum(one.cash for one in self.made), totals)


KINDS = (SALE, CARD, BACK, CARD_BACK, IN, OUT, Expected("sale", 500, 500), Expected("refund", 500, 0))


@pytest.mark.parametrize("names", [{"sale", "withdraw"}, {"sale", "withdraw", "refund", "deposit"}])
@pytest.mark.parametrize("counts_moves", [True, False])
def test_no_verdict_is_ever_wrong_when_nobody_else_is_at_the_register(
    names: set[str], seed: int, *, counts_moves: bool
) -> None:
    draw = random.Random(seed)
    clear = 0
    for wanted, happened in product(KINDS, (True, False)):
        register = Register(frozenset(names), counts_moves, draw.choices(KINDS, k=5))
        before = register.shows()
        if happened:
            register.made.append(wanted)
        verdict = judge(wanted, before, register.shows())
        assert verdict in ("unclear", "made" if happened else "not_made"), (wanted, happened)
        clear += verdict != "unclear"
    assert clear >= (16 if "refund" in names else 12) - 2, "a judge that always shrugs is of no use"


@pytest.mark.parametrize("counts_moves", [True, False])
def test_a_strangers_document_beside_ours_is_never_taken_for_not_made(seed: int, *, counts_moves: bool) -> None:
    draw = random.Random(seed)
    names = frozenset({"sale", "withdraw", "refund", "deposit"})
    for wanted, stranger in product(KINDS, KINDS):
        register = Register(names, counts_moves, draw.choices(KINDS, k=3))
        before = register.shows()
        register.made += [wanted, stranger]
        assert judge(wanted, before, register.shows()) == "unclear", (wanted, stranger)


def test_a_judge_by_the_number_alone_would_be_wrong() -> None:
    """The control: the same check on a careless judge finds fault."""

    def careless(_: Expected, before: Evidence, after: Evidence) -> Verdict:
        return "made" if before.last != after.last else "not_made"

    register = Register(frozenset({"sale", "withdraw"}), counts_moves=False)
    before = register.shows()
    register.made.append(IN)
    assert careless(IN, before, register.shows()) == "not_made"
    assert judge(IN, before, register.shows()) == "made"


# --- where it comes from ----------------------------------------------------------------------------------------------


def test_from_the_pages_x_report_in_both_spellings() -> None:
    for given in (DATA, renamed(data(cash=None))):
        found = of_core(msgspec.convert(given, ShiftReport, strict=False))
        assert (found.shift, found.opened_at, found.last, found.cash) == ("17", "2026-03-02 09:00:00", 104, 34_800)
        assert found.totals == {"sale": (3, 11_800), "withdraw": (1, 5_000)}
        assert (found.cash_at_begin, found.open_orders) == (30_000, 0)


def test_a_refund_may_have_several_names() -> None:
    totals = {"sale": {"count": 1, "amount": 5}, "moneyBack": {"count": 1, "amount": 5}}
    found = of_core(msgspec.convert(data(shift_totals__totals=totals), ShiftReport))
    assert found.totals["refund"] == (1, 5)


def test_from_ecrs_x_report() -> None:
    given = {"shiftID": 5, "shiftOpenAt": "t", "cash": 7, "saleCount": 1, "saleSum": 9, "depositCount": 2}
    found = of_ecr(msgspec.convert(given, EcrReport))
    assert (found.shift, found.opened_at, found.cash, found.totals) == ("5", "t", 7, {"sale": (1, 9)})


def test_what_each_document_moves() -> None:
    assert expected(sale(1180, card=1000, given=500)) == Expected("sale", 1180, 180)
    assert expected(back(by="card")) == Expected("refund", 1180, 0)
    assert expected(back()) == Expected("refund", 1180, -1180)
    assert expected(move(5)) == Expected("deposit", 5, 5)
    assert expected(move(5, direction="out")) == Expected("withdraw", 5, -5)
    assert expected(opening()) is None
    assert expected(report("x_report")) is None
