"""Beside a sale's way, at the end of a day: the journal held against NewStore's books, fact by fact, to the cent.

Pure. A fact is found by the id that NewStore gave it when it was delivered, a row of the store's report by order, kind
and amount, and never by time alone: NewStore stamps with its own arrival time, which may be days later. What is still
on its way (behind the cursor, parked) is no difference. Each difference is named once, where it begins: what follows
from it in the sums (a report's net sales, a count's variance) is not named again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from firmware_bridge.vendors.newstore.audit import strangers, sums
from firmware_bridge.vendors.newstore.audit.findings import Comparison, Currency, Finding, Kind, Told
from firmware_bridge.vendors.newstore.audit.strangers import Family
from firmware_bridge.vendors.newstore.audit.sums import Amounts
from firmware_bridge.vendors.newstore.audit.till_day import Fact, TillDay
from firmware_bridge.vendors.newstore.audit.vendor_day import DailyReport, Row, Transaction, VendorDay, unmatched


def compare(day: TillDay, told: Told, vendor: VendorDay, currency: Currency, others: Iterable[Fact] = ()) -> Comparison:
    """Hold `day` against NewStore's. `others`: facts of the drawer's other days, so that one that was booked into
    this day is not taken for a stranger's.
    """
    return _Comparing(day, told, vendor, currency, tuple(others)).comparison()


class _Comparing:
    """One comparison under way."""

    def __init__(self, day: TillDay, told: Told, vendor: VendorDay, currency: Currency, others: Sequence[Fact]) -> None:
        self._day, self._told, self._currency, self._others = day, told, currency, others
        #: The report, if its sums can be held against ours.
        self._report = vendor.report if vendor.report and vendor.report.currency == currency.code else None
        self._vendor = replace(vendor, rows=tuple(row for row in vendor.rows if self._is_here(row, vendor)))
        self._findings: list[Finding] = []
        self._pending: list[str] = []
        self._drafts: list[str] = []
        #: Our id -> what NewStore completed for it in this day.
        self._booked: dict[str, Transaction] = {}

    @staticmethod
    def _is_here(row: Row, vendor: VendorDay) -> bool:
        return row.drawer_id == vendor.drawer_id and (vendor.report is None or vendor.report.holds(row.created_at))

    def comparison(self) -> Comparison:
        agree = sum([self._agrees(fact) for fact in self._day.facts])
        self._steps()
        extra = self._rows()
        theirs = [*sums.of_transactions(self._booked.values()), *sums.of_rows(extra)]
        if self._report is not None:
            self._ends(self._report, theirs, extra)
        elif self._vendor.report is not None:
            self._find("currency", f"the day's report is in {self._vendor.report.currency}, not {self._currency.code}")
        return Comparison(
            day=self._day,
            drawer_id=self._vendor.drawer_id,
            currency=self._currency,
            transactions=sum(fact.id in self._told.refs for fact in self._day.facts),
            agree=agree,
            findings=tuple(self._findings),
            drafts=tuple(self._drafts),
            pending=tuple(self._pending),
            lines=sums.lines(self._day, theirs, self._report),
            reported=self._vendor.report is not None,
        )

    def _find(self, kind: Kind, text: str) -> None:
        self._findings.append(Finding(kind, text))

    def _both(self, kind: Kind, what: str, ours: int, theirs: int) -> None:
        if ours != theirs:
            text = self._currency.text
            self._find(kind, f"{what}: {text(ours)} at the till, {text(theirs)} in NewStore")

    # --- the facts, one by one --------------------------------------------------------------------------------------

    def _agrees(self, fact: Fact) -> bool:
        what = f"{fact.name} over {self._currency.text(fact.amount)}"
        ref = self._told.refs.get(fact.id)
        if ref is None:
            if why := self._told.waits(fact.seq):
                self._pending.append(f"{what} is not in NewStore: {why}")
            else:
                self._find("missing", f"{what} is not in NewStore: it was passed over or given up")
            return False
        one = self._vendor.transactions.get(ref)
        if one is None:
            self._find("missing", f"{what} is not in NewStore: it knows no transaction {ref}")
            return False
        if one.status != "completed":
            self._unfinished(fact, one, what)
            return False
        differences = list(self._differences(fact, one))
        self._findings += differences
        return not differences

    def _unfinished(self, fact: Fact, one: Transaction, what: str) -> None:
        if one.status == "canceled":
            self._find("canceled", f"{what} is canceled in NewStore")
        elif one.status != "draft":
            self._find("unfinished", f"{what} is {one.status!r} in NewStore, which is neither completed nor canceled")
        elif not fact.settled:
            self._pending.append(f"{what} is a draft in NewStore: its money is not put away at the till yet")
        elif why := self._told.waits(fact.settled):
            self._pending.append(f"{what} is not finished in NewStore: {why}")
        else:
            self._find("unfinished", f"{what} is still a draft in NewStore ({one.id}) and was to be finished")

    def _differences(self, fact: Fact, one: Transaction) -> Iterator[Finding]:
        if not self._vendor.holds(one):
            at = one.created_at.isoformat(timespec="seconds")
            yield Finding("other_day", f"{fact.name} of this day is booked in another day of NewStore ({at})")
        elif one.currency == self._currency.code:
            self._booked[fact.id] = one
        if one.currency != self._currency.code:
            yield Finding("currency", f"{fact.name}: {self._currency.code} at the till, {one.currency} in NewStore")
        elif one.moved != fact.amount:
            ours, theirs = self._currency.text(fact.amount), self._currency.text(one.moved)
            yield Finding("amount", f"{fact.name}: {ours} at the till, {theirs} in NewStore")
        if one.drawer_id != self._vendor.drawer_id:
            yield Finding("drawer", f"{fact.name} is in drawer {one.drawer_id} of NewStore, not in this one")
        if one.kind != fact.kind:
            yield Finding("kind", f"{fact.name} is a {one.kind} in NewStore")
        elif one.order_id not in fact.orders:
            yield Finding("order", f"{fact.name} stands under the order {one.order_id!r} in NewStore")

    # --- the day's own steps ----------------------------------------------------------------------------------------

    def _steps(self) -> None:
        day, told = self._day, self._told
        if why := told.waits(day.opened):
            self._pending.append(f"the activation is not in NewStore: {why}")
        for count in day.counts:
            if why := told.waits(count.seq, count.recorded, count.submitted):
                self._pending.append(f"the count {count.id} is not in NewStore: {why}")
            elif count.submitted and count.id not in told.refs:
                self._find("count", f"the count {count.id} is not in NewStore: it was passed over or given up")
        if not day.closed:
            return
        if why := told.waits(day.closed):
            self._pending.append(f"the deactivation is not in NewStore: {why}")
        elif self._vendor.report is None:
            uncounted = "" if day.count_id else ": nobody counted it at the till"
            self._find("day", f"the day is closed at the till, and NewStore has no report of it{uncounted}")
        if day.close_expected != day.expected:
            text = self._currency.text
            ours, theirs = text(day.close_expected), text(day.expected)
            self._find("journal", f"expected cash: {ours} by the closing of the day, {theirs} by its cash facts")

    # --- what else stands there, and the sums -----------------------------------------------------------------------

    def _rows(self) -> Sequence[Row]:
        """Name each row that none of ours accounts for; returns those that moved cash."""
        known = [self._vendor.transactions.get(self._told.refs.get(fact.id, "")) for fact in self._day.facts]
        here = [one for one in known if one is not None and self._vendor.holds(one)]
        left, unlisted = unmatched(self._vendor.rows, here)
        for one in unlisted:
            if one.status == "completed":
                self._find("unlisted", f"transaction {one.id} is completed in NewStore, and its store report lacks it")
        family = Family(self._day.facts, self._others, self._currency)
        found = strangers.judge(left, family, sums.of_transactions(self._booked.values()), self._report)
        self._findings += found.findings
        self._drafts += found.drafts
        return found.moved

    def _ends(self, report: DailyReport, theirs: Amounts, extra: Sequence[Row]) -> None:
        """Float, counts and deposit of the report."""
        day = self._day
        self._both("float", "the float", day.float_amount, report.open_float)
        if day.close_counted is not None:
            self._both("count", "the end-of-day count", day.close_counted, report.end_count)
        if report.variance not in sums.variances(day, self._told, self._booked, extra, report):
            ours = sum(count.variance for count in day.submitted)
            self._both("variance", "the variance of all counts", ours, report.variance)
        wanted = sums.deposit(report.end_count, report.open_float, theirs)
        if report.deposit != wanted:
            text = self._currency.text
            sides = f"{text(wanted)} by NewStore's own count and moves, {text(report.deposit)} by its report"
            self._find("deposit", f"the deposit: {sides}")
